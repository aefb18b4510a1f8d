/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-history.h"

#include <sqlite3.h>

G_BEGIN_DECLS

/* Shared by the files of EarHistory: ear-history.c has the object and its worker thread,
 * ear-history-calls.c and ear-history-announcements.c the public calls that make jobs for it,
 * ear-history-schema.c opens and migrates the file, ear-history-queries.c reads and writes it. Only
 * the worker thread touches a store, once it runs. */

typedef enum {
  STATEMENT_BEGIN,
  STATEMENT_BEGIN_WRITING,
  STATEMENT_COMMIT,
  STATEMENT_ADD_ACCOUNT,
  STATEMENT_FIND_ACCOUNT,
  STATEMENT_ADD_CONTACT,
  STATEMENT_SAVE_CONTACT,
  STATEMENT_REMOVE_CONTACT,
  STATEMENT_LOAD_CONTACTS,
  STATEMENT_ADD_MESSAGE,
  STATEMENT_ADD_NOTE,
  STATEMENT_FIND_MESSAGE,
  STATEMENT_SET_DELIVERY,
  STATEMENT_MARK_READ,
  STATEMENT_SET_READ,
  STATEMENT_LOAD_PAGE,
  STATEMENT_LOAD_WAITING,
  STATEMENT_SAVE_PIN,
  STATEMENT_LOAD_PIN,
  STATEMENT_SAVE_ANNOUNCEMENT,
  STATEMENT_RAISE_NUMBER,
  STATEMENT_EXPIRE_ANNOUNCEMENTS,
  STATEMENT_REMOVE_ANNOUNCEMENT,
  STATEMENT_LOAD_ANNOUNCEMENTS,
  STATEMENT_LOAD_NUMBER,
  N_STATEMENTS,
} EarHistoryStatement;

typedef struct
{
  char *path;
  sqlite3 *db; /* NULL while closed */
  sqlite3_stmt *statements[N_STATEMENTS];
  char *server; /* whose history it is; NULL before set_account */
  char *me;
  gint64 account;       /* their row; 0 until looked up */
  GHashTable *contacts; /* accounts that have a row, as far as is known */
  gint64 expired_us;    /* monotonic: when old broadcasts were deleted; 0: not yet */
  int n_log_pages;      /* in the write-ahead log since it was copied into the file */
  gboolean broken;      /* SQL failed: the transaction has to be rolled back */
  gboolean unsynced;    /* a sync failed: nothing is durable until it is opened again */
} EarHistoryStore;

/* An EarAnnouncement that may cross threads. */
typedef struct
{
  guint64 number;
  char *account;
  char *name;
  char *text;
  gint64 time_us;
  gboolean dismissed;
  gboolean own;
  guint reached;
} EarHistoryAnnouncement;

typedef struct _EarHistoryJob EarHistoryJob;

typedef gboolean (*EarHistoryJobFunc) (EarHistoryStore *store, EarHistoryJob *job, GError **error);

/* One call: what to do, its arguments, its result. A string argument is NULL where unused. */
struct _EarHistoryJob
{
  EarHistoryJobFunc run;
  gboolean alone;  /* not inside a transaction */
  gboolean writes; /* to the file */
  gboolean early;  /* its result may go back before it is on the disk */
  gboolean lazy;   /* early, and in no hurry to be committed */
  GTask *task;     /* borrowed: it owns the job; NULL: nobody waits for the result */

  char *user; /* or the address of a server, or the server of an account */
  char *text; /* the id of a message, a fingerprint, or the user of an account */
  gint64 number;
  guint limit;
  EarHistoryMessage *message;
  EarHistoryContact *contact;
  EarHistoryAnnouncement *announcement;

  GError *error;
  gboolean added;
  gint64 row;
  char *string;
  GPtrArray *array;
};

/* ear-history.c */
EarHistoryJob *ear_history_job_new (EarHistoryJobFunc run, gboolean writes);
void ear_history_push (EarHistory *self, EarHistoryJob *job);
void ear_history_push_task (EarHistory *self,
                            EarHistoryJob *job,
                            const char *name,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);

/* ear-history-schema.c */
EarHistoryStore *ear_history_store_new (const char *path);
void ear_history_store_free (EarHistoryStore *self);
gboolean ear_history_store_open (EarHistoryStore *self, GError **error);
void ear_history_store_close (EarHistoryStore *self);
gboolean ear_history_store_exec (EarHistoryStore *self, const char *sql, GError **error);
gboolean ear_history_store_sync (EarHistoryStore *self, GError **error);
void ear_history_store_copy_log (EarHistoryStore *self);
void ear_history_store_set_error (EarHistoryStore *self, GError **error);

/* ear-history-queries.c */
gboolean ear_history_store_begin (EarHistoryStore *self, gboolean writes, GError **error);
gboolean ear_history_store_commit (EarHistoryStore *self, GError **error);
void ear_history_store_roll_back (EarHistoryStore *self);
gboolean ear_history_store_set_account (EarHistoryStore *self, EarHistoryJob *job, GError **error);
gboolean ear_history_store_add_message (EarHistoryStore *self, EarHistoryJob *job, GError **error);
gboolean ear_history_store_set_delivery (EarHistoryStore *self, EarHistoryJob *job, GError **error);
gboolean ear_history_store_mark_read (EarHistoryStore *self, EarHistoryJob *job, GError **error);
gboolean ear_history_store_set_read (EarHistoryStore *self, EarHistoryJob *job, GError **error);
gboolean ear_history_store_load_page (EarHistoryStore *self, EarHistoryJob *job, GError **error);
gboolean ear_history_store_load_waiting (EarHistoryStore *self, EarHistoryJob *job, GError **error);
gboolean
ear_history_store_load_contacts (EarHistoryStore *self, EarHistoryJob *job, GError **error);
gboolean ear_history_store_save_contact (EarHistoryStore *self, EarHistoryJob *job, GError **error);
gboolean
ear_history_store_remove_contact (EarHistoryStore *self, EarHistoryJob *job, GError **error);
gboolean ear_history_store_load_pin (EarHistoryStore *self, EarHistoryJob *job, GError **error);
gboolean ear_history_store_save_pin (EarHistoryStore *self, EarHistoryJob *job, GError **error);
gboolean
ear_history_store_save_announcement (EarHistoryStore *self, EarHistoryJob *job, GError **error);
gboolean ear_history_store_raise_number (EarHistoryStore *self, EarHistoryJob *job, GError **error);
gboolean
ear_history_store_remove_announcement (EarHistoryStore *self, EarHistoryJob *job, GError **error);
gboolean
ear_history_store_load_announcements (EarHistoryStore *self, EarHistoryJob *job, GError **error);

void ear_history_announcement_free (EarHistoryAnnouncement *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarHistoryAnnouncement, ear_history_announcement_free)

G_END_DECLS
