/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum {
  EAR_PLACEMENT_NONE,
  EAR_PLACEMENT_LEFT,
  EAR_PLACEMENT_RIGHT,
} EarPlacement;

EarPlacement ear_placement_parse (const char *text);
void ear_placement_apply (EarPlacement placement, GtkWindow *window);

G_END_DECLS
