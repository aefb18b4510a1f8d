/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarHistory: files that are damaged, foreign, tampered with or cannot grow fail with a sentence
 * and stay as they are. */

#include "history-fixture.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void
run_sql (const char *path, const char *sql)
{
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

/* Opening fails with a sentence, and changes nothing. */
static void
assert_refused (Fixture *fixture)
{
  g_autoptr (EarHistory) history = ear_history_new (fixture->path);
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  gsize size_before;
  gsize size_after;

  g_assert_true (g_file_get_contents (fixture->path, &before, &size_before, NULL));
  g_assert_false (open_history (history, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_FILE);
  g_assert_nonnull (strstr (error->message, "history.db"));
  g_clear_error (&error);
  g_assert_true (g_file_get_contents (fixture->path, &after, &size_after, NULL));
  g_assert_cmpmem (before, size_before, after, size_after);

  ear_history_set_account (history, SERVER_A, "alice");
  g_assert_false (add (history, "bob", "id-000001", "hi", EAR_DELIVERY_WAITING, NULL, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_FILE);
}

static void
drop_history (Fixture *fixture)
{
  close_history (fixture->history);
  g_assert_finalize_object (g_steal_pointer (&fixture->history));
}

static void
open_again (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->history = ear_history_new (fixture->path);
  g_assert_true (open_history (fixture->history, &error));
  g_assert_no_error (error);
  ear_history_set_account (fixture->history, SERVER_A, "alice");
}

static void
test_garbage (Fixture *fixture, gconstpointer data)
{
  drop_history (fixture);
  g_assert_true (g_file_set_contents (fixture->path, "This is not a database at all.", -1, NULL));
  assert_refused (fixture);
}

#define PAGE_SIZE 4096

static void
add_many (Fixture *fixture)
{
  for (guint i = 0; i < 300; i++) {
    g_autofree char *id = g_strdup_printf ("id-%06u", i);

    add_ok (fixture->history, "bob", id, "some text that fills pages", EAR_DELIVERY_WAITING);
  }
}

static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  g_autofree char *contents = NULL;
  gsize size;

  add_many (fixture);
  drop_history (fixture);
  g_assert_true (g_file_get_contents (fixture->path, &contents, &size, NULL));
  g_assert_cmpuint (size, >, 8 * PAGE_SIZE);
  memset (contents + PAGE_SIZE, 0xa5, size - PAGE_SIZE);
  g_assert_true (g_file_set_contents (fixture->path, contents, size, NULL));
  assert_refused (fixture);
}

/* That of a message in the middle of the chat. */
static void
damage_page (char *contents, gsize size)
{
  static const char row[] = "id-000150some text";
  const char *found = memmem (contents, size, row, strlen (row));

  g_assert_nonnull (found);
  memset (contents + (found - contents) / PAGE_SIZE * PAGE_SIZE, 0xa5, PAGE_SIZE);
}

/* What an open does not look at is told when it is read, and costs nothing else. */
static void
test_damaged_inside (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) all = NULL;
  g_autoptr (GPtrArray) page = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *contents = NULL;
  gsize size;

  add_many (fixture);
  drop_history (fixture);
  g_assert_true (g_file_get_contents (fixture->path, &contents, &size, NULL));
  damage_page (contents, size);
  g_assert_true (g_file_set_contents (fixture->path, contents, size, NULL));

  open_again (fixture);
  ear_history_load_page_async (fixture->history, "bob", 0, 1000, NULL, result_cb, &result);
  wait_for (&result);
  all = ear_history_load_page_finish (fixture->history, result, &error);
  g_assert_null (all);
  g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_FILE);
  g_assert_nonnull (strstr (error->message, "damaged"));
  add_ok (fixture->history, "bob", "id-new", "new", EAR_DELIVERY_INCOMING);
  page = load_page (fixture->history, "bob", 0, 25);
  g_assert_cmpuint (page->len, ==, 25);
  g_assert_cmpstr (message_at (page, 24)->text, ==, "new");
}

/* After a crash all of the file is looked at; when it is refused, its log stays, too. */
static void
test_damaged_unclosed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *log_path = g_strconcat (fixture->path, "-wal", NULL);
  g_autofree char *contents = NULL;
  g_autofree char *log = NULL;
  g_autofree char *log_after = NULL;
  gsize size, log_size, log_size_after;

  add_many (fixture);
  restart (fixture);
  add_ok (fixture->history, "bob", "id-new", "new", EAR_DELIVERY_INCOMING);
  g_assert_true (g_file_get_contents (fixture->path, &contents, &size, NULL));
  g_assert_true (g_file_get_contents (log_path, &log, &log_size, NULL));
  g_assert_cmpuint (log_size, >, 0);
  drop_history (fixture);

  damage_page (contents, size);
  g_assert_true (g_file_set_contents (fixture->path, contents, size, NULL));
  g_assert_true (g_file_set_contents (log_path, log, log_size, NULL));
  assert_refused (fixture);
  g_assert_true (g_file_get_contents (log_path, &log_after, &log_size_after, NULL));
  g_assert_cmpmem (log, log_size, log_after, log_size_after);
}

static void
test_cut (Fixture *fixture, gconstpointer data)
{
  g_autofree char *contents = NULL;
  gsize size;

  drop_history (fixture);
  g_assert_true (g_file_get_contents (fixture->path, &contents, &size, NULL));
  g_assert_true (g_file_set_contents (fixture->path, contents, size / 2, NULL));
  assert_refused (fixture);
}

static void
test_foreign (Fixture *fixture, gconstpointer data)
{
  drop_history (fixture);
  g_assert_cmpint (g_remove (fixture->path), ==, 0);
  run_sql (fixture->path, "CREATE TABLE recipe (name TEXT); INSERT INTO recipe VALUES ('soup')");
  assert_refused (fixture);
  run_sql (fixture->path, "PRAGMA user_version = 1");
  assert_refused (fixture);
}

static void
test_newer (Fixture *fixture, gconstpointer data)
{
  drop_history (fixture);
  run_sql (fixture->path, "PRAGMA user_version = 1000");
  assert_refused (fixture);
}

/* As the first released version made it. */
static const char first_version[] =
  "CREATE TABLE account (id INTEGER PRIMARY KEY, server TEXT NOT NULL, me TEXT NOT NULL,"
  "  last_broadcast INTEGER NOT NULL DEFAULT 0, UNIQUE (server, me)) STRICT;"
  "CREATE TABLE contact (account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
  "  user TEXT NOT NULL, name TEXT NOT NULL, fingerprint TEXT,"
  "  last_seen INTEGER NOT NULL DEFAULT 0, verified INTEGER NOT NULL DEFAULT 0,"
  "  blocked INTEGER NOT NULL DEFAULT 0, key_changed INTEGER NOT NULL DEFAULT 0,"
  "  PRIMARY KEY (account, user)) STRICT, WITHOUT ROWID;"
  "CREATE TABLE message (row INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL,"
  "  user TEXT NOT NULL, incoming INTEGER NOT NULL, id TEXT NOT NULL, text TEXT NOT NULL,"
  "  time INTEGER NOT NULL, delivery INTEGER NOT NULL, unread INTEGER NOT NULL,"
  "  UNIQUE (account, user, incoming, id), FOREIGN KEY (account, user)"
  "  REFERENCES contact (account, user) ON DELETE CASCADE) STRICT;"
  "CREATE INDEX message_page ON message (account, user, row);"
  "CREATE INDEX message_waiting ON message (account, user, row) WHERE delivery < 2;"
  "CREATE INDEX message_unread ON message (account, user) WHERE unread = 1;"
  "CREATE TABLE pin (address TEXT NOT NULL PRIMARY KEY, fingerprint TEXT NOT NULL)"
  "  STRICT, WITHOUT ROWID;"
  "CREATE TABLE announcement (account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
  "  number INTEGER NOT NULL, user TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL,"
  "  time INTEGER NOT NULL, dismissed INTEGER NOT NULL, own INTEGER NOT NULL,"
  "  reached INTEGER NOT NULL, PRIMARY KEY (account, number)) STRICT, WITHOUT ROWID;"
  "PRAGMA application_id = 1164014184; PRAGMA user_version = 1;"

  "INSERT INTO account (id, server, me) VALUES (7, '" SERVER_A "', 'alice');"
  "INSERT INTO contact (account, user, name, verified) VALUES (7, 'bob', 'Bob', 0),"
  "  (7, 'carol', 'Carol', 1), (7, 'dmitri', 'Dmitri', 0);"
  "INSERT INTO message VALUES (3, 7, 'bob', 0, 'id-000001', 'read', 1, 4, 0),"
  "  (4, 7, 'bob', 1, 'id-000001', 'seen', 2, 3, 0),"
  "  (5, 7, 'carol', 1, 'id-000001', 'seen', 3, 3, 0),"
  "  (6, 7, 'bob', 0, 'id-000002', 'received', 4, 2, 0),"
  "  (8, 7, 'bob', 1, 'id-000002', 'unread', 5, 3, 1),"
  "  (9, 7, 'bob', 0, 'id-000003', 'waiting', 6, 0, 0),"
  "  (12, 7, 'bob', 1, 'id-000003', 'unread', 7, 3, 1);";

static void
assert_contact (GPtrArray *contacts, guint i, const char *user, guint unread, const char *last)
{
  const EarHistoryContact *contact = contacts->pdata[i];

  g_assert_cmpstr (contact->user, ==, user);
  g_assert_cmpuint (contact->unread, ==, unread);
  g_assert_cmpstr (contact->last_message, ==, last);
  g_assert_cmpint (contact->verified, ==, g_str_equal (user, "carol"));
  g_assert_false (contact->always_accepted);
}

/* A file of the first version opens, with all that is in it, and has what is new at its default. */
static void
test_older (Fixture *fixture, gconstpointer data)
{
  static const EarHistoryMessage expected[] = {
    { 3, (char *) "id-000001", (char *) "read", 1, EAR_DELIVERY_READ },
    { 4, (char *) "id-000001", (char *) "seen", 2, EAR_DELIVERY_INCOMING },
    { 6, (char *) "id-000002", (char *) "received", 4, EAR_DELIVERY_RECEIVED },
    { 8, (char *) "id-000002", (char *) "unread", 5, EAR_DELIVERY_INCOMING },
    { 9, (char *) "id-000003", (char *) "waiting", 6, EAR_DELIVERY_WAITING },
    { 12, (char *) "id-000003", (char *) "unread", 7, EAR_DELIVERY_INCOMING },
  };

  drop_history (fixture);
  g_assert_cmpint (g_remove (fixture->path), ==, 0);
  run_sql (fixture->path, first_version);
  for (guint round = 0; round < 2; round++) {
    g_autoptr (GPtrArray) contacts = NULL;
    g_autoptr (GPtrArray) page = NULL;

    open_again (fixture);
    page = load_page (fixture->history, "bob", 0, 50);
    g_assert_cmpuint (page->len, ==, G_N_ELEMENTS (expected));
    for (guint i = 0; i < page->len; i++) {
      g_assert_cmpint (message_at (page, i)->row, ==, expected[i].row);
      g_assert_cmpstr (message_at (page, i)->id, ==, expected[i].id);
      g_assert_cmpstr (message_at (page, i)->text, ==, expected[i].text);
      g_assert_cmpint (message_at (page, i)->time_us, ==, expected[i].time_us);
      g_assert_cmpint (message_at (page, i)->delivery, ==, expected[i].delivery);
    }
    contacts = load_contacts (fixture->history);
    g_assert_cmpuint (contacts->len, ==, 3);
    assert_contact (contacts, 0, "bob", 2, "unread");
    assert_contact (contacts, 1, "carol", 0, "seen");
    assert_contact (contacts, 2, "dmitri", 0, NULL);
    if (round == 0)
      drop_history (fixture);
  }
  /* What was there is known, and what comes is newer. */
  g_assert_false (
    add (fixture->history, "bob", "id-000003", "again", EAR_DELIVERY_INCOMING, NULL, NULL));
  add_ok (fixture->history, "carol", "id-000002", "new", EAR_DELIVERY_INCOMING);
  ear_history_mark_read (fixture->history, "bob");
  {
    g_autoptr (GPtrArray) contacts = load_contacts (fixture->history);

    assert_contact (contacts, 0, "bob", 0, "unread");
    assert_contact (contacts, 1, "carol", 1, "new");
  }
}

static void
test_not_a_file (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarHistory) directory = ear_history_new (fixture->directory);
  g_autofree char *pipe_path = g_build_filename (fixture->directory, "pipe", NULL);
  g_autoptr (EarHistory) pipe = ear_history_new (pipe_path);
  g_autofree char *below_path = g_build_filename (fixture->path, "history.db", NULL);
  g_autoptr (EarHistory) below = ear_history_new (below_path);
  EarHistory *const all[] = { directory, pipe, below };

  g_assert_cmpint (mkfifo (pipe_path, 0600), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (open_history (all[i], &error));
    g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_FILE);
  }
}

static goffset
get_size (Fixture *fixture)
{
  GStatBuf status;

  g_assert_cmpint (g_stat (fixture->path, &status), ==, 0);
  return status.st_size;
}

/* What many messages have left in the log goes into the file when nobody writes. */
static void
test_log (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (3500, 'x');
  goffset before = get_size (fixture);
  gint64 end_us;

  for (guint i = 0; i < 400; i++) {
    g_autofree char *id = g_strdup_printf ("id-%06u", i);

    add_ok (fixture->history, "bob", id, text, EAR_DELIVERY_INCOMING);
  }
  end_us = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;
  while (get_size (fixture) < before + 250 * 3500) {
    g_assert_cmpint (g_get_monotonic_time (), <, end_us);
    g_usleep (1000);
  }
}

/* A message is not there before it is on the disk: whoever waits for it hears of a full disk. */
static void
test_full (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) page = NULL;
  g_autoptr (GError) error = NULL;
  struct rlimit old;
  struct rlimit tiny;

  add_ok (fixture->history, "bob", "id-000001", "fits", EAR_DELIVERY_INCOMING);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &old), ==, 0);
  tiny = old;
  tiny.rlim_cur = 64;
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &tiny), ==, 0);
  g_assert_false (
    add (fixture->history, "bob", "id-000002", "too much", EAR_DELIVERY_INCOMING, NULL, &error));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &old), ==, 0);
  g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_FILE);

  add_ok (fixture->history, "bob", "id-000002", "fits now", EAR_DELIVERY_INCOMING);
  restart (fixture);
  page = load_page (fixture->history, "bob", 0, 50);
  g_assert_cmpuint (page->len, ==, 2);
  g_assert_cmpstr (message_at (page, 1)->text, ==, "fits now");
}

/* Who can write our file still cannot make us run SQL, nor break us with what stands in it. */
static void
test_tampered (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) contacts = NULL;
  g_autoptr (GPtrArray) page = NULL;

  add_ok (fixture->history, "bob", "id-000001", "hi", EAR_DELIVERY_WAITING);
  close_history (fixture->history);
  run_sql (fixture->path,
           "CREATE TRIGGER evil AFTER INSERT ON message BEGIN DELETE FROM message; END;"
           "UPDATE message SET text = CAST (x'6869ff' AS TEXT), delivery = 77,"
           "  time = 9223372036854775807;"
           "UPDATE contact SET verified = -1, last_seen = -9223372036854775807 - 1,"
           "  fingerprint = 'short'");
  restart (fixture);
  add_ok (fixture->history, "bob", "id-000002", "still", EAR_DELIVERY_INCOMING);
  page = load_page (fixture->history, "bob", 0, 50);
  g_assert_cmpuint (page->len, ==, 2);
  g_assert_true (g_utf8_validate (message_at (page, 0)->text, -1, NULL));
  g_assert_cmpint (message_at (page, 0)->delivery, <=, EAR_DELIVERY_RECEIVED);
  contacts = load_contacts (fixture->history);
  g_assert_cmpuint (contacts->len, ==, 1);
  for (guint i = 0; i < page->len; i++) {
    g_autoptr (GDateTime) time = ear_history_time_new (message_at (page, i)->time_us);

    g_assert_nonnull (time);
  }
}

/* More than any text of ours is refused, not cut, and nothing else is lost with it. */
static void
test_too_big (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (2 * 1024 * 1024, 'x');
  g_autoptr (GPtrArray) page = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (
    add (fixture->history, "bob", "id-000001", text, EAR_DELIVERY_INCOMING, NULL, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_FILE);
  add_ok (fixture->history, "bob", "id-000001", "short", EAR_DELIVERY_INCOMING);
  page = load_page (fixture->history, "bob", 0, 50);
  g_assert_cmpuint (page->len, ==, 1);
}

static gboolean
add_on_link (Fixture *fixture, const char *id, const char *text, GCancellable *link)
{
  const EarHistoryMessage message = { .id = (char *) id,
                                      .text = (char *) text,
                                      .delivery = EAR_DELIVERY_INCOMING };
  g_autoptr (GAsyncResult) result = NULL;

  ear_history_add_message_async (fixture->history, "bob", &message, link, result_cb, &result);
  wait_for (&result);
  return ear_history_add_message_finish (fixture->history, result, NULL, NULL);
}

/* What came on the same link does not overtake what could not be stored, small as it may be. */
static void
test_order (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (2 * 1024 * 1024, 'x');
  g_autoptr (GCancellable) link = g_cancellable_new ();
  g_autoptr (GCancellable) next_link = g_cancellable_new ();

  g_assert_true (add_on_link (fixture, "id-000001", "fits", link));
  g_assert_false (add_on_link (fixture, "id-000002", text, link));
  g_assert_false (add_on_link (fixture, "id-000003", "small", link));
  g_assert_true (add_on_link (fixture, "id-000002", "fits now", next_link));
  g_assert_true (add_on_link (fixture, "id-000003", "small", next_link));
}

static gint sync_fails; /* atomic */

/* In the place of libc's, for SQLite, too. */
int
fdatasync (int fd)
{
  if (g_atomic_int_get (&sync_fails)) {
    errno = EIO;
    return -1;
  }
  return (int) syscall (SYS_fdatasync, fd);
}

/* After a failed sync nobody knows what is on the disk: nothing is called kept before the file was
 * opened again. */
static void
test_failed_sync (Fixture *fixture, gconstpointer data)
{
  g_autofree char *log = g_strconcat (fixture->path, "-wal", NULL);
  GStatBuf status;
  g_autoptr (GPtrArray) page = NULL;

  add_ok (fixture->history, "bob", "id-000001", "kept", EAR_DELIVERY_INCOMING);
  g_atomic_int_set (&sync_fails, TRUE);
  for (guint i = 0; i < 3; i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (
      add (fixture->history, "bob", "id-000002", "lost?", EAR_DELIVERY_INCOMING, NULL, &error));
    g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_FILE);
    g_atomic_int_set (&sync_fails, FALSE);
  }
  close_history (fixture->history);
  g_assert_cmpint (g_stat (log, &status), ==, 0); /* it was not copied into the file */
  g_assert_cmpint (status.st_size, >, 0);
  g_assert_true (open_history (fixture->history, NULL));
  add_ok (fixture->history, "bob", "id-000003", "kept again", EAR_DELIVERY_INCOMING);
  page = load_page (fixture->history, "bob", 0, 50);
  g_assert_cmpuint (page->len, >=, 2);
  g_assert_cmpstr (((EarHistoryMessage *) page->pdata[0])->text, ==, "kept");
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/history-file/garbage", test_garbage);
  ADD ("/history-file/damaged", test_damaged);
  ADD ("/history-file/damaged-inside", test_damaged_inside);
  ADD ("/history-file/damaged-unclosed", test_damaged_unclosed);
  ADD ("/history-file/cut", test_cut);
  ADD ("/history-file/foreign", test_foreign);
  ADD ("/history-file/newer", test_newer);
  ADD ("/history-file/older", test_older);
  ADD ("/history-file/not-a-file", test_not_a_file);
  ADD ("/history-file/log", test_log);
  ADD ("/history-file/full", test_full);
  ADD ("/history-file/tampered", test_tampered);
  ADD ("/history-file/too-big", test_too_big);
  ADD ("/history-file/order", test_order);
  ADD ("/history-file/failed-sync", test_failed_sync);

  return g_test_run ();
}
