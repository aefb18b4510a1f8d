/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarHistory: broadcasts are kept for 30 minutes, the number of the last one for ever. */

#include "history-fixture.h"

#include "client/ear-announcement.h"

static GPtrArray *
load_announcements (EarHistory *history, guint64 *last_number)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *announcements;

  ear_history_load_announcements_async (history, NULL, result_cb, &result);
  wait_for (&result);
  announcements = ear_history_load_announcements_finish (history, result, last_number, &error);
  g_assert_no_error (error);
  return announcements;
}

static void
save_announcement (EarHistory *history, guint64 number, int minutes_ago, gboolean dismissed)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autoptr (GDateTime) time = g_date_time_add_minutes (now, -minutes_ago);
  g_autoptr (EarAnnouncement) announcement =
    ear_announcement_new (number, "bob", "Bob", "Tea?", time);

  ear_announcement_set_dismissed (announcement, dismissed);
  ear_announcement_set_reached (announcement, 7);
  ear_history_save_announcement (history, announcement);
}

static void
test_announcements (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) empty = NULL;
  g_autoptr (GPtrArray) announcements = NULL;
  guint64 last = 99;

  empty = load_announcements (fixture->history, &last);
  g_assert_cmpuint (empty->len, ==, 0);
  g_assert_cmpuint (last, ==, 0);

  save_announcement (fixture->history, 5, 29, FALSE);
  save_announcement (fixture->history, 6, 1, FALSE);
  save_announcement (fixture->history, 6, 1, TRUE);
  save_announcement (fixture->history, 7, -90, FALSE); /* from a clock that was wrong */
  save_announcement (fixture->history, 8, 31, FALSE);
  save_announcement (fixture->history, 4, 30, FALSE);
  restart (fixture);
  announcements = load_announcements (fixture->history, &last);
  g_assert_cmpuint (last, ==, 0); /* those between may still come */
  g_assert_cmpuint (announcements->len, ==, 2);
  g_assert_cmpuint (ear_announcement_get_number (announcements->pdata[0]), ==, 5);
  g_assert_false (ear_announcement_get_dismissed (announcements->pdata[0]));
  g_assert_cmpuint (ear_announcement_get_number (announcements->pdata[1]), ==, 6);
  g_assert_true (ear_announcement_get_dismissed (announcements->pdata[1]));
  g_assert_cmpuint (ear_announcement_get_reached (announcements->pdata[1]), ==, 7);
  g_assert_cmpstr (ear_announcement_get_account (announcements->pdata[1]), ==, "bob");
  g_assert_cmpstr (ear_announcement_get_name (announcements->pdata[1]), ==, "Bob");
  g_assert_cmpstr (ear_announcement_get_text (announcements->pdata[1]), ==, "Tea?");
}

/* Up to where all have come; by what came last, it does not fall. */
static void
test_number (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) announcements = NULL;
  guint64 last = 0;

  ear_history_raise_number (fixture->history, 8);
  ear_history_raise_number (fixture->history, 5);
  restart (fixture);
  announcements = load_announcements (fixture->history, &last);
  g_assert_cmpuint (last, ==, 8);
}

/* What was removed is forgotten; that it was there is not. */
static void
test_removed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) announcements = NULL;
  guint64 last = 0;

  save_announcement (fixture->history, 5, 2, FALSE);
  save_announcement (fixture->history, 6, 1, FALSE);
  ear_history_raise_number (fixture->history, 6);
  ear_history_remove_announcement (fixture->history, 6);
  ear_history_remove_announcement (fixture->history, 99);
  restart (fixture);
  announcements = load_announcements (fixture->history, &last);
  g_assert_cmpuint (last, ==, 6);
  g_assert_cmpuint (announcements->len, ==, 1);
  g_assert_cmpuint (ear_announcement_get_number (announcements->pdata[0]), ==, 5);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/history/announcements", Fixture, NULL, set_up, test_announcements, tear_down);
  g_test_add ("/history/announcements/number", Fixture, NULL, set_up, test_number, tear_down);
  g_test_add ("/history/announcements/removed", Fixture, NULL, set_up, test_removed, tear_down);

  return g_test_run ();
}
