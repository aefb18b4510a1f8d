/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarOutQueue: the lines that wait to be written to one link.
 *
 * Each is a reference to bytes that other queues may share. Of the first, `offset` bytes are
 * written. What was peeked and not popped yet is *committed*: TLS may have made a record of it and
 * must be given the same bytes again. An urgent line passes what waits, but neither what is
 * committed nor the rest of a line that has begun, nor another urgent line.
 *
 * Most of the time no line waits, or one: a few have their place in the queue itself, so that a
 * broadcast to thousands allocates nothing for each. */

#include "wire/ear-out-queue.h"

#include <string.h>

#define N_FEW 4 /* a power of two */

struct _EarOutQueue
{
  GBytes **lines; /* a ring of @capacity places: @few, or a block when more wait */
  guint capacity; /* a power of two */
  guint head;     /* the place of the first */
  guint n_lines;
  guint n_urgent; /* up to the last urgent one, which the next one stays behind */
  gsize offset;
  gsize n_bytes;
  gsize n_committed; /* counted from the offset on */
  GBytes *few[N_FEW];
};

static GBytes **
get_place (EarOutQueue *self, guint i)
{
  return &self->lines[(self->head + i) & (self->capacity - 1)];
}

static void
use_few (EarOutQueue *self)
{
  if (self->lines != self->few)
    g_free (self->lines);
  self->lines = self->few;
  self->capacity = N_FEW;
  self->head = 0;
}

static void
grow (EarOutQueue *self)
{
  GBytes **lines = g_new (GBytes *, 2 * self->capacity);

  for (guint i = 0; i < self->n_lines; i++)
    lines[i] = *get_place (self, i);
  if (self->lines != self->few)
    g_free (self->lines);
  self->lines = lines;
  self->capacity *= 2;
  self->head = 0;
}

static void
insert (EarOutQueue *self, guint at, GBytes *line)
{
  if (self->n_lines == self->capacity)
    grow (self);
  for (guint i = self->n_lines; i > at; i--)
    *get_place (self, i) = *get_place (self, i - 1);
  *get_place (self, at) = g_bytes_ref (line);
  self->n_lines++;
  self->n_bytes += g_bytes_get_size (line);
}

/**
 * ear_out_queue_new:
 *
 * Makes an empty queue.
 *
 * Returns: (transfer full): a queue
 */
EarOutQueue *
ear_out_queue_new (void)
{
  EarOutQueue *self = g_new0 (EarOutQueue, 1);

  use_few (self);
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
  for (guint i = 0; i < self->n_lines; i++)
    g_bytes_unref (*get_place (self, i));
  use_few (self);
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

  insert (self, self->n_lines, line);
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
  guint at;

  g_return_if_fail (g_bytes_get_size (line) > 0);

  for (at = 0; at < self->n_lines && n_fixed > 0; at++)
    n_fixed -= MIN (n_fixed, g_bytes_get_size (*get_place (self, at)));
  at = MAX (at, self->n_urgent); /* not walked: who asks and never reads may have many there */
  insert (self, at, line);
  self->n_urgent = at + 1;
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

  for (guint i = 0; i < self->n_lines && n < size; i++) {
    gsize line_size;
    const guint8 *line = g_bytes_get_data (*get_place (self, i), &line_size);
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
  while (self->n_lines > 0) {
    GBytes *first = *get_place (self, 0);

    if (self->offset < g_bytes_get_size (first))
      return;
    self->offset -= g_bytes_get_size (first);
    self->head++;
    self->n_lines--;
    self->n_urgent -= MIN (self->n_urgent, 1);
    g_bytes_unref (first);
  }
  use_few (self);
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
