/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Promises about accounts, against a real earshotd. */

#include <signal.h>
#include <string.h>

#include "support/ear-test-client.h"
#include "support/ear-test-wait.h"
#include "wire/ear-identity.h"

typedef struct
{
  EarTestServer *server;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->server = ear_test_server_new ();
  ear_test_server_spawn (fixture->server);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  ear_test_server_free (fixture->server);
}

static void
test_sign_up_and_log_in (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestClient) client = ear_test_client_new (fixture->server);
  g_autoptr (EarMessage) ok = NULL;
  g_autoptr (EarMessage) authenticated = NULL;

  g_assert_cmpstr (ear_link_get_fingerprint (client->link), ==, fixture->server->fingerprint);
  ear_test_client_hello (client);
  ear_test_client_sign_up (client, "alice", "correct horse");
  ok = ear_test_client_expect (client, EAR_MESSAGE_OK);
  authenticated = ear_test_client_log_in (client, "alice", "correct horse");
  g_assert_cmpstr (ear_message_get_string (authenticated, "user"), ==, "alice");
  g_assert_false (ear_message_get_boolean (authenticated, "upgrade"));
}

static void
test_survives_kill (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 3; i++) {
    g_autofree char *user = g_strdup_printf ("user%u", i);
    g_autoptr (EarTestClient) before = ear_test_client_new (fixture->server);
    g_autoptr (EarTestClient) after = NULL;
    g_autoptr (EarMessage) ok = NULL;
    g_autoptr (EarMessage) authenticated = NULL;

    ear_test_client_hello (before);
    ear_test_client_sign_up (before, user, "correct horse");
    ok = ear_test_client_expect (before, EAR_MESSAGE_OK);
    ear_test_server_kill (fixture->server);
    ear_test_server_spawn (fixture->server);
    after = ear_test_client_new (fixture->server);
    ear_test_client_hello (after);
    authenticated = ear_test_client_log_in (after, user, "correct horse");
  }
}

static void
test_wrong_password_and_unknown_user (Fixture *fixture, gconstpointer data)
{
  static const char *const users[] = { "alice", "nobody" };
  g_autoptr (EarTestClient) alice = ear_test_client_new_active (fixture->server, "alice");

  for (guint i = 0; i < G_N_ELEMENTS (users); i++) {
    g_autoptr (EarTestClient) client = ear_test_client_new (fixture->server);

    ear_test_client_hello (client);
    ear_test_client_auth (client, users[i], "wrong horse");
    ear_test_client_expect_error (client, EAR_ERROR_BAD_LOGIN);
    /* One may try again, but not for ever. */
    for (guint j = 1; j < 5; j++) {
      ear_test_client_auth (client, users[i], "wrong horse");
      ear_test_client_expect_error (client, EAR_ERROR_BAD_LOGIN);
    }
    ear_test_client_expect_closed (client, EAR_ERROR_BAD_LOGIN);
  }
}

static void
test_names (Fixture *fixture, gconstpointer data)
{
  static const char *const bad[] = { "", "Alice", "9lives", "..", "a b", "\\u0430lice" };
  g_autoptr (EarTestClient) alice = ear_test_client_new_active (fixture->server, "alice");
  g_autoptr (EarTestClient) client = ear_test_client_new (fixture->server);

  ear_test_client_hello (client);
  ear_test_client_sign_up (client, "alice", "x");
  ear_test_client_expect_error (client, EAR_ERROR_NAME_TAKEN);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    ear_test_client_sign_up (client, bad[i], "x");
    ear_test_client_expect_error (client, EAR_ERROR_BAD_NAME);
  }
}

static void
test_bad_keys (Fixture *fixture, gconstpointer data)
{
  static const char zero[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  static const char one[] = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  const struct
  {
    int iterations;
    const char *stored_key;
    const char *server_key;
  } cases[] = {
    { 100001, one, one }, { 100000, zero, one }, { 100000, one, zero }, { 1, one, one }
  };
  g_autoptr (EarTestClient) client = ear_test_client_new (fixture->server);

  ear_test_client_hello (client);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    ear_test_client_send (
      client,
      "{\"type\":\"signup\",\"id\":1,\"user\":\"eve\",\"salt\":\"AQAAAAAAAAAAAAAAAAAAAA==\","
      "\"iterations\":%d,\"stored_key\":\"%s\",\"server_key\":\"%s\"}",
      cases[i].iterations, cases[i].stored_key, cases[i].server_key);
    ear_test_client_expect_error (client, EAR_ERROR_BAD_KEYS);
  }
}

static void
test_out_of_turn (Fixture *fixture, gconstpointer data)
{
  static const char *const lines[] = {
    "{\"type\":\"broadcast\",\"id\":1,\"text\":\"x\"}",
    "{\"type\":\"hello\",\"version\":1,\"from\":\"admin\"}",
    "{\"type\":\"proof\",\"id\":1,\"data\":\"x\"}",
    "{\"type\":\"hello\",\"version\":1,\"version\":1}",
    "[[[[[[[[[[[[[[[[[[[[[[",
    "GET / HTTP/1.1",
  };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_autoptr (EarTestClient) client = ear_test_client_new (fixture->server);

    ear_test_client_send (client, "%s", lines[i]);
    ear_test_client_expect_error (client, EAR_ERROR_BAD_MESSAGE);
    ear_test_client_expect_closed (client, EAR_ERROR_CLOSED);
  }
}

static void
test_taken_over (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestClient) first = ear_test_client_new_active (fixture->server, "alice");
  g_autoptr (EarTestClient) second = ear_test_client_new (fixture->server);
  g_autoptr (EarMessage) authenticated = NULL;

  ear_test_client_hello (second);
  authenticated = ear_test_client_log_in (second, "alice", "correct horse");
  ear_test_client_expect_closed (first, EAR_ERROR_TAKEN_OVER);
  ear_test_client_present (second, 0);
}

static void
test_password (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = ear_test_client_new_active (fixture->server, "alice");
  g_autoptr (EarTestClient) again = ear_test_client_new (fixture->server);
  g_autoptr (EarMessage) ok = NULL;

  ear_test_client_send (
    alice,
    "{\"type\":\"password\",\"id\":9,\"salt\":\"AQAAAAAAAAAAAAAAAAAAAA==\",\"iterations\":100000,"
    "\"stored_key\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
    "\"server_key\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}");
  ok = ear_test_client_expect (alice, EAR_MESSAGE_OK);
  ear_test_client_hello (again);
  ear_test_client_auth (again, "alice", "correct horse");
  ear_test_client_expect_error (again, EAR_ERROR_BAD_LOGIN);
}

/* Whoever began to log in with the old password does not get in after the change. */
static void
test_password_changed_meanwhile (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = ear_test_client_new_active (fixture->server, "alice");
  g_autoptr (EarTestClient) thief = ear_test_client_new (fixture->server);
  g_autofree char *proof = NULL;
  int status;

  ear_test_client_hello (thief);
  proof = ear_test_client_begin_auth (thief, "alice", "correct horse");
  g_free (ear_test_server_run (fixture->server,
                               (const char *const[]){ "user", "set-password", "alice", NULL },
                               "battery staple\n", &status));
  g_assert_cmpint (status, ==, 0);
  ear_test_client_expect_closed (alice, EAR_ERROR_BAD_LOGIN);
  ear_test_client_prove (thief, proof);
  ear_test_client_expect_error (thief, EAR_ERROR_BAD_LOGIN);
}

static void
set_password (Fixture *fixture)
{
  int status;

  g_free (ear_test_server_run (fixture->server,
                               (const char *const[]){ "user", "set-password", "alice", NULL },
                               "battery staple\n", &status));
  g_assert_cmpint (status, ==, 0);
}

/* A thief who has the old password may have logged in from his device, too. */
static void
test_password_of_the_operator (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->server->directory, "devices.csv", NULL);

  ear_test_client_free (ear_test_client_new_active (fixture->server, "alice"));
  for (guint i = 0; i < 2; i++) {
    g_autoptr (EarTestClient) client = ear_test_client_new (fixture->server);
    g_autoptr (EarMessage) authenticated = NULL;
    g_autofree char *devices = NULL;

    ear_test_client_hello (client);
    authenticated =
      ear_test_client_log_in (client, "alice", i == 0 ? "correct horse" : "battery staple");
    if (i == 0)
      set_password (fixture);
    ear_test_server_terminate (fixture->server);
    if (i == 1)
      set_password (fixture);
    g_assert_true (g_file_get_contents (path, &devices, NULL, NULL));
    g_assert_true (g_str_has_suffix (devices, "alice,\n"));
    ear_test_server_spawn (fixture->server);
  }
}

/* Many who begin to log in before the first of them fails are not so many more tries. */
static void
test_guessing_side_by_side (Fixture *fixture, gconstpointer data)
{
  EarTestClient *clients[14];
  char *proofs[G_N_ELEMENTS (clients)];
  EarScramSecret wrong;

  ear_test_client_derive ("wrong horse", &wrong);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++) {
    clients[i] = ear_test_client_new (fixture->server);
    ear_test_client_hello (clients[i]);
    proofs[i] = ear_test_client_begin_auth_with_keys (clients[i], "alice", &wrong);
  }
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++) {
    ear_test_client_prove (clients[i], proofs[i]);
    ear_test_client_expect_error (clients[i], i < 10 ? EAR_ERROR_BAD_LOGIN : EAR_ERROR_SLOW_DOWN);
  }
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++) {
    ear_test_client_free (clients[i]);
    g_free (proofs[i]);
  }
}

/* The same password again, and the end, in one write. */
static void
change_and_go (EarTestClient *client)
{
  EarScramSecret secret;
  EarScramKeys keys;
  g_autofree char *salt = NULL;
  g_autofree char *stored = NULL;
  g_autofree char *server = NULL;

  ear_test_client_derive ("correct horse", &secret);
  ear_scram_secret_get_keys (&secret, &keys);
  salt = g_base64_encode (keys.salt, sizeof keys.salt);
  stored = g_base64_encode (keys.stored_key, sizeof keys.stored_key);
  server = g_base64_encode (keys.server_key, sizeof keys.server_key);
  ear_test_client_send (client,
                        "{\"type\":\"password\",\"id\":9,\"salt\":\"%s\",\"iterations\":%u,"
                        "\"stored_key\":\"%s\",\"server_key\":\"%s\"}\n{\"type\":\"bye\"}",
                        salt, keys.iterations, stored, server);
  ear_test_wait (client->reason != NULL);
}

/* Nobody is there any more when the change is durable; the device stays known. */
static void
test_password_and_gone (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->server->directory, "devices.csv", NULL);
  g_autofree char *devices = NULL;
  g_autofree char *known = NULL;
  EarTestClient *alice = ear_test_client_new_active (fixture->server, "alice");
  g_autoptr (EarIdentity) key = ear_identity_ref (alice->identity);

  for (guint i = 0; i < 8; i++) {
    g_autoptr (EarMessage) authenticated = NULL;

    change_and_go (alice);
    ear_test_client_free (alice);
    alice = ear_test_client_new_from (fixture->server, key, NULL);
    ear_test_client_hello (alice);
    authenticated = ear_test_client_log_in (alice, "alice", "correct horse");
  }
  change_and_go (alice);
  ear_test_client_free (alice);
  ear_test_server_terminate (fixture->server);
  g_assert_true (g_file_get_contents (path, &devices, NULL, NULL));
  known = g_strdup_printf ("alice,%s\n", ear_identity_get_fingerprint (key));
  g_assert_true (g_str_has_suffix (devices, known));
}

/* Each change of an account writes all accounts anew. */
static void
test_too_many_changes (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = ear_test_client_new_active (fixture->server, "alice");

  for (guint i = 0; i < 10; i++) {
    g_autoptr (EarMessage) ok = NULL;

    ear_test_client_send (alice, "{\"type\":\"rename\",\"id\":9,\"name\":\"Alice %u\"}", i);
    ok = ear_test_client_expect (alice, EAR_MESSAGE_OK);
  }
  ear_test_client_send (alice, "{\"type\":\"rename\",\"id\":9,\"name\":\"Alice\"}");
  ear_test_client_expect_error (alice, EAR_ERROR_SLOW_DOWN);
}

static void
test_leave (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = ear_test_client_new_active (fixture->server, "alice");
  g_autoptr (EarTestClient) again = ear_test_client_new (fixture->server);
  g_autoptr (EarMessage) ok = NULL;

  ear_test_client_send (alice, "{\"type\":\"leave\",\"id\":9}");
  ok = ear_test_client_expect (alice, EAR_MESSAGE_OK);
  ear_test_client_expect_closed (alice, EAR_ERROR_CLOSED);
  ear_test_client_hello (again);
  ear_test_client_auth (again, "alice", "correct horse");
  ear_test_client_expect_error (again, EAR_ERROR_BAD_LOGIN);
}

static void
test_operator (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = ear_test_client_new_active (fixture->server, "alice");
  g_autoptr (EarTestClient) bob = ear_test_client_new (fixture->server);
  g_autoptr (EarMessage) authenticated = NULL;
  g_autofree char *listed = NULL;
  int status;

  g_free (ear_test_server_run (fixture->server, (const char *const[]){ "user", "add", "bob", NULL },
                               "hunter2\n", &status));
  g_assert_cmpint (status, ==, 0);
  listed = ear_test_server_run (fixture->server, (const char *const[]){ "user", "list", NULL },
                                NULL, &status);
  g_assert_nonnull (strstr (listed, "alice"));
  g_assert_nonnull (strstr (listed, "bob"));
  ear_test_client_hello (bob);
  authenticated = ear_test_client_log_in (bob, "bob", "hunter2");

  /* Who is disabled is out at once, and stays out. */
  g_free (ear_test_server_run (
    fixture->server, (const char *const[]){ "user", "disable", "bob", NULL }, NULL, &status));
  g_assert_cmpint (status, ==, 0);
  ear_test_client_expect_closed (bob, EAR_ERROR_DISABLED);
  {
    g_autoptr (EarTestClient) again = ear_test_client_new (fixture->server);

    ear_test_client_hello (again);
    ear_test_client_auth (again, "bob", "hunter2");
    ear_test_client_expect_error (again, EAR_ERROR_DISABLED);
  }
  g_free (ear_test_server_run (
    fixture->server, (const char *const[]){ "user", "remove", "nobody", NULL }, NULL, &status));
  g_assert_cmpint (status, ==, 1);
}

static void
test_import (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->server->directory, "old.csv", NULL);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "old password", -1);
  g_autofree char *old = g_strdup_printf ("carol,%s\nBad Name,%s\nbroken\n\n", digest, digest);
  g_autoptr (EarTestClient) client = ear_test_client_new (fixture->server);
  g_autoptr (EarMessage) authenticated = NULL;
  g_autofree char *output = NULL;
  g_autofree char *secret = g_strdup (digest);
  int status;

  g_file_set_contents (path, old, -1, NULL);
  output = ear_test_server_run (fixture->server, (const char *const[]){ "import", path, NULL },
                                NULL, &status);
  g_assert_cmpint (status, ==, 1);
  g_assert_nonnull (strstr (output, "1 account imported, 2 lines refused"));
  g_assert_nonnull (strstr (output, "line 2"));
  g_assert_nonnull (strstr (output, "line 3"));

  ear_test_client_hello (client);
  authenticated = ear_test_client_log_in (client, "carol", secret);
  g_assert_true (ear_message_get_boolean (authenticated, "upgrade"));
}

/* -- What a challenge tells -- */

/* All of a challenge but what is new each time: "SECRET ITERATIONS SALT". */
static char *
get_challenge (Fixture *fixture, const char *user)
{
  g_autoptr (EarTestClient) client = ear_test_client_new (fixture->server);
  g_autoptr (EarMessage) challenge = NULL;
  g_auto (GStrv) parts = NULL;
  g_autofree guchar *salt = NULL;
  gsize size;

  ear_test_client_hello (client);
  ear_test_client_send (client,
                        "{\"type\":\"auth\",\"id\":1,\"data\":\"p=tls-exporter,,n=%s,"
                        "r=abcdefghijklmnopqrstuvwxyz\"}",
                        user);
  challenge = ear_test_client_expect (client, EAR_MESSAGE_CHALLENGE);
  parts = g_strsplit (ear_message_get_string (challenge, "data"), ",", -1);
  g_assert_cmpuint (g_strv_length (parts), ==, 3);
  g_assert_true (g_str_has_prefix (parts[1], "s="));
  salt = g_base64_decode (parts[1] + 2, &size);
  g_assert_cmpuint (size, ==, EAR_SCRAM_SALT_SIZE);
  return g_strdup_printf ("%s %s %s", ear_message_get_string (challenge, "secret"), parts[2],
                          parts[1]);
}

static void
add_to_kinds (GHashTable *kinds, const char *challenge)
{
  g_hash_table_add (kinds, g_strndup (challenge, (gsize) (strrchr (challenge, ' ') - challenge)));
}

/* As if the operator had changed --iterations since "old0" and "old1" signed up. */
static void
make_old_accounts (Fixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->server->directory, "users.csv", NULL);
  g_autofree char *contents = NULL;
  g_auto (GStrv) rows = NULL;
  g_autoptr (GString) changed = g_string_new (NULL);

  ear_test_server_terminate (fixture->server);
  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  rows = g_strsplit (contents, "\n", -1);
  for (guint i = 0; rows[i + 1] != NULL; i++) {
    g_autoptr (GString) row = g_string_new (rows[i]);

    if (g_str_has_prefix (row->str, "old"))
      g_assert_cmpuint (g_string_replace (row, ",100000,", ",150000,", 1), ==, 1);
    g_string_append_printf (changed, "%s\n", row->str);
  }
  g_assert_true (g_file_set_contents (path, changed->str, -1, NULL));
  ear_test_server_spawn (fixture->server);
}

static void
import_accounts (Fixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->server->directory, "old.csv", NULL);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "old password", -1);
  g_autofree char *old = g_strdup_printf ("import0,%s\nimport1,%s\n", digest, digest);
  int status;

  g_assert_true (g_file_set_contents (path, old, -1, NULL));
  g_free (ear_test_server_run (fixture->server, (const char *const[]){ "import", path, NULL }, NULL,
                               &status));
  g_assert_cmpint (status, ==, 0);
}

static void
assert_same_kinds (GHashTable *a, GHashTable *b)
{
  GHashTableIter iter;
  gpointer kind;

  g_hash_table_iter_init (&iter, a);
  while (g_hash_table_iter_next (&iter, &kind, NULL))
    g_assert_true (g_hash_table_contains (b, kind));
  g_assert_cmpuint (g_hash_table_size (a), ==, g_hash_table_size (b));
}

/* New, older and imported accounts: names that nobody has look like each of them, and like nothing
 * else, always the same. */
static void
test_challenges (Fixture *fixture, gconstpointer data)
{
  static const char *const users[] = { "new0", "new1", "old0", "old1", "import0", "import1" };
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) unknown = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  char *before[40];

  for (guint i = 0; i < 4; i++)
    ear_test_client_free (ear_test_client_new_active (fixture->server, users[i]));
  import_accounts (fixture);
  make_old_accounts (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (users); i++) {
    g_autofree char *challenge = get_challenge (fixture, users[i]);

    add_to_kinds (known, challenge);
  }
  g_assert_cmpuint (g_hash_table_size (known), ==, 3);
  for (guint round = 0; round < 3; round++) {
    if (round == 2) {
      ear_test_server_terminate (fixture->server);
      ear_test_server_spawn (fixture->server);
    }
    for (guint i = 0; i < G_N_ELEMENTS (before); i++) {
      g_autofree char *user = g_strdup_printf ("ghost%u", i);
      g_autofree char *challenge = get_challenge (fixture, user);

      add_to_kinds (unknown, challenge);
      if (round > 0)
        g_assert_cmpstr (challenge, ==, before[i]);
      else
        before[i] = g_steal_pointer (&challenge);
    }
  }
  assert_same_kinds (known, unknown);
  for (guint i = 0; i < G_N_ELEMENTS (before); i++)
    g_free (before[i]);
}

static void
test_one_server_per_directory (Fixture *fixture, gconstpointer data)
{
  g_autofree char *output = NULL;
  int status;

  output = ear_test_server_run (
    fixture->server, (const char *const[]){ "--listen", "127.0.0.1", "--port", "0", NULL }, NULL,
    &status);
  g_assert_cmpint (status, ==, 75);
  g_assert_nonnull (strstr (output, "another earshotd"));
}

static void
test_port_taken (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestServer) second = ear_test_server_new ();
  g_autofree char *port = g_strdup_printf ("%u", fixture->server->port);
  g_autofree char *output = NULL;
  int status;

  output = ear_test_server_run (
    second, (const char *const[]){ "--listen", "127.0.0.1", "--port", port, NULL }, NULL, &status);
  g_assert_cmpint (status, ==, 69);
  g_assert_nonnull (strstr (output, port));
}

static void
test_terminate (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = ear_test_client_new_active (fixture->server, "alice");

  g_subprocess_send_signal (fixture->server->process, SIGTERM);
  ear_test_client_expect_closed (alice, EAR_ERROR_SHUTTING_DOWN);
  ear_test_server_terminate (fixture->server);
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/account/sign-up-and-log-in", test_sign_up_and_log_in);
  ADD ("/account/survives-kill", test_survives_kill);
  ADD ("/account/wrong-password-and-unknown-user", test_wrong_password_and_unknown_user);
  ADD ("/account/names", test_names);
  ADD ("/account/bad-keys", test_bad_keys);
  ADD ("/account/out-of-turn", test_out_of_turn);
  ADD ("/account/taken-over", test_taken_over);
  ADD ("/account/password", test_password);
  ADD ("/account/password-changed-meanwhile", test_password_changed_meanwhile);
  ADD ("/account/password-of-the-operator", test_password_of_the_operator);
  ADD ("/account/password-and-gone", test_password_and_gone);
  ADD ("/account/guessing-side-by-side", test_guessing_side_by_side);
  ADD ("/account/too-many-changes", test_too_many_changes);
  ADD ("/account/leave", test_leave);
  ADD ("/account/operator", test_operator);
  ADD ("/account/import", test_import);
  ADD ("/account/challenges", test_challenges);
  ADD ("/server/one-per-directory", test_one_server_per_directory);
  ADD ("/server/port-taken", test_port_taken);
  ADD ("/server/terminate", test_terminate);
  return g_test_run ();
}
