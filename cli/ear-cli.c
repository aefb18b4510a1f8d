/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The run of a command: open the profile, log in (or sign up), hand over to the command, close,
 * exit with its status.
 *
 * The server and the user of a profile are remembered in its file cli.ini, so that the second
 * command needs neither. */

#include "config.h"

#include "cli/ear-cli.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/ear-output.h"
#include "cli/ear-terminal.h"
#include "wire/ear-error.h"
#include "wire/ear-limits.h"
#include "wire/ear-name.h"
#include "wire/ear-server-link.h"

#define DEFAULT_SERVER "127.0.0.1"

/* Who logs in where; made before the main loop runs. */
typedef struct
{
  EarServerLink *server;
  char *user;
  char *password;
} Login;

typedef struct
{
  EarCli cli;
  const EarCommand *command;
  Login login;
  char *directory;
} Run;

static void
forget_password (Login *login)
{
  if (login->password != NULL)
    explicit_bzero (login->password, strlen (login->password));
  g_clear_pointer (&login->password, g_free);
}

static void
login_clear (Login *login)
{
  g_clear_pointer (&login->server, ear_server_link_free);
  g_clear_pointer (&login->user, g_free);
  forget_password (login);
}

static char *
dup_setting (const char *given, GKeyFile *remembered, const char *key, const char *otherwise)
{
  char *value = g_strdup (given);

  if (value == NULL)
    value = g_key_file_get_string (remembered, "cli", key, NULL);
  return value != NULL ? value : g_strdup (otherwise);
}

static char *
dup_password (const EarCliOptions *options, GError **error)
{
  char *environment = getenv ("EARSHOT_PASSWORD");

  if (options->password_file != NULL)
    return ear_terminal_read_password_file (options->password_file, error);
  if (environment != NULL) {
    char *password = g_strdup (environment);

    explicit_bzero (environment, strlen (environment)); /* the kernel shows what was there */
    g_unsetenv ("EARSHOT_PASSWORD");
    return password;
  }
  return ear_terminal_ask_password (_ ("Password: "), error);
}

static void
remember (Run *run)
{
  g_autofree char *path = g_build_filename (run->directory, "cli.ini", NULL);
  g_autofree char *address = ear_server_link_to_address (run->login.server);
  g_autoptr (GKeyFile) settings = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize size;

  g_key_file_set_string (settings, "cli", "server", address);
  g_key_file_set_string (settings, "cli", "user", run->login.user);
  text = g_key_file_to_data (settings, &size, NULL);
  if (!g_file_set_contents_full (path, text, (gssize) size, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                 &error))
    ear_output_note (_ ("The server and the user could not be remembered: %s"), error->message);
}

static gboolean
prepare_login (Run *run, GError **error)
{
  const EarCliOptions *options = run->cli.options;
  g_autofree char *path = g_build_filename (run->directory, "cli.ini", NULL);
  g_autofree char *server = NULL;
  g_autoptr (GKeyFile) remembered = g_key_file_new ();

  g_key_file_load_from_file (remembered, path, G_KEY_FILE_NONE, NULL);
  server = dup_setting (options->server, remembered, "server", DEFAULT_SERVER);
  run->login.server = ear_server_link_parse (server, error);
  if (run->login.server == NULL)
    return FALSE;
  run->login.user = dup_setting (options->user, remembered, "user", options->profile);
  if (!ear_name_is_valid (run->login.user)) {
    g_set_error (error, EAR_ERROR, EAR_ERROR_BAD_NAME,
                 _ ("Say who you are with --user NAME: a to z, 0 to 9, . _ -"));
    return FALSE;
  }
  if (options->name != NULL && !ear_name_is_valid_display (options->name)) {
    g_set_error (error, EAR_ERROR, EAR_ERROR_BAD_NAME,
                 _ ("--name takes a name of one line, of at most %d bytes"), EAR_LIMIT_DISPLAY);
    return FALSE;
  }
  run->login.password = dup_password (options, error);
  return run->login.password != NULL;
}

static void
closed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  EarCli *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!ear_client_close_finish (EAR_CLIENT (source), result, &error))
    ear_output_note ("%s", error->message);
  g_main_loop_quit (self->loop);
}

/**
 * ear_cli_print:
 * @self: the run
 * @event: (transfer full): the event for scripts
 * @format: (nullable): the same for people; %NULL prints nothing for them
 * @...: its arguments, safe to print
 *
 * Prints one event at once: for people, or with --json as one object on a line.
 */
void
ear_cli_print (EarCli *self, json_t *event, const char *format, ...)
{
  if (self->options->json) {
    /* A terminal may show it: no character acts there. */
    char *line = json_dumps (event, JSON_COMPACT | JSON_ENSURE_ASCII);

    puts (line);
    free (line);
  } else if (format != NULL) {
    va_list args;

    va_start (args, format);
    vprintf (format, args);
    va_end (args);
    putchar ('\n');
  }
  json_decref (event);
  fflush (stdout);
}

/**
 * ear_cli_is_ending:
 * @self: the run
 *
 * Checks whether the exit status is decided: what happens while links are closed is no news.
 *
 * Returns: whether it is
 */
gboolean
ear_cli_is_ending (EarCli *self)
{
  return self->status != (EarExit) -1;
}

/**
 * ear_cli_note_trouble:
 * @self: the run
 * @status: what went wrong
 *
 * Notes what a run that goes on will exit with, unless something went wrong before.
 */
void
ear_cli_note_trouble (EarCli *self, EarExit status)
{
  if (self->trouble == EAR_EXIT_OK)
    self->trouble = status;
}

/**
 * ear_cli_refuse_line:
 * @self: the run
 * @text: why, for people
 *
 * Says that a line of the input cannot be used.
 */
void
ear_cli_refuse_line (EarCli *self, const char *text)
{
  ear_output_note ("%s", text);
  ear_cli_note_trouble (self, EAR_EXIT_USAGE);
}

/**
 * ear_cli_quit:
 * @self: the run
 * @status: the exit status
 *
 * Ends the run: what is still to be written is written, links are closed in peace.
 */
void
ear_cli_quit (EarCli *self, EarExit status)
{
  if (ear_cli_is_ending (self))
    return;
  self->status = status;
  ear_client_close_async (self->client, NULL, closed_cb, self);
}

/**
 * ear_cli_fail:
 * @self: the run
 * @error: why
 *
 * Ends the run with a sentence and the exit status of its cause.
 */
void
ear_cli_fail (EarCli *self, const GError *error)
{
  g_autofree char *safe = ear_output_dup_safe (error->message);

  if (ear_cli_is_ending (self))
    return;
  ear_output_note ("%s", safe);
  ear_cli_quit (self, ear_exit_from_error (error));
}

/* The way to go on is to say which key is meant; nothing else accepts it. */
static void
explain_server_key (EarSession *session)
{
  g_autoptr (EarServerLink) link = ear_session_dup_server_link (session);
  const char *wanted = ear_session_get_wanted_fingerprint (session);
  const char *seen = ear_session_get_seen_fingerprint (session);
  g_autofree char *uri = NULL;

  if (link == NULL || wanted == NULL || seen == NULL)
    return;
  g_free (link->fingerprint);
  link->fingerprint = g_strdup (seen);
  uri = ear_server_link_to_uri (link);
  ear_output_note (_ ("Known key: %s"), wanted);
  ear_output_note (_ ("New key:   %s"), seen);
  ear_output_note (_ ("The server was installed anew, or somebody stands between you and it. Ask "
                      "who runs it. If the new key is right, log in once with --server %s"),
                   uri);
}

/* Before anybody is logged in, what cannot be reached is the server. */
static void
fail_log_in (EarCli *self, const GError *error)
{
  ear_output_note ("%s", error->message);
  if (g_error_matches (error, EAR_ERROR, EAR_ERROR_KEY_CHANGED))
    explain_server_key (self->session);
  ear_cli_quit (self, g_error_matches (error, EAR_ERROR, EAR_ERROR_UNREACHABLE)
                        ? EAR_EXIT_NO_SERVER
                        : ear_exit_from_error (error));
}

/* Logged out for good: a lost connection alone would only make the session wait. */
static void
state_cb (EarSession *session, GParamSpec *pspec, gpointer user_data)
{
  EarCli *self = user_data;
  const GError *error = ear_session_get_last_error (session);

  if (ear_session_get_state (session) == EAR_SESSION_IDLE && error != NULL)
    ear_cli_fail (self, error);
}

static void
online (Run *run)
{
  remember (run);
  g_signal_connect (run->cli.session, "notify::state", G_CALLBACK (state_cb), &run->cli);
  run->command->start (&run->cli);
}

static void
logged_in_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Run *run = user_data;
  g_autoptr (GError) error = NULL;

  if (ear_session_log_in_finish (EAR_SESSION (source), result, &error))
    online (run);
  else
    fail_log_in (&run->cli, error);
}

static void
signed_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Run *run = user_data;
  g_autoptr (GError) error = NULL;

  if (ear_session_sign_up_finish (EAR_SESSION (source), result, &error))
    online (run);
  else
    fail_log_in (&run->cli, error);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Run *run = user_data;
  EarCli *self = &run->cli;
  const char *name = self->options->name != NULL ? self->options->name : run->login.user;
  g_autoptr (GError) error = NULL;

  if (!ear_client_open_finish (EAR_CLIENT (source), result, &error)) {
    ear_cli_fail (self, error);
    return;
  }
  self->session = ear_client_get_session (self->client);
  if (run->command->signs_up)
    ear_session_sign_up_async (self->session, run->login.server, run->login.user, name,
                               run->login.password, NULL, signed_up_cb, run);
  else
    ear_session_log_in_async (self->session, run->login.server, run->login.user,
                              run->login.password, NULL, logged_in_cb, run);
  forget_password (&run->login); /* the session has its own */
}

static gboolean
interrupted_cb (gpointer user_data)
{
  Run *run = user_data;
  gboolean watches = run->command == &ear_command_users && run->cli.options->watch;
  gboolean lasting = run->command->lasting || watches;

  ear_cli_quit (&run->cli, lasting ? EAR_EXIT_OK : EAR_EXIT_INTERRUPTED);
  return G_SOURCE_CONTINUE;
}

/**
 * ear_cli_run:
 * @command: the command
 * @options: what the command line says
 * @arguments: the command's own arguments
 *
 * Runs one command to its end.
 *
 * Returns: the exit status
 */
EarExit
ear_cli_run (const EarCommand *command, const EarCliOptions *options, const char *const *arguments)
{
  Run run = { .cli = { .options = options, .arguments = arguments, .status = (EarExit) -1 },
              .command = command };
  g_autoptr (GError) error = NULL;
  guint interrupt, terminate;

  run.directory = ear_client_dup_directory (options->profile, &error);
  if (run.directory == NULL || !prepare_login (&run, &error)) {
    ear_output_note ("%s", error->message);
    login_clear (&run.login);
    g_free (run.directory);
    return EAR_EXIT_USAGE;
  }
  if (g_mkdir_with_parents (run.directory, 0700) != 0) {
    ear_output_note (_ ("The profile “%s” cannot be made: %s"), run.directory, g_strerror (errno));
    login_clear (&run.login);
    g_free (run.directory);
    return EAR_EXIT_FAILED;
  }

  run.cli.loop = g_main_loop_new (NULL, FALSE);
  run.cli.client = ear_client_new (run.directory, NULL);
  ear_client_set_doorbell_port (run.cli.client, (guint16) options->port);
  interrupt = g_unix_signal_add (SIGINT, interrupted_cb, &run);
  terminate = g_unix_signal_add (SIGTERM, interrupted_cb, &run);
  ear_client_open_async (run.cli.client, NULL, opened_cb, &run);
  g_main_loop_run (run.cli.loop);

  g_source_remove (interrupt);
  g_source_remove (terminate);
  g_clear_handle_id (&run.cli.overdue, g_source_remove);
  g_clear_pointer (&run.cli.said, g_ptr_array_unref);
  g_clear_object (&run.cli.client);
  g_clear_pointer (&run.cli.loop, g_main_loop_unref);
  login_clear (&run.login);
  g_free (run.directory);
  return run.cli.status;
}
