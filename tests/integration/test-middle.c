/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Somebody on the network who ends everybody's TLS with a key of their own and passes on what they
 * read. Between a client and its server they are refused, even by a client that knows no key of
 * the server yet: its proof is good for one TLS session. Between two peers nothing is said to them.
 */

#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "client/ear-chat.h"
#include "client/ear-session.h"
#include "lies.h"
#include "support/ear-test-middle.h"
#include "support/ear-test-person.h"
#include "support/ear-test-wait.h"
#include "wire/ear-clock.h"
#include "wire/ear-identity.h"
#include "wire/ear-limits.h"
#include "wire/ear-tls.h"

typedef struct
{
  EarTestServer *server;
  EarTestMiddle *middle;
  EarTestPerson *alice;
  EarTestPerson *bob;
  guint n_asked; /* of bob's */
  guint16 port;  /* where alice finds the server */
} Fixture;

static void
count_cb (guint *n)
{
  (*n)++;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->server = ear_test_person_new_pair (&f->alice, &f->bob);
  g_signal_connect_swapped (f->bob->client, "asked", G_CALLBACK (count_cb), &f->n_asked);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  lies_set (NULL, NULL);
  ear_test_person_free (f->alice);
  ear_test_person_free (f->bob);
  g_clear_pointer (&f->middle, ear_test_middle_free);
  ear_test_server_stop_inside (f->server);
  ear_test_server_free (f->server);
}

/* -- Before the server -- */

/* Alice finds the middle where her server was. */
static void
stand_before_server (Fixture *f)
{
  ear_test_person_leave (f->alice);
  f->middle = ear_test_middle_new (EAR_TLS_TO_SERVER, f->server->port);
  f->port = f->server->port;
  f->server->port = f->middle->port;
}

static void
assert_no_log_in (Fixture *f, EarError code)
{
  g_autoptr (GError) error = NULL;

  ear_test_person_open (f->alice);
  g_assert_false (ear_test_person_log_in (f->alice, &error));
  g_assert_error (error, EAR_ERROR, (int) code);
  ear_test_wait (f->middle->n_links == 1);
  g_assert_false (ear_test_middle_heard (f->middle, "\"authenticated\""));
  ear_test_person_leave (f->alice);

  f->server->port = f->port; /* and nothing has changed */
  ear_test_person_come_back (f->alice);
}

/* Even the first log-in of a new machine: the server sees that the proof was made for another TLS
 * session. */
static void
test_unknown_server (Fixture *f, gconstpointer data)
{
  stand_before_server (f);
  assert_no_log_in (f, EAR_ERROR_BAD_LOGIN);
  g_assert_true (ear_test_middle_heard (f->middle, "\"proof\""));
}

/* Who knows the server's key does not even say hello. */
static void
test_pinned_server (Fixture *f, gconstpointer data)
{
  f->server->fingerprint =
    g_strdup (ear_session_get_server_fingerprint (ear_client_get_session (f->alice->client)));
  stand_before_server (f);
  assert_no_log_in (f, EAR_ERROR_KEY_CHANGED);
  g_assert_false (ear_test_middle_heard (f->middle, "\"hello\""));
}

/* -- Between peers -- */

/* Whatever goes to a doorbell passes the middle: what the honest server says of keys stays as it
 * is. */
static GBytes *
detour_lie (EarLink *link, EarMessage *message, gpointer user_data)
{
  Fixture *f = user_data;
  EarMessageType type = ear_message_get_type (message);

  if (type == EAR_MESSAGE_LOCATED || type == EAR_MESSAGE_DIAL) {
    f->middle->target = (guint16) ear_message_get_integer (message, "port");
    ear_message_set_integer (message, "port", f->middle->port);
  }
  return NULL;
}

static void
test_peers (Fixture *f, gconstpointer data)
{
  EarChat *b = ear_test_person_get_chat (f->bob, f->alice);
  EarChat *a;
  g_autoptr (EarChatMessage) message = NULL;

  ear_test_person_leave (f->alice);
  f->alice->clock = ear_clock_new_manual (0);
  ear_test_person_come_back (f->alice);
  a = ear_test_person_get_chat (f->alice, f->bob);
  f->middle = ear_test_middle_new (EAR_TLS_TO_PEER, 0);
  lies_set (detour_lie, f);
  message = ear_chat_send (a, "for bob alone");
  ear_chat_request (a, NULL);
  ear_test_wait (f->middle->n_links == 2); /* she dials, and he back */
  ear_clock_advance (f->alice->clock, EAR_LIMIT_DIAL_MS * 1000);
  ear_test_wait (ear_chat_get_state (a) == EAR_CHAT_IDLE && ear_chat_get_last_error (a) != NULL);
  g_assert_error (ear_chat_get_last_error (a), EAR_ERROR, EAR_ERROR_WRONG_PEER);
  g_assert_false (ear_test_middle_heard (f->middle, "\"hello\""));
  g_assert_cmpuint (f->n_asked, ==, 0);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (ear_chat_get_log (b))), ==, 0);
  ear_chat_cancel (a);
}

#define ADD(path, func) g_test_add ("/middle/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("unknown-server", test_unknown_server);
  ADD ("pinned-server", test_pinned_server);
  ADD ("peers", test_peers);
  return g_test_run ();
}
