/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "client/ear-announcement-list.h"

#include "client/ear-announcement.h"
#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"

#define MINUTE (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)

static EarAnnouncement *
new_announcement (EarClock *clock, guint64 number, gint64 age_us)
{
  g_autoptr (GDateTime) epoch = g_date_time_new_from_unix_utc (0);
  g_autoptr (GDateTime) time = g_date_time_add (epoch, ear_clock_get_real_time (clock) - age_us);

  return ear_announcement_new (number, "alice", "Alice", "hello", time);
}

static gboolean
add (EarAnnouncementList *list, EarClock *clock, guint64 number, gint64 age_us)
{
  g_autoptr (EarAnnouncement) announcement = new_announcement (clock, number, age_us);

  return ear_announcement_list_add (list, announcement);
}

static guint
count (EarAnnouncementList *list)
{
  return g_list_model_get_n_items (G_LIST_MODEL (list));
}

static guint64
number_at (EarAnnouncementList *list, guint position)
{
  g_autoptr (EarAnnouncement) announcement = g_list_model_get_item (G_LIST_MODEL (list), position);

  return ear_announcement_get_number (announcement);
}

static void
test_order (void)
{
  g_autoptr (EarClock) clock = ear_clock_new_manual (0);
  g_autoptr (EarDeadlines) deadlines = ear_deadlines_new (clock, NULL);
  EarAnnouncementList *list = ear_announcement_list_new (deadlines);

  g_assert_true (add (list, clock, 7, 0));
  g_assert_true (add (list, clock, 3, 0));
  g_assert_true (add (list, clock, 5, 0));
  g_assert_false (add (list, clock, 5, 0));
  g_assert_cmpuint (count (list), ==, 3);
  g_assert_cmpuint (number_at (list, 0), ==, 3);
  g_assert_cmpuint (number_at (list, 1), ==, 5);
  g_assert_cmpuint (number_at (list, 2), ==, 7);
  g_assert_nonnull (ear_announcement_list_lookup (list, 5));
  g_assert_null (ear_announcement_list_lookup (list, 6));
  ear_announcement_list_clear (list);
  g_assert_cmpuint (count (list), ==, 0);
  g_assert_true (add (list, clock, 5, 0));
  g_assert_finalize_object (list);
}

static void
test_expiry (void)
{
  g_autoptr (EarClock) clock = ear_clock_new_manual (0);
  g_autoptr (EarDeadlines) deadlines = ear_deadlines_new (clock, NULL);
  EarAnnouncementList *list = ear_announcement_list_new (deadlines);

  g_assert_false (add (list, clock, 1, 30 * MINUTE));
  g_assert_true (add (list, clock, 2, 29 * MINUTE));
  g_assert_true (add (list, clock, 3, 0));
  g_assert_true (add (list, clock, 4, -60 * MINUTE)); /* from the future: no longer than others */
  ear_clock_advance (clock, 59 * G_USEC_PER_SEC);
  g_assert_cmpuint (count (list), ==, 3);
  ear_clock_advance (clock, 2 * G_USEC_PER_SEC);
  g_assert_cmpuint (count (list), ==, 2);
  g_assert_cmpuint (number_at (list, 0), ==, 3);
  ear_clock_advance (clock, 28 * MINUTE);
  g_assert_cmpuint (count (list), ==, 2);
  ear_clock_advance (clock, 2 * MINUTE);
  g_assert_cmpuint (count (list), ==, 0);
  g_assert_finalize_object (list);
}

/* One is gone at once, its deadline too; the others stay. */
static void
test_remove (void)
{
  g_autoptr (EarClock) clock = ear_clock_new_manual (0);
  g_autoptr (EarDeadlines) deadlines = ear_deadlines_new (clock, NULL);
  EarAnnouncementList *list = ear_announcement_list_new (deadlines);

  for (guint64 number = 1; number <= 3; number++)
    g_assert_true (add (list, clock, number, 0));
  ear_announcement_list_remove (list, 2);
  ear_announcement_list_remove (list, 2);
  ear_announcement_list_remove (list, 99);
  g_assert_cmpuint (count (list), ==, 2);
  g_assert_null (ear_announcement_list_lookup (list, 2));
  g_assert_cmpuint (number_at (list, 1), ==, 3);
  ear_clock_advance (clock, 31 * MINUTE);
  g_assert_cmpuint (count (list), ==, 0);
  g_assert_finalize_object (list);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/announcement-list/order", test_order);
  g_test_add_func ("/announcement-list/expiry", test_expiry);
  g_test_add_func ("/announcement-list/remove", test_remove);
  return g_test_run ();
}
