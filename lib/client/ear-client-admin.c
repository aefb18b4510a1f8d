/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What an admin asks of the server. The server decides; here is only the asking. */

#include "client/ear-client-private.h"

#include "wire/ear-error.h"
#include "wire/ear-message.h"

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  EarMessage *answer = ear_session_request_finish (EAR_SESSION (source), result, &error);

  if (answer == NULL) {
    g_task_return_error (task, error);
    return;
  }
  if (ear_message_get_type (answer) == EAR_MESSAGE_OK)
    ear_client_tell_administered (g_task_get_source_object (task));
  g_task_return_pointer (task, answer, (GDestroyNotify) ear_message_unref);
}

static void
ask (EarClient *self,
     EarMessage *request,
     GCancellable *cancellable,
     GAsyncReadyCallback callback,
     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_name (task, G_STRFUNC);
  if (self->session != NULL)
    ear_session_request_async (self->session, request, cancellable, answered_cb,
                               g_steal_pointer (&task));
  else
    g_task_return_error (task, ear_error_new (EAR_ERROR_OFFLINE));
}

/**
 * ear_client_set_disabled_async:
 * @self: an open client
 * @user: an account
 * @disabled: whether it may not log in
 * @cancellable: (nullable): stops the waiting
 * @callback: called when it is done
 * @user_data: for @callback
 *
 * Disables an account, whose user is logged out at once, or enables it again.
 */
void
ear_client_set_disabled_async (EarClient *self,
                               const char *user,
                               gboolean disabled,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_autoptr (EarMessage) request =
    ear_message_new (disabled ? EAR_MESSAGE_DISABLE : EAR_MESSAGE_ENABLE);

  ear_message_set_string (request, "user", user);
  ask (self, request, cancellable, callback, user_data);
}

/**
 * ear_client_remove_broadcast_async:
 * @self: an open client
 * @number: of a broadcast
 * @cancellable: (nullable): stops the waiting
 * @callback: called when it is done
 * @user_data: for @callback
 *
 * Takes a broadcast away from everybody.
 */
void
ear_client_remove_broadcast_async (EarClient *self,
                                   guint64 number,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (EarMessage) request = ear_message_new (EAR_MESSAGE_REMOVE_BROADCAST);

  ear_message_set_integer (request, "number", (gint64) number);
  ask (self, request, cancellable, callback, user_data);
}

/**
 * ear_client_set_broadcasters_async:
 * @self: an open client
 * @admins_only: whether nobody else may broadcast
 * @cancellable: (nullable): stops the waiting
 * @callback: called when it is done
 * @user_data: for @callback
 *
 * Says who may broadcast.
 */
void
ear_client_set_broadcasters_async (EarClient *self,
                                   gboolean admins_only,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (EarMessage) request = ear_message_new (EAR_MESSAGE_BROADCAST_POLICY);

  ear_message_set_string (request, "who", admins_only ? EAR_ADMINS_ONLY : EAR_EVERYBODY);
  ask (self, request, cancellable, callback, user_data);
}

/**
 * ear_client_administer_finish:
 *
 * Returns: whether it was done. Fails with EAR_ERROR_NOT_ALLOWED, _UNKNOWN_USER, _SLOW_DOWN,
 * _READ_ONLY, _OFFLINE or another code of the server.
 */
gboolean
ear_client_administer_finish (EarClient *self, GAsyncResult *result, GError **error)
{
  g_autoptr (EarMessage) answer = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  answer = g_task_propagate_pointer (G_TASK (result), error);
  return answer != NULL;
}

/**
 * ear_client_manage_async:
 * @self: an open client
 * @cancellable: (nullable): stops the waiting
 * @callback: called with the answer
 * @user_data: for @callback
 *
 * Asks for what admins can change.
 */
void
ear_client_manage_async (EarClient *self,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (EarMessage) request = ear_message_new (EAR_MESSAGE_MANAGE);

  ask (self, request, cancellable, callback, user_data);
}

/**
 * ear_client_manage_finish:
 * @admins_only: (out): whether only admins may broadcast
 * @n_disabled: (out): how many accounts are disabled
 *
 * Returns: (transfer full): the first of the disabled accounts. Fails as
 * ear_client_administer_finish().
 */
char **
ear_client_manage_finish (EarClient *self,
                          GAsyncResult *result,
                          gboolean *admins_only,
                          guint *n_disabled,
                          GError **error)
{
  g_autoptr (EarMessage) answer = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  answer = g_task_propagate_pointer (G_TASK (result), error);
  if (answer == NULL)
    return NULL;
  *admins_only = g_str_equal (ear_message_get_string (answer, "who"), EAR_ADMINS_ONLY);
  *n_disabled = (guint) MIN (ear_message_get_integer (answer, "total"), G_MAXINT);
  return ear_message_dup_strings (answer, "disabled");
}
