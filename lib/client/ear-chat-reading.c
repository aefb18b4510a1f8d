/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Who reads and who types in a chat.
 *
 * What our user has seen is told by the id of the newest message, unless the user does not want it;
 * once more on each new link, because nobody acknowledges it. */

#include "client/ear-chat-private.h"

#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "client/ear-contacts.h"
#include "client/ear-history.h"
#include "wire/ear-clock.h"

#define TYPING_REPEAT_US (3 * G_USEC_PER_SEC) /* before the other takes it for stale */

/* -- Typing -- */

static gint64
get_time (EarChat *self)
{
  return ear_clock_get_time (ear_deadlines_get_clock (self->context->deadlines));
}

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
  now_us = get_time (self);
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

/* The other has seen our message of that id, and those before it. */
void
ear_chat_handle_read (EarChat *self, EarMessage *message)
{
  const char *id = ear_message_get_string (message, "id");
  GListModel *log = G_LIST_MODEL (self->log);
  gboolean seen = FALSE;

  ear_history_set_read (self->context->history, self->account, id);
  for (guint i = g_list_model_get_n_items (log); i > 0; i--) {
    g_autoptr (EarChatMessage) shown = g_list_model_get_item (log, i - 1);

    if (!ear_chat_message_get_own (shown))
      continue;
    seen = seen || g_str_equal (ear_chat_message_get_id (shown), id);
    if (seen && ear_chat_message_get_delivery (shown) == EAR_DELIVERY_READ)
      return;
    if (seen && ear_chat_message_get_delivery (shown) == EAR_DELIVERY_RECEIVED)
      ear_chat_message_set_delivery (shown, EAR_DELIVERY_READ);
  }
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
}

void
ear_chat_reading_clear (EarChat *self)
{
  ear_deadline_clear (&self->typing_stale);
  g_clear_pointer (&self->read_id, g_free);
}
