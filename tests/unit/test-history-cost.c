/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What EarHistory does for a message, a receipt or a page is the same in a long chat as in a short
 * one: the steps of SQLite's machine are counted, and the pages that a commit writes. */

#include "history-fixture.h"

#include "client/ear-history-private.h"

#define SHORT 200
#define LONG 5000
#define PER_COMMIT 100

static void
run (EarHistoryStore *store, EarHistoryJobFunc function, EarHistoryJob *job)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (function (store, job, &error));
  g_assert_no_error (error);
  g_clear_pointer (&job->array, g_ptr_array_unref);
}

static void
exec (EarHistoryStore *store, const char *sql)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (ear_history_store_exec (store, sql, &error));
  g_assert_no_error (error);
}

static void
add_message (EarHistoryStore *store, guint i)
{
  g_autofree char *id = g_strdup_printf ("id-%06u", i);
  EarHistoryMessage message = {
    .id = id,
    .text = (char *) "What one says is rarely longer than this.",
    .time_us = i,
    .delivery = i % 2 == 0 ? EAR_DELIVERY_RECEIVED : EAR_DELIVERY_INCOMING,
  };
  EarHistoryJob job = { .user = (char *) "bob", .message = &message };

  run (store, ear_history_store_add_message, &job);
}

static void
fill (EarHistoryStore *store, guint from, guint to)
{
  exec (store, "BEGIN IMMEDIATE");
  for (guint i = from; i < to; i++)
    add_message (store, i);
  exec (store, "COMMIT");
}

/* Since the last call. */
static int
count_steps (EarHistoryStore *store)
{
  int steps = 0;

  for (guint i = 0; i < N_STATEMENTS; i++) {
    if (store->statements[i] != NULL)
      steps += sqlite3_stmt_status (store->statements[i], SQLITE_STMTSTATUS_VM_STEP, TRUE);
  }
  return steps;
}

static const struct
{
  const char *name;
  EarHistoryJobFunc function;
  gint64 number;
} calls[] = {
  { "mark read", ear_history_store_mark_read },
  { "their read receipt", ear_history_store_set_read },
  { "an ack", ear_history_store_set_delivery, EAR_DELIVERY_RECEIVED },
  { "the newest page", ear_history_store_load_page },
  { "what waits", ear_history_store_load_waiting },
  { "the contacts", ear_history_store_load_contacts },
};

#define N_CALLS G_N_ELEMENTS (calls)

static EarHistoryStore *
open_store (Fixture *fixture)
{
  EarHistoryStore *store = ear_history_store_new (fixture->path);
  EarHistoryJob job = { .user = g_strdup (SERVER_A), .text = g_strdup ("alice") };
  g_autoptr (GError) error = NULL;

  close_history (fixture->history);
  g_assert_finalize_object (g_steal_pointer (&fixture->history));
  g_assert_true (ear_history_store_open (store, &error));
  g_assert_no_error (error);
  run (store, ear_history_store_set_account, &job);
  return store;
}

/* A receipt and an ack of the message of that id. */
static void
measure (EarHistoryStore *store, const char *id, int steps[N_CALLS])
{
  for (guint i = 0; i < N_CALLS; i++) {
    EarHistoryJob job = {
      .user = (char *) "bob", .text = (char *) id, .number = calls[i].number, .limit = 25
    };

    count_steps (store);
    run (store, calls[i].function, &job);
    steps[i] = count_steps (store);
  }
}

static void
test_steps (Fixture *fixture, gconstpointer data)
{
  EarHistoryStore *store = open_store (fixture);
  int few[N_CALLS], many[N_CALLS];

  fill (store, 0, SHORT);
  measure (store, "id-000198", few);
  fill (store, SHORT, LONG);
  measure (store, "id-004998", many);
  for (guint i = 0; i < N_CALLS; i++) {
    g_test_message ("%s: %d steps, then %d", calls[i].name, few[i], many[i]);
    g_assert_cmpint (few[i], >, 0);
    g_assert_cmpint (many[i], <=, few[i]);
  }
  ear_history_store_free (store);
}

static goffset
get_log_size (Fixture *fixture)
{
  g_autofree char *path = g_strconcat (fixture->path, "-wal", NULL);
  GStatBuf status;

  g_assert_cmpint (g_stat (path, &status), ==, 0);
  return status.st_size;
}

/* A message is in the table and in two indexes; now and then one of them needs more pages. */
static void
test_pages (Fixture *fixture, gconstpointer data)
{
  EarHistoryStore *store = open_store (fixture);
  goffset before, pages;

  fill (store, 0, SHORT);
  before = get_log_size (fixture);
  for (guint i = 0; i < PER_COMMIT; i++)
    fill (store, SHORT + i, SHORT + i + 1);
  pages = (get_log_size (fixture) - before) / 4096;
  g_test_message ("%d messages: %d pages", PER_COMMIT, (int) pages);
  g_assert_cmpint (pages, <, 4 * PER_COMMIT);
  ear_history_store_free (store);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/history-cost/steps", test_steps);
  ADD ("/history-cost/pages", test_pages);

  return g_test_run ();
}
