/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Times that something took, in nanoseconds, and their median. */
typedef GArray Times; /* (element-type gint64) */

Times *times_new (void);
gint64 times_now_ns (void);
void times_note_since (Times *self, gint64 start_ns);
double times_get_median_us (Times *self);

G_END_DECLS
