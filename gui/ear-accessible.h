/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

void ear_accessible_fix_buttons (GtkWidget *root);
void ear_accessible_set_row (GtkWidget *child, const char *label, const char *description);
void ear_accessible_follow_revealer (GtkRevealer *revealer);

G_END_DECLS
