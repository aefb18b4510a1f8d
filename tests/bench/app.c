/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* How light the app is, beside an empty window of libadwaita in the same run: the time from the
 * start of the program to its first window, which is the log-in of a new profile and the main
 * window of one with a long history and a server that runs; and its memory (PSS), fresh, with many
 * users in the sidebar, with a long chat, and with both. Wants an X server: run it with xvfb-run.
 *
 *     bench-app [ROUNDS [N_USERS [N_MESSAGES]]] */

#include <X11/Xlib.h>
#include <gio/gio.h>
#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/probe.h"
#include "client/ear-history.h"
#include "support/ear-test-person.h"
#include "support/ear-test-wait.h"

#define SMALLEST 100 /* pixels of a window that is one */
#define SHORT 1000   /* messages of a chat that is not long */
#define N_CONTACTS 200

/* -- A program with a window -- */

typedef struct
{
  GSubprocess *process;
  GDataInputStream *output;
} Program;

static Program *
program_start (const char *const *argv)
{
  g_autoptr (GSubprocessLauncher) launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  Program *self = g_new0 (Program, 1);
  g_autoptr (GError) error = NULL;

  g_subprocess_launcher_setenv (launcher, "GTK_A11Y", "none", TRUE);
  self->process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  self->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  return self;
}

/* Hands on what it prints, until it is ready. */
static void
program_wait (Program *self)
{
  char *line;

  while ((line = g_data_input_stream_read_line (self->output, NULL, NULL, NULL)) != NULL) {
    gboolean ready = g_str_equal (line, "ready");

    if (!ready)
      g_print ("%s\n", line);
    g_free (line);
    if (ready)
      return;
  }
  g_error ("a window has ended early");
}

static void
program_end (Program *self)
{
  g_subprocess_send_signal (self->process, SIGTERM);
  g_subprocess_wait (self->process, NULL, NULL);
  g_object_unref (self->output);
  g_object_unref (self->process);
  g_free (self);
}

/* -- From the start to the first window -- */

static gboolean
is_window (Display *display, Window window)
{
  XWindowAttributes attributes;

  return XGetWindowAttributes (display, window, &attributes) && attributes.width >= SMALLEST &&
         attributes.height >= SMALLEST;
}

static double
measure_start_ms (Display *display, const char *const *argv)
{
  gint64 start_us = g_get_monotonic_time ();
  Program *program = program_start (argv);
  XEvent event;
  gint64 mapped_us;

  do
    XNextEvent (display, &event);
  while (event.type != MapNotify || !is_window (display, event.xmap.window));
  mapped_us = g_get_monotonic_time ();
  program_end (program);
  XSync (display, True);
  return (double) (mapped_us - start_us) / 1000;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
get_median (GArray *values)
{
  g_array_sort (values, compare);
  return g_array_index (values, double, values->len / 2);
}

static int
ignore_error (Display *display, XErrorEvent *event)
{
  return 0; /* a window that went before we asked for its size */
}

/* In turn, so that both meet the same machine. */
static void
bench_start (const char *what, const char *const *app, const char *const *empty, guint rounds)
{
  Display *display = XOpenDisplay (NULL);
  g_autoptr (GArray) app_ms = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) empty_ms = g_array_new (FALSE, FALSE, sizeof (double));

  if (display == NULL)
    g_error ("there is no X server: use xvfb-run");
  XSetErrorHandler (ignore_error);
  XSelectInput (display, DefaultRootWindow (display), SubstructureNotifyMask);
  for (guint i = 0; i < rounds; i++) {
    double ms = measure_start_ms (display, empty);

    g_array_append_val (empty_ms, ms);
    ms = measure_start_ms (display, app);
    g_array_append_val (app_ms, ms);
  }
  XCloseDisplay (display);
  g_print ("%-44s %8.1f ms\n", "empty window, from start to first window", get_median (empty_ms));
  g_print ("%-44s %8.1f ms  %.2f ×\n", what, get_median (app_ms),
           get_median (app_ms) / get_median (empty_ms));
}

/* -- Memory -- */

static double
measure_empty_mb (const char *const *argv)
{
  Program *program = program_start (argv);
  double pss_mb;

  program_wait (program);
  pss_mb = probe_get_pss_mb (g_subprocess_get_identifier (program->process));
  program_end (program);
  g_print ("%-44s %8.1f MiB\n", "empty window, PSS", pss_mb);
  return pss_mb;
}

static void
bench_memory (EarTestServer *server,
              const char *window,
              const char *directory,
              guint n_users,
              gboolean talks,
              double empty_mb)
{
  g_autofree char *port = g_strdup_printf ("%u", server->port);
  g_autofree char *users = g_strdup_printf ("%u", n_users);
  Program *program = program_start ((const char *const[]){
    window, port, server->fingerprint, directory, users, talks ? "talk" : "wait", NULL });
  double pss_mb;

  program_wait (program);
  pss_mb = probe_get_pss_mb (g_subprocess_get_identifier (program->process));
  program_end (program);
  g_print ("%-44s %8.1f MiB  %.2f ×\n", "the app's window, PSS", pss_mb, pss_mb / empty_mb);
}

static void
fill_chat (EarTestPerson *alice, const char *user, guint n_messages)
{
  EarHistory *history = ear_client_get_history (alice->client);
  gint64 start_us = g_get_real_time () - (gint64) n_messages * 60 * G_USEC_PER_SEC;
  g_autoptr (GAsyncResult) done = NULL;

  for (guint i = 0; i < n_messages; i++) {
    g_autofree char *id = g_strdup_printf ("message-%u", i);
    g_autofree char *text =
      g_strdup_printf ("This is what was said as number %u, and what one says "
                       "is rarely longer than this.",
                       i);
    EarHistoryMessage message = {
      .id = id,
      .text = text,
      .time_us = start_us + (gint64) i * 60 * G_USEC_PER_SEC,
      .delivery = i % 3 == 0 ? EAR_DELIVERY_RECEIVED : EAR_DELIVERY_INCOMING,
    };
    gboolean last = i + 1 == n_messages;

    ear_history_add_message_async (history, user, &message, NULL, last ? ear_test_result_cb : NULL,
                                   last ? &done : NULL);
  }
  ear_test_wait (done != NULL);
}

/* A long chat with bob, a shorter one with carol, and others. */
static void
fill_history (EarTestPerson *alice, guint n_messages)
{
  fill_chat (alice, "bob", n_messages);
  fill_chat (alice, "carol", MIN (SHORT, n_messages));
  for (guint i = 0; i < N_CONTACTS; i++) {
    g_autofree char *user = g_strdup_printf ("contact%u", i);

    fill_chat (alice, user, 1);
  }
}

/* With alice's profile under the name that app is given, and her password. */
static void
bench_main_window (EarTestPerson *alice,
                   const char *const *app,
                   const char *const *empty,
                   guint rounds)
{
  EarTestServer *server = alice->server;
  g_autofree char *profiles = g_build_filename (server->directory, "earshot", NULL);
  g_autofree char *profile = g_build_filename (profiles, "filled", NULL);
  g_autofree char *address =
    g_strdup_printf ("earshot://127.0.0.1:%u/#%s", server->port, server->fingerprint);
  const char *const argv[] = { app[0],  "--profile", "filled",    "--server",
                               address, "--user",    alice->user, NULL };

  g_assert_cmpint (g_mkdir_with_parents (profiles, 0700), ==, 0);
  g_assert_cmpint (symlink (alice->directory, profile), ==, 0);
  g_setenv ("EARSHOT_PASSWORD", EAR_TEST_PASSWORD, TRUE);
  bench_start ("earshot, from start to main window, filled", argv, empty, rounds);
  g_unsetenv ("EARSHOT_PASSWORD");
}

int
main (int argc, char **argv)
{
  guint rounds = argc > 1 ? (guint) atoi (argv[1]) : 9;
  guint n_users = argc > 2 ? (guint) atoi (argv[2]) : 10000;
  guint n_messages = argc > 3 ? (guint) atoi (argv[3]) : 100000;
  g_autofree char *here = g_path_get_dirname (argv[0]);
  g_autofree char *window = g_build_filename (here, "bench-window", NULL);
  const char *const empty[] = { window, "empty", NULL };
  const char *const app[] = { g_getenv ("EARSHOT"), "--profile", "bench", NULL };
  g_autoptr (EarTestServer) server = ear_test_server_new ();
  EarTestPerson *alice;
  double empty_mb;

  setlocale (LC_ALL, "");
  g_setenv ("XDG_DATA_HOME", server->directory, TRUE);
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
  bench_start ("earshot, from start to first window", app, empty, rounds);

  ear_test_server_spawn (server);
  alice = ear_test_person_new (server, "alice");
  empty_mb = measure_empty_mb (empty);
  ear_test_person_leave (alice);
  bench_memory (server, window, alice->directory, 0, FALSE, empty_mb);
  g_print ("with %u users:\n", n_users);
  bench_memory (server, window, alice->directory, n_users, FALSE, empty_mb);
  ear_test_person_come_back (alice);
  fill_history (alice, n_messages);
  ear_test_person_leave (alice);
  bench_main_window (alice, app, empty, rounds);
  g_print ("with a chat of %u messages:\n", n_messages);
  bench_memory (server, window, alice->directory, 0, TRUE, empty_mb);
  g_print ("with %u users and a chat of %u messages:\n", n_users, n_messages);
  bench_memory (server, window, alice->directory, n_users, TRUE, empty_mb);
  ear_test_person_free (alice);
  ear_test_server_terminate (server);
  return EXIT_SUCCESS;
}
