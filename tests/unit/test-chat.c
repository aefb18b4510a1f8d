/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarChat, EarPeer and EarSwitchboard: two users over loopback, with everything that can come
 * between them. */

#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "client/ear-contacts.h"
#include "client/ear-user-list.h"
#include "client/ear-user.h"
#include "town-fixture.h"
#include "wire/ear-error.h"
#include "wire/ear-limits.h"

/* Two users and their chats. */
typedef struct
{
  Town town;
  Inhabitant *alice;
  Inhabitant *bob;
  EarChat *a; /* alice's, with bob */
  EarChat *b; /* bob's, with alice */
  guint n_ended;
  guint n_withdrawn; /* of bob's chat */
} Pair;

static void
count_cb (guint *n)
{
  (*n)++;
}

static void
pair_set_up (Pair *pair, gconstpointer data)
{
  town_set_up (&pair->town, data);
  pair->alice = town_add (&pair->town, "alice");
  pair->bob = town_add (&pair->town, "bob");
  pair->a = inhabitant_get_chat (pair->alice, pair->bob);
  pair->b = inhabitant_get_chat (pair->bob, pair->alice);
  g_signal_connect_swapped (pair->a, "ended", G_CALLBACK (count_cb), &pair->n_ended);
  g_signal_connect_swapped (pair->b, "ended", G_CALLBACK (count_cb), &pair->n_ended);
  g_signal_connect_swapped (pair->b, "ask-withdrawn", G_CALLBACK (count_cb), &pair->n_withdrawn);
}

static void
pair_tear_down (Pair *pair, gconstpointer data)
{
  town_tear_down (&pair->town, data);
}

static void
ring (Pair *pair)
{
  ear_chat_request (pair->a, NULL);
  wait_for_state (pair->b, EAR_CHAT_ASKED);
  wait_for_state (pair->a, EAR_CHAT_RINGING);
}

static void
open_chat (Pair *pair)
{
  ring (pair);
  ear_chat_accept (pair->b);
  wait_for_state (pair->a, EAR_CHAT_OPEN);
  g_assert_cmpint (ear_chat_get_state (pair->b), ==, EAR_CHAT_OPEN);
}

static void
say (EarChat *chat, const char *text)
{
  g_autoptr (EarChatMessage) message = ear_chat_send (chat, text);

  g_assert_nonnull (message);
}

static guint
count (EarChat *chat)
{
  return g_list_model_get_n_items (G_LIST_MODEL (ear_chat_get_log (chat)));
}

static gboolean
all_received (EarChat *chat)
{
  for (guint i = 0; i < count (chat); i++) {
    g_autoptr (EarChatMessage) message =
      g_list_model_get_item (G_LIST_MODEL (ear_chat_get_log (chat)), i);

    if (ear_chat_message_get_own (message) &&
        ear_chat_message_get_delivery (message) != EAR_DELIVERY_RECEIVED)
      return FALSE;
  }
  return TRUE;
}

/* The whole log as one string. */
static char *
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

static void
assert_texts (EarChat *chat, const char *expected)
{
  g_autofree char *texts = dup_texts (chat);

  g_assert_cmpstr (texts, ==, expected);
}

static void
test_accepted (Pair *pair, gconstpointer data)
{
  ear_chat_request (pair->a, "Coffee?");
  g_assert_cmpint (ear_chat_get_state (pair->a), ==, EAR_CHAT_CALLING);
  wait_for_state (pair->b, EAR_CHAT_ASKED);
  g_assert_cmpuint (pair->bob->n_asked, ==, 1);
  g_assert_cmpstr (ear_chat_get_greeting (pair->b), ==, "Coffee?");
  g_assert_false (ear_contacts_is_known (pair->bob->contacts, "alice"));
  wait_for_state (pair->a, EAR_CHAT_RINGING);
  g_assert_nonnull (ear_chat_get_peer_address (pair->a));

  ear_chat_accept (pair->b);
  wait_for_state (pair->a, EAR_CHAT_OPEN);
  g_assert_null (ear_chat_get_last_error (pair->a));
  g_assert_null (ear_chat_get_greeting (pair->b));
  g_assert_cmpstr (ear_contacts_get_fingerprint (pair->alice->contacts, "bob"), ==,
                   pair->bob->location->fingerprint);
  g_assert_cmpstr (ear_contacts_get_fingerprint (pair->bob->contacts, "alice"), ==,
                   pair->alice->location->fingerprint);
}

static void
test_messages (Pair *pair, gconstpointer data)
{
  EarUser *alice;

  open_chat (pair);
  say (pair->a, "one");
  say (pair->a, "two");
  wait_until (count (pair->b) == 2 && all_received (pair->a));
  alice = ear_user_list_lookup (pair->bob->users, "alice");
  g_assert_cmpuint (ear_user_get_unread (alice), ==, 2);
  g_assert_cmpstr (ear_user_get_last_message (alice), ==, "two");
  ear_chat_mark_read (pair->b);
  g_assert_cmpuint (ear_user_get_unread (alice), ==, 0);

  say (pair->b, "three\nlines\nlong");
  wait_until (count (pair->a) == 3 && all_received (pair->b));
  assert_texts (pair->a, "one;two;three\nlines\nlong;");
  assert_texts (pair->b, "one;two;three\nlines\nlong;");
  g_assert_cmpuint (pair->bob->n_messages, ==, 2);
}

/* More than the window, and more than may be waiting for the disk. */
static void
test_many_messages (Pair *pair, gconstpointer data)
{
  g_autofree char *texts = NULL;

  for (guint i = 0; i < 60; i++) {
    g_autofree char *text = g_strdup_printf ("%u", i);

    say (pair->a, text);
  }
  open_chat (pair);
  wait_until (count (pair->b) == 60 && all_received (pair->a));
  texts = dup_texts (pair->a);
  assert_texts (pair->b, texts);
}

static void
test_no_text (Pair *pair, gconstpointer data)
{
  g_autofree char *long_text = g_strnfill (EAR_LIMIT_TEXT + 1, 'x');

  g_assert_null (ear_chat_send (pair->a, ""));
  g_assert_null (ear_chat_send (pair->a, long_text));
  g_assert_null (ear_chat_send (pair->a, "\033[2J"));
  g_assert_cmpuint (count (pair->a), ==, 0);
}

static void
test_declined (Pair *pair, gconstpointer data)
{
  ring (pair);
  ear_chat_decline (pair->b);
  wait_for_state (pair->a, EAR_CHAT_IDLE);
  g_assert_error (ear_chat_get_last_error (pair->a), EAR_ERROR, EAR_ERROR_DECLINED);
  g_assert_cmpint (ear_chat_get_state (pair->b), ==, EAR_CHAT_IDLE);
}

static void
test_cancelled (Pair *pair, gconstpointer data)
{
  ring (pair);
  ear_chat_cancel (pair->a);
  g_assert_cmpint (ear_chat_get_state (pair->a), ==, EAR_CHAT_IDLE);
  g_assert_null (ear_chat_get_last_error (pair->a));
  wait_for_state (pair->b, EAR_CHAT_IDLE);
  g_assert_cmpuint (pair->n_withdrawn, ==, 1);
}

static void
test_no_answer (Pair *pair, gconstpointer data)
{
  ring (pair);
  town_advance (&pair->town, EAR_LIMIT_REQUEST_MS - 1000);
  g_assert_cmpint (ear_chat_get_state (pair->a), ==, EAR_CHAT_RINGING);
  town_advance (&pair->town, 2000);
  wait_for_state (pair->a, EAR_CHAT_IDLE);
  wait_for_state (pair->b, EAR_CHAT_IDLE);
  g_assert_error (ear_chat_get_last_error (pair->a), EAR_ERROR, EAR_ERROR_NO_ANSWER);
  g_assert_cmpuint (pair->n_withdrawn, ==, 1);
}

static void
test_too_often (Pair *pair, gconstpointer data)
{
  for (guint i = 0; i < EAR_LIMIT_ASKS_PER_USER; i++)
    test_declined (pair, data);
  ear_chat_request (pair->a, NULL);
  wait_for_state (pair->a, EAR_CHAT_IDLE);
  g_assert_error (ear_chat_get_last_error (pair->a), EAR_ERROR, EAR_ERROR_BUSY);
  g_assert_cmpuint (pair->bob->n_asked, ==, EAR_LIMIT_ASKS_PER_USER);

  town_advance (&pair->town, 61000);
  test_declined (pair, data);
}

/* As many as the user can look at, and no more. */
static void
test_busy (Pair *pair, gconstpointer data)
{
  for (guint i = 0; i < EAR_LIMIT_ASKS; i++) {
    g_autofree char *name = g_strdup_printf ("asker%u", i);
    Inhabitant *asker = town_add (&pair->town, name);

    ear_chat_request (inhabitant_get_chat (asker, pair->bob), NULL);
    wait_until (pair->bob->n_asked == i + 1);
  }
  ear_chat_request (pair->a, NULL);
  wait_for_state (pair->a, EAR_CHAT_IDLE);
  g_assert_error (ear_chat_get_last_error (pair->a), EAR_ERROR, EAR_ERROR_BUSY);
  g_assert_cmpuint (pair->bob->n_asked, ==, EAR_LIMIT_ASKS);

  ear_chat_decline (inhabitant_get_chat (pair->bob, pair->town.inhabitants->pdata[2]));
  ring (pair);
}

static void
test_blocked (Pair *pair, gconstpointer data)
{
  ear_contacts_set_blocked (pair->bob->contacts, "alice", TRUE);
  ear_chat_request (pair->a, NULL);
  wait_for_state (pair->a, EAR_CHAT_IDLE);
  g_assert_error (ear_chat_get_last_error (pair->a), EAR_ERROR, EAR_ERROR_DECLINED);
  g_assert_cmpuint (pair->bob->n_asked, ==, 0);
}

/* Blocking in the midst of a chat ends it, and what comes later bothers nobody. */
static void
test_blocked_while_open (Pair *pair, gconstpointer data)
{
  open_chat (pair);
  ear_chat_set_blocked (pair->b, TRUE);
  g_assert_cmpint (ear_chat_get_state (pair->b), ==, EAR_CHAT_IDLE);
  wait_for_state (pair->a, EAR_CHAT_IDLE);
  g_assert_cmpuint (pair->n_ended, ==, 1);

  say (pair->a, "unwanted");
  ear_chat_request (pair->a, NULL);
  wait_for_state (pair->a, EAR_CHAT_IDLE);
  g_assert_error (ear_chat_get_last_error (pair->a), EAR_ERROR, EAR_ERROR_DECLINED);
  g_assert_cmpuint (pair->bob->n_asked, ==, 1);
  g_assert_cmpuint (count (pair->b), ==, 0);

  ear_chat_set_blocked (pair->b, FALSE);
  open_chat (pair);
  wait_until (count (pair->b) == 1);
}

static void
test_blocked_while_asked (Pair *pair, gconstpointer data)
{
  ring (pair);
  ear_contacts_set_blocked (pair->bob->contacts, "alice", TRUE);
  g_assert_cmpint (ear_chat_get_state (pair->b), ==, EAR_CHAT_IDLE);
  wait_for_state (pair->a, EAR_CHAT_IDLE);
  g_assert_error (ear_chat_get_last_error (pair->a), EAR_ERROR, EAR_ERROR_DECLINED);
}

/* The other is seen to be there while the chat is open, whatever the server knows. */
static void
test_chatting (Pair *pair, gconstpointer data)
{
  open_chat (pair);
  g_assert_true (ear_user_get_chatting (ear_user_list_lookup (pair->alice->users, "bob")));
  town_set_online (&pair->town, FALSE);
  ear_user_list_set_offline (pair->alice->users);
  g_assert_true (ear_user_get_chatting (ear_user_list_lookup (pair->alice->users, "bob")));
  ear_chat_end (pair->b);
  wait_for_state (pair->a, EAR_CHAT_IDLE);
  g_assert_false (ear_user_get_chatting (ear_user_list_lookup (pair->alice->users, "bob")));
}

static void
test_unknown_user (Pair *pair, gconstpointer data)
{
  g_clear_pointer (&pair->bob->location, ear_location_free);
  ear_chat_request (pair->a, NULL);
  wait_for_state (pair->a, EAR_CHAT_IDLE);
  g_assert_error (ear_chat_get_last_error (pair->a), EAR_ERROR, EAR_ERROR_UNKNOWN_USER);
}

static void
test_offline (Pair *pair, gconstpointer data)
{
  town_set_online (&pair->town, FALSE);
  ear_chat_request (pair->a, NULL);
  wait_for_state (pair->a, EAR_CHAT_IDLE);
  g_assert_error (ear_chat_get_last_error (pair->a), EAR_ERROR, EAR_ERROR_OFFLINE);
}

/* Whoever listens where bob should be. */
static void
test_wrong_peer (Pair *pair, gconstpointer data)
{
  Inhabitant *mallory = town_add (&pair->town, "mallory");

  pair->bob->location->port = mallory->location->port;
  ear_chat_request (pair->a, NULL);
  wait_until (pair->town.n_dial_backs > 0); /* its only address has failed */
  town_advance (&pair->town, 0);
  wait_until (ear_chat_get_state (pair->a) != EAR_CHAT_CALLING);
  /* The real bob has dialled back. */
  wait_for_state (pair->b, EAR_CHAT_ASKED);
  g_assert_cmpuint (mallory->n_asked, ==, 0);
}

static void
test_wrong_peer_only (Pair *pair, gconstpointer data)
{
  Inhabitant *mallory = town_add (&pair->town, "mallory");

  pair->bob->location->port = mallory->location->port;
  ear_switchboard_close (pair->alice->switchboard); /* nobody can dial back */
  ear_switchboard_set_account (pair->alice->switchboard, "alice", pair->town.fingerprint);
  pair->a = inhabitant_get_chat (pair->alice, pair->bob);
  ear_chat_request (pair->a, NULL);
  wait_for_state (pair->a, EAR_CHAT_IDLE);
  g_assert_error (ear_chat_get_last_error (pair->a), EAR_ERROR, EAR_ERROR_WRONG_PEER);
  g_assert_cmpuint (mallory->n_asked, ==, 0);
}

static void
test_dialled_back (Pair *pair, gconstpointer data)
{
  pair->bob->location->port = town_find_dead_port ();
  ear_chat_request (pair->a, "Hello");
  wait_for_state (pair->b, EAR_CHAT_ASKED);
  g_assert_cmpuint (pair->town.n_dial_backs, ==, 1);
  g_assert_cmpstr (ear_chat_get_greeting (pair->b), ==, "Hello");
  ear_chat_accept (pair->b);
  wait_for_state (pair->a, EAR_CHAT_OPEN);
  say (pair->a, "through");
  wait_until (count (pair->b) == 1 && all_received (pair->a));
}

/* Whoever has the lower key, whichever link comes first: one chat, one link. */
static void
test_crossed (Pair *pair, gconstpointer data)
{
  for (guint i = 0; i < 10; i++) {
    guint n = i + 1;

    ear_chat_request (pair->a, NULL);
    ear_chat_request (pair->b, NULL);
    wait_until (ear_chat_get_state (pair->a) == EAR_CHAT_OPEN &&
                ear_chat_get_state (pair->b) == EAR_CHAT_OPEN);
    say (pair->a, "from alice");
    wait_until (count (pair->b) == 2 * n - 1 && all_received (pair->a));
    say (pair->b, "from bob");
    wait_until (count (pair->a) == 2 * n && all_received (pair->b));
    town_advance (&pair->town, 10000);
    g_assert_cmpint (ear_chat_get_state (pair->a), ==, EAR_CHAT_OPEN);
    g_assert_cmpint (ear_chat_get_state (pair->b), ==, EAR_CHAT_OPEN);
    g_assert_cmpuint (pair->a->spares->len + pair->b->spares->len, ==, 0);
    ear_chat_end (pair->a);
    wait_for_state (pair->b, EAR_CHAT_IDLE);
  }
  g_assert_cmpuint (pair->alice->n_asked + pair->bob->n_asked, ==, 0);
}

static void
break_link (Pair *pair)
{
  ear_peer_abort (pair->a->peer);
  wait_for_state (pair->a, EAR_CHAT_BROKEN);
  wait_for_state (pair->b, EAR_CHAT_BROKEN);
}

static void
wait_until_mended (Pair *pair)
{
  while (ear_chat_get_state (pair->a) != EAR_CHAT_OPEN ||
         ear_chat_get_state (pair->b) != EAR_CHAT_OPEN) {
    town_advance (&pair->town, 50);
    g_usleep (1000); /* the other half of the connection is the kernel's */
  }
}

static void
test_broken (Pair *pair, gconstpointer data)
{
  open_chat (pair);
  for (guint i = 0; i < 5; i++) {
    break_link (pair);
    say (pair->a, "a");
    say (pair->b, "b");
    wait_until_mended (pair);
    wait_until (count (pair->a) == 2 * i + 2 && all_received (pair->a));
    wait_until (count (pair->b) == 2 * i + 2 && all_received (pair->b));
  }
  g_assert_cmpuint (pair->bob->n_asked, ==, 1);
  g_assert_cmpuint (pair->bob->n_messages, ==, 5);
  g_assert_cmpuint (pair->alice->n_messages, ==, 5);
}

/* The server stops: the open chat goes on, and is mended without it. */
static void
test_broken_without_server (Pair *pair, gconstpointer data)
{
  open_chat (pair);
  wait_until (pair->b->location != NULL);
  town_set_online (&pair->town, FALSE);
  say (pair->a, "still here");
  wait_until (count (pair->b) == 1 && all_received (pair->a));
  break_link (pair);
  say (pair->b, "and now?");
  wait_until_mended (pair);
  wait_until (count (pair->a) == 2 && all_received (pair->b));
}

/* The ack got lost: the same message comes again, and is acknowledged, but not shown. */
static void
test_shown_once (Pair *pair, gconstpointer data)
{
  g_autoptr (EarMessage) message = ear_message_new (EAR_MESSAGE_TEXT);

  open_chat (pair);
  ear_message_set_string (message, "id", "12345678-again");
  ear_message_set_string (message, "text", "once");
  ear_message_set_integer (message, "age", EAR_LIMIT_INTEGER);
  ear_peer_send (pair->a->peer, message);
  ear_peer_send (pair->a->peer, message);
  say (pair->a, "then");
  wait_until (all_received (pair->a));
  break_link (pair);
  wait_until_mended (pair);
  ear_peer_send (pair->a->peer, message);
  say (pair->a, "end");
  wait_until (all_received (pair->a) && count (pair->b) == 3);
  assert_texts (pair->b, "once;then;end;");
  g_assert_cmpuint (pair->bob->n_messages, ==, 3);
}

/* An ack for what was never sent does nothing. */
static void
test_false_ack (Pair *pair, gconstpointer data)
{
  g_autoptr (EarMessage) ack = ear_message_new (EAR_MESSAGE_ACK);
  g_autoptr (EarChatMessage) waiting = NULL;

  open_chat (pair);
  pair->a->key_changed = TRUE; /* nothing goes out */
  waiting = ear_chat_send (pair->a, "mine");
  ear_message_set_string (ack, "id", ear_chat_message_get_id (waiting));
  ear_peer_send (pair->b->peer, ack);
  say (pair->b, "seen");
  wait_until (count (pair->a) == 2);
  g_assert_cmpint (ear_chat_message_get_delivery (waiting), ==, EAR_DELIVERY_WAITING);
}

/* Whoever asked cannot accept for the other. */
static void
test_false_accept (Pair *pair, gconstpointer data)
{
  ring (pair);
  ear_chat_send_type (pair->a, EAR_MESSAGE_ACCEPT);
  wait_for_state (pair->b, EAR_CHAT_IDLE);
  g_assert_cmpuint (pair->n_withdrawn, ==, 1);
  wait_until (ear_chat_get_state (pair->a) != EAR_CHAT_RINGING);
  g_assert_cmpint (ear_chat_get_state (pair->a), !=, EAR_CHAT_OPEN);
}

static void
test_ended (Pair *pair, gconstpointer data)
{
  open_chat (pair);
  ear_chat_end (pair->a);
  g_assert_cmpint (ear_chat_get_state (pair->a), ==, EAR_CHAT_IDLE);
  wait_for_state (pair->b, EAR_CHAT_IDLE);
  g_assert_cmpuint (pair->n_ended, ==, 1);
  g_assert_null (ear_chat_get_last_error (pair->b));

  say (pair->a, "later");
  town_advance (&pair->town, 10000);
  g_assert_cmpuint (count (pair->b), ==, 0);
  open_chat (pair);
  wait_until (count (pair->b) == 1 && all_received (pair->a));
}

/* Ended while the link was broken: the other is told when it comes. */
static void
test_ended_while_broken (Pair *pair, gconstpointer data)
{
  open_chat (pair);
  break_link (pair);
  ear_chat_end (pair->a);
  while (ear_chat_get_state (pair->b) != EAR_CHAT_IDLE) {
    town_advance (&pair->town, 50);
    g_usleep (1000);
  }
  g_assert_cmpuint (pair->n_ended, ==, 1);
  g_assert_cmpuint (pair->alice->n_asked, ==, 0);
}

static void
test_given_up (Pair *pair, gconstpointer data)
{
  open_chat (pair);
  ear_switchboard_close (pair->bob->switchboard);
  wait_for_state (pair->a, EAR_CHAT_IDLE); /* who closes says so */
  g_assert_cmpuint (pair->n_ended, ==, 1);
}

static void
test_unreachable (Pair *pair, gconstpointer data)
{
  open_chat (pair);
  wait_until (pair->b->location != NULL && pair->a->location != NULL);
  town_set_online (&pair->town, FALSE);
  pair->a->location->port = pair->b->location->port = town_find_dead_port ();
  break_link (pair);
  for (guint s = 0; s < EAR_LIMIT_REDIAL_MS / 1000 + 2; s++)
    town_advance (&pair->town, 1000);
  g_assert_cmpint (ear_chat_get_state (pair->a), ==, EAR_CHAT_IDLE);
  g_assert_error (ear_chat_get_last_error (pair->a), EAR_ERROR, EAR_ERROR_UNREACHABLE);
  g_assert_cmpint (ear_chat_get_state (pair->b), ==, EAR_CHAT_IDLE);
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
  while (get_delivery (pair->a, 2) != EAR_DELIVERY_READ) {
    town_advance (&pair->town, 50);
    g_usleep (1000);
  }
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
test_typing (Pair *pair, gconstpointer data)
{
  open_chat (pair);
  ear_chat_set_typing (pair->a, TRUE);
  wait_until (ear_chat_get_typing (pair->b));
  ear_chat_set_typing (pair->a, FALSE);
  wait_until (!ear_chat_get_typing (pair->b));

  ear_chat_set_typing (pair->a, TRUE);
  wait_until (ear_chat_get_typing (pair->b));
  town_advance (&pair->town, EAR_LIMIT_TYPING_MS - 1000);
  g_assert_true (ear_chat_get_typing (pair->b));
  town_advance (&pair->town, 2000);
  g_assert_false (ear_chat_get_typing (pair->b));

  ear_chat_set_typing (pair->a, TRUE);
  wait_until (ear_chat_get_typing (pair->b));
  say (pair->a, "done");
  wait_until (count (pair->b) == 1);
  g_assert_false (ear_chat_get_typing (pair->b));
}

/* Bob comes with another key: we do not dial it until our user trusts it. */
static void
test_key_changed (Pair *pair, gconstpointer data)
{
  open_chat (pair);
  ear_chat_end (pair->a);
  wait_for_state (pair->b, EAR_CHAT_IDLE);
  inhabitant_change_key (pair->bob);
  pair->b = inhabitant_get_chat (pair->bob, pair->alice);

  ear_chat_request (pair->a, NULL);
  wait_for_state (pair->a, EAR_CHAT_IDLE);
  g_assert_error (ear_chat_get_last_error (pair->a), EAR_ERROR, EAR_ERROR_KEY_CHANGED);
  g_assert_true (ear_chat_get_key_changed (pair->a));
  g_assert_cmpuint (pair->bob->n_asked, ==, 1);

  ear_chat_accept_key (pair->a);
  g_assert_false (ear_chat_get_key_changed (pair->a));
  open_chat (pair);
  say (pair->a, "you again");
  wait_until (count (pair->b) == 1 && all_received (pair->a));
}

/* Bob asks with another key: our user may accept, but nothing is sent before the key is trusted. */
static void
test_asked_with_changed_key (Pair *pair, gconstpointer data)
{
  g_autoptr (EarChatMessage) reply = NULL;

  open_chat (pair);
  ear_chat_end (pair->a);
  wait_for_state (pair->b, EAR_CHAT_IDLE);
  inhabitant_change_key (pair->bob);
  pair->b = inhabitant_get_chat (pair->bob, pair->alice);

  ear_chat_request (pair->b, NULL);
  wait_for_state (pair->a, EAR_CHAT_ASKED);
  g_assert_true (ear_chat_get_key_changed (pair->a));
  ear_chat_accept (pair->a);
  wait_for_state (pair->b, EAR_CHAT_OPEN);
  reply = ear_chat_send (pair->a, "is it you?");
  say (pair->b, "it is");
  wait_until (count (pair->a) == 2 && all_received (pair->b));
  g_assert_cmpint (ear_chat_message_get_delivery (reply), ==, EAR_DELIVERY_WAITING);
  g_assert_cmpstr (ear_contacts_get_fingerprint (pair->alice->contacts, "bob"), !=,
                   pair->bob->location->fingerprint);

  ear_chat_accept_key (pair->a);
  wait_until (all_received (pair->a));
  g_assert_cmpstr (ear_contacts_get_fingerprint (pair->alice->contacts, "bob"), ==,
                   pair->bob->location->fingerprint);
}

/* A key that the server does not vouch for is nobody's. */
static void
test_impostor (Pair *pair, gconstpointer data)
{
  Inhabitant *mallory = town_add (&pair->town, "mallory");
  EarChat *chat;

  ear_switchboard_set_account (mallory->switchboard, "alice", pair->town.fingerprint);
  chat = inhabitant_get_chat (mallory, pair->bob);
  ear_chat_request (chat, NULL);
  wait_until (pair->town.n_dial_backs > 0);
  town_advance (&pair->town, EAR_LIMIT_DIAL_MS + 1000);
  wait_for_state (chat, EAR_CHAT_IDLE);
  g_assert_cmpuint (pair->bob->n_asked, ==, 0);
}

static void
test_logged_out (Pair *pair, gconstpointer data)
{
  g_autoptr (EarChat) held = g_object_ref (pair->b); /* by a window */

  open_chat (pair);
  ear_switchboard_set_account (pair->bob->switchboard, NULL, NULL);
  wait_for_state (pair->a, EAR_CHAT_IDLE);
  g_assert_null (ear_chat_send (held, "to nobody"));
  ear_chat_request (held, NULL);
  g_assert_cmpint (ear_chat_get_state (held), ==, EAR_CHAT_IDLE);
  g_assert_null (inhabitant_get_chat (pair->bob, pair->alice));
  g_assert_cmpuint (g_list_model_get_n_items (ear_switchboard_get_chats (pair->bob->switchboard)),
                    ==, 0);
}

#define add(name, func) g_test_add ("/chat/" name, Pair, NULL, pair_set_up, func, pair_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("accepted", test_accepted);
  add ("messages", test_messages);
  add ("read", test_read);
  add ("read-hidden", test_read_hidden);
  add ("many-messages", test_many_messages);
  add ("no-text", test_no_text);
  add ("declined", test_declined);
  add ("cancelled", test_cancelled);
  add ("no-answer", test_no_answer);
  add ("too-often", test_too_often);
  add ("busy", test_busy);
  add ("blocked", test_blocked);
  add ("blocked-while-open", test_blocked_while_open);
  add ("blocked-while-asked", test_blocked_while_asked);
  add ("chatting", test_chatting);
  add ("unknown-user", test_unknown_user);
  add ("offline", test_offline);
  add ("wrong-peer", test_wrong_peer);
  add ("wrong-peer-only", test_wrong_peer_only);
  add ("dialled-back", test_dialled_back);
  add ("crossed", test_crossed);
  add ("broken", test_broken);
  add ("broken-without-server", test_broken_without_server);
  add ("shown-once", test_shown_once);
  add ("false-ack", test_false_ack);
  add ("false-accept", test_false_accept);
  add ("ended", test_ended);
  add ("ended-while-broken", test_ended_while_broken);
  add ("given-up", test_given_up);
  add ("unreachable", test_unreachable);
  add ("typing", test_typing);
  add ("key-changed", test_key_changed);
  add ("asked-with-changed-key", test_asked_with_changed_key);
  add ("impostor", test_impostor);
  add ("logged-out", test_logged_out);
  return g_test_run ();
}
