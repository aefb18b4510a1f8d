/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Who crowds at a real client's doorbell, and who speaks no TLS there, or not ours. Alice's user is
 * asked as often as the limits say, and her chat with bob goes on. */

#include <string.h>

#include "hostile-peer-fixture.h"
#include "support/ear-test-wait.h"
#include "support/stranger.h"
#include "wire/ear-clock.h"
#include "wire/ear-identity.h"
#include "wire/ear-limits.h"

#define HELLO "{\"type\":\"hello\",\"user\":\"mallory\",\"to\":\"alice\",\"server\":\"%s\"}\n"

/* -- A crowd -- */

typedef struct
{
  char *user;
  EarTestClient *client; /* active at the server */
} Member;

static void
member_free (gpointer data)
{
  Member *self = data;

  ear_test_client_free (self->client);
  g_free (self->user);
  g_free (self);
}

static GPtrArray *
crowd_new (Fixture *f, guint n)
{
  GPtrArray *crowd = g_ptr_array_new_with_free_func (member_free);

  for (guint i = 0; i < n; i++) {
    Member *member = g_new0 (Member, 1);

    member->user = g_strdup_printf ("mallory%u", i);
    member->client = ear_test_client_new_active (f->server, member->user);
    g_ptr_array_add (crowd, member);
  }
  return crowd;
}

/* Asks on a link of its own; whether alice's user is asked. */
static gboolean
ask (Fixture *f, Member *member, EarTestClient **link)
{
  guint n_asked = f->n_asked;

  *link = peer_meet (f, member->client, member->user);
  ear_test_client_send (*link, "{\"type\":\"request\"}");
  ear_test_wait (f->n_asked > n_asked || ear_test_client_count (*link, EAR_MESSAGE_DECLINE) > 0 ||
                 (*link)->reason != NULL);
  return f->n_asked > n_asked;
}

static gboolean
ask_and_cancel (Fixture *f, Member *member)
{
  g_autoptr (EarTestClient) link = NULL;
  gboolean asked = ask (f, member, &link);

  ear_test_client_send (link, "{\"type\":\"cancel\"}");
  ear_test_wait (link->reason != NULL);
  ear_test_wait (ear_chat_get_state (peer_get_chat (f, member->user)) == EAR_CHAT_IDLE);
  return asked;
}

/* Several who take turns: the user is asked so many times a minute in all. */
static void
test_crowd_in_turn (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) crowd = crowd_new (f, 5);
  guint n = 0;

  peer_stop_clock (f);
  for (guint i = 0; i < crowd->len * EAR_LIMIT_ASKS_PER_USER; i++)
    n += ask_and_cancel (f, crowd->pdata[i % crowd->len]);
  g_assert_cmpuint (n, ==, EAR_LIMIT_ASKS_IN_ALL);
  g_assert_cmpuint (f->n_asked, ==, EAR_LIMIT_ASKS_IN_ALL);

  ear_clock_advance (f->alice->clock, 61 * G_USEC_PER_SEC);
  g_assert_true (ask_and_cancel (f, crowd->pdata[0]));
}

/* Many at once: some ring, the others are told that alice is busy. More requests, on more links,
 * ring no more; when one is declined, there is room for one. */
static void
test_crowd_at_once (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) crowd = crowd_new (f, EAR_LIMIT_ASKS + 2);
  g_autoptr (GPtrArray) links =
    g_ptr_array_new_with_free_func ((GDestroyNotify) ear_test_client_free);

  peer_stop_clock (f);
  for (guint i = 0; i < crowd->len; i++) {
    EarTestClient *link;

    g_assert_true (ask (f, crowd->pdata[i], &link) == (i < EAR_LIMIT_ASKS));
    g_ptr_array_add (links, link);
  }
  for (guint i = 0; i < 2 * crowd->len; i++) {
    Member *member = crowd->pdata[i % crowd->len];
    EarTestClient *link = peer_meet (f, member->client, member->user);

    for (guint j = 0; j < 10; j++)
      ear_test_client_send (link, "{\"type\":\"request\",\"greeting\":\"%u\"}", j);
    g_ptr_array_add (links, link);
  }
  peer_assert_undisturbed (f);
  for (guint i = crowd->len; i < links->len; i++)
    peer_wait_until_read (links->pdata[i]);
  g_assert_cmpuint (f->n_asked, ==, EAR_LIMIT_ASKS);
  ear_chat_decline (peer_get_chat (f, "mallory0"));
  ear_test_wait (ear_chat_get_state (peer_get_chat (f, "mallory0")) == EAR_CHAT_IDLE);
  g_assert_true (ask_and_cancel (f, crowd->pdata[crowd->len - 1]));
  g_assert_cmpuint (f->n_messages, ==, 0);
}

/* A crowd without accounts, a new key at each ring: alice asks the server about few of them, who
 * she knows is not kept out by that, and who she does not know is reached by dialling back. */
static void
test_crowd_of_strangers (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestPerson) carol = ear_test_person_new (f->server, "carol");
  guint n_unknown = 0;
  guint n_refused = 0;

  peer_stop_clock (f);
  for (guint i = 0; i < 3 * EAR_LIMIT_IDENTIFIES_PER_ADDRESS; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (EarIdentity) identity = ear_identity_new (&error);
    g_autoptr (EarTestClient) link = NULL;

    g_assert_no_error (error);
    link = ear_test_client_new_peer (f->server, identity, f->port);
    peer_say_hello (f, link, "mallory", "alice");
    ear_test_wait (link->reason != NULL);
    n_unknown += g_error_matches (link->reason, EAR_ERROR, EAR_ERROR_UNKNOWN_USER);
    n_refused += g_error_matches (link->reason, EAR_ERROR, EAR_ERROR_SLOW_DOWN);
  }
  g_assert_cmpuint (n_unknown, ==, EAR_LIMIT_IDENTIFIES_PER_ADDRESS);
  g_assert_cmpuint (n_refused, ==, 2 * EAR_LIMIT_IDENTIFIES_PER_ADDRESS);
  peer_assert_undisturbed (f);
  ear_test_person_open_chat (carol, f->alice);
}

/* -- What is no TLS, or not ours, at the doorbell -- */

#define PROTOCOL \
  "\x0e"         \
  "earshot-peer/1"

static gboolean
is_closed (GSocket *socket)
{
  char answer[256];
  gssize n = g_socket_receive_with_blocking (socket, answer, sizeof answer, FALSE, NULL, NULL);

  return n == 0 || (n < 0 && (g_socket_condition_check (socket, G_IO_IN) & G_IO_HUP) != 0);
}

/* Who sends a banner goes on waiting: it is the doorbell that ends it. What begins like TLS ends
 * with its end. */
static void
test_not_tls (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *text;
    gboolean ends;
  } first[] = { { "GET / HTTP/1.1\r\n\r\n", FALSE },
                { "SSH-2.0-OpenSSH_9.2\r\n", FALSE },
                { "\x16\x03\x01\xff\xff", TRUE },
                { "\n", TRUE } };
  g_autoptr (GSocketClient) dialler = g_socket_client_new ();

  for (guint i = 0; i < G_N_ELEMENTS (first); i++) {
    g_autoptr (GSocketConnection) connection =
      g_socket_client_connect_to_host (dialler, "127.0.0.1", f->port, NULL, NULL);
    GSocket *socket = g_socket_connection_get_socket (connection);

    g_socket_send (socket, first[i].text, strlen (first[i].text), NULL, NULL);
    if (first[i].ends)
      g_socket_shutdown (socket, FALSE, TRUE, NULL);
    while (!is_closed (socket))
      ear_test_settle (1);
    peer_assert_undisturbed (f);
  }
  g_assert_cmpuint (f->n_asked, ==, 0);
}

static void
say_hello_as_stranger (Fixture *f, Stranger *stranger)
{
  g_autofree char *hello = g_strdup_printf (HELLO, f->server->fingerprint);

  stranger_write (stranger, hello, strlen (hello));
}

static void
test_bad_tls (Fixture *f, gconstpointer data)
{
  static const StrangerKind kinds[] = {
    STRANGER_NO_ALPN, STRANGER_TLS_1_2, STRANGER_NO_CERTIFICATE, STRANGER_RSA,
    STRANGER_EC,      STRANGER_CHAIN,   STRANGER_LONG_CHAIN,     STRANGER_NOT_SELF_SIGNED,
  };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    Stranger stranger;

    stranger_dial (&stranger, kinds[i], PROTOCOL, f->port);
    if (stranger_handshake (&stranger)) /* in TLS 1.3 this is no answer yet */
      say_hello_as_stranger (f, &stranger);
    g_assert_true (stranger_hears_nothing (&stranger));
    stranger_close (&stranger);
    peer_assert_undisturbed (f);
  }
  g_assert_cmpuint (f->n_asked, ==, 0);
}

/* Who goes on about TLS itself without end is let go, and not only because its time is over. */
static void
test_endless_renewal (Fixture *f, gconstpointer data)
{
  Stranger stranger;

  peer_stop_clock (f);
  stranger_dial (&stranger, STRANGER_GOOD, PROTOCOL, f->port);
  g_assert_true (stranger_handshake (&stranger));
  stranger_renew (&stranger, 20000);
  g_assert_true (stranger_hears_nothing (&stranger));
  stranger_close (&stranger);
  peer_assert_undisturbed (f);
  g_assert_cmpuint (f->n_asked, ==, 0);
}

/* The same in order, and an expired certificate is one: it is told what its key is worth. */
static void
test_good_tls (Fixture *f, gconstpointer data)
{
  Stranger stranger;
  char line[500];

  stranger_dial (&stranger, STRANGER_GOOD, PROTOCOL, f->port);
  g_assert_true (stranger_handshake (&stranger));
  say_hello_as_stranger (f, &stranger);
  stranger_read_line (&stranger, line, sizeof line);
  g_assert_nonnull (strstr (line, "\"unknown-user\""));
  stranger_close (&stranger);
}

#define ADD(path, func) \
  g_test_add ("/hostile-doorbell/" path, Fixture, NULL, peer_set_up, func, peer_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("crowd-in-turn", test_crowd_in_turn);
  ADD ("crowd-at-once", test_crowd_at_once);
  ADD ("crowd-of-strangers", test_crowd_of_strangers);
  ADD ("not-tls", test_not_tls);
  ADD ("bad-tls", test_bad_tls);
  ADD ("good-tls", test_good_tls);
  ADD ("endless-renewal", test_endless_renewal);
  return g_test_run ();
}
