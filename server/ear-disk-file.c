/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What all that is written durably is made of. These calls block: they are for threads, and for the
 * time before the main loop runs. Each sets errno when it returns FALSE. */

#include "config.h"

#include "server/ear-disk-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * ear_disk_write_all:
 * @fd: a file
 * @data: what to write
 * @size: its size in bytes
 *
 * Writes all of it, however often that takes.
 *
 * Returns: whether it could; else a part of it may be written
 */
gboolean
ear_disk_write_all (int fd, const char *data, gsize size)
{
  while (size > 0) {
    ssize_t n = write (fd, data, size);

    if (n < 0 && errno == EINTR)
      continue;
    if (n == 0)
      errno = EIO;
    if (n <= 0)
      return FALSE;
    data += n;
    size -= (gsize) n;
  }
  return TRUE;
}

/**
 * ear_disk_sync_directory:
 * @path: a file
 *
 * Makes it durable that a file of this name is in its directory.
 *
 * Returns: whether it is
 */
gboolean
ear_disk_sync_directory (const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);
  int fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean synced = fd >= 0 && fsync (fd) == 0;
  int error = errno;

  if (fd >= 0)
    close (fd);
  errno = error;
  return synced;
}

/* Always the same name: what a killed server leaves there does not stay. */
static char *
dup_new_path (const char *path)
{
  return g_strconcat (path, ".new", NULL);
}

/**
 * ear_disk_give_to_owner:
 * @fd: a new file
 * @path: its name
 *
 * Makes the file the directory's owner's. What root writes here by an operator's command, the
 * server has to read, which need not be root.
 *
 * Returns: whether it is
 */
gboolean
ear_disk_give_to_owner (int fd, const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);
  struct stat status;

  return geteuid () != 0 ||
         (stat (directory, &status) == 0 && fchown (fd, status.st_uid, status.st_gid) == 0);
}

static int
make_file (const char *path, int flags)
{
  int fd = open (path, flags | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  int error;

  if (fd < 0 || ear_disk_give_to_owner (fd, path))
    return fd;
  error = errno;
  close (fd);
  g_unlink (path);
  errno = error;
  return -1;
}

/**
 * ear_disk_open:
 * @path: a file
 * @flags: of open()
 *
 * Opens a file. One that is not there is made, private and the directory's owner's.
 *
 * Returns: the file, or -1
 */
int
ear_disk_open (const char *path, int flags)
{
  int fd = make_file (path, flags);

  return fd < 0 && errno == EEXIST ? open (path, flags | O_CLOEXEC | O_NOFOLLOW) : fd;
}

/**
 * ear_disk_open_new:
 * @path: a file that is to be replaced
 *
 * Makes PATH.new, empty, private and the directory's owner's, for what shall take its place.
 *
 * Returns: the new file, or -1
 */
int
ear_disk_open_new (const char *path)
{
  g_autofree char *new_path = dup_new_path (path);

  g_unlink (new_path);
  return make_file (new_path, O_RDWR | O_APPEND);
}

/**
 * ear_disk_take_new:
 * @path: a file that is to be replaced
 * @fd: of ear_disk_open_new(), with all that it shall hold
 *
 * Puts the new file in the place of the old one, which is whole until then. That this is so is
 * durable after ear_disk_sync_directory().
 *
 * Returns: whether it is in its place, and durable itself
 */
gboolean
ear_disk_take_new (const char *path, int fd)
{
  g_autofree char *new_path = dup_new_path (path);

  return fdatasync (fd) == 0 && g_rename (new_path, path) == 0;
}

/**
 * ear_disk_drop_new:
 * @path: a file that stays what it is
 * @fd: of ear_disk_open_new(), or -1
 *
 * Closes the new file and removes it.
 */
void
ear_disk_drop_new (const char *path, int fd)
{
  g_autofree char *new_path = dup_new_path (path);

  if (fd < 0)
    return;
  close (fd);
  g_unlink (new_path);
}

/**
 * ear_disk_replace:
 * @path: a file, which need not be there
 * @data: all that it shall hold
 * @size: its size in bytes
 *
 * Replaces a file at once: who reads it sees the old or the new one, whole.
 *
 * Returns: whether that is durable
 */
gboolean
ear_disk_replace (const char *path, const char *data, gsize size)
{
  int fd = ear_disk_open_new (path);
  int error;

  if (fd >= 0 && ear_disk_write_all (fd, data, size) && ear_disk_take_new (path, fd)) {
    close (fd);
    return ear_disk_sync_directory (path);
  }
  error = errno;
  ear_disk_drop_new (path, fd);
  errno = error;
  return FALSE;
}

/* NULL when it is shorter: somebody else has cut it. */
static GMappedFile *
map (int fd, off_t length)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new_from_fd (fd, FALSE, NULL);

  if (file != NULL && (gsize) length <= g_mapped_file_get_length (file))
    return g_steal_pointer (&file);
  errno = EIO;
  return NULL;
}

/**
 * ear_disk_copy:
 * @source: a file
 * @from: where to begin
 * @to: where to end
 * @fd: another file
 *
 * Appends a part of one file to another.
 *
 * Returns: whether all of it was there and was written
 */
gboolean
ear_disk_copy (int source, off_t from, off_t to, int fd)
{
  g_autoptr (GMappedFile) file = from < to ? map (source, to) : NULL;

  if (from == to)
    return TRUE;
  if (file == NULL)
    return FALSE;
  return ear_disk_write_all (fd, g_mapped_file_get_contents (file) + from, (gsize) (to - from));
}

typedef struct
{
  const char *start;
  const char *end;
} Span;

/* Lines that are kept and stand together make one span; the last comes first. */
static GArray *
find_spans (const char *data, gsize size, EarDiskLineFunc keep, gpointer user_data)
{
  GArray *spans = g_array_new (FALSE, FALSE, sizeof (Span));

  for (const char *end = data + size; end > data;) {
    const char *newline = memrchr (data, '\n', (gsize) (end - 1 - data));
    Span line = { newline != NULL ? newline + 1 : data, end };
    Span *next = spans->len > 0 ? &g_array_index (spans, Span, spans->len - 1) : NULL;

    if (!keep (line.start, (gsize) (line.end - 1 - line.start), user_data))
      ;
    else if (next != NULL && next->start == line.end)
      next->start = line.start;
    else
      g_array_append_val (spans, line);
    end = line.start;
  }
  return spans;
}

/**
 * ear_disk_copy_lines:
 * @source: a file of whole lines
 * @length: how much of it counts: whole lines, too
 * @fd: another file
 * @keep: (scope call): asked about each line, from the last to the first
 * @user_data: for @keep
 *
 * Appends those lines of a file that are kept to another, in their order.
 *
 * Returns: whether the file is that long, and all of them were written
 */
gboolean
ear_disk_copy_lines (int source, off_t length, int fd, EarDiskLineFunc keep, gpointer user_data)
{
  g_autoptr (GMappedFile) file = map (source, length);
  g_autoptr (GArray) spans = NULL;

  if (file == NULL)
    return FALSE;
  spans = find_spans (g_mapped_file_get_contents (file), (gsize) length, keep, user_data);
  for (guint i = spans->len; i > 0; i--) {
    const Span *span = &g_array_index (spans, Span, i - 1);

    if (!ear_disk_write_all (fd, span->start, (gsize) (span->end - span->start)))
      return FALSE;
  }
  return TRUE;
}
