/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Times that something took, or differences of such, in nanoseconds. */
typedef GArray Times; /* (element-type gint64) */

/* In microseconds: what is true of the median with 95 % confidence, and how far half of the times
 * are from it. */
typedef struct
{
  double median_us;
  double low_us;
  double high_us;
  double spread_us;
} TimesSummary;

Times *times_new (void);
gint64 times_now_ns (void);
void times_note_since (Times *self, gint64 start_ns);
double times_get_median_us (Times *self);
Times *times_new_differences (Times *self, Times *other);
TimesSummary times_summarise (Times *self);

G_END_DECLS
