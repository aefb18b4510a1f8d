/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Broadcasts of a client: each is shown once, whatever the server sends again, also after a
 * restart. One's own comes back from the server like any other, or is made from its answer,
 * whichever is first. The answer may overtake others that are still to come: only what the server
 * sends of itself, in order, says up to where all are here. */

#include "client/ear-client-private.h"

#include "client/ear-announcement-list.h"
#include "client/ear-announcement.h"
#include "client/ear-history.h"
#include "wire/ear-clock.h"
#include "wire/ear-error.h"
#include "wire/ear-limits.h"
#include "wire/ear-message.h"
#include "wire/ear-text.h"

static gboolean
is_passed_cb (gpointer number, gpointer value, gpointer user_data)
{
  return *(const guint64 *) number <= *(const guint64 *) user_data;
}

/* Numbers grow by one: those far below the last one need not be known one by one. */
static void
forget_numbers (EarClient *self)
{
  if (g_hash_table_size (self->seen) < 2 * EAR_LIMIT_BROADCASTS ||
      self->last_number < EAR_LIMIT_BROADCASTS)
    return;
  self->first_number = MAX (self->first_number, self->last_number - EAR_LIMIT_BROADCASTS);
  g_hash_table_foreach_remove (self->seen, is_passed_cb, &self->first_number);
}

/* No server of ours keeps more; another one cannot fill the memory and the disk with them. */
static void
make_room (EarClient *self)
{
  GListModel *list = G_LIST_MODEL (self->announcements);

  while (g_list_model_get_n_items (list) >= EAR_LIMIT_BROADCASTS) {
    g_autoptr (EarAnnouncement) oldest = g_list_model_get_item (list, 0);
    guint64 number = ear_announcement_get_number (oldest);

    ear_announcement_list_remove (self->announcements, number);
    ear_history_remove_announcement (self->history, number);
  }
}

/* Adds what is seen for the first time. */
static EarAnnouncement *
add (EarClient *self,
     guint64 number,
     const char *user,
     const char *name,
     const char *text,
     gint64 age_ms)
{
  gint64 now_us = ear_clock_get_real_time (self->clock);
  g_autoptr (GDateTime) time =
    ear_history_time_new (now_us - MIN (age_ms, EAR_LIMIT_BROADCAST_AGE_MS) * 1000);
  g_autoptr (EarAnnouncement) announcement = NULL;

  if (number <= self->first_number || g_hash_table_contains (self->seen, &number))
    return NULL;
  g_hash_table_add (self->seen, g_memdup2 (&number, sizeof number));
  forget_numbers (self);
  make_room (self);
  announcement = ear_announcement_new (number, user, name, text, time);
  ear_announcement_set_own (announcement, g_strcmp0 (user, self->me) == 0);
  if (!ear_announcement_list_add (self->announcements, announcement))
    return NULL;
  ear_history_save_announcement (self->history, announcement);
  ear_client_tell_announced (self, announcement);
  return announcement; /* the list holds it */
}

static void
broadcast_cb (EarClient *self, EarMessage *message)
{
  guint64 number = (guint64) ear_message_get_integer (message, "number");

  add (self, number, ear_message_get_string (message, "user"),
       ear_message_get_string (message, "name"), ear_message_get_string (message, "text"),
       ear_message_get_integer (message, "age"));
  if (number <= self->last_number)
    return;
  self->last_number = number;
  ear_history_raise_number (self->history, number);
}

static void
reached_cb (EarClient *self, guint64 number, guint count)
{
  EarAnnouncement *announcement = ear_announcement_list_lookup (self->announcements, number);

  if (announcement == NULL || !ear_announcement_get_own (announcement))
    return;
  ear_announcement_set_reached (announcement, count);
  ear_history_save_announcement (self->history, announcement);
}

static void
removed_cb (EarClient *self, guint64 number)
{
  EarAnnouncement *found = ear_announcement_list_lookup (self->announcements, number);
  g_autoptr (EarAnnouncement) announcement = found != NULL ? g_object_ref (found) : NULL;

  ear_announcement_list_remove (self->announcements, number);
  ear_history_remove_announcement (self->history, number);
  if (announcement != NULL)
    ear_client_tell_retracted (self, announcement);
}

void
ear_client_follow_announcements (EarClient *self)
{
  g_signal_connect_object (self->session, "broadcast", G_CALLBACK (broadcast_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "broadcast-removed", G_CALLBACK (removed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "reached", G_CALLBACK (reached_cb), self,
                           G_CONNECT_SWAPPED);
}

/* What the history has of an account. */
void
ear_client_take_announcements (EarClient *self, GPtrArray *announcements, guint64 last_number)
{
  ear_client_forget_announcements (self);
  self->first_number = last_number;
  self->last_number = last_number;
  for (guint i = 0; i < announcements->len; i++)
    ear_announcement_list_add (self->announcements, announcements->pdata[i]);
}

void
ear_client_forget_announcements (EarClient *self)
{
  self->first_number = 0;
  self->last_number = 0;
  g_hash_table_remove_all (self->seen);
  ear_announcement_list_clear (self->announcements);
}

static void
broadcast_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  EarClient *self = g_task_get_source_object (task);
  EarSession *session = EAR_SESSION (source);
  GError *error = NULL;
  g_autoptr (EarMessage) answer = ear_session_request_finish (session, result, &error);
  EarAnnouncement *announcement;
  guint64 number;

  if (answer == NULL) {
    g_task_return_error (task, error);
    return;
  }
  number = (guint64) ear_message_get_integer (answer, "number");
  announcement = ear_announcement_list_lookup (self->announcements, number);
  if (announcement == NULL)
    announcement = add (self, number, ear_session_get_user (session),
                        ear_session_get_name (session), g_task_get_task_data (task), 0);
  if (announcement == NULL) {
    g_task_return_error (task, ear_error_new (EAR_ERROR_BAD_MESSAGE));
    return;
  }
  reached_cb (self, number, (guint) MIN (ear_message_get_integer (answer, "reached"), G_MAXINT));
  g_task_return_pointer (task, g_object_ref (announcement), g_object_unref);
}

/**
 * ear_client_broadcast_async:
 * @self: an open client
 * @text: what to tell everybody
 * @cancellable: (nullable): stops the waiting, not the broadcast
 * @callback: called when the server has it on its disk
 * @user_data: for @callback
 *
 * Tells everybody who is active, and who becomes so within half an hour.
 */
void
ear_client_broadcast_async (EarClient *self,
                            const char *text,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (EarMessage) request = NULL;

  g_task_set_name (task, G_STRFUNC);
  g_task_set_task_data (task, g_strdup (text), g_free);
  if (!ear_text_is_valid (text, EAR_LIMIT_TEXT, EAR_LIMIT_TEXT_LINES)) {
    g_task_return_error (task, ear_error_new (EAR_ERROR_TOO_LONG));
    return;
  }
  if (self->session == NULL) {
    g_task_return_error (task, ear_error_new (EAR_ERROR_OFFLINE));
    return;
  }
  request = ear_message_new (EAR_MESSAGE_BROADCAST);
  ear_message_set_string (request, "text", text);
  ear_session_request_async (self->session, request, cancellable, broadcast_done_cb,
                             g_steal_pointer (&task));
}

/**
 * ear_client_broadcast_finish:
 *
 * Returns: (transfer full): the announcement. Fails with EAR_ERROR_TOO_LONG for a text that is
 * empty, too long or has control characters, with EAR_ERROR_OFFLINE, _SLOW_DOWN, _READ_ONLY or
 * another code of the server.
 */
EarAnnouncement *
ear_client_broadcast_finish (EarClient *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
