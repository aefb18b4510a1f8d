/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarDeadlines: every deadline of a main context on one timer.
 *
 * A server has one or two deadlines for each of thousands of links and moves one at each byte that
 * comes; a GSource for each would make every turn of the loop as long as their number. So there is
 * a wheel of N_SLOTS slots, each SLOT_US wide: to set or clear a deadline is to link it into a ring
 * or out of it. A deadline that is more than a turn of the wheel away stays in its slot and is
 * passed over. The timer stands at the end of the first slot that has anything in it, so deadlines
 * come up to SLOT_US late and never early; deadlines that were cleared or moved leave the timer
 * where it is, and it finds nothing to do.
 *
 * The timer is a timerfd on CLOCK_BOOTTIME: after a laptop's sleep what has passed meanwhile is due
 * at once. With a manual clock there is none; ear_clock_advance() runs the wheel.
 *
 * A deadline lives in its owner, who keeps the wheel alive and clears the deadline before it dies.
 */

#include "wire/ear-clock-private.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-ring.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define SLOT_US G_GINT64_CONSTANT (32768)
#define N_SLOTS 1024
#define WORD_BITS 64

struct _EarDeadlines
{
  gatomicrefcount ref_count;
  EarClock *clock;
  GSource *source;
  gint64 cursor; /* the slot, counted from time 0, up to which all is run */
  gint64 armed;  /* the slot at whose end the timer fires; G_MAXINT64: none */
  int timer;
  guint64 used[N_SLOTS / WORD_BITS]; /* a bit for each slot that may have something in it */
  GList slots[N_SLOTS];
};

typedef struct
{
  GSource source;
  EarDeadlines *wheel;
} TimerSource;

/* Puts the timer at the end of @slot. */
static void
arm (EarDeadlines *self, gint64 slot)
{
  gint64 at_us = (slot + 1) * SLOT_US;
  struct itimerspec when = {
    .it_value.tv_sec = at_us / G_USEC_PER_SEC,
    .it_value.tv_nsec = at_us % G_USEC_PER_SEC * 1000,
  };

  self->armed = slot;
  if (self->timer >= 0 && timerfd_settime (self->timer, TFD_TIMER_ABSTIME, &when, NULL) != 0)
    g_error ("A timer cannot be set: %s", g_strerror (errno));
}

/* The first slot at or after the cursor that has anything in it, or -1. */
static gint64
find_used_slot (EarDeadlines *self)
{
  for (gint64 slot = self->cursor; slot < self->cursor + N_SLOTS;) {
    guint index = slot % N_SLOTS;
    guint64 bits = self->used[index / WORD_BITS] >> (index % WORD_BITS);

    if (bits == 0) {
      slot += WORD_BITS - index % WORD_BITS;
      continue;
    }
    slot += __builtin_ctzll (bits);
    index = slot % N_SLOTS;
    if (!ear_ring_is_empty (&self->slots[index]))
      return slot;
    self->used[index / WORD_BITS] &= ~(G_GUINT64_CONSTANT (1) << (index % WORD_BITS));
  }
  return -1;
}

/* Moves what is due in the slots from the cursor to now into @due. */
static void
collect (EarDeadlines *self, gint64 now_us, GList *due)
{
  gint64 last = now_us / SLOT_US;
  gint64 slot = MAX (self->cursor, last - N_SLOTS + 1);

  for (; slot <= last; slot++) {
    GList *head = &self->slots[slot % N_SLOTS];

    for (GList *node = head->next, *next; node != head; node = next) {
      EarDeadline *deadline = node->data;

      next = node->next;
      if (deadline->due_us > now_us)
        continue;
      ear_ring_unlink (node);
      ear_ring_append (due, node);
    }
  }
  self->cursor = last;
}

/* Runs what is due; a deadline may set, clear or free any other. */
void
ear_deadlines_run (EarDeadlines *self)
{
  GList due, *node;
  gint64 slot;

  ear_ring_init (&due);
  ear_deadlines_ref (self);
  collect (self, ear_clock_get_time (self->clock), &due);
  self->armed = G_MAXINT64;
  while ((node = ear_ring_pop (&due)) != NULL) {
    EarDeadline *deadline = node->data;

    deadline->func (deadline->user_data);
  }
  slot = find_used_slot (self);
  if (slot >= 0)
    arm (self, slot);
  ear_deadlines_unref (self);
}

/* When the first deadline is due, in µs; G_MAXINT64 when none is set. Looks at all of them: only
 * for manual clocks. */
gint64
ear_deadlines_get_next_due (EarDeadlines *self)
{
  gint64 next = G_MAXINT64;

  for (guint i = 0; i < N_SLOTS; i++)
    for (GList *node = self->slots[i].next; node != &self->slots[i]; node = node->next)
      next = MIN (next, ((EarDeadline *) node->data)->due_us);
  return next;
}

static gboolean
timer_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  EarDeadlines *wheel = ((TimerSource *) source)->wheel;
  guint64 n_fired;

  /* Only to make it unreadable: the wheel knows what is due. */
  if (read (wheel->timer, &n_fired, sizeof n_fired) < 0 && errno != EAGAIN && errno != EINTR)
    g_error ("A timer cannot be read: %s", g_strerror (errno));
  ear_deadlines_run (wheel);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs timer_funcs = { .dispatch = timer_dispatch };

static void
start_timer (EarDeadlines *self, GMainContext *context)
{
  self->timer = timerfd_create (CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  if (self->timer < 0)
    g_error ("A timer cannot be made: %s", g_strerror (errno));
  self->source = g_source_new (&timer_funcs, sizeof (TimerSource));
  ((TimerSource *) self->source)->wheel = self;
  g_source_set_static_name (self->source, "EarDeadlines");
  g_source_add_unix_fd (self->source, self->timer, G_IO_IN);
  g_source_attach (self->source, context);
}

/**
 * ear_deadlines_new:
 * @clock: what tells the time
 * @context: (nullable): where the deadlines run; %NULL: the default context
 *
 * Makes a wheel; everything on it happens in the thread of @context.
 *
 * Returns: (transfer full): the wheel
 */
EarDeadlines *
ear_deadlines_new (EarClock *clock, GMainContext *context)
{
  EarDeadlines *self = g_new0 (EarDeadlines, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->clock = ear_clock_ref (clock);
  self->cursor = ear_clock_get_time (clock) / SLOT_US;
  self->armed = G_MAXINT64;
  self->timer = -1;
  for (guint i = 0; i < N_SLOTS; i++)
    ear_ring_init (&self->slots[i]);
  ear_clock_add_wheel (clock, self);
  if (!ear_clock_is_manual (clock))
    start_timer (self, context);
  return self;
}

/**
 * ear_deadlines_ref:
 * @self: a wheel
 *
 * Takes a reference.
 *
 * Returns: (transfer full): the same wheel
 */
EarDeadlines *
ear_deadlines_ref (EarDeadlines *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * ear_deadlines_unref:
 * @self: (transfer full): a wheel
 *
 * Drops a reference; with the last one, deadlines that are still set are cleared.
 */
void
ear_deadlines_unref (EarDeadlines *self)
{
  GList *node;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  ear_clock_remove_wheel (self->clock, self);
  for (guint i = 0; i < N_SLOTS; i++)
    while ((node = ear_ring_pop (&self->slots[i])) != NULL)
      ((EarDeadline *) node->data)->wheel = NULL;
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  if (self->timer >= 0)
    close (self->timer);
  ear_clock_unref (self->clock);
  g_free (self);
}

/**
 * ear_deadlines_get_clock:
 * @self: a wheel
 *
 * Returns: (transfer none): the clock that it follows
 */
EarClock *
ear_deadlines_get_clock (EarDeadlines *self)
{
  return self->clock;
}

/**
 * ear_deadline_init:
 * @self: (out caller-allocates): a deadline, inside its owner
 * @wheel: (transfer none): the wheel, which the owner keeps alive
 * @func: called when the time has come, once for each ear_deadline_set()
 * @user_data: for @func
 *
 * Prepares a deadline; it is not set.
 */
void
ear_deadline_init (EarDeadline *self, EarDeadlines *wheel, EarDeadlineFunc func, gpointer user_data)
{
  g_return_if_fail (wheel != NULL && func != NULL);

  *self = (EarDeadline){
    .wheel = wheel,
    .link.data = self,
    .func = func,
    .user_data = user_data,
  };
}

/**
 * ear_deadline_set:
 * @self: a deadline
 * @after_ms: how far from now, in milliseconds; taken as at least one
 *
 * Sets the deadline, or moves it. Cheap enough to be done at each byte.
 */
void
ear_deadline_set (EarDeadline *self, gint64 after_ms)
{
  EarDeadlines *wheel = self->wheel;
  gint64 slot;
  guint index;

  g_return_if_fail (wheel != NULL);
  g_return_if_fail (after_ms <= G_MAXINT64 / 2000);

  self->due_us = ear_clock_get_time (wheel->clock) + MAX (after_ms, 1) * 1000;
  slot = self->due_us / SLOT_US;
  index = slot % N_SLOTS;
  ear_ring_unlink (&self->link);
  ear_ring_append (&wheel->slots[index], &self->link);
  wheel->used[index / WORD_BITS] |= G_GUINT64_CONSTANT (1) << (index % WORD_BITS);
  if (slot < wheel->armed)
    arm (wheel, slot);
}

/**
 * ear_deadline_clear:
 * @self: a deadline, set or not
 *
 * Takes the deadline off; its function is not called any more.
 */
void
ear_deadline_clear (EarDeadline *self)
{
  ear_ring_unlink (&self->link);
}

/**
 * ear_deadline_is_set:
 * @self: a deadline
 *
 * Returns: whether its function is still to be called
 */
gboolean
ear_deadline_is_set (EarDeadline *self)
{
  return ear_ring_is_linked (&self->link);
}
