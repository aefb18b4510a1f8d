/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677): what both sides share. Keys are derived from the
 * password with PBKDF2; the server keeps StoredKey and ServerKey, from which nobody can log in, and
 * the client proves that it has ClientKey.
 *
 * Passwords are taken in Unicode form NFKC, which is what SASLprep (RFC 4013) does to all that a
 * keyboard gives. */

#include "wire/ear-scram.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

#include "wire/ear-scram-private.h"

gboolean
ear_scram_refuse (GError **error, EarError code)
{
  g_propagate_error (error, ear_error_new (code));
  return FALSE;
}

void
ear_scram_hmac (const guint8 key[EAR_SCRAM_KEY_SIZE],
                const char *text,
                guint8 mac[EAR_SCRAM_KEY_SIZE])
{
  unsigned int size = EAR_SCRAM_KEY_SIZE;

  if (HMAC (EVP_sha256 (), key, EAR_SCRAM_KEY_SIZE, (const guint8 *) text, strlen (text), mac,
            &size) == NULL)
    g_error ("OpenSSL cannot compute HMAC-SHA-256");
}

void
ear_scram_hash (const guint8 *data, gsize size, guint8 digest[EAR_SCRAM_KEY_SIZE])
{
  if (EVP_Digest (data, size, digest, NULL, EVP_sha256 (), NULL) != 1)
    g_error ("OpenSSL cannot compute SHA-256");
}

void
ear_scram_xor (guint8 *a, const guint8 *b)
{
  for (guint i = 0; i < EAR_SCRAM_KEY_SIZE; i++)
    a[i] ^= b[i];
}

char *
ear_scram_make_nonce (void)
{
  guint8 random[18]; /* 24 characters of base64, none of them a comma */

  if (RAND_bytes (random, sizeof random) != 1)
    g_error ("OpenSSL has no random numbers");
  return g_base64_encode (random, sizeof random);
}

/* RFC 5802, section 7: printable ASCII without the comma. */
gboolean
ear_scram_is_nonce (const char *nonce, gsize max_length)
{
  gsize length = 0;

  for (; nonce[length] != '\0'; length++) {
    if (nonce[length] < 0x21 || nonce[length] > 0x7e || nonce[length] == ',')
      return FALSE;
  }
  return length >= EAR_SCRAM_NONCE_MIN && length <= max_length;
}

char *
ear_scram_encode_binding (const guint8 binding[EAR_SCRAM_BINDING_SIZE])
{
  guint8 data[sizeof EAR_SCRAM_GS2 - 1 + EAR_SCRAM_BINDING_SIZE];

  memcpy (data, EAR_SCRAM_GS2, sizeof EAR_SCRAM_GS2 - 1);
  memcpy (data + sizeof EAR_SCRAM_GS2 - 1, binding, EAR_SCRAM_BINDING_SIZE);
  return g_base64_encode (data, sizeof data);
}

/* Exactly so many bytes, and no second way to write them. */
gboolean
ear_scram_decode (const char *text, guint8 *data, gsize size)
{
  g_autofree guchar *decoded = NULL;
  g_autofree char *again = NULL;
  gsize decoded_size;

  if (strlen (text) != (size + 2) / 3 * 4)
    return FALSE;
  decoded = g_base64_decode (text, &decoded_size);
  if (decoded_size != size)
    return FALSE;
  again = g_base64_encode (decoded, decoded_size);
  if (!g_str_equal (again, text))
    return FALSE;
  memcpy (data, decoded, size);
  OPENSSL_cleanse (decoded, decoded_size);
  return TRUE;
}

/**
 * ear_scram_derive:
 * @password: the password, UTF-8
 * @salt: the account's salt
 * @iterations: the account's iterations
 * @secret: (out caller-allocates): what the client needs to log in; wipe it with OPENSSL_cleanse()
 * @error: return location for an error
 *
 * Derives a secret with PBKDF2-HMAC-SHA-256: a tenth of a second or more, so call it in a thread.
 *
 * Returns: whether it could be done. Fails with EAR_ERROR_BAD_KEYS for a password that is not
 * UTF-8, and with EAR_ERROR_INTERNAL.
 */
gboolean
ear_scram_derive (const char *password,
                  const guint8 salt[EAR_SCRAM_SALT_SIZE],
                  guint32 iterations,
                  EarScramSecret *secret,
                  GError **error)
{
  char *normal = g_utf8_normalize (password, -1, G_NORMALIZE_NFKC);
  guint8 salted[EAR_SCRAM_KEY_SIZE];
  gboolean derived;

  if (normal == NULL)
    return ear_scram_refuse (error, EAR_ERROR_BAD_KEYS);
  derived = PKCS5_PBKDF2_HMAC (normal, (int) strlen (normal), salt, EAR_SCRAM_SALT_SIZE,
                               (int) iterations, EVP_sha256 (), sizeof salted, salted) == 1;
  OPENSSL_cleanse (normal, strlen (normal));
  g_free (normal);
  if (!derived)
    return ear_scram_refuse (error, EAR_ERROR_INTERNAL);

  memcpy (secret->salt, salt, EAR_SCRAM_SALT_SIZE);
  secret->iterations = iterations;
  ear_scram_hmac (salted, "Client Key", secret->client_key);
  ear_scram_hmac (salted, "Server Key", secret->server_key);
  OPENSSL_cleanse (salted, sizeof salted);
  return TRUE;
}

/**
 * ear_scram_make_salt:
 * @salt: (out caller-allocates): the salt
 * @error: return location for an error
 *
 * Makes a random salt.
 *
 * Returns: whether it could be done. Fails with EAR_ERROR_INTERNAL.
 */
gboolean
ear_scram_make_salt (guint8 salt[EAR_SCRAM_SALT_SIZE], GError **error)
{
  if (RAND_bytes (salt, EAR_SCRAM_SALT_SIZE) != 1)
    return ear_scram_refuse (error, EAR_ERROR_INTERNAL);
  return TRUE;
}

/**
 * ear_scram_secret_get_keys:
 * @secret: what the client derived
 * @keys: (out caller-allocates): what the server may know of it
 *
 * Computes the keys of a sign-up (RFC 5802, section 3).
 */
void
ear_scram_secret_get_keys (const EarScramSecret *secret, EarScramKeys *keys)
{
  memcpy (keys->salt, secret->salt, EAR_SCRAM_SALT_SIZE);
  keys->iterations = secret->iterations;
  ear_scram_hash (secret->client_key, EAR_SCRAM_KEY_SIZE, keys->stored_key);
  memcpy (keys->server_key, secret->server_key, EAR_SCRAM_KEY_SIZE);
}

/**
 * ear_scram_digest_password:
 * @password: the password that somebody typed
 *
 * Computes what the accounts of an imported system have as their SCRAM password.
 *
 * Returns: (transfer full): lower-case hex SHA-256
 */
char *
ear_scram_digest_password (const char *password)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, password, -1);
}

/**
 * ear_scram_make_decoy:
 * @server_secret: 32 bytes that only this server knows
 * @user: a name that has no account
 * @iterations: the server's iterations
 * @keys: (out caller-allocates): keys that nobody can log in with
 *
 * Makes keys for an unknown user: the same salt each time, so that nobody learns which names exist.
 */
void
ear_scram_make_decoy (const guint8 server_secret[32],
                      const char *user,
                      guint32 iterations,
                      EarScramKeys *keys)
{
  guint8 mac[EAR_SCRAM_KEY_SIZE];

  ear_scram_hmac (server_secret, user, mac);
  memcpy (keys->salt, mac, EAR_SCRAM_SALT_SIZE);
  keys->iterations = iterations;
  /* Hashes of a hash: to log in one would have to find its preimage. */
  ear_scram_hmac (mac, "Stored Key", keys->stored_key);
  ear_scram_hmac (mac, "Server Key", keys->server_key);
}
