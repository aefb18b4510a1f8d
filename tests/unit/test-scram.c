/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "wire/ear-error.h"
#include "wire/ear-limits.h"
#include "wire/ear-scram-private.h"

#define ITERATIONS EAR_LIMIT_ITERATIONS_MIN
#define NONCE "abcdefghijklmnopqrstuvwx"

static const guint8 binding[EAR_SCRAM_BINDING_SIZE] = { 1, 2, 3 };

/* RFC 7677, section 3: without channel binding, but with the same arithmetic. */
static void
test_rfc7677 (void)
{
  const char *auth_message =
    "n=user,r=rOprNGfwEbeRWgbNEkqO,"
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  guint8 salt[EAR_SCRAM_SALT_SIZE];
  guint8 mac[EAR_SCRAM_KEY_SIZE];
  EarScramSecret secret;
  EarScramKeys keys;
  g_autofree char *proof = NULL;
  g_autofree char *signature = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (ear_scram_decode ("W22ZaJ0SNY7soEsUEjb6gQ==", salt, sizeof salt));
  ear_scram_derive ("pencil", salt, 4096, &secret, &error);
  g_assert_no_error (error);
  ear_scram_secret_get_keys (&secret, &keys);

  ear_scram_hmac (keys.stored_key, auth_message, mac);
  ear_scram_xor (mac, secret.client_key);
  proof = g_base64_encode (mac, sizeof mac);
  g_assert_cmpstr (proof, ==, "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");

  ear_scram_hmac (keys.server_key, auth_message, mac);
  signature = g_base64_encode (mac, sizeof mac);
  g_assert_cmpstr (signature, ==, "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

static void
make_keys (const char *password, EarScramSecret *secret, EarScramKeys *keys)
{
  const guint8 salt[EAR_SCRAM_SALT_SIZE] = { 42 };
  g_autoptr (GError) error = NULL;

  ear_scram_derive (password, salt, ITERATIONS, secret, &error);
  g_assert_no_error (error);
  ear_scram_secret_get_keys (secret, keys);
}

/* One log-in; returns the server's verdict. */
static gboolean
log_in (const char *user,
        const EarScramSecret *secret,
        const EarScramKeys *keys,
        const guint8 *server_binding,
        GError **error)
{
  g_autoptr (EarScramClient) client = ear_scram_client_new (user, binding);
  g_autoptr (EarScramServer) server = ear_scram_server_new (server_binding);
  g_autofree char *first = ear_scram_client_start (client, error);
  g_autofree char *challenge = NULL;
  g_autofree char *proof = NULL;
  g_autofree char *final = NULL;
  g_autofree char *name = NULL;
  guint8 salt[EAR_SCRAM_SALT_SIZE];
  guint32 iterations;

  g_assert_true (ear_scram_server_start (server, first, &name, NULL));
  g_assert_cmpstr (name, ==, user);
  challenge = ear_scram_server_challenge (server, keys, NULL);
  g_assert_true (ear_scram_client_challenge (client, challenge, salt, &iterations, NULL));
  g_assert_cmpmem (salt, sizeof salt, keys->salt, sizeof keys->salt);
  g_assert_cmpuint (iterations, ==, keys->iterations);
  proof = ear_scram_client_prove (client, secret, NULL);
  final = ear_scram_server_verify (server, proof, error);
  if (final == NULL)
    return FALSE;
  return ear_scram_client_finish (client, final, error);
}

static void
test_log_in (void)
{
  const guint8 other_binding[EAR_SCRAM_BINDING_SIZE] = { 9 };
  EarScramSecret secret, wrong_secret;
  EarScramKeys keys, wrong_keys, decoy;
  g_autoptr (GError) no_error = NULL;
  g_autoptr (GError) wrong = NULL;
  g_autoptr (GError) bound = NULL;
  g_autoptr (GError) unknown = NULL;

  make_keys ("correct horse", &secret, &keys);
  make_keys ("wrong horse", &wrong_secret, &wrong_keys);
  ear_scram_make_decoy (binding, "alice", ITERATIONS, &decoy);

  g_assert_true (log_in ("alice", &secret, &keys, binding, &no_error));
  g_assert_no_error (no_error);
  g_assert_true (log_in ("a,b=c", &secret, &keys, binding, NULL));
  g_assert_false (log_in ("alice", &wrong_secret, &keys, binding, &wrong));
  g_assert_error (wrong, EAR_ERROR, EAR_ERROR_BAD_LOGIN);
  /* A proof made on another TLS session is worth nothing. */
  g_assert_false (log_in ("alice", &secret, &keys, other_binding, &bound));
  g_assert_error (bound, EAR_ERROR, EAR_ERROR_BAD_LOGIN);
  g_assert_false (log_in ("alice", &secret, &decoy, binding, &unknown));
  g_assert_error (unknown, EAR_ERROR, EAR_ERROR_BAD_LOGIN);
}

static void
test_false_server (void)
{
  EarScramSecret secret;
  EarScramKeys keys, thief;
  g_autoptr (GError) error = NULL;

  make_keys ("correct horse", &secret, &keys);
  thief = keys;
  thief.server_key[0] ^= 1;
  /* It has the stored key only: the proof passes, but its own signature does not. */
  g_assert_false (log_in ("alice", &secret, &thief, binding, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_LOGIN);
}

static void
test_first_refused (void)
{
  static const char *const cases[] = {
    "",
    "n,,n=alice,r=" NONCE,
    "y,,n=alice,r=" NONCE,
    "p=tls-unique,,n=alice,r=" NONCE,
    "p=tls-exporter,a=admin,n=alice,r=" NONCE,
    "p=tls-exporter,,m=x,n=alice,r=" NONCE,
    "p=tls-exporter,,n=alice,r=" NONCE ",x=1",
    "p=tls-exporter,,n=alice,r=x",
    "p=tls-exporter,,n=alice,r=abcdefghijklmnopqrstuvw x",
    "p=tls-exporter,,n=alice",
    "p=tls-exporter,,r=" NONCE ",n=alice",
    "p=tls-exporter,,n=,r=" NONCE,
    "p=tls-exporter,,n=a=b,r=" NONCE,
    "p=tls-exporter,,n=a=2c,r=" NONCE,
    "p=tls-exporter,,n=\xff,r=" NONCE,
    "p=tls-exporter,,n=alice,r=" NONCE NONCE NONCE,
    "p=tls-exporter,,n=" NONCE NONCE NONCE ",r=" NONCE,
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (EarScramServer) server = ear_scram_server_new (binding);
    g_autoptr (GError) error = NULL;
    char *user = NULL;

    g_test_message ("case %u", i);
    g_assert_false (ear_scram_server_start (server, cases[i], &user, &error));
    g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_MESSAGE);
    g_assert_null (user);
  }
}

static void
test_final_refused (void)
{
  static const char *const cases[] = {
    "",
    "c=x",
    "c=x,r=y",
    "c=x,r=y,p=z",
    "c=x,r=y,p=",
    "c=,r=,p=AAAA",
    "x=1,c=x,r=y,p=z",
    /* 31 and 33 bytes */
    "c=x,r=y,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
    "c=x,r=y,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    /* 32 bytes, but not in the one way to write them */
    "c=x,r=y,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=",
  };
  EarScramSecret secret;
  EarScramKeys keys;

  make_keys ("x", &secret, &keys);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (EarScramServer) server = ear_scram_server_new (binding);
    g_autoptr (GError) error = NULL;
    g_autofree char *user = NULL;
    g_autofree char *challenge = NULL;

    g_test_message ("case %u", i);
    g_assert_true (
      ear_scram_server_start (server, "p=tls-exporter,,n=alice,r=" NONCE, &user, NULL));
    challenge = ear_scram_server_challenge (server, &keys, NULL);
    g_assert_null (ear_scram_server_verify (server, cases[i], &error));
    g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_MESSAGE);
  }
}

static void
test_challenge_refused (void)
{
  static const struct
  {
    const char *challenge;
    int code;
  } cases[] = {
    { "", EAR_ERROR_BAD_MESSAGE },
    { "r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=600000",
      EAR_ERROR_BAD_MESSAGE }, /* nothing of the server's own */
    { "r=XXXX" NONCE NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=600000", EAR_ERROR_BAD_MESSAGE },
    { "r=" NONCE NONCE ",s=W22Z,i=600000", EAR_ERROR_BAD_MESSAGE },
    { "r=" NONCE NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==", EAR_ERROR_BAD_MESSAGE },
    { "m=x,r=" NONCE NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=600000", EAR_ERROR_BAD_MESSAGE },
    { "r=" NONCE NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1", EAR_ERROR_BAD_KEYS },
    { "r=" NONCE NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2147483648", EAR_ERROR_BAD_KEYS },
    { "r=" NONCE NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-600000", EAR_ERROR_BAD_KEYS },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (EarScramClient) client = ear_scram_client_new ("alice", binding);
    g_autoptr (GError) error = NULL;
    g_autofree char *first = NULL;
    guint8 salt[EAR_SCRAM_SALT_SIZE];
    guint32 iterations;

    g_test_message ("case %u", i);
    ear_scram_client_set_nonce (client, NONCE);
    first = ear_scram_client_start (client, NULL);
    g_assert_false (
      ear_scram_client_challenge (client, cases[i].challenge, salt, &iterations, &error));
    g_assert_error (error, EAR_ERROR, cases[i].code);
  }
}

static void
test_out_of_order (void)
{
  g_autoptr (EarScramClient) client = ear_scram_client_new ("alice", binding);
  g_autoptr (EarScramServer) server = ear_scram_server_new (binding);
  EarScramSecret secret;
  EarScramKeys keys;

  make_keys ("x", &secret, &keys);
  g_assert_null (ear_scram_client_prove (client, &secret, NULL));
  g_assert_false (ear_scram_client_finish (client, "v=", NULL));
  g_assert_null (ear_scram_server_challenge (server, &keys, NULL));
  g_assert_null (ear_scram_server_verify (server, "c=x,r=y,p=z", NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scram/rfc7677", test_rfc7677);
  g_test_add_func ("/scram/log-in", test_log_in);
  g_test_add_func ("/scram/false-server", test_false_server);
  g_test_add_func ("/scram/first-refused", test_first_refused);
  g_test_add_func ("/scram/final-refused", test_final_refused);
  g_test_add_func ("/scram/challenge-refused", test_challenge_refused);
  g_test_add_func ("/scram/out-of-order", test_out_of_order);
  return g_test_run ();
}
