/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Names for keys: the fingerprint that programs compare, and the safety number that two people
 * read to each other.
 *
 * A fingerprint is the lower-case hex SHA-256 of the 32 raw bytes of an Ed25519 public key. A
 * safety number is made as Signal's numeric fingerprint: for each side 30 digits from SHA-512,
 * iterated 5,200 times over the version, the key and the account name; both in the order of their
 * digits, so that both people see the same 60. */

#include "wire/ear-fingerprint.h"
#include "wire/ear-identity.h"

#include <openssl/evp.h>
#include <string.h>

#define SAFETY_ITERATIONS 5200
#define SAFETY_GROUPS 6 /* of five digits, for each side */
#define HASH_SIZE 64

/**
 * ear_fingerprint_new:
 * @public_key: the raw bytes of a public key
 * @size: their number, usually %EAR_IDENTITY_KEY_SIZE
 *
 * Makes the fingerprint of a key.
 *
 * Returns: (transfer full): 64 lower-case hex digits
 */
char *
ear_fingerprint_new (const guint8 *public_key, gsize size)
{
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, public_key, size);
}

/**
 * ear_fingerprint_is_valid:
 * @fingerprint: (nullable): any text
 *
 * Returns: whether it has the form of a fingerprint
 */
gboolean
ear_fingerprint_is_valid (const char *fingerprint)
{
  gsize length;

  if (fingerprint == NULL)
    return FALSE;
  length = strspn (fingerprint, "0123456789abcdef");
  return length == EAR_FINGERPRINT_LENGTH && fingerprint[length] == '\0';
}

/**
 * ear_fingerprint_equal:
 * @a: (nullable): a fingerprint
 * @b: (nullable): another
 *
 * Compares fingerprints; what is not a valid one equals nothing, itself included.
 *
 * Returns: whether both name the same key
 */
gboolean
ear_fingerprint_equal (const char *a, const char *b)
{
  return ear_fingerprint_is_valid (a) && ear_fingerprint_is_valid (b) && strcmp (a, b) == 0;
}

/**
 * ear_fingerprint_format:
 * @fingerprint: a fingerprint
 *
 * Makes a fingerprint readable: groups of four digits with spaces between.
 *
 * Returns: (transfer full): the text
 */
char *
ear_fingerprint_format (const char *fingerprint)
{
  GString *text = g_string_sized_new (80);

  for (gsize i = 0; fingerprint[i] != '\0'; i++) {
    if (i > 0 && i % 4 == 0)
      g_string_append_c (text, ' ');
    g_string_append_c (text, fingerprint[i]);
  }
  return g_string_free (text, FALSE);
}

/* Hashes @size bytes at @data, then @key, into @hash. */
static void
hash_step (EVP_MD_CTX *context,
           const EVP_MD *method,
           const guint8 *data,
           gsize size,
           const guint8 *key,
           guint8 hash[HASH_SIZE])
{
  if (EVP_DigestInit_ex (context, method, NULL) != 1 ||
      EVP_DigestUpdate (context, data, size) != 1 ||
      (key != NULL && EVP_DigestUpdate (context, key, EAR_IDENTITY_KEY_SIZE) != 1) ||
      EVP_DigestFinal_ex (context, hash, NULL) != 1)
    g_error ("SHA-512 does not work");
}

/* One side's 30 digits. */
static char *
make_half (const char *name, const guint8 *key)
{
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  EVP_MD *method = EVP_MD_fetch (NULL, "SHA512", NULL);
  g_autoptr (GByteArray) first = g_byte_array_new ();
  GString *digits = g_string_sized_new (5 * SAFETY_GROUPS);
  guint8 hash[HASH_SIZE];

  /* Signal hashes the key again with each turn, the first included. */
  g_byte_array_append (first, (const guint8 *) "\0\0", 2);
  g_byte_array_append (first, key, EAR_IDENTITY_KEY_SIZE);
  g_byte_array_append (first, (const guint8 *) name, strlen (name));
  hash_step (context, method, first->data, first->len, key, hash);
  for (guint i = 1; i < SAFETY_ITERATIONS; i++)
    hash_step (context, method, hash, sizeof hash, key, hash);

  for (guint i = 0; i < SAFETY_GROUPS; i++) {
    guint64 number = 0;

    for (guint j = 0; j < 5; j++)
      number = number << 8 | hash[5 * i + j];
    g_string_append_printf (digits, "%05" G_GUINT64_FORMAT, number % 100000);
  }
  EVP_MD_free (method);
  EVP_MD_CTX_free (context);
  return g_string_free (digits, FALSE);
}

/**
 * ear_safety_number_new:
 * @my_name: one's own account name
 * @my_key: (array fixed-size=32): what stands for one's own public key
 * @their_name: the other's account name
 * @their_key: (array fixed-size=32): what stands for the other's public key
 *
 * Makes the number by which two people find out whether somebody sits between them: it is the same
 * on both sides. Takes some milliseconds.
 *
 * Returns: (transfer full): 60 digits in twelve groups, with spaces between
 */
char *
ear_safety_number_new (const char *my_name,
                       const guint8 *my_key,
                       const char *their_name,
                       const guint8 *their_key)
{
  g_autofree char *mine = make_half (my_name, my_key);
  g_autofree char *theirs = make_half (their_name, their_key);
  gboolean mine_first = strcmp (mine, theirs) <= 0;
  g_autofree char *both =
    g_strconcat (mine_first ? mine : theirs, mine_first ? theirs : mine, NULL);
  GString *text = g_string_sized_new (72);

  for (gsize i = 0; both[i] != '\0'; i++) {
    if (i > 0 && i % 5 == 0)
      g_string_append_c (text, ' ');
    g_string_append_c (text, both[i]);
  }
  return g_string_free (text, FALSE);
}

static void
decode (const char *fingerprint, guint8 bytes[EAR_IDENTITY_KEY_SIZE])
{
  for (guint i = 0; i < EAR_IDENTITY_KEY_SIZE; i++)
    bytes[i] = (guint8) (g_ascii_xdigit_value (fingerprint[2 * i]) << 4 |
                         g_ascii_xdigit_value (fingerprint[2 * i + 1]));
}

/**
 * ear_safety_number_new_from_fingerprints:
 * @my_name: one's own account name
 * @my_fingerprint: the fingerprint of one's own key
 * @their_name: the other's account name
 * @their_fingerprint: the fingerprint of the other's key
 *
 * Makes the safety number of what is pinned: the SHA-256 of a raw key stands for the key.
 *
 * Returns: (transfer full): 60 digits in twelve groups, with spaces between
 */
char *
ear_safety_number_new_from_fingerprints (const char *my_name,
                                         const char *my_fingerprint,
                                         const char *their_name,
                                         const char *their_fingerprint)
{
  guint8 mine[EAR_IDENTITY_KEY_SIZE], theirs[EAR_IDENTITY_KEY_SIZE];

  g_return_val_if_fail (ear_fingerprint_is_valid (my_fingerprint), NULL);
  g_return_val_if_fail (ear_fingerprint_is_valid (their_fingerprint), NULL);

  decode (my_fingerprint, mine);
  decode (their_fingerprint, theirs);
  return ear_safety_number_new (my_name, mine, their_name, theirs);
}
