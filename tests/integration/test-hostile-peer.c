/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What a hostile peer does to a real client whom a real server has introduced. Mallory has an
 * account and a key, knows where alice's doorbell is, and speaks the protocol line by line. Alice's
 * user is not bothered, nothing is stored, the link ends with a stable code, and her chat with bob
 * goes on. */

#include <string.h>

#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "client/ear-chat.h"
#include "client/ear-user.h"
#include "support/ear-test-client.h"
#include "support/ear-test-person.h"
#include "support/ear-test-wait.h"
#include "wire/ear-identity.h"
#include "wire/ear-limits.h"

typedef struct
{
  EarTestServer *server;
  EarTestPerson *alice;
  EarTestPerson *bob;
  EarTestClient *mallory; /* active at the server */
  guint16 port;           /* of alice's doorbell */
  guint n_asked;          /* of alice's */
  guint n_messages;       /* that alice got */
} Fixture;

/* -- Alice and bob -- */

static void
count_cb (guint *n)
{
  (*n)++;
}

/* The honest chat goes on. */
static void
assert_undisturbed (Fixture *f)
{
  g_autoptr (EarChatMessage) message =
    ear_chat_send (ear_test_person_get_chat (f->alice, f->bob), "still here?");

  ear_test_wait (ear_chat_message_get_delivery (message) == EAR_DELIVERY_RECEIVED);
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
set_up (Fixture *f, gconstpointer data)
{
  f->server = ear_test_server_new ();
  ear_test_server_spawn (f->server);
  f->alice = ear_test_person_new (f->server, "alice");
  f->bob = ear_test_person_new (f->server, "bob");
  f->mallory = ear_test_client_new_active (f->server, "mallory");
  locate_alice (f);
  ear_test_person_open_chat (f->alice, f->bob);
  g_signal_connect_swapped (f->alice->client, "asked", G_CALLBACK (count_cb), &f->n_asked);
  g_signal_connect_swapped (f->alice->client, "message-received", G_CALLBACK (count_cb),
                            &f->n_messages);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  ear_test_client_free (f->mallory);
  ear_test_person_free (f->alice);
  ear_test_person_free (f->bob);
  ear_test_server_terminate (f->server);
  ear_test_server_free (f->server);
}

/* -- Mallory -- */

/* Whatever alice may say. */
#define MET ((EarMessageAt) (EAR_MESSAGE_AT_MET | EAR_MESSAGE_AT_ASKED | EAR_MESSAGE_AT_OPEN))

/* How far a link gets before the attack. */
typedef enum {
  AT_MEETING,
  AT_MET,
  AT_ASKED,
  AT_OPEN,
} At;

static void
say_hello (Fixture *f, EarTestClient *link, const char *user, const char *to)
{
  ear_test_client_send (link,
                        "{\"type\":\"hello\",\"user\":\"%s\",\"to\":\"%s\",\"server\":\"%s\"}",
                        user, to, f->server->fingerprint);
}

/* The chat that mallory's requests make. */
static EarChat *
with_mallory (Fixture *f)
{
  return ear_client_get_chat (f->alice->client, "mallory");
}

static EarTestClient *
dial (Fixture *f, EarTestClient *as, At at)
{
  EarTestClient *link = ear_test_client_new_peer (f->server, as->identity, f->port);

  if (at >= AT_MET) {
    g_autoptr (EarMessage) hello = NULL;

    say_hello (f, link, "mallory", "alice");
    hello = ear_test_client_expect (link, EAR_MESSAGE_PEER_HELLO);
    ear_link_set_state (link->link, MET, EAR_LIMIT_LINE_PEER);
  }
  if (at >= AT_ASKED) {
    ear_test_client_send (link, "{\"type\":\"request\"}");
    ear_test_wait (ear_chat_get_state (with_mallory (f)) == EAR_CHAT_ASKED);
  }
  if (at == AT_OPEN) {
    ear_chat_accept (with_mallory (f));
    ear_test_wait (ear_chat_get_state (with_mallory (f)) == EAR_CHAT_OPEN);
  }
  return link;
}

typedef struct
{
  At at;
  const char *line;
  EarError code;
} Case;

static guint
count_stored (Fixture *f)
{
  return g_list_model_get_n_items (G_LIST_MODEL (ear_chat_get_log (with_mallory (f))));
}

static void
attack (Fixture *f, At at, const char *line, EarError code)
{
  g_autoptr (EarTestClient) link = dial (f, f->mallory, at);
  guint n_asked = f->n_asked;

  ear_test_client_send (link, "%s", line);
  ear_test_wait (link->reason != NULL);
  if (ear_test_client_count (link, EAR_MESSAGE_ERROR) > 0 ||
      !g_error_matches (link->reason, EAR_ERROR, (int) code))
    ear_test_client_expect_error (link, code);
  assert_undisturbed (f);
  g_assert_cmpuint (f->n_asked, ==, n_asked);
  g_assert_cmpuint (f->n_messages, ==, 0);
  g_assert_cmpuint (count_stored (f), ==, 0);
}

/* -- Tests -- */

#define HELLO(user, to) \
  "{\"type\":\"hello\",\"user\":\"" user "\",\"to\":\"" to "\",\"server\":\"%s\"}"
#define MESSAGE(text) "{\"type\":\"message\",\"id\":\"12345678\",\"age\":0,\"text\":\"" text "\"}"
#define BAD EAR_ERROR_BAD_MESSAGE

/* A message before accept, and whatever else comes too early. */
static void
test_wrong_state (Fixture *f, gconstpointer data)
{
  static const Case cases[] = {
    { AT_MEETING, MESSAGE ("hello"), BAD },
    { AT_MEETING, "{\"type\":\"request\"}", BAD },
    { AT_MEETING, "{\"type\":\"accept\"}", BAD },
    { AT_MEETING, "{\"type\":\"ping\",\"x\":1}", BAD },
    { AT_MEETING, "GET / HTTP/1.1", BAD },
    { AT_MEETING, "{\"type\":\"locate\",\"id\":1,\"user\":\"bob\"}", BAD },
    { AT_MET, MESSAGE ("hello"), BAD },
    { AT_MET, "{\"type\":\"accept\"}", BAD },
    { AT_MET, "{\"type\":\"ack\",\"id\":\"12345678\"}", BAD },
    { AT_MET, "{\"type\":\"typing\",\"on\":true}", BAD },
    { AT_MET, "{\"type\":\"read\",\"id\":\"12345678\"}", BAD },
    { AT_MET, "{\"type\":\"file-offer\"}", BAD },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    attack (f, cases[i].at, cases[i].line, cases[i].code);
}

static void
test_text_before_accept (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) link = dial (f, f->mallory, AT_ASKED);

  ear_test_client_send (link, "%s", MESSAGE ("you have not accepted"));
  ear_test_client_expect_error (link, BAD);
  ear_test_wait (link->reason != NULL);
  ear_test_wait (ear_chat_get_state (with_mallory (f)) == EAR_CHAT_IDLE);
  g_assert_cmpuint (f->n_messages, ==, 0);
  g_assert_cmpuint (count_stored (f), ==, 0);
  assert_undisturbed (f);
}

/* In an open chat. */
static void
refuse_in_chat (Fixture *f, const char *line, EarError code)
{
  g_autoptr (EarTestClient) link = dial (f, f->mallory, AT_OPEN);

  ear_test_client_send (link, "%s", line);
  ear_test_client_expect_error (link, code);
  ear_test_wait (link->reason != NULL);
  g_assert_cmpuint (f->n_asked, ==, 1);
  g_assert_cmpuint (f->n_messages, ==, 0);
  g_assert_cmpuint (count_stored (f), ==, 0);
  assert_undisturbed (f);
}

static const char *const bad_texts[] = {
  MESSAGE (""),
  MESSAGE ("\\u001b[2J"),
  MESSAGE ("a\\u0000b"),
  MESSAGE ("\\u2028"),
  MESSAGE ("\\ud800"),
  MESSAGE ("\xff"),
  "{\"type\":\"message\",\"id\":\"../../../x\",\"age\":0,\"text\":\"x\"}",
  "{\"type\":\"message\",\"id\":\"short\",\"age\":0,\"text\":\"x\"}",
  "{\"type\":\"message\",\"id\":\"12345678\",\"age\":-1,\"text\":\"x\"}",
  "{\"type\":\"message\",\"id\":\"12345678\",\"age\":1e999,\"text\":\"x\"}",
  "{\"type\":\"message\",\"id\":\"12345678\",\"text\":\"x\",\"age\":0,\"from\":\"bob\"}",
  "{\"type\":\"message\",\"id\":\"12345678\",\"text\":\"x\",\"text\":\"y\",\"age\":0}",
};

static void
test_bad_text (Fixture *f, gconstpointer data)
{
  refuse_in_chat (f, data, BAD);
}

static void
test_too_wide (Fixture *f, gconstpointer data)
{
  g_autofree char *wide = g_strnfill (EAR_LIMIT_TEXT + 1, 'W');
  g_autofree char *line = g_strdup_printf (MESSAGE ("%s"), wide);

  refuse_in_chat (f, line, BAD);
}

static void
test_endless (Fixture *f, gconstpointer data)
{
  g_autofree char *line = g_strnfill (EAR_LIMIT_LINE_PEER + 1, '[');

  refuse_in_chat (f, line, EAR_ERROR_TOO_LONG);
}

/* Another user's name with one's own key, another addressee, another server. */
static void
test_names (Fixture *f, gconstpointer data)
{
  static const char *const pairs[][2] = {
    { "bob", "alice" }, { "alice", "alice" }, { "mallory", "bob" }, { "nobody", "alice" }
  };
  g_autofree char *zeros = g_strnfill (64, '0');
  g_autofree char *foreign = g_strdup_printf (HELLO ("mallory", "alice"), zeros);

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
    g_autofree char *line =
      g_strdup_printf ("{\"type\":\"hello\",\"user\":\"%s\",\"to\":\"%s\",\"server\":\"%s\"}",
                       pairs[i][0], pairs[i][1], f->server->fingerprint);

    attack (f, AT_MEETING, line, EAR_ERROR_WRONG_PEER);
  }
  attack (f, AT_MEETING, foreign, EAR_ERROR_WRONG_PEER);
}

/* A key that nobody has logged in with. */
static void
test_unknown_key (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) stranger = ear_test_client_new (f->server);
  g_autoptr (EarTestClient) link = dial (f, stranger, AT_MEETING);

  say_hello (f, link, "bob", "alice");
  ear_test_wait (link->reason != NULL);
  g_assert_error (link->reason, EAR_ERROR, EAR_ERROR_UNKNOWN_USER);
  g_assert_cmpuint (f->n_asked, ==, 0);
  assert_undisturbed (f);
}

/* Keys that are known, but not as another user's: alice's own, and the server's. */
static void
test_known_keys (Fixture *f, gconstpointer data)
{
  const struct
  {
    const char *directory;
    const char *user;
    EarError code;
  } cases[] = {
    { f->alice->directory, "bob", EAR_ERROR_WRONG_PEER },
    { f->alice->directory, "alice", EAR_ERROR_WRONG_PEER },
    { f->server->directory, "bob", EAR_ERROR_UNKNOWN_USER },
    { f->server->directory, "mallory", EAR_ERROR_UNKNOWN_USER },
    { f->server->directory, "alice", EAR_ERROR_WRONG_PEER },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_build_filename (cases[i].directory, "identity.pem", NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (EarIdentity) identity = ear_identity_load_or_create (path, &error);
    g_autoptr (EarTestClient) link = NULL;

    g_assert_no_error (error);
    link = ear_test_client_new_peer (f->server, identity, f->port);
    say_hello (f, link, cases[i].user, "alice");
    ear_test_wait (link->reason != NULL);
    g_assert_error (link->reason, EAR_ERROR, (int) cases[i].code);
  }
  g_assert_cmpuint (f->n_asked, ==, 0);
  assert_undisturbed (f);
}

/* Request and cancel, again and again: the user is asked a few times, then not any more. */
static void
test_request_and_cancel (Fixture *f, gconstpointer data)
{
  guint n_busy = 0;

  for (guint i = 0; i < 30; i++) {
    g_autoptr (EarTestClient) link = dial (f, f->mallory, AT_MET);

    ear_test_client_send (link, "{\"type\":\"request\",\"greeting\":\"%u\"}", i);
    ear_test_wait (ear_chat_get_state (with_mallory (f)) == EAR_CHAT_ASKED ||
                   ear_test_client_count (link, EAR_MESSAGE_DECLINE) > 0);
    n_busy += ear_test_client_count (link, EAR_MESSAGE_DECLINE);
    ear_test_client_send (link, "{\"type\":\"cancel\"}");
    ear_test_wait (link->reason != NULL);
    ear_test_wait (ear_chat_get_state (with_mallory (f)) == EAR_CHAT_IDLE);
  }
  g_assert_cmpuint (f->n_asked, ==, EAR_LIMIT_ASKS_PER_USER);
  g_assert_cmpuint (n_busy, ==, 30 - EAR_LIMIT_ASKS_PER_USER);
  assert_undisturbed (f);
}

/* A flood of requests on one link. */
static void
test_requests (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) link = dial (f, f->mallory, AT_ASKED);

  for (guint i = 0; i < 200 && link->reason == NULL; i++)
    ear_test_client_send (link, "{\"type\":\"request\",\"greeting\":\"%u\"}", i);
  assert_undisturbed (f);
  g_assert_cmpuint (f->n_asked, ==, 1);
  g_assert_cmpuint (count_stored (f), ==, 0);
}

/* What is no TLS, at the doorbell. */
static void
test_not_tls (Fixture *f, gconstpointer data)
{
  static const char *const first[] = { "GET / HTTP/1.1\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
                                       "\x16\x03\x01\xff\xff", "\n" };
  g_autoptr (GSocketClient) dialler = g_socket_client_new ();

  for (guint i = 0; i < G_N_ELEMENTS (first); i++) {
    g_autoptr (GSocketConnection) connection =
      g_socket_client_connect_to_host (dialler, "127.0.0.1", f->port, NULL, NULL);
    GSocket *socket = g_socket_connection_get_socket (connection);

    g_socket_send (socket, first[i], strlen (first[i]), NULL, NULL);
    g_socket_shutdown (socket, FALSE, TRUE, NULL);
    assert_undisturbed (f);
  }
  g_assert_cmpuint (f->n_asked, ==, 0);
}

#define ADD(path, func) g_test_add ("/hostile-peer/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("wrong-state", test_wrong_state);
  ADD ("text-before-accept", test_text_before_accept);
  for (guint i = 0; i < G_N_ELEMENTS (bad_texts); i++) {
    g_autofree char *path = g_strdup_printf ("/hostile-peer/bad-text-%u", i);

    g_test_add (path, Fixture, bad_texts[i], set_up, test_bad_text, tear_down);
  }
  ADD ("too-wide", test_too_wide);
  ADD ("endless", test_endless);
  ADD ("names", test_names);
  ADD ("unknown-key", test_unknown_key);
  ADD ("known-keys", test_known_keys);
  ADD ("request-and-cancel", test_request_and_cancel);
  ADD ("requests", test_requests);
  ADD ("not-tls", test_not_tls);
  return g_test_run ();
}
