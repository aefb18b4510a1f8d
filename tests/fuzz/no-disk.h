/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* From now on, all that is written fails, or succeeds. */
void no_disk_set_failing (gboolean value);

G_END_DECLS
