/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The messages of a chat, over whatever link there is.
 *
 * A message of ours is sent when it is stored (ear-chat-keeping.c) and the chat is open, and done
 * when its ack has come. The history is the queue: each time a link opens, all that was not
 * acknowledged is loaded from it and sent again, in order, with the same ids. At most WINDOW
 * messages are on their way at once, so that a long queue does not swamp the link.
 *
 * A message of the other's is acknowledged when it is on our disk; one that was there before is
 * acknowledged again, and not shown again. One that our disk does not take breaks the link: then it
 * comes again, in its place. While many are being stored nothing more is read; nor when the other
 * fills our disk faster than people talk. */

#include "client/ear-chat-private.h"

#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "client/ear-contacts.h"
#include "client/ear-history.h"
#include "wire/ear-clock.h"
#include "wire/ear-limits.h"

#define WINDOW 16      /* messages without an ack */
#define STORING_MAX 32 /* messages that wait for the disk */
#define STORING_LOW 8  /* … at which reading goes on */

/* A message, or a line about a key, on its way to the history. */
typedef struct
{
  EarChat *chat;
  EarHistoryMessage *row;
  EarPeer *peer; /* where it came from; NULL: a line of our own */
  guint forgotten;
} Errand;

static Errand *
errand_new (EarChat *chat, const EarHistoryMessage *row)
{
  Errand *errand = g_new0 (Errand, 1);

  errand->chat = g_object_ref (chat);
  errand->row = ear_history_message_copy (row);
  errand->forgotten = chat->forgotten;
  return errand;
}

static void
errand_free (Errand *errand)
{
  g_clear_object (&errand->peer);
  ear_history_message_free (errand->row);
  g_object_unref (errand->chat);
  g_free (errand);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Errand, errand_free)

/* -- Ours -- */

static void
show_delivery (EarChat *self, const char *id, EarDelivery delivery)
{
  EarChatMessage *shown = ear_chat_log_lookup (self->log, id);

  if (shown != NULL && ear_chat_message_get_own (shown))
    ear_chat_message_set_delivery (shown, delivery);
}

static void
send_text (EarChat *self, const EarHistoryMessage *row)
{
  g_autoptr (EarMessage) message = ear_message_new (EAR_MESSAGE_TEXT);
  gint64 age_ms = (ear_chat_get_real_time (self) - row->time_us) / 1000;

  ear_message_set_string (message, "id", row->id);
  ear_message_set_string (message, "text", row->text);
  ear_message_set_integer (message, "age", CLAMP (age_ms, 0, EAR_LIMIT_INTEGER));
  ear_peer_send (self->peer, message);
}

/**
 * ear_chat_pump:
 * @self: a chat
 *
 * Sends what waits, as far as it may go.
 */
void
ear_chat_pump (EarChat *self)
{
  while (self->state == EAR_CHAT_OPEN && !self->key_changed &&
         g_hash_table_size (self->in_flight) < WINDOW) {
    g_autoptr (EarHistoryMessage) row = g_queue_pop_head (&self->to_send);

    if (row == NULL)
      return;
    send_text (self, row);
    g_hash_table_add (self->in_flight, g_strdup (row->id));
    show_delivery (self, row->id, EAR_DELIVERY_SENT);
  }
}

static void
update_paused (EarChat *self)
{
  if (self->peer != NULL)
    ear_peer_set_paused (self->peer,
                         self->n_storing >= STORING_MAX || ear_deadline_is_set (&self->room));
}

typedef struct
{
  EarChat *chat;
  guint carrying;
} Load;

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Load *load = user_data;
  g_autoptr (EarChat) self = load->chat;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rows =
    ear_history_load_waiting_finish (EAR_HISTORY (source), result, &error);

  if (load->carrying != self->carrying)
    return;
  if (rows == NULL) {
    g_warning ("What waits to be sent cannot be read: %s", error->message);
    ear_deadline_set (&self->load_again, EAR_HISTORY_AGAIN_MS);
    return; /* still loading: what is said meanwhile comes after it */
  }
  self->loading = FALSE;
  for (guint i = 0; i < rows->len; i++)
    g_queue_push_tail (&self->to_send, ear_history_message_copy (rows->pdata[i]));
  ear_chat_pump (self);
}

static void
load_waiting (EarChat *self)
{
  Load *load = g_new0 (Load, 1);

  self->loading = TRUE;
  load->chat = g_object_ref (self);
  load->carrying = self->carrying;
  ear_history_load_waiting_async (self->context->history, self->account, NULL, loaded_cb, load);
}

static void
load_again_cb (gpointer user_data)
{
  load_waiting (EAR_CHAT (user_data));
}

/**
 * ear_chat_start_carrying:
 * @self: a chat whose link is open
 *
 * Begins to send, with all that was not acknowledged on earlier links. The history answers in the
 * order of its calls: what is stored before the load ends is part of it, what is stored later is
 * sent when it is stored.
 */
void
ear_chat_start_carrying (EarChat *self)
{
  ear_chat_stop_carrying (self);
  update_paused (self);
  self->storing = g_cancellable_new ();
  load_waiting (self);
  ear_chat_send_read (self);
}

/**
 * ear_chat_stop_carrying:
 * @self: a chat whose link is gone
 *
 * Forgets what is on its way: the history has it.
 */
void
ear_chat_stop_carrying (EarChat *self)
{
  self->carrying++;
  self->loading = FALSE;
  ear_deadline_clear (&self->load_again);
  g_clear_object (&self->storing);
  self->typing_sent_us = 0;
  ear_deadline_clear (&self->unloaded_read); /* told again on the next link */
  g_queue_clear_full (&self->to_send, (GDestroyNotify) ear_history_message_free);
  g_hash_table_remove_all (self->in_flight);
  ear_chat_set_typing_of_other (self, FALSE);
}

void
ear_chat_handle_ack (EarChat *self, EarMessage *message)
{
  const char *id = ear_message_get_string (message, "id");

  if (!g_hash_table_remove (self->in_flight, id))
    return;
  ear_history_set_delivery (self->context->history, self->account, id, EAR_DELIVERY_RECEIVED);
  show_delivery (self, id, EAR_DELIVERY_RECEIVED);
  ear_chat_pump (self);
}

/* -- Theirs -- */

static void
send_ack (EarChat *self, EarPeer *peer, const char *id)
{
  g_autoptr (EarMessage) ack = NULL;

  if (peer != self->peer || self->state != EAR_CHAT_OPEN)
    return; /* it will come again */
  ack = ear_message_new (EAR_MESSAGE_ACK);
  ear_message_set_string (ack, "id", id);
  ear_peer_send (peer, ack);
}

static void
show_incoming (EarChat *self, const EarHistoryMessage *row)
{
  g_autoptr (EarChatMessage) message = ear_chat_message_new (row);

  ear_chat_set_typing_of_other (self, FALSE);
  ear_chat_log_append (self->log, message);
  ear_contacts_note_message (self->context->contacts, self->account, row->text, TRUE);
  ear_chat_emit_message_received (self, message);
}

static void
stored_incoming_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Errand) errand = user_data;
  g_autoptr (GError) error = NULL;
  EarChat *self = errand->chat;
  gboolean added =
    ear_history_add_message_finish (EAR_HISTORY (source), result, &errand->row->row, &error);

  if (--self->n_storing == STORING_LOW)
    update_paused (self);
  if (error != NULL) {
    if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
      g_warning ("A message that came cannot be kept: %s", error->message);
    /* On the next link it comes again, and before what was written after it. */
    if (errand->peer == self->peer)
      ear_peer_abort (errand->peer);
    return;
  }
  send_ack (self, errand->peer, errand->row->id);
  if (added && errand->forgotten == self->forgotten)
    show_incoming (self, errand->row);
}

static void
room_cb (gpointer user_data)
{
  update_paused (EAR_CHAT (user_data));
}

/* At once the other may have us store EAR_LIMIT_STORED bytes; beyond that each message has to wait
 * until the rate that we grant has made room for it. */
static void
charge (EarChat *self, const char *text)
{
  const gint64 most_ms = EAR_LIMIT_STORED / EAR_LIMIT_STORED_PER_SECOND * 1000;
  gint64 size = EAR_LIMIT_STORED_ROW + (gint64) strlen (text);
  gint64 now_us = ear_chat_get_time (self);
  gint64 ahead_ms;

  self->stored_until_us =
    MAX (self->stored_until_us, now_us) + size * G_USEC_PER_SEC / EAR_LIMIT_STORED_PER_SECOND;
  ahead_ms = (self->stored_until_us - now_us) / 1000;
  if (ahead_ms > most_ms)
    ear_deadline_set (&self->room, ahead_ms - most_ms);
}

void
ear_chat_handle_text (EarChat *self, EarMessage *message)
{
  gint64 now_us = ear_chat_get_real_time (self);
  gint64 age_ms = MIN (ear_message_get_integer (message, "age"), now_us / 1000);
  EarHistoryMessage row = {
    .id = (char *) ear_message_get_string (message, "id"),
    .text = (char *) ear_message_get_string (message, "text"),
    .time_us = now_us - age_ms * 1000,
    .delivery = EAR_DELIVERY_INCOMING,
  };
  Errand *errand = errand_new (self, &row);

  errand->peer = g_object_ref (self->peer);
  self->n_storing++;
  charge (self, row.text);
  update_paused (self);
  ear_history_add_message_async (self->context->history, self->account, &row, self->storing,
                                 stored_incoming_cb, errand);
}

/* -- Lines about keys -- */

static void
stored_note_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Errand) errand = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (EarChatMessage) note = NULL;

  if (!ear_history_add_message_finish (EAR_HISTORY (source), result, &errand->row->row, &error)) {
    if (error != NULL)
      g_warning ("That a key has changed cannot be kept: %s", error->message);
    return;
  }
  if (errand->forgotten != errand->chat->forgotten)
    return;
  note = ear_chat_message_new (errand->row);
  ear_chat_log_append (errand->chat->log, note);
}

/**
 * ear_chat_note_key:
 * @self: a chat
 * @what: what happened: %EAR_DELIVERY_KEY_CHANGED, %EAR_DELIVERY_KEY_TRUSTED or
 *   %EAR_DELIVERY_KEY_REFUSED
 * @fingerprint: of the key
 *
 * Puts a line into the chat that stays, unless the newest line says the same.
 */
void
ear_chat_note_key (EarChat *self, EarDelivery what, const char *fingerprint)
{
  g_autofree char *id = ear_chat_dup_new_id (self);
  EarHistoryMessage row = { .id = id,
                            .text = (char *) fingerprint,
                            .time_us = ear_chat_get_real_time (self),
                            .delivery = what };

  ear_history_add_message_async (self->context->history, self->account, &row, NULL, stored_note_cb,
                                 errand_new (self, &row));
}

void
ear_chat_messages_init (EarChat *self)
{
  g_queue_init (&self->to_send);
  ear_deadline_init (&self->load_again, self->context->deadlines, load_again_cb, self);
  ear_deadline_init (&self->room, self->context->deadlines, room_cb, self);
  self->in_flight = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

void
ear_chat_messages_clear (EarChat *self)
{
  ear_deadline_clear (&self->load_again);
  ear_deadline_clear (&self->room);
  g_queue_clear_full (&self->to_send, (GDestroyNotify) ear_history_message_free);
  g_clear_pointer (&self->in_flight, g_hash_table_unref);
  g_clear_object (&self->storing);
}
