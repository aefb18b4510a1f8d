/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The server's side of SCRAM: three pure steps, in this order only: start, challenge, verify. It
 * takes exactly the form that docs/protocol.md, section 5, describes; whatever RFC 5802 leaves open
 * beyond that is refused. */

#include <openssl/crypto.h>
#include <string.h>

#include "wire/ear-scram-private.h"

/* Bytes of a name after unescaping; longer ones have no account anyway. */
#define USER_MAX 64

typedef enum {
  STEP_START,
  STEP_CHALLENGE,
  STEP_VERIFY,
  STEP_DONE,
} Step;

struct _EarScramServer
{
  Step step;
  guint8 binding[EAR_SCRAM_BINDING_SIZE];
  char *nonce; /* ours, then both */
  char *first_bare;
  char *server_first;
  EarScramKeys keys;
};

/**
 * ear_scram_server_new:
 * @binding: the TLS session's exporter value (RFC 9266)
 *
 * Begins a log-in.
 *
 * Returns: (transfer full): the server's side
 */
EarScramServer *
ear_scram_server_new (const guint8 binding[EAR_SCRAM_BINDING_SIZE])
{
  EarScramServer *self = g_new0 (EarScramServer, 1);

  memcpy (self->binding, binding, EAR_SCRAM_BINDING_SIZE);
  self->nonce = ear_scram_make_nonce ();
  return self;
}

/**
 * ear_scram_server_free:
 * @self: (transfer full): the server's side
 *
 * Frees it and wipes what it knew.
 */
void
ear_scram_server_free (EarScramServer *self)
{
  g_free (self->nonce);
  g_free (self->first_bare);
  g_free (self->server_first);
  OPENSSL_cleanse (self, sizeof *self);
  g_free (self);
}

/**
 * ear_scram_server_set_nonce:
 * @self: the server's side, before its first step
 * @nonce: the server's part of the nonce
 *
 * Fixes the nonce, for tests.
 */
void
ear_scram_server_set_nonce (EarScramServer *self, const char *nonce)
{
  g_return_if_fail (self->step == STEP_START);

  g_free (self->nonce);
  self->nonce = g_strdup (nonce);
}

/* RFC 5802, section 5.1: =2C and =3D, and no other use of "=". */
static char *
unescape_user (const char *text)
{
  g_autoptr (GString) user = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p++) {
    if (*p != '=') {
      g_string_append_c (user, *p);
    } else if (g_str_has_prefix (p, "=2C")) {
      g_string_append_c (user, ',');
      p += 2;
    } else if (g_str_has_prefix (p, "=3D")) {
      g_string_append_c (user, '=');
      p += 2;
    } else {
      return NULL;
    }
  }
  return g_strdup (user->str); /* it is kept: without room to grow */
}

/**
 * ear_scram_server_start:
 * @self: the server's side
 * @client_first: the client-first-message
 * @user: (out): the name that wants to log in, not yet checked
 * @error: return location for an error
 *
 * Reads the client's first message.
 *
 * Returns: whether it is one. Fails with EAR_ERROR_BAD_MESSAGE.
 */
gboolean
ear_scram_server_start (EarScramServer *self, const char *client_first, char **user, GError **error)
{
  g_auto (GStrv) parts = NULL;
  g_autofree char *name = NULL;
  char *nonce;

  if (self->step != STEP_START || !g_str_has_prefix (client_first, EAR_SCRAM_GS2))
    return ear_scram_refuse (error, EAR_ERROR_BAD_MESSAGE);
  client_first += strlen (EAR_SCRAM_GS2);
  parts = g_strsplit (client_first, ",", 3);
  if (g_strv_length (parts) != 2 || !g_str_has_prefix (parts[0], "n=") ||
      !g_str_has_prefix (parts[1], "r=") || !ear_scram_is_nonce (parts[1] + 2, EAR_SCRAM_NONCE_MAX))
    return ear_scram_refuse (error, EAR_ERROR_BAD_MESSAGE);
  name = unescape_user (parts[0] + 2);
  if (name == NULL || name[0] == '\0' || strlen (name) > USER_MAX ||
      !g_utf8_validate (name, -1, NULL))
    return ear_scram_refuse (error, EAR_ERROR_BAD_MESSAGE);

  nonce = g_strconcat (parts[1] + 2, self->nonce, NULL);
  g_free (self->nonce);
  self->nonce = nonce;
  self->first_bare = g_strdup (client_first);
  *user = g_steal_pointer (&name);
  self->step = STEP_CHALLENGE;
  return TRUE;
}

/**
 * ear_scram_server_challenge:
 * @self: the server's side
 * @keys: the account's keys, or a decoy's
 * @error: return location for an error
 *
 * Makes the server-first-message.
 *
 * Returns: (transfer full) (nullable): the message. Fails with EAR_ERROR_INTERNAL out of order.
 */
char *
ear_scram_server_challenge (EarScramServer *self, const EarScramKeys *keys, GError **error)
{
  g_autofree char *salt = g_base64_encode (keys->salt, EAR_SCRAM_SALT_SIZE);

  if (self->step != STEP_CHALLENGE) {
    ear_scram_refuse (error, EAR_ERROR_INTERNAL);
    return NULL;
  }
  self->keys = *keys;
  self->server_first = g_strdup_printf ("r=%s,s=%s,i=%u", self->nonce, salt, keys->iterations);
  self->step = STEP_VERIFY;
  return g_strdup (self->server_first);
}

static gboolean
proof_is_right (EarScramServer *self, const char *auth_message, guint8 proof[EAR_SCRAM_KEY_SIZE])
{
  guint8 mac[EAR_SCRAM_KEY_SIZE];
  guint8 stored_key[EAR_SCRAM_KEY_SIZE];

  /* ClientKey = ClientProof XOR HMAC(StoredKey, AuthMessage); its hash must be StoredKey. */
  ear_scram_hmac (self->keys.stored_key, auth_message, mac);
  ear_scram_xor (mac, proof);
  ear_scram_hash (mac, EAR_SCRAM_KEY_SIZE, stored_key);
  OPENSSL_cleanse (mac, sizeof mac);
  return CRYPTO_memcmp (stored_key, self->keys.stored_key, sizeof stored_key) == 0;
}

/**
 * ear_scram_server_verify:
 * @self: the server's side
 * @client_final: the client-final-message
 * @error: return location for an error
 *
 * Checks the client's proof; there is one try.
 *
 * Returns: (transfer full) (nullable): the server-final-message. Fails with EAR_ERROR_BAD_MESSAGE
 * for what is no such message, and with EAR_ERROR_BAD_LOGIN for a wrong proof or a proof of another
 * TLS session.
 */
char *
ear_scram_server_verify (EarScramServer *self, const char *client_final, GError **error)
{
  g_autofree char *binding = ear_scram_encode_binding (self->binding);
  g_auto (GStrv) parts = g_strsplit (client_final, ",", 4);
  g_autofree char *auth_message = NULL;
  g_autofree char *encoded = NULL;
  guint8 proof[EAR_SCRAM_KEY_SIZE];
  guint8 signature[EAR_SCRAM_KEY_SIZE];

  if (self->step != STEP_VERIFY || g_strv_length (parts) != 3 ||
      !g_str_has_prefix (parts[0], "c=") || !g_str_has_prefix (parts[1], "r=") ||
      !g_str_has_prefix (parts[2], "p=") || !ear_scram_decode (parts[2] + 2, proof, sizeof proof)) {
    ear_scram_refuse (error, EAR_ERROR_BAD_MESSAGE);
    return NULL;
  }
  self->step = STEP_DONE;
  auth_message =
    g_strdup_printf ("%s,%s,%s,%s", self->first_bare, self->server_first, parts[0], parts[1]);
  if (!g_str_equal (parts[0] + 2, binding) || !g_str_equal (parts[1] + 2, self->nonce) ||
      !proof_is_right (self, auth_message, proof)) {
    ear_scram_refuse (error, EAR_ERROR_BAD_LOGIN);
    return NULL;
  }
  ear_scram_hmac (self->keys.server_key, auth_message, signature);
  encoded = g_base64_encode (signature, sizeof signature);
  return g_strconcat ("v=", encoded, NULL);
}
