/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "times.h"

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
