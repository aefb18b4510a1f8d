/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Fingerprints and safety numbers. */

#include "wire/ear-fingerprint.h"

#include <string.h>

/* RFC 8032, test 1 and 2: two public keys. */
static const guint8 key_a[32] = { 0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe,
                                  0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6,
                                  0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a };
static const guint8 key_b[32] = { 0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7, 0x0a,
                                  0xa7, 0x4d, 0x1b, 0x7e, 0xbc, 0x9c, 0x98, 0x2c, 0xcf, 0x2e, 0xc4,
                                  0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4, 0x66, 0x0c };

static void
test_fingerprint (void)
{
  g_autofree char *fingerprint = ear_fingerprint_new (key_a, sizeof key_a);
  g_autofree char *formatted = ear_fingerprint_format (fingerprint);

  g_assert_cmpstr (fingerprint, ==,
                   "21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9");
  g_assert_cmpuint (strlen (formatted), ==, 64 + 15);
  g_assert_true (g_str_has_prefix (formatted, "21fe 31df "));
}

static void
test_valid (void)
{
  g_autofree char *good = ear_fingerprint_new (key_a, sizeof key_a);
  g_autofree char *other = ear_fingerprint_new (key_b, sizeof key_b);
  g_autofree char *upper = g_ascii_strup (good, -1);
  g_autofree char *longer = g_strconcat (good, "0", NULL);
  g_autofree char *newline = g_strconcat (good, "\n", NULL);

  g_assert_true (ear_fingerprint_is_valid (good));
  g_assert_false (ear_fingerprint_is_valid (NULL));
  g_assert_false (ear_fingerprint_is_valid (""));
  g_assert_false (ear_fingerprint_is_valid (upper));
  g_assert_false (ear_fingerprint_is_valid (longer));
  g_assert_false (ear_fingerprint_is_valid (newline));
  g_assert_false (ear_fingerprint_is_valid (good + 1));
  g_assert_true (ear_fingerprint_equal (good, good));
  g_assert_false (ear_fingerprint_equal (good, other));
  g_assert_false (ear_fingerprint_equal (NULL, NULL));
  g_assert_false (ear_fingerprint_equal ("", ""));
}

static void
test_safety_number (void)
{
  g_autofree char *mine = ear_safety_number_new ("alice", key_a, "bob", key_b);
  g_autofree char *theirs = ear_safety_number_new ("bob", key_b, "alice", key_a);
  g_autofree char *other_key = ear_safety_number_new ("alice", key_b, "bob", key_b);
  g_autofree char *other_name = ear_safety_number_new ("alicf", key_a, "bob", key_b);

  /* Computed by an independent program from the description in the module. */
  g_assert_cmpstr (mine, ==,
                   "13091 32294 92263 76313 26174 49443 42493 13209 61591 80933 39727 51357");
  g_assert_cmpstr (mine, ==, theirs);
  g_assert_cmpstr (mine, !=, other_key);
  g_assert_cmpstr (mine, !=, other_name);
}

/* What two clients compute from what they have pinned. */
static void
test_safety_number_of_fingerprints (void)
{
  g_autofree char *a = ear_fingerprint_new (key_a, sizeof key_a);
  g_autofree char *b = ear_fingerprint_new (key_b, sizeof key_b);
  g_autofree char *mine = ear_safety_number_new_from_fingerprints ("alice", a, "bob", b);
  g_autofree char *theirs = ear_safety_number_new_from_fingerprints ("bob", b, "alice", a);
  g_autofree char *swapped = ear_safety_number_new_from_fingerprints ("alice", b, "bob", a);

  /* Computed by an independent program from docs/protocol.md. */
  g_assert_cmpstr (mine, ==,
                   "77177 12373 28248 07588 04073 74406 78871 42647 65897 52789 83615 73040");
  g_assert_cmpstr (mine, ==, theirs);
  g_assert_cmpstr (mine, !=, swapped);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fingerprint/fingerprint", test_fingerprint);
  g_test_add_func ("/fingerprint/valid", test_valid);
  g_test_add_func ("/fingerprint/safety-number", test_safety_number);
  g_test_add_func ("/fingerprint/safety-number-of-fingerprints",
                   test_safety_number_of_fingerprints);
  return g_test_run ();
}
