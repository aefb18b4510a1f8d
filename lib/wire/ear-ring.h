/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A circular list with a head of its own, made of GList nodes that live inside their things. A node
 * leaves its ring without knowing which one it is in, so a callback may take anything out of a ring
 * that somebody is walking. A node that is in no ring has no neighbours. */

static inline void
ear_ring_init (GList *head)
{
  head->data = NULL;
  head->prev = head->next = head;
}

static inline gboolean
ear_ring_is_empty (const GList *head)
{
  return head->next == head;
}

static inline gboolean
ear_ring_is_linked (const GList *node)
{
  return node->next != NULL;
}

static inline void
ear_ring_append (GList *head, GList *node)
{
  node->prev = head->prev;
  node->next = head;
  head->prev->next = node;
  head->prev = node;
}

static inline void
ear_ring_unlink (GList *node)
{
  if (!ear_ring_is_linked (node))
    return;
  node->prev->next = node->next;
  node->next->prev = node->prev;
  node->prev = node->next = NULL;
}

/* Takes the first node out, or returns NULL when there is none. */
static inline GList *
ear_ring_pop (GList *head)
{
  GList *node = head->next;

  if (node == head)
    return NULL;
  ear_ring_unlink (node);
  return node;
}

/* Moves everything from one ring to the end of another. */
static inline void
ear_ring_splice (GList *to, GList *from)
{
  if (ear_ring_is_empty (from))
    return;
  from->next->prev = to->prev;
  to->prev->next = from->next;
  from->prev->next = to;
  to->prev = from->prev;
  from->prev = from->next = from;
}

G_END_DECLS
