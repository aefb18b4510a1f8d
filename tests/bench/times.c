/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "times.h"

#include <math.h>
#include <time.h>

Times *
times_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (gint64));
}

gint64
times_now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (gint64) now.tv_sec * 1000000000 + now.tv_nsec;
}

void
times_note_since (Times *self, gint64 start_ns)
{
  gint64 took_ns = times_now_ns () - start_ns;

  g_array_append_val (self, took_ns);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

/* In microseconds; of one time at least. */
double
times_get_median_us (Times *self)
{
  g_array_sort (self, compare);
  return (double) g_array_index (self, gint64, self->len / 2) / 1000;
}

/* Of @self to @other, pair by pair; before either is sorted for its median. */
Times *
times_new_differences (Times *self, Times *other)
{
  Times *differences = times_new ();

  for (guint i = 0; i < MIN (self->len, other->len); i++) {
    gint64 difference = g_array_index (self, gint64, i) - g_array_index (other, gint64, i);

    g_array_append_val (differences, difference);
  }
  return differences;
}

/* Without any idea of how the times are distributed: how many of n are below the median is
 * distributed as the heads of n coins are. The spread is the median absolute deviation. */
TimesSummary
times_summarise (Times *self)
{
  TimesSummary summary = { .median_us = times_get_median_us (self) };
  double half = 0.98 * sqrt (self->len);
  guint low = (guint) MAX (0, floor (self->len / 2.0 - half));
  guint high = (guint) MIN (self->len - 1, ceil (self->len / 2.0 + half));
  g_autoptr (GArray) deviations = times_new ();

  for (guint i = 0; i < self->len; i++) {
    gint64 deviation = ABS (g_array_index (self, gint64, i) - (gint64) (summary.median_us * 1000));

    g_array_append_val (deviations, deviation);
  }
  summary.low_us = (double) g_array_index (self, gint64, low) / 1000;
  summary.high_us = (double) g_array_index (self, gint64, high) / 1000;
  summary.spread_us = times_get_median_us (deviations);
  return summary;
}
