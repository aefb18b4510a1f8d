/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* When to try again. The longest that a delay may be doubles each time, up to a minute, and a
 * random half of it is left out: so that the clients of a server that comes back do not all come in
 * the same instant. They also lose it in the same instant, so for them the first delay can be
 * spread more; it may then be longer than the second.
 *
 * A server that is asked too often says how long to wait: it is not asked earlier, not even when
 * the network comes back, but only when the user wants it.
 *
 * idle → (start) → waiting → the delay is over → idle, and `retry` is called. Only stop() begins
 * with short delays again: it is for whoever was connected. */

#include "client/ear-reconnect.h"

#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"

#define FIRST_MS 1000
#define LAST_MS 60000

struct _EarReconnect
{
  EarDeadlines *deadlines;
  EarDeadline deadline;
  gint64 due_us;
  gint64 not_before_us;
  guint delay_ms;  /* the next one, before its jitter */
  guint spread_ms; /* how much the first may be longer */
  void (*retry) (gpointer user_data);
  gpointer user_data;
};

static void
due_cb (gpointer user_data)
{
  EarReconnect *self = user_data;

  self->retry (self->user_data);
}

/**
 * ear_reconnect_new:
 * @deadlines: where its delays run
 * @retry: what to call when it is time to try
 * @user_data: for @retry
 *
 * Makes a counter of tries.
 *
 * Returns: (transfer full): it
 */
EarReconnect *
ear_reconnect_new (EarDeadlines *deadlines, void (*retry) (gpointer user_data), gpointer user_data)
{
  EarReconnect *self = g_new0 (EarReconnect, 1);

  self->deadlines = ear_deadlines_ref (deadlines);
  self->delay_ms = FIRST_MS;
  self->retry = retry;
  self->user_data = user_data;
  ear_deadline_init (&self->deadline, deadlines, due_cb, self);
  return self;
}

/**
 * ear_reconnect_free:
 * @self: (transfer full): the counter
 *
 * Frees it; `retry` is not called any more.
 */
void
ear_reconnect_free (EarReconnect *self)
{
  ear_deadline_clear (&self->deadline);
  ear_deadlines_unref (self->deadlines);
  g_free (self);
}

/**
 * ear_reconnect_set_spread:
 * @self: the counter
 * @spread_ms: how much longer the first delay may be, in milliseconds
 *
 * Spreads the first tries of many who begin to wait in the same instant.
 */
void
ear_reconnect_set_spread (EarReconnect *self, guint spread_ms)
{
  self->spread_ms = spread_ms;
}

static gint64
get_time (EarReconnect *self)
{
  return ear_clock_get_time (ear_deadlines_get_clock (self->deadlines));
}

/**
 * ear_reconnect_start:
 * @self: the counter
 *
 * Has `retry` called after the next delay; does nothing while it waits already.
 */
void
ear_reconnect_start (EarReconnect *self)
{
  ear_reconnect_start_after (self, 0);
}

/**
 * ear_reconnect_start_after:
 * @self: the counter
 * @least_ms: what the other side wants us to wait, in milliseconds; 0: nothing
 *
 * Has `retry` called after the next delay, which is not shorter than @least_ms; does nothing while
 * it waits already.
 */
void
ear_reconnect_start_after (EarReconnect *self, gint64 least_ms)
{
  guint half = self->delay_ms / 2;
  guint spread = self->delay_ms == FIRST_MS ? self->spread_ms : 0;
  gint64 jitter = g_random_int_range (0, (gint32) (half + spread) + 1);
  gint64 delay = MAX (half, least_ms) + jitter;

  if (ear_deadline_is_set (&self->deadline))
    return;
  self->not_before_us = get_time (self) + least_ms * 1000;
  self->due_us = get_time (self) + delay * 1000;
  self->delay_ms = MIN (2 * self->delay_ms, LAST_MS);
  ear_deadline_set (&self->deadline, delay);
}

/**
 * ear_reconnect_hurry:
 * @self: the counter
 *
 * Calls `retry` at once, when it waits and the other side did not want it to: there is a reason to
 * hope. The delays go on to grow.
 */
void
ear_reconnect_hurry (EarReconnect *self)
{
  if (!ear_deadline_is_set (&self->deadline) || get_time (self) < self->not_before_us)
    return;
  ear_deadline_clear (&self->deadline);
  self->retry (self->user_data);
}

/**
 * ear_reconnect_stop:
 * @self: the counter
 *
 * Stops waiting; the next delay is a short one again.
 */
void
ear_reconnect_stop (EarReconnect *self)
{
  ear_deadline_clear (&self->deadline);
  self->delay_ms = FIRST_MS;
}

/**
 * ear_reconnect_get_seconds_left:
 * @self: the counter
 *
 * Returns: the seconds until the next try, rounded up; 0 when none is planned
 */
guint
ear_reconnect_get_seconds_left (EarReconnect *self)
{
  gint64 left = self->due_us - get_time (self);

  if (!ear_deadline_is_set (&self->deadline) || left <= 0)
    return 0;
  return (guint) ((left + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC);
}
