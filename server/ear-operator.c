/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The operator's commands: `earshotd user …`, `broadcast …`, `invite …` and `import FILE`. Each
 * becomes lines for EarAdmin: sent to the server that runs on this data directory, or carried out
 * here when none does. This is a short-lived program without a main loop of its own, so it may
 * wait. */

#include "config.h"

#include "server/ear-operator.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

#include "server/ear-admin.h"
#include "server/ear-audit.h"
#include "server/ear-bulletin.h"
#include "server/ear-data-dir.h"
#include "server/ear-devices.h"
#include "server/ear-listener.h"
#include "server/ear-policy.h"
#include "server/ear-registry-csv.h"
#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-identity.h"
#include "wire/ear-server-link.h"
#include "wire/ear-text.h"

/* Who carries out the lines. */
typedef struct
{
  /* A running server … */
  GSocketConnection *connection;
  GDataInputStream *input;
  /* … or this process. */
  int lock;
  EarAdmin *admin;
  EarRegistry *registry;
  EarDevices *devices;
  EarBulletin *bulletin;
  EarAudit *audit;
  GMainLoop *loop;
  char *result;
  GError *error;
} Executor;

/* Nobody is logged in while no server runs, but devices are known. */
static void
log_out (const char *user, EarError code, gpointer user_data)
{
  Executor *self = user_data;

  ear_devices_forget (self->devices, user, NULL);
}

/* Without a server the link is made of what one would be started with. */
static gboolean
add_invitations (Executor *self, const EarServerConfig *config, GError **error)
{
  g_autofree char *host = ear_listener_dup_host (config);
  g_autoptr (EarIdentity) identity = ear_data_dir_load_identity (config->data_dir, error);
  g_autoptr (EarInvitations) invitations =
    identity != NULL ? ear_invitations_new (config->data_dir, self->registry, error) : NULL;
  g_autoptr (EarServerLink) link = NULL;

  if (invitations == NULL)
    return FALSE;
  link = ear_server_link_new (host, config->port, ear_identity_get_fingerprint (identity));
  ear_admin_set_invitations (self->admin, invitations, link);
  return TRUE;
}

/* FALSE when one of the files cannot be used. */
static gboolean
open_stores (Executor *self, const EarServerConfig *config, GError **error)
{
  g_autoptr (EarClock) clock = ear_clock_new ();
  g_autoptr (EarDeadlines) deadlines = ear_deadlines_new (clock, NULL);
  g_autoptr (EarPolicy) policy = NULL;

  self->registry = ear_registry_new (config->data_dir, config->iterations, deadlines, error);
  policy = self->registry != NULL ? ear_policy_new (config->data_dir, error) : NULL;
  if (policy == NULL)
    return FALSE;
  self->devices = ear_devices_new (config->data_dir, self->registry, deadlines, error);
  if (self->devices == NULL)
    return FALSE;
  self->bulletin = ear_bulletin_new (config->data_dir, deadlines, error);
  if (self->bulletin == NULL)
    return FALSE;
  self->audit = ear_audit_new (config->data_dir, error);
  if (self->audit == NULL)
    return FALSE;
  self->admin = ear_admin_new (self->registry, self->bulletin, policy, self->audit, log_out, self);
  self->loop = g_main_loop_new (NULL, FALSE);
  return add_invitations (self, config, error);
}

static gboolean
open_executor (Executor *self, const EarServerConfig *config, GError **error)
{
  g_autofree char *path = g_build_filename (config->data_dir, "admin.sock", NULL);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  self->connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, NULL);
  if (self->connection != NULL) {
    self->input =
      g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (self->connection)));
    return TRUE;
  }
  self->lock = ear_data_dir_lock (config->data_dir, error);
  if (self->lock < 0)
    return FALSE;
  return open_stores (self, config, error);
}

static void
close_executor (Executor *self)
{
  g_clear_object (&self->connection);
  g_clear_object (&self->input);
  g_clear_object (&self->admin);
  /* Nobody has waited for these: old keys and a removed broadcast leave their files, a failure
   * enters the audit, devices are forgotten. */
  if (self->registry != NULL)
    ear_registry_close (self->registry);
  if (self->devices != NULL)
    ear_devices_close (self->devices);
  if (self->bulletin != NULL)
    ear_bulletin_close (self->bulletin);
  if (self->audit != NULL)
    ear_audit_close (self->audit);
  g_clear_object (&self->registry);
  g_clear_object (&self->devices);
  g_clear_object (&self->bulletin);
  g_clear_object (&self->audit);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  if (self->lock >= 0)
    close (self->lock);
}

static void
executed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Executor *self = user_data;

  self->result = ear_admin_execute_finish (EAR_ADMIN (source), result, &self->error);
  g_main_loop_quit (self->loop);
}

static char *
ask_there (Executor *self, const char *line, GError **error)
{
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (self->connection));
  g_autofree char *with_newline = g_strconcat (line, "\n", NULL);
  g_autoptr (GString) result = g_string_new (NULL);

  if (!g_output_stream_write_all (output, with_newline, strlen (with_newline), NULL, NULL, error))
    return NULL;
  for (;;) {
    g_autofree char *answer = g_data_input_stream_read_line_utf8 (self->input, NULL, NULL, error);

    if (answer == NULL) {
      if (error != NULL && *error == NULL)
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, _ ("the server went away"));
      return NULL;
    }
    if (g_str_equal (answer, "ok"))
      return g_string_free (g_steal_pointer (&result), FALSE);
    if (g_str_has_prefix (answer, "error ")) {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, answer + strlen ("error "));
      return NULL;
    }
    g_string_append_printf (result, "%s\n", answer);
  }
}

/* Gives the lines of the answer, or NULL with an error. */
static char *
ask (Executor *self, const char *line, GError **error)
{
  if (strchr (line, '\n') != NULL) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                         _ ("there is a line break in it"));
    return NULL;
  }
  if (self->connection != NULL)
    return ask_there (self, line, error);
  ear_admin_execute_async (self->admin, line, executed_cb, self);
  g_main_loop_run (self->loop);
  if (self->result == NULL)
    g_propagate_error (error, g_steal_pointer (&self->error));
  return g_steal_pointer (&self->result);
}

static gboolean
execute (Executor *self, const char *line, GError **error)
{
  g_autofree char *result = ask (self, line, error);

  if (result == NULL)
    return FALSE;
  fputs (result, stdout);
  return TRUE;
}

/* A running server may have been started with others than ours; 0 with an error. */
static guint32
ask_iterations (Executor *self, GError **error)
{
  g_autofree char *answer = ask (self, "iterations", error);

  return answer != NULL ? (guint32) g_ascii_strtoull (answer, NULL, 10) : 0;
}

/* -- Passwords -- */

/* Reads the first line without stdio, whose buffers nobody wipes. NULL when there is none. */
static char *
read_line (int fd)
{
  char buffer[1024] = { 0 };
  gsize length = 0;
  ssize_t n;
  char *line;

  do {
    n = read (fd, buffer + length, sizeof buffer - 1 - length);
    length += (gsize) MAX (n, 0);
  } while ((n > 0 && strchr (buffer, '\n') == NULL) || (n < 0 && errno == EINTR));
  length = strcspn (buffer, "\r\n");
  line = length > 0 ? g_strndup (buffer, length) : NULL;
  explicit_bzero (buffer, sizeof buffer);
  return line;
}

static char *
read_password (const char *file)
{
  int fd = file != NULL ? open (file, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
  struct termios before, silent;
  gboolean terminal = file == NULL && tcgetattr (fd, &before) == 0;
  char *password;

  if (fd < 0)
    return NULL;
  if (terminal) {
    fputs (_ ("New password: "), stderr);
    silent = before;
    silent.c_lflag &= ~(tcflag_t) ECHO;
    tcsetattr (fd, TCSAFLUSH, &silent);
  }
  password = read_line (fd);
  if (terminal) {
    tcsetattr (fd, TCSAFLUSH, &before);
    fputc ('\n', stderr);
  }
  if (file != NULL)
    close (fd);
  return password;
}

static char *
make_row (const char *user, const char *password, guint32 iterations, guint8 flags, GError **error)
{
  guint8 salt[EAR_SCRAM_SALT_SIZE];
  EarScramSecret secret;
  EarScramKeys keys;
  EarAccount account;
  GString *row;

  if (!ear_scram_make_salt (salt, error) ||
      !ear_scram_derive (password, salt, iterations, &secret, error))
    return NULL;
  ear_scram_secret_get_keys (&secret, &keys);
  explicit_bzero (&secret, sizeof secret);
  if (!ear_account_init (&account, user, NULL, &keys)) {
    g_propagate_error (error, ear_error_new (EAR_ERROR_BAD_NAME));
    return NULL;
  }
  account.flags = flags;
  row = g_string_new (NULL);
  ear_registry_csv_append_row (row, &account);
  g_string_truncate (row, row->len - 1);
  return g_string_free (row, FALSE);
}

/* -- Commands -- */

static gboolean
run_with_password (Executor *self,
                   const char *command,
                   const char *user,
                   const char *file,
                   GError **error)
{
  guint32 iterations = ask_iterations (self, error);
  char *password = iterations > 0 ? read_password (file) : NULL;
  g_autofree char *row = NULL;
  g_autofree char *line = NULL;

  if (iterations == 0)
    return FALSE;
  if (password == NULL) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("no password was given"));
    return FALSE;
  }
  row = make_row (user, password, iterations, 0, error);
  explicit_bzero (password, strlen (password));
  g_free (password);
  if (row == NULL)
    return FALSE;
  line = g_strconcat (command, " ", row, NULL);
  return execute (self, line, error);
}

static gboolean
is_digest (const char *text)
{
  return strlen (text) == 64 && strspn (text, "0123456789abcdefABCDEF") == 64;
}

/* One line of the old system, name,hex(SHA-256(password)); says on standard error what it cannot
 * take. */
static gboolean
import_line (Executor *self, guint32 iterations, const char *text, guint number)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", 3);
  g_autofree char *safe = ear_text_escape (text, 40);
  g_autofree char *digest = NULL;
  g_autofree char *row = NULL;
  g_autofree char *line = NULL;
  g_autoptr (GError) error = NULL;

  if (g_strv_length (parts) != 2 || !is_digest (parts[1])) {
    fprintf (stderr, _ ("line %u: not of the form name,digest: %s\n"), number, safe);
    return FALSE;
  }
  digest = g_ascii_strdown (parts[1], -1);
  row = make_row (parts[0], digest, iterations, EAR_ACCOUNT_DIGEST, &error);
  line = row != NULL ? g_strconcat ("add ", row, NULL) : NULL;
  if (line != NULL && execute (self, line, &error))
    return TRUE;
  fprintf (stderr, _ ("line %u: %s: %s\n"), number, error->message, safe);
  return FALSE;
}

static gboolean
import (Executor *self, const char *path, GError **error)
{
  guint32 iterations = ask_iterations (self, error);
  g_autofree char *contents = NULL;
  g_auto (GStrv) lines = NULL;
  guint n_imported = 0, n_refused = 0;

  if (iterations == 0 || !g_file_get_contents (path, &contents, NULL, error))
    return FALSE;
  lines = g_strsplit (contents, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    char *line = g_strchomp (lines[i]);

    if (line[0] == '\0')
      continue;
    if (import_line (self, iterations, line, i + 1))
      n_imported++;
    else
      n_refused++;
  }
  printf (ngettext ("%u account imported", "%u accounts imported", n_imported), n_imported);
  printf (ngettext (", %u line refused\n", ", %u lines refused\n", n_refused), n_refused);
  if (n_refused == 0)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       _ ("not everything could be imported"));
  return FALSE;
}

static gboolean
run_user (Executor *self, const char *const *arguments, GError **error)
{
  guint n = g_strv_length ((char **) arguments);
  const char *verb = n > 0 ? arguments[0] : "";
  gboolean has_file = n == 4 && g_str_equal (arguments[2], "--password-file");
  g_autofree char *line = NULL;

  if (n == 1 && g_str_equal (verb, "list"))
    return execute (self, "list", error);
  if ((n == 2 || has_file) && (g_str_equal (verb, "add") || g_str_equal (verb, "set-password")))
    return run_with_password (self, g_str_equal (verb, "add") ? "add" : "keys", arguments[1],
                              has_file ? arguments[3] : NULL, error);
  if (n == 2 && (g_str_equal (verb, "remove") || g_str_equal (verb, "disable") ||
                 g_str_equal (verb, "enable"))) {
    line = g_strconcat (verb, " ", arguments[1], NULL);
    return execute (self, line, error);
  }
  if (n == 3 && g_str_equal (verb, "set-admin") &&
      (g_str_equal (arguments[2], "yes") || g_str_equal (arguments[2], "no"))) {
    line = g_strdup_printf (
      "%s %s", g_str_equal (arguments[2], "yes") ? "set-admin" : "unset-admin", arguments[1]);
    return execute (self, line, error);
  }
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                       _ ("usage: earshotd user add|set-password NAME [--password-file FILE] | "
                          "remove|disable|enable NAME | set-admin NAME yes|no | list"));
  return FALSE;
}

static gboolean
run_broadcast (Executor *self, const char *const *arguments, GError **error)
{
  guint n = g_strv_length ((char **) arguments);
  const char *verb = n > 0 ? arguments[0] : "";
  g_autofree char *line = NULL;

  if (n == 1 && g_str_equal (verb, "list"))
    return execute (self, "broadcasts", error);
  if (n == 1 && g_str_equal (verb, "policy"))
    return execute (self, "policy", error);
  if (n == 2 && g_str_equal (verb, "remove"))
    line = g_strconcat ("remove-broadcast ", arguments[1], NULL);
  else if (n == 2 && g_str_equal (verb, "policy"))
    line = g_strconcat ("broadcast-policy ", arguments[1], NULL);
  if (line != NULL)
    return execute (self, line, error);
  g_set_error_literal (
    error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
    _ ("usage: earshotd broadcast list | remove NUMBER | policy [everybody|admins]"));
  return FALSE;
}

/* Only the link goes to standard output: a script may send it on. */
static gboolean
run_invite (Executor *self, const char *const *arguments, GError **error)
{
  guint n = g_strv_length ((char **) arguments);
  const char *verb = n > 0 ? arguments[0] : "";
  g_autofree char *line = NULL;

  if (n == 1 && g_str_equal (verb, "list"))
    return execute (self, "invitations", error);
  if (n == 2 && g_str_equal (verb, "revoke"))
    line = g_strconcat ("revoke ", arguments[1], NULL);
  else if (n == 2 && g_str_equal (verb, "--days"))
    line = g_strconcat ("invite ", arguments[1], NULL);
  else if (n == 0)
    line = g_strdup_printf ("invite %d", EAR_INVITATION_DAYS);
  if (line != NULL)
    return execute (self, line, error);
  g_set_error_literal (
    error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
    _ ("usage: earshotd invite [--days COUNT] | invite list | invite revoke ID"));
  return FALSE;
}

static gboolean
run_command (Executor *self, const char *const *arguments, GError **error)
{
  if (g_str_equal (arguments[0], "user"))
    return run_user (self, arguments + 1, error);
  if (g_str_equal (arguments[0], "broadcast"))
    return run_broadcast (self, arguments + 1, error);
  if (g_str_equal (arguments[0], "invite"))
    return run_invite (self, arguments + 1, error);
  return import (self, arguments[1], error);
}

/**
 * ear_operator_run:
 * @config: the settings; the data directory counts
 * @arguments: (array zero-terminated=1): the command and its arguments
 *
 * Carries out an operator's command.
 *
 * Returns: the exit status: 0, or 1, or 64 (EX_USAGE)
 */
int
ear_operator_run (const EarServerConfig *config, const char *const *arguments)
{
  Executor executor = { .lock = -1 };
  g_autoptr (GError) error = NULL;
  gboolean done = FALSE;

  if (!g_str_equal (arguments[0], "user") && !g_str_equal (arguments[0], "invite") &&
      !g_str_equal (arguments[0], "broadcast") &&
      !(g_str_equal (arguments[0], "import") && arguments[1] != NULL))
    g_set_error_literal (&error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                         _ ("there is no such command; see --help"));
  else if (open_executor (&executor, config, &error))
    done = run_command (&executor, arguments, &error);
  close_executor (&executor);
  if (done)
    return EX_OK;
  fprintf (stderr, "earshotd: %s\n", error->message);
  return error->domain == G_OPTION_ERROR ? EX_USAGE : EXIT_FAILURE;
}
