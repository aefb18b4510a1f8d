/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarChat, EarPeer and EarSwitchboard: what two users over loopback say to each other, and ask. */

#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "client/ear-contacts.h"
#include "client/ear-dialler.h"
#include "client/ear-user-list.h"
#include "client/ear-user.h"
#include "pair-fixture.h"
#include "wire/ear-error.h"
#include "wire/ear-limits.h"

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

/* Alice asks and hears what she would hear if bob were not there to answer. */
static void
ring_unheard (Pair *pair)
{
  ear_chat_request (pair->a, NULL);
  wait_for_state (pair->a, EAR_CHAT_RINGING);
  town_run_until (&pair->town,
                  pair->b->spares->len == 1 &&
                    ear_peer_get_state (pair->b->spares->pdata[0]) == EAR_MESSAGE_AT_ASKED);
  town_advance (&pair->town, EAR_LIMIT_REQUEST_MS - 1000);
  g_assert_cmpint (ear_chat_get_state (pair->a), ==, EAR_CHAT_RINGING);
  g_assert_cmpint (ear_chat_get_state (pair->b), ==, EAR_CHAT_IDLE);
  town_advance (&pair->town, 1000);
  wait_for_state (pair->a, EAR_CHAT_IDLE);
  g_assert_error (ear_chat_get_last_error (pair->a), EAR_ERROR, EAR_ERROR_NO_ANSWER);
  town_run_until (&pair->town, pair->b->spares->len == 0);
}

static void
test_blocked (Pair *pair, gconstpointer data)
{
  ear_contacts_set_blocked (pair->bob->contacts, "alice", TRUE);
  ring_unheard (pair);
  g_assert_cmpuint (pair->bob->n_asked, ==, 0);
}

static void
wait_for_quiet (Pair *pair)
{
  wait_for_state (pair->b, EAR_CHAT_IDLE);
  town_run_until (&pair->town, pair->b->spares->len == 0);
}

/* Who asks again and again on one link rings no more and no less; data: unheard. */
static void
test_asks_twice (Pair *pair, gconstpointer data)
{
  ear_contacts_set_blocked (pair->bob->contacts, "alice", data != NULL);
  ear_chat_request (pair->a, NULL);
  wait_for_state (pair->a, EAR_CHAT_RINGING);
  for (guint i = 0; i < EAR_LIMIT_ASKS_PER_USER; i++)
    ear_chat_send_type (pair->a, EAR_MESSAGE_REQUEST);
  for (guint i = 0; i < EAR_LIMIT_REQUEST_MS / 1000; i++)
    town_advance (&pair->town, 1000);
  wait_for_state (pair->a, EAR_CHAT_IDLE);
  g_assert_error (ear_chat_get_last_error (pair->a), EAR_ERROR, EAR_ERROR_NO_ANSWER);
  wait_for_quiet (pair);
}

static void
note_reason_cb (EarPeer *peer, const GError *reason, gpointer user_data)
{
  *(GError **) user_data = g_error_copy (reason);
}

static const EarPeerEvents noting_events = { .closed = note_reason_cb };

/* Who asks may not accept, and hears so; data: unheard. */
static void
test_accepts_oneself (Pair *pair, gconstpointer data)
{
  g_autoptr (GError) reason = NULL;

  ear_contacts_set_blocked (pair->bob->contacts, "alice", data != NULL);
  ear_chat_request (pair->a, NULL);
  wait_for_state (pair->a, EAR_CHAT_RINGING);
  ear_peer_set_owner (pair->a->peer, &noting_events, &reason);
  ear_chat_send_type (pair->a, EAR_MESSAGE_ACCEPT);
  wait_until (reason != NULL);
  g_assert_error (reason, EAR_ERROR, EAR_ERROR_BAD_MESSAGE);
  wait_for_quiet (pair);
}

static void
dialled_cb (EarPeer *peer, const GError *error, gpointer user_data)
{
  g_assert_no_error (error);
  *(EarPeer **) user_data = g_object_ref (peer);
}

static EarPeer *
dial (Pair *pair)
{
  EarPeer *peer = NULL;
  g_autoptr (EarDialler) dialler =
    ear_dialler_new (pair->a->context, pair->bob->location, dialled_cb, &peer);

  ear_dialler_start (dialler, FALSE);
  wait_until (peer != NULL);
  return peer;
}

/* However many links come after it, the one that rings is kept; data: unheard. */
static void
test_many_links (Pair *pair, gconstpointer data)
{
  g_autoptr (GPtrArray) links = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) reason = NULL;

  ear_contacts_set_blocked (pair->bob->contacts, "alice", data != NULL);
  ear_chat_request (pair->a, NULL);
  wait_for_state (pair->a, EAR_CHAT_RINGING);
  for (guint i = 0; i < 5; i++) {
    g_ptr_array_add (links, dial (pair));
    if (i == 0)
      ear_peer_set_owner (links->pdata[0], &noting_events, &reason);
  }
  wait_until (reason != NULL);
  g_assert_error (reason, EAR_ERROR, EAR_ERROR_CROSSED);
  g_assert_cmpint (ear_chat_get_state (pair->a), ==, EAR_CHAT_RINGING);
  g_assert_false (pair->a->retried);
  g_ptr_array_set_size (links, 0);
  ear_chat_cancel (pair->a);
  wait_for_quiet (pair);
}

/* With the request the links beside it end; data: unheard. */
static void
test_cancelled_with_links (Pair *pair, gconstpointer data)
{
  g_autoptr (EarPeer) link = NULL;
  g_autoptr (GError) reason = NULL;

  ear_contacts_set_blocked (pair->bob->contacts, "alice", data != NULL);
  ear_chat_request (pair->a, NULL);
  wait_for_state (pair->a, EAR_CHAT_RINGING);
  link = dial (pair);
  ear_peer_set_owner (link, &noting_events, &reason);
  ear_chat_cancel (pair->a);
  wait_until (reason != NULL);
  g_assert_error (reason, EAR_ERROR, EAR_ERROR_CLOSED);
  wait_for_quiet (pair);
}

/* A request that is taken back, and one that rings when our user has a change of mind. */
static void
test_blocked_and_back (Pair *pair, gconstpointer data)
{
  ear_contacts_set_blocked (pair->bob->contacts, "alice", TRUE);
  for (guint i = 0; i < 2; i++) {
    ear_chat_request (pair->a, NULL);
    wait_for_state (pair->a, EAR_CHAT_RINGING);
    ear_chat_cancel (pair->a);
    town_run_until (&pair->town, pair->b->spares->len == 0);
  }
  ear_chat_request (pair->a, NULL);
  town_run_until (&pair->town, pair->b->spares->len == 1);
  ear_chat_set_blocked (pair->b, FALSE);
  ear_chat_request (pair->b, NULL);
  /* Asked, or with both answers when the requests cross. */
  town_run_until (&pair->town, ear_chat_get_state (pair->a) == EAR_CHAT_ASKED ||
                                 ear_chat_get_state (pair->a) == EAR_CHAT_OPEN);
  ear_chat_accept (pair->a);
  wait_for_state (pair->b, EAR_CHAT_OPEN);
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
  ring_unheard (pair);
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
  ring (pair);
  g_assert_true (ear_user_get_asking (ear_chat_get_user (pair->b)));
  ear_chat_accept (pair->b);
  g_assert_false (ear_user_get_asking (ear_chat_get_user (pair->b)));
  wait_for_state (pair->a, EAR_CHAT_OPEN);
  g_assert_true (ear_user_get_chatting (ear_user_list_lookup (pair->alice->users, "bob")));
  town_set_online (&pair->town, FALSE);
  ear_user_list_set_offline (pair->alice->users);
  g_assert_true (ear_user_get_chatting (ear_user_list_lookup (pair->alice->users, "bob")));
  ear_chat_end (pair->b);
  wait_for_state (pair->a, EAR_CHAT_IDLE);
  g_assert_false (ear_user_get_chatting (ear_user_list_lookup (pair->alice->users, "bob")));
}

static gboolean
may_be_active (EarChat *chat)
{
  return ear_user_may_be_active (ear_chat_get_user (chat));
}

/* Who is not in the list is not said to be away, as long as the list is not all. */
static void
test_uncertain (Pair *pair, gconstpointer data)
{
  g_autoptr (EarMessage) change = ear_message_new (EAR_MESSAGE_ROSTER_CHANGE);
  EarChat *zoe;

  g_assert_false (may_be_active (pair->a));
  ear_message_add_entry (change, "joined", NULL);
  ear_message_add_entry (change, "changed", NULL);
  ear_message_set_strings (change, "left", (const char *const[]){ NULL });
  ear_message_set_integer (change, "total", 5);
  ear_user_list_apply (pair->alice->users, change, "alice");
  g_assert_true (may_be_active (pair->a));
  zoe = ear_switchboard_get_chat (pair->alice->switchboard, "zoe");
  g_assert_true (may_be_active (zoe));

  ear_user_list_set_offline (pair->alice->users);
  g_assert_false (may_be_active (pair->a));
  g_assert_false (may_be_active (zoe));
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
  g_assert_error (ear_chat_get_last_error (pair->b), EAR_ERROR, EAR_ERROR_ENDED);
  g_assert_null (ear_chat_get_last_error (pair->a));

  say (pair->a, "later");
  town_advance (&pair->town, 10000);
  g_assert_cmpuint (count (pair->b), ==, 0);
  open_chat (pair);
  g_assert_null (ear_chat_get_last_error (pair->b));
  wait_until (count (pair->b) == 1 && all_received (pair->a));
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
#define add_unheard(name, func) \
  g_test_add ("/chat/" name "-unheard", Pair, "", pair_set_up, func, pair_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("accepted", test_accepted);
  add ("messages", test_messages);
  add ("many-messages", test_many_messages);
  add ("no-text", test_no_text);
  add ("declined", test_declined);
  add ("cancelled", test_cancelled);
  add ("no-answer", test_no_answer);
  add ("too-often", test_too_often);
  add ("busy", test_busy);
  add ("blocked", test_blocked);
  add ("blocked-and-back", test_blocked_and_back);
  add ("blocked-while-open", test_blocked_while_open);
  add ("blocked-while-asked", test_blocked_while_asked);
  add ("asks-twice", test_asks_twice);
  add_unheard ("asks-twice", test_asks_twice);
  add ("accepts-oneself", test_accepts_oneself);
  add_unheard ("accepts-oneself", test_accepts_oneself);
  add ("cancelled-with-links", test_cancelled_with_links);
  add_unheard ("cancelled-with-links", test_cancelled_with_links);
  add ("many-links", test_many_links);
  add_unheard ("many-links", test_many_links);
  add ("chatting", test_chatting);
  add ("uncertain", test_uncertain);
  add ("unknown-user", test_unknown_user);
  add ("offline", test_offline);
  add ("false-ack", test_false_ack);
  add ("false-accept", test_false_accept);
  add ("ended", test_ended);
  add ("given-up", test_given_up);
  add ("typing", test_typing);
  add ("logged-out", test_logged_out);
  return g_test_run ();
}
