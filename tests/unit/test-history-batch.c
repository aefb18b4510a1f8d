/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarHistory: calls that share a transaction, one of which fails, and calls while another program
 * writes. */

#include "history-fixture.h"

#include <sqlite3.h>

#define ADDRESS "host:4400"

static void
run_sql (sqlite3 *db, const char *sql)
{
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
}

static sqlite3 *
open_file (Fixture *fixture)
{
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (fixture->path, &db), ==, SQLITE_OK);
  sqlite3_busy_timeout (db, 5000);
  return db;
}

/* What is called until release() shares one transaction: the history waits for the lock with a
 * write, and a call that stands alone is between that and the rest. */
static sqlite3 *
hold (Fixture *fixture)
{
  sqlite3 *db = open_file (fixture);

  run_sql (db, "BEGIN IMMEDIATE");
  ear_history_save_pin_async (fixture->history, "elsewhere:4400", SERVER_A, NULL, NULL, NULL);
  ear_history_set_account (fixture->history, SERVER_A, "alice");
  return db;
}

static void
release (sqlite3 *db)
{
  run_sql (db, "COMMIT");
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

/* Makes each write to a table fail. */
static void
break_table (Fixture *fixture, const char *table)
{
  g_autofree char *sql = g_strdup_printf ("ALTER TABLE %s RENAME TO no_%s", table, table);
  sqlite3 *db = open_file (fixture);

  run_sql (db, sql);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

static void
load_pin (Fixture *fixture, GAsyncResult **result)
{
  ear_history_load_pin_async (fixture->history, ADDRESS, NULL, result_cb, result);
}

static void
assert_pin (Fixture *fixture, GAsyncResult **result, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *pin = NULL;

  wait_for (result);
  pin = ear_history_load_pin_finish (fixture->history, *result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (pin, ==, expected);
  g_clear_object (result);
}

static void
assert_n_waiting (Fixture *fixture, GAsyncResult **result, guint expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) messages = NULL;

  wait_for (result);
  messages = ear_history_load_waiting_finish (fixture->history, *result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (messages->len, ==, expected);
  g_clear_object (result);
}

static void
save_pin (Fixture *fixture, const char *fingerprint)
{
  GAsyncResult *saved = NULL;

  ear_history_save_pin_async (fixture->history, ADDRESS, fingerprint, NULL, NULL, NULL);
  load_pin (fixture, &saved);
  assert_pin (fixture, &saved, fingerprint);
}

/* What is only read is not lost with what cannot be written; and what was undone is not seen. */
static void
test_reads_beside_failed_write (Fixture *fixture, gconstpointer data)
{
  GAsyncResult *early = NULL, *late = NULL, *waiting = NULL;
  sqlite3 *lock;

  add_ok (fixture->history, "bob", "id-000001", "one", EAR_DELIVERY_WAITING);
  save_pin (fixture, SERVER_A);
  break_table (fixture, "contact");

  lock = hold (fixture);
  ear_history_save_pin_async (fixture->history, ADDRESS, SERVER_B, NULL, NULL, NULL);
  load_pin (fixture, &early);
  ear_history_mark_read (fixture->history, "bob"); /* fails */
  load_pin (fixture, &late);
  ear_history_load_waiting_async (fixture->history, "bob", NULL, result_cb, &waiting);
  release (lock);
  assert_pin (fixture, &early, SERVER_A);
  assert_pin (fixture, &late, SERVER_A);
  assert_n_waiting (fixture, &waiting, 1);
}

/* A page that cannot be read takes nobody else's with it. */
static void
test_reads_beside_failed_read (Fixture *fixture, gconstpointer data)
{
  GAsyncResult *contacts = NULL, *pin = NULL;
  sqlite3 *lock;

  save_pin (fixture, SERVER_A);
  break_table (fixture, "contact");
  lock = hold (fixture);
  ear_history_load_contacts_async (fixture->history, NULL, result_cb, &contacts);
  load_pin (fixture, &pin);
  release (lock);
  wait_for (&contacts);
  g_assert_null (ear_history_load_contacts_finish (fixture->history, contacts, NULL));
  g_clear_object (&contacts);
  assert_pin (fixture, &pin, SERVER_A);
}

/* Whose history it is stays so from its call on, whatever fails before or after. */
static void
test_account_beside_failed_write (Fixture *fixture, gconstpointer data)
{
  GAsyncResult *of_alice = NULL, *of_bob = NULL;
  sqlite3 *lock;

  add_ok (fixture->history, "carol", "id-000001", "of alice", EAR_DELIVERY_WAITING);
  break_table (fixture, "contact");
  lock = hold (fixture);
  ear_history_mark_read (fixture->history, "carol"); /* fails */
  ear_history_load_waiting_async (fixture->history, "carol", NULL, result_cb, &of_alice);
  ear_history_set_account (fixture->history, SERVER_A, "bob");
  ear_history_mark_read (fixture->history, "carol"); /* fails */
  ear_history_load_waiting_async (fixture->history, "carol", NULL, result_cb, &of_bob);
  release (lock);
  assert_n_waiting (fixture, &of_alice, 1);
  assert_n_waiting (fixture, &of_bob, 0);
}

typedef gboolean (*Finish) (EarHistory *history, GAsyncResult *result, GError **error);

static void
assert_told (Fixture *fixture, GAsyncResult **result, Finish finish, gboolean ok)
{
  g_autoptr (GError) error = NULL;

  wait_for (result);
  g_assert_cmpint (finish (fixture->history, *result, &error), ==, ok);
  if (ok)
    g_assert_no_error (error);
  else
    g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_FILE);
  g_clear_object (result);
}

/* Whoever stores what must not be lost hears whether it was. */
static void
test_told (Fixture *fixture, gconstpointer data)
{
  const EarHistoryContact bob = { .user = (char *) "bob", .name = (char *) "Bob" };

  for (guint round = 0; round < 2; round++) {
    GAsyncResult *saved = NULL, *removed = NULL, *pinned = NULL;

    ear_history_save_contact_async (fixture->history, &bob, NULL, result_cb, &saved);
    ear_history_remove_contact_async (fixture->history, "carol", NULL, result_cb, &removed);
    ear_history_save_pin_async (fixture->history, ADDRESS, SERVER_B, NULL, result_cb, &pinned);
    assert_told (fixture, &saved, ear_history_save_contact_finish, round == 0);
    assert_told (fixture, &removed, ear_history_remove_contact_finish, round == 0);
    assert_told (fixture, &pinned, ear_history_save_pin_finish, round == 0);
    if (round == 0) {
      break_table (fixture, "contact");
      break_table (fixture, "pin");
    }
  }
}

/* Another program that writes keeps nobody from reading. */
static void
test_read_while_locked (Fixture *fixture, gconstpointer data)
{
  GAsyncResult *waiting = NULL;
  sqlite3 *lock = open_file (fixture);

  add_ok (fixture->history, "bob", "id-000001", "one", EAR_DELIVERY_WAITING);
  run_sql (lock, "BEGIN IMMEDIATE");
  ear_history_set_account (fixture->history, SERVER_A, "alice");
  ear_history_load_waiting_async (fixture->history, "bob", NULL, result_cb, &waiting);
  assert_n_waiting (fixture, &waiting, 1);
  ear_history_set_account (fixture->history, SERVER_A, "a new account");
  ear_history_load_waiting_async (fixture->history, "bob", NULL, result_cb, &waiting);
  assert_n_waiting (fixture, &waiting, 0);
  release (lock);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK); /* of what fails we are warned */

  ADD ("/history-batch/reads-beside-failed-write", test_reads_beside_failed_write);
  ADD ("/history-batch/reads-beside-failed-read", test_reads_beside_failed_read);
  ADD ("/history-batch/account-beside-failed-write", test_account_beside_failed_write);
  ADD ("/history-batch/told", test_told);
  ADD ("/history-batch/read-while-locked", test_read_while_locked);

  return g_test_run ();
}
