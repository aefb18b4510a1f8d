/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "support/ear-test-server.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/ear-test-wait.h"
#include "wire/ear-limits.h"
#include "wire/ear-text.h"

#define ITERATIONS "100000"

/* One that the kernel gives to nobody who asks for any: while a server is down, the port would be
 * that of another test. Tests that run at once have process ids near each other, and by the golden
 * ratio ports that are far apart. */
static guint16
choose_port (void)
{
  static guint n_chosen;

  for (;;) {
    guint port = 10000 + ((guint) getpid () * 12361 + n_chosen++) % 20000;
    g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
    g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, (guint16) port);
    g_autoptr (GSocket) socket =
      g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

    if (g_socket_bind (socket, address, FALSE, NULL))
      return (guint16) port;
  }
}

EarTestServer *
ear_test_server_new (void)
{
  EarTestServer *self = g_new0 (EarTestServer, 1);
  g_autoptr (GError) error = NULL;

  self->port = choose_port ();
  self->directory = g_dir_make_tmp ("earshot-test-XXXXXX", &error);
  g_assert_no_error (error);
  return self;
}

/* -- As a process -- */

static char *
read_line (GInputStream *stream)
{
  g_autoptr (GString) line = g_string_new (NULL);
  char c;

  while (g_input_stream_read (stream, &c, 1, NULL, NULL) == 1 && c != '\n')
    g_string_append_c (line, c);
  return g_string_free (g_steal_pointer (&line), FALSE);
}

static void
fail_start (EarTestServer *self)
{
  g_autofree char *log = NULL;

  g_subprocess_wait (self->process, NULL, NULL);
  if (self->log != NULL)
    g_file_get_contents (self->log, &log, NULL, NULL);
  g_error ("the server on port %u ended with status %d: %s", self->port,
           g_subprocess_get_status (self->process), log != NULL ? log : "");
}

/* The server says where it listens before it says anything else. */
static void
read_start (EarTestServer *self)
{
  GInputStream *output = g_subprocess_get_stdout_pipe (self->process);
  g_autofree char *listening = read_line (output);
  g_autofree char *fingerprint = read_line (output);
  g_autofree char *link = read_line (output);

  if (!g_str_has_prefix (link, "Link "))
    fail_start (self);
  self->port = (guint16) g_ascii_strtoull (strrchr (listening, ' ') + 1, NULL, 10);
  g_free (self->fingerprint);
  self->fingerprint = g_strdup (strrchr (fingerprint, ' ') + 1);
  g_assert_cmpuint (self->port, !=, 0);
}

/* In the child, before it becomes earshotd. */
static void
limit_files_cb (gpointer user_data)
{
  struct rlimit limit = { .rlim_cur = GPOINTER_TO_UINT (user_data) };

  limit.rlim_max = limit.rlim_cur;
  setrlimit (RLIMIT_NOFILE, &limit);
}

static GSubprocessLauncher *
make_launcher (EarTestServer *self)
{
  gboolean logs = self->log != NULL;
  GSubprocessLauncher *launcher = g_subprocess_launcher_new (
    G_SUBPROCESS_FLAGS_STDOUT_PIPE |
    (logs ? G_SUBPROCESS_FLAGS_NONE : G_SUBPROCESS_FLAGS_STDERR_SILENCE));

  if (logs)
    g_subprocess_launcher_set_stderr_file_path (launcher, self->log);
  if (self->max_files > 0)
    g_subprocess_launcher_set_child_setup (launcher, limit_files_cb,
                                           GUINT_TO_POINTER (self->max_files), NULL);
  return launcher;
}

void
ear_test_server_spawn (EarTestServer *self)
{
  g_autoptr (GSubprocessLauncher) launcher = make_launcher (self);
  g_autofree char *port = g_strdup_printf ("%u", self->port);
  g_autoptr (GError) error = NULL;

  self->process = g_subprocess_launcher_spawn (
    launcher, &error, g_getenv ("EARSHOTD"), "--listen", "127.0.0.1", "--port", port, "--data-dir",
    self->directory, "--iterations", ITERATIONS, "--signups-per-address", "100000",
    "--signups-per-hour", "100000", "--max-per-address", "512", "--signup",
    self->signup != NULL ? self->signup : "open",
    self->log != NULL && !self->terse ? "--verbose" : NULL, NULL);
  g_assert_no_error (error);
  read_start (self);
}

void
ear_test_server_terminate (EarTestServer *self)
{
  g_autoptr (GError) error = NULL;

  g_subprocess_send_signal (self->process, SIGTERM);
  g_subprocess_wait (self->process, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (self->process));
  g_clear_object (&self->process);
}

void
ear_test_server_kill (EarTestServer *self)
{
  g_subprocess_force_exit (self->process);
  g_subprocess_wait (self->process, NULL, NULL);
  g_clear_object (&self->process);
}

/* From the next start on the server writes its log, with the debug events, where it can be read. */
void
ear_test_server_keep_log (EarTestServer *self)
{
  self->log = g_build_filename (self->directory, "log", NULL);
}

/* How many lines of the log hold a text; checks each line's length and that it is one line of
 * plain text. */
guint
ear_test_server_count_log (EarTestServer *self, const char *text)
{
  g_autofree char *log = NULL;
  g_auto (GStrv) lines = NULL;
  guint n = 0;

  if (!g_file_get_contents (self->log, &log, NULL, NULL))
    return 0;
  g_assert_true (g_utf8_validate (log, -1, NULL));
  lines = g_strsplit (log, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    g_assert_cmpuint (strlen (lines[i]), <, 1000);
    g_assert_true (ear_text_is_single_line (lines[i], 1000));
    n += strstr (lines[i], text) != NULL;
  }
  return n;
}

char *
ear_test_server_run (EarTestServer *self,
                     const char *const *arguments,
                     const char *input,
                     int *status)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  char *output = NULL;

  g_ptr_array_add (argv, (gpointer) g_getenv ("EARSHOTD"));
  g_ptr_array_add (argv, (gpointer) "--data-dir");
  g_ptr_array_add (argv, self->directory);
  for (guint i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) arguments[i]);
  g_ptr_array_add (argv, NULL);
  process = g_subprocess_newv ((const char *const *) argv->pdata,
                               G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                 G_SUBPROCESS_FLAGS_STDERR_MERGE,
                               &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, input != NULL ? input : "", NULL, &output, NULL, &error);
  g_assert_no_error (error);
  *status = g_subprocess_get_exit_status (process);
  return output;
}

/* -- In this process -- */

static void
stopped_cb (EarTestServer *self)
{
  self->stopped = TRUE;
}

void
ear_test_server_start_inside (EarTestServer *self)
{
  g_autofree char *port = g_strdup_printf ("%u", self->port);
  const char *const settings[][2] = {
    { "listen", "127.0.0.1" },           { "port", port },
    { "iterations", ITERATIONS },        { "data-dir", self->directory },
    { "max-per-address", "512" },        { "signups-per-hour", "100000" },
    { "signups-per-address", "100000" },
  };
  g_autoptr (GError) error = NULL;

  if (self->clock == NULL)
    self->clock = ear_clock_new_manual (G_GINT64_CONSTANT (1000) * G_USEC_PER_SEC);
  self->config = ear_server_config_new ();
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
    ear_server_config_set (self->config, settings[i][0], settings[i][1], &error);
    g_assert_no_error (error);
  }
  self->server = ear_server_new (self->config, self->clock, &error);
  g_assert_no_error (error);
  ear_server_start (self->server, &error);
  g_assert_no_error (error);
  self->port = ear_server_get_port (self->server);
  self->stopped = FALSE;
  g_signal_connect_swapped (self->server, "stopped", G_CALLBACK (stopped_cb), self);
}

void
ear_test_server_stop_inside (EarTestServer *self)
{
  ear_server_stop (self->server);
  ear_test_wait (self->stopped);
  ear_server_close (self->server);
  g_assert_finalize_object (g_steal_pointer (&self->server));
  g_clear_pointer (&self->config, ear_server_config_free);
}

/* -- The end -- */

/* With all that is in it. */
void
ear_test_remove_directory (const char *path)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL) {
    g_autofree char *file = g_build_filename (path, name, NULL);

    if (g_unlink (file) != 0)
      ear_test_remove_directory (file);
  }
  g_rmdir (path);
}

void
ear_test_server_free (EarTestServer *self)
{
  if (self->process != NULL)
    ear_test_server_kill (self);
  if (self->server != NULL)
    ear_test_server_stop_inside (self);
  g_clear_pointer (&self->clock, ear_clock_unref);
  ear_test_remove_directory (self->directory);
  g_free (self->directory);
  g_free (self->fingerprint);
  g_free (self->log);
  g_free (self);
}
