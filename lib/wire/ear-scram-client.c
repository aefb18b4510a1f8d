/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The client's side of SCRAM: four pure steps, in this order only: start, challenge, prove, finish.
 */

#include <openssl/crypto.h>
#include <string.h>

#include "wire/ear-limits.h"
#include "wire/ear-scram-private.h"

typedef enum {
  STEP_START,
  STEP_CHALLENGE,
  STEP_PROVE,
  STEP_FINISH,
  STEP_DONE,
} Step;

struct _EarScramClient
{
  Step step;
  char *user;
  char *nonce;
  guint8 binding[EAR_SCRAM_BINDING_SIZE];
  char *first_bare;   /* client-first-message-bare */
  char *server_first; /* as it came */
  char *full_nonce;
  guint8 server_signature[EAR_SCRAM_KEY_SIZE];
};

/**
 * ear_scram_client_new:
 * @user: the account name
 * @binding: the TLS session's exporter value (RFC 9266)
 *
 * Begins a log-in.
 *
 * Returns: (transfer full): the client's side
 */
EarScramClient *
ear_scram_client_new (const char *user, const guint8 binding[EAR_SCRAM_BINDING_SIZE])
{
  EarScramClient *self = g_new0 (EarScramClient, 1);

  self->user = g_strdup (user);
  self->nonce = ear_scram_make_nonce ();
  memcpy (self->binding, binding, EAR_SCRAM_BINDING_SIZE);
  return self;
}

/**
 * ear_scram_client_free:
 * @self: (transfer full): the client's side
 *
 * Frees it and wipes what it knew.
 */
void
ear_scram_client_free (EarScramClient *self)
{
  g_free (self->user);
  g_free (self->nonce);
  g_free (self->first_bare);
  g_free (self->server_first);
  g_free (self->full_nonce);
  OPENSSL_cleanse (self, sizeof *self);
  g_free (self);
}

/**
 * ear_scram_client_set_nonce:
 * @self: the client's side, before its first step
 * @nonce: the nonce
 *
 * Fixes the nonce, for tests.
 */
void
ear_scram_client_set_nonce (EarScramClient *self, const char *nonce)
{
  g_return_if_fail (self->step == STEP_START);

  g_free (self->nonce);
  self->nonce = g_strdup (nonce);
}

/* RFC 5802, section 5.1: in a name, "=" and "," are written as =3D and =2C. */
static char *
escape_user (const char *user)
{
  GString *escaped = g_string_new (user);

  g_string_replace (escaped, "=", "=3D", 0);
  g_string_replace (escaped, ",", "=2C", 0);
  return g_string_free (escaped, FALSE);
}

/**
 * ear_scram_client_start:
 * @self: the client's side
 * @error: return location for an error
 *
 * Makes the client-first-message.
 *
 * Returns: (transfer full) (nullable): the message. Fails with EAR_ERROR_INTERNAL out of order.
 */
char *
ear_scram_client_start (EarScramClient *self, GError **error)
{
  g_autofree char *user = escape_user (self->user);

  if (self->step != STEP_START) {
    ear_scram_refuse (error, EAR_ERROR_INTERNAL);
    return NULL;
  }
  self->first_bare = g_strdup_printf ("n=%s,r=%s", user, self->nonce);
  self->step = STEP_CHALLENGE;
  return g_strconcat (EAR_SCRAM_GS2, self->first_bare, NULL);
}

static gboolean
parse_iterations (const char *text, guint32 *iterations)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, EAR_LIMIT_ITERATIONS_MIN, EAR_LIMIT_ITERATIONS_MAX,
                                   &number, NULL))
    return FALSE;
  *iterations = (guint32) number;
  return TRUE;
}

/**
 * ear_scram_client_challenge:
 * @self: the client's side
 * @server_first: the server-first-message
 * @salt: (out caller-allocates): the account's salt
 * @iterations: (out): the account's iterations
 * @error: return location for an error
 *
 * Reads the server's challenge.
 *
 * Returns: whether it is one. Fails with EAR_ERROR_BAD_MESSAGE, and with EAR_ERROR_BAD_KEYS for
 * fewer than 100,000 or more than 5,000,000 iterations.
 */
gboolean
ear_scram_client_challenge (EarScramClient *self,
                            const char *server_first,
                            guint8 salt[EAR_SCRAM_SALT_SIZE],
                            guint32 *iterations,
                            GError **error)
{
  g_auto (GStrv) parts = g_strsplit (server_first, ",", 4);
  const char *nonce;

  if (self->step != STEP_CHALLENGE)
    return ear_scram_refuse (error, EAR_ERROR_INTERNAL);
  if (g_strv_length (parts) != 3 || !g_str_has_prefix (parts[0], "r=") ||
      !g_str_has_prefix (parts[1], "s=") || !g_str_has_prefix (parts[2], "i="))
    return ear_scram_refuse (error, EAR_ERROR_BAD_MESSAGE);

  nonce = parts[0] + 2;
  if (!g_str_has_prefix (nonce, self->nonce) ||
      strlen (nonce) < strlen (self->nonce) + EAR_SCRAM_NONCE_MIN ||
      !ear_scram_is_nonce (nonce, 2 * EAR_SCRAM_NONCE_MAX) ||
      !ear_scram_decode (parts[1] + 2, salt, EAR_SCRAM_SALT_SIZE))
    return ear_scram_refuse (error, EAR_ERROR_BAD_MESSAGE);
  if (!parse_iterations (parts[2] + 2, iterations))
    return ear_scram_refuse (error, EAR_ERROR_BAD_KEYS);

  self->full_nonce = g_strdup (nonce);
  self->server_first = g_strdup (server_first);
  self->step = STEP_PROVE;
  return TRUE;
}

/**
 * ear_scram_client_prove:
 * @self: the client's side
 * @secret: derived with the challenge's salt and iterations
 * @error: return location for an error
 *
 * Makes the client-final-message.
 *
 * Returns: (transfer full) (nullable): the message. Fails with EAR_ERROR_INTERNAL out of order.
 */
char *
ear_scram_client_prove (EarScramClient *self, const EarScramSecret *secret, GError **error)
{
  g_autofree char *binding = ear_scram_encode_binding (self->binding);
  g_autofree char *without_proof = NULL;
  g_autofree char *auth_message = NULL;
  g_autofree char *encoded = NULL;
  guint8 stored_key[EAR_SCRAM_KEY_SIZE];
  guint8 proof[EAR_SCRAM_KEY_SIZE];

  if (self->step != STEP_PROVE) {
    ear_scram_refuse (error, EAR_ERROR_INTERNAL);
    return NULL;
  }
  without_proof = g_strdup_printf ("c=%s,r=%s", binding, self->full_nonce);
  auth_message = g_strdup_printf ("%s,%s,%s", self->first_bare, self->server_first, without_proof);

  /* ClientProof = ClientKey XOR HMAC(StoredKey, AuthMessage) */
  ear_scram_hash (secret->client_key, EAR_SCRAM_KEY_SIZE, stored_key);
  ear_scram_hmac (stored_key, auth_message, proof);
  ear_scram_xor (proof, secret->client_key);
  ear_scram_hmac (secret->server_key, auth_message, self->server_signature);
  encoded = g_base64_encode (proof, sizeof proof);
  self->step = STEP_FINISH;
  return g_strdup_printf ("%s,p=%s", without_proof, encoded);
}

/**
 * ear_scram_client_finish:
 * @self: the client's side
 * @server_final: the server-final-message
 * @error: return location for an error
 *
 * Checks that the server, too, knows the account's keys.
 *
 * Returns: whether it does. Fails with EAR_ERROR_BAD_LOGIN.
 */
gboolean
ear_scram_client_finish (EarScramClient *self, const char *server_final, GError **error)
{
  guint8 signature[EAR_SCRAM_KEY_SIZE];

  if (self->step != STEP_FINISH)
    return ear_scram_refuse (error, EAR_ERROR_INTERNAL);
  if (!g_str_has_prefix (server_final, "v=") ||
      !ear_scram_decode (server_final + 2, signature, sizeof signature) ||
      CRYPTO_memcmp (signature, self->server_signature, sizeof signature) != 0)
    return ear_scram_refuse (error, EAR_ERROR_BAD_LOGIN);
  self->step = STEP_DONE;
  return TRUE;
}
