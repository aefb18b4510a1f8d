/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A real client at a real server, while its disk takes some things and others not: it stays logged
 * in, and what could not be kept is kept later. */

#include <sqlite3.h>

#include "client/ear-contacts.h"
#include "client/ear-history.h"
#include "client/ear-session.h"
#include "support/ear-test-person.h"
#include "support/ear-test-wait.h"

typedef struct
{
  EarTestServer *server;
  EarTestPerson *alice;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->server = ear_test_server_new ();
  f->server->clock = ear_clock_new ();
  ear_test_server_start_inside (f->server);
  f->alice = ear_test_person_new (f->server, "alice");
  ear_test_person_leave (f->alice);
  f->alice->clock = ear_clock_new_manual (G_USEC_PER_SEC);
  ear_test_person_come_back (f->alice);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  ear_test_person_free (f->alice);
  ear_test_server_free (f->server);
}

static void
run_sql (Fixture *f, const char *sql)
{
  g_autofree char *path = g_build_filename (f->alice->directory, "history.db", NULL);
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  sqlite3_busy_timeout (db, 5000);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

/* Whoever comes back reads the server's pin: that something else cannot be written just then logs
 * nobody out. */
static void
test_server_lost (Fixture *f, gconstpointer data)
{
  EarSession *session = ear_client_get_session (f->alice->client);

  ear_test_server_stop_inside (f->server);
  ear_test_wait (ear_session_get_state (session) == EAR_SESSION_WAITING);
  ear_test_server_start_inside (f->server);
  run_sql (f, "ALTER TABLE contact RENAME TO elsewhere");
  ear_contacts_set_blocked (ear_client_get_contacts (f->alice->client), "mallory", TRUE);
  ear_session_retry_now (session);
  ear_test_wait (ear_session_is_online (session) ||
                 ear_session_get_state (session) == EAR_SESSION_IDLE);
  g_assert_no_error (ear_session_get_last_error (session));
  g_assert_true (ear_session_is_online (session));
}

static char *
dup_pin (Fixture *f)
{
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", f->server->port);
  EarHistory *history = ear_client_get_history (f->alice->client);
  g_autoptr (GAsyncResult) result = NULL;

  ear_history_load_pin_async (history, address, NULL, ear_test_result_cb, &result);
  ear_test_wait (result != NULL);
  return ear_history_load_pin_finish (history, result, NULL);
}

static void
log_in (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  ear_test_person_log_in (f->alice, &error);
  g_assert_no_error (error);
}

/* The pin of the server is stored while the session lasts, or when it ends. */
static void
test_pin (Fixture *f, gconstpointer data)
{
  EarSession *session = ear_client_get_session (f->alice->client);

  for (guint round = 0; round < 2; round++) {
    g_autofree char *before = NULL;
    g_autofree char *after = NULL;

    ear_session_log_out (session);
    g_free (dup_pin (f)); /* behind all that is still to be written */
    run_sql (f, "DELETE FROM pin;"
                "INSERT INTO pin VALUES ('', '');"
                "CREATE UNIQUE INDEX full ON pin (0 * length (address))"); /* takes no more */
    log_in (f);
    before = dup_pin (f);
    g_assert_null (before);
    run_sql (f, "DROP INDEX full");
    if (round == 0)
      ear_clock_advance (f->alice->clock, EAR_HISTORY_AGAIN_MS * G_GINT64_CONSTANT (1000));
    else
      ear_session_log_out (session);
    after = dup_pin (f);
    g_assert_nonnull (after);
  }
}

#define ADD(path, func) g_test_add ("/client-disk/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK); /* of what fails we are warned */
  ADD ("pin", test_pin);
  ADD ("server-lost", test_server_lost);
  return g_test_run ();
}
