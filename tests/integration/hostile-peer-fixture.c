/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "hostile-peer-fixture.h"

#include "client/ear-chat-message.h"
#include "support/ear-test-wait.h"
#include "wire/ear-clock.h"
#include "wire/ear-identity.h"
#include "wire/ear-limits.h"

static void
count_cb (guint *n)
{
  (*n)++;
}

void
peer_assert_undisturbed (Fixture *f)
{
  g_autoptr (EarChatMessage) message =
    ear_chat_send (ear_test_person_get_chat (f->alice, f->bob), "still here?");

  ear_test_wait (ear_chat_message_get_delivery (message) == EAR_DELIVERY_RECEIVED);
}

/* Ends a link, when alice has read all that was sent on it. */
void
peer_wait_until_read (EarTestClient *link)
{
  if (link->reason == NULL)
    ear_test_client_send (link, "{\"type\":\"bye\"}");
  ear_test_wait (link->reason != NULL);
}

static void
locate_alice (Fixture *f)
{
  g_autoptr (EarMessage) located = NULL;

  ear_test_client_send (f->mallory, "{\"type\":\"locate\",\"id\":50,\"user\":\"alice\"}");
  located = ear_test_client_expect (f->mallory, EAR_MESSAGE_LOCATED);
  f->port = (guint16) ear_message_get_integer (located, "port");
  g_assert_cmpuint (f->port, >=, 1024);
}

static void
watch_alice (Fixture *f)
{
  g_signal_connect_swapped (f->alice->client, "asked", G_CALLBACK (count_cb), &f->n_asked);
  g_signal_connect_swapped (f->alice->client, "message-received", G_CALLBACK (count_cb),
                            &f->n_messages);
}

void
peer_set_up (Fixture *f, gconstpointer data)
{
  f->server = ear_test_server_new ();
  ear_test_server_spawn (f->server);
  f->alice = ear_test_person_new (f->server, "alice");
  f->bob = ear_test_person_new (f->server, "bob");
  f->mallory = ear_test_client_new_active (f->server, "mallory");
  locate_alice (f);
  ear_test_person_open_chat (f->alice, f->bob);
  watch_alice (f);
}

void
peer_stop_clock (Fixture *f)
{
  ear_test_person_leave (f->alice);
  f->alice->clock = ear_clock_new_manual (0);
  ear_test_person_come_back (f->alice);
  ear_test_wait (ear_chat_get_state (ear_test_person_get_chat (f->bob, f->alice)) != EAR_CHAT_OPEN);
  ear_test_person_open_chat (f->bob, f->alice);
  ear_clock_advance (f->alice->clock, EAR_LIMIT_ASKS_MS * 1000); /* bob's counts no more */
  watch_alice (f);
  locate_alice (f);
}

void
peer_tear_down (Fixture *f, gconstpointer data)
{
  ear_test_client_free (f->mallory);
  ear_test_person_free (f->alice);
  ear_test_person_free (f->bob);
  ear_test_server_terminate (f->server);
  ear_test_server_free (f->server);
}

/* Whatever alice may say. */
#define MET ((EarMessageAt) (EAR_MESSAGE_AT_MET | EAR_MESSAGE_AT_ASKED | EAR_MESSAGE_AT_OPEN))

void
peer_say_hello (Fixture *f, EarTestClient *link, const char *user, const char *to)
{
  ear_test_client_send (link,
                        "{\"type\":\"hello\",\"user\":\"%s\",\"to\":\"%s\",\"server\":\"%s\"}",
                        user, to, f->server->fingerprint);
}

EarChat *
peer_get_chat (Fixture *f, const char *user)
{
  return ear_client_get_chat (f->alice->client, user);
}

EarTestClient *
peer_ring (Fixture *f, EarIdentity *identity)
{
  if (f->alice->clock != NULL)
    ear_clock_advance (f->alice->clock,
                       EAR_LIMIT_IDENTIFIES_MS * 1000 / EAR_LIMIT_IDENTIFIES_PER_ADDRESS);
  return ear_test_client_new_peer (f->server, identity, f->port);
}

EarTestClient *
peer_meet (Fixture *f, EarTestClient *as, const char *user)
{
  EarTestClient *link = peer_ring (f, as->identity);
  g_autoptr (EarMessage) hello = NULL;

  peer_say_hello (f, link, user, "alice");
  hello = ear_test_client_expect (link, EAR_MESSAGE_PEER_HELLO);
  ear_link_set_state (link->link, MET, EAR_LIMIT_LINE_PEER);
  return link;
}
