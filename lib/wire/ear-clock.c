/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarClock: the time, as something that is handed in.
 *
 * A real clock reads CLOCK_BOOTTIME, which nobody sets and which goes on while a laptop sleeps. A
 * manual clock stands still until a test advances it; then it visits each deadline of each wheel
 * that follows it in the order of time, as if that time had gone by. A manual clock knows its
 * wheels but does not own them (they own the clock); all of them live in one thread. */

#include "wire/ear-clock-private.h"

#include <time.h>

struct _EarClock
{
  gboolean manual;
  gint64 now_us;
  gint64 real_offset_us; /* of the wall clock, when manual */
  GPtrArray *wheels;     /* borrowed; NULL when not manual */
};

/**
 * ear_clock_new:
 *
 * Makes a clock that shows the time since boot, sleep included.
 *
 * Returns: (transfer full): the clock
 */
EarClock *
ear_clock_new (void)
{
  return g_atomic_rc_box_new0 (EarClock);
}

/**
 * ear_clock_new_manual:
 * @now_us: what it shows first, in microseconds
 *
 * Makes a clock that moves only by ear_clock_advance(), for tests.
 *
 * Returns: (transfer full): the clock
 */
EarClock *
ear_clock_new_manual (gint64 now_us)
{
  EarClock *self = g_atomic_rc_box_new0 (EarClock);

  g_return_val_if_fail (now_us >= 0, self);

  self->manual = TRUE;
  self->now_us = now_us;
  self->real_offset_us = g_get_real_time () - now_us;
  self->wheels = g_ptr_array_new ();
  return self;
}

/**
 * ear_clock_ref:
 * @self: a clock
 *
 * Takes a reference; safe in any thread.
 *
 * Returns: (transfer full): the same clock
 */
EarClock *
ear_clock_ref (EarClock *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear_cb (gpointer data)
{
  EarClock *self = data;

  g_clear_pointer (&self->wheels, g_ptr_array_unref);
}

/**
 * ear_clock_unref:
 * @self: (transfer full): a clock
 *
 * Drops a reference; safe in any thread.
 */
void
ear_clock_unref (EarClock *self)
{
  g_atomic_rc_box_release_full (self, clear_cb);
}

/**
 * ear_clock_get_time:
 * @self: a clock
 *
 * Tells the time that only ever grows: what deadlines and ages are counted in.
 *
 * Returns: microseconds since an unknown moment
 */
gint64
ear_clock_get_time (EarClock *self)
{
  struct timespec now;

  if (self->manual)
    return self->now_us;
  if (clock_gettime (CLOCK_BOOTTIME, &now) != 0)
    g_error ("CLOCK_BOOTTIME cannot be read");
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

/**
 * ear_clock_get_real_time:
 * @self: a clock
 *
 * Tells the wall clock's time, for showing and storing; it may jump.
 *
 * Returns: microseconds since 1970 in UTC
 */
gint64
ear_clock_get_real_time (EarClock *self)
{
  return self->manual ? self->now_us + self->real_offset_us : g_get_real_time ();
}

/* The wheel with the earliest deadline, and that deadline; NULL when nothing is due by @until_us.
 */
static EarDeadlines *
find_next (EarClock *self, gint64 until_us, gint64 *due_us)
{
  EarDeadlines *next = NULL;

  *due_us = until_us;
  for (guint i = 0; i < self->wheels->len; i++) {
    EarDeadlines *wheel = g_ptr_array_index (self->wheels, i);
    gint64 due = ear_deadlines_get_next_due (wheel);

    if (due < *due_us || (due == *due_us && next == NULL)) {
      *due_us = due;
      next = wheel;
    }
  }
  return next;
}

/**
 * ear_clock_advance:
 * @self: a manual clock
 * @by_us: how far, in microseconds
 *
 * Moves the clock on and runs, in the order of time, every deadline that comes due on the way.
 */
void
ear_clock_advance (EarClock *self, gint64 by_us)
{
  gint64 until_us, due_us;
  EarDeadlines *wheel;

  g_return_if_fail (self->manual);
  g_return_if_fail (by_us >= 0);

  until_us = self->now_us + by_us;
  ear_clock_ref (self);
  while ((wheel = find_next (self, until_us, &due_us)) != NULL) {
    self->now_us = MAX (self->now_us, due_us);
    ear_deadlines_run (wheel);
  }
  self->now_us = MAX (self->now_us, until_us);
  ear_clock_unref (self);
}

gboolean
ear_clock_is_manual (EarClock *self)
{
  return self->manual;
}

void
ear_clock_add_wheel (EarClock *self, EarDeadlines *wheel)
{
  if (self->manual)
    g_ptr_array_add (self->wheels, wheel);
}

void
ear_clock_remove_wheel (EarClock *self, EarDeadlines *wheel)
{
  if (self->manual)
    g_ptr_array_remove (self->wheels, wheel);
}
