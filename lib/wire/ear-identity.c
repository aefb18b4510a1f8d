/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarIdentity: who a server or a device is — an Ed25519 key.
 *
 * The key lives in a PEM file (PKCS #8) that nobody else may read; a file that somebody else could
 * have read is refused rather than mended. The file is written whole before it has its name, and
 * never over another. TLS wants a certificate: it is made in memory at each load, always the same,
 * with names and dates that say nothing. An identity does not change and may be used in any
 * thread. */

#include "config.h"

#include "wire/ear-error.h"
#include "wire/ear-fingerprint.h"
#include "wire/ear-identity-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILE 4096 /* bytes; a key has 119 */

struct _EarIdentity
{
  EVP_PKEY *key;
  X509 *certificate;
  char *fingerprint;
  guint8 public_key[EAR_IDENTITY_KEY_SIZE];
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)

static void
set_file_error (GError **error, const char *path, const char *problem)
{
  g_autofree char *shown = g_filename_display_name (path);

  /* Translators: the first is a file's path, the second what is wrong with it. */
  g_set_error (error, EAR_ERROR, EAR_ERROR_BAD_FILE, _ ("The key file %s cannot be used: %s"),
               shown, problem);
}

static void
set_internal_error (GError **error, const char *what)
{
  g_set_error (error, EAR_ERROR, EAR_ERROR_INTERNAL, "OpenSSL cannot %s", what);
}

static X509 *
make_certificate (EVP_PKEY *key)
{
  g_autoptr (X509) certificate = X509_new ();
  X509_NAME *name;

  if (certificate == NULL || X509_set_version (certificate, X509_VERSION_3) != 1 ||
      ASN1_INTEGER_set (X509_get_serialNumber (certificate), 1) != 1 ||
      ASN1_TIME_set_string (X509_getm_notBefore (certificate), "19700101000000Z") != 1 ||
      ASN1_TIME_set_string (X509_getm_notAfter (certificate), "99991231235959Z") != 1)
    return NULL;
  name = X509_get_subject_name (certificate);
  if (X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_ASC, (const guint8 *) "earshot", -1, -1,
                                  0) != 1 ||
      X509_set_issuer_name (certificate, name) != 1 || X509_set_pubkey (certificate, key) != 1 ||
      X509_sign (certificate, key, NULL) == 0)
    return NULL;
  return g_steal_pointer (&certificate);
}

static EarIdentity *
new_from_key (EVP_PKEY *key, GError **error)
{
  g_autoptr (EarIdentity) self = g_atomic_rc_box_new0 (EarIdentity);
  size_t size = sizeof self->public_key;

  EVP_PKEY_up_ref (key);
  self->key = key;
  if (EVP_PKEY_get_raw_public_key (key, self->public_key, &size) != 1 ||
      size != sizeof self->public_key) {
    set_internal_error (error, "read a public key");
    return NULL;
  }
  self->fingerprint = ear_fingerprint_new (self->public_key, size);
  self->certificate = make_certificate (key);
  if (self->certificate == NULL) {
    set_internal_error (error, "make a certificate");
    return NULL;
  }
  return g_steal_pointer (&self);
}

/**
 * ear_identity_new:
 * @error: return location for an error
 *
 * Makes a new identity that is kept in memory only.
 *
 * Fails with %EAR_ERROR_INTERNAL when there is no randomness.
 *
 * Returns: (transfer full): the identity
 */
EarIdentity *
ear_identity_new (GError **error)
{
  g_autoptr (EVP_PKEY) key = EVP_PKEY_Q_keygen (NULL, NULL, "ED25519");

  if (key == NULL) {
    set_internal_error (error, "make a key");
    return NULL;
  }
  return new_from_key (key, error);
}

/* A key file must not ask for a passphrase on somebody's terminal. */
static int
no_passphrase_cb (char *buffer, int size, int writing, void *user_data)
{
  return -1;
}

static EarIdentity *
load_from_memory (const char *path, const char *data, gsize size, GError **error)
{
  g_autoptr (BIO) bio = BIO_new_mem_buf (data, size);
  g_autoptr (EVP_PKEY) key = NULL;

  key = PEM_read_bio_PrivateKey (bio, NULL, no_passphrase_cb, NULL);
  if (key == NULL || !EVP_PKEY_is_a (key, "ED25519")) {
    set_file_error (error, path, _ ("it does not hold an Ed25519 key"));
    return NULL;
  }
  return new_from_key (key, error);
}

/* Reads until the end or until @size bytes; returns -1 with errno set. */
static gssize
read_all (int fd, char *buffer, gsize size)
{
  gsize have = 0;

  while (have < size) {
    ssize_t n = read (fd, buffer + have, size - have);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return -1;
    if (n == 0)
      break;
    have += n;
  }
  return have;
}

static EarIdentity *
load_from_fd (const char *path, int fd, GError **error)
{
  EarIdentity *self = NULL;
  char buffer[MAX_FILE + 1];
  struct stat info;
  gssize size;

  if (fstat (fd, &info) != 0) {
    set_file_error (error, path, g_strerror (errno));
    return NULL;
  }
  if (!S_ISREG (info.st_mode)) {
    set_file_error (error, path, _ ("it is not a regular file"));
    return NULL;
  }
  if ((info.st_mode & 077) != 0) {
    set_file_error (error, path, _ ("other users may read or change it; it needs mode 0600"));
    return NULL;
  }
  size = read_all (fd, buffer, sizeof buffer);
  if (size < 0)
    set_file_error (error, path, g_strerror (errno));
  else if (size > MAX_FILE)
    set_file_error (error, path, _ ("it is too long"));
  else
    self = load_from_memory (path, buffer, size, error);
  OPENSSL_cleanse (buffer, sizeof buffer);
  return self;
}

static gboolean
write_all (int fd, const char *data, gsize size)
{
  while (size > 0) {
    ssize_t n = write (fd, data, size);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return FALSE;
    data += n;
    size -= n;
  }
  return fsync (fd) == 0;
}

/* Writes the key to @fd, and to the disk. */
static gboolean
save_to_fd (EarIdentity *self, int fd)
{
  g_autoptr (BIO) bio = BIO_new (BIO_s_secmem ());
  char *data;
  long size;

  if (PEM_write_bio_PrivateKey (bio, self->key, NULL, NULL, 0, NULL, NULL) != 1) {
    errno = ENOMEM;
    return FALSE;
  }
  size = BIO_get_mem_data (bio, &data);
  return write_all (fd, data, size);
}

/* Gives the file @temporary the name @path, unless there is such a file already (EEXIST). */
static gboolean
rename_new (const char *temporary, const char *path)
{
  if (renameat2 (AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
    return TRUE;
  /* Not every file system knows that; a hard link does not replace either. */
  if (errno != EINVAL && errno != ENOSYS)
    return FALSE;
  if (link (temporary, path) != 0)
    return FALSE;
  unlink (temporary);
  return TRUE;
}

static void
sync_directory (const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);
  int fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return;
  if (fsync (fd) != 0)
    g_debug ("A directory cannot be synced: %s", g_strerror (errno));
  close (fd);
}

/* Writes a new key; leaves errno at EEXIST when somebody else was faster. */
static gboolean
create_file (EarIdentity *self, const char *path)
{
  g_autofree char *temporary = g_strconcat (path, ".XXXXXX", NULL);
  int fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, 0600); /* opens with O_EXCL */
  gboolean done;
  int code;

  if (fd < 0)
    return FALSE;
  done = save_to_fd (self, fd);
  code = errno;
  if (close (fd) != 0 && done) {
    done = FALSE;
    code = errno;
  }
  if (done && !rename_new (temporary, path)) {
    done = FALSE;
    code = errno;
  }
  if (done)
    sync_directory (path);
  else
    unlink (temporary);
  errno = code;
  return done;
}

/**
 * ear_identity_load_or_create:
 * @path: (type filename): a file in a directory that exists
 * @error: return location for an error
 *
 * Loads the identity in @path, or makes a new one and writes it there with mode 0600. Reads and
 * writes the disk: for start-up, not for the main loop.
 *
 * Fails with %EAR_ERROR_BAD_FILE when the file cannot be read or written, is not a regular file,
 * may be read by others or does not hold an Ed25519 key; with %EAR_ERROR_INTERNAL when there is no
 * randomness.
 *
 * Returns: (transfer full): the identity
 */
EarIdentity *
ear_identity_load_or_create (const char *path, GError **error)
{
  g_autoptr (EarIdentity) created = NULL;
  EarIdentity *self;

  for (guint try = 0; try < 2; try++) {
    /* O_NONBLOCK: a FIFO must not hold us. */
    int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd >= 0) {
      self = load_from_fd (path, fd, error);
      close (fd);
      return self;
    }
    if (errno != ENOENT)
      break;
    if (created == NULL)
      created = ear_identity_new (error);
    if (created == NULL)
      return NULL;
    if (create_file (created, path))
      return g_steal_pointer (&created);
    if (errno != EEXIST)
      break;
  }
  set_file_error (error, path, g_strerror (errno));
  return NULL;
}

/**
 * ear_identity_ref:
 * @self: an identity
 *
 * Takes a reference; safe in any thread.
 *
 * Returns: (transfer full): the same identity
 */
EarIdentity *
ear_identity_ref (EarIdentity *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear_cb (gpointer data)
{
  EarIdentity *self = data;

  EVP_PKEY_free (self->key);
  X509_free (self->certificate);
  g_free (self->fingerprint);
}

/**
 * ear_identity_unref:
 * @self: (transfer full): an identity
 *
 * Drops a reference; safe in any thread.
 */
void
ear_identity_unref (EarIdentity *self)
{
  g_atomic_rc_box_release_full (self, clear_cb);
}

/**
 * ear_identity_get_fingerprint:
 * @self: an identity
 *
 * Returns: (transfer none): its public key's fingerprint
 */
const char *
ear_identity_get_fingerprint (EarIdentity *self)
{
  return self->fingerprint;
}

/**
 * ear_identity_get_public_key:
 * @self: an identity
 *
 * Returns: (transfer none) (array fixed-size=32): the raw public key
 */
const guint8 *
ear_identity_get_public_key (EarIdentity *self)
{
  return self->public_key;
}

EVP_PKEY *
ear_identity_get_key (EarIdentity *self)
{
  return self->key;
}

X509 *
ear_identity_get_certificate (EarIdentity *self)
{
  return self->certificate;
}
