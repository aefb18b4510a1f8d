/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Chats of real clients that a real server has introduced: what it is needed for, and what not. */

#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "client/ear-chat-private.h"
#include "client/ear-client.h"
#include "client/ear-contacts.h"
#include "client/ear-session.h"
#include "client/ear-user-list.h"
#include "client/ear-user.h"
#include "support/ear-test-person.h"
#include "support/ear-test-wait.h"
#include "wire/ear-error.h"

typedef struct
{
  EarTestServer *server;
  EarTestPerson *alice;
  EarTestPerson *bob;
  guint n_asked; /* of bob's */
} Fixture;

static void
count_cb (guint *n)
{
  (*n)++;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->server = ear_test_server_new ();
  ear_test_server_spawn (fixture->server);
  fixture->alice = ear_test_person_new (fixture->server, "alice");
  fixture->bob = ear_test_person_new (fixture->server, "bob");
  g_signal_connect_swapped (fixture->bob->client, "asked", G_CALLBACK (count_cb),
                            &fixture->n_asked);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  ear_test_person_free (fixture->alice);
  ear_test_person_free (fixture->bob);
  ear_test_server_terminate (fixture->server);
  ear_test_server_free (fixture->server);
}

static EarChat *
with_bob (Fixture *fixture)
{
  return ear_test_person_get_chat (fixture->alice, fixture->bob);
}

static EarChat *
with_alice (Fixture *fixture)
{
  return ear_test_person_get_chat (fixture->bob, fixture->alice);
}

static guint
count (EarChat *chat)
{
  return g_list_model_get_n_items (G_LIST_MODEL (ear_chat_get_log (chat)));
}

/* Sends, and waits until it has come and the ack is back. */
static void
say (EarChat *from, EarChat *to, const char *text)
{
  g_autoptr (EarChatMessage) message = ear_chat_send (from, text);
  guint n = count (from);
  g_autoptr (EarChatMessage) copy = NULL;

  ear_test_wait (ear_chat_message_get_delivery (message) == EAR_DELIVERY_RECEIVED);
  ear_test_wait (count (to) == n);
  copy = g_list_model_get_item (G_LIST_MODEL (ear_chat_get_log (to)), n - 1);
  g_assert_cmpstr (ear_chat_message_get_text (copy), ==, text);
  g_assert_false (ear_chat_message_get_own (copy));
}

static void
open_chat (Fixture *fixture)
{
  ear_chat_request (with_bob (fixture), "May I?");
  ear_test_wait (ear_chat_get_state (with_alice (fixture)) == EAR_CHAT_ASKED);
  g_assert_cmpstr (ear_chat_get_greeting (with_alice (fixture)), ==, "May I?");
  ear_chat_accept (with_alice (fixture));
  ear_test_wait (ear_chat_get_state (with_bob (fixture)) == EAR_CHAT_OPEN);
}

static void
test_without_server (Fixture *fixture, gconstpointer data)
{
  EarChat *a = with_bob (fixture);
  EarChat *b = with_alice (fixture);

  ear_test_wait (ear_test_person_sees (fixture->alice, "bob") &&
                 ear_test_person_sees (fixture->bob, "alice"));
  open_chat (fixture);
  say (a, b, "Hello");
  say (b, a, "Hello yourself");

  ear_test_server_terminate (fixture->server);
  ear_test_wait (!ear_session_is_online (ear_client_get_session (fixture->alice->client)) &&
                 !ear_session_is_online (ear_client_get_session (fixture->bob->client)));
  g_assert_cmpint (ear_chat_get_state (a), ==, EAR_CHAT_OPEN);
  say (a, b, "The server is gone");
  say (b, a, "Who needs it");

  ear_peer_abort (a->peer);
  ear_test_wait (ear_chat_get_state (a) == EAR_CHAT_BROKEN);
  ear_test_wait (ear_chat_get_state (b) == EAR_CHAT_BROKEN);
  say (a, b, "Not even to come back");
  say (b, a, "Indeed");

  ear_test_server_spawn (fixture->server);
  ear_test_wait (ear_session_is_online (ear_client_get_session (fixture->alice->client)) &&
                 ear_session_is_online (ear_client_get_session (fixture->bob->client)));
  say (a, b, "It is back");
  g_assert_cmpuint (fixture->n_asked, ==, 1);
  ear_chat_end (a);
  ear_test_wait (ear_chat_get_state (b) == EAR_CHAT_IDLE);
  open_chat (fixture);
  g_assert_cmpuint (fixture->n_asked, ==, 2);
}

/* A program that ends, and what waited for it. */
static void
test_comes_back (Fixture *fixture, gconstpointer data)
{
  EarChat *a = with_bob (fixture);
  g_autoptr (EarChatMessage) waiting = NULL;

  open_chat (fixture);
  say (a, with_alice (fixture), "before");
  ear_test_person_leave (fixture->bob);
  ear_test_wait (ear_chat_get_state (a) == EAR_CHAT_IDLE);
  g_assert_error (ear_chat_get_last_error (a), EAR_ERROR, EAR_ERROR_ENDED);
  ear_test_wait (!ear_test_person_sees (fixture->alice, "bob"));
  g_assert_true (ear_user_get_contact (
    ear_user_list_lookup (ear_client_get_users (fixture->alice->client), "bob")));

  waiting = ear_chat_send (a, "meanwhile");
  ear_chat_request (a, NULL);
  ear_test_wait (ear_chat_get_state (a) == EAR_CHAT_IDLE);
  g_assert_error (ear_chat_get_last_error (a), EAR_ERROR, EAR_ERROR_UNKNOWN_USER);
  g_assert_cmpint (ear_chat_message_get_delivery (waiting), ==, EAR_DELIVERY_WAITING);

  ear_test_person_come_back (fixture->bob);
  g_assert_true (ear_contacts_is_known (ear_client_get_contacts (fixture->bob->client), "alice"));
  open_chat (fixture);
  ear_test_wait (ear_chat_message_get_delivery (waiting) == EAR_DELIVERY_RECEIVED);
  ear_test_wait (count (with_alice (fixture)) == 2);
}

static void
test_declined (Fixture *fixture, gconstpointer data)
{
  ear_chat_request (with_bob (fixture), NULL);
  ear_test_wait (ear_chat_get_state (with_alice (fixture)) == EAR_CHAT_ASKED);
  ear_chat_decline (with_alice (fixture));
  ear_test_wait (ear_chat_get_state (with_bob (fixture)) == EAR_CHAT_IDLE);
  g_assert_error (ear_chat_get_last_error (with_bob (fixture)), EAR_ERROR, EAR_ERROR_DECLINED);
}

static void
test_crossed (Fixture *fixture, gconstpointer data)
{
  ear_chat_request (with_bob (fixture), NULL);
  ear_chat_request (with_alice (fixture), NULL);
  ear_test_wait (ear_chat_get_state (with_bob (fixture)) == EAR_CHAT_OPEN &&
                 ear_chat_get_state (with_alice (fixture)) == EAR_CHAT_OPEN);
  say (with_bob (fixture), with_alice (fixture), "both at once");
  say (with_alice (fixture), with_bob (fixture), "one chat");
  g_assert_cmpuint (fixture->n_asked, ==, 0);
}

/* Bob cannot be dialled, so he dials: the server asks him to. */
static void
test_dialled_back (Fixture *fixture, gconstpointer data)
{
  EarSession *session = ear_client_get_session (fixture->bob->client);
  g_autoptr (EarMessage) present = ear_message_new (EAR_MESSAGE_PRESENT);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (EarMessage) answer = NULL;
  g_autoptr (GError) error = NULL;

  ear_message_set_integer (present, "port", 0);
  ear_message_set_strings (present, "addresses", (const char *const[]){ NULL });
  ear_message_set_string (present, "status", "");
  ear_message_set_integer (present, "last_broadcast", 0);
  ear_session_request_async (session, present, NULL, ear_test_result_cb, &result);
  ear_test_wait (result != NULL);
  answer = ear_session_request_finish (session, result, &error);
  g_assert_no_error (error);

  open_chat (fixture);
  say (with_bob (fixture), with_alice (fixture), "the other way round");
}

#define add(name, func) g_test_add ("/chat/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("without-server", test_without_server);
  add ("comes-back", test_comes_back);
  add ("declined", test_declined);
  add ("crossed", test_crossed);
  add ("dialled-back", test_dialled_back);
  return g_test_run ();
}
