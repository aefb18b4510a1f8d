/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* How often a password is in the memory of the real programs when it was used: never in that of the
 * server, and once in that of a client who is logged in, as the server may have another salt when
 * it comes back. A name that must be there is looked for, too, lest the search find nothing at all.
 * Only root may look. */

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "support/ear-test-client.h"
#include "support/ear-test-process.h"
#include "support/ear-test-wait.h"
#include "wire/ear-limits.h"

#define PASSWORD "Tr4vel-light-brick-0815"
#define NEW_PASSWORD "Tr4vel-heavy-brick-4711"

typedef struct
{
  EarTestServer *server;
  char *home; /* of the command line */
  GSubprocess *listener;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->server = ear_test_server_new ();
  ear_test_server_spawn (f->server);
  f->home = g_dir_make_tmp ("earshot-memory-XXXXXX", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  if (f->listener != NULL) {
    g_subprocess_send_signal (f->listener, SIGTERM);
    g_subprocess_wait (f->listener, NULL, NULL);
    g_clear_object (&f->listener);
  }
  ear_test_server_terminate (f->server);
  ear_test_server_free (f->server);
  ear_test_remove_directory (f->home);
  g_free (f->home);
}

static gboolean
may_look (GSubprocess *process)
{
  g_autofree char *mem = g_strdup_printf ("/proc/%s/mem", g_subprocess_get_identifier (process));

  if (access (mem, R_OK) == 0)
    return TRUE;
  g_test_skip ("the memory of other programs can only be read by root");
  return FALSE;
}

/* The operator's command, with a password on standard input. */
static void
run_operator (Fixture *f, const char *verb, const char *password)
{
  const char *const arguments[] = { "user", verb, "alice", NULL };
  g_autofree char *input = g_strconcat (password, "\n", NULL);
  g_autofree char *output = NULL;
  int status;

  output = ear_test_server_run (f->server, arguments, input, &status);
  g_assert_cmpint (status, ==, 0);
}

static void
assert_kept (GSubprocess *process, const char *password, guint n)
{
  const char *pid = g_subprocess_get_identifier (process);
  guint found = ear_test_process_count_in_memory (pid, password);

  /* The thread that derives lets go of its copy last: nothing tells when. */
  for (guint i = 0; i < 100 && found > n; i++) {
    ear_test_settle (20);
    found = ear_test_process_count_in_memory (pid, password);
  }
  g_assert_cmpuint (found, ==, n);
  g_assert_cmpuint (ear_test_process_count_in_memory (pid, "alice"), >, 0);
}

/* -- The server -- */

static void
log_in (Fixture *f, const char *password)
{
  g_autoptr (EarTestClient) client = ear_test_client_new (f->server);
  g_autoptr (EarMessage) authenticated = NULL;

  ear_test_client_hello (client);
  authenticated = ear_test_client_log_in (client, "alice", password);
}

static void
test_server (Fixture *f, gconstpointer data)
{
  if (!may_look (f->server->process))
    return;
  run_operator (f, "add", PASSWORD);
  log_in (f, PASSWORD);
  assert_kept (f->server->process, PASSWORD, 0);
  run_operator (f, "set-password", NEW_PASSWORD);
  log_in (f, NEW_PASSWORD);
  assert_kept (f->server->process, PASSWORD, 0);
  assert_kept (f->server->process, NEW_PASSWORD, 0);
}

/* -- The command line -- */

/* Who listens for as long as the test wants, with a password from @where. */
static void
listen (Fixture *f, const char *where)
{
  g_autofree char *link =
    g_strdup_printf ("earshot://127.0.0.1:%u#%s", f->server->port, f->server->fingerprint);
  g_autofree char *file = g_build_filename (f->home, "password", NULL);
  g_autoptr (GSubprocessLauncher) launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                               G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  gboolean by_file = g_str_equal (where, "file");
  g_autoptr (GError) error = NULL;
  char line[256];

  g_subprocess_launcher_setenv (launcher, "HOME", f->home, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_DATA_HOME", f->home, TRUE);
  if (g_str_equal (where, "environment"))
    g_subprocess_launcher_setenv (launcher, "EARSHOT_PASSWORD", PASSWORD, TRUE);
  g_assert_true (g_file_set_contents (file, PASSWORD "\n", -1, NULL));
  f->listener = g_subprocess_launcher_spawn (
    launcher, &error, g_getenv ("EARSHOT_CLI"), "--server", link, "--user", "alice",
    by_file ? "--password-file" : "listen", by_file ? file : NULL, "listen", NULL);
  g_assert_no_error (error);
  if (g_str_equal (where, "input"))
    g_output_stream_write_all (g_subprocess_get_stdin_pipe (f->listener), PASSWORD "\n",
                               strlen (PASSWORD) + 1, NULL, NULL, NULL);
  /* It says when it is there. */
  g_assert_cmpint (g_input_stream_read (g_subprocess_get_stdout_pipe (f->listener), line,
                                        sizeof line, NULL, &error),
                   >, 0);
}

static void
test_command_line (Fixture *f, gconstpointer data)
{
  run_operator (f, "add", PASSWORD);
  listen (f, data);
  if (may_look (f->listener))
    assert_kept (f->listener, PASSWORD, 1);
}

#define ADD(path, func, data) g_test_add ("/memory/" path, Fixture, data, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("server", test_server, NULL);
  if (g_getenv ("EARSHOT_CLI") != NULL) {
#ifndef __SANITIZE_ADDRESS__ /* which has a copy of the environment */
    ADD ("command-line/environment", test_command_line, "environment");
#endif
    ADD ("command-line/file", test_command_line, "file");
    ADD ("command-line/input", test_command_line, "input");
  }
  return g_test_run ();
}
