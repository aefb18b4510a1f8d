/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarChat and keys that are not the ones that were expected. */

#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "client/ear-contacts.h"
#include "client/ear-user-list.h"
#include "client/ear-user.h"
#include "pair-fixture.h"
#include "wire/ear-error.h"
#include "wire/ear-limits.h"

/* Bob does, when the chat has ended. */
static void
come_back_with_another_key (Pair *pair)
{
  ear_chat_end (pair->a);
  wait_for_state (pair->b, EAR_CHAT_IDLE);
  inhabitant_change_key (pair->bob);
  pair->b = inhabitant_get_chat (pair->bob, pair->alice);
}

/* Bob comes with another key: we do not dial it until our user trusts it. */
static void
test_key_changed (Pair *pair, gconstpointer data)
{
  open_chat (pair);
  come_back_with_another_key (pair);

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

static void
assert_note (EarChat *chat, guint position, EarDelivery what, const char *fingerprint)
{
  g_autoptr (EarChatMessage) note =
    g_list_model_get_item (G_LIST_MODEL (ear_chat_get_log (chat)), position);

  g_assert_true (ear_chat_message_is_note (note));
  g_assert_cmpint (ear_chat_message_get_delivery (note), ==, what);
  g_assert_cmpstr (ear_chat_message_get_text (note), ==, fingerprint);
}

/* The line about a key stays, in its place, and is there once however often the key is shown. */
static void
test_changed_key_is_noted (Pair *pair, gconstpointer data)
{
  open_chat (pair);
  say (pair->a, "before");
  wait_until (all_received (pair->a));
  come_back_with_another_key (pair);

  for (guint i = 0; i < 3; i++) {
    ear_chat_request (pair->a, NULL);
    wait_for_state (pair->a, EAR_CHAT_IDLE);
    wait_until (count (pair->a) == 2);
  }
  assert_note (pair->a, 1, EAR_DELIVERY_KEY_CHANGED, pair->bob->location->fingerprint);
  g_assert_cmpuint (ear_user_get_unread (ear_chat_get_user (pair->a)), ==, 0);
  g_assert_cmpstr (ear_user_get_last_message (ear_chat_get_user (pair->a)), ==, "before");

  ear_chat_accept_key (pair->a);
  wait_until (count (pair->a) == 3);
  assert_note (pair->a, 2, EAR_DELIVERY_KEY_TRUSTED, pair->bob->location->fingerprint);
  open_chat (pair);
  say (pair->a, "after");
  wait_until (all_received (pair->a));
  g_assert_cmpuint (count (pair->a), ==, 4);
  g_assert_cmpuint (count (pair->b), ==, 2); /* no line of ours went over */
}

/* Bob asks with another key: our user may accept, but nothing is sent before the key is trusted. */
static void
test_asked_with_changed_key (Pair *pair, gconstpointer data)
{
  g_autoptr (EarChatMessage) reply = NULL;

  open_chat (pair);
  come_back_with_another_key (pair);

  ear_chat_request (pair->b, NULL);
  wait_for_state (pair->a, EAR_CHAT_ASKED);
  g_assert_true (ear_chat_get_key_changed (pair->a));
  ear_chat_accept (pair->a);
  wait_for_state (pair->b, EAR_CHAT_OPEN);
  reply = ear_chat_send (pair->a, "is it you?");
  say (pair->b, "it is");
  wait_until (count (pair->a) == 3 && all_received (pair->b)); /* and the line about the key */
  g_assert_cmpint (ear_chat_message_get_delivery (reply), ==, EAR_DELIVERY_WAITING);
  g_assert_cmpstr (ear_contacts_get_fingerprint (pair->alice->contacts, "bob"), !=,
                   pair->bob->location->fingerprint);

  ear_chat_accept_key (pair->a);
  wait_until (all_received (pair->a));
  g_assert_cmpstr (ear_contacts_get_fingerprint (pair->alice->contacts, "bob"), ==,
                   pair->bob->location->fingerprint);
}

/* Mallory, for whom the server vouches as bob. */
static EarChat *
add_false_bob (Pair *pair)
{
  Inhabitant *mallory = town_add (&pair->town, "mallory");

  g_free (mallory->name);
  mallory->name = g_strdup ("bob");
  ear_switchboard_set_account (mallory->switchboard, "bob", pair->town.fingerprint);
  return inhabitant_get_chat (mallory, pair->alice);
}

/* Our user let somebody in who shows another key; the real bob asks on a link that would lose if
 * two of his had crossed. */
static void
test_replaces_changed_key (Pair *pair, gconstpointer data)
{
  EarChat *false_bob;

  while (g_strcmp0 (pair->alice->location->fingerprint, pair->bob->location->fingerprint) < 0) {
    inhabitant_change_key (pair->alice);
    pair->a = inhabitant_get_chat (pair->alice, pair->bob);
  }
  open_chat (pair);
  ear_chat_end (pair->a);
  wait_for_state (pair->b, EAR_CHAT_IDLE);

  false_bob = add_false_bob (pair);
  ear_chat_request (false_bob, NULL);
  wait_for_state (pair->a, EAR_CHAT_ASKED);
  ear_chat_accept (pair->a);
  wait_for_state (false_bob, EAR_CHAT_OPEN);
  say (pair->a, "for bob");

  pair->alice->location->port = TOWN_DEAD_PORT; /* so that alice dials */
  ear_chat_request (pair->b, NULL);
  wait_for_state (pair->b, EAR_CHAT_OPEN);
  g_assert_false (ear_chat_get_key_changed (pair->a));
  wait_until (all_received (pair->a));
  wait_until (count (pair->b) == 1);
  g_assert_cmpuint (count (false_bob), ==, 0);
  g_assert_cmpint (ear_chat_get_state (false_bob), !=, EAR_CHAT_OPEN);
}

/* Our user let somebody in who shows another key and then hangs up; the real bob is the next to
 * accept, on a link that we dialled because the server said so. */
static void
test_follows_changed_key (Pair *pair, gconstpointer data)
{
  g_autofree char *pin = NULL;
  EarChat *false_bob;

  open_chat (pair);
  ear_chat_end (pair->a);
  wait_for_state (pair->b, EAR_CHAT_IDLE);
  pin = g_strdup (ear_contacts_get_fingerprint (pair->alice->contacts, "bob"));

  false_bob = add_false_bob (pair);
  ear_chat_request (false_bob, NULL);
  wait_for_state (pair->a, EAR_CHAT_ASKED);
  ear_chat_accept (pair->a);
  wait_for_state (false_bob, EAR_CHAT_OPEN);
  g_assert_true (ear_chat_get_key_changed (pair->a));
  ear_peer_abort (false_bob->peer);
  wait_for_state (pair->a, EAR_CHAT_BROKEN);

  g_signal_emit_by_name (pair->bob->session, "dial-asked", pair->alice->location);
  wait_for_state (pair->b, EAR_CHAT_ASKED);
  g_assert_false (ear_chat_get_key_changed (pair->a));
  ear_chat_accept (pair->b);
  wait_for_state (pair->a, EAR_CHAT_OPEN);
  g_assert_null (ear_chat_get_shown_key (pair->a));
  say (pair->a, "is it you?");
  wait_until (all_received (pair->a));

  ear_chat_accept_key (pair->a); /* a click that comes late */
  g_assert_cmpstr (ear_contacts_get_fingerprint (pair->alice->contacts, "bob"), ==, pin);
  g_assert_false (ear_contacts_has_changed_key (pair->alice->contacts, "bob"));
}

/* Somebody else in bob's name, while he is there: noted, and nothing changes for the two. */
static void
test_changed_key_while_open (Pair *pair, gconstpointer data)
{
  g_autofree char *number = NULL;
  g_autofree char *present = NULL;
  EarChat *false_bob;

  open_chat (pair);
  number = ear_chat_dup_safety_number (pair->a);
  ear_chat_set_verified (pair->a, TRUE);
  ear_chat_set_always_accepted (pair->a, TRUE);
  false_bob = add_false_bob (pair);
  for (guint i = 0; i < 2; i++) {
    ear_chat_request (false_bob, NULL);
    wait_for_state (false_bob, EAR_CHAT_IDLE);
    g_assert_error (ear_chat_get_last_error (false_bob), EAR_ERROR, EAR_ERROR_BUSY);
    wait_until (count (pair->a) == 1);
  }
  assert_note (pair->a, 0, EAR_DELIVERY_KEY_REFUSED,
               ear_peer_context_get_fingerprint (false_bob->context));
  g_assert_cmpint (ear_chat_get_state (pair->a), ==, EAR_CHAT_OPEN);
  g_assert_false (ear_chat_get_key_changed (pair->a));
  g_assert_true (ear_user_get_verified (ear_chat_get_user (pair->a)));
  g_assert_true (ear_contacts_is_always_accepted (pair->alice->contacts, "bob"));
  present = ear_chat_dup_safety_number (pair->a);
  g_assert_cmpstr (present, ==, number);
  say (pair->a, "still you");
  wait_until (all_received (pair->a) && count (pair->b) == 1);

  ear_chat_request (false_bob, NULL); /* again, after a message */
  wait_for_state (false_bob, EAR_CHAT_IDLE);
  say (pair->a, "and now");
  wait_until (all_received (pair->a) && count (pair->b) == 2);
  g_assert_cmpuint (count (pair->a), ==, 3);

  ear_chat_end (pair->a);
  ear_chat_request (false_bob, NULL); /* now it rings, but is not let in unasked */
  wait_for_state (pair->a, EAR_CHAT_ASKED);
  g_assert_false (ear_user_get_verified (ear_chat_get_user (pair->a)));
  g_assert_false (ear_contacts_is_always_accepted (pair->alice->contacts, "bob"));
}

/* Rings once with the key that @chat has now; our user declines. */
static void
ring_in_vain (Pair *pair, EarChat *chat)
{
  ear_chat_request (chat, NULL);
  wait_for_state (pair->a, EAR_CHAT_ASKED);
  ear_chat_decline (pair->a);
  wait_for_state (chat, EAR_CHAT_IDLE);
  town_advance (&pair->town, EAR_LIMIT_ASKS_MS / EAR_LIMIT_ASKS_PER_USER);
}

/* Two keys in turn: a line for each. And many keys: a few lines, until our user decides. */
static void
test_many_keys (Pair *pair, gconstpointer data)
{
  EarChat *false_bob;

  open_chat (pair);
  come_back_with_another_key (pair);
  false_bob = add_false_bob (pair);
  for (guint i = 0; i < 12; i++)
    ring_in_vain (pair, i % 2 == 0 ? false_bob : pair->b);
  wait_until (count (pair->a) == 2);

  for (guint i = 0; i < 10; i++) {
    inhabitant_change_key (pair->bob);
    pair->b = inhabitant_get_chat (pair->bob, pair->alice);
    ring_in_vain (pair, pair->b);
  }
  say (pair->a, "enough"); /* comes after whatever was noted */
  wait_until (pair->a->n_keeping == 0);
  g_assert_cmpuint (count (pair->a), ==, 9);
  g_assert_true (ear_chat_get_key_changed (pair->a)); /* also without a line */

  ear_chat_accept_key (pair->a);
  ring_in_vain (pair, false_bob);
  wait_until (count (pair->a) == 11);
  assert_note (pair->a, 9, EAR_DELIVERY_KEY_TRUSTED, pair->bob->location->fingerprint);
  assert_note (pair->a, 10, EAR_DELIVERY_KEY_CHANGED,
               ear_peer_context_get_fingerprint (false_bob->context));
}

static void
let_seconds_pass (Pair *pair, guint seconds)
{
  for (guint i = 0; i < seconds; i++)
    town_advance (&pair->town, 1000);
}

/* One who asks takes the place of another, but not for longer; data: neither is heard. */
static void
test_rings_no_longer (Pair *pair, gconstpointer data)
{
  EarChat *false_bob = add_false_bob (pair);

  ear_contacts_set_blocked (pair->alice->contacts, "bob", data != NULL);
  ear_chat_request (pair->b, NULL);
  wait_for_state (pair->b, EAR_CHAT_RINGING);
  pair->b->retried = TRUE; /* it does not come again */
  let_seconds_pass (pair, 50);
  ear_chat_request (false_bob, NULL);
  wait_for_state (pair->b, EAR_CHAT_IDLE);
  g_assert_cmpint (ear_chat_get_state (false_bob), ==, EAR_CHAT_RINGING);
  g_assert_cmpuint (pair->alice->n_asked, ==, data == NULL ? 1 : 0);
  let_seconds_pass (pair, 11);
  wait_for_state (false_bob, EAR_CHAT_IDLE);
  g_assert_error (ear_chat_get_last_error (false_bob), EAR_ERROR, EAR_ERROR_NO_ANSWER);
  g_assert_cmpint (ear_chat_get_state (pair->a), ==, EAR_CHAT_IDLE);
}

/* Who asks too often is not heard, with whatever key: nothing is said of the key, either. */
static void
test_changed_key_too_often (Pair *pair, gconstpointer data)
{
  EarChat *false_bob;

  open_chat (pair);
  ear_chat_set_verified (pair->a, TRUE);
  ear_chat_end (pair->a);
  wait_for_state (pair->b, EAR_CHAT_IDLE);
  for (guint i = 0; i < EAR_LIMIT_ASKS_PER_USER; i++) {
    ear_chat_request (pair->b, NULL);
    wait_for_state (pair->a, EAR_CHAT_ASKED);
    ear_chat_decline (pair->a);
    wait_for_state (pair->b, EAR_CHAT_IDLE);
  }
  false_bob = add_false_bob (pair);
  ear_chat_request (false_bob, NULL);
  wait_for_state (false_bob, EAR_CHAT_IDLE);
  g_assert_error (ear_chat_get_last_error (false_bob), EAR_ERROR, EAR_ERROR_BUSY);
  g_assert_false (ear_chat_get_key_changed (pair->a));
  g_assert_true (ear_user_get_verified (ear_chat_get_user (pair->a)));
  say (pair->a, "said later"); /* comes after whatever was noted */
  wait_until (pair->a->n_keeping == 0);
  g_assert_cmpuint (count (pair->a), ==, 1);
}

static void
result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* After a restart only the pinned key is known: its number would be the wrong one to compare. */
static void
test_changed_key_after_restart (Pair *pair, gconstpointer data)
{
  g_autofree char *number = NULL;
  g_autofree char *new_number = NULL;
  g_autofree char *theirs = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  open_chat (pair);
  number = ear_chat_dup_safety_number (pair->a);
  ear_chat_set_verified (pair->a, TRUE);
  come_back_with_another_key (pair);
  ear_contacts_check (pair->alice->contacts, "bob", pair->bob->location->fingerprint);

  g_assert_null (ear_chat_dup_safety_number (pair->a));
  ear_chat_set_verified (pair->a, TRUE); /* what? */
  g_assert_false (ear_user_get_verified (ear_chat_get_user (pair->a)));

  ear_chat_look_up_key_async (pair->a, NULL, result_cb, &result);
  wait_until (result != NULL);
  g_assert_true (ear_chat_look_up_key_finish (pair->a, result, &error));
  g_assert_no_error (error);
  g_assert_true (ear_chat_needs_verifying (pair->a));
  g_assert_cmpstr (ear_chat_get_shown_key (pair->a), ==, pair->bob->location->fingerprint);
  g_assert_cmpuint (pair->bob->n_asked, ==, 1); /* before */
  new_number = ear_chat_dup_safety_number (pair->a);
  g_assert_cmpstr (new_number, !=, number);
  ear_chat_set_verified (pair->a, TRUE);
  g_assert_true (ear_user_get_verified (ear_chat_get_user (pair->a)));
  open_chat (pair);
  theirs = ear_chat_dup_safety_number (pair->b);
  g_assert_cmpstr (new_number, ==, theirs);
}

static void
test_key_of_who_is_away (Pair *pair, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&pair->bob->location, ear_location_free);
  ear_chat_look_up_key_async (pair->a, NULL, result_cb, &result);
  wait_until (result != NULL);
  g_assert_false (ear_chat_look_up_key_finish (pair->a, result, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_UNKNOWN_USER);
}

/* Bob was verified: another key is not just trusted, but has to be compared. */
static void
test_verified_key_changed (Pair *pair, gconstpointer data)
{
  g_autofree char *number = NULL;
  g_autofree char *theirs = NULL;
  g_autofree char *new_number = NULL;

  open_chat (pair);
  number = ear_chat_dup_safety_number (pair->a);
  theirs = ear_chat_dup_safety_number (pair->b);
  g_assert_nonnull (number);
  g_assert_cmpstr (number, ==, theirs);
  ear_chat_set_verified (pair->a, TRUE);
  g_assert_true (ear_user_get_verified (ear_chat_get_user (pair->a)));
  come_back_with_another_key (pair);

  ear_chat_request (pair->a, NULL);
  wait_for_state (pair->a, EAR_CHAT_IDLE);
  g_assert_true (ear_chat_needs_verifying (pair->a));
  g_assert_false (ear_user_get_verified (ear_chat_get_user (pair->a)));
  new_number = ear_chat_dup_safety_number (pair->a);
  g_assert_cmpstr (new_number, !=, number);
  ear_chat_accept_key (pair->a);
  g_assert_true (ear_chat_get_key_changed (pair->a));

  ear_chat_set_verified (pair->a, TRUE);
  g_assert_false (ear_chat_get_key_changed (pair->a));
  g_assert_true (ear_user_get_verified (ear_chat_get_user (pair->a)));
  open_chat (pair);
  say (pair->a, "you again");
  wait_until (all_received (pair->a));
  ear_chat_set_verified (pair->a, FALSE);
  g_assert_false (ear_user_get_verified (ear_chat_get_user (pair->a)));
}

/* Bob need not ask any more, until he has another key or our user wants to be asked again. */
static void
test_always_accepted (Pair *pair, gconstpointer data)
{
  ring (pair);
  ear_chat_set_always_accepted (pair->b, TRUE); /* too early: no key is pinned */
  ear_chat_accept (pair->b);
  wait_for_state (pair->a, EAR_CHAT_OPEN);
  ear_chat_set_always_accepted (pair->a, TRUE);
  ear_chat_end (pair->a);
  wait_for_state (pair->b, EAR_CHAT_IDLE);
  ring (pair);
  ear_chat_decline (pair->b);
  wait_for_state (pair->a, EAR_CHAT_IDLE);

  ear_chat_request (pair->b, NULL);
  wait_for_state (pair->b, EAR_CHAT_OPEN);
  g_assert_cmpuint (pair->alice->n_asked, ==, 0);
  say (pair->b, "unasked");
  wait_until (count (pair->a) == 1 && all_received (pair->b));
  ear_chat_end (pair->b);
  wait_for_state (pair->a, EAR_CHAT_IDLE);

  inhabitant_change_key (pair->bob);
  pair->b = inhabitant_get_chat (pair->bob, pair->alice);
  ear_chat_request (pair->b, NULL);
  wait_for_state (pair->a, EAR_CHAT_ASKED);
  g_assert_cmpuint (pair->alice->n_asked, ==, 1);
  ear_chat_accept_key (pair->a);
  ear_chat_decline (pair->a);
  wait_for_state (pair->b, EAR_CHAT_IDLE);
  g_assert_false (ear_contacts_is_always_accepted (pair->alice->contacts, "bob"));

  ear_chat_set_always_accepted (pair->a, TRUE);
  ear_chat_set_always_accepted (pair->a, FALSE);
  ear_chat_request (pair->b, NULL);
  wait_for_state (pair->a, EAR_CHAT_ASKED);
}

/* A window shows the chat of who has logged out: nothing that is done there is done to the contacts
 * of who logs in next. */
static void
test_closed (Pair *pair, gconstpointer data)
{
  g_autoptr (EarChat) closed = g_object_ref (pair->a);
  g_autofree char *pin = NULL;

  open_chat (pair);
  pin = g_strdup (ear_contacts_get_fingerprint (pair->alice->contacts, "bob"));
  come_back_with_another_key (pair);
  ear_chat_request (pair->b, NULL);
  wait_for_state (pair->a, EAR_CHAT_ASKED);
  ear_switchboard_set_account (pair->alice->switchboard, NULL, NULL);
  ear_switchboard_set_account (pair->alice->switchboard, "carol", pair->town.fingerprint);

  g_assert_true (ear_chat_get_key_changed (closed));
  ear_chat_accept_key (closed);
  g_assert_cmpstr (ear_contacts_get_fingerprint (pair->alice->contacts, "bob"), ==, pin);
  ear_chat_set_verified (closed, TRUE);
  g_assert_cmpstr (ear_contacts_get_fingerprint (pair->alice->contacts, "bob"), ==, pin);
  g_assert_false (ear_contacts_was_verified (pair->alice->contacts, "bob"));
  ear_contacts_set_verified (pair->alice->contacts, "bob", TRUE);
  ear_chat_set_verified (closed, FALSE);
  g_assert_true (ear_contacts_was_verified (pair->alice->contacts, "bob"));
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

#define add(name, func) \
  g_test_add ("/chat-trust/" name, Pair, NULL, pair_set_up, func, pair_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("key-changed", test_key_changed);
  add ("verified-key-changed", test_verified_key_changed);
  add ("changed-key-is-noted", test_changed_key_is_noted);
  add ("asked-with-changed-key", test_asked_with_changed_key);
  add ("replaces-changed-key", test_replaces_changed_key);
  add ("follows-changed-key", test_follows_changed_key);
  add ("changed-key-while-open", test_changed_key_while_open);
  add ("changed-key-too-often", test_changed_key_too_often);
  add ("many-keys", test_many_keys);
  add ("rings-no-longer", test_rings_no_longer);
  g_test_add ("/chat-trust/rings-no-longer-unheard", Pair, "", pair_set_up, test_rings_no_longer,
              pair_tear_down);
  add ("changed-key-after-restart", test_changed_key_after_restart);
  add ("key-of-who-is-away", test_key_of_who_is_away);
  add ("always-accepted", test_always_accepted);
  add ("closed", test_closed);
  add ("impostor", test_impostor);
  return g_test_run ();
}
