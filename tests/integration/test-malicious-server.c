/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the operator of a server, or who took it over, can do to real clients: a real server that
 * lies (lies.h), and somebody in the middle who works with it. At a first chat it can hand out a
 * key of its own, which the safety number shows; everything else is refused, and said. */

#include <string.h>
#include <unistd.h>

#include "client/ear-announcement-list.h"
#include "client/ear-announcement.h"
#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "client/ear-chat.h"
#include "client/ear-location.h"
#include "client/ear-session.h"
#include "lies.h"
#include "support/ear-test-client.h"
#include "support/ear-test-middle.h"
#include "support/ear-test-person.h"
#include "support/ear-test-process.h"
#include "support/ear-test-wait.h"
#include "wire/ear-clock.h"
#include "wire/ear-identity.h"
#include "wire/ear-limits.h"

typedef struct
{
  EarTestServer *server;
  EarTestPerson *alice;
  EarTestPerson *bob;
  EarTestMiddle *middle; /* before bob's doorbell */
  EarMessage *broadcast; /* to be said again */
  guint n_announced;     /* to alice */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->server = ear_test_server_new ();
  f->server->clock = ear_clock_new ();
  ear_test_server_start_inside (f->server);
  f->alice = ear_test_person_new (f->server, "alice");
  f->server->fingerprint =
    g_strdup (ear_session_get_server_fingerprint (ear_client_get_session (f->alice->client)));
  f->bob = ear_test_person_new (f->server, "bob");
  ear_test_wait (ear_test_person_sees (f->alice, "bob"));
  ear_test_wait (ear_test_person_sees (f->bob, "alice"));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  lies_set (NULL, NULL);
  ear_test_person_free (f->alice);
  ear_test_person_free (f->bob);
  g_clear_pointer (&f->middle, ear_test_middle_free);
  g_clear_pointer (&f->broadcast, ear_message_unref);
  ear_test_server_stop_inside (f->server);
  ear_test_server_free (f->server);
}

/* -- Keys -- */

/* Bob is where the middle is and has its key; the middle's key is alice's. */
static GBytes *
middle_lie (EarLink *link, EarMessage *message, gpointer user_data)
{
  Fixture *f = user_data;
  g_autoptr (EarMessage) identified = NULL;

  if (ear_message_get_type (message) == EAR_MESSAGE_LOCATED &&
      g_str_equal (ear_message_get_string (message, "user"), "bob")) {
    f->middle->target = (guint16) ear_message_get_integer (message, "port");
    ear_message_set_integer (message, "port", f->middle->port);
    ear_message_set_string (message, "fingerprint", f->middle->fingerprint);
  }
  if (ear_message_get_type (message) != EAR_MESSAGE_ERROR || !ear_message_has (message, "re"))
    return NULL;
  identified = ear_message_new (EAR_MESSAGE_IDENTIFIED);
  ear_message_set_integer (identified, "re", ear_message_get_integer (message, "re"));
  ear_message_set_string (identified, "user", "alice");
  ear_message_set_string (identified, "name", "alice");
  return ear_message_to_line (identified);
}

static void
stand_between (Fixture *f)
{
  f->middle = ear_test_middle_new (EAR_TLS_TO_PEER, 0);
  lies_set (middle_lie, f);
}

/* At the first chat nobody knows better: but the two see two numbers, which they may compare. */
static void
test_first_chat (Fixture *f, gconstpointer data)
{
  EarChat *a = ear_test_person_get_chat (f->alice, f->bob);
  EarChat *b = ear_test_person_get_chat (f->bob, f->alice);
  g_autoptr (EarChatMessage) message = NULL;
  g_autofree char *alices = NULL;
  g_autofree char *bobs = NULL;

  stand_between (f);
  ear_test_person_open_chat (f->alice, f->bob);
  message = ear_chat_send (a, "nobody else hears this");
  ear_test_wait (ear_chat_message_get_delivery (message) == EAR_DELIVERY_RECEIVED);
  g_assert_true (ear_test_middle_heard (f->middle, "nobody else hears this"));
  alices = ear_chat_dup_safety_number (a);
  bobs = ear_chat_dup_safety_number (b);
  g_assert_nonnull (alices);
  g_assert_nonnull (bobs);
  g_assert_cmpstr (alices, !=, bobs);
}

static void
chat_honestly (Fixture *f)
{
  EarChat *a = ear_test_person_get_chat (f->alice, f->bob);
  EarChat *b = ear_test_person_get_chat (f->bob, f->alice);
  g_autofree char *alices = NULL;
  g_autofree char *bobs = NULL;

  ear_test_person_open_chat (f->alice, f->bob);
  alices = ear_chat_dup_safety_number (a);
  bobs = ear_chat_dup_safety_number (b);
  g_assert_cmpstr (alices, ==, bobs);
  ear_chat_end (a);
  ear_test_wait (ear_chat_get_state (b) == EAR_CHAT_IDLE);
}

/* The dialler: another key than the pinned one is not even dialled, whatever the user sends waits.
 */
static void
test_pinned (Fixture *f, gconstpointer data)
{
  EarChat *a = ear_test_person_get_chat (f->alice, f->bob);
  g_autoptr (EarChatMessage) message = NULL;

  chat_honestly (f);
  stand_between (f);
  message = ear_chat_send (a, "for bob alone");
  ear_chat_request (a, NULL);
  ear_test_wait (ear_chat_get_state (a) == EAR_CHAT_IDLE && ear_chat_get_last_error (a) != NULL);
  g_assert_error (ear_chat_get_last_error (a), EAR_ERROR, EAR_ERROR_KEY_CHANGED);
  g_assert_true (ear_chat_get_key_changed (a));
  g_assert_cmpuint (f->middle->n_links, ==, 0);
  g_assert_cmpint (ear_chat_message_get_delivery (message), ==, EAR_DELIVERY_WAITING);
}

/* What the other side sends is shown, below a line that says that the key is another; nothing goes
 * out until our user has decided. */
static void
test_pinned_callee (Fixture *f, gconstpointer data)
{
  EarChat *b = ear_test_person_get_chat (f->bob, f->alice);
  g_autoptr (EarTestClient) mallory = ear_test_client_new (f->server);
  g_autoptr (EarTestClient) link = NULL;
  g_autoptr (EarMessage) hello = NULL;
  g_autoptr (EarMessage) accept = NULL;
  g_autoptr (EarChatMessage) message = NULL;

  chat_honestly (f);
  stand_between (f);
  ear_chat_request (ear_test_person_get_chat (f->alice, f->bob), NULL); /* tells bob's port */
  ear_test_wait (f->middle->target != 0);
  link = ear_test_client_new_peer (f->server, mallory->identity, f->middle->target);
  ear_test_client_send (link,
                        "{\"type\":\"hello\",\"user\":\"alice\",\"to\":\"bob\",\"server\":\"%s\"}",
                        f->server->fingerprint);
  hello = ear_test_client_expect (link, EAR_MESSAGE_PEER_HELLO);
  ear_link_set_state (
    link->link, (EarMessageAt) (EAR_MESSAGE_AT_MET | EAR_MESSAGE_AT_ASKED | EAR_MESSAGE_AT_OPEN),
    EAR_LIMIT_LINE_PEER);
  ear_test_client_send (link, "{\"type\":\"request\"}");
  ear_test_wait (ear_chat_get_state (b) == EAR_CHAT_ASKED);
  g_assert_true (ear_chat_get_key_changed (b));
  ear_chat_accept (b);
  accept = ear_test_client_expect (link, EAR_MESSAGE_ACCEPT);
  message = ear_chat_send (b, "for alice alone");
  ear_test_client_send (link, "{\"type\":\"typing\",\"on\":true}");
  ear_test_wait (ear_chat_get_typing (b)); /* a round trip later */
  g_assert_cmpint (ear_chat_message_get_delivery (message), ==, EAR_DELIVERY_WAITING);
  g_assert_cmpuint (ear_test_client_count (link, EAR_MESSAGE_TEXT), ==, 0);
}

/* A verified contact's key is not taken by one click. */
static void
test_verified (Fixture *f, gconstpointer data)
{
  EarChat *a = ear_test_person_get_chat (f->alice, f->bob);

  chat_honestly (f);
  ear_chat_set_verified (a, TRUE);
  stand_between (f);
  ear_chat_request (a, NULL);
  ear_test_wait (ear_chat_get_state (a) == EAR_CHAT_IDLE && ear_chat_get_last_error (a) != NULL);
  ear_chat_accept_key (a);
  g_assert_true (ear_chat_get_key_changed (a));
  g_assert_true (ear_chat_needs_verifying (a));
}

/* -- Logging in -- */

/* One lie each: what is found in the line of a message is replaced. */
typedef struct
{
  const char *name;
  EarMessageType type;
  const char *pattern;
  const char *replacement;
  EarError code;
} LineLie;

#define DATA "\"data\":\"[^\"]*\""

static const LineLie login_lies[] = {
  /* Few iterations make guessing cheap, many stop the client. */
  { "fewer-iterations", EAR_MESSAGE_CHALLENGE, ",i=100000", ",i=99999", EAR_ERROR_BAD_KEYS },
  { "one-iteration", EAR_MESSAGE_CHALLENGE, ",i=100000", ",i=1", EAR_ERROR_BAD_KEYS },
  { "huge-iterations", EAR_MESSAGE_CHALLENGE, ",i=100000", ",i=2147483648", EAR_ERROR_BAD_KEYS },
  { "more-iterations", EAR_MESSAGE_CHALLENGE, ",i=100000", ",i=5000001", EAR_ERROR_BAD_KEYS },
  { "foreign-nonce", EAR_MESSAGE_CHALLENGE, "r=[^,]*", "r=abcdefghijklmnopqrstuvwxyz",
    EAR_ERROR_BAD_MESSAGE },
  { "other-secret", EAR_MESSAGE_CHALLENGE, "\"secret\":\"password\"", "\"secret\":\"plain\"",
    EAR_ERROR_BAD_MESSAGE },
  /* For these it would need to know the password. */
  { "other-iterations", EAR_MESSAGE_CHALLENGE, ",i=100000", ",i=100001", EAR_ERROR_BAD_LOGIN },
  { "downgrade", EAR_MESSAGE_CHALLENGE, "\"secret\":\"password\"", "\"secret\":\"digest\"",
    EAR_ERROR_BAD_LOGIN },
  /* The client asks for a proof, too. */
  { "wrong-signature", EAR_MESSAGE_AUTHENTICATED, DATA,
    "\"data\":\"v=AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"", EAR_ERROR_BAD_LOGIN },
  { "no-signature", EAR_MESSAGE_AUTHENTICATED, DATA, "\"data\":\"v=\"", EAR_ERROR_BAD_LOGIN },
  { "error-for-signature", EAR_MESSAGE_AUTHENTICATED, DATA, "\"data\":\"e=other-error\"",
    EAR_ERROR_BAD_LOGIN },
};

static GBytes *
line_lie (EarLink *link, EarMessage *message, gpointer user_data)
{
  const LineLie *lie = user_data;
  g_autoptr (GRegex) regex = NULL;
  g_autoptr (GBytes) line = NULL;
  char *told;

  if (ear_message_get_type (message) != lie->type)
    return NULL;
  line = ear_message_to_line (message);
  regex = g_regex_new (lie->pattern, 0, 0, NULL);
  told = g_regex_replace_literal (regex, g_bytes_get_data (line, NULL),
                                  (gssize) g_bytes_get_size (line), 0, lie->replacement, 0, NULL);
  g_assert_cmpint (strncmp (told, g_bytes_get_data (line, NULL), g_bytes_get_size (line)), !=, 0);
  return g_bytes_new_take (told, strlen (told));
}

static void
test_login_lie (Fixture *f, gconstpointer data)
{
  const LineLie *lie = data;
  EarSession *session;
  g_autoptr (GError) error = NULL;

  ear_test_person_leave (f->alice);
  ear_test_person_open (f->alice);
  session = ear_client_get_session (f->alice->client);
  lies_set (line_lie, (gpointer) lie);
  g_assert_false (ear_test_person_log_in (f->alice, &error));
  g_assert_error (error, EAR_ERROR, (int) lie->code);
  g_assert_cmpint (ear_session_get_state (session), ==, EAR_SESSION_IDLE);

  lies_set (NULL, NULL); /* and nothing has changed */
  g_clear_error (&error);
  ear_test_person_log_in (f->alice, &error);
  g_assert_no_error (error);
}

/* A sign-up is not made with few iterations, so that a server gets nothing that is cheap. */
static void
test_sign_up (Fixture *f, gconstpointer data)
{
  static const char *const iterations[] = { "0", "1", "99999", "5000001", "2147483648", "1e6" };
  g_autofree char *path = g_build_filename (f->server->directory, "users.csv", NULL);
  g_autofree char *users = NULL;
  g_autoptr (EarTestPerson) carol = ear_test_person_new_stranger (f->server, "carol");

  for (guint i = 0; i < G_N_ELEMENTS (iterations); i++) {
    g_autofree char *told = g_strdup_printf ("\"iterations\":%s", iterations[i]);
    LineLie lie = { "", EAR_MESSAGE_WELCOME, "\"iterations\":[0-9]*", told, 0 };
    g_autoptr (GError) error = NULL;

    lies_set (line_lie, &lie);
    g_assert_false (ear_test_person_sign_up (carol, &error));
    g_test_message ("%s: %s", iterations[i], error->message);
    g_assert_true (g_error_matches (error, EAR_ERROR, EAR_ERROR_BAD_MESSAGE) ||
                   g_error_matches (error, EAR_ERROR, EAR_ERROR_BAD_KEYS));
  }
  g_assert_true (g_file_get_contents (path, &users, NULL, NULL));
  g_assert_null (strstr (users, "carol"));
}

static void
get_key (char **row, guint column, guint8 key[EAR_SCRAM_KEY_SIZE])
{
  gsize size;
  g_autofree guchar *bytes = g_base64_decode (row[column], &size);

  g_assert_cmpuint (size, ==, EAR_SCRAM_KEY_SIZE);
  memcpy (key, bytes, EAR_SCRAM_KEY_SIZE);
}

static char **
dup_row (EarTestServer *server, const char *user)
{
  g_autofree char *path = g_build_filename (server->directory, "users.csv", NULL);
  g_autofree char *start = g_strdup_printf ("%s,", user);
  g_autofree char *text = NULL;
  g_auto (GStrv) rows = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  rows = g_strsplit (text, "\n", -1);
  for (guint i = 0; rows[i] != NULL; i++) {
    if (g_str_has_prefix (rows[i], start))
      return g_strsplit (rows[i], ",", -1);
  }
  g_assert_not_reached ();
}

static void
assert_keys_refused (EarTestServer *server, const EarScramSecret *keys)
{
  g_autoptr (EarTestClient) thief = ear_test_client_new (server);
  g_autofree char *proof = NULL;

  ear_test_client_hello (thief);
  proof = ear_test_client_begin_auth_with_keys (thief, "alice", keys);
  ear_test_client_prove (thief, proof);
  ear_test_client_expect_error (thief, EAR_ERROR_BAD_LOGIN);
}

/* What is in users.csv opens no account: the stored key is no client key, neither at this server
 * nor, where the user has the same password, at another. */
static void
test_stored_keys (Fixture *f, gconstpointer data)
{
  enum { SALT = 2, STORED_KEY = 4, SERVER_KEY = 5 };
  g_autoptr (EarTestServer) elsewhere = ear_test_server_new ();
  g_auto (GStrv) row = dup_row (f->server, "alice");
  EarScramSecret keys = { 0 };

  ear_test_server_spawn (elsewhere);
  {
    g_autoptr (EarTestPerson) alice = ear_test_person_new (elsewhere, "alice");
    g_auto (GStrv) other = dup_row (elsewhere, "alice");

    g_assert_cmpstr (row[SALT], !=, other[SALT]);
    g_assert_cmpstr (row[STORED_KEY], !=, other[STORED_KEY]);
    get_key (row, SERVER_KEY, keys.server_key);
    for (guint column = STORED_KEY; column <= SERVER_KEY; column++) {
      get_key (row, column, keys.client_key);
      assert_keys_refused (f->server, &keys);
      assert_keys_refused (elsewhere, &keys);
    }
  }
  ear_test_server_terminate (elsewhere);
}

/* -- What goes on -- */

static void
announced_cb (Fixture *f)
{
  f->n_announced++;
}

/* Says the broadcast again with every answer. */
static GBytes *
replay_lie (EarLink *link, EarMessage *message, gpointer user_data)
{
  Fixture *f = user_data;

  if (ear_message_get_type (message) == EAR_MESSAGE_LOCATED)
    lies_send_truly (link, f->broadcast);
  return NULL;
}

/* Asks where bob is, so that the server says something to alice. */
static void
locate (Fixture *f)
{
  g_autoptr (GAsyncResult) result = NULL;
  EarLocation *location;

  ear_session_locate_async (ear_client_get_session (f->alice->client), "bob", NULL,
                            ear_test_result_cb, &result);
  ear_test_wait (result != NULL);
  location = ear_session_locate_finish (ear_client_get_session (f->alice->client), result, NULL);
  g_assert_nonnull (location);
  ear_location_free (location);
}

/* A broadcast that is said again is seen once, also by a client that was away between. */
static void
test_replayed_broadcast (Fixture *f, gconstpointer data)
{
  f->broadcast = ear_message_new (EAR_MESSAGE_BROADCAST_EVENT);
  ear_message_set_integer (f->broadcast, "number", 7);
  ear_message_set_string (f->broadcast, "user", "bob");
  ear_message_set_string (f->broadcast, "name", "bob");
  ear_message_set_string (f->broadcast, "text", "now");
  ear_message_set_integer (f->broadcast, "age", 0);
  g_signal_connect_swapped (f->alice->client, "announced", G_CALLBACK (announced_cb), f);
  lies_set (replay_lie, f);
  for (guint i = 0; i < 3; i++)
    locate (f);
  g_assert_cmpuint (f->n_announced, ==, 1);

  ear_test_person_leave (f->alice);
  ear_test_person_come_back (f->alice);
  ear_test_wait (ear_test_person_sees (f->alice, "bob"));
  g_signal_connect_swapped (f->alice->client, "announced", G_CALLBACK (announced_cb), f);
  locate (f);
  locate (f);
  g_assert_cmpuint (f->n_announced, ==, 1);
}

/* The answer to a broadcast has a number that is ahead of the others. */
static GBytes *
number_lie (EarLink *link, EarMessage *message, gpointer user_data)
{
  if (ear_message_get_type (message) == EAR_MESSAGE_OK && ear_message_has (message, "number"))
    ear_message_set_integer (message, "number", 41);
  return NULL;
}

static void
broadcast (EarTestPerson *person, const char *text)
{
  g_autoptr (EarAnnouncement) announcement = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ear_client_broadcast_async (person->client, text, NULL, ear_test_result_cb, &result);
  ear_test_wait (result != NULL);
  announcement = ear_client_broadcast_finish (person->client, result, &error);
  g_assert_no_error (error);
}

static EarAnnouncement *
get_announcement (EarTestPerson *person, guint64 number)
{
  return ear_announcement_list_lookup (ear_client_get_announcements (person->client), number);
}

/* The answer to alice's own broadcast overtakes those that she has not got: these still come. */
static void
test_answer_ahead (Fixture *f, gconstpointer data)
{
  lies_set (number_lie, NULL);
  broadcast (f->alice, "mine");
  g_assert_nonnull (get_announcement (f->alice, 41));
  lies_set (NULL, NULL);

  ear_test_person_leave (f->alice);
  broadcast (f->bob, "his");
  ear_test_person_come_back (f->alice);
  ear_test_wait (get_announcement (f->alice, 2) != NULL);
  g_assert_nonnull (get_announcement (f->alice, 41));
}

/* -- What the server has of a chat -- */

/* A broadcast is in the server's memory, a chat is not. */
static void
test_sees_no_chat (void)
{
  g_autoptr (EarTestServer) server = ear_test_server_new ();
  g_autofree char *mem = NULL;
  const char *pid;

  ear_test_server_spawn (server);
  pid = g_subprocess_get_identifier (server->process);
  mem = g_strdup_printf ("/proc/%s/mem", pid);
  if (access (mem, R_OK) != 0) {
    g_test_skip ("the server's memory can only be read by root");
  } else {
    g_autoptr (EarTestPerson) alice = ear_test_person_new (server, "alice");
    g_autoptr (EarTestPerson) bob = ear_test_person_new (server, "bob");
    g_autoptr (EarChatMessage) message = NULL;
    g_autoptr (GAsyncResult) result = NULL;

    ear_test_wait (ear_test_person_sees (alice, "bob"));
    ear_client_broadcast_async (alice->client, "a nightingale for everybody", NULL,
                                ear_test_result_cb, &result);
    ear_test_wait (result != NULL);
    ear_test_person_open_chat (alice, bob);
    message = ear_chat_send (ear_test_person_get_chat (alice, bob), "a skylark for bob");
    ear_test_wait (ear_chat_message_get_delivery (message) == EAR_DELIVERY_RECEIVED);
    g_assert_cmpuint (ear_test_process_count_in_memory (pid, "nightingale"), >, 0);
    g_assert_cmpuint (ear_test_process_count_in_memory (pid, "skylark"), ==, 0);
  }
  ear_test_server_terminate (server);
}

#define ADD(path, func) \
  g_test_add ("/malicious-server/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/malicious-server/sees-no-chat", test_sees_no_chat);
  ADD ("first-chat", test_first_chat);
  ADD ("pinned", test_pinned);
  ADD ("pinned-callee", test_pinned_callee);
  ADD ("verified", test_verified);
  for (guint i = 0; i < G_N_ELEMENTS (login_lies); i++) {
    g_autofree char *path = g_strconcat ("/malicious-server/log-in/", login_lies[i].name, NULL);

    g_test_add (path, Fixture, &login_lies[i], set_up, test_login_lie, tear_down);
  }
  ADD ("sign-up", test_sign_up);
  ADD ("stored-keys", test_stored_keys);
  ADD ("replayed-broadcast", test_replayed_broadcast);
  ADD ("answer-ahead", test_answer_ahead);
  return g_test_run ();
}
