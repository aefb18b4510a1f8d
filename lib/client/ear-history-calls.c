/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The calls of EarHistory on messages, contacts and pins. Each copies its arguments
 * into a job (ear-history-private.h), which carries the result back. */

#include "client/ear-history.h"

#include "client/ear-history-private.h"

/**
 * ear_history_set_account:
 * @server: the fingerprint of the server
 * @me: the account there
 *
 * Says whose history the later calls mean.
 */
void
ear_history_set_account (EarHistory *self, const char *server, const char *me)
{
  EarHistoryJob *job;

  g_return_if_fail (EAR_IS_HISTORY (self));
  g_return_if_fail (server != NULL && me != NULL);

  job = ear_history_job_new (ear_history_store_set_account, FALSE);
  job->alone = TRUE; /* no transaction undoes it, or has jobs of two accounts */
  job->user = g_strdup (server);
  job->text = g_strdup (me);
  ear_history_push (self, job);
}

/**
 * ear_history_add_message_async:
 * @user: the other side of the chat
 * @message: (transfer none): what to store; its row is not looked at
 *
 * Stores a message. One that comes in counts as unread, and is on the disk when this is done. One
 * of ours outlives the program then, and a power cut a moment later: while it travels.
 *
 * When it cannot be stored, @cancellable is cancelled, so that no later message of the same
 * @cancellable overtakes it.
 */
void
ear_history_add_message_async (EarHistory *self,
                               const char *user,
                               const EarHistoryMessage *message,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  EarHistoryJob *job;

  g_return_if_fail (EAR_IS_HISTORY (self));
  g_return_if_fail (user != NULL);
  g_return_if_fail (message != NULL && message->id != NULL && message->text != NULL);

  job = ear_history_job_new (ear_history_store_add_message, TRUE);
  job->user = g_strdup (user);
  job->message = ear_history_message_copy (message);
  job->early = message->delivery != EAR_DELIVERY_INCOMING;
  ear_history_push_task (self, job, G_STRFUNC, cancellable, callback, user_data);
}

/**
 * ear_history_add_message_finish:
 * @row: (out) (optional): the row of the message, also when it was there already
 *
 * Returns: TRUE when the message is new and stored, FALSE without an error when its id was
 *     there already
 *
 * Fails with EAR_ERROR_BAD_FILE.
 */
gboolean
ear_history_add_message_finish (EarHistory *self, GAsyncResult *result, gint64 *row, GError **error)
{
  EarHistoryJob *job;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  job = g_task_get_task_data (G_TASK (result));
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  if (row)
    *row = job->row;
  return job->added;
}

/**
 * ear_history_set_delivery:
 * @user: the other side of the chat
 * @id: the id of a message of ours
 * @delivery: how far it has come
 *
 * Notes how far a message has come, on the disk some time later: what gets lost is sent again, and
 * acknowledged again. What was received once stays received.
 */
void
ear_history_set_delivery (EarHistory *self, const char *user, const char *id, EarDelivery delivery)
{
  EarHistoryJob *job;

  g_return_if_fail (EAR_IS_HISTORY (self));
  g_return_if_fail (user != NULL && id != NULL);
  g_return_if_fail (delivery != EAR_DELIVERY_INCOMING);

  job = ear_history_job_new (ear_history_store_set_delivery, TRUE);
  job->user = g_strdup (user);
  job->text = g_strdup (id);
  job->number = delivery;
  ear_history_push (self, job);
}

/**
 * ear_history_mark_read:
 * @user: the other side of the chat
 *
 * Marks all stored messages of a user as read.
 */
void
ear_history_mark_read (EarHistory *self, const char *user)
{
  EarHistoryJob *job;

  g_return_if_fail (EAR_IS_HISTORY (self));
  g_return_if_fail (user != NULL);

  job = ear_history_job_new (ear_history_store_mark_read, TRUE);
  job->user = g_strdup (user);
  ear_history_push (self, job);
}

/**
 * ear_history_set_read:
 * @user: the other side of the chat
 * @id: the id of a message of ours
 *
 * Notes that the other has seen our messages up to one; of these a message that was not received is
 * read as soon as it is.
 */
void
ear_history_set_read (EarHistory *self, const char *user, const char *id)
{
  EarHistoryJob *job;

  g_return_if_fail (EAR_IS_HISTORY (self));
  g_return_if_fail (user != NULL && id != NULL);

  job = ear_history_job_new (ear_history_store_set_read, TRUE);
  job->user = g_strdup (user);
  job->text = g_strdup (id);
  ear_history_push (self, job);
}

static GPtrArray *
finish_array (EarHistory *self, GAsyncResult *result, GError **error)
{
  EarHistoryJob *job;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  job = g_task_get_task_data (G_TASK (result));
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  return g_steal_pointer (&job->array);
}

/**
 * ear_history_load_page_async:
 * @user: the other side of the chat
 * @before_row: the oldest row that is there already, or 0 for the newest page
 * @limit: how many at most
 *
 * Loads a page of a chat.
 */
void
ear_history_load_page_async (EarHistory *self,
                             const char *user,
                             gint64 before_row,
                             guint limit,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  EarHistoryJob *job;

  g_return_if_fail (EAR_IS_HISTORY (self));
  g_return_if_fail (user != NULL);

  job = ear_history_job_new (ear_history_store_load_page, FALSE);
  job->user = g_strdup (user);
  job->number = before_row;
  job->limit = limit;
  ear_history_push_task (self, job, G_STRFUNC, cancellable, callback, user_data);
}

/**
 * ear_history_load_page_finish:
 *
 * Returns: (transfer full) (element-type EarHistoryMessage) (nullable): the messages, oldest first;
 *     fewer than asked for when there are no older ones
 *
 * Fails with EAR_ERROR_BAD_FILE.
 */
GPtrArray *
ear_history_load_page_finish (EarHistory *self, GAsyncResult *result, GError **error)
{
  return finish_array (self, result, error);
}

/**
 * ear_history_load_waiting_async:
 * @user: the other side of the chat
 *
 * Loads our messages that the user has not acknowledged.
 */
void
ear_history_load_waiting_async (EarHistory *self,
                                const char *user,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  EarHistoryJob *job;

  g_return_if_fail (EAR_IS_HISTORY (self));
  g_return_if_fail (user != NULL);

  job = ear_history_job_new (ear_history_store_load_waiting, FALSE);
  job->user = g_strdup (user);
  ear_history_push_task (self, job, G_STRFUNC, cancellable, callback, user_data);
}

/**
 * ear_history_load_waiting_finish:
 *
 * Returns: (transfer full) (element-type EarHistoryMessage) (nullable): the messages, oldest first
 *
 * Fails with EAR_ERROR_BAD_FILE.
 */
GPtrArray *
ear_history_load_waiting_finish (EarHistory *self, GAsyncResult *result, GError **error)
{
  return finish_array (self, result, error);
}

/**
 * ear_history_load_contacts_async:
 *
 * Loads all contacts of the account.
 */
void
ear_history_load_contacts_async (EarHistory *self,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_return_if_fail (EAR_IS_HISTORY (self));

  ear_history_push_task (self, ear_history_job_new (ear_history_store_load_contacts, FALSE),
                         G_STRFUNC, cancellable, callback, user_data);
}

/**
 * ear_history_load_contacts_finish:
 *
 * Returns: (transfer full) (element-type EarHistoryContact) (nullable): the contacts, in the order
 *     of their accounts
 *
 * Fails with EAR_ERROR_BAD_FILE.
 */
GPtrArray *
ear_history_load_contacts_finish (EarHistory *self, GAsyncResult *result, GError **error)
{
  return finish_array (self, result, error);
}

static gboolean
finish_lazy (EarHistory *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* Queues a write that is in no hurry, but is to be told when it fails. */
static void
push_lazy (EarHistory *self,
           EarHistoryJob *job,
           const char *name,
           GCancellable *cancellable,
           GAsyncReadyCallback callback,
           gpointer user_data)
{
  job->early = TRUE;
  job->lazy = TRUE;
  ear_history_push_task (self, job, name, cancellable, callback, user_data);
}

/**
 * ear_history_save_contact_async:
 * @contact: (transfer none): all about a user but "unread" and "last_message"
 *
 * Stores a contact, in the place of the one stored before; on the disk some time later.
 */
void
ear_history_save_contact_async (EarHistory *self,
                                const EarHistoryContact *contact,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  EarHistoryJob *job;

  g_return_if_fail (EAR_IS_HISTORY (self));
  g_return_if_fail (contact != NULL && contact->user != NULL && contact->name != NULL);

  job = ear_history_job_new (ear_history_store_save_contact, TRUE);
  job->contact = g_new0 (EarHistoryContact, 1);
  *job->contact = *contact;
  job->contact->user = g_strdup (contact->user);
  job->contact->name = g_strdup (contact->name);
  job->contact->fingerprint = g_strdup (contact->fingerprint);
  job->contact->last_message = NULL;
  push_lazy (self, job, G_STRFUNC, cancellable, callback, user_data);
}

/**
 * ear_history_save_contact_finish:
 *
 * Returns: whether the contact is stored
 *
 * Fails with EAR_ERROR_BAD_FILE.
 */
gboolean
ear_history_save_contact_finish (EarHistory *self, GAsyncResult *result, GError **error)
{
  return finish_lazy (self, result, error);
}

/**
 * ear_history_remove_contact_async:
 * @user: an account
 *
 * Deletes a contact and all messages that were exchanged with it; on the disk some time later.
 */
void
ear_history_remove_contact_async (EarHistory *self,
                                  const char *user,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  EarHistoryJob *job;

  g_return_if_fail (EAR_IS_HISTORY (self));
  g_return_if_fail (user != NULL);

  job = ear_history_job_new (ear_history_store_remove_contact, TRUE);
  job->user = g_strdup (user);
  push_lazy (self, job, G_STRFUNC, cancellable, callback, user_data);
}

/**
 * ear_history_remove_contact_finish:
 *
 * Returns: whether nothing of the contact is stored
 *
 * Fails with EAR_ERROR_BAD_FILE.
 */
gboolean
ear_history_remove_contact_finish (EarHistory *self, GAsyncResult *result, GError **error)
{
  return finish_lazy (self, result, error);
}

/**
 * ear_history_load_pin_async:
 * @address: of a server, as "host:port"
 *
 * Loads the key that was pinned for a server.
 */
void
ear_history_load_pin_async (EarHistory *self,
                            const char *address,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  EarHistoryJob *job;

  g_return_if_fail (EAR_IS_HISTORY (self));
  g_return_if_fail (address != NULL);

  job = ear_history_job_new (ear_history_store_load_pin, FALSE);
  job->user = g_strdup (address);
  ear_history_push_task (self, job, G_STRFUNC, cancellable, callback, user_data);
}

/**
 * ear_history_load_pin_finish:
 *
 * Returns: (transfer full) (nullable): the fingerprint; NULL without an error when there is none
 *
 * Fails with EAR_ERROR_BAD_FILE.
 */
char *
ear_history_load_pin_finish (EarHistory *self, GAsyncResult *result, GError **error)
{
  EarHistoryJob *job;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  job = g_task_get_task_data (G_TASK (result));
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  return g_steal_pointer (&job->string);
}

/**
 * ear_history_save_pin_async:
 * @address: of a server, as "host:port"
 * @fingerprint: of its key
 *
 * Pins the key of a server, in the place of the one pinned before; on the disk some time later.
 */
void
ear_history_save_pin_async (EarHistory *self,
                            const char *address,
                            const char *fingerprint,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  EarHistoryJob *job;

  g_return_if_fail (EAR_IS_HISTORY (self));
  g_return_if_fail (address != NULL && fingerprint != NULL);

  job = ear_history_job_new (ear_history_store_save_pin, TRUE);
  job->user = g_strdup (address);
  job->text = g_strdup (fingerprint);
  push_lazy (self, job, G_STRFUNC, cancellable, callback, user_data);
}

/**
 * ear_history_save_pin_finish:
 *
 * Returns: whether the key is stored
 *
 * Fails with EAR_ERROR_BAD_FILE.
 */
gboolean
ear_history_save_pin_finish (EarHistory *self, GAsyncResult *result, GError **error)
{
  return finish_lazy (self, result, error);
}

/**
 * ear_history_time_new:
 * @time_us: µs of real time since 1970
 *
 * Returns: (transfer full): the time in the local time zone; 1970 when @time_us is beyond all
 *     calendars
 */
GDateTime *
ear_history_time_new (gint64 time_us)
{
  g_autoptr (GDateTime) seconds = g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC);

  if (!seconds)
    return g_date_time_new_from_unix_local (0);
  return g_date_time_add (seconds, time_us % G_USEC_PER_SEC);
}

EarHistoryMessage *
ear_history_message_copy (const EarHistoryMessage *self)
{
  EarHistoryMessage *copy = g_new (EarHistoryMessage, 1);

  *copy = *self;
  copy->id = g_strdup (self->id);
  copy->text = g_strdup (self->text);
  return copy;
}

void
ear_history_message_free (EarHistoryMessage *self)
{
  g_free (self->id);
  g_free (self->text);
  g_free (self);
}

void
ear_history_contact_free (EarHistoryContact *self)
{
  g_free (self->user);
  g_free (self->name);
  g_free (self->fingerprint);
  g_free (self->last_message);
  g_free (self);
}
