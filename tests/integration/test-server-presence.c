/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Promises about who is active and about broadcasts: some against a real earshotd, some against an
 * EarServer in this process whose clock the test turns. */

#include <string.h>

#include "server/ear-journal.h"
#include "server/ear-server-private.h"
#include "support/ear-test-client.h"
#include "support/ear-test-wait.h"
#include "wire/ear-identity.h"
#include "wire/ear-limits.h"

typedef struct
{
  EarTestServer *server;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->server = ear_test_server_new ();
  if (data == NULL)
    ear_test_server_spawn (fixture->server);
  else
    ear_test_server_start_inside (fixture->server);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  ear_test_server_free (fixture->server);
}

static void
advance (Fixture *fixture, gint64 seconds)
{
  ear_clock_advance (fixture->server->clock, seconds * G_USEC_PER_SEC);
}

static void
expect_left (EarTestClient *client, const char *user)
{
  for (;;) {
    g_autoptr (EarMessage) change = ear_test_client_expect (client, EAR_MESSAGE_ROSTER_CHANGE);
    g_auto (GStrv) left = ear_message_dup_strings (change, "left");

    if (g_strv_contains ((const char *const *) left, user))
      return;
  }
}

static void
expect_joined (EarTestClient *client, const char *user)
{
  for (;;) {
    g_autoptr (EarMessage) change = ear_test_client_expect (client, EAR_MESSAGE_ROSTER_CHANGE);

    for (guint i = 0; i < ear_message_get_n_entries (change, "joined"); i++) {
      EarRosterEntry entry;

      ear_message_get_entry (change, "joined", i, &entry);
      if (g_str_equal (entry.user, user))
        return;
    }
  }
}

static void
watch (EarTestClient *client, const char *prefix, guint n_users)
{
  g_autoptr (EarMessage) roster = NULL;

  ear_test_client_send (client, "{\"type\":\"watch\",\"id\":50,\"prefix\":\"%s\",\"limit\":100}",
                        prefix);
  roster = ear_test_client_expect (client, EAR_MESSAGE_ROSTER);
  g_assert_cmpuint (ear_message_get_n_entries (roster, "users"), ==, n_users);
}

static void
test_roster (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = ear_test_client_new_active (fixture->server, "alice");
  g_autoptr (EarTestClient) bob = NULL;

  watch (alice, "", 1);
  bob = ear_test_client_new_active (fixture->server, "bob");
  expect_joined (alice, "bob");
  watch (alice, "BO", 1);
  ear_link_close (bob->link, EAR_ERROR_CLOSED);
  expect_left (alice, "bob");
}

/* A second session takes the user over, and does not present itself: nobody is there any more. */
static void
test_taken_over_and_silent (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestClient) bob = ear_test_client_new_active (fixture->server, "bob");
  g_autoptr (EarTestClient) first = ear_test_client_new_active (fixture->server, "alice");
  g_autoptr (EarTestClient) second = ear_test_client_new (fixture->server);
  g_autoptr (EarMessage) authenticated = NULL;

  watch (bob, "", 2);
  ear_test_client_hello (second);
  authenticated = ear_test_client_log_in (second, "alice", "correct horse");
  expect_left (bob, "alice");
  ear_test_client_send (bob, "{\"type\":\"locate\",\"id\":60,\"user\":\"alice\"}");
  ear_test_client_expect_error (bob, EAR_ERROR_UNKNOWN_USER);
  ear_test_client_send (bob, "{\"type\":\"identify\",\"id\":61,\"fingerprint\":\"%s\"}",
                        ear_identity_get_fingerprint (first->identity));
  ear_test_client_expect_error (bob, EAR_ERROR_UNKNOWN_USER);
  ear_test_client_expect_closed (first, EAR_ERROR_TAKEN_OVER);
  ear_test_client_present (second, 0);
  expect_joined (bob, "alice");
}

static void
test_locate (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = ear_test_client_new_active (fixture->server, "alice");
  g_autoptr (EarTestClient) bob = ear_test_client_new_active (fixture->server, "bob");
  g_autoptr (EarMessage) by_name = NULL;
  g_autoptr (EarMessage) by_place = NULL;
  g_autoptr (EarMessage) identified = NULL;
  g_auto (GStrv) addresses = NULL;

  ear_test_client_send (alice, "{\"type\":\"locate\",\"id\":60,\"user\":\"bob\"}");
  by_name = ear_test_client_expect (alice, EAR_MESSAGE_LOCATED);
  g_assert_cmpstr (ear_message_get_string (by_name, "fingerprint"), ==,
                   ear_identity_get_fingerprint (bob->identity));
  g_assert_cmpint (ear_message_get_integer (by_name, "port"), ==, 4401);
  addresses = ear_message_dup_strings (by_name, "addresses");
  g_assert_cmpstr (addresses[0], ==, "127.0.0.1");

  ear_test_client_send (alice,
                        "{\"type\":\"locate\",\"id\":61,\"address\":\"127.0.0.1\",\"port\":4401}");
  by_place = ear_test_client_expect (alice, EAR_MESSAGE_LOCATED);
  ear_test_client_send (alice, "{\"type\":\"identify\",\"id\":62,\"fingerprint\":\"%s\"}",
                        ear_identity_get_fingerprint (bob->identity));
  identified = ear_test_client_expect (alice, EAR_MESSAGE_IDENTIFIED);
  g_assert_cmpstr (ear_message_get_string (identified, "user"), ==, "bob");

  ear_test_client_send (alice, "{\"type\":\"locate\",\"id\":63,\"user\":\"nobody\"}");
  ear_test_client_expect_error (alice, EAR_ERROR_UNKNOWN_USER);
}

/* By where the server sees somebody, or by what that one claims; not by another's port. */
static void
test_locate_by_address (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *address;
    int port;
    const char *user; /* NULL: nobody */
  } cases[] = {
    { "192.0.2.7", 4402, "bob" },        { "::ffff:192.0.2.7", 4402, "bob" },
    { "2001:db8::7", 4402, "bob" },      { "127.0.0.1", 4402, "bob" },
    { "::ffff:127.0.0.1", 4402, "bob" }, { "127.0.0.1", 4401, "alice" },
    { "192.0.2.7", 4401, NULL },         { "192.0.2.8", 4402, NULL },
    { "255.255.255.255", 4402, NULL },
  };
  g_autoptr (EarTestClient) alice = ear_test_client_new_active (fixture->server, "alice");
  g_autoptr (EarTestClient) bob = ear_test_client_new_active (fixture->server, "bob");
  g_autoptr (EarMessage) ok = NULL;

  ear_test_client_send (
    bob, "{\"type\":\"present\",\"id\":60,\"port\":4402,\"status\":\"\",\"last_broadcast\":0,"
         "\"addresses\":[\"192.0.2.7\",\"2001:db8::7\",\"255.255.255.255\"]}");
  ok = ear_test_client_expect (bob, EAR_MESSAGE_OK);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (EarMessage) located = NULL;

    ear_test_client_send (alice, "{\"type\":\"locate\",\"id\":%u,\"address\":\"%s\",\"port\":%d}",
                          61 + i, cases[i].address, cases[i].port);
    if (cases[i].user == NULL) {
      ear_test_client_expect_error (alice, EAR_ERROR_UNKNOWN_USER);
      continue;
    }
    located = ear_test_client_expect (alice, EAR_MESSAGE_LOCATED);
    g_assert_cmpstr (ear_message_get_string (located, "user"), ==, cases[i].user);
  }
}

static void
present_at (EarTestClient *client, const char *addresses)
{
  g_autoptr (EarMessage) ok = NULL;

  ear_test_client_send (client,
                        "{\"type\":\"present\",\"id\":60,\"port\":4401,\"status\":\"\","
                        "\"last_broadcast\":0,\"addresses\":[%s]}",
                        addresses);
  ok = ear_test_client_expect (client, EAR_MESSAGE_OK);
}

/* Who claims another's address is not taken for that one. */
static void
test_locate_seen (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestClient) liar = ear_test_client_new_active (fixture->server, "liar");
  g_autoptr (EarTestClient) bob = ear_test_client_new_from (fixture->server, NULL, "127.0.0.9");
  g_autoptr (EarMessage) ok = NULL;
  g_autoptr (EarMessage) authenticated = NULL;
  g_autoptr (EarMessage) claimed = NULL;
  g_autoptr (EarMessage) seen = NULL;

  present_at (liar, "\"127.0.0.9\"");
  ear_test_client_send (liar,
                        "{\"type\":\"locate\",\"id\":61,\"address\":\"127.0.0.9\",\"port\":4401}");
  claimed = ear_test_client_expect (liar, EAR_MESSAGE_LOCATED);
  g_assert_cmpstr (ear_message_get_string (claimed, "user"), ==, "liar");

  ear_test_client_hello (bob);
  ear_test_client_sign_up (bob, "bob", "correct horse");
  ok = ear_test_client_expect (bob, EAR_MESSAGE_OK);
  authenticated = ear_test_client_log_in (bob, "bob", "correct horse");
  present_at (bob, "");
  ear_test_client_send (liar,
                        "{\"type\":\"locate\",\"id\":61,\"address\":\"127.0.0.9\",\"port\":4401}");
  seen = ear_test_client_expect (liar, EAR_MESSAGE_LOCATED);
  g_assert_cmpstr (ear_message_get_string (seen, "user"), ==, "bob");
}

/* Nobody is sent to an address that another spelling hides. */
static void
test_mapped_addresses (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = ear_test_client_new_active (fixture->server, "alice");
  g_autoptr (EarMessage) located = NULL;
  g_auto (GStrv) addresses = NULL;
  g_autofree char *joined = NULL;

  present_at (alice, "\"::ffff:169.254.169.254\",\"::ffff:224.0.0.251\",\"::ffff:0.0.0.0\","
                     "\"::ffff:255.255.255.255\",\"::ffff:192.0.2.7\",\"192.0.2.7\"");
  ear_test_client_send (alice, "{\"type\":\"locate\",\"id\":61,\"user\":\"alice\"}");
  located = ear_test_client_expect (alice, EAR_MESSAGE_LOCATED);
  addresses = ear_message_dup_strings (located, "addresses");
  joined = g_strjoinv (" ", addresses);
  g_assert_cmpstr (joined, ==, "127.0.0.1 192.0.2.7");
}

/* Who has left is not found by the key, either. */
static void
test_identify_gone (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = ear_test_client_new_active (fixture->server, "alice");
  g_autofree char *fingerprint = NULL;

  {
    g_autoptr (EarTestClient) bob = ear_test_client_new_active (fixture->server, "bob");

    fingerprint = g_strdup (ear_identity_get_fingerprint (bob->identity));
    watch (alice, "", 2);
  }
  expect_left (alice, "bob");
  ear_test_client_send (alice, "{\"type\":\"identify\",\"id\":62,\"fingerprint\":\"%s\"}",
                        fingerprint);
  ear_test_client_expect_error (alice, EAR_ERROR_UNKNOWN_USER);
}

/* Nor is who is being logged out, and takes his time to hang up: his key says nothing any more. */
static void
test_identify_ending (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = ear_test_client_new_active (fixture->server, "alice");
  g_autoptr (EarTestClient) bob = ear_test_client_new_active (fixture->server, "bob");

  ear_link_set_paused (bob->link, TRUE);
  ear_test_client_send (bob, "{\"type\":\"leave\",\"id\":61}");
  ear_test_wait (ear_server_find_active (fixture->server->server, "bob") == NULL);
  ear_test_client_send (alice, "{\"type\":\"identify\",\"id\":62,\"fingerprint\":\"%s\"}",
                        ear_identity_get_fingerprint (bob->identity));
  ear_test_client_expect_error (alice, EAR_ERROR_UNKNOWN_USER);
}

static void
test_dial_back (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = ear_test_client_new_active (fixture->server, "alice");
  g_autoptr (EarTestClient) bob = ear_test_client_new_active (fixture->server, "bob");
  g_autoptr (EarMessage) ok = NULL;
  g_autoptr (EarMessage) dial = NULL;

  ear_test_client_send (alice, "{\"type\":\"dial-back\",\"id\":60,\"user\":\"bob\"}");
  ok = ear_test_client_expect (alice, EAR_MESSAGE_OK);
  dial = ear_test_client_expect (bob, EAR_MESSAGE_DIAL);
  g_assert_cmpstr (ear_message_get_string (dial, "user"), ==, "alice");
  g_assert_cmpstr (ear_message_get_string (dial, "fingerprint"), ==,
                   ear_identity_get_fingerprint (alice->identity));
}

static gint64
broadcast (EarTestClient *client, const char *text, gint64 n_reached)
{
  g_autoptr (EarMessage) ok = NULL;

  ear_test_client_send (client, "{\"type\":\"broadcast\",\"id\":70,\"text\":\"%s\"}", text);
  ok = ear_test_client_expect (client, EAR_MESSAGE_OK);
  g_assert_cmpint (ear_message_get_integer (ok, "reached"), ==, n_reached);
  return ear_message_get_integer (ok, "number");
}

static gint64
expect_broadcast (EarTestClient *client, const char *text)
{
  g_autoptr (EarMessage) event = ear_test_client_expect (client, EAR_MESSAGE_BROADCAST_EVENT);

  g_assert_cmpstr (ear_message_get_string (event, "text"), ==, text);
  return ear_message_get_integer (event, "number");
}

static void
test_broadcast (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = ear_test_client_new_active (fixture->server, "alice");
  g_autoptr (EarTestClient) bob = ear_test_client_new_active (fixture->server, "bob");
  g_autoptr (EarTestClient) carol = NULL;
  g_autoptr (EarMessage) reached = NULL;
  gint64 number = broadcast (alice, "Fire drill at 11", 1);

  g_assert_cmpint (expect_broadcast (bob, "Fire drill at 11"), ==, number);
  g_assert_cmpint (expect_broadcast (alice, "Fire drill at 11"), ==, number);
  /* Who comes later gets it, too, and the sender sees that. */
  carol = ear_test_client_new_active (fixture->server, "carol");
  g_assert_cmpint (expect_broadcast (carol, "Fire drill at 11"), ==, number);
  reached = ear_test_client_expect (alice, EAR_MESSAGE_REACHED);
  g_assert_cmpint (ear_message_get_integer (reached, "number"), ==, number);
  g_assert_cmpint (ear_message_get_integer (reached, "count"), ==, 2);
}

static void
test_broadcast_after_kill (Fixture *fixture, gconstpointer data)
{
  gint64 number;

  {
    g_autoptr (EarTestClient) alice = ear_test_client_new_active (fixture->server, "alice");

    number = broadcast (alice, "one", 0);
    g_assert_cmpint (broadcast (alice, "two", 0), ==, number + 1);
  }
  ear_test_server_kill (fixture->server);
  ear_test_server_spawn (fixture->server);
  {
    g_autoptr (EarTestClient) bob = ear_test_client_new_active (fixture->server, "bob");
    g_autoptr (EarTestClient) alice =
      ear_test_client_new_again (fixture->server, "alice", (guint64) number);

    expect_broadcast (bob, "one");
    expect_broadcast (bob, "two");
    /* Whoever has the first gets only the second. */
    expect_broadcast (alice, "two");
    g_assert_cmpint (broadcast (alice, "three", 1), ==, number + 2);
  }
}

/* As after a restart: broadcasts that are twice as long on the wire. */
static void
write_journal (Fixture *fixture, guint n_broadcasts)
{
  g_autofree char *path = g_build_filename (fixture->server->directory, "broadcasts.journal", NULL);
  g_autofree char *text = g_strnfill (EAR_LIMIT_TEXT, '"');
  EarBroadcast broadcast = { .user = (char *) "zoe", .name = (char *) "Zoe", .text = text };
  g_autoptr (GString) journal = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  broadcast.real_time_us = g_get_real_time ();
  ear_journal_append_header (journal, n_broadcasts + 1);
  for (guint i = 1; i <= n_broadcasts; i++) {
    broadcast.number = i;
    ear_journal_append_line (journal, &broadcast);
  }
  g_file_set_contents (path, journal->str, (gssize) journal->len, &error);
  g_assert_no_error (error);
}

/* More than a link lets wait, or the kernel takes: all come, once and in order, and what is said
 * meanwhile comes after them. */
static void
test_many_missed (Fixture *fixture, gconstpointer data)
{
  const guint n_missed = 800;
  g_autoptr (EarTestClient) alice = NULL;
  g_autoptr (EarTestClient) bob = NULL;
  g_autoptr (EarTestClient) carol = NULL;
  g_autoptr (EarMessage) ok = NULL;
  g_autoptr (EarMessage) authenticated = NULL;
  g_autoptr (EarMessage) reached = NULL;

  ear_test_server_terminate (fixture->server);
  write_journal (fixture, n_missed);
  ear_test_server_spawn (fixture->server);
  alice = ear_test_client_new (fixture->server);
  ear_test_client_hello (alice);
  ear_test_client_sign_up (alice, "alice", "correct horse");
  ok = ear_test_client_expect (alice, EAR_MESSAGE_OK);
  authenticated = ear_test_client_log_in (alice, "alice", "correct horse");
  ear_test_client_present (alice, n_missed);
  bob = ear_test_client_new_active (fixture->server, "bob");
  ear_link_set_paused (bob->link, TRUE);
  carol = ear_test_client_new_active (fixture->server, "carol");
  ear_link_set_paused (carol->link, TRUE);
  /* Who has not got there yet is counted when it does, and carol goes before. */
  g_assert_cmpint (broadcast (alice, "And now?", 0), ==, n_missed + 1);
  g_clear_pointer (&carol, ear_test_client_free);
  g_assert_cmpint (expect_broadcast (alice, "And now?"), ==, n_missed + 1);
  ear_link_set_paused (bob->link, FALSE);
  for (guint i = 1; i <= n_missed + 1; i++) {
    g_autoptr (EarMessage) event = ear_test_client_expect (bob, EAR_MESSAGE_BROADCAST_EVENT);

    g_assert_cmpint (ear_message_get_integer (event, "number"), ==, i);
  }
  watch (bob, "", 2);
  g_assert_cmpuint (ear_test_client_count (bob, EAR_MESSAGE_BROADCAST_EVENT), ==, 0);
  reached = ear_test_client_expect (alice, EAR_MESSAGE_REACHED);
  g_assert_cmpint (ear_message_get_integer (reached, "count"), ==, 1);
  g_clear_pointer (&reached, ear_message_unref);
  carol = ear_test_client_new_again (fixture->server, "carol", 0);
  for (gint64 number = 0; number <= n_missed;) {
    g_autoptr (EarMessage) event = ear_test_client_expect (carol, EAR_MESSAGE_BROADCAST_EVENT);

    number = ear_message_get_integer (event, "number");
  }
  reached = ear_test_client_expect (alice, EAR_MESSAGE_REACHED);
  g_assert_cmpint (ear_message_get_integer (reached, "count"), ==, 2);
}

static void
test_broadcast_for_half_an_hour (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = ear_test_client_new_active (fixture->server, "alice");

  broadcast (alice, "now", 0);
  advance (fixture, 29 * 60);
  {
    g_autoptr (EarTestClient) bob = ear_test_client_new_active (fixture->server, "bob");
    g_autoptr (EarMessage) event = ear_test_client_expect (bob, EAR_MESSAGE_BROADCAST_EVENT);

    g_assert_cmpint (ear_message_get_integer (event, "age"), >=, 29 * 60 * 1000);
  }
  advance (fixture, 61);
  {
    g_autoptr (EarTestClient) carol = ear_test_client_new_active (fixture->server, "carol");

    watch (carol, "", 1);
    g_assert_cmpuint (ear_test_client_count (carol, EAR_MESSAGE_BROADCAST_EVENT), ==, 0);
  }
}

/* A client that vanished without a word: its machine lost power. Here it just never turns its own
 * clock. */
static void
test_vanished (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestClient) bob = ear_test_client_new_active (fixture->server, "bob");
  g_autoptr (EarTestClient) alice = NULL;

  ear_link_set_paused (bob->link, TRUE);
  alice = ear_test_client_new_active (fixture->server, "alice");
  watch (alice, "", 2);
  for (guint second = 0; second < 75; second += 5) {
    g_autoptr (EarMessage) located = NULL;

    advance (fixture, 5);
    /* alice talks, so she stays; and the server has had its turn when the answer is here. */
    ear_test_client_send (alice, "{\"type\":\"locate\",\"id\":60,\"user\":\"alice\"}");
    located = ear_test_client_expect (alice, EAR_MESSAGE_LOCATED);
  }
  advance (fixture, 1);
  expect_left (alice, "bob");
}

static void
test_slow_login (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestClient) client = ear_test_client_new (fixture->server);

  ear_test_client_hello (client);
  advance (fixture, 21);
  ear_test_client_expect_closed (client, EAR_ERROR_TIMEOUT);
}

static void
test_too_many_requests (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = ear_test_client_new_active (fixture->server, "alice");
  g_autoptr (EarMessage) located = NULL;

  for (guint i = 0; i < 41; i++)
    ear_test_client_send (alice, "{\"type\":\"locate\",\"id\":60,\"user\":\"alice\"}");
  ear_test_client_expect_error (alice, EAR_ERROR_SLOW_DOWN);
  advance (fixture, 1);
  ear_test_client_send (alice, "{\"type\":\"locate\",\"id\":60,\"user\":\"alice\"}");
  located = ear_test_client_expect (alice, EAR_MESSAGE_LOCATED);
}

/* -- The log of a server in this process -- */

static GString *events;

static GLogWriterOutput
note_event (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  gboolean is_event = FALSE;
  const char *message = "";

  for (gsize i = 0; i < n_fields; i++) {
    is_event = is_event || g_str_equal (fields[i].key, "EARSHOT_EVENT");
    if (g_str_equal (fields[i].key, "MESSAGE"))
      message = fields[i].value;
  }
  if (!is_event)
    return g_log_writer_default (level, fields, n_fields, user_data);
  g_string_append_printf (events, "%s\n", message);
  return G_LOG_WRITER_HANDLED;
}

/* Whoever only said a name was never here under it. */
static void
test_log_of_strangers (Fixture *fixture, gconstpointer data)
{
  EarTestClient *client = ear_test_client_new (fixture->server);
  g_autofree char *proof = NULL;

  ear_test_client_hello (client);
  proof = ear_test_client_begin_auth (client, "root", "x");
  g_string_truncate (events, 0);
  ear_test_client_free (client);
  ear_test_wait (events->len > 0);
  g_assert_true (g_str_has_prefix (events->str, "closed address="));
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
#define ADD_INSIDE(path, func) g_test_add (path, Fixture, "inside", set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  events = g_string_new (NULL);
  g_log_set_writer_func (note_event, NULL, NULL);
  ADD ("/presence/roster", test_roster);
  ADD ("/presence/taken-over-and-silent", test_taken_over_and_silent);
  ADD ("/presence/locate", test_locate);
  ADD ("/presence/locate-by-address", test_locate_by_address);
  ADD ("/presence/locate-seen", test_locate_seen);
  ADD ("/presence/mapped-addresses", test_mapped_addresses);
  ADD ("/presence/identify-gone", test_identify_gone);
  ADD ("/presence/dial-back", test_dial_back);
  ADD ("/broadcast/now-and-later", test_broadcast);
  ADD ("/broadcast/after-kill", test_broadcast_after_kill);
  ADD ("/broadcast/many-missed", test_many_missed);
  ADD_INSIDE ("/broadcast/for-half-an-hour", test_broadcast_for_half_an_hour);
  ADD_INSIDE ("/presence/identify-ending", test_identify_ending);
  ADD_INSIDE ("/presence/vanished", test_vanished);
  ADD_INSIDE ("/presence/log-of-strangers", test_log_of_strangers);
  ADD_INSIDE ("/presence/slow-login", test_slow_login);
  ADD_INSIDE ("/presence/too-many-requests", test_too_many_requests);
  return g_test_run ();
}
