/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What goes on while a session is online: requests and their answers, and events.
 *
 * Each request has an id of its own and a GTask that waits under it. A cancelled request leaves the
 * table, and its answer, when it comes, is for nobody. An answer that is none to its request ends
 * the connection, as any other line does that the protocol does not allow. When the connection is
 * lost, all that wait fail with EAR_ERROR_OFFLINE: nobody knows whether the server has carried them
 * out. */

#include "client/ear-session-private.h"

#include <openssl/crypto.h>
#include <string.h>

#include "client/ear-location.h"
#include "wire/ear-error.h"
#include "wire/ear-limits.h"

typedef struct
{
  gint64 id;
  EarMessageType type;
  GSource *cancelled;
} Request;

static void
request_free (gpointer data)
{
  Request *self = data;

  if (self->cancelled != NULL)
    g_source_destroy (self->cancelled);
  g_clear_pointer (&self->cancelled, g_source_unref);
  g_free (self);
}

/* Sends a message with an id of its own, and returns that. */
gint64
ear_session_send (EarSession *self, EarMessage *message)
{
  gint64 id = ++self->last_id;

  ear_message_set_integer (message, "id", id);
  ear_link_send (self->link, message);
  return id;
}

void
ear_session_fail_requests (EarSession *self)
{
  g_autoptr (GHashTable) requests = g_steal_pointer (&self->requests);
  GHashTableIter iter;
  gpointer task;

  self->requests = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_object_unref);
  g_hash_table_iter_init (&iter, requests);
  while (g_hash_table_iter_next (&iter, NULL, &task)) {
    Request *request = g_task_get_task_data (task);

    /* It may have been cancelled in this turn of the loop: one answer is enough. */
    if (request->cancelled != NULL)
      g_source_destroy (request->cancelled);
    g_task_return_error (G_TASK (task), ear_error_new (EAR_ERROR_OFFLINE));
  }
}

/* Whether a server may answer that: who asked reads the fields of the one message that it may be.
 */
static gboolean
is_answer (EarMessageType request, EarMessage *message)
{
  EarMessageType type = ear_message_get_type (message);

  switch (request) {
  case EAR_MESSAGE_LOCATE:
    return type == EAR_MESSAGE_LOCATED;
  case EAR_MESSAGE_IDENTIFY:
    return type == EAR_MESSAGE_IDENTIFIED;
  case EAR_MESSAGE_MANAGE:
    return type == EAR_MESSAGE_MANAGED;
  case EAR_MESSAGE_BROADCAST:
    return type == EAR_MESSAGE_OK && ear_message_has (message, "number") &&
           ear_message_has (message, "reached");
  default:
    return type == EAR_MESSAGE_OK;
  }
}

static void
answered (EarSession *self, EarMessage *message)
{
  gint64 id = ear_message_get_integer (message, "re");
  gboolean left;
  Request *request;
  gpointer value;
  g_autoptr (GTask) task = NULL;

  if (!g_hash_table_steal_extended (self->requests, &id, NULL, &value))
    return;
  task = value;
  request = g_task_get_task_data (task);
  left = request->type == EAR_MESSAGE_LEAVE && ear_message_get_type (message) == EAR_MESSAGE_OK;
  if (request->cancelled != NULL)
    g_source_destroy (request->cancelled);
  if (ear_message_get_type (message) == EAR_MESSAGE_ERROR) {
    g_task_return_error (task, ear_message_to_error (message));
  } else if (is_answer (request->type, message)) {
    g_task_return_pointer (task, ear_message_ref (message), (GDestroyNotify) ear_message_unref);
  } else {
    ear_session_fail (self, ear_error_new (EAR_ERROR_BAD_MESSAGE));
    g_task_return_error (task, ear_error_new (EAR_ERROR_BAD_MESSAGE));
  }
  /* There is no account to come back to. */
  if (left)
    ear_session_log_out (self);
}

static void
tell_broadcast (EarSession *self, EarMessage *message)
{
  guint64 number = (guint64) ear_message_get_integer (message, "number");

  self->last_broadcast = MAX (self->last_broadcast, number);
  g_signal_emit_by_name (self, "broadcast", message);
}

static void
tell_dial (EarSession *self, EarMessage *message)
{
  g_autoptr (EarLocation) location = ear_location_new (message);

  g_signal_emit_by_name (self, "dial-asked", location);
}

static void
tell_reached (EarSession *self, EarMessage *message)
{
  guint64 number = (guint64) ear_message_get_integer (message, "number");
  guint count = (guint) MIN (ear_message_get_integer (message, "count"), G_MAXINT);

  g_signal_emit_by_name (self, "reached", number, count);
}

/* Whether the message is an event, which may come in any step once we are present. */
static gboolean
tell_event (EarSession *self, EarMessage *message)
{
  switch (ear_message_get_type (message)) {
  case EAR_MESSAGE_BROADCAST_EVENT:
    tell_broadcast (self, message);
    return TRUE;
  case EAR_MESSAGE_DIAL:
    tell_dial (self, message);
    return TRUE;
  case EAR_MESSAGE_REACHED:
    tell_reached (self, message);
    return TRUE;
  case EAR_MESSAGE_RIGHTS:
    ear_session_set_rights (self, ear_message_get_boolean (message, "admin"),
                            ear_message_get_boolean (message, "broadcast"));
    return TRUE;
  case EAR_MESSAGE_BROADCAST_REMOVED:
    g_signal_emit_by_name (self, "broadcast-removed",
                           (guint64) ear_message_get_integer (message, "number"));
    return TRUE;
  case EAR_MESSAGE_ROSTER:
  case EAR_MESSAGE_ROSTER_CHANGE:
    g_signal_emit_by_name (self, "roster", message);
    return TRUE;
  default:
    return FALSE;
  }
}

void
ear_session_received (EarSession *self, EarMessage *message)
{
  gboolean error = ear_message_get_type (message) == EAR_MESSAGE_ERROR;
  gboolean online = self->step == EAR_SESSION_STEP_ONLINE;

  /* Of the way in or of the link as a whole, not of one request. */
  if (error && ear_message_has (message, "retry_after") &&
      (!online || !ear_message_has (message, "re")))
    self->retry_after_ms = ear_message_get_integer (message, "retry_after");
  if (error && !ear_message_has (message, "re")) {
    g_clear_error (&self->link_error);
    self->link_error = ear_message_to_error (message);
    return;
  }
  if (self->step >= EAR_SESSION_STEP_PRESENT && tell_event (self, message))
    return;
  if (!online)
    ear_session_login_received (self, message);
  else if (ear_message_get_type (message) != EAR_MESSAGE_WELCOME)
    answered (self, message);
}

static gboolean
cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  g_autoptr (GTask) task = g_object_ref (G_TASK (user_data));
  EarSession *self = g_task_get_source_object (task);
  Request *request = g_task_get_task_data (task);

  g_hash_table_remove (self->requests, &request->id);
  g_task_return_error_if_cancelled (task);
  return G_SOURCE_REMOVE;
}

/**
 * ear_session_request_async:
 * @self: a session
 * @request: (transfer none): a complete request but for its id, which is set here
 * @cancellable: (nullable): stops the waiting, not what the server does
 * @callback: called with the answer
 * @user_data: for @callback
 *
 * Asks the server.
 */
void
ear_session_request_async (EarSession *self,
                           EarMessage *request,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Request *data = g_new0 (Request, 1);

  g_task_set_name (task, G_STRFUNC);
  g_task_set_task_data (task, data, request_free);
  g_task_set_check_cancellable (task, FALSE); /* what was answered was done */
  if (self->state != EAR_SESSION_ONLINE || g_cancellable_is_cancelled (cancellable)) {
    if (!g_task_return_error_if_cancelled (task))
      g_task_return_error (task, ear_error_new (EAR_ERROR_OFFLINE));
    g_object_unref (task);
    return;
  }
  data->type = ear_message_get_type (request);
  data->id = ear_session_send (self, request);
  g_hash_table_insert (self->requests, &data->id, task);
  if (cancellable != NULL) {
    data->cancelled = g_cancellable_source_new (cancellable);
    g_source_set_callback (data->cancelled, G_SOURCE_FUNC (cancelled_cb), task, NULL);
    g_source_attach (data->cancelled, g_task_get_context (task));
  }
}

/**
 * ear_session_request_finish:
 *
 * Returns: (transfer full): the answer, of the type that the request has. Fails with the server's
 *   code, with EAR_ERROR_BAD_MESSAGE when it is another one, with EAR_ERROR_OFFLINE when there is
 * no connection or it was lost meanwhile, or with G_IO_ERROR_CANCELLED.
 */
EarMessage *
ear_session_request_finish (EarSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
located_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (EarMessage) answer = ear_session_request_finish (EAR_SESSION (source), result, &error);

  if (answer == NULL)
    g_task_return_error (task, error);
  else if (!g_str_equal (ear_message_get_string (answer, "user"), g_task_get_task_data (task)))
    g_task_return_error (task, ear_error_new (EAR_ERROR_BAD_MESSAGE));
  else
    g_task_return_pointer (task, ear_location_new (answer), (GDestroyNotify) ear_location_free);
}

/**
 * ear_session_locate_async:
 * @self: a session
 * @user: an account
 * @cancellable: (nullable): stops the waiting
 * @callback: called with the answer
 * @user_data: for @callback
 *
 * Asks how to reach a user.
 */
void
ear_session_locate_async (EarSession *self,
                          const char *user,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (EarMessage) request = ear_message_new (EAR_MESSAGE_LOCATE);
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_name (task, G_STRFUNC);
  g_task_set_task_data (task, g_strdup (user), g_free);
  ear_message_set_string (request, "user", user);
  ear_session_request_async (self, request, cancellable, located_cb, task);
}

/**
 * ear_session_locate_finish:
 *
 * Returns: (transfer full): where the user is. Fails like ear_session_request_finish(), mostly with
 *   EAR_ERROR_UNKNOWN_USER.
 */
EarLocation *
ear_session_locate_finish (EarSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* -- The password ----------------------------------------------------------------------------- */

typedef struct
{
  char *password;
  EarScramSecret secret;
} Change;

static void
change_free (gpointer data)
{
  Change *self = data;

  OPENSSL_cleanse (self->password, strlen (self->password));
  g_free (self->password);
  OPENSSL_cleanse (&self->secret, sizeof self->secret);
  g_free (self);
}

static void
password_changed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  EarSession *self = EAR_SESSION (source);
  Change *change = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (EarMessage) answer = ear_session_request_finish (self, result, &error);

  if (answer == NULL) {
    g_task_return_error (task, error);
    return;
  }
  ear_session_wipe (self);
  self->password = g_strdup (change->password);
  self->secret = change->secret;
  self->has_secret = TRUE;
  self->secret_of_digest = FALSE;
  g_task_return_boolean (task, TRUE);
}

static void
change_derived_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Change *change = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  g_autoptr (EarMessage) request = NULL;
  GError *error = NULL;

  if (!ear_session_derive_finish (result, &change->secret, &error)) {
    g_task_return_error (task, error);
    return;
  }
  request = ear_message_new (EAR_MESSAGE_PASSWORD);
  ear_session_set_keys (request, &change->secret);
  ear_session_request_async (EAR_SESSION (source), request, cancellable, password_changed_cb,
                             g_steal_pointer (&task));
}

/**
 * ear_session_change_password_async:
 * @self: a session
 * @password: the new password
 * @cancellable: (nullable): stops the waiting
 * @callback: called when the server has it
 * @user_data: for @callback
 *
 * Changes the password.
 */
void
ear_session_change_password_async (EarSession *self,
                                   const char *password,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Change *change = g_new0 (Change, 1);

  change->password = g_strdup (password);
  g_task_set_name (task, G_STRFUNC);
  g_task_set_task_data (task, change, change_free);
  if (self->state != EAR_SESSION_ONLINE) {
    g_task_return_error (task, ear_error_new (EAR_ERROR_OFFLINE));
    g_object_unref (task);
    return;
  }
  ear_session_derive_async (self, password, NULL, self->iterations, cancellable, change_derived_cb,
                            task);
}

/**
 * ear_session_change_password_finish:
 *
 * Returns: whether it was changed. Fails like ear_session_request_finish(), and with
 *   EAR_ERROR_BAD_KEYS for a password that is not UTF-8.
 */
gboolean
ear_session_change_password_finish (EarSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
