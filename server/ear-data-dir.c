/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The data directory: made when it is missing, closed to others, and owned by one process at a
 * time. */

#include "config.h"

#include "server/ear-data-dir.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "server/ear-disk-file.h"

/* With its parents, each durable before there is something in it. */
static gboolean
make_directory (const char *path)
{
  g_autofree char *beside = g_build_filename (path, "..", ".", NULL); /* also of "a/" */
  g_autofree char *parent = g_path_get_dirname (path);

  if (g_mkdir (path, 0700) == 0 ||
      (errno == ENOENT && make_directory (parent) && g_mkdir (path, 0700) == 0))
    return ear_disk_sync_directory (beside);
  return errno == EEXIST;
}

/**
 * ear_data_dir_lock:
 * @path: the data directory
 * @error: return location for an error
 *
 * Takes the directory for this process, as long as the descriptor stays open.
 *
 * Returns: the descriptor of the lock, or -1. Fails with %G_IO_ERROR_BUSY when another process has
 * it, else with [error@GLib.FileError].
 */
int
ear_data_dir_lock (const char *path, GError **error)
{
  g_autofree char *lock = g_build_filename (path, "lock", NULL);
  int fd = -1;

  if (make_directory (path))
    fd = ear_disk_open (lock, O_RDWR);
  if (fd < 0) {
    g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno),
                 _ ("%s cannot be used: %s"), path, g_strerror (errno));
    return -1;
  }
  if (flock (fd, LOCK_EX | LOCK_NB) != 0) {
    close (fd);
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY, _ ("another earshotd uses %s"), path);
    return -1;
  }
  return fd;
}

static gboolean
give_identity_to_owner (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  gboolean given = fd >= 0 && ear_disk_give_to_owner (fd, path);

  if (!given)
    g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno), "%s: %s", path,
                 g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return given;
}

/**
 * ear_data_dir_load_identity:
 * @path: the data directory
 * @error: return location for an error
 *
 * Loads the server's key, or makes it.
 *
 * Returns: (transfer full) (nullable): the identity. Fails with EAR_ERROR_BAD_FILE,
 * EAR_ERROR_INTERNAL or [error@GLib.FileError].
 */
EarIdentity *
ear_data_dir_load_identity (const char *path, GError **error)
{
  g_autofree char *key = g_build_filename (path, "identity.pem", NULL);
  gboolean there = g_file_test (key, G_FILE_TEST_EXISTS);
  g_autoptr (EarIdentity) identity = ear_identity_load_or_create (key, error);

  if (identity == NULL || (!there && !give_identity_to_owner (key, error)))
    return NULL;
  return g_steal_pointer (&identity);
}
