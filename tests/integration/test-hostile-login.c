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

static void
refuse_proof (Fixture *f, EarTestClient *client, const char *proof)
{
  g_autofree char *line = g_strdup_printf ("{\"type\":\"proof\",\"id\":%d,\"data\":\"%s\"}",
                                           (int) client->next_id++, proof);

  hostile_refuse (f, client, line, EAR_ERROR_BAD_LOGIN);
}

/* A proof is worth nothing on another connection, nor a second time. */
static void
test_replay (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) victim = hostile_new_client (f, AT_STRANGER);
  g_autoptr (EarTestClient) thief = hostile_new_client (f, AT_PROVING);
  g_autofree char *proof = ear_test_client_begin_auth (victim, MALLORY, MALLORYS_PASSWORD);
  g_autoptr (EarMessage) authenticated = NULL;

  refuse_proof (f, thief, proof);
  ear_test_client_prove (victim, proof);
  authenticated = ear_test_client_expect (victim, EAR_MESSAGE_AUTHENTICATED);
  ear_test_client_prove (victim, proof);
  ear_test_client_expect_error (victim, BAD);
  ear_test_wait (victim->reason != NULL);
  hostile_assert_undisturbed (f);
}

/* The proof that would be right for @user with @password, of a log-in on @client that names
 * @named, with a binding or the connection's own. */
static char *
make_proof (EarTestClient *client,
            const char *named,
            const char *user,
            const char *password,
            const guint8 *binding)
{
  guint8 own[EAR_SCRAM_BINDING_SIZE], salt[EAR_SCRAM_SALT_SIZE];
  guint32 iterations;
  EarScramSecret secret;
  g_autoptr (EarScramClient) scram = NULL;
  g_autofree char *first = NULL;
  g_autoptr (EarMessage) challenge = NULL;

  g_assert_true (ear_link_export_binding (client->link, own, NULL));
  scram = ear_scram_client_new (user, binding != NULL ? binding : own);
  first = ear_scram_client_start (scram, NULL);
  ear_test_client_send (client, "{\"type\":\"auth\",\"id\":%d,\"data\":\"p=tls-exporter,,n=%s%s\"}",
                        (int) client->next_id++, named, strstr (first, ",r="));
  challenge = ear_test_client_expect (client, EAR_MESSAGE_CHALLENGE);
  g_assert_true (ear_scram_client_challenge (scram, ear_message_get_string (challenge, "data"),
                                             salt, &iterations, NULL));
  g_assert_true (ear_scram_derive (password, salt, iterations, &secret, NULL));
  return ear_scram_client_prove (scram, &secret, NULL);
}

/* What a man in the middle could do who has both connections: pass the challenge and the proof on.
 * The proof is bound to the victim's connection. */
static void
test_relayed (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) middle = hostile_new_client (f, AT_STRANGER);
  const guint8 binding[EAR_SCRAM_BINDING_SIZE] = { 1, 2, 3 }; /* of victim and middle */
  g_autofree char *proof = make_proof (middle, MALLORY, MALLORY, MALLORYS_PASSWORD, binding);

  refuse_proof (f, middle, proof);
}

/* A proof for another user: whom the log-in names, for whom the proof is made, and with whose
 * password. The last one is an honest log-in, so that all others fail for what they say. */
static void
test_other_user (Fixture *f, gconstpointer data)
{
  static const char *const proofs[][3] = {
    { MALLORY, "honest", MALLORYS_PASSWORD }, { MALLORY, "honest", HONESTS_PASSWORD },
    { "honest", MALLORY, MALLORYS_PASSWORD }, { "honest", "honest", MALLORYS_PASSWORD },
    { "nobody", MALLORY, MALLORYS_PASSWORD },
  };
  g_autoptr (EarTestClient) client = NULL;
  g_autoptr (EarMessage) authenticated = NULL;
  g_autofree char *right = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (proofs); i++) {
    g_autoptr (EarTestClient) thief = hostile_new_client (f, AT_STRANGER);
    g_autofree char *proof = make_proof (thief, proofs[i][0], proofs[i][1], proofs[i][2], NULL);

    refuse_proof (f, thief, proof);
  }
  client = hostile_new_client (f, AT_STRANGER);
  right = make_proof (client, MALLORY, MALLORY, MALLORYS_PASSWORD, NULL);
  ear_test_client_prove (client, right);
  authenticated = ear_test_client_expect (client, EAR_MESSAGE_AUTHENTICATED);
  g_assert_cmpstr (ear_message_get_string (authenticated, "user"), ==, MALLORY);
}

/* One's own password opens nobody else's account, whatever is written into the name. */
static void
test_other_names (Fixture *f, gconstpointer data)
{
  static const char *const users[] = { "honest", "HONEST", "honest ", "root", "*" };

  for (guint i = 0; i < G_N_ELEMENTS (users); i++) {
    g_autoptr (EarTestClient) client = hostile_new_client (f, AT_STRANGER);
    g_autofree char *proof = ear_test_client_begin_auth (client, users[i], MALLORYS_PASSWORD);

    refuse_proof (f, client, proof);
  }
  hostile_attack_line (
    f, AT_STRANGER,
    "{\"type\":\"auth\",\"id\":1,\"data\":\"p=tls-exporter,,n=mallory\\u0000,r=" NONCE "\"}", BAD);
}

/* -- Sign-up -- */

#define SIGN_UP(user, name, salt, stored)                                                      \
  "{\"type\":\"signup\",\"id\":1,\"user\":\"" user "\",\"name\":\"" name "\",\"salt\":\"" salt \
  "\",\"iterations\":100000,\"stored_key\":\"" stored "\",\"server_key\":\"" KEY "\"}"
#define SIGN_UP_ITERATIONS(iterations)                              \
  "{\"type\":\"signup\",\"id\":1,\"user\":\"eve\",\"salt\":\"" SALT \
  "\",\"iterations\":" iterations ",\"stored_key\":\"" KEY "\",\"server_key\":\"" KEY "\"}"
#define SALT "AQAAAAAAAAAAAAAAAAAAAA=="
#define ZERO_KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
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

/* Keys that everybody has, and what would be quick to guess: the link goes on. */
static void
test_bad_keys (Fixture *f, gconstpointer data)
{
  static const struct
  {
    int iterations;
    const char *stored_key;
    const char *server_key;
  } cases[] = {
    { 100000, ZERO_KEY, KEY }, { 100000, KEY, ZERO_KEY }, { 1, KEY, KEY },
    { 99999, KEY, KEY },       { 100001, KEY, KEY },      { 5000000, KEY, KEY },
  };
  g_autoptr (EarTestClient) client = hostile_new_client (f, AT_STRANGER);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *line =
      g_strdup_printf ("{\"type\":\"signup\",\"id\":1,\"user\":\"eve\",\"salt\":\"" SALT "\","
                       "\"iterations\":%d,\"stored_key\":\"%s\",\"server_key\":\"%s\"}",
                       cases[i].iterations, cases[i].stored_key, cases[i].server_key);

    hostile_refuse (f, client, line, EAR_ERROR_BAD_KEYS);
  }
  hostile_attack_line (f, AT_STRANGER, SIGN_UP_ITERATIONS ("0"), BAD);
  hostile_attack_line (f, AT_STRANGER, SIGN_UP_ITERATIONS ("5000001"), BAD);
  hostile_attack_line (f, AT_STRANGER, SIGN_UP_ITERATIONS ("2147483648"), BAD);
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
    g_test_message ("%s", bad[i]);
    hostile_refuse (f, client, bad[i], EAR_ERROR_BAD_NAME);
  }
  hostile_refuse (f, client, SIGN_UP ("honest", "x", SALT, KEY), EAR_ERROR_NAME_TAKEN);
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
  ADD ("other-names", test_other_names);
  ADD ("keys", test_keys);
  ADD ("bad-keys", test_bad_keys);
  ADD ("control-characters", test_control_characters);
  ADD ("names", test_names);
  ADD ("look-alike", test_look_alike);
  return g_test_run ();
}
