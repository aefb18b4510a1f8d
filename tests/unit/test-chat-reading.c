/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarChat and what the other side has read. */

#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "pair-fixture.h"

#define LONG 300 /* lines of a chat */

/* In the place of those of GLib, for our own code: what is looked at in lists, and how much is
 * asked of a history. */
static guint n_looked_at;
static guint n_asked;

gpointer
g_list_model_get_item (GListModel *list, guint position)
{
  n_looked_at++;
  return G_LIST_MODEL_GET_IFACE (list)->get_item (list, position);
}

void
g_async_queue_push (GAsyncQueue *queue, gpointer data)
{
  n_asked++;
  g_async_queue_lock (queue);
  g_async_queue_push_unlocked (queue, data);
  g_async_queue_unlock (queue);
}

static EarDelivery
get_delivery (EarChat *chat, guint position)
{
  g_autoptr (EarChatMessage) message =
    g_list_model_get_item (G_LIST_MODEL (ear_chat_get_log (chat)), position);

  return ear_chat_message_get_delivery (message);
}

/* Received is not read; read is what came up to the one that was seen. */
static void
test_read (Pair *pair, gconstpointer data)
{
  open_chat (pair);
  say (pair->a, "one");
  say (pair->a, "two");
  wait_until (count (pair->b) == 2 && all_received (pair->a));
  g_assert_cmpint (get_delivery (pair->a, 1), ==, EAR_DELIVERY_RECEIVED);
  ear_chat_mark_read (pair->b);
  wait_until (get_delivery (pair->a, 1) == EAR_DELIVERY_READ);
  g_assert_cmpint (get_delivery (pair->a, 0), ==, EAR_DELIVERY_READ);

  /* Seen while the link is broken: told on the next one. */
  say (pair->a, "three");
  wait_until (count (pair->b) == 3 && get_delivery (pair->a, 2) == EAR_DELIVERY_RECEIVED);
  break_link (pair);
  ear_chat_mark_read (pair->b);
  town_run_until (&pair->town, get_delivery (pair->a, 2) == EAR_DELIVERY_READ);
}

static void
test_read_hidden (Pair *pair, gconstpointer data)
{
  ear_switchboard_set_tells_reading (pair->bob->switchboard, FALSE);
  open_chat (pair);
  say (pair->a, "one");
  wait_until (count (pair->b) == 1 && all_received (pair->a));
  ear_chat_mark_read (pair->b);
  say (pair->b, "answer"); /* comes after whatever was told */
  wait_until (count (pair->a) == 2);
  g_assert_cmpint (get_delivery (pair->a, 0), ==, EAR_DELIVERY_RECEIVED);
}

static void
read_up_to (EarChat *chat, const char *id)
{
  g_autoptr (EarMessage) read = ear_message_new (EAR_MESSAGE_READ);

  ear_message_set_string (read, "id", id);
  ear_chat_handle_read (chat, read);
}

/* The other says again and again that it has read what is no message of ours, or was read before.
 */
static void
test_read_in_vain (Pair *pair, gconstpointer data)
{
  g_autoptr (EarChatMessage) first = NULL;
  g_autoptr (EarChatMessage) last = NULL;

  open_chat (pair);
  first = ear_chat_send (pair->a, "first");
  last = ear_chat_send (pair->a, "last");
  wait_until (all_received (pair->a));
  for (guint i = 0; i < LONG; i++) {
    g_autofree char *id = g_strdup_printf ("theirs-%03u", i);
    const EarHistoryMessage row = {
      .row = 1000 + i, .id = id, .text = (char *) "x", .delivery = EAR_DELIVERY_INCOMING
    };
    g_autoptr (EarChatMessage) message = ear_chat_message_new (&row);

    ear_chat_log_append (ear_chat_get_log (pair->a), message);
  }

  n_looked_at = n_asked = 0;
  for (guint i = 0; i < LONG; i++) {
    g_autofree char *theirs = g_strdup_printf ("theirs-%03u", i);
    g_autofree char *none = g_strdup_printf ("none-%03u", i);

    read_up_to (pair->a, theirs);
    read_up_to (pair->a, none);
  }
  g_assert_cmpuint (n_looked_at, ==, 0);
  g_assert_cmpuint (n_asked, ==, 0);
  ear_clock_advance (pair->town.clock, G_USEC_PER_SEC);
  g_assert_cmpuint (n_asked, ==, 1);

  read_up_to (pair->a, ear_chat_message_get_id (last));
  g_assert_cmpint (ear_chat_message_get_delivery (first), ==, EAR_DELIVERY_READ);
  g_assert_cmpint (ear_chat_message_get_delivery (last), ==, EAR_DELIVERY_READ);
  n_looked_at = n_asked = 0;
  for (guint i = 0; i < LONG; i++)
    read_up_to (pair->a, ear_chat_message_get_id (i % 2 == 0 ? first : last));
  g_assert_cmpuint (n_looked_at, ==, 0);
  g_assert_cmpuint (n_asked, ==, 0);
}

/* Nor what was read before it was received. */
static void
test_read_early (Pair *pair, gconstpointer data)
{
  g_autoptr (EarChatMessage) early = NULL;

  open_chat (pair);
  early = ear_chat_send (pair->a, "early");
  wait_until (pair->a->n_keeping == 0);
  read_up_to (pair->a, ear_chat_message_get_id (early));
  n_looked_at = n_asked = 0;
  read_up_to (pair->a, ear_chat_message_get_id (early));
  g_assert_cmpuint (n_looked_at, ==, 0);
  g_assert_cmpuint (n_asked, ==, 0);
}

/* A message that no page has brought yet: it shows when it comes. */
static void
test_read_unloaded (Pair *pair, gconstpointer data)
{
  g_autofree char *id = NULL;
  EarChatLog *log;

  open_chat (pair);
  for (guint i = 0; i < 30; i++) {
    g_autoptr (EarChatMessage) message = ear_chat_send (pair->a, "hello");

    if (i == 1)
      id = g_strdup (ear_chat_message_get_id (message));
  }
  wait_until (all_received (pair->a));
  ear_switchboard_set_account (pair->alice->switchboard, NULL, NULL);
  ear_switchboard_set_account (pair->alice->switchboard, "alice", pair->town.fingerprint);
  pair->a = inhabitant_get_chat (pair->alice, pair->bob);
  wait_for_state (pair->b, EAR_CHAT_IDLE);
  open_chat (pair);
  wait_until (count (pair->a) == 25);

  read_up_to (pair->a, "another-one");
  read_up_to (pair->a, id);
  ear_clock_advance (pair->town.clock, G_USEC_PER_SEC);
  log = ear_chat_get_log (pair->a);
  ear_chat_log_load_older (log);
  wait_until (ear_chat_log_get_at_start (log));
  g_assert_cmpint (get_delivery (pair->a, 0), ==, EAR_DELIVERY_READ);
  g_assert_cmpint (get_delivery (pair->a, 1), ==, EAR_DELIVERY_READ);
  g_assert_cmpint (get_delivery (pair->a, 2), ==, EAR_DELIVERY_RECEIVED);
}

#define add(name, func) \
  g_test_add ("/chat-reading/" name, Pair, NULL, pair_set_up, func, pair_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("read", test_read);
  add ("hidden", test_read_hidden);
  add ("in-vain", test_read_in_vain);
  add ("early", test_read_early);
  add ("unloaded", test_read_unloaded);
  return g_test_run ();
}
