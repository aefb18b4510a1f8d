/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarOutQueue: the lines that wait to be written to one link.
 *
 * Each is a reference to bytes that other queues may share. Of the first, `offset` bytes are
 * written. What was peeked and not popped yet is *committed*: TLS may have made a record of it and
 * must be given the same bytes again. An urgent line passes what waits, but neither what is
 * committed nor the rest of a line that has begun, nor another urgent line. */

#include "wire/ear-out-queue.h"

#include <string.h>

struct _EarOutQueue
{
  GQueue lines; /* of GBytes */
  gsize offset;
  gsize n_bytes;
  gsize n_committed; /* counted from the offset on */
  GList *last_urgent;
};

/**
 * ear_out_queue_new:
 *
 * Makes an empty queue.
 *
 * Returns: (transfer full): the queue
 */
EarOutQueue *
ear_out_queue_new (void)
{
  EarOutQueue *self = g_new0 (EarOutQueue, 1);

  g_queue_init (&self->lines);
  return self;
}

/**
 * ear_out_queue_free:
 * @self: (transfer full): a queue
 *
 * Frees a queue; what waits in it is lost.
 */
void
ear_out_queue_free (EarOutQueue *self)
{
  g_queue_clear_full (&self->lines, (GDestroyNotify) g_bytes_unref);
  g_free (self);
}

/**
 * ear_out_queue_push:
 * @self: a queue
 * @line: (transfer none): bytes, not none
 *
 * Puts a line at the end.
 */
void
ear_out_queue_push (EarOutQueue *self, GBytes *line)
{
  g_return_if_fail (g_bytes_get_size (line) > 0);

  g_queue_push_tail (&self->lines, g_bytes_ref (line));
  self->n_bytes += g_bytes_get_size (line);
}

/**
 * ear_out_queue_push_urgent:
 * @self: a queue
 * @line: (transfer none): bytes, not none
 *
 * Puts a line before all that may be passed.
 */
void
ear_out_queue_push_urgent (EarOutQueue *self, GBytes *line)
{
  gsize n_fixed = self->offset + self->n_committed;
  GList *after = NULL;
  gboolean passed = self->last_urgent == NULL;

  g_return_if_fail (g_bytes_get_size (line) > 0);

  /* The last line that must stay before this one. */
  for (GList *node = self->lines.head; node != NULL; node = node->next) {
    gsize size = g_bytes_get_size (node->data);

    if (n_fixed == 0 && passed)
      break;
    after = node;
    n_fixed -= MIN (n_fixed, size);
    passed = passed || node == self->last_urgent;
  }
  if (after != NULL)
    g_queue_insert_after (&self->lines, after, g_bytes_ref (line));
  else
    g_queue_push_head (&self->lines, g_bytes_ref (line));
  self->last_urgent = after != NULL ? after->next : self->lines.head;
  self->n_bytes += g_bytes_get_size (line);
}

/**
 * ear_out_queue_peek:
 * @self: a queue
 * @buffer: (out) (array length=size): where the bytes go
 * @size: how many have room
 *
 * Copies out what is to be written next, as much as has room. Until it is popped the same bytes
 * come again, with more behind them if more was pushed.
 *
 * Returns: how many bytes there are
 */
gsize
ear_out_queue_peek (EarOutQueue *self, guint8 *buffer, gsize size)
{
  gsize offset = self->offset;
  gsize n = 0;

  for (GList *node = self->lines.head; node != NULL && n < size; node = node->next) {
    gsize line_size;
    const guint8 *line = g_bytes_get_data (node->data, &line_size);
    gsize part = MIN (line_size - offset, size - n);

    memcpy (buffer + n, line + offset, part);
    n += part;
    offset = 0;
  }
  self->n_committed = MAX (self->n_committed, n);
  return n;
}

/**
 * ear_out_queue_pop:
 * @self: a queue
 * @n_written: how many of the peeked bytes were written
 *
 * Removes what was written; the rest that was peeked may be passed again.
 */
void
ear_out_queue_pop (EarOutQueue *self, gsize n_written)
{
  g_return_if_fail (n_written <= self->n_bytes);

  self->n_committed = 0;
  self->n_bytes -= n_written;
  self->offset += n_written;
  while (self->lines.head != NULL) {
    gsize size = g_bytes_get_size (self->lines.head->data);

    if (self->offset < size)
      break;
    self->offset -= size;
    if (self->last_urgent == self->lines.head)
      self->last_urgent = NULL;
    g_bytes_unref (g_queue_pop_head (&self->lines));
  }
}

/**
 * ear_out_queue_get_n_bytes:
 * @self: a queue
 *
 * Returns: how many bytes wait
 */
gsize
ear_out_queue_get_n_bytes (EarOutQueue *self)
{
  return self->n_bytes;
}
