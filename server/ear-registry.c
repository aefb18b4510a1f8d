/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarRegistry: the accounts, in memory and in users.csv.
 *
 * The file is a log of rows, of which the last one of a user counts: a sign-up, a change and a
 * removal each append one, and are in memory when that is durable, not before. Changes of one user
 * are written one after the other; what the last of them will leave decides at once what may
 * follow: nobody signs up under a name that is being written, and who is being removed is unknown.
 *
 * Dead rows go by a compaction: at once when they are more than the accounts and a thousand, and
 * within a minute of a start, a removal or new keys: what opened an account must not stay on the
 * disk. Lines that are none of these are kept aside, in users.csv.rejected. */

#include "server/ear-registry.h"

#include <string.h>

#include "server/ear-accounts.h"
#include "server/ear-disk-writer.h"
#include "server/ear-registry-csv.h"
#include "server/ear-store-file.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-error.h"

#define SPARE_ROWS 1000 /* dead ones that are never worth the work */
#define COMPACT_MS (60 * 1000)

struct _EarRegistry
{
  GObject parent_instance;

  char *path;
  guint32 iterations;
  EarDeadlines *deadlines;
  EarAccounts *accounts;
  GHashTable *changing; /* (element-type utf8 GQueue of Change): the first is being written */
  EarDiskWriter *writer;
  EarDeadline compaction; /* when it is set, old keys are on the disk */
  gboolean compacting;
  guint n_dead; /* rows */
};

typedef enum {
  CHANGE_ADD,
  CHANGE_UPDATE,
  CHANGE_REMOVE,
} ChangeKind;

typedef struct
{
  ChangeKind kind;
  GTask *task;
  char *user;
  EarAccount after;      /* complete when it is being written; of an addition from the start */
  EarAccountChange what; /* of an update; its members are this structure's own */
} Change;

G_DEFINE_FINAL_TYPE (EarRegistry, ear_registry, G_TYPE_OBJECT)

enum {
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
change_free (Change *change)
{
  g_clear_object (&change->task);
  g_free (change->user);
  g_free ((char *) change->what.name);
  g_free ((EarScramKeys *) change->what.keys);
  g_free (change);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Change, change_free)

static void
changes_free (GQueue *changes)
{
  g_queue_free_full (changes, (GDestroyNotify) change_free);
}

/* -- The file -- */

static gboolean
load (EarRegistry *self, GError **error)
{
  g_autoptr (EarStoreFile) file = ear_store_file_open (self->path, error);
  g_autoptr (GString) clean = NULL;

  if (file == NULL)
    return FALSE;
  if (ear_registry_csv_load (file, self->accounts, &self->n_dead))
    return TRUE;
  if (!ear_store_file_keep_rejected (file, error))
    return FALSE;
  self->n_dead = 0;
  clean = ear_registry_csv_make (self->accounts);
  return ear_store_file_rewrite (self->path, clean->str, clean->len, error);
}

static void
compacted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarRegistry) self = user_data;

  /* The writer has said why; nothing is lost, and the old rows go another time. */
  self->compacting = FALSE;
  if (!ear_disk_writer_finish (EAR_DISK_WRITER (source), result, NULL) &&
      !ear_disk_writer_is_read_only (self->writer))
    ear_deadline_set (&self->compaction, COMPACT_MS);
}

static void
compact (EarRegistry *self)
{
  ear_deadline_clear (&self->compaction);
  self->compacting = TRUE;
  self->n_dead = 0;
  ear_disk_writer_compact_async (self->writer, ear_registry_csv_keeps,
                                 g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
                                 (GDestroyNotify) g_hash_table_unref, compacted_cb,
                                 g_object_ref (self));
}

static void
compact_cb (gpointer user_data)
{
  EarRegistry *self = user_data;

  if (self->compacting)
    ear_deadline_set (&self->compaction, COMPACT_MS);
  else
    compact (self);
}

static void
compact_if_needed (EarRegistry *self)
{
  if (!self->compacting && self->n_dead > ear_accounts_get_size (self->accounts) + SPARE_ROWS)
    compact (self);
}

/* -- Changing -- */

/* Of a change that is durable. */
static void
take (EarRegistry *self, const Change *change)
{
  const EarAccount *before = ear_accounts_lookup (self->accounts, change->user);
  gboolean removed = change->kind == CHANGE_REMOVE;

  self->n_dead += (before != NULL) + removed;
  if (before != NULL && !ear_deadline_is_set (&self->compaction) &&
      (removed || memcmp (&before->keys, &change->after.keys, sizeof before->keys) != 0))
    ear_deadline_set (&self->compaction, COMPACT_MS);
  if (removed)
    ear_accounts_remove (self->accounts, change->user);
  else
    ear_accounts_insert (self->accounts, &change->after);
  compact_if_needed (self);
}

static void written_cb (GObject *source, GAsyncResult *result, gpointer user_data);

static void
write_row (EarRegistry *self, Change *change)
{
  GString *row = g_string_new (NULL);
  g_autoptr (GBytes) bytes = NULL;

  if (change->kind == CHANGE_UPDATE) {
    change->after = *ear_accounts_lookup (self->accounts, change->user);
    ear_account_change (&change->after, &change->what);
  }
  if (change->kind == CHANGE_REMOVE)
    ear_registry_csv_append_removal (row, change->user);
  else
    ear_registry_csv_append_row (row, &change->after);
  bytes = g_string_free_to_bytes (row);
  ear_disk_writer_append_async (self->writer, bytes, written_cb, change);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Change) change = user_data;
  EarRegistry *self = g_task_get_source_object (change->task);
  GQueue *changes = g_hash_table_lookup (self->changing, change->user);
  GError *error = NULL;
  gboolean written = ear_disk_writer_finish (EAR_DISK_WRITER (source), result, &error);

  g_assert (g_queue_pop_head (changes) == change);
  if (written)
    take (self, change);
  if (changes->length > 0)
    write_row (self, g_queue_peek_head (changes));
  else
    g_hash_table_remove (self->changing, change->user);
  if (written && change->kind != CHANGE_ADD)
    g_signal_emit (self, signals[CHANGED], 0, change->user);
  if (written)
    g_task_return_boolean (change->task, TRUE);
  else
    g_task_return_error (change->task, error);
}

/* Takes the task. */
static Change *
change_new (ChangeKind kind, GTask *task, const char *user)
{
  Change *change = g_new0 (Change, 1);

  change->kind = kind;
  change->task = task;
  change->user = g_strdup (user);
  return change;
}

/* Writes it when those before it are done. */
static void
begin (EarRegistry *self, Change *change)
{
  GQueue *changes = g_hash_table_lookup (self->changing, change->user);

  if (changes == NULL) {
    changes = g_queue_new ();
    g_hash_table_insert (self->changing, g_strdup (change->user), changes);
  }
  g_queue_push_tail (changes, change);
  if (changes->length == 1)
    write_row (self, change);
}

static gboolean
keys_are_acceptable (EarRegistry *self, const EarScramKeys *keys)
{
  static const guint8 zero[EAR_SCRAM_KEY_SIZE];

  return keys->iterations == self->iterations &&
         memcmp (keys->stored_key, zero, sizeof zero) != 0 &&
         memcmp (keys->server_key, zero, sizeof zero) != 0;
}

/* -- Life -- */

static void
ear_registry_finalize (GObject *object)
{
  EarRegistry *self = EAR_REGISTRY (object);

  ear_deadline_clear (&self->compaction);
  if (self->writer != NULL)
    ear_disk_writer_close (self->writer); /* here, lest its thread drop the last reference */
  g_clear_object (&self->writer);
  g_clear_pointer (&self->deadlines, ear_deadlines_unref);
  ear_accounts_free (self->accounts);
  g_hash_table_unref (self->changing);
  g_free (self->path);
  G_OBJECT_CLASS (ear_registry_parent_class)->finalize (object);
}

static void
ear_registry_class_init (EarRegistryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ear_registry_finalize;

  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
ear_registry_init (EarRegistry *self)
{
  self->accounts = ear_accounts_new ();
  self->changing =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) changes_free);
}

/**
 * ear_registry_new:
 * @directory: the server's data directory
 * @iterations: the PBKDF2 iterations of all new keys
 * @deadlines: the deadlines of the main loop
 * @error: return location for an error
 *
 * Loads the accounts; call it before the main loop runs.
 *
 * Returns: (transfer full) (nullable): the registry. Fails with [error@GLib.FileError].
 */
EarRegistry *
ear_registry_new (const char *directory,
                  guint32 iterations,
                  EarDeadlines *deadlines,
                  GError **error)
{
  g_autoptr (EarRegistry) self = g_object_new (EAR_TYPE_REGISTRY, NULL);

  self->path = g_build_filename (directory, "users.csv", NULL);
  self->iterations = iterations;
  self->deadlines = ear_deadlines_ref (deadlines);
  ear_deadline_init (&self->compaction, deadlines, compact_cb, self);
  if (!load (self, error))
    return NULL;
  self->writer = ear_disk_writer_new (self->path, error);
  if (self->writer == NULL)
    return NULL;
  if (self->n_dead > 0)
    ear_deadline_set (&self->compaction, COMPACT_MS);
  return g_steal_pointer (&self);
}

/**
 * ear_registry_get_iterations:
 * @self: a registry
 *
 * Gets what new keys have to be derived with.
 *
 * Returns: the PBKDF2 iterations
 */
guint32
ear_registry_get_iterations (EarRegistry *self)
{
  g_return_val_if_fail (EAR_IS_REGISTRY (self), 0);

  return self->iterations;
}

/**
 * ear_registry_get_key_kinds:
 * @self: a registry
 *
 * Gets of which kinds the accounts' keys are.
 *
 * Returns: (transfer none): the kinds
 */
EarKeyKinds *
ear_registry_get_key_kinds (EarRegistry *self)
{
  return ear_accounts_get_key_kinds (self->accounts);
}

/**
 * ear_registry_close:
 * @self: a registry
 *
 * Waits until all changes are durable and old keys are gone; call it after the main loop.
 */
void
ear_registry_close (EarRegistry *self)
{
  /* One that is under way may be of a file that had no newer keys, and nobody will be told of a
   * change that is. */
  if (ear_deadline_is_set (&self->compaction) || g_hash_table_size (self->changing) > 0)
    compact (self);
  ear_disk_writer_close (self->writer);
}

/**
 * ear_registry_lookup:
 * @self: a registry
 * @user: an account name
 *
 * Finds an account that is durable.
 *
 * Returns: (transfer none) (nullable): the account, valid until the registry changes
 */
const EarAccount *
ear_registry_lookup (EarRegistry *self, const char *user)
{
  return ear_accounts_lookup (self->accounts, user);
}

/**
 * ear_registry_foresee:
 * @self: a registry
 * @user: an account name
 * @account: (out caller-allocates): the account
 *
 * Finds an account as it will be when all that is being written is durable.
 *
 * Returns: whether there is one now and then
 */
gboolean
ear_registry_foresee (EarRegistry *self, const char *user, EarAccount *account)
{
  const EarAccount *now = ear_registry_lookup (self, user);
  GQueue *changes = g_hash_table_lookup (self->changing, user);

  if (now == NULL)
    return FALSE;
  *account = *now;
  for (GList *l = changes != NULL ? changes->head : NULL; l != NULL; l = l->next) {
    const Change *change = l->data;

    if (change->kind == CHANGE_REMOVE)
      return FALSE;
    ear_account_change (account, &change->what);
  }
  return TRUE;
}

/**
 * ear_registry_get_n_accounts:
 * @self: a registry
 *
 * Counts the accounts.
 *
 * Returns: how many
 */
guint
ear_registry_get_n_accounts (EarRegistry *self)
{
  return ear_accounts_get_size (self->accounts);
}

/**
 * ear_registry_list:
 * @self: a registry
 * @flags: what they have in common, 0 for all
 *
 * Lists accounts in the order of their names.
 *
 * Returns: (transfer container) (element-type EarAccount): the accounts, valid until the registry
 * changes
 */
GPtrArray *
ear_registry_list (EarRegistry *self, EarAccountFlags flags)
{
  return ear_accounts_list (self->accounts, flags);
}

/**
 * ear_registry_add_async:
 * @self: a registry
 * @account: a new account
 * @callback: called when it is durable
 * @user_data: for @callback
 *
 * Adds an account. Fails with EAR_ERROR_NAME_TAKEN, EAR_ERROR_BAD_KEYS or EAR_ERROR_READ_ONLY.
 */
void
ear_registry_add_async (EarRegistry *self,
                        const EarAccount *account,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  Change *change;

  g_task_set_name (task, G_STRFUNC);
  if (!keys_are_acceptable (self, &account->keys)) {
    g_task_return_error (task, ear_error_new (EAR_ERROR_BAD_KEYS));
    return;
  }
  /* A removed account's name is free when the removal is durable: till then it may come back. */
  if (ear_accounts_lookup (self->accounts, account->user) != NULL ||
      g_hash_table_contains (self->changing, account->user)) {
    g_task_return_error (task, ear_error_new (EAR_ERROR_NAME_TAKEN));
    return;
  }
  change = change_new (CHANGE_ADD, g_steal_pointer (&task), account->user);
  change->after = *account;
  begin (self, change);
}

/**
 * ear_registry_update_async:
 * @self: a registry
 * @user: an account name
 * @what: what is to be different
 * @callback: called when it is durable
 * @user_data: for @callback
 *
 * Changes an account. Fails with EAR_ERROR_UNKNOWN_USER, EAR_ERROR_BAD_KEYS or EAR_ERROR_READ_ONLY.
 */
void
ear_registry_update_async (EarRegistry *self,
                           const char *user,
                           const EarAccountChange *what,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  EarAccount before;
  Change *change;

  g_task_set_name (task, G_STRFUNC);
  if (!ear_registry_foresee (self, user, &before)) {
    g_task_return_error (task, ear_error_new (EAR_ERROR_UNKNOWN_USER));
    return;
  }
  if (what->keys != NULL && !keys_are_acceptable (self, what->keys)) {
    g_task_return_error (task, ear_error_new (EAR_ERROR_BAD_KEYS));
    return;
  }
  change = change_new (CHANGE_UPDATE, g_steal_pointer (&task), user);
  change->what = *what;
  change->what.name = g_strdup (what->name);
  change->what.keys = g_memdup2 (what->keys, what->keys != NULL ? sizeof *what->keys : 0);
  begin (self, change);
}

/**
 * ear_registry_remove_async:
 * @self: a registry
 * @user: an account name
 * @callback: called when that is durable
 * @user_data: for @callback
 *
 * Removes an account. Fails with EAR_ERROR_UNKNOWN_USER or EAR_ERROR_READ_ONLY.
 */
void
ear_registry_remove_async (EarRegistry *self,
                           const char *user,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  EarAccount before;

  g_task_set_name (task, G_STRFUNC);
  if (ear_registry_foresee (self, user, &before))
    begin (self, change_new (CHANGE_REMOVE, g_steal_pointer (&task), user));
  else
    g_task_return_error (task, ear_error_new (EAR_ERROR_UNKNOWN_USER));
}

/**
 * ear_registry_finish:
 * @self: a registry
 * @result: of an addition, a change or a removal
 * @error: return location for an error
 *
 * Ends an addition, a change or a removal.
 *
 * Returns: whether it is durable
 */
gboolean
ear_registry_finish (EarRegistry *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
