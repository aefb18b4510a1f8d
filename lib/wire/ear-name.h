/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-types.h"

G_BEGIN_DECLS

gboolean ear_name_is_valid (const char *name);
gboolean ear_name_may_be_display (const char *name);
gboolean ear_name_is_valid_display (const char *name);
void ear_name_drop_selectors (char *name);
char *ear_name_dup_folded (const char *name);

G_END_DECLS
