/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A certificate as the other side of a link sends it. What passes is Ed25519, signed by itself, and
 * has a key with a fingerprint. A fuzzer cannot sign: an input that begins with 's' is signed with
 * a key of ours after it was read, if it can be. */

#include "fuzz.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

#include "wire/ear-fingerprint.h"
#include "wire/ear-tls-private.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)

static EVP_PKEY *
get_key (void)
{
  static const guint8 secret[32] = { 1, 2, 3 };
  static EVP_PKEY *key;

  if (key == NULL)
    key = EVP_PKEY_new_raw_private_key (EVP_PKEY_ED25519, NULL, secret, sizeof secret);
  return key;
}

static void
check (X509 *certificate)
{
  EVP_PKEY *key = X509_get0_pubkey (certificate);
  guint8 raw[EAR_IDENTITY_KEY_SIZE];
  g_autofree char *fingerprint = NULL;

  g_assert_true (EVP_PKEY_is_a (key, "ED25519"));
  g_assert_cmpint (X509_verify (certificate, key), ==, 1);
  g_assert_true (ear_tls_get_key (certificate, raw));
  fingerprint = ear_fingerprint_new (raw, sizeof raw);
  g_assert_cmpuint (strlen (fingerprint), ==, EAR_FINGERPRINT_LENGTH);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  gboolean sign = size > 0 && data[0] == 's';
  const guint8 *p = data + sign;
  g_autoptr (X509) certificate = d2i_X509 (NULL, &p, (long) (size - sign));

  if (certificate != NULL && sign && X509_set_pubkey (certificate, get_key ()) == 1)
    X509_sign (certificate, get_key (), NULL);
  if (certificate != NULL && ear_tls_check_certificate (certificate) == X509_V_OK)
    check (certificate);
  ERR_clear_error ();
  return 0;
}
