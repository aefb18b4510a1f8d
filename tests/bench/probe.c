/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "bench/probe.h"

#include <string.h>
#include <time.h>

typedef struct
{
  gint64 wall_us;
  gint64 cpu_us; /* of this thread: what others on the machine take does not count */
} Moment;

static gboolean awake;
static gint64 printed_us = G_MAXINT64; /* of CPU, from which on a turn is printed */
static Moment woke, longest;

static Moment
get_now (void)
{
  struct timespec cpu;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &cpu);
  return (Moment){ .wall_us = g_get_monotonic_time (),
                   .cpu_us = cpu.tv_sec * G_USEC_PER_SEC + cpu.tv_nsec / 1000 };
}

static int
probed_poll (GPollFD *fds, guint n_fds, int timeout_ms)
{
  int result;

  if (awake) {
    Moment now = get_now ();

    if (now.cpu_us - woke.cpu_us >= printed_us)
      g_print ("turn %.6f,%.6f\n", (double) woke.wall_us / G_USEC_PER_SEC,
               (double) now.wall_us / G_USEC_PER_SEC);
    longest.wall_us = MAX (longest.wall_us, now.wall_us - woke.wall_us);
    longest.cpu_us = MAX (longest.cpu_us, now.cpu_us - woke.cpu_us);
  }
  result = g_poll (fds, n_fds, timeout_ms);
  woke = get_now ();
  awake = TRUE;
  return result;
}

/* From now on each turn of the main loop is timed, from the end of its poll to the next. Those of
 * EARSHOT_TURNS ms of CPU and more are printed, for `perf record -k CLOCK_MONOTONIC`. */
void
probe_start (void)
{
  const char *turns = g_getenv ("EARSHOT_TURNS");

  if (turns != NULL)
    printed_us = g_ascii_strtoll (turns, NULL, 10) * 1000;
  g_main_context_set_poll_func (NULL, probed_poll);
}

void
probe_reset (void)
{
  awake = FALSE;
  longest = (Moment){ 0 };
}

/* Prints the longest turn since the reset, and the one with the most work. */
void
probe_report_longest (const char *what)
{
  g_print ("%-44s %8.1f ms at most, %.1f ms of CPU\n", what, (double) longest.wall_us / 1000,
           (double) longest.cpu_us / 1000);
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
