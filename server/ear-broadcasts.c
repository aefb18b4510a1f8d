/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarBroadcasts: the broadcasts in memory, oldest first, which is also by their numbers, and what
 * is left of those that were removed. */

#include "server/ear-broadcasts.h"

struct _EarBroadcasts
{
  GQueue list;  /* (element-type EarBroadcast) */
  guint n_live; /* of them: those that were not removed */
  gsize size;
};

/**
 * ear_broadcasts_new:
 *
 * Makes an empty list.
 *
 * Returns: (transfer full): the list
 */
EarBroadcasts *
ear_broadcasts_new (void)
{
  EarBroadcasts *self = g_new0 (EarBroadcasts, 1);

  g_queue_init (&self->list);
  return self;
}

/**
 * ear_broadcasts_free:
 * @self: (transfer full): a list
 *
 * Frees a list.
 */
void
ear_broadcasts_free (EarBroadcasts *self)
{
  g_queue_clear_full (&self->list, (GDestroyNotify) ear_broadcast_unref);
  g_free (self);
}

/**
 * ear_broadcasts_append:
 * @self: a list
 * @broadcast: (transfer full): a broadcast with a greater number than all others, or what is left
 *   of one
 *
 * Adds a broadcast.
 */
void
ear_broadcasts_append (EarBroadcasts *self, EarBroadcast *broadcast)
{
  g_queue_push_tail (&self->list, broadcast);
  self->n_live += broadcast->text != NULL;
  self->size += ear_broadcast_get_size (broadcast);
}

/**
 * ear_broadcasts_drop_oldest:
 * @self: a list that is not empty
 *
 * Drops the first.
 *
 * Returns: how much memory it took, in bytes
 */
gsize
ear_broadcasts_drop_oldest (EarBroadcasts *self)
{
  g_autoptr (EarBroadcast) oldest = g_queue_pop_head (&self->list);
  gsize size = ear_broadcast_get_size (oldest);

  self->n_live -= oldest->text != NULL;
  self->size -= size;
  return size;
}

/* The newest are looked at first. */
static GList *
find (EarBroadcasts *self, guint64 number)
{
  for (GList *l = self->list.tail; l != NULL; l = l->prev) {
    const EarBroadcast *broadcast = l->data;

    if (broadcast->number <= number)
      return broadcast->number == number ? l : NULL;
  }
  return NULL;
}

/**
 * ear_broadcasts_lookup:
 * @self: a list
 * @number: a number
 *
 * Finds a broadcast, or what is left of it.
 *
 * Returns: (transfer none) (nullable): it
 */
EarBroadcast *
ear_broadcasts_lookup (EarBroadcasts *self, guint64 number)
{
  GList *node = find (self, number);

  return node != NULL ? node->data : NULL;
}

/**
 * ear_broadcasts_remove:
 * @self: a list
 * @number: a number
 *
 * Removes what people wrote under that number, if they did. What is left,
 * which says that it was there, takes its place.
 *
 * Returns: how much memory it took, in bytes
 */
gsize
ear_broadcasts_remove (EarBroadcasts *self, guint64 number)
{
  GList *node = find (self, number);
  g_autoptr (EarBroadcast) removed = node != NULL ? node->data : NULL;
  EarBroadcast *rest;
  gsize size;

  if (removed == NULL)
    return 0;
  rest = ear_broadcast_new ();
  rest->number = removed->number;
  rest->time_us = removed->time_us;
  rest->real_time_us = removed->real_time_us;
  node->data = rest;
  size = ear_broadcast_get_size (removed) - ear_broadcast_get_size (rest);
  self->n_live -= removed->text != NULL;
  self->size -= size;
  return size;
}

/**
 * ear_broadcasts_get_list:
 * @self: a list
 *
 * Gets all, also what is left of those that were removed.
 *
 * Returns: (transfer none) (element-type EarBroadcast): them, oldest first
 */
GList *
ear_broadcasts_get_list (EarBroadcasts *self)
{
  return self->list.head;
}

/**
 * ear_broadcasts_get_oldest:
 * @self: a list
 *
 * Returns: (transfer none) (nullable): the first of all
 */
const EarBroadcast *
ear_broadcasts_get_oldest (EarBroadcasts *self)
{
  return g_queue_peek_head (&self->list);
}

/**
 * ear_broadcasts_get_newest:
 * @self: a list
 *
 * Returns: (transfer none) (nullable): the last of all
 */
const EarBroadcast *
ear_broadcasts_get_newest (EarBroadcasts *self)
{
  return g_queue_peek_tail (&self->list);
}

/**
 * ear_broadcasts_get_n_live:
 * @self: a list
 *
 * Returns: how many were not removed
 */
guint
ear_broadcasts_get_n_live (EarBroadcasts *self)
{
  return self->n_live;
}

/**
 * ear_broadcasts_get_size:
 * @self: a list
 *
 * Returns: how much memory all take, in bytes; what is left of a removed one takes some, too
 */
gsize
ear_broadcasts_get_size (EarBroadcasts *self)
{
  return self->size;
}
