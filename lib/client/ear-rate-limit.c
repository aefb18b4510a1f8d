/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarRateLimit: how often something may happen in a sliding window, to one key and in all. What was
 * let through is remembered until it leaves the window: never more than may be in all. */

#include "client/ear-rate-limit.h"

#include "wire/ear-clock.h"

typedef struct
{
  char *key;
  gint64 at_us;
} Event;

struct _EarRateLimit
{
  EarClock *clock;
  gint64 window_us;
  guint max_per_key;
  guint max_in_all;
  GQueue events; /* of Event, oldest first */
};

static void
event_free (gpointer data)
{
  Event *event = data;

  g_free (event->key);
  g_free (event);
}

static void
forget_old (EarRateLimit *self, gint64 now_us)
{
  Event *oldest;

  while ((oldest = g_queue_peek_head (&self->events)) != NULL &&
         now_us - oldest->at_us >= self->window_us)
    event_free (g_queue_pop_head (&self->events));
}

static guint
count (EarRateLimit *self, const char *key)
{
  guint n = 0;

  for (GList *l = self->events.head; l != NULL; l = l->next)
    n += g_str_equal (((Event *) l->data)->key, key);
  return n;
}

/**
 * ear_rate_limit_new:
 * @clock: what time it is
 * @window_ms: how long an event counts, in milliseconds
 * @max_per_key: how many events of one key may be in the window
 * @max_in_all: how many of all keys
 *
 * Makes a limit of which nothing is taken.
 *
 * Returns: (transfer full): the limit
 */
EarRateLimit *
ear_rate_limit_new (EarClock *clock, gint64 window_ms, guint max_per_key, guint max_in_all)
{
  EarRateLimit *self = g_new0 (EarRateLimit, 1);

  self->clock = ear_clock_ref (clock);
  self->window_us = window_ms * 1000;
  self->max_per_key = max_per_key;
  self->max_in_all = max_in_all;
  return self;
}

void
ear_rate_limit_free (EarRateLimit *self)
{
  g_queue_clear_full (&self->events, event_free);
  ear_clock_unref (self->clock);
  g_free (self);
}

/**
 * ear_rate_limit_take:
 * @self: a limit
 * @key: whose event it is
 *
 * Counts an event, if it may happen. One that may not does not count.
 *
 * Returns: whether it may happen
 */
gboolean
ear_rate_limit_take (EarRateLimit *self, const char *key)
{
  gint64 now_us = ear_clock_get_time (self->clock);
  Event *event;

  forget_old (self, now_us);
  if (self->events.length >= self->max_in_all || count (self, key) >= self->max_per_key)
    return FALSE;
  event = g_new0 (Event, 1);
  event->key = g_strdup (key);
  event->at_us = now_us;
  g_queue_push_tail (&self->events, event);
  return TRUE;
}
