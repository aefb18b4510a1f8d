/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Who reads and who types in a chat.
 *
 * What our user has seen is told by the id of the newest message, unless the user does not want it;
 * once more on each new link, because nobody acknowledges it.
 *
 * What the other has seen costs no more than it tells: an id that is not newer than the newest that
 * was seen is passed over. Whether one is of a message that is not loaded only the history knows;
 * it is asked about the last of them, after a while. */

#include "client/ear-chat-private.h"

#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "client/ear-contacts.h"
#include "client/ear-history.h"

#define TYPING_REPEAT_US (3 * G_USEC_PER_SEC) /* before the other takes it for stale */
#define UNLOADED_MS 1000                      /* between two reads of what is not loaded */

/* -- Typing -- */

static void
typing_stale_cb (gpointer user_data)
{
  ear_chat_set_typing_of_other (EAR_CHAT (user_data), FALSE);
}

void
ear_chat_handle_typing (EarChat *self, EarMessage *message)
{
  ear_chat_set_typing_of_other (self, ear_message_get_boolean (message, "on"));
}

/**
 * ear_chat_set_typing:
 * @self: a chat
 * @typing: whether our user writes something
 *
 * Tells the other side, when the chat is open. To be called at each key: it is not told each time.
 */
void
ear_chat_set_typing (EarChat *self, gboolean typing)
{
  g_autoptr (EarMessage) message = NULL;
  gint64 now_us;

  g_return_if_fail (EAR_IS_CHAT (self));

  if (self->state != EAR_CHAT_OPEN || self->key_changed)
    return;
  now_us = ear_chat_get_time (self);
  if (typing ? self->typing_sent_us != 0 && now_us - self->typing_sent_us < TYPING_REPEAT_US
             : self->typing_sent_us == 0)
    return;
  self->typing_sent_us = typing ? MAX (now_us, 1) : 0;
  message = ear_message_new (EAR_MESSAGE_TYPING);
  ear_message_set_boolean (message, "on", !!typing);
  ear_peer_send (self->peer, message);
}

/* -- Reading -- */

/**
 * ear_chat_send_read:
 * @self: a chat
 *
 * Tells the other side what our user has seen, when it may be told.
 */
void
ear_chat_send_read (EarChat *self)
{
  g_autoptr (EarMessage) message = NULL;

  if (self->state != EAR_CHAT_OPEN || self->key_changed || self->read_id == NULL ||
      self->context->hides_reading)
    return;
  message = ear_message_new (EAR_MESSAGE_READ);
  ear_message_set_string (message, "id", self->read_id);
  ear_peer_send (self->peer, message);
}

static void
unloaded_read_cb (gpointer user_data)
{
  EarChat *self = EAR_CHAT (user_data);
  g_autofree char *id = g_steal_pointer (&self->unloaded_read_id);

  ear_history_set_read (self->context->history, self->account, id);
}

static void
read_unloaded (EarChat *self, const char *id)
{
  g_free (self->unloaded_read_id);
  self->unloaded_read_id = g_strdup (id);
  if (!ear_deadline_is_set (&self->unloaded_read))
    ear_deadline_set (&self->unloaded_read, UNLOADED_MS);
}

/* Shows our messages up to @row as read, back to those that are shown so. */
static void
show_read (EarChat *self, gint64 row)
{
  GListModel *log = G_LIST_MODEL (self->log);

  for (guint i = g_list_model_get_n_items (log); i > 0; i--) {
    g_autoptr (EarChatMessage) shown = g_list_model_get_item (log, i - 1);
    gint64 shown_row = ear_chat_message_get_row (shown);

    if (!ear_chat_message_get_own (shown) || shown_row == 0 || shown_row > row)
      continue;
    if (ear_chat_message_get_delivery (shown) == EAR_DELIVERY_READ)
      return;
    if (ear_chat_message_get_delivery (shown) == EAR_DELIVERY_RECEIVED)
      ear_chat_message_set_delivery (shown, EAR_DELIVERY_READ);
  }
}

/* The other has seen our message of that id, and those before it. */
void
ear_chat_handle_read (EarChat *self, EarMessage *message)
{
  const char *id = ear_message_get_string (message, "id");
  EarChatMessage *read = ear_chat_log_lookup (self->log, id);
  gint64 row;

  if (read == NULL) {
    read_unloaded (self, id);
    return;
  }
  row = ear_chat_message_get_row (read);
  if (!ear_chat_message_get_own (read) || row <= self->their_read_row ||
      ear_chat_message_get_delivery (read) == EAR_DELIVERY_READ)
    return;
  self->their_read_row = row;
  ear_history_set_read (self->context->history, self->account, id);
  show_read (self, row);
}

/* The id of the newest message of the other's; NULL: none is loaded. */
static char *
dup_newest_incoming (EarChat *self)
{
  GListModel *log = G_LIST_MODEL (self->log);

  for (guint i = g_list_model_get_n_items (log); i > 0; i--) {
    g_autoptr (EarChatMessage) shown = g_list_model_get_item (log, i - 1);

    if (!ear_chat_message_get_own (shown))
      return g_strdup (ear_chat_message_get_id (shown));
  }
  return NULL;
}

/**
 * ear_chat_mark_read:
 * @self: a chat
 *
 * Notes that our user has seen all its messages, and tells the other side.
 */
void
ear_chat_mark_read (EarChat *self)
{
  g_return_if_fail (EAR_IS_CHAT (self));

  g_autofree char *id = dup_newest_incoming (self);

  if (self->closed)
    return;
  ear_contacts_note_read (self->context->contacts, self->account);
  if (id == NULL || g_strcmp0 (id, self->read_id) == 0)
    return;
  g_free (self->read_id);
  self->read_id = g_steal_pointer (&id);
  ear_chat_send_read (self);
}

void
ear_chat_reading_init (EarChat *self)
{
  ear_deadline_init (&self->typing_stale, self->context->deadlines, typing_stale_cb, self);
  ear_deadline_init (&self->unloaded_read, self->context->deadlines, unloaded_read_cb, self);
}

void
ear_chat_reading_clear (EarChat *self)
{
  ear_deadline_clear (&self->typing_stale);
  ear_deadline_clear (&self->unloaded_read);
  g_clear_pointer (&self->read_id, g_free);
  g_clear_pointer (&self->unloaded_read_id, g_free);
}
