/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What a hostile peer says to a real client whom a real server has introduced. Alice's user is not
 * bothered, nothing is stored, the link ends with a stable code, and her chat with bob goes on. */

#include <string.h>

#include "client/ear-chat-log.h"
#include "hostile-peer-fixture.h"
#include "support/ear-test-wait.h"
#include "wire/ear-identity.h"
#include "wire/ear-limits.h"

/* -- Mallory -- */

/* How far a link gets before the attack. */
typedef enum {
  AT_MEETING,
  AT_MET,
  AT_ASKED,
  AT_OPEN,
} At;

static EarTestClient *
dial (Fixture *f, EarTestClient *as, At at)
{
  EarTestClient *link =
    at == AT_MEETING ? peer_ring (f, as->identity) : peer_meet (f, as, "mallory");

  if (at >= AT_ASKED) {
    ear_test_client_send (link, "{\"type\":\"request\"}");
    ear_test_wait (ear_chat_get_state (peer_get_chat (f, "mallory")) == EAR_CHAT_ASKED);
  }
  if (at == AT_OPEN) {
    ear_chat_accept (peer_get_chat (f, "mallory"));
    ear_test_wait (ear_chat_get_state (peer_get_chat (f, "mallory")) == EAR_CHAT_OPEN);
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
  return g_list_model_get_n_items (G_LIST_MODEL (ear_chat_get_log (peer_get_chat (f, "mallory"))));
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
  peer_assert_undisturbed (f);
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
  ear_test_wait (ear_chat_get_state (peer_get_chat (f, "mallory")) == EAR_CHAT_IDLE);
  g_assert_cmpuint (f->n_messages, ==, 0);
  g_assert_cmpuint (count_stored (f), ==, 0);
  peer_assert_undisturbed (f);
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
  peer_assert_undisturbed (f);
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

  peer_say_hello (f, link, "bob", "alice");
  ear_test_wait (link->reason != NULL);
  g_assert_error (link->reason, EAR_ERROR, EAR_ERROR_UNKNOWN_USER);
  g_assert_cmpuint (f->n_asked, ==, 0);
  peer_assert_undisturbed (f);
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
    link = peer_ring (f, identity);
    peer_say_hello (f, link, cases[i].user, "alice");
    ear_test_wait (link->reason != NULL);
    g_assert_error (link->reason, EAR_ERROR, (int) cases[i].code);
  }
  g_assert_cmpuint (f->n_asked, ==, 0);
  peer_assert_undisturbed (f);
}

/* Request and cancel, again and again: the user is asked a few times, then not any more. */
static void
test_request_and_cancel (Fixture *f, gconstpointer data)
{
  guint n_busy = 0;

  peer_stop_clock (f);
  for (guint i = 0; i < 30; i++) {
    g_autoptr (EarTestClient) link = dial (f, f->mallory, AT_MET);

    ear_test_client_send (link, "{\"type\":\"request\",\"greeting\":\"%u\"}", i);
    ear_test_wait (ear_chat_get_state (peer_get_chat (f, "mallory")) == EAR_CHAT_ASKED ||
                   ear_test_client_count (link, EAR_MESSAGE_DECLINE) > 0);
    n_busy += ear_test_client_count (link, EAR_MESSAGE_DECLINE);
    ear_test_client_send (link, "{\"type\":\"cancel\"}");
    ear_test_wait (link->reason != NULL);
    ear_test_wait (ear_chat_get_state (peer_get_chat (f, "mallory")) == EAR_CHAT_IDLE);
  }
  g_assert_cmpuint (f->n_asked, ==, EAR_LIMIT_ASKS_PER_USER);
  g_assert_cmpuint (n_busy, ==, 30 - EAR_LIMIT_ASKS_PER_USER);
  peer_assert_undisturbed (f);
}

/* A flood of requests on one link. */
static void
test_requests (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) link = dial (f, f->mallory, AT_ASKED);

  for (guint i = 0; i < 200 && link->reason == NULL; i++)
    ear_test_client_send (link, "{\"type\":\"request\",\"greeting\":\"%u\"}", i);
  peer_assert_undisturbed (f);
  peer_wait_until_read (link);
  g_assert_cmpuint (f->n_asked, ==, 1);
  g_assert_cmpuint (count_stored (f), ==, 0);
}

#define ADD(path, func) \
  g_test_add ("/hostile-peer/" path, Fixture, NULL, peer_set_up, func, peer_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("wrong-state", test_wrong_state);
  ADD ("text-before-accept", test_text_before_accept);
  for (guint i = 0; i < G_N_ELEMENTS (bad_texts); i++) {
    g_autofree char *path = g_strdup_printf ("/hostile-peer/bad-text-%u", i);

    g_test_add (path, Fixture, bad_texts[i], peer_set_up, test_bad_text, peer_tear_down);
  }
  ADD ("too-wide", test_too_wide);
  ADD ("endless", test_endless);
  ADD ("names", test_names);
  ADD ("unknown-key", test_unknown_key);
  ADD ("known-keys", test_known_keys);
  ADD ("request-and-cancel", test_request_and_cancel);
  ADD ("requests", test_requests);
  return g_test_run ();
}
