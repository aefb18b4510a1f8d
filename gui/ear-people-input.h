/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What a click on a user in the sidebar does. */
void ear_people_input_attach (GtkWidget *list_view);
gboolean ear_people_input_focus (GtkWidget *list_view);

G_END_DECLS
