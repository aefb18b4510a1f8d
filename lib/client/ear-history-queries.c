/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What EarHistory asks its file. Each function is one job, runs in the worker thread and inside a
 * transaction that other jobs share: when SQL fails, `broken` is set and all of them are undone.
 *
 * Arguments are bound, never pasted into SQL. What is read is checked again (UTF-8, ranges): a file
 * is input like any other. */

#include "config.h"

#include "client/ear-history-private.h"

#include <glib/gi18n-lib.h>

#include "wire/ear-error.h"
#include "wire/ear-limits.h"

#define EXPIRY_US (60 * G_USEC_PER_SEC)

static const char *const sql[N_STATEMENTS] = {
  [STATEMENT_BEGIN] = "BEGIN",
  [STATEMENT_BEGIN_WRITING] = "BEGIN IMMEDIATE",
  [STATEMENT_COMMIT] = "COMMIT",
  [STATEMENT_ADD_ACCOUNT] = "INSERT INTO account (server, me) VALUES (?1, ?2)",
  [STATEMENT_FIND_ACCOUNT] = "SELECT id FROM account WHERE server = ?1 AND me = ?2",
  [STATEMENT_ADD_CONTACT] = "INSERT INTO contact (account, user, name) VALUES (?1, ?2, ?2)"
                            " ON CONFLICT (account, user) DO NOTHING",
  [STATEMENT_SAVE_CONTACT] =
    "INSERT INTO contact (account, user, name, fingerprint, last_seen, verified, blocked,"
    "  key_changed, always_accepted) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
    " ON CONFLICT (account, user) DO UPDATE SET name = excluded.name,"
    "  fingerprint = excluded.fingerprint, last_seen = excluded.last_seen,"
    "  verified = excluded.verified, blocked = excluded.blocked,"
    "  key_changed = excluded.key_changed, always_accepted = excluded.always_accepted",
  [STATEMENT_REMOVE_CONTACT] = "DELETE FROM contact WHERE account = ?1 AND user = ?2",
  [STATEMENT_LOAD_CONTACTS] =
    "SELECT user, name, fingerprint, last_seen, verified, blocked, key_changed, always_accepted,"
    "  (SELECT count(*) FROM message AS m"
    "   WHERE m.account = c.account AND m.user = c.user AND m.row > c.read_row AND m.incoming = 1),"
    "  (SELECT m.text FROM message AS m"
    "   WHERE m.account = c.account AND m.user = c.user AND m.delivery < 5"
    "   ORDER BY m.row DESC LIMIT 1)"
    " FROM contact AS c WHERE account = ?1 ORDER BY user",
  [STATEMENT_ADD_MESSAGE] =
    "INSERT INTO message (account, user, incoming, id, text, time, delivery)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (account, user, incoming, id) DO NOTHING",
  [STATEMENT_ADD_NOTE] = "INSERT INTO message (account, user, incoming, id, text, time, delivery)"
                         " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE NOT EXISTS (SELECT 1 FROM"
                         "  (SELECT text, delivery FROM message WHERE account = ?1 AND user = ?2"
                         "   ORDER BY row DESC LIMIT 1) WHERE text = ?5 AND delivery = ?7)",
  [STATEMENT_FIND_MESSAGE] = "SELECT row FROM message"
                             " WHERE account = ?1 AND user = ?2 AND incoming = ?3 AND id = ?4",
  [STATEMENT_SET_DELIVERY] = "UPDATE message SET delivery = ?4 WHERE account = ?1 AND user = ?2"
                             " AND incoming = 0 AND id = ?3 AND delivery < 2",
  [STATEMENT_MARK_READ] =
    "UPDATE contact SET read_row = newest.row FROM"
    "  (SELECT max(row) AS row FROM message WHERE account = ?1 AND user = ?2) AS newest"
    " WHERE account = ?1 AND user = ?2 AND read_row < newest.row",
  [STATEMENT_SET_READ] =
    "UPDATE contact SET their_read_row = m.row FROM message AS m"
    " WHERE contact.account = ?1 AND contact.user = ?2 AND their_read_row < m.row"
    "  AND m.account = ?1 AND m.user = ?2 AND m.incoming = 0 AND m.id = ?3",
  /* What the other has received, and has read up to there or further, is read. */
  [STATEMENT_LOAD_PAGE] =
    "SELECT row, id, text, time, incoming, CASE WHEN delivery = 2 AND row <="
    "  (SELECT their_read_row FROM contact WHERE account = ?1 AND user = ?2)"
    "  THEN 4 ELSE delivery END"
    " FROM message WHERE account = ?1 AND user = ?2 AND row < ?3 ORDER BY row DESC LIMIT ?4",
  [STATEMENT_LOAD_WAITING] = "SELECT row, id, text, time, incoming, delivery FROM message"
                             " WHERE account = ?1 AND user = ?2 AND delivery < 2 AND incoming = 0"
                             " ORDER BY row",
  [STATEMENT_SAVE_PIN] = "INSERT INTO pin (address, fingerprint) VALUES (?1, ?2)"
                         " ON CONFLICT (address) DO UPDATE SET fingerprint = excluded.fingerprint",
  [STATEMENT_LOAD_PIN] = "SELECT fingerprint FROM pin WHERE address = ?1",
  [STATEMENT_SAVE_ANNOUNCEMENT] =
    "INSERT INTO announcement (account, number, user, name, text, time, dismissed, own, reached)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
    " ON CONFLICT (account, number) DO UPDATE SET dismissed = excluded.dismissed,"
    "  own = excluded.own, reached = excluded.reached",
  [STATEMENT_RAISE_NUMBER] = "UPDATE account SET last_broadcast = ?2"
                             " WHERE id = ?1 AND last_broadcast < ?2",
  [STATEMENT_EXPIRE_ANNOUNCEMENTS] = "DELETE FROM announcement WHERE account = ?1 AND time < ?2",
  [STATEMENT_REMOVE_ANNOUNCEMENT] = "DELETE FROM announcement WHERE account = ?1 AND number = ?2",
  [STATEMENT_LOAD_ANNOUNCEMENTS] =
    "SELECT number, user, name, text, time, dismissed, own, reached FROM announcement"
    " WHERE account = ?1 AND time BETWEEN ?2 AND ?3 ORDER BY number",
  [STATEMENT_LOAD_NUMBER] = "SELECT last_broadcast FROM account WHERE id = ?1",
};

/* Prepares a statement, or takes the one prepared before, and binds its arguments: one letter of
 * format each, `i` a gint64, `s` a nullable string. The strings must live until it was reset. */
static sqlite3_stmt *
query (EarHistoryStore *self, EarHistoryStatement which, GError **error, const char *format, ...)
{
  sqlite3_stmt *statement = self->statements[which];
  int result = SQLITE_OK;
  va_list args;

  if (!statement) {
    result =
      sqlite3_prepare_v3 (self->db, sql[which], -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    self->statements[which] = statement;
  }
  va_start (args, format);
  for (int i = 0; result == SQLITE_OK && format[i] != '\0'; i++) {
    if (format[i] == 'i')
      result = sqlite3_bind_int64 (statement, i + 1, va_arg (args, gint64));
    else
      result = sqlite3_bind_text (statement, i + 1, va_arg (args, const char *), -1, SQLITE_STATIC);
  }
  va_end (args);
  if (result == SQLITE_OK)
    return statement;
  ear_history_store_set_error (self, error);
  return NULL;
}

static void
reset (sqlite3_stmt *statement)
{
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
}

/* TRUE: there is a row. FALSE without an error: that was the last one. */
static gboolean
next (EarHistoryStore *self, sqlite3_stmt *statement, GError **error)
{
  int result = sqlite3_step (statement);

  if (result == SQLITE_ROW)
    return TRUE;
  if (result != SQLITE_DONE)
    ear_history_store_set_error (self, error);
  reset (statement);
  return FALSE;
}

/* Runs a statement that gives no rows; statement NULL: it failed already. */
static gboolean
run (EarHistoryStore *self, sqlite3_stmt *statement, GError **error)
{
  if (!statement)
    return FALSE;
  while (next (self, statement, error))
    ;
  return !self->broken;
}

/* Runs a statement that gives one number, or none (then number stays as it is). */
static gboolean
run_number (EarHistoryStore *self, sqlite3_stmt *statement, gint64 *number, GError **error)
{
  if (!statement)
    return FALSE;
  while (next (self, statement, error))
    *number = sqlite3_column_int64 (statement, 0);
  return !self->broken;
}

static char *
dup_column (sqlite3_stmt *statement, int column)
{
  const char *text = (const char *) sqlite3_column_text (statement, column);

  return text ? g_utf8_make_valid (text, -1) : NULL;
}

/* A column of a flag or of a count, whatever is in the file. */
static guint
get_count (sqlite3_stmt *statement, int column)
{
  return (guint) CLAMP (sqlite3_column_int64 (statement, column), 0, G_MAXINT32);
}

gboolean
ear_history_store_begin (EarHistoryStore *self, gboolean writes, GError **error)
{
  self->broken = FALSE;
  return run (self, query (self, writes ? STATEMENT_BEGIN_WRITING : STATEMENT_BEGIN, error, ""),
              error);
}

gboolean
ear_history_store_commit (EarHistoryStore *self, GError **error)
{
  return run (self, query (self, STATEMENT_COMMIT, error, ""), error);
}

/* After some failures SQLite has done so by itself; to ask again does no harm. */
void
ear_history_store_roll_back (EarHistoryStore *self)
{
  sqlite3_exec (self->db, "ROLLBACK", NULL, NULL, NULL);
  self->account = 0;
  g_hash_table_remove_all (self->contacts);
}

/* The row of the account that set_account named; 0 when nothing was written of it yet. */
static gboolean
find_account (EarHistoryStore *self, GError **error)
{
  if (self->account != 0)
    return TRUE;
  if (!self->me) {
    g_set_error_literal (error, EAR_ERROR, EAR_ERROR_BAD_FILE,
                         _ ("The history does not know whose it is"));
    return FALSE;
  }
  return run_number (self,
                     query (self, STATEMENT_FIND_ACCOUNT, error, "ss", self->server, self->me),
                     &self->account, error);
}

/* For what writes. What only reads must not have to wait for another program that does. */
static gboolean
ensure_account (EarHistoryStore *self, GError **error)
{
  if (!find_account (self, error))
    return FALSE;
  if (self->account != 0)
    return TRUE;
  return run (self, query (self, STATEMENT_ADD_ACCOUNT, error, "ss", self->server, self->me),
              error) &&
         find_account (self, error);
}

gboolean
ear_history_store_set_account (EarHistoryStore *self, EarHistoryJob *job, GError **error)
{
  g_free (self->server);
  self->server = g_steal_pointer (&job->user);
  g_free (self->me);
  self->me = g_steal_pointer (&job->text);
  self->account = 0;
  g_hash_table_remove_all (self->contacts);
  return TRUE;
}

/* Whoever a message was exchanged with is a contact. */
static gboolean
ensure_contact (EarHistoryStore *self, const char *user, GError **error)
{
  if (g_hash_table_contains (self->contacts, user))
    return TRUE;
  if (!run (self, query (self, STATEMENT_ADD_CONTACT, error, "is", self->account, user), error))
    return FALSE;
  g_hash_table_add (self->contacts, g_strdup (user));
  return TRUE;
}

gboolean
ear_history_store_add_message (EarHistoryStore *self, EarHistoryJob *job, GError **error)
{
  EarHistoryMessage *message = job->message;
  gint64 incoming = message->delivery == EAR_DELIVERY_INCOMING;
  gboolean note = message->delivery > EAR_DELIVERY_READ;

  if (!ensure_account (self, error) || !ensure_contact (self, job->user, error) ||
      !run (self,
            query (self, note ? STATEMENT_ADD_NOTE : STATEMENT_ADD_MESSAGE, error, "isissii",
                   self->account, job->user, incoming, message->id, message->text, message->time_us,
                   (gint64) message->delivery),
            error))
    return FALSE;
  job->added = sqlite3_changes (self->db) > 0;
  if (job->added) {
    job->row = sqlite3_last_insert_rowid (self->db);
    return TRUE;
  }
  return run_number (self,
                     query (self, STATEMENT_FIND_MESSAGE, error, "isis", self->account, job->user,
                            incoming, message->id),
                     &job->row, error);
}

gboolean
ear_history_store_set_delivery (EarHistoryStore *self, EarHistoryJob *job, GError **error)
{
  return ensure_account (self, error) &&
         run (self,
              query (self, STATEMENT_SET_DELIVERY, error, "issi", self->account, job->user,
                     job->text, job->number),
              error);
}

gboolean
ear_history_store_mark_read (EarHistoryStore *self, EarHistoryJob *job, GError **error)
{
  return ensure_account (self, error) &&
         run (self, query (self, STATEMENT_MARK_READ, error, "is", self->account, job->user),
              error);
}

gboolean
ear_history_store_set_read (EarHistoryStore *self, EarHistoryJob *job, GError **error)
{
  return ensure_account (self, error) &&
         run (self,
              query (self, STATEMENT_SET_READ, error, "iss", self->account, job->user, job->text),
              error);
}

/* Of our own message, whatever is in the file. */
static EarDelivery
get_delivery (sqlite3_stmt *statement, int column)
{
  guint value = get_count (statement, column);

  if (value >= EAR_DELIVERY_READ && value <= EAR_DELIVERY_KEY_REFUSED)
    return (EarDelivery) value;
  return MIN (value, EAR_DELIVERY_RECEIVED);
}

static gboolean
read_messages (EarHistoryStore *self, EarHistoryJob *job, sqlite3_stmt *statement, GError **error)
{
  if (!statement)
    return FALSE;
  job->array = g_ptr_array_new_with_free_func ((GDestroyNotify) ear_history_message_free);
  while (next (self, statement, error)) {
    EarHistoryMessage *message = g_new0 (EarHistoryMessage, 1);

    message->row = sqlite3_column_int64 (statement, 0);
    message->id = dup_column (statement, 1);
    message->text = dup_column (statement, 2);
    message->time_us = sqlite3_column_int64 (statement, 3);
    if (sqlite3_column_int64 (statement, 4) != 0)
      message->delivery = EAR_DELIVERY_INCOMING;
    else
      message->delivery = get_delivery (statement, 5);
    g_ptr_array_add (job->array, message);
  }
  return !self->broken;
}

gboolean
ear_history_store_load_page (EarHistoryStore *self, EarHistoryJob *job, GError **error)
{
  gint64 before = job->number > 0 ? job->number : G_MAXINT64;

  if (!find_account (self, error) ||
      !read_messages (self, job,
                      query (self, STATEMENT_LOAD_PAGE, error, "isii", self->account, job->user,
                             before, (gint64) job->limit),
                      error))
    return FALSE;
  /* The newest are wanted, but in the order of the chat. */
  for (guint i = 0; i < job->array->len / 2; i++) {
    gpointer *items = job->array->pdata;
    gpointer item = items[i];

    items[i] = items[job->array->len - 1 - i];
    items[job->array->len - 1 - i] = item;
  }
  return TRUE;
}

gboolean
ear_history_store_load_waiting (EarHistoryStore *self, EarHistoryJob *job, GError **error)
{
  return find_account (self, error) &&
         read_messages (self, job,
                        query (self, STATEMENT_LOAD_WAITING, error, "is", self->account, job->user),
                        error);
}

gboolean
ear_history_store_load_contacts (EarHistoryStore *self, EarHistoryJob *job, GError **error)
{
  sqlite3_stmt *statement;

  if (!find_account (self, error))
    return FALSE;
  statement = query (self, STATEMENT_LOAD_CONTACTS, error, "i", self->account);
  if (!statement)
    return FALSE;
  job->array = g_ptr_array_new_with_free_func ((GDestroyNotify) ear_history_contact_free);
  while (next (self, statement, error)) {
    EarHistoryContact *contact = g_new0 (EarHistoryContact, 1);

    contact->user = dup_column (statement, 0);
    contact->name = dup_column (statement, 1);
    contact->fingerprint = dup_column (statement, 2);
    contact->last_seen_us = sqlite3_column_int64 (statement, 3);
    contact->verified = get_count (statement, 4) != 0;
    contact->blocked = get_count (statement, 5) != 0;
    contact->key_changed = get_count (statement, 6) != 0;
    contact->always_accepted = get_count (statement, 7) != 0;
    contact->unread = get_count (statement, 8);
    contact->last_message = dup_column (statement, 9);
    g_ptr_array_add (job->array, contact);
  }
  return !self->broken;
}

gboolean
ear_history_store_save_contact (EarHistoryStore *self, EarHistoryJob *job, GError **error)
{
  EarHistoryContact *contact = job->contact;

  return ensure_account (self, error) &&
         run (self,
              query (self, STATEMENT_SAVE_CONTACT, error, "isssiiiii", self->account, contact->user,
                     contact->name, contact->fingerprint, contact->last_seen_us,
                     (gint64) contact->verified, (gint64) contact->blocked,
                     (gint64) contact->key_changed, (gint64) contact->always_accepted),
              error);
}

/* The messages go with the contact, as the schema says. */
gboolean
ear_history_store_remove_contact (EarHistoryStore *self, EarHistoryJob *job, GError **error)
{
  g_hash_table_remove (self->contacts, job->user);
  return ensure_account (self, error) &&
         run (self, query (self, STATEMENT_REMOVE_CONTACT, error, "is", self->account, job->user),
              error);
}

gboolean
ear_history_store_load_pin (EarHistoryStore *self, EarHistoryJob *job, GError **error)
{
  sqlite3_stmt *statement = query (self, STATEMENT_LOAD_PIN, error, "s", job->user);

  if (!statement)
    return FALSE;
  while (next (self, statement, error)) {
    g_free (job->string);
    job->string = dup_column (statement, 0);
  }
  return !self->broken;
}

gboolean
ear_history_store_save_pin (EarHistoryStore *self, EarHistoryJob *job, GError **error)
{
  return run (self, query (self, STATEMENT_SAVE_PIN, error, "ss", job->user, job->text), error);
}

/* The µs of real time before which a broadcast is of no interest any more. */
static gint64
get_oldest_time (void)
{
  return g_get_real_time () - (gint64) EAR_LIMIT_BROADCAST_AGE_MS * 1000;
}

/* Once a minute: it looks at all of them. */
static gboolean
expire_announcements (EarHistoryStore *self, GError **error)
{
  gint64 now_us = g_get_monotonic_time ();

  if (self->expired_us != 0 && now_us - self->expired_us < EXPIRY_US)
    return TRUE;
  self->expired_us = now_us;
  return run (
    self,
    query (self, STATEMENT_EXPIRE_ANNOUNCEMENTS, error, "ii", self->account, get_oldest_time ()),
    error);
}

gboolean
ear_history_store_save_announcement (EarHistoryStore *self, EarHistoryJob *job, GError **error)
{
  EarHistoryAnnouncement *announcement = job->announcement;

  return ensure_account (self, error) &&
         run (self,
              query (self, STATEMENT_SAVE_ANNOUNCEMENT, error, "iisssiiii", self->account,
                     (gint64) announcement->number, announcement->account, announcement->name,
                     announcement->text, announcement->time_us, (gint64) announcement->dismissed,
                     (gint64) announcement->own, (gint64) announcement->reached),
              error) &&
         expire_announcements (self, error);
}

gboolean
ear_history_store_raise_number (EarHistoryStore *self, EarHistoryJob *job, GError **error)
{
  return ensure_account (self, error) &&
         run (self, query (self, STATEMENT_RAISE_NUMBER, error, "ii", self->account, job->number),
              error);
}

gboolean
ear_history_store_remove_announcement (EarHistoryStore *self, EarHistoryJob *job, GError **error)
{
  return ensure_account (self, error) &&
         run (self,
              query (self, STATEMENT_REMOVE_ANNOUNCEMENT, error, "ii", self->account, job->number),
              error);
}

gboolean
ear_history_store_load_announcements (EarHistoryStore *self, EarHistoryJob *job, GError **error)
{
  /* A time to come is the mark of a clock that was set back: one minute of it is forgiven. */
  gint64 newest = g_get_real_time () + 60 * G_USEC_PER_SEC;
  sqlite3_stmt *statement;

  if (!find_account (self, error) ||
      !run_number (self, query (self, STATEMENT_LOAD_NUMBER, error, "i", self->account), &job->row,
                   error))
    return FALSE;
  statement = query (self, STATEMENT_LOAD_ANNOUNCEMENTS, error, "iii", self->account,
                     get_oldest_time (), newest);
  if (!statement)
    return FALSE;
  job->array = g_ptr_array_new_with_free_func ((GDestroyNotify) ear_history_announcement_free);
  while (next (self, statement, error)) {
    EarHistoryAnnouncement *announcement = g_new0 (EarHistoryAnnouncement, 1);

    announcement->number = (guint64) MAX (sqlite3_column_int64 (statement, 0), 0);
    announcement->account = dup_column (statement, 1);
    announcement->name = dup_column (statement, 2);
    announcement->text = dup_column (statement, 3);
    announcement->time_us = sqlite3_column_int64 (statement, 4);
    announcement->dismissed = get_count (statement, 5) != 0;
    announcement->own = get_count (statement, 6) != 0;
    announcement->reached = get_count (statement, 7);
    g_ptr_array_add (job->array, announcement);
  }
  return !self->broken;
}

void
ear_history_announcement_free (EarHistoryAnnouncement *self)
{
  g_free (self->account);
  g_free (self->name);
  g_free (self->text);
  g_free (self);
}
