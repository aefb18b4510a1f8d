/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "bench/probe.h"

#include <string.h>

static gint64 woke_us, longest_us;

static int
probed_poll (GPollFD *fds, guint n_fds, int timeout_ms)
{
  int result;

  if (woke_us != 0)
    longest_us = MAX (longest_us, g_get_monotonic_time () - woke_us);
  result = g_poll (fds, n_fds, timeout_ms);
  woke_us = g_get_monotonic_time ();
  return result;
}

/* From now on each turn of the main loop is timed, from the end of its poll to the next. */
void
probe_start (void)
{
  g_main_context_set_poll_func (NULL, probed_poll);
}

void
probe_reset (void)
{
  woke_us = longest_us = 0;
}

double
probe_get_longest_ms (void)
{
  return (double) longest_us / 1000;
}

/* The process's own share of memory. */
double
probe_get_pss_mb (const char *process)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/smaps_rollup", process);
  g_autofree char *text = NULL;
  const char *pss;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  pss = strstr (text, "\nPss:");
  g_assert_nonnull (pss);
  return (double) g_ascii_strtoull (pss + strlen ("\nPss:"), NULL, 10) / 1024;
}

static void
painted_cb (gboolean *painted)
{
  *painted = TRUE;
}

/* Turns the main loop until the next frame is painted. */
void
probe_wait_for_frame (GtkWidget *window)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (window);
  gboolean painted = FALSE;
  gulong handler =
    g_signal_connect_swapped (clock, "after-paint", G_CALLBACK (painted_cb), &painted);

  gtk_widget_queue_draw (window);
  while (!painted)
    g_main_context_iteration (NULL, TRUE);
  g_signal_handler_disconnect (clock, handler);
}
