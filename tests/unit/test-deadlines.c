/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Clock and deadlines: order, moving, clearing and freeing within callbacks, turns of the wheel. */

#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"

#define SECOND G_GINT64_CONSTANT (1000000)

typedef struct
{
  EarClock *clock;
  EarDeadlines *wheel;
  GString *log;
} Fixture;

typedef struct
{
  Fixture *fixture;
  EarDeadline deadline;
  EarDeadline *other; /* cleared when this one comes */
  gint64 again_ms;
  gint64 came_us;
  guint n_came;
  char name;
} Thing;

static void
came_cb (gpointer user_data)
{
  Thing *self = user_data;

  self->n_came++;
  self->came_us = ear_clock_get_time (self->fixture->clock);
  g_string_append_c (self->fixture->log, self->name);
  if (self->other != NULL)
    ear_deadline_clear (self->other);
  if (self->again_ms > 0)
    ear_deadline_set (&self->deadline, self->again_ms);
}

static void
thing_init (Thing *self, Fixture *fixture, char name)
{
  *self = (Thing){ .fixture = fixture, .name = name };
  ear_deadline_init (&self->deadline, fixture->wheel, came_cb, self);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  gboolean manual = GPOINTER_TO_INT (data);

  f->clock = manual ? ear_clock_new_manual (12345678) : ear_clock_new ();
  f->wheel = ear_deadlines_new (f->clock, NULL);
  f->log = g_string_new (NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  ear_deadlines_unref (f->wheel);
  ear_clock_unref (f->clock);
  g_string_free (f->log, TRUE);
}

static void
test_manual_time (Fixture *f, gconstpointer data)
{
  gint64 real = ear_clock_get_real_time (f->clock);

  g_assert_cmpint (ear_clock_get_time (f->clock), ==, 12345678);
  ear_clock_advance (f->clock, 1800 * SECOND);
  g_assert_cmpint (ear_clock_get_time (f->clock), ==, 12345678 + 1800 * SECOND);
  g_assert_cmpint (ear_clock_get_real_time (f->clock) - real, ==, 1800 * SECOND);
  g_assert_true (ear_deadlines_get_clock (f->wheel) == f->clock);
}

static void
test_order (Fixture *f, gconstpointer data)
{
  Thing a, b, c, d;

  thing_init (&a, f, 'a');
  thing_init (&b, f, 'b');
  thing_init (&c, f, 'c');
  thing_init (&d, f, 'd');
  ear_deadline_set (&d.deadline, 3600 * 1000); /* many turns of the wheel */
  ear_deadline_set (&c.deadline, 75000);
  ear_deadline_set (&a.deadline, 1);
  ear_deadline_set (&b.deadline, 30000);

  ear_clock_advance (f->clock, 999);
  g_assert_cmpstr (f->log->str, ==, "");
  ear_clock_advance (f->clock, 1);
  g_assert_cmpstr (f->log->str, ==, "a");
  g_assert_false (ear_deadline_is_set (&a.deadline));
  g_assert_true (ear_deadline_is_set (&b.deadline));
  ear_clock_advance (f->clock, 7200 * SECOND);
  g_assert_cmpstr (f->log->str, ==, "abcd");
  g_assert_cmpint (c.came_us, ==, 12345678 + 75 * SECOND);
  g_assert_cmpint (d.came_us, ==, 12345678 + 3600 * SECOND);
}

static void
test_move (Fixture *f, gconstpointer data)
{
  Thing a;

  thing_init (&a, f, 'a');
  for (guint i = 0; i < 1000; i++) {
    ear_deadline_set (&a.deadline, 30000);
    ear_clock_advance (f->clock, 29 * SECOND);
  }
  g_assert_cmpuint (a.n_came, ==, 0);
  ear_clock_advance (f->clock, SECOND);
  g_assert_cmpuint (a.n_came, ==, 1);
  ear_deadline_set (&a.deadline, 10);
  ear_deadline_clear (&a.deadline);
  ear_deadline_clear (&a.deadline);
  ear_clock_advance (f->clock, SECOND);
  g_assert_cmpuint (a.n_came, ==, 1);
}

static void
test_again (Fixture *f, gconstpointer data)
{
  Thing a;

  thing_init (&a, f, 'a');
  a.again_ms = 250;
  ear_deadline_set (&a.deadline, 250);
  ear_clock_advance (f->clock, 10 * SECOND);
  g_assert_cmpuint (a.n_came, ==, 40);
  ear_deadline_clear (&a.deadline);
}

static void
test_clear_other (Fixture *f, gconstpointer data)
{
  Thing a, b;

  thing_init (&a, f, 'a');
  thing_init (&b, f, 'b');
  a.other = &b.deadline;
  ear_deadline_set (&a.deadline, 10);
  ear_deadline_set (&b.deadline, 10);
  ear_clock_advance (f->clock, SECOND);
  g_assert_cmpstr (f->log->str, ==, "a");
}

static void
test_many (Fixture *f, gconstpointer data)
{
  g_autofree Thing *things = g_new (Thing, 5000);

  for (guint i = 0; i < 5000; i++) {
    thing_init (&things[i], f, '.');
    ear_deadline_set (&things[i].deadline, g_test_rand_int_range (1, 120000));
  }
  ear_clock_advance (f->clock, 120 * SECOND);
  for (guint i = 0; i < 5000; i++) {
    g_assert_cmpuint (things[i].n_came, ==, 1);
    g_assert_cmpint (things[i].came_us, ==, things[i].deadline.due_us);
  }
}

static void
test_wheel_dies_first (Fixture *f, gconstpointer data)
{
  Thing a;
  EarDeadlines *wheel = ear_deadlines_new (f->clock, NULL);

  thing_init (&a, f, 'a');
  ear_deadline_init (&a.deadline, wheel, came_cb, &a);
  ear_deadline_set (&a.deadline, 10);
  ear_deadlines_unref (wheel);
  g_assert_false (ear_deadline_is_set (&a.deadline));
  ear_clock_advance (f->clock, SECOND);
  ear_deadline_clear (&a.deadline);
  g_assert_cmpuint (a.n_came, ==, 0);
}

static void
test_real (Fixture *f, gconstpointer data)
{
  Thing a, b, c;
  gint64 start = ear_clock_get_time (f->clock);

  thing_init (&a, f, 'a');
  thing_init (&b, f, 'b');
  thing_init (&c, f, 'c');
  ear_deadline_set (&b.deadline, 250);
  ear_deadline_set (&a.deadline, 20);
  ear_deadline_set (&c.deadline, 60000);
  while (b.n_came == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (f->log->str, ==, "ab");
  g_assert_cmpint (a.came_us - start, >=, 20 * 1000);
  g_assert_cmpint (b.came_us - start, >=, 250 * 1000);
  ear_deadline_clear (&c.deadline);
}

int
main (int argc, char **argv)
{
  gpointer manual = GINT_TO_POINTER (TRUE);

  g_test_init (&argc, &argv, NULL);
  g_test_add ("/deadlines/manual-time", Fixture, manual, set_up, test_manual_time, tear_down);
  g_test_add ("/deadlines/order", Fixture, manual, set_up, test_order, tear_down);
  g_test_add ("/deadlines/move", Fixture, manual, set_up, test_move, tear_down);
  g_test_add ("/deadlines/again", Fixture, manual, set_up, test_again, tear_down);
  g_test_add ("/deadlines/clear-other", Fixture, manual, set_up, test_clear_other, tear_down);
  g_test_add ("/deadlines/many", Fixture, manual, set_up, test_many, tear_down);
  g_test_add ("/deadlines/wheel-dies-first", Fixture, manual, set_up, test_wheel_dies_first,
              tear_down);
  g_test_add ("/deadlines/real", Fixture, NULL, set_up, test_real, tear_down);
  return g_test_run ();
}
