/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarAdmin: what an operator does to the accounts, a line a command:
 *
 *   list | iterations | add ROW | keys ROW | remove NAME | disable NAME | enable NAME
 *   invite DAYS | invitations | revoke ID
 *
 * ROW is a row as in users.csv, made where the operator typed the password: passwords do not
 * travel, not even here. Its keys must have the iterations that the server tells. A running server
 * takes the lines at a UNIX socket in its data directory, which only its own user can open; the
 * answer is the lines of the result and then "ok", or "error TEXT". Without a running server the
 * command does the same by itself. */

#include "config.h"

#include "server/ear-admin.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "server/ear-registry-csv.h"
#include "server/ear-server-log.h"
#include "wire/ear-server-link.h"

struct _EarAdmin
{
  GObject parent_instance;

  EarRegistry *registry;
  EarAdminFunc log_out;
  gpointer user_data;
  EarInvitations *invitations; /* nullable */
  EarServerLink *link;         /* what an invitation is written into */
  GSocketService *service;
  char *path;
};

G_DEFINE_FINAL_TYPE (EarAdmin, ear_admin, G_TYPE_OBJECT)

/* -- Commands -- */

static void
return_error (GTask *task, int code, const char *text)
{
  g_task_return_new_error (task, G_IO_ERROR, code, "%s", text);
  g_object_unref (task);
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  const char *line = g_task_get_task_data (task);
  GError *error = NULL;

  if (!ear_registry_finish (EAR_REGISTRY (source), result, &error)) {
    g_task_return_error (task, error);
    return;
  }
  ear_server_log ("operator", NULL, NULL, line);
  g_task_return_pointer (task, g_strdup (""), g_free);
}

static char *
dup_list (EarRegistry *registry)
{
  GString *list = g_string_new (NULL);
  g_autoptr (GPtrArray) accounts = ear_registry_list (registry, 0);

  for (guint i = 0; i < accounts->len; i++) {
    const EarAccount *account = g_ptr_array_index (accounts, i);
    g_autoptr (GDateTime) created = g_date_time_new_from_unix_utc (account->created);
    g_autofree char *day = created != NULL ? g_date_time_format (created, "%F") : g_strdup ("?");

    g_string_append_printf (list, "%-32s %s%s%s  %s\n", account->user, day,
                            (account->flags & EAR_ACCOUNT_DISABLED) != 0 ? " disabled" : "",
                            (account->flags & EAR_ACCOUNT_DIGEST) != 0 ? " imported" : "",
                            account->name);
  }
  return g_string_free (list, FALSE);
}

static void
set_keys (EarAdmin *self, const EarAccount *row, GTask *task)
{
  const EarAccount *account = ear_registry_lookup (self->registry, row->user);
  EarAccount changed;

  if (account == NULL) {
    return_error (task, G_IO_ERROR_NOT_FOUND, _ ("there is no such user"));
    return;
  }
  changed = *account;
  changed.keys = row->keys;
  changed.flags &= (guint8) ~EAR_ACCOUNT_DIGEST;
  ear_registry_update_async (self->registry, &changed, done_cb, task);
  self->log_out (row->user, EAR_ERROR_BAD_LOGIN, self->user_data);
}

static void
set_disabled (EarAdmin *self, const char *user, gboolean disabled, GTask *task)
{
  const EarAccount *account = ear_registry_lookup (self->registry, user);
  EarAccount changed;

  if (account == NULL) {
    return_error (task, G_IO_ERROR_NOT_FOUND, _ ("there is no such user"));
    return;
  }
  changed = *account;
  if (disabled)
    changed.flags |= EAR_ACCOUNT_DISABLED;
  else
    changed.flags &= (guint8) ~EAR_ACCOUNT_DISABLED;
  ear_registry_update_async (self->registry, &changed, done_cb, task);
  if (disabled)
    self->log_out (user, EAR_ERROR_DISABLED, self->user_data);
}

static void
invited_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  EarAdmin *self = g_task_get_source_object (task);
  g_autofree char *uri = NULL;
  GError *error = NULL;

  g_free (self->link->invite);
  self->link->invite = ear_invitations_create_finish (EAR_INVITATIONS (source), result, &error);
  if (self->link->invite == NULL) {
    g_task_return_error (task, error);
    return;
  }
  uri = ear_server_link_to_uri (self->link);
  ear_server_log ("operator", NULL, NULL, g_task_get_task_data (task));
  g_task_return_pointer (task, g_strconcat (uri, "\n", NULL), g_free);
}

static void
revoked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (!ear_invitations_finish (EAR_INVITATIONS (source), result, &error)) {
    g_task_return_error (task, error);
    return;
  }
  ear_server_log ("operator", NULL, NULL, g_task_get_task_data (task));
  g_task_return_pointer (task, g_strdup (""), g_free);
}

static void
invite (EarAdmin *self, const char *days, GTask *task)
{
  guint64 n;

  if (g_ascii_string_to_unsigned (days, 10, 1, EAR_INVITATION_DAYS_MAX, &n, NULL))
    ear_invitations_create_async (self->invitations, (guint) n, invited_cb, task);
  else
    return_error (task, G_IO_ERROR_INVALID_ARGUMENT, _ ("this is no number of days"));
}

/* FALSE when the command is none of invitations. */
static gboolean
execute_invitations (EarAdmin *self, const char *command, const char *argument, GTask *task)
{
  if (self->invitations == NULL)
    return FALSE;
  if (g_str_equal (command, "invite")) {
    invite (self, argument, task);
  } else if (g_str_equal (command, "revoke")) {
    ear_invitations_revoke_async (self->invitations, argument, revoked_cb, task);
  } else if (g_str_equal (command, "invitations")) {
    g_task_return_pointer (task, ear_invitations_dup_list (self->invitations), g_free);
    g_object_unref (task);
  } else {
    return FALSE;
  }
  return TRUE;
}

/**
 * ear_admin_execute_async:
 * @self: an admin
 * @line: a command
 * @callback: called when it is done and durable
 * @user_data: for @callback
 *
 * Carries out one command.
 */
void
ear_admin_execute_async (EarAdmin *self,
                         const char *line,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  const char *space = strchr (line, ' ');
  const char *argument = space != NULL ? space + 1 : "";
  g_autofree char *command =
    space != NULL ? g_strndup (line, (gsize) (space - line)) : g_strdup (line);
  EarAccount row;

  g_task_set_name (task, G_STRFUNC);
  /* For the log: the names of things, never a row with keys. */
  g_task_set_task_data (
    task, g_strdup_printf ("%s %.*s", command, (int) strcspn (argument, ","), argument), g_free);

  if (g_str_equal (line, "list")) {
    g_task_return_pointer (task, dup_list (self->registry), g_free);
    g_object_unref (task);
  } else if (g_str_equal (line, "iterations")) {
    g_task_return_pointer (
      task, g_strdup_printf ("%u\n", ear_registry_get_iterations (self->registry)), g_free);
    g_object_unref (task);
  } else if (g_str_equal (command, "remove")) {
    ear_registry_remove_async (self->registry, argument, done_cb, task);
    self->log_out (argument, EAR_ERROR_DISABLED, self->user_data);
  } else if (g_str_equal (command, "disable") || g_str_equal (command, "enable")) {
    set_disabled (self, argument, g_str_equal (command, "disable"), task);
  } else if (execute_invitations (self, command, argument, task)) {
    return;
  } else if (!ear_registry_csv_read_row (argument, strlen (argument), &row)) {
    return_error (task, G_IO_ERROR_INVALID_ARGUMENT, _ ("this is no command"));
  } else if (g_str_equal (command, "add")) {
    ear_registry_add_async (self->registry, &row, done_cb, task);
  } else if (g_str_equal (command, "keys")) {
    set_keys (self, &row, task);
  } else {
    return_error (task, G_IO_ERROR_INVALID_ARGUMENT, _ ("this is no command"));
  }
}

/**
 * ear_admin_execute_finish:
 * @self: an admin
 * @result: of ear_admin_execute_async()
 * @error: return location for an error
 *
 * Ends a command.
 *
 * Returns: (transfer full) (nullable): the lines of its result. Fails with [error@Gio.IOErrorEnum],
 * or as the registry does.
 */
char *
ear_admin_execute_finish (EarAdmin *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* -- The socket -- */

/* One operator at the socket. */
typedef struct
{
  EarAdmin *admin;
  GSocketConnection *connection;
  GDataInputStream *input;
  char *answer;
} Operator;

static void read_next (Operator *operator);

static void
operator_free (Operator *operator)
{
  g_object_unref (operator->admin);
  g_object_unref (operator->connection);
  g_object_unref (operator->input);
  g_free (operator->answer);
  g_free (operator);
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Operator *operator= user_data;

  if (g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL))
    read_next (operator);
  else
    operator_free (operator);
}

static void
executed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Operator *operator= user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = ear_admin_execute_finish (operator->admin, result, &error);
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (operator->connection));

  g_free (operator->answer);
  operator->answer = text != NULL ? g_strconcat (text, "ok\n", NULL)
                                  : g_strdup_printf ("error %s\n", error->message);
  g_output_stream_write_all_async (output, operator->answer, strlen (operator->answer),
                                   G_PRIORITY_DEFAULT, NULL, answered_cb, operator);
}

static void
line_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Operator *operator= user_data;
  g_autofree char *line =
    g_data_input_stream_read_line_finish_utf8 (operator->input, result, NULL, NULL);

  if (line != NULL)
    ear_admin_execute_async (operator->admin, line, executed_cb, operator);
  else
    operator_free (operator);
}

static void
read_next (Operator *operator)
{
  g_data_input_stream_read_line_async (operator->input, G_PRIORITY_DEFAULT, NULL,
                                       line_cb, operator);
}

static gboolean
incoming_cb (EarAdmin *self, GSocketConnection *connection)
{
  Operator *operator= g_new0 (Operator, 1);

  operator->admin = g_object_ref (self);
  operator->connection = g_object_ref (connection);
  operator->input =
    g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  read_next (operator);
  return TRUE;
}

static void
ear_admin_dispose (GObject *object)
{
  EarAdmin *self = EAR_ADMIN (object);

  if (self->service != NULL) {
    g_socket_service_stop (self->service);
    g_socket_listener_close (G_SOCKET_LISTENER (self->service));
    g_unlink (self->path);
  }
  g_clear_object (&self->service);
  g_clear_object (&self->registry);
  g_clear_object (&self->invitations);
  g_clear_pointer (&self->link, ear_server_link_free);
  g_clear_pointer (&self->path, g_free);
  G_OBJECT_CLASS (ear_admin_parent_class)->dispose (object);
}

static void
ear_admin_class_init (EarAdminClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ear_admin_dispose;
}

static void
ear_admin_init (EarAdmin *self)
{
}

/**
 * ear_admin_new:
 * @registry: the accounts
 * @log_out: told who must be logged out
 * @user_data: for @log_out
 *
 * Makes an admin.
 *
 * Returns: (transfer full): the admin
 */
EarAdmin *
ear_admin_new (EarRegistry *registry, EarAdminFunc log_out, gpointer user_data)
{
  EarAdmin *self = g_object_new (EAR_TYPE_ADMIN, NULL);

  self->registry = g_object_ref (registry);
  self->log_out = log_out;
  self->user_data = user_data;
  return self;
}

/**
 * ear_admin_set_invitations:
 * @self: an admin
 * @invitations: the invitations
 * @link: where the server is, with its fingerprint
 *
 * Lets the operator invite.
 */
void
ear_admin_set_invitations (EarAdmin *self, EarInvitations *invitations, const EarServerLink *link)
{
  g_return_if_fail (self->invitations == NULL);

  self->invitations = g_object_ref (invitations);
  self->link = ear_server_link_copy (link);
}

/**
 * ear_admin_listen:
 * @self: an admin
 * @path: where the socket shall be; the data directory is locked, so nobody else uses one that is
 * there
 * @error: return location for an error
 *
 * Takes commands at a UNIX socket that only this user can open.
 *
 * Returns: whether it listens. Fails with [error@Gio.IOErrorEnum], with FILENAME_TOO_LONG when
 * @path is too long for a socket.
 */
gboolean
ear_admin_listen (EarAdmin *self, const char *path, GError **error)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  mode_t before;
  gboolean listens;

  /* GLib cuts what does not fit, and would listen somewhere else. */
  if (g_strcmp0 (g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (address)), path) != 0) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG,
                 _ ("%s: too long for the path of a socket"), path);
    return FALSE;
  }
  g_unlink (path);
  self->service = g_socket_service_new ();
  self->path = g_strdup (path);
  before = umask (0177);
  listens =
    g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), address, G_SOCKET_TYPE_STREAM,
                                   G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL, error);
  umask (before);
  g_signal_connect_object (self->service, "incoming", G_CALLBACK (incoming_cb), self,
                           G_CONNECT_SWAPPED);
  return listens;
}
