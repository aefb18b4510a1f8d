/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The fault layer. The test arms it in one thread, the disk writers meet it in theirs. */

#include "disk-faults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/types.h>

static gint errors[N_DISK_CALLS]; /* all atomic */
static gint counts[N_DISK_CALLS];
static gint is_short;
static gint short_bytes;

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

/* Whether a call is to fail; errno is set then. */
static gboolean
fails (DiskCall call)
{
  int error = g_atomic_int_get (&errors[call]);

  g_atomic_int_inc (&counts[call]);
  if (error != 0)
    errno = error;
  return error != 0;
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
  if ((flags & O_CREAT) != 0 && fails (DISK_OPEN))
    return -1;
  return __real_open64 (path, flags, mode);
}

ssize_t
__wrap_write (int fd, const void *data, size_t size)
{
  if (!is_file (fd))
    return __real_write (fd, data, size);
  if (g_atomic_int_get (&is_short)) {
    gint n = g_atomic_int_get (&short_bytes);

    g_atomic_int_set (&is_short, FALSE); /* the rest finds no place */
    n = n < 0 ? (gint) size - 1 : MIN (n, (gint) size - 1);
    if (n > 0)
      return __real_write (fd, data, (size_t) n);
  }
  return fails (DISK_WRITE) ? -1 : __real_write (fd, data, size);
}

int
__wrap_ftruncate64 (int fd, off_t length)
{
  return fails (DISK_TRUNCATE) ? -1 : __real_ftruncate64 (fd, length);
}

int
__wrap_fdatasync (int fd)
{
  return fails (DISK_FDATASYNC) ? -1 : __real_fdatasync (fd);
}

int
__wrap_fsync (int fd)
{
  return fails (DISK_FSYNC) ? -1 : __real_fsync (fd);
}

int
__wrap_rename (const char *from, const char *to)
{
  return fails (DISK_RENAME) ? -1 : __real_rename (from, to);
}

void
disk_faults_set (DiskCall call, int error)
{
  g_atomic_int_set (&errors[call], error);
}

void
disk_faults_set_short (gssize n)
{
  g_atomic_int_set (&short_bytes, (gint) n);
  g_atomic_int_set (&is_short, TRUE);
}

void
disk_faults_clear (void)
{
  for (guint i = 0; i < N_DISK_CALLS; i++)
    disk_faults_set (i, 0);
  g_atomic_int_set (&is_short, FALSE);
}

guint
disk_faults_count (DiskCall call)
{
  return (guint) g_atomic_int_get (&counts[call]);
}
