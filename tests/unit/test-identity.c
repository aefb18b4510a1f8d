/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Identities: their file, who may read it, and everything that may be in its place. */

#include "wire/ear-error.h"
#include "wire/ear-fingerprint.h"
#include "wire/ear-identity-private.h"

#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  char *directory;
  char *path;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->directory = g_dir_make_tmp ("ear-identity-XXXXXX", NULL);
  g_assert_nonnull (f->directory);
  f->path = g_build_filename (f->directory, "key.pem", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (f->directory, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (f->directory, name, NULL);

    g_remove (path);
  }
  g_rmdir (f->directory);
  g_free (f->directory);
  g_free (f->path);
}

static void
write_file (Fixture *f, const char *text, int mode)
{
  g_assert_true (
    g_file_set_contents_full (f->path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, mode, NULL));
  g_assert_cmpint (g_chmod (f->path, mode), ==, 0);
}

static void
assert_refused (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ear_identity_load_or_create (f->path, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_FILE);
  g_assert_nonnull (strstr (error->message, "key.pem"));
}

static void
test_create_and_load (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EarIdentity) first = ear_identity_load_or_create (f->path, &error);
  g_autoptr (EarIdentity) second = NULL;
  g_autoptr (GDir) dir = NULL;
  g_autofree char *fingerprint = NULL;
  GStatBuf info;

  g_assert_no_error (error);
  g_assert_cmpint (g_stat (f->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
  second = ear_identity_load_or_create (f->path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (ear_identity_get_fingerprint (first), ==, ear_identity_get_fingerprint (second));
  g_assert_cmpmem (ear_identity_get_public_key (first), 32, ear_identity_get_public_key (second),
                   32);
  fingerprint = ear_fingerprint_new (ear_identity_get_public_key (first), EAR_IDENTITY_KEY_SIZE);
  g_assert_cmpstr (fingerprint, ==, ear_identity_get_fingerprint (first));

  /* Nothing but the key is left behind. */
  dir = g_dir_open (f->directory, 0, NULL);
  g_assert_cmpstr (g_dir_read_name (dir), ==, "key.pem");
  g_assert_null (g_dir_read_name (dir));
}

static void
test_certificate (Fixture *f, gconstpointer data)
{
  g_autoptr (EarIdentity) a = ear_identity_new (NULL);
  g_autoptr (EarIdentity) b = ear_identity_new (NULL);
  X509 *certificate = ear_identity_get_certificate (a);

  g_assert_cmpstr (ear_identity_get_fingerprint (a), !=, ear_identity_get_fingerprint (b));
  g_assert_cmpint (X509_self_signed (certificate, 1), ==, 1);
  g_assert_cmpint (EVP_PKEY_eq (X509_get0_pubkey (certificate), ear_identity_get_key (a)), ==, 1);
}

static void
test_mode (Fixture *f, gconstpointer data)
{
  static const int modes[] = { 0640, 0604, 0644, 0620, 0602, 0610, 0666 };
  g_autoptr (EarIdentity) identity = ear_identity_load_or_create (f->path, NULL);

  g_assert_nonnull (identity);
  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++) {
    g_assert_cmpint (g_chmod (f->path, modes[i]), ==, 0);
    assert_refused (f);
  }
  g_assert_cmpint (g_chmod (f->path, 0400), ==, 0);
  ear_identity_unref (identity);
  identity = ear_identity_load_or_create (f->path, NULL);
  g_assert_nonnull (identity);
}

static void
test_broken (Fixture *f, gconstpointer data)
{
  g_autofree char *key = NULL, *half = NULL, *large = g_strnfill (100000, 'A');
  g_autoptr (EarIdentity) identity = ear_identity_load_or_create (f->path, NULL);
  g_autofree char *left = NULL;

  g_assert_true (g_file_get_contents (f->path, &key, NULL, NULL));
  half = g_strndup (key, strlen (key) / 2);
  write_file (f, "", 0600);
  assert_refused (f);
  write_file (f, half, 0600);
  assert_refused (f);
  write_file (f, large, 0600);
  assert_refused (f);
  write_file (f, "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", 0600);
  assert_refused (f);
  /* What was refused is still there: nobody's key is overwritten. */
  g_assert_true (g_file_get_contents (f->path, &left, NULL, NULL));
  g_assert_true (g_str_has_prefix (left, "-----BEGIN"));
}

static void
test_other_kinds (Fixture *f, gconstpointer data)
{
  static const char *const kinds[] = { "EC", "X25519" };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++) {
    EVP_PKEY *key = i == 0 ? EVP_PKEY_Q_keygen (NULL, NULL, "EC", "P-256")
                           : EVP_PKEY_Q_keygen (NULL, NULL, kinds[i]);
    BIO *bio = BIO_new (BIO_s_mem ());
    g_autofree char *text = NULL;
    char *pem;
    long size;

    g_assert_cmpint (PEM_write_bio_PrivateKey (bio, key, NULL, NULL, 0, NULL, NULL), ==, 1);
    size = BIO_get_mem_data (bio, &pem);
    text = g_strndup (pem, size);
    write_file (f, text, 0600);
    assert_refused (f);
    BIO_free (bio);
    EVP_PKEY_free (key);
  }
}

/* It must neither ask for a passphrase nor hang. */
static void
test_encrypted (Fixture *f, gconstpointer data)
{
  g_autoptr (EarIdentity) identity = ear_identity_new (NULL);
  BIO *bio = BIO_new (BIO_s_mem ());
  g_autofree char *text = NULL;
  char *pem;
  long size;

  g_assert_cmpint (PEM_write_bio_PrivateKey (bio, ear_identity_get_key (identity),
                                             EVP_aes_128_cbc (), (const guint8 *) "secret", 6, NULL,
                                             NULL),
                   ==, 1);
  size = BIO_get_mem_data (bio, &pem);
  text = g_strndup (pem, size);
  write_file (f, text, 0600);
  assert_refused (f);
  BIO_free (bio);
}

static void
test_not_a_file (Fixture *f, gconstpointer data)
{
  g_autofree char *real = g_build_filename (f->directory, "real.pem", NULL);
  g_autoptr (EarIdentity) identity = ear_identity_load_or_create (real, NULL);

  g_assert_cmpint (g_mkdir (f->path, 0700), ==, 0);
  assert_refused (f);
  g_assert_cmpint (g_rmdir (f->path), ==, 0);
  g_assert_cmpint (mkfifo (f->path, 0600), ==, 0);
  assert_refused (f);
  g_assert_cmpint (g_unlink (f->path), ==, 0);
  g_assert_cmpint (symlink (real, f->path), ==, 0);
  assert_refused (f);
}

static void
test_no_directory (Fixture *f, gconstpointer data)
{
  g_free (f->path);
  f->path = g_build_filename (f->directory, "missing", "key.pem", NULL);
  assert_refused (f);
}

#define TEST(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("/identity/create-and-load", test_create_and_load);
  TEST ("/identity/certificate", test_certificate);
  TEST ("/identity/mode", test_mode);
  TEST ("/identity/broken", test_broken);
  TEST ("/identity/other-kinds", test_other_kinds);
  TEST ("/identity/encrypted", test_encrypted);
  TEST ("/identity/not-a-file", test_not_a_file);
  TEST ("/identity/no-directory", test_no_directory);
  return g_test_run ();
}
