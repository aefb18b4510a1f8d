/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The lower corner of a bubble: the time, and for a message of ours how far it came. Drawn over
 * the label of the text, whose style leaves room for it. */
int ear_bubble_corner_measure (GtkWidget *label, const char *time, const char *icon);
void ear_bubble_corner_snapshot (GtkWidget *label,
                                 GtkSnapshot *snapshot,
                                 const graphene_rect_t *bubble,
                                 const char *time,
                                 const char *icon);

G_END_DECLS
