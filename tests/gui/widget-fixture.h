/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* GTK, libadwaita and our resources, for a test program. */
void widget_fixture_init (int *argc, char ***argv);

typedef gboolean (*Match) (GtkWidget *widget, gconstpointer data);

/* The first that matches, top down; NULL when there is none. */
GtkWidget *find (GtkWidget *widget, Match match, gconstpointer data);
/* A match: a label that shows this text, literally. */
gboolean shows_text (GtkWidget *widget, gconstpointer text);

/* Lets what is due happen. What a test waits for in another way, it waits for after this: a warning
 * that GTK gives without a fault of ours is fatal until then. */
void settle (void);
/* Shows a widget in a window, so that it is measured, drawn and styled. */
GtkWidget *show (GtkWidget *widget);
/* Takes the window away; the widget has to go with it. */
void drop (GtkWidget *window, GtkWidget *widget);

G_END_DECLS
