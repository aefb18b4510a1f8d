/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarStoreFile: how every store reads its file when it is loaded, and writes it anew. Line by line,
 * whoever wrote it: a spreadsheet may have put a byte order mark before the first and a CR after
 * each. Lines that the store cannot use are put aside, in PATH.rejected, and one warning counts
 * them. */

#include "server/ear-store-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/ear-disk-file.h"

static void
set_error (GError **error, const char *path)
{
  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno), "%s: %s", path,
               g_strerror (errno));
}

/* Takes what open() has given. */
static int
check_regular (int fd, const char *path, GError **error)
{
  struct stat status;

  if (fd < 0 || fstat (fd, &status) != 0)
    set_error (error, path);
  else if (!S_ISREG (status.st_mode))
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: not a regular file", path);
  else
    return fd;
  if (fd >= 0)
    close (fd);
  return -1;
}

/* A link is not followed: where it leads to nothing, the accounts are elsewhere and not gone. Nor
 * is a pipe waited for. */
static gboolean
map (EarStoreFile *self, GError **error)
{
  g_autoptr (GError) reason = NULL;
  int fd = open (self->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

  fd = check_regular (fd, self->path, &reason);
  if (g_error_matches (reason, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return TRUE;
  if (fd < 0) {
    g_propagate_error (error, g_steal_pointer (&reason));
    return FALSE;
  }
  self->file = g_mapped_file_new_from_fd (fd, FALSE, error);
  close (fd);
  return self->file != NULL;
}

/**
 * ear_store_file_open:
 * @path: a file; when it is not there, it has no lines
 * @error: return location for an error
 *
 * Opens a store's file for reading.
 *
 * Returns: (transfer full) (nullable): the file, before its first line. Fails with
 * [error@GLib.FileError].
 */
EarStoreFile *
ear_store_file_open (const char *path, GError **error)
{
  g_autoptr (EarStoreFile) self = ear_store_file_new (NULL, 0);

  self->path = g_strdup (path);
  if (!map (self, error))
    return NULL;
  if (self->file != NULL) {
    self->rest = g_mapped_file_get_contents (self->file);
    self->rest_size = g_mapped_file_get_length (self->file);
  }
  return g_steal_pointer (&self);
}

/**
 * ear_store_file_new:
 * @data: what a file may hold; it must outlive the result
 * @size: its size in bytes
 *
 * Makes a file of what is in memory.
 *
 * Returns: (transfer full): the file, before its first line
 */
EarStoreFile *
ear_store_file_new (const char *data, gsize size)
{
  EarStoreFile *self = g_new0 (EarStoreFile, 1);

  self->rest = data;
  self->rest_size = size;
  self->rejected = g_string_new (NULL);
  return self;
}

/**
 * ear_store_file_free:
 * @self: (transfer full): a file
 *
 * Closes a file.
 */
void
ear_store_file_free (EarStoreFile *self)
{
  g_clear_pointer (&self->file, g_mapped_file_unref);
  g_string_free (self->rejected, TRUE);
  g_free (self->path);
  g_free (self);
}

static void
skip (EarStoreFile *self, gsize size)
{
  self->rest += size;
  self->rest_size -= size;
}

/**
 * ear_store_file_next:
 * @self: a file
 *
 * Goes on to the next line. A newline always ends one: what a stray quote opens must not swallow
 * the rest of the file.
 *
 * Returns: whether there is one
 */
gboolean
ear_store_file_next (EarStoreFile *self)
{
  const char *newline;

  if (self->n_lines == 0 && self->rest_size >= 3 && memcmp (self->rest, "\xef\xbb\xbf", 3) == 0) {
    self->foreign = TRUE;
    skip (self, 3);
  }
  if (self->rest_size == 0)
    return FALSE;
  newline = memchr (self->rest, '\n', self->rest_size);
  self->n_lines++;
  self->torn = newline == NULL;
  self->line = self->rest;
  self->size = newline != NULL ? (gsize) (newline - self->rest) : self->rest_size;
  skip (self, self->size + (newline != NULL ? 1 : 0));
  if (self->size > 0 && self->line[self->size - 1] == '\r') {
    self->foreign = TRUE;
    self->size--;
  }
  return TRUE;
}

/**
 * ear_store_file_reject:
 * @self: a file
 *
 * Puts the line at hand aside, unless there is nothing in it.
 */
void
ear_store_file_reject (EarStoreFile *self)
{
  if (self->size == 0)
    return;
  self->n_rejected++;
  g_string_append_len (self->rejected, self->line, (gssize) self->size);
  g_string_append_c (self->rejected, '\n');
}

/**
 * ear_store_file_keep_rejected:
 * @self: a file that was read
 * @error: return location for an error
 *
 * Adds what was put aside to PATH.rejected, durably, and says so; the file may then be written
 * without it.
 *
 * Returns: whether nothing would be lost. Fails with [error@GLib.FileError].
 */
gboolean
ear_store_file_keep_rejected (EarStoreFile *self, GError **error)
{
  g_autofree char *path = g_strconcat (self->path, ".rejected", NULL);
  gboolean kept;
  int fd;

  if (self->n_rejected == 0)
    return TRUE;
  fd = check_regular (ear_disk_open (path, O_WRONLY | O_APPEND | O_NONBLOCK), path, error);
  if (fd < 0)
    return FALSE;
  kept = ear_disk_write_all (fd, self->rejected->str, self->rejected->len) && fsync (fd) == 0 &&
         ear_disk_sync_directory (path);
  if (!kept)
    set_error (error, path);
  close (fd);
  if (kept)
    g_warning ("%s: %u lines could not be read; they are kept in %s", self->path, self->n_rejected,
               path);
  return kept;
}

/**
 * ear_store_file_rewrite:
 * @path: a store's file
 * @data: all that it shall hold
 * @size: its size in bytes
 * @error: return location for an error
 *
 * Replaces the file at once, durably, and as one that is private.
 *
 * Returns: whether it is. Fails with [error@GLib.FileError].
 */
gboolean
ear_store_file_rewrite (const char *path, const char *data, gsize size, GError **error)
{
  if (ear_disk_replace (path, data, size))
    return TRUE;
  set_error (error, path);
  return FALSE;
}
