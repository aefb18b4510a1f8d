/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "talker.h"

#include <stdlib.h>

#include "client/ear-chat-log.h"
#include "client/ear-chat.h"
#include "support/ear-test-wait.h"

static GListModel *
get_messages (EarChat *chat)
{
  return G_LIST_MODEL (ear_chat_get_log (chat));
}

static gboolean
is_loaded (EarChat *chat)
{
  return ear_chat_log_get_at_start (ear_chat_get_log (chat));
}

static void
load_all (EarChat *chat)
{
  while (!is_loaded (chat)) {
    guint before = g_list_model_get_n_items (get_messages (chat));

    ear_chat_log_load_older (ear_chat_get_log (chat));
    ear_test_wait (is_loaded (chat) || g_list_model_get_n_items (get_messages (chat)) != before);
  }
}

/* The numbers of one side's messages in a log. */
static GArray *
get_numbers (EarChat *chat, gboolean own)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < g_list_model_get_n_items (get_messages (chat)); i++) {
    g_autoptr (EarChatMessage) message = g_list_model_get_item (get_messages (chat), i);
    guint number = (guint) atoi (ear_chat_message_get_text (message));

    if (ear_chat_message_get_own (message) == own)
      g_array_append_val (numbers, number);
  }
  return numbers;
}

static void
accept_cb (EarClient *client, EarChat *chat, gpointer user_data)
{
  ear_chat_accept (chat);
}

void
talker_begin (Talker *self, EarTestPerson *person, const char *other)
{
  g_autoptr (GArray) numbers = NULL;

  self->person = person;
  g_signal_connect (person->client, "asked", G_CALLBACK (accept_cb), NULL);
  self->chat = ear_client_get_chat (person->client, other);
  load_all (self->chat);
  numbers = get_numbers (self->chat, TRUE);
  self->next = numbers->len;
}

void
talker_talk (Talker *self)
{
  g_autofree char *text = NULL;

  if (self->last != NULL && ear_chat_message_get_delivery (self->last) != EAR_DELIVERY_RECEIVED)
    return;
  g_clear_object (&self->last);
  text = g_strdup_printf ("%u", self->next++);
  self->last = ear_chat_send (self->chat, text);
}

void
talker_end (Talker *self)
{
  g_clear_object (&self->last);
}

/* That one side of a chat is 0, 1, 2 … up to @n. */
void
talker_assert_numbers (EarChat *chat, gboolean own, guint n)
{
  g_autoptr (GArray) numbers = get_numbers (chat, own);

  for (guint i = 0; i < numbers->len; i++)
    g_assert_cmpuint (g_array_index (numbers, guint, i), ==, i);
  g_assert_cmpuint (numbers->len, ==, n);
}

/* Whether the other has got all that we have sent. */
gboolean
talker_is_all_received (Talker *self)
{
  for (guint i = 0; i < g_list_model_get_n_items (get_messages (self->chat)); i++) {
    g_autoptr (EarChatMessage) message = g_list_model_get_item (get_messages (self->chat), i);

    if (ear_chat_message_get_own (message) &&
        ear_chat_message_get_delivery (message) != EAR_DELIVERY_RECEIVED)
      return FALSE;
  }
  return TRUE;
}
