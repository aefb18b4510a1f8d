/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The file of EarHistory: how it is opened, checked and brought to the newest schema.
 *
 * A file is ours when its application_id says so; its user_version counts the migrations that it
 * has seen. Nothing is written to a file before both have been looked at, so that somebody else's
 * database, a damaged one or one of a newer Earshot stays as it is.
 *
 * To open takes as long for much history as for little: the ends of the tables are looked at, and
 * all of the file only when a write-ahead log says that it was not closed. Other damage fails when
 * it is read, by then with the same sentence.
 *
 * The rows are messages that strangers wrote: no one else may read the file (0600), what is deleted
 * is overwritten (secure_delete), and a file that was tampered with gets no SQL of its own to run
 * (trusted_schema off, defensive). */

#include "config.h"

#include "client/ear-history-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/ear-error.h"

#define APPLICATION_ID 0x45617268 /* "Earh" */
#define BUSY_MS 5000              /* another Earshot of the same profile, a backup program */
#define MAX_BYTES (1024 * 1024)   /* of one value: no text of ours comes near */

/* Step i brings user_version from i to i + 1. A step that was released is never changed. */
static const char *const migrations[] = {
  "CREATE TABLE account ("
  "  id INTEGER PRIMARY KEY,"
  "  server TEXT NOT NULL,"
  "  me TEXT NOT NULL,"
  "  last_broadcast INTEGER NOT NULL DEFAULT 0,"
  "  UNIQUE (server, me)"
  ") STRICT;"

  "CREATE TABLE contact ("
  "  account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
  "  user TEXT NOT NULL,"
  "  name TEXT NOT NULL,"
  "  fingerprint TEXT,"
  "  last_seen INTEGER NOT NULL DEFAULT 0," /* µs of real time */
  "  verified INTEGER NOT NULL DEFAULT 0,"
  "  blocked INTEGER NOT NULL DEFAULT 0,"
  "  key_changed INTEGER NOT NULL DEFAULT 0,"
  "  PRIMARY KEY (account, user)"
  ") STRICT, WITHOUT ROWID;"

  "CREATE TABLE message ("
  "  row INTEGER PRIMARY KEY AUTOINCREMENT," /* grows, even when the newest was deleted */
  "  account INTEGER NOT NULL,"
  "  user TEXT NOT NULL,"
  "  incoming INTEGER NOT NULL,"
  "  id TEXT NOT NULL,"
  "  text TEXT NOT NULL,"
  "  time INTEGER NOT NULL," /* µs of real time */
  "  delivery INTEGER NOT NULL,"
  "  unread INTEGER NOT NULL,"
  "  UNIQUE (account, user, incoming, id)," /* the two sides choose their ids apart */
  "  FOREIGN KEY (account, user) REFERENCES contact (account, user) ON DELETE CASCADE"
  ") STRICT;"
  "CREATE INDEX message_page ON message (account, user, row);"
  "CREATE INDEX message_waiting ON message (account, user, row) WHERE delivery < 2;"
  "CREATE INDEX message_unread ON message (account, user) WHERE unread = 1;"

  "CREATE TABLE pin ("
  "  address TEXT NOT NULL PRIMARY KEY,"
  "  fingerprint TEXT NOT NULL"
  ") STRICT, WITHOUT ROWID;"

  "CREATE TABLE announcement ("
  "  account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
  "  number INTEGER NOT NULL,"
  "  user TEXT NOT NULL,"
  "  name TEXT NOT NULL,"
  "  text TEXT NOT NULL,"
  "  time INTEGER NOT NULL," /* µs of real time */
  "  dismissed INTEGER NOT NULL,"
  "  own INTEGER NOT NULL,"
  "  reached INTEGER NOT NULL,"
  "  PRIMARY KEY (account, number)"
  ") STRICT, WITHOUT ROWID;",

  /* Requests of whom are accepted unasked. */
  "ALTER TABLE contact ADD COLUMN always_accepted INTEGER NOT NULL DEFAULT 0;",

  /* Up to where a chat was read, by us and by the other, stands in the contact: one row to change,
   * however long the chat is. And a message touches fewer pages: it is the last row of the table,
   * and of its indexes two remain, and a third while it waits. */
  "ALTER TABLE contact ADD COLUMN read_row INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE contact ADD COLUMN their_read_row INTEGER NOT NULL DEFAULT 0;"
  "UPDATE contact SET read_row = coalesce ("
  "  (SELECT min(row) - 1 FROM message AS m"
  "   WHERE m.account = contact.account AND m.user = contact.user AND m.unread = 1),"
  "  (SELECT max(row) FROM message AS m"
  "   WHERE m.account = contact.account AND m.user = contact.user), 0),"
  " their_read_row = coalesce ("
  "  (SELECT max(row) FROM message AS m"
  "   WHERE m.account = contact.account AND m.user = contact.user AND m.delivery = 4), 0);"
  "CREATE TABLE new_message ("
  "  row INTEGER PRIMARY KEY," /* grows within a chat; beyond read_row of every contact */
  "  account INTEGER NOT NULL,"
  "  user TEXT NOT NULL,"
  "  incoming INTEGER NOT NULL,"
  "  id TEXT NOT NULL,"
  "  text TEXT NOT NULL,"
  "  time INTEGER NOT NULL," /* µs of real time */
  "  delivery INTEGER NOT NULL,"
  "  UNIQUE (account, user, incoming, id)," /* the two sides choose their ids apart */
  "  FOREIGN KEY (account, user) REFERENCES contact (account, user) ON DELETE CASCADE"
  ") STRICT;"
  "INSERT INTO new_message SELECT row, account, user, incoming, id, text, time,"
  "  CASE delivery WHEN 4 THEN 2 ELSE delivery END FROM message;"
  "DROP TABLE message;"
  "ALTER TABLE new_message RENAME TO message;"
  "CREATE INDEX message_page ON message (account, user, row);"
  "CREATE INDEX message_waiting ON message (account, user, row) WHERE delivery < 2;",
};

static void
set_bad_file (EarHistoryStore *self, const char *reason, GError **error)
{
  g_autofree char *name = g_filename_display_name (self->path);

  g_set_error (error, EAR_ERROR, EAR_ERROR_BAD_FILE, _ ("The history “%s” cannot be used: %s"),
               name, reason);
}

/* Turns the last failure of SQLite into a GError.
 *
 * Fails with EAR_ERROR_BAD_FILE, whatever happened: to the user it is one file that does not work.
 */
void
ear_history_store_set_error (EarHistoryStore *self, GError **error)
{
  const char *reason = NULL;

  self->broken = TRUE;
  switch (sqlite3_errcode (self->db) & 0xff) {
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
  case SQLITE_TOOBIG:
    reason = _ ("it is damaged");
    break;
  case SQLITE_FULL:
    reason = _ ("the disk is full");
    break;
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    reason = _ ("another program is using it");
    break;
  case SQLITE_READONLY:
  case SQLITE_PERM:
  case SQLITE_CANTOPEN:
    reason = _ ("it cannot be written");
    break;
  case SQLITE_IOERR:
    reason = sqlite3_system_errno (self->db) == ENOSPC ? _ ("the disk is full")
                                                       : _ ("the disk does not work");
    break;
  default:
    reason = sqlite3_errmsg (self->db);
    break;
  }
  set_bad_file (self, reason, error);
}

/* Runs SQL that has neither arguments nor results.
 *
 * Fails with EAR_ERROR_BAD_FILE. */
gboolean
ear_history_store_exec (EarHistoryStore *self, const char *sql, GError **error)
{
  if (sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  ear_history_store_set_error (self, error);
  return FALSE;
}

/* Puts what was committed on the disk: a commit leaves that to us ("synchronous = NORMAL"), and
 * what it wrote is all in the write-ahead log. When that has failed once, the log may have a hole
 * that no later sync mends: nothing is called kept any more.
 *
 * Fails with EAR_ERROR_BAD_FILE. */
gboolean
ear_history_store_sync (EarHistoryStore *self, GError **error)
{
  sqlite3_file *log = NULL;

  if (!self->unsynced &&
      sqlite3_file_control (self->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK &&
      log != NULL && log->pMethods != NULL &&
      log->pMethods->xSync (log, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY) == SQLITE_OK)
    return TRUE;
  self->unsynced = TRUE;
  set_bad_file (self, g_strerror (EIO), error);
  return FALSE;
}

/* Copies what is in the write-ahead log into the file, so that the log begins anew. No result waits
 * for that. What fails is in the log still, and tried again. */
void
ear_history_store_copy_log (EarHistoryStore *self)
{
  self->n_log_pages = 0;
  if (!self->unsynced)
    sqlite3_wal_checkpoint_v2 (self->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

static int
committed_cb (void *user_data, sqlite3 *db, const char *name, int n_pages)
{
  EarHistoryStore *self = user_data;

  self->n_log_pages = n_pages;
  return SQLITE_OK;
}

/* The one value that a PRAGMA or SELECT gives, as a string. */
static char *
query_value (EarHistoryStore *self, const char *sql, GError **error)
{
  sqlite3_stmt *statement = NULL;
  char *value = NULL;

  if (sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL) == SQLITE_OK &&
      sqlite3_step (statement) == SQLITE_ROW)
    value = g_strdup ((const char *) sqlite3_column_text (statement, 0));
  if (!value)
    ear_history_store_set_error (self, error);
  sqlite3_finalize (statement);
  return value;
}

static gboolean
query_number (EarHistoryStore *self, const char *sql, gint64 *number, GError **error)
{
  g_autofree char *value = query_value (self, sql, error);

  if (!value)
    return FALSE;
  *number = g_ascii_strtoll (value, NULL, 10);
  return TRUE;
}

/* SQLite would make the file readable for everybody whom the umask lets; its -wal and -shm files
 * take over the mode that is set here. */
static gboolean
create_file (EarHistoryStore *self, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (self->path);
  struct stat status;
  gboolean ok = FALSE;
  int fd = -1;

  if (g_mkdir_with_parents (directory, 0700) == 0)
    fd = open (self->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
  if (fd < 0 || fstat (fd, &status) < 0)
    set_bad_file (self, g_strerror (errno), error);
  else if (!S_ISREG (status.st_mode))
    set_bad_file (self, _ ("it is not a file"), error);
  else if ((status.st_mode & 077) != 0 && fchmod (fd, 0600) < 0)
    set_bad_file (self, g_strerror (errno), error);
  else
    ok = TRUE;
  if (fd >= 0)
    close (fd);
  return ok;
}

/* Is there a log, as SQLite leaves one only when it was not let close the file? */
static gboolean
has_log (EarHistoryStore *self)
{
  g_autofree char *path = g_strconcat (self->path, "-wal", NULL);
  GStatBuf status;

  return g_stat (path, &status) == 0 && status.st_size > 0;
}

/* Are the tables there, and sound at their ends, or, if wanted, everywhere? */
static gboolean
check_health (EarHistoryStore *self, gboolean everywhere, GError **error)
{
  static const char ends[] =
    "SELECT 'ok', (SELECT 1 FROM account LIMIT 1), (SELECT 1 FROM contact LIMIT 1),"
    "  (SELECT 1 FROM pin LIMIT 1), (SELECT 1 FROM announcement LIMIT 1),"
    "  (SELECT min(row) FROM message), (SELECT max(row) FROM message)";
  g_autofree char *health = query_value (self, everywhere ? "PRAGMA quick_check(1)" : ends, error);

  if (!health)
    return FALSE;
  if (g_str_equal (health, "ok"))
    return TRUE;
  set_bad_file (self, _ ("it is damaged"), error);
  return FALSE;
}

/* Is it ours, whole, and of a version that we know? version is 0 for a new file. */
static gboolean
check_file (EarHistoryStore *self, gboolean closed, gint64 *version, GError **error)
{
  gint64 application;
  gint64 n_tables;

  if (!query_number (self, "PRAGMA user_version", version, error) ||
      !query_number (self, "PRAGMA application_id", &application, error) ||
      !query_number (self, "SELECT count(*) FROM sqlite_schema", &n_tables, error))
    return FALSE;
  if (*version == 0 && application == 0 && n_tables == 0)
    return TRUE;
  if (application != APPLICATION_ID || *version < 1) {
    set_bad_file (self, _ ("it is not a history of Earshot"), error);
    return FALSE;
  }
  if (*version > (gint64) G_N_ELEMENTS (migrations)) {
    set_bad_file (self, _ ("a newer version of Earshot has written it"), error);
    return FALSE;
  }
  return check_health (self, !closed, error);
}

static gboolean
migrate (EarHistoryStore *self, gint64 version, GError **error)
{
  for (guint i = version; i < G_N_ELEMENTS (migrations); i++) {
    g_autofree char *sql = g_strdup_printf ("BEGIN IMMEDIATE; %s"
                                            "PRAGMA application_id = %d;"
                                            "PRAGMA user_version = %u; COMMIT",
                                            migrations[i], APPLICATION_ID, i + 1);

    if (!ear_history_store_exec (self, sql, error)) {
      sqlite3_exec (self->db, "ROLLBACK", NULL, NULL, NULL);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
connect_file (EarHistoryStore *self, GError **error)
{
  gboolean closed = !has_log (self);
  gint64 version;

  self->unsynced = FALSE;
  if (sqlite3_open_v2 (self->path, &self->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
      SQLITE_OK) {
    ear_history_store_set_error (self, error);
    return FALSE;
  }
  sqlite3_extended_result_codes (self->db, 1);
  sqlite3_busy_timeout (self->db, BUSY_MS);
  sqlite3_limit (self->db, SQLITE_LIMIT_LENGTH, MAX_BYTES);
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
  if (sqlite3_db_readonly (self->db, "main") != 0) {
    set_bad_file (self, _ ("it cannot be written"), error);
    return FALSE;
  }
  /* A file that is refused keeps its log. */
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  if (!ear_history_store_exec (self, "PRAGMA cell_size_check = ON", error) ||
      !check_file (self, closed, &version, error) ||
      !ear_history_store_exec (self,
                               "PRAGMA journal_mode = WAL;"
                               "PRAGMA synchronous = NORMAL;"
                               "PRAGMA foreign_keys = ON;"
                               "PRAGMA secure_delete = ON;"
                               "PRAGMA cache_size = -512;" /* KiB; the kernel has it all */
                               "PRAGMA temp_store = MEMORY",
                               error))
    return FALSE;
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
  /* In the place of the copying that SQLite does in every thousandth COMMIT. */
  sqlite3_wal_hook (self->db, committed_cb, self);
  return migrate (self, version, error);
}

EarHistoryStore *
ear_history_store_new (const char *path)
{
  EarHistoryStore *self = g_new0 (EarHistoryStore, 1);

  self->path = g_strdup (path);
  self->contacts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
ear_history_store_free (EarHistoryStore *self)
{
  ear_history_store_close (self);
  g_hash_table_unref (self->contacts);
  g_free (self->path);
  g_free (self->server);
  g_free (self->me);
  g_free (self);
}

/* Opens the file, which is made if it is not there. Nothing happens to an open one.
 *
 * Fails with EAR_ERROR_BAD_FILE; the file is then as it was before. */
gboolean
ear_history_store_open (EarHistoryStore *self, GError **error)
{
  if (self->db)
    return TRUE;
  if (create_file (self, error) && connect_file (self, error))
    return TRUE;
  ear_history_store_close (self);
  return FALSE;
}

void
ear_history_store_close (EarHistoryStore *self)
{
  for (guint i = 0; i < N_STATEMENTS; i++)
    g_clear_pointer (&self->statements[i], sqlite3_finalize);
  /* What the log has may not be on the disk, and the file is whole without it. */
  if (self->db && self->unsynced)
    sqlite3_db_config (self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  g_clear_pointer (&self->db, sqlite3_close);
  self->account = 0;
  g_hash_table_remove_all (self->contacts);
  self->n_log_pages = 0;
  self->broken = FALSE;
}
