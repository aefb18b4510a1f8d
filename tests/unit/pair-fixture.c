/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "pair-fixture.h"

#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "client/ear-user-list.h"

static void
count_cb (guint *n)
{
  (*n)++;
}

static void
error_changed_cb (EarChat *chat, GParamSpec *pspec, gpointer user_data)
{
  if (g_error_matches (ear_chat_get_last_error (chat), EAR_ERROR, EAR_ERROR_ENDED))
    count_cb (user_data);
}

void
pair_set_up (Pair *pair, gconstpointer data)
{
  town_set_up (&pair->town, data);
  pair->alice = town_add (&pair->town, "alice");
  pair->bob = town_add (&pair->town, "bob");
  pair->a = inhabitant_get_chat (pair->alice, pair->bob);
  pair->b = inhabitant_get_chat (pair->bob, pair->alice);
  g_signal_connect (pair->a, "notify::last-error", G_CALLBACK (error_changed_cb), &pair->n_ended);
  g_signal_connect (pair->b, "notify::last-error", G_CALLBACK (error_changed_cb), &pair->n_ended);
  g_signal_connect_swapped (pair->b, "ask-withdrawn", G_CALLBACK (count_cb), &pair->n_withdrawn);
}

void
pair_tear_down (Pair *pair, gconstpointer data)
{
  town_tear_down (&pair->town, data);
}

void
ring (Pair *pair)
{
  ear_chat_request (pair->a, NULL);
  wait_for_state (pair->b, EAR_CHAT_ASKED);
  wait_for_state (pair->a, EAR_CHAT_RINGING);
}

void
open_chat (Pair *pair)
{
  ring (pair);
  ear_chat_accept (pair->b);
  wait_for_state (pair->a, EAR_CHAT_OPEN);
  g_assert_cmpint (ear_chat_get_state (pair->b), ==, EAR_CHAT_OPEN);
}

void
say (EarChat *chat, const char *text)
{
  g_autoptr (EarChatMessage) message = ear_chat_send (chat, text);

  g_assert_nonnull (message);
}

guint
count (EarChat *chat)
{
  return g_list_model_get_n_items (G_LIST_MODEL (ear_chat_get_log (chat)));
}

gboolean
all_received (EarChat *chat)
{
  for (guint i = 0; i < count (chat); i++) {
    g_autoptr (EarChatMessage) message =
      g_list_model_get_item (G_LIST_MODEL (ear_chat_get_log (chat)), i);

    if (ear_chat_message_get_own (message) && !ear_chat_message_is_note (message) &&
        ear_chat_message_get_delivery (message) != EAR_DELIVERY_RECEIVED)
      return FALSE;
  }
  return TRUE;
}

/* The whole log as one string. */
char *
dup_texts (EarChat *chat)
{
  GString *texts = g_string_new (NULL);

  for (guint i = 0; i < count (chat); i++) {
    g_autoptr (EarChatMessage) message =
      g_list_model_get_item (G_LIST_MODEL (ear_chat_get_log (chat)), i);

    g_string_append_printf (texts, "%s;", ear_chat_message_get_text (message));
  }
  return g_string_free (texts, FALSE);
}

void
assert_texts (EarChat *chat, const char *expected)
{
  g_autofree char *texts = dup_texts (chat);

  g_assert_cmpstr (texts, ==, expected);
}

void
break_link (Pair *pair)
{
  ear_peer_abort (pair->a->peer);
  wait_for_state (pair->a, EAR_CHAT_BROKEN);
  wait_for_state (pair->b, EAR_CHAT_BROKEN);
}
