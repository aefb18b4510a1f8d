/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarLineReader: bytes in, lines out.
 *
 * What was pushed lies in one buffer: [0, start) was handed out, [start, scanned) has no newline,
 * [scanned, size) was not looked at yet, so each byte is looked at once however it comes. The
 * buffer is freed as soon as nothing waits in it: an idle link has none. A line that is too long
 * breaks the reader for good; the caller closes the link. */

#include "wire/ear-error.h"
#include "wire/ear-line-reader.h"

#include <string.h>

struct _EarLineReader
{
  gsize max_line; /* bytes, with the newline */
  char *buffer;
  gsize allocated;
  gsize size;
  gsize start;
  gsize scanned;
  gboolean broken;
};

/**
 * ear_line_reader_new:
 * @max_line: the longest line that is taken, in bytes with its newline
 *
 * Makes a reader.
 *
 * Returns: (transfer full): the reader
 */
EarLineReader *
ear_line_reader_new (gsize max_line)
{
  EarLineReader *self = g_new0 (EarLineReader, 1);

  self->max_line = max_line;
  return self;
}

/**
 * ear_line_reader_free:
 * @self: (transfer full): a reader
 *
 * Frees a reader and what waits in it.
 */
void
ear_line_reader_free (EarLineReader *self)
{
  g_free (self->buffer);
  g_free (self);
}

/**
 * ear_line_reader_set_max_line:
 * @self: a reader
 * @max_line: the longest line that is taken from now on, in bytes with its newline
 *
 * Changes the limit for the lines that were not handed out yet.
 */
void
ear_line_reader_set_max_line (EarLineReader *self, gsize max_line)
{
  self->max_line = max_line;
}

static void
release (EarLineReader *self)
{
  g_clear_pointer (&self->buffer, g_free);
  self->allocated = self->size = self->start = self->scanned = 0;
}

/**
 * ear_line_reader_push:
 * @self: a reader
 * @data: (array length=size): bytes as they came
 * @size: their number
 *
 * Takes bytes in. A caller that takes all lines out before it pushes again never has more than a
 * line and a push in memory. Ends the validity of the last line that was handed out.
 */
void
ear_line_reader_push (EarLineReader *self, const guint8 *data, gsize size)
{
  if (self->broken || size == 0)
    return;
  if (self->start > 0) {
    self->size -= self->start;
    self->scanned -= self->start;
    memmove (self->buffer, self->buffer + self->start, self->size);
    self->start = 0;
  }
  if (self->size + size > self->allocated) {
    self->allocated = MAX (self->size + size, MIN (2 * self->allocated, self->size + 16384));
    self->buffer = g_realloc (self->buffer, self->allocated);
  }
  memcpy (self->buffer + self->size, data, size);
  self->size += size;
}

static gboolean
fail (EarLineReader *self, GError **error)
{
  self->broken = TRUE;
  release (self);
  g_propagate_error (error, ear_error_new (EAR_ERROR_TOO_LONG));
  return FALSE;
}

/**
 * ear_line_reader_next:
 * @self: a reader
 * @line: (out) (transfer none): the line without its newline, followed by a zero byte; valid until
 *   the next call on @self
 * @size: (out): its length in bytes
 * @error: return location for an error
 *
 * Hands out the next line. %FALSE without an error means that there is no whole line yet.
 *
 * Fails with %EAR_ERROR_TOO_LONG, and from then on always.
 *
 * Returns: whether there was a line
 */
gboolean
ear_line_reader_next (EarLineReader *self, const char **line, gsize *size, GError **error)
{
  char *newline = NULL;
  gsize length;

  if (self->broken)
    return fail (self, error);
  if (self->start == self->size) {
    release (self);
    return FALSE;
  }
  newline = memchr (self->buffer + self->scanned, '\n', self->size - self->scanned);
  if (newline == NULL) {
    self->scanned = self->size;
    /* The newline would be one byte more. */
    if (self->size - self->start >= self->max_line)
      return fail (self, error);
    return FALSE;
  }
  length = newline - (self->buffer + self->start);
  if (length + 1 > self->max_line)
    return fail (self, error);
  *newline = '\0';
  *line = self->buffer + self->start;
  *size = length;
  self->start = self->scanned = self->start + length + 1;
  return TRUE;
}

/**
 * ear_line_reader_get_n_pending:
 * @self: a reader
 *
 * Returns: how many bytes were pushed and not handed out
 */
gsize
ear_line_reader_get_n_pending (EarLineReader *self)
{
  return self->size - self->start;
}
