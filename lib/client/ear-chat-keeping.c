/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What our user says in a chat, on its way to the disk.
 *
 * A message of ours is stored as waiting before anything else. What the disk does not take keeps
 * its place: all that is said after it waits, too, and is stored with it when the disk is tried
 * again. Until then it is not sent, and shows as waiting. The last time is when the account logs
 * out. */

#include "client/ear-chat-private.h"

#include <string.h>

#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "client/ear-contacts.h"
#include "client/ear-history.h"
#include "wire/ear-clock.h"
#include "wire/ear-limits.h"
#include "wire/ear-text.h"

typedef struct
{
  EarChat *chat;
  EarChatMessage *shown;
  EarHistoryMessage *row;
  guint forgotten;
} Errand;

static Errand *
errand_new (EarChat *chat, EarChatMessage *shown, const EarHistoryMessage *row)
{
  Errand *errand = g_new0 (Errand, 1);

  errand->chat = g_object_ref (chat);
  errand->shown = g_object_ref (shown);
  errand->row = ear_history_message_copy (row);
  errand->forgotten = chat->forgotten;
  return errand;
}

static void
errand_free (Errand *errand)
{
  g_clear_pointer (&errand->row, ear_history_message_free);
  g_object_unref (errand->shown);
  g_object_unref (errand->chat);
  g_free (errand);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Errand, errand_free)

/**
 * ear_chat_get_time:
 * @self: a chat
 *
 * Returns: µs, for what takes time
 */
gint64
ear_chat_get_time (EarChat *self)
{
  return ear_clock_get_time (ear_deadlines_get_clock (self->context->deadlines));
}

/**
 * ear_chat_get_real_time:
 * @self: a chat
 *
 * Returns: µs since 1970
 */
gint64
ear_chat_get_real_time (EarChat *self)
{
  return ear_clock_get_real_time (ear_deadlines_get_clock (self->context->deadlines));
}

/**
 * ear_chat_dup_new_id:
 * @self: a chat
 *
 * Makes an id for a line. Ids that follow each other in time stand side by side in an index, here
 * and at the other side; the rest of it is as random as a UUID.
 *
 * Returns: (transfer full): the id
 */
char *
ear_chat_dup_new_id (EarChat *self)
{
  g_autofree char *uuid = g_uuid_string_random ();

  return g_strdup_printf ("%011" G_GINT64_MODIFIER "x-%s", ear_chat_get_real_time (self) / 1000,
                          strchr (uuid, '-') + 1);
}

static void stored_cb (GObject *source, GAsyncResult *result, gpointer user_data);

/* One that fails takes with it those after it, so that they stay in their order. Takes @errand. */
static void
keep (EarChat *self, Errand *errand)
{
  self->n_keeping++;
  ear_history_add_message_async (self->context->history, self->account, errand->row, self->keeping,
                                 stored_cb, errand);
}

/* What the disk did not take, with the others of @keeping, is tried again; after log-out once, and
 * at once: those before it were, too. Takes @errand. */
static void
keep_later (EarChat *self, Errand *errand, GCancellable *keeping)
{
  ear_chat_message_set_unkept (errand->shown);
  if (!self->closed) {
    g_queue_push_tail (&self->unkept, errand);
    if (!ear_deadline_is_set (&self->keep_again))
      ear_deadline_set (&self->keep_again, EAR_HISTORY_AGAIN_MS);
  } else if (keeping != self->keeping) {
    keep (self, errand);
  } else {
    errand_free (errand);
  }
}

/* What is loaded with others that wait is not queued twice; see ear_chat_start_carrying(). */
static void
stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Errand) errand = user_data;
  g_autoptr (GError) error = NULL;
  EarChat *self = errand->chat;
  gint64 row = 0;

  self->n_keeping--;
  ear_history_add_message_finish (EAR_HISTORY (source), result, &row, &error);
  if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_warning ("A message cannot be kept: %s", error->message);
  if (errand->forgotten != self->forgotten)
    return;
  if (error != NULL) {
    keep_later (self, g_steal_pointer (&errand), g_task_get_cancellable (G_TASK (result)));
    return;
  }
  ear_chat_message_set_row (errand->shown, row);
  if (self->state != EAR_CHAT_OPEN || self->loading)
    return;
  g_queue_push_tail (&self->to_send, g_steal_pointer (&errand->row));
  ear_chat_pump (self);
}

/**
 * ear_chat_keep_again:
 * @self: a chat
 *
 * Tries once more to store what the disk did not take.
 */
void
ear_chat_keep_again (EarChat *self)
{
  ear_deadline_clear (&self->keep_again);
  g_object_unref (self->keeping);
  self->keeping = g_cancellable_new ();
  for (guint n = g_queue_get_length (&self->unkept); n > 0; n--)
    keep (self, g_queue_pop_head (&self->unkept));
}

/* What is still on its way to the disk comes before: it may fail, too. */
static void
keep_again_cb (gpointer user_data)
{
  EarChat *self = EAR_CHAT (user_data);

  if (self->n_keeping > 0)
    ear_deadline_set (&self->keep_again, EAR_HISTORY_AGAIN_MS);
  else
    ear_chat_keep_again (self);
}

/**
 * ear_chat_drop_unkept:
 * @self: a chat
 *
 * Gives up what the disk did not take: our user wants nothing to be left of it.
 */
void
ear_chat_drop_unkept (EarChat *self)
{
  g_queue_clear_full (&self->unkept, (GDestroyNotify) errand_free);
  ear_chat_keep_again (self); /* nothing: what comes next waits for none of these */
}

/**
 * ear_chat_send:
 * @self: a chat, in any state
 * @text: what to say
 *
 * Keeps a message, shows it as waiting, and sends it as soon as the chat is open.
 *
 * Returns: (transfer full) (nullable): the message; %NULL when @text is empty, too long, or not
 *   text, or when the account has logged out
 */
EarChatMessage *
ear_chat_send (EarChat *self, const char *text)
{
  EarHistoryMessage row = { .text = (char *) text, .delivery = EAR_DELIVERY_WAITING };
  g_autofree char *id = NULL;
  EarChatMessage *message;

  g_return_val_if_fail (EAR_IS_CHAT (self), NULL);
  g_return_val_if_fail (text != NULL, NULL);

  if (self->closed || text[0] == '\0' ||
      !ear_text_is_valid (text, EAR_LIMIT_TEXT, EAR_LIMIT_TEXT_LINES))
    return NULL;
  row.id = id = ear_chat_dup_new_id (self);
  row.time_us = ear_chat_get_real_time (self);
  message = ear_chat_message_new (&row);
  /* First: it makes a contact, and what the disk has of one who was forgotten goes. */
  ear_contacts_note_message (self->context->contacts, self->account, text, FALSE);
  keep (self, errand_new (self, message, &row));
  ear_chat_log_append (self->log, message);
  self->typing_sent_us = 0; /* the message says as much */
  return message;
}

void
ear_chat_keeping_init (EarChat *self)
{
  g_queue_init (&self->unkept);
  self->keeping = g_cancellable_new ();
  ear_deadline_init (&self->keep_again, self->context->deadlines, keep_again_cb, self);
}

void
ear_chat_keeping_clear (EarChat *self)
{
  ear_deadline_clear (&self->keep_again);
  g_clear_object (&self->keeping);
}
