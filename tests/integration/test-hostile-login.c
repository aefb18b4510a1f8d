/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Whoever tries to get an account, or into one, of a real earshotd by what is no honest log-in. */

#include <string.h>

#include "hostile-fixture.h"
#include "support/ear-test-wait.h"
#include "wire/ear-limits.h"
#include "wire/ear-scram.h"

#define BAD EAR_ERROR_BAD_MESSAGE
#define NONCE "abcdefghijklmnopqrstuvwx"

/* -- SCRAM -- */

static void
test_first_messages (Fixture *f, gconstpointer data)
{
  static const char *const bad[] = {
    "",
    "n,,n=mallory,r=" NONCE,
    "y,,n=mallory,r=" NONCE,
    "p=tls-unique,,n=mallory,r=" NONCE,
    "p=tls-server-end-point,,n=mallory,r=" NONCE,
    "p=tls-exporter,a=admin,n=mallory,r=" NONCE,
    "p=tls-exporter,,m=x,n=mallory,r=" NONCE,
    "p=tls-exporter,,n=mallory,r=" NONCE ",x=y",
    "p=tls-exporter,,n=mallory,n=honest,r=" NONCE,
    "p=tls-exporter,,n=,r=" NONCE,
    "p=tls-exporter,,n=mall=ory,r=" NONCE,
    "p=tls-exporter,,n=mallory,r=x",
    "p=tls-exporter,,n=mallory,r=",
    "p=tls-exporter,,n=mallory",
    "p=tls-exporter,,r=" NONCE ",n=mallory",
  };
  g_autofree char *nonce = g_strnfill (400, 'x');
  g_autofree char *huge = g_strnfill (10240, 'x');
  g_autofree char *line = NULL;
  g_autofree char *endless = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *auth =
      g_strdup_printf ("{\"type\":\"auth\",\"id\":1,\"data\":\"%s\"}", bad[i]);

    hostile_attack_line (f, AT_STRANGER, auth, BAD);
  }
  line = g_strdup_printf (
    "{\"type\":\"auth\",\"id\":1,\"data\":\"p=tls-exporter,,n=mallory,r=%s\"}", nonce);
  hostile_attack_line (f, AT_STRANGER, line, BAD);
  endless = g_strdup_printf (
    "{\"type\":\"auth\",\"id\":1,\"data\":\"p=tls-exporter,,n=mallory,r=%s\"}", huge);
  hostile_attack_line (f, AT_STRANGER, endless, EAR_ERROR_TOO_LONG);
}

static void
test_final_messages (Fixture *f, gconstpointer data)
{
  /* 31 and 33 bytes, none, what is no base64, and what is left out. */
  static const char *const bad[] = {
    "c=cD10bHM,r=" NONCE ",p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
    "c=cD10bHM,r=" NONCE ",p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "c=cD10bHM,r=" NONCE ",p=",
    "c=cD10bHM,r=" NONCE ",p=!!!!",
    "c=cD10bHM,r=" NONCE,
    "c=cD10bHM,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "v=AAAA",
    "",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *proof =
      g_strdup_printf ("{\"type\":\"proof\",\"id\":1,\"data\":\"%s\"}", bad[i]);

    hostile_attack_line (f, AT_PROVING, proof, BAD);
  }
}

/* A proof is worth nothing on another connection, nor a second time. */
static void
test_replay (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) victim = hostile_new_client (f, AT_STRANGER);
  g_autoptr (EarTestClient) thief = hostile_new_client (f, AT_PROVING);
  g_autofree char *proof = ear_test_client_begin_auth (victim, MALLORY, MALLORYS_PASSWORD);
  g_autoptr (EarMessage) authenticated = NULL;

  ear_test_client_prove (thief, proof);
  hostile_refuse (f, thief, EAR_ERROR_BAD_LOGIN);
  ear_test_client_prove (victim, proof);
  authenticated = ear_test_client_expect (victim, EAR_MESSAGE_AUTHENTICATED);
  ear_test_client_prove (victim, proof);
  ear_test_client_expect_error (victim, BAD);
  ear_test_wait (victim->reason != NULL);
  hostile_assert_undisturbed (f);
}

/* What a man in the middle could do who has both connections: pass the challenge and the proof on.
 * The proof is bound to the victim's connection. */
static void
test_relayed (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) middle = hostile_new_client (f, AT_STRANGER);
  const guint8 binding[EAR_SCRAM_BINDING_SIZE] = { 1, 2, 3 }; /* of victim and middle */
  guint8 salt[EAR_SCRAM_SALT_SIZE];
  guint32 iterations;
  EarScramSecret secret;
  g_autoptr (EarScramClient) victim = ear_scram_client_new (MALLORY, binding);
  g_autofree char *first = ear_scram_client_start (victim, NULL);
  g_autoptr (EarMessage) challenge = NULL;
  g_autofree char *proof = NULL;

  ear_test_client_send (middle, "{\"type\":\"auth\",\"id\":1,\"data\":\"%s\"}", first);
  challenge = ear_test_client_expect (middle, EAR_MESSAGE_CHALLENGE);
  g_assert_true (ear_scram_client_challenge (victim, ear_message_get_string (challenge, "data"),
                                             salt, &iterations, NULL));
  g_assert_true (ear_scram_derive (MALLORYS_PASSWORD, salt, iterations, &secret, NULL));
  proof = ear_scram_client_prove (victim, &secret, NULL);
  ear_test_client_prove (middle, proof);
  hostile_refuse (f, middle, EAR_ERROR_BAD_LOGIN);
}

/* One's own password opens nobody else's account, whatever is written into the name. */
static void
test_other_user (Fixture *f, gconstpointer data)
{
  static const char *const users[] = {
    "honest", "HONEST", "honest ", "mallory\\u0000", "root", "*"
  };

  for (guint i = 0; i < G_N_ELEMENTS (users); i++) {
    g_autoptr (EarTestClient) client = hostile_new_client (f, AT_STRANGER);

    if (strchr (users[i], '\\') != NULL) {
      ear_test_client_send (
        client, "{\"type\":\"auth\",\"id\":1,\"data\":\"p=tls-exporter,,n=%s,r=" NONCE "\"}",
        users[i]);
      ear_test_client_expect_error (client, BAD);
      continue;
    }
    ear_test_client_auth (client, users[i], "wrong horse");
    hostile_refuse (f, client, EAR_ERROR_BAD_LOGIN);
  }
  hostile_assert_undisturbed (f);
}

/* -- Sign-up -- */

#define SIGN_UP(user, name, salt, stored)                                                      \
  "{\"type\":\"signup\",\"id\":1,\"user\":\"" user "\",\"name\":\"" name "\",\"salt\":\"" salt \
  "\",\"iterations\":100000,\"stored_key\":\"" stored "\",\"server_key\":\"" KEY "\"}"
#define SALT "AQAAAAAAAAAAAAAAAAAAAA=="
#define KEY "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static void
test_keys (Fixture *f, gconstpointer data)
{
  static const char *const bad[] = {
    SIGN_UP ("eve", "Eve", "AQAAAAAAAAAAAAAAAAAA", KEY),     /* 15 bytes */
    SIGN_UP ("eve", "Eve", "AQAAAAAAAAAAAAAAAAAAAAA=", KEY), /* 17 */
    SIGN_UP ("eve", "Eve", "", KEY),                         /* none */
    SIGN_UP ("eve", "Eve", "AQAAAAAAAAAAAAAAAAAAAA=\\n", KEY),
    SIGN_UP ("eve", "Eve", SALT, "AQAA"),
    SIGN_UP ("eve", "Eve", SALT, "not base64 at all, but as long as it must be"),
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    hostile_attack_line (f, AT_STRANGER, bad[i], BAD);
}

/* No name at all, and no text that may be in a log: not even a sentence for a person is needed. */
static void
test_control_characters (Fixture *f, gconstpointer data)
{
  static const char *const bad[] = {
    SIGN_UP ("a,600000\\n", "x", SALT, KEY),   SIGN_UP ("a\\u0000", "x", SALT, KEY),
    SIGN_UP ("eve", "Eve\\nAdmin", SALT, KEY), SIGN_UP ("eve", "Eve\\u001b[2J", SALT, KEY),
    SIGN_UP ("eve", "Eve\\u0085", SALT, KEY),  SIGN_UP ("eve", "Eve\\u2028", SALT, KEY),
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    hostile_attack_line (f, AT_STRANGER, bad[i], BAD);
}

static void
test_names (Fixture *f, gconstpointer data)
{
  static const char *const bad[] = {
    SIGN_UP ("", "x", SALT, KEY),
    SIGN_UP ("=cmd|' /C calc'!A0", "x", SALT, KEY),
    SIGN_UP ("a\\\"b", "x", SALT, KEY),
    SIGN_UP ("'", "x", SALT, KEY),
    SIGN_UP ("Honest", "x", SALT, KEY),
    SIGN_UP ("honest\\u200b", "x", SALT, KEY),
    SIGN_UP ("h\\u043enest", "x", SALT, KEY),
    SIGN_UP ("..", "x", SALT, KEY),
    SIGN_UP (".", "x", SALT, KEY),
    SIGN_UP ("a/b", "x", SALT, KEY),
    SIGN_UP ("-rf", "x", SALT, KEY),
    SIGN_UP ("abcdefghijklmnopqrstuvwxyzabcdefg", "x", SALT, KEY), /* 33 */
    SIGN_UP ("eve", "\\u202eevE", SALT, KEY),
    SIGN_UP ("eve", " ", SALT, KEY),
  };
  g_autoptr (EarTestClient) client = hostile_new_client (f, AT_STRANGER);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    ear_test_client_send (client, "%s", bad[i]);
    g_test_message ("%s", bad[i]);
    hostile_refuse (f, client, EAR_ERROR_BAD_NAME);
  }
  ear_test_client_send (client, "%s", SIGN_UP ("honest", "x", SALT, KEY));
  hostile_refuse (f, client, EAR_ERROR_NAME_TAKEN);
  hostile_assert_undisturbed (f);
}

/* Two display names that look the same are two accounts, and each is shown with its own. */
static void
test_look_alike (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) client = hostile_new_client (f, AT_STRANGER);
  g_autoptr (EarMessage) ok = NULL;
  g_autoptr (EarMessage) authenticated = NULL;
  g_autofree char *stored = NULL;

  /* A Cyrillic o. */
  ear_test_client_sign_up (client, "eve\",\"name\":\"h\\u043enest", MALLORYS_PASSWORD);
  ok = ear_test_client_expect (client, EAR_MESSAGE_OK);
  authenticated = ear_test_client_log_in (client, "eve", MALLORYS_PASSWORD);
  g_assert_cmpstr (ear_message_get_string (authenticated, "user"), ==, "eve");
  stored = hostile_dup_stored (f);
  g_assert_nonnull (strstr (stored, "\neve,"));
  g_assert_nonnull (strstr (stored, "\nhonest,"));
}

/* -- No TLS -- */

static void
test_not_tls (Fixture *f, gconstpointer data)
{
  static const char *const first[] = {
    "GET / HTTP/1.1\r\nHost: earshot\r\n\r\n",
    "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
    "{\"type\":\"hello\",\"version\":1}\n",
    "\x16\x03\x01\xff\xff",
    "\x80\x2e\x01",
  };
  g_autoptr (GSocketClient) dialler = g_socket_client_new ();

  for (guint i = 0; i < G_N_ELEMENTS (first); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GSocketConnection) connection =
      g_socket_client_connect_to_host (dialler, "127.0.0.1", f->server->port, NULL, &error);
    GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (connection));
    GSocket *socket = g_socket_connection_get_socket (connection);
    char answer[256];

    g_assert_no_error (error);
    g_socket_set_timeout (socket, EAR_TEST_PATIENCE);
    g_assert_true (
      g_output_stream_write_all (out, first[i], strlen (first[i]), NULL, NULL, &error));
    /* Some begin like TLS and say no more. */
    g_socket_shutdown (socket, FALSE, TRUE, NULL);
    /* An alert at most, and the end. */
    while (g_socket_receive (socket, answer, sizeof answer, NULL, NULL) > 0)
      ;
    hostile_assert_undisturbed (f);
  }
}

#define ADD(path, func) \
  g_test_add ("/hostile-login/" path, Fixture, NULL, hostile_set_up, func, hostile_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("first-messages", test_first_messages);
  ADD ("final-messages", test_final_messages);
  ADD ("replay", test_replay);
  ADD ("relayed", test_relayed);
  ADD ("other-user", test_other_user);
  ADD ("keys", test_keys);
  ADD ("control-characters", test_control_characters);
  ADD ("names", test_names);
  ADD ("look-alike", test_look_alike);
  ADD ("not-tls", test_not_tls);
  return g_test_run ();
}
