/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The fault layer. The test arms it in one thread, the disk writers meet it in theirs. */

#include "disk-faults.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

static gint errors[N_DISK_CALLS]; /* all atomic */
static gint counts[N_DISK_CALLS];
static gint n_good[N_DISK_CALLS]; /* before the one that fails; -1: all fail */
static gint is_short;
static gint short_bytes;
static const char *file; /* atomic, too */
static GMutex gate;      /* whoever syncs passes it */

int __real_open64 (const char *path, int flags, ...);
ssize_t __real_write (int fd, const void *data, size_t size);
int __real_ftruncate64 (int fd, off_t length);
int __real_fdatasync (int fd);
int __real_fsync (int fd);
int __real_rename (const char *from, const char *to);

int __wrap_open64 (const char *path, int flags, ...);
ssize_t __wrap_write (int fd, const void *data, size_t size);
int __wrap_ftruncate64 (int fd, off_t length);
int __wrap_fdatasync (int fd);
int __wrap_fsync (int fd);
int __wrap_rename (const char *from, const char *to);

static gboolean
is_meant (const char *path)
{
  const char *name = g_atomic_pointer_get (&file);
  g_autofree char *base = g_path_get_basename (path);

  return name == NULL || g_str_equal (base, name);
}

static gboolean
is_meant_fd (int fd)
{
  char link[64];
  g_autofree char *path = NULL;

  g_snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  path = g_file_read_link (link, NULL);
  return path != NULL && is_meant (path);
}

/* Whether a call is to fail; errno is set then. */
static gboolean
fails (DiskCall call, gboolean meant)
{
  int error = meant ? g_atomic_int_get (&errors[call]) : 0;

  if (meant)
    g_atomic_int_inc (&counts[call]);
  if (error == 0)
    return FALSE;
  if (g_atomic_int_get (&n_good[call]) >= 0) {
    if (g_atomic_int_add (&n_good[call], -1) > 0)
      return FALSE;
    g_atomic_int_set (&errors[call], 0);
  }
  errno = error;
  return TRUE;
}

static gboolean
is_file (int fd)
{
  struct stat status;

  return fstat (fd, &status) == 0 && S_ISREG (status.st_mode);
}

int
__wrap_open64 (const char *path, int flags, ...)
{
  va_list args;
  mode_t mode;

  va_start (args, flags);
  mode = (flags & O_CREAT) != 0 ? va_arg (args, mode_t) : 0;
  va_end (args);
  if ((flags & O_CREAT) != 0 && fails (DISK_OPEN, is_meant (path)))
    return -1;
  return __real_open64 (path, flags, mode);
}

ssize_t
__wrap_write (int fd, const void *data, size_t size)
{
  if (!is_file (fd))
    return __real_write (fd, data, size);
  if (g_atomic_int_get (&is_short) && is_meant_fd (fd)) {
    gint n = g_atomic_int_get (&short_bytes);

    g_atomic_int_set (&is_short, FALSE); /* the rest finds no place */
    n = n < 0 ? (gint) size - 1 : MIN (n, (gint) size - 1);
    if (n > 0)
      return __real_write (fd, data, (size_t) n);
  }
  return fails (DISK_WRITE, is_meant_fd (fd)) ? -1 : __real_write (fd, data, size);
}

int
__wrap_ftruncate64 (int fd, off_t length)
{
  return fails (DISK_TRUNCATE, is_meant_fd (fd)) ? -1 : __real_ftruncate64 (fd, length);
}

int
__wrap_fdatasync (int fd)
{
  g_mutex_lock (&gate);
  g_mutex_unlock (&gate);
  return fails (DISK_FDATASYNC, is_meant_fd (fd)) ? -1 : __real_fdatasync (fd);
}

int
__wrap_fsync (int fd)
{
  return fails (DISK_FSYNC, is_meant_fd (fd)) ? -1 : __real_fsync (fd);
}

int
__wrap_rename (const char *from, const char *to)
{
  return fails (DISK_RENAME, is_meant (from)) ? -1 : __real_rename (from, to);
}

void
disk_faults_set (DiskCall call, int error)
{
  g_atomic_int_set (&n_good[call], -1);
  g_atomic_int_set (&errors[call], error);
}

void
disk_faults_set_once (DiskCall call, int error, guint n)
{
  g_atomic_int_set (&n_good[call], (gint) n);
  g_atomic_int_set (&errors[call], error);
}

gboolean
disk_faults_is_over (DiskCall call)
{
  return g_atomic_int_get (&errors[call]) == 0;
}

void
disk_faults_set_file (const char *name)
{
  g_atomic_pointer_set (&file, name);
}

void
disk_faults_set_short (gssize n)
{
  g_atomic_int_set (&short_bytes, (gint) n);
  g_atomic_int_set (&is_short, TRUE);
}

void
disk_faults_hold (void)
{
  g_mutex_lock (&gate);
}

void
disk_faults_let_through (void)
{
  g_mutex_unlock (&gate);
}

void
disk_faults_clear (void)
{
  for (guint i = 0; i < N_DISK_CALLS; i++)
    disk_faults_set (i, 0);
  g_atomic_int_set (&is_short, FALSE);
  disk_faults_set_file (NULL);
}

guint
disk_faults_count (DiskCall call)
{
  return (guint) g_atomic_int_get (&counts[call]);
}
