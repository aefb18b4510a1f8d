/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarRegistry: the accounts, in memory and in users.csv.
 *
 * A sign-up takes its name at once and is `pending` until its row is durable; then it is an
 * account. A change rewrites the file; changes that come while it is being written share the next
 * rewriting. What is on the disk is always whole: rows are appended, or the file is replaced. Rows
 * that are no accounts are kept aside, in users.csv.rejected. */

#include "server/ear-registry.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "server/ear-disk-writer.h"
#include "server/ear-registry-csv.h"
#include "wire/ear-error.h"
#include "wire/ear-name.h"

struct _EarRegistry
{
  GObject parent_instance;

  char *path;
  guint32 iterations;
  GHashTable *accounts; /* (element-type utf8 EarAccount): the key is the account's own user */
  EarKeyKinds *kinds;   /* of all of them */
  EarDiskWriter *writer;
  guint n_rejected;

  GPtrArray *waiting; /* (element-type Change): for the next rewriting */
  GPtrArray *writing; /* (element-type Change): for the one under way */
};

/* A change under way: what to go back to when it cannot be made durable. */
typedef struct
{
  GTask *task;
  char *user;
  EarAccount *before;
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
  g_free (change->before);
  g_free (change);
}

static void
take_out (EarRegistry *self, const char *user)
{
  const EarAccount *account = g_hash_table_lookup (self->accounts, user);

  if (account == NULL)
    return;
  ear_key_kinds_remove (self->kinds, account->keys.iterations,
                        (account->flags & EAR_ACCOUNT_DIGEST) != 0);
  g_hash_table_remove (self->accounts, user);
}

static void
insert (EarRegistry *self, const EarAccount *account)
{
  EarAccount *copy = g_memdup2 (account, sizeof *account);

  take_out (self, copy->user);
  g_hash_table_insert (self->accounts, copy->user, copy);
  ear_key_kinds_add (self->kinds, copy->keys.iterations, (copy->flags & EAR_ACCOUNT_DIGEST) != 0);
}

/* -- Loading -- */

/* What is kept aside is durable before the file is rewritten without it. */
static gboolean
keep_aside (EarRegistry *self, GString *rejected, GError **error)
{
  g_autofree char *path = g_strconcat (self->path, ".rejected", NULL);
  int fd = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  gsize written = 0;
  ssize_t n = 0;
  gboolean kept;

  while (fd >= 0 && n >= 0 && written < rejected->len) {
    n = write (fd, rejected->str + written, rejected->len - written);
    written += (gsize) MAX (n, 0);
  }
  kept = written == rejected->len && fsync (fd) == 0;
  if (!kept)
    g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno), "%s: %s", path,
                 g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return kept;
}

static void
reject (EarRegistry *self, GString *rejected, const char *row, gsize size)
{
  self->n_rejected++;
  g_string_append_len (rejected, row, (gssize) size);
  g_string_append_c (rejected, '\n');
}

static gsize
strip_cr (const char *row, gsize size)
{
  return size > 0 && row[size - 1] == '\r' ? size - 1 : size;
}

/* Returns whether the file has to be rewritten: it holds what is no account. A last row without a
 * newline is torn even when it reads well: it was never acknowledged, and its flags may be missing.
 */
static gboolean
read_rows (EarRegistry *self, const char *data, gsize size, GString *rejected)
{
  gboolean clean = TRUE;
  gsize start = 0;

  if (size >= 3 && memcmp (data, "\xef\xbb\xbf", 3) == 0)
    start = 3; /* a spreadsheet was here */
  for (gsize line = 0; start < size; line++) {
    gsize end = start + ear_registry_csv_find_end (data + start, size - start);
    gsize length = strip_cr (data + start, end - start);
    gboolean is_header = line == 0 && length == strlen (EAR_REGISTRY_CSV_HEADER) - 1 &&
                         memcmp (data + start, EAR_REGISTRY_CSV_HEADER, length) == 0;
    EarAccount account;

    if (is_header) {
      clean = clean && end < size;
    } else if (end < size && ear_registry_csv_read_row (data + start, length, &account) &&
               !g_hash_table_contains (self->accounts, account.user)) {
      insert (self, &account);
    } else {
      if (length > 0)
        reject (self, rejected, data + start, length);
      clean = FALSE;
    }
    start = end + 1;
  }
  return !clean || size == 0;
}

static GBytes *
make_file (EarRegistry *self)
{
  GString *file = g_string_new (EAR_REGISTRY_CSV_HEADER);
  GHashTableIter iter;
  gpointer account;

  g_hash_table_iter_init (&iter, self->accounts);
  while (g_hash_table_iter_next (&iter, NULL, &account))
    ear_registry_csv_append_row (file, account);
  return g_string_free_to_bytes (file);
}

static gboolean
load (EarRegistry *self, GError **error)
{
  g_autoptr (GMappedFile) file = NULL;
  g_autoptr (GBytes) clean = NULL;
  g_autoptr (GString) rejected = g_string_new (NULL);

  if (g_file_test (self->path, G_FILE_TEST_EXISTS)) {
    file = g_mapped_file_new (self->path, FALSE, error);
    if (file == NULL)
      return FALSE;
    if (!read_rows (self, g_mapped_file_get_contents (file), g_mapped_file_get_length (file),
                    rejected))
      return TRUE;
    if (rejected->len > 0 && !keep_aside (self, rejected, error))
      return FALSE;
  }
  clean = make_file (self);
  return g_file_set_contents_full (
    self->path, g_bytes_get_data (clean, NULL), (gssize) g_bytes_get_size (clean),
    G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, error);
}

/* -- Changing -- */

static void written_cb (GObject *source, GAsyncResult *result, gpointer user_data);

static void
rewrite_if_needed (EarRegistry *self)
{
  g_autoptr (GBytes) file = NULL;

  if (self->writing->len > 0 || self->waiting->len == 0)
    return;
  g_ptr_array_extend_and_steal (self->writing, self->waiting);
  self->waiting = g_ptr_array_new_with_free_func ((GDestroyNotify) change_free);
  file = make_file (self);
  ear_disk_writer_replace_async (self->writer, file, written_cb, g_object_ref (self));
}

static void
undo (EarRegistry *self, Change *change)
{
  if (change->before != NULL)
    insert (self, change->before);
  else
    take_out (self, change->user);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarRegistry) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) done = self->writing;
  gboolean written = ear_disk_writer_finish (EAR_DISK_WRITER (source), result, &error);

  self->writing = g_ptr_array_new_with_free_func ((GDestroyNotify) change_free);
  if (!written) {
    /* What waits was made on top of what is undone now: it fails with it. */
    g_ptr_array_extend_and_steal (done, self->waiting);
    self->waiting = g_ptr_array_new_with_free_func ((GDestroyNotify) change_free);
    for (guint i = done->len; i > 0; i--)
      undo (self, g_ptr_array_index (done, i - 1));
  }
  for (guint i = 0; i < done->len; i++) {
    Change *change = g_ptr_array_index (done, i);

    g_signal_emit (self, signals[CHANGED], 0, change->user);
    if (written)
      g_task_return_boolean (change->task, TRUE);
    else
      g_task_return_error (change->task, g_error_copy (error));
  }
  rewrite_if_needed (self);
}

static void
appended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Change *change = user_data;
  EarRegistry *self = g_task_get_source_object (change->task);
  EarAccount *account = g_hash_table_lookup (self->accounts, change->user);
  GError *error = NULL;

  if (ear_disk_writer_finish (EAR_DISK_WRITER (source), result, &error)) {
    if (account != NULL)
      account->pending = FALSE;
    g_task_return_boolean (change->task, TRUE);
  } else {
    undo (self, change);
    g_task_return_error (change->task, error);
  }
  change_free (change);
}

static Change *
change_new (GTask *task, const char *user, const EarAccount *before)
{
  Change *change = g_new0 (Change, 1);

  change->task = task;
  change->user = g_strdup (user);
  change->before = before != NULL ? g_memdup2 (before, sizeof *before) : NULL;
  return change;
}

/* A removed account's name is free when the removal is durable: till then it may come back. */
static gboolean
is_changing (EarRegistry *self, const char *user)
{
  for (guint i = 0; i < self->writing->len; i++) {
    if (g_str_equal (((Change *) g_ptr_array_index (self->writing, i))->user, user))
      return TRUE;
  }
  for (guint i = 0; i < self->waiting->len; i++) {
    if (g_str_equal (((Change *) g_ptr_array_index (self->waiting, i))->user, user))
      return TRUE;
  }
  return FALSE;
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

  if (self->writer != NULL)
    ear_disk_writer_close (self->writer); /* here, lest its thread drop the last reference */
  g_clear_object (&self->writer);
  g_hash_table_unref (self->accounts);
  ear_key_kinds_free (self->kinds);
  g_ptr_array_unref (self->waiting);
  g_ptr_array_unref (self->writing);
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
  self->accounts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  self->kinds = ear_key_kinds_new ();
  self->waiting = g_ptr_array_new_with_free_func ((GDestroyNotify) change_free);
  self->writing = g_ptr_array_new_with_free_func ((GDestroyNotify) change_free);
}

/**
 * ear_registry_new:
 * @directory: the server's data directory
 * @iterations: the PBKDF2 iterations of all new keys
 * @error: return location for an error
 *
 * Loads the accounts; call it before the main loop runs.
 *
 * Returns: (transfer full) (nullable): the registry. Fails with [error@GLib.FileError].
 */
EarRegistry *
ear_registry_new (const char *directory, guint32 iterations, GError **error)
{
  g_autoptr (EarRegistry) self = g_object_new (EAR_TYPE_REGISTRY, NULL);

  self->path = g_build_filename (directory, "users.csv", NULL);
  self->iterations = iterations;
  if (!load (self, error))
    return NULL;
  self->writer = ear_disk_writer_new (self->path, error);
  return self->writer != NULL ? g_steal_pointer (&self) : NULL;
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
  return self->kinds;
}

/**
 * ear_registry_close:
 * @self: a registry
 *
 * Waits until all changes are durable; call it after the main loop.
 */
void
ear_registry_close (EarRegistry *self)
{
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
  const EarAccount *account = g_hash_table_lookup (self->accounts, user);

  return account != NULL && !account->pending ? account : NULL;
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
  return g_hash_table_size (self->accounts);
}

/**
 * ear_registry_get_n_rejected:
 * @self: a registry
 *
 * Counts the rows of the file that were no accounts and were kept aside.
 *
 * Returns: how many
 */
guint
ear_registry_get_n_rejected (EarRegistry *self)
{
  return self->n_rejected;
}

static int
compare_accounts (gconstpointer a, gconstpointer b)
{
  const EarAccount *const *account_a = a;
  const EarAccount *const *account_b = b;

  return strcmp ((*account_a)->user, (*account_b)->user);
}

/**
 * ear_registry_list:
 * @self: a registry
 * @flags: what they have in common, 0 for all
 *
 * Lists accounts in the order of their names; one whose sign-up is not durable yet is none.
 *
 * Returns: (transfer container) (element-type EarAccount): the accounts, valid until the registry
 * changes
 */
GPtrArray *
ear_registry_list (EarRegistry *self, EarAccountFlags flags)
{
  GPtrArray *list = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer account;

  g_hash_table_iter_init (&iter, self->accounts);
  while (g_hash_table_iter_next (&iter, NULL, &account)) {
    const EarAccount *candidate = account;

    if (!candidate->pending && (candidate->flags & flags) == flags)
      g_ptr_array_add (list, account);
  }
  g_ptr_array_sort (list, compare_accounts);
  return list;
}

/**
 * ear_account_init:
 * @self: (out caller-allocates): an account
 * @user: its name
 * @name: (nullable): its display name; %NULL is @user
 * @keys: its keys
 *
 * Fills in a new account, made now.
 *
 * Returns: whether both names are valid
 */
gboolean
ear_account_init (EarAccount *self, const char *user, const char *name, const EarScramKeys *keys)
{
  if (name == NULL || name[0] == '\0')
    name = user;
  if (!ear_name_is_valid (user) || !ear_name_is_valid_display (name))
    return FALSE;
  memset (self, 0, sizeof *self);
  g_strlcpy (self->user, user, sizeof self->user);
  g_strlcpy (self->name, name, sizeof self->name);
  self->keys = *keys;
  self->created = g_get_real_time () / G_USEC_PER_SEC;
  return TRUE;
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
  g_autoptr (GBytes) row = NULL;
  GString *text;
  EarAccount pending = *account;

  g_task_set_name (task, G_STRFUNC);
  if (!keys_are_acceptable (self, &account->keys)) {
    g_task_return_error (task, ear_error_new (EAR_ERROR_BAD_KEYS));
    return;
  }
  if (g_hash_table_contains (self->accounts, account->user) || is_changing (self, account->user)) {
    g_task_return_error (task, ear_error_new (EAR_ERROR_NAME_TAKEN));
    return;
  }
  pending.pending = TRUE;
  insert (self, &pending);
  text = g_string_new (NULL);
  ear_registry_csv_append_row (text, account);
  row = g_string_free_to_bytes (text);
  ear_disk_writer_append_async (self->writer, row, appended_cb,
                                change_new (g_steal_pointer (&task), account->user, NULL));
}

/**
 * ear_registry_update_async:
 * @self: a registry
 * @account: an account as it shall be from now on
 * @callback: called when it is durable
 * @user_data: for @callback
 *
 * Changes an account. Fails with EAR_ERROR_UNKNOWN_USER, EAR_ERROR_BAD_KEYS or EAR_ERROR_READ_ONLY.
 */
void
ear_registry_update_async (EarRegistry *self,
                           const EarAccount *account,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  const EarAccount *before = ear_registry_lookup (self, account->user);

  g_task_set_name (task, G_STRFUNC);
  if (before == NULL) {
    g_task_return_error (task, ear_error_new (EAR_ERROR_UNKNOWN_USER));
    return;
  }
  if (memcmp (&before->keys, &account->keys, sizeof before->keys) != 0 &&
      !keys_are_acceptable (self, &account->keys)) {
    g_task_return_error (task, ear_error_new (EAR_ERROR_BAD_KEYS));
    return;
  }
  g_ptr_array_add (self->waiting, change_new (g_steal_pointer (&task), account->user, before));
  insert (self, account);
  rewrite_if_needed (self);
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
  const EarAccount *before = ear_registry_lookup (self, user);

  g_task_set_name (task, G_STRFUNC);
  if (before == NULL) {
    g_task_return_error (task, ear_error_new (EAR_ERROR_UNKNOWN_USER));
    return;
  }
  g_ptr_array_add (self->waiting, change_new (g_steal_pointer (&task), user, before));
  take_out (self, user);
  rewrite_if_needed (self);
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
