/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarAdmin: what an operator does to the accounts, a line a command:
 *
 *   list | iterations | add ROW | keys ROW | remove NAME | disable NAME | enable NAME
 *   set-admin NAME | unset-admin NAME
 *   broadcasts | remove-broadcast NUMBER | policy | broadcast-policy WHO
 *   invite DAYS | invitations | revoke ID
 *
 * What changes anything stands in the audit before it is done.
 *
 * ROW is a row as in users.csv, made where the operator typed the password: passwords do not
 * travel, not even here. Its keys must have the iterations that the server tells. A running server
 * takes the lines at a UNIX socket in its data directory, which only its own user can open; the
 * answer is the lines of the result and then "ok", or "error TEXT". Without a running server the
 * command does the same by itself. */

#include "config.h"

#include "server/ear-admin-private.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#include "server/ear-audit.h"
#include "server/ear-broadcast.h"
#include "server/ear-bulletin.h"
#include "server/ear-policy.h"
#include "server/ear-registry-csv.h"
#include "server/ear-server-log.h"
#include "wire/ear-message.h"
#include "wire/ear-server-link.h"
#include "wire/ear-text.h"

G_DEFINE_FINAL_TYPE (EarAdmin, ear_admin, G_TYPE_OBJECT)

/* -- Commands -- */

/* The task's data: the command, its argument, and what stands in the audit and in the log, which is
 * the names of things and never a row with keys. */
typedef struct
{
  char *command;
  char *argument;
  char *act;
  gboolean noted; /* in the audit */
  char *log_out;  /* nullable: whose account is gone, or has another password, when it is done */
  EarError code;  /* for them */
} Command;

static void
command_free (gpointer data)
{
  Command *self = data;

  g_free (self->command);
  g_free (self->argument);
  g_free (self->act);
  g_free (self->log_out);
  g_free (self);
}

static Command *
command_new (const char *line)
{
  Command *self = g_new0 (Command, 1);
  const char *space = strchr (line, ' ');

  self->argument = g_strdup (space != NULL ? space + 1 : "");
  self->command = space != NULL ? g_strndup (line, (gsize) (space - line)) : g_strdup (line);
  self->act = g_strdup_printf ("%s%s%.*s", self->command, *self->argument != '\0' ? " " : "",
                               (int) strcspn (self->argument, ","), self->argument);
  return self;
}

/* Takes the task and the error. */
static void
fail (GTask *task, GError *error)
{
  EarAdmin *self = g_task_get_source_object (task);
  const Command *command = g_task_get_task_data (task);

  if (command->noted)
    ear_audit_write_failure (self->audit, NULL, command->act);
  g_task_return_error (task, error);
  g_object_unref (task);
}

static void
return_error (GTask *task, int code, const char *text)
{
  fail (task, g_error_new_literal (G_IO_ERROR, code, text));
}

/* Takes the task. */
static void
return_result (GTask *task, char *result)
{
  g_task_return_pointer (task, result, g_free);
  g_object_unref (task);
}

static void
return_done (GTask *task, char *result)
{
  const Command *command = g_task_get_task_data (task);

  ear_server_log ("operator", NULL, NULL, command->act);
  return_result (task, result);
}

/* Each of the stores ends its task in the same way. */
static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  EarAdmin *self = g_task_get_source_object (task);
  const Command *command = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    fail (task, error);
    return;
  }
  if (command->log_out != NULL)
    self->log_out (command->log_out, command->code, self->user_data);
  return_done (task, g_strdup (""));
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

    g_string_append_printf (list, "%-32s %s%s%s%s  %s\n", account->user, day,
                            (account->flags & EAR_ACCOUNT_ADMIN) != 0 ? " admin" : "",
                            (account->flags & EAR_ACCOUNT_DISABLED) != 0 ? " disabled" : "",
                            (account->flags & EAR_ACCOUNT_DIGEST) != 0 ? " imported" : "",
                            account->name);
  }
  return g_string_free (list, FALSE);
}

static void
update (EarAdmin *self, const char *user, const EarAccountChange *what, GTask *task)
{
  if (ear_registry_lookup (self->registry, user) == NULL)
    return_error (task, G_IO_ERROR_NOT_FOUND, _ ("there is no such user"));
  else
    ear_registry_update_async (self->registry, user, what, done_cb, task);
}

static void
remove_user (EarAdmin *self, const char *user, GTask *task)
{
  Command *command = g_task_get_task_data (task);

  command->log_out = g_strdup (user);
  command->code = EAR_ERROR_DISABLED;
  ear_registry_remove_async (self->registry, user, done_cb, task);
}

static void
set_keys (EarAdmin *self, const EarAccount *row, GTask *task)
{
  Command *command = g_task_get_task_data (task);

  command->log_out = g_strdup (row->user);
  command->code = EAR_ERROR_BAD_LOGIN;
  update (self, row->user, &(EarAccountChange){ .keys = &row->keys, .clear = EAR_ACCOUNT_DIGEST },
          task);
}

static char *
dup_broadcasts (EarBulletin *bulletin)
{
  GString *list = g_string_new (NULL);
  g_autoptr (GPtrArray) broadcasts = ear_bulletin_get_newer (bulletin, 0);

  for (guint i = 0; i < broadcasts->len; i++) {
    const EarBroadcast *broadcast = g_ptr_array_index (broadcasts, i);
    g_autoptr (GDateTime) time =
      g_date_time_new_from_unix_utc (broadcast->real_time_us / G_USEC_PER_SEC);
    g_autofree char *moment = time != NULL ? g_date_time_format (time, "%F %T") : g_strdup ("?");
    g_autofree char *text = ear_text_escape (broadcast->text, 60);

    g_string_append_printf (list, "%" G_GUINT64_FORMAT "  %s  %s  %s\n", broadcast->number, moment,
                            broadcast->user, text);
  }
  return g_string_free (list, FALSE);
}

static void
remove_broadcast (EarAdmin *self, const char *argument, GTask *task)
{
  guint64 number;

  if (g_ascii_string_to_unsigned (argument, 10, 1, G_MAXINT64, &number, NULL) &&
      ear_bulletin_lookup (self->bulletin, number) != NULL)
    ear_bulletin_remove_async (self->bulletin, number, done_cb, task);
  else
    return_error (task, G_IO_ERROR_NOT_FOUND, _ ("there is no such broadcast"));
}

static void
set_policy (EarAdmin *self, const char *who, GTask *task)
{
  if (g_str_equal (who, EAR_EVERYBODY) || g_str_equal (who, EAR_ADMINS_ONLY))
    ear_policy_set_broadcasters_async (self->policy, who, done_cb, task);
  else
    return_error (task, G_IO_ERROR_INVALID_ARGUMENT, _ ("say everybody or admins"));
}

static void
invited_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  EarAdmin *self = g_task_get_source_object (task);
  g_autofree char *uri = NULL;
  GError *error = NULL;

  g_free (self->link->invite);
  self->link->invite = ear_invitations_create_finish (EAR_INVITATIONS (source), result, &error);
  if (self->link->invite == NULL) {
    fail (task, error);
    return;
  }
  uri = ear_server_link_to_uri (self->link);
  return_done (task, g_strconcat (uri, "\n", NULL));
}

static void
invite (EarAdmin *self, const char *days, GTask *task)
{
  guint64 n;

  if (self->invitations != NULL &&
      g_ascii_string_to_unsigned (days, 10, 1, EAR_INVITATION_DAYS_MAX, &n, NULL))
    ear_invitations_create_async (self->invitations, (guint) n, invited_cb, task);
  else
    return_error (task, G_IO_ERROR_INVALID_ARGUMENT, _ ("this is no number of days"));
}

/* What only tells something: FALSE when the command is none of these. */
static gboolean
look (EarAdmin *self, const char *command, GTask *task)
{
  if (g_str_equal (command, "list"))
    return_result (task, dup_list (self->registry));
  else if (g_str_equal (command, "iterations"))
    return_result (task, g_strdup_printf ("%u\n", ear_registry_get_iterations (self->registry)));
  else if (g_str_equal (command, "broadcasts"))
    return_result (task, dup_broadcasts (self->bulletin));
  else if (g_str_equal (command, "policy"))
    return_result (task, g_strdup_printf ("%s\n", ear_policy_get_broadcasters (self->policy)));
  else if (g_str_equal (command, "invitations") && self->invitations != NULL)
    return_result (task, ear_invitations_dup_list (self->invitations));
  else
    return FALSE;
  return TRUE;
}

/* What changes something, and so stands in the audit. */
static const char *const acts[] = {
  "add",       "keys",        "remove",           "disable",          "enable",
  "set-admin", "unset-admin", "remove-broadcast", "broadcast-policy", "invite",
  "revoke",    NULL,
};

static void
act (EarAdmin *self, const char *command, const char *argument, GTask *task)
{
  EarAccount row;

  if (g_str_equal (command, "remove")) {
    remove_user (self, argument, task);
  } else if (g_str_equal (command, "disable")) {
    update (self, argument, &(EarAccountChange){ .set = EAR_ACCOUNT_DISABLED }, task);
  } else if (g_str_equal (command, "enable")) {
    update (self, argument, &(EarAccountChange){ .clear = EAR_ACCOUNT_DISABLED }, task);
  } else if (g_str_equal (command, "set-admin")) {
    update (self, argument, &(EarAccountChange){ .set = EAR_ACCOUNT_ADMIN }, task);
  } else if (g_str_equal (command, "unset-admin")) {
    update (self, argument, &(EarAccountChange){ .clear = EAR_ACCOUNT_ADMIN }, task);
  } else if (g_str_equal (command, "remove-broadcast")) {
    remove_broadcast (self, argument, task);
  } else if (g_str_equal (command, "broadcast-policy")) {
    set_policy (self, argument, task);
  } else if (g_str_equal (command, "invite")) {
    invite (self, argument, task);
  } else if (g_str_equal (command, "revoke") && self->invitations != NULL) {
    ear_invitations_revoke_async (self->invitations, argument, done_cb, task);
  } else if (!ear_registry_csv_read_row (argument, strlen (argument), &row)) {
    return_error (task, G_IO_ERROR_INVALID_ARGUMENT, _ ("this is no command"));
  } else if (g_str_equal (command, "add")) {
    ear_registry_add_async (self->registry, &row, done_cb, task);
  } else {
    set_keys (self, &row, task);
  }
}

static void
noted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Command *command = g_task_get_task_data (task);
  GError *error = NULL;

  if (!ear_audit_write_finish (EAR_AUDIT (source), result, &error)) {
    fail (task, error);
    return;
  }
  command->noted = TRUE;
  act (g_task_get_source_object (task), command->command, command->argument, task);
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
  Command *command = command_new (line);

  g_task_set_name (task, G_STRFUNC);
  g_task_set_task_data (task, command, command_free);
  if (*command->argument == '\0' && look (self, command->command, task))
    return;
  if (g_strv_contains (acts, command->command))
    ear_audit_write_async (self->audit, NULL, command->act, noted_cb, task);
  else
    return_error (task, G_IO_ERROR_INVALID_ARGUMENT, _ ("this is no command"));
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

/* -- Life -- */

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
  g_clear_object (&self->audit);
  g_clear_object (&self->bulletin);
  g_clear_object (&self->policy);
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
 * @bulletin: the broadcasts
 * @policy: who may broadcast
 * @audit: what everything is noted in
 * @log_out: told who must be logged out
 * @user_data: for @log_out
 *
 * Makes an admin.
 *
 * Returns: (transfer full): the admin
 */
EarAdmin *
ear_admin_new (EarRegistry *registry,
               EarBulletin *bulletin,
               EarPolicy *policy,
               EarAudit *audit,
               EarAdminFunc log_out,
               gpointer user_data)
{
  EarAdmin *self = g_object_new (EAR_TYPE_ADMIN, NULL);

  self->registry = g_object_ref (registry);
  self->bulletin = g_object_ref (bulletin);
  self->policy = g_object_ref (policy);
  self->audit = g_object_ref (audit);
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
