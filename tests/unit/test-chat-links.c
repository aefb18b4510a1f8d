/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarChat and its links: finding the other, losing and mending a link. */

#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "client/ear-contacts.h"
#include "client/ear-user-list.h"
#include "client/ear-user.h"
#include "own-addresses.h"
#include "pair-fixture.h"
#include "wire/ear-error.h"
#include "wire/ear-limits.h"

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
  pair->bob->location->port = TOWN_DEAD_PORT;
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

/* Lets the town's time run until both have the chat open again. */
static void
wait_until_mended (Pair *pair)
{
  town_run_until (&pair->town, ear_chat_get_state (pair->a) == EAR_CHAT_OPEN &&
                                 ear_chat_get_state (pair->b) == EAR_CHAT_OPEN);
}

/* Both machines get other addresses: the link is no longer one, though nothing was heard of it. */
static void
test_moved (Pair *pair, gconstpointer data)
{
  static const char *const elsewhere[] = { "192.0.2.7", NULL };
  const char *const *at_home = own_addresses;

  open_chat (pair);
  town_set_online (&pair->town, FALSE);
  town_set_online (&pair->town, TRUE);
  town_advance (&pair->town, 0);
  g_assert_cmpint (ear_chat_get_state (pair->a), ==, EAR_CHAT_OPEN);

  say (pair->a, "on the way");
  own_addresses = elsewhere;
  town_set_online (&pair->town, FALSE);
  wait_for_state (pair->a, EAR_CHAT_BROKEN);
  wait_for_state (pair->b, EAR_CHAT_BROKEN);
  own_addresses = at_home;
  town_set_online (&pair->town, TRUE);
  wait_until_mended (pair);
  wait_until (count (pair->b) == 1 && all_received (pair->a));
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

/* Ended while the link was broken: the other is told when it comes. */
static void
test_ended_while_broken (Pair *pair, gconstpointer data)
{
  open_chat (pair);
  break_link (pair);
  ear_chat_end (pair->a);
  town_run_until (&pair->town, ear_chat_get_state (pair->b) == EAR_CHAT_IDLE);
  g_assert_cmpuint (pair->n_ended, ==, 1);
  g_assert_cmpuint (pair->alice->n_asked, ==, 0);
}

static void
test_unreachable (Pair *pair, gconstpointer data)
{
  open_chat (pair);
  wait_until (pair->b->location != NULL && pair->a->location != NULL);
  town_set_online (&pair->town, FALSE);
  pair->a->location->port = pair->b->location->port = TOWN_DEAD_PORT;
  break_link (pair);
  for (guint s = 0; s < EAR_LIMIT_REDIAL_MS / 1000 + 2; s++)
    town_advance (&pair->town, 1000);
  g_assert_cmpint (ear_chat_get_state (pair->a), ==, EAR_CHAT_IDLE);
  g_assert_error (ear_chat_get_last_error (pair->a), EAR_ERROR, EAR_ERROR_UNREACHABLE);
  g_assert_cmpint (ear_chat_get_state (pair->b), ==, EAR_CHAT_IDLE);
}

/* Our user calls somebody who is blocked, and who calls at the same time, unheard: on that link we
 * cannot ask. */
static void
test_unheard_while_calling (Pair *pair, gconstpointer data)
{
  ear_contacts_set_blocked (pair->alice->contacts, "bob", TRUE);
  ear_chat_request (pair->b, NULL);
  town_run_until (&pair->town,
                  pair->a->spares->len == 1 &&
                    ear_peer_get_state (pair->a->spares->pdata[0]) == EAR_MESSAGE_AT_ASKED);
  g_clear_pointer (&pair->bob->location, ear_location_free); /* our own way leads nowhere */
  ear_chat_set_state (pair->a, EAR_CHAT_CALLING);
  ear_chat_reach (pair->a);
  wait_for_state (pair->a, EAR_CHAT_IDLE);
  g_assert_error (ear_chat_get_last_error (pair->a), EAR_ERROR, EAR_ERROR_UNKNOWN_USER);
}

/* Who is forgotten in the middle of a chat: it ends, is empty, and can begin anew. */
static void
test_forgotten (Pair *pair, gconstpointer data)
{
  open_chat (pair);
  say (pair->a, "one");
  say (pair->b, "two");
  wait_until (all_received (pair->a) && all_received (pair->b) && count (pair->a) == 2);
  say (pair->b, "on its way");
  ear_contacts_forget (pair->alice->contacts, "bob");
  g_assert_cmpint (ear_chat_get_state (pair->a), ==, EAR_CHAT_IDLE);
  g_assert_cmpuint (count (pair->a), ==, 0);
  g_assert_true (ear_chat_log_get_at_start (ear_chat_get_log (pair->a)));
  g_assert_null (ear_chat_dup_safety_number (pair->a));
  wait_for_state (pair->b, EAR_CHAT_IDLE);
  g_assert_cmpuint (pair->n_ended, ==, 1);
  g_assert_cmpuint (count (pair->a), ==, 0);
  g_assert_false (ear_contacts_is_known (pair->alice->contacts, "bob"));

  open_chat (pair);
  say (pair->a, "hello, stranger");
  wait_until (all_received (pair->a) && all_received (pair->b));
  g_assert_cmpuint (count (pair->a), ==, 2); /* with what was on its way */
}

#define add(name, func) \
  g_test_add ("/chat-links/" name, Pair, NULL, pair_set_up, func, pair_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("wrong-peer", test_wrong_peer);
  add ("wrong-peer-only", test_wrong_peer_only);
  add ("dialled-back", test_dialled_back);
  add ("crossed", test_crossed);
  add ("moved", test_moved);
  add ("broken", test_broken);
  add ("broken-without-server", test_broken_without_server);
  add ("shown-once", test_shown_once);
  add ("ended-while-broken", test_ended_while_broken);
  add ("unreachable", test_unreachable);
  add ("unheard-while-calling", test_unheard_while_calling);
  add ("forgotten", test_forgotten);
  return g_test_run ();
}
