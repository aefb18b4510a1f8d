/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarInvitations: one-time codes for sign-ups, in memory and in invitations.csv.
 *
 *   open → claimed by USER → used      (the account is durable)
 *            ↓      open → revoked     (the operator took it back)
 *          open                        (the sign-up failed)
 *
 * A code is claimed, durably, before the account is written, and settled after that: whatever stops
 * the server in between, no code makes two accounts and none is lost. A claim that was never
 * settled is judged at the next start by whether its account is there, which may have left by then:
 * how a claim has ended is written until it is durable.
 *
 * The file is a log of rows, of which the last one of a digest counts; it is made compact at the
 * start. */

#include "server/ear-invitations.h"

#include <string.h>

#include "server/ear-disk-writer.h"
#include "server/ear-invitation.h"
#include "server/ear-store-file.h"
#include "wire/ear-error.h"

#define MAX_OPEN 1000  /* more links are nobody's to keep track of */
#define MAX_KEPT 10000 /* used and expired ones, too: about 1 MiB */
#define KEPT_DAYS 30   /* after the end of an invitation it is still known that it was one */
#define DAY_S (24 * 60 * 60)

struct _EarInvitations
{
  GObject parent_instance;

  char *path;
  EarRegistry *registry;
  GHashTable *by_digest; /* (element-type utf8 EarInvitation) */
  EarDiskWriter *writer;
};

G_DEFINE_FINAL_TYPE (EarInvitations, ear_invitations, G_TYPE_OBJECT)

static char *
make_digest (const char *code)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, code, -1);
}

/* -- Loading -- */

static gboolean
is_forgotten_cb (gpointer key, gpointer value, gpointer user_data)
{
  const EarInvitation *invitation = value;

  return invitation->expires + KEPT_DAYS * DAY_S < ear_invitation_get_now ();
}

/* A server that was stopped between the claim and its end left the answer in users.csv. */
static void
settle_claims (EarInvitations *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->by_digest);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    EarInvitation *invitation = value;

    if (invitation->state != EAR_INVITATION_CLAIMED)
      continue;
    if (ear_registry_lookup (self->registry, invitation->user) != NULL) {
      invitation->state = EAR_INVITATION_USED;
    } else {
      invitation->state = EAR_INVITATION_OPEN;
      g_clear_pointer (&invitation->user, g_free);
    }
  }
}

/* A last row without a newline is torn: it was never acknowledged. */
static void
read_rows (EarInvitations *self, EarStoreFile *file)
{
  while (ear_store_file_next (file)) {
    EarInvitation *invitation =
      file->torn ? NULL : ear_invitation_read_row (file->line, file->size);

    if (invitation != NULL)
      g_hash_table_replace (self->by_digest, invitation->digest, invitation);
    else
      ear_store_file_reject (file);
  }
}

static gboolean
write_compact (EarInvitations *self, GError **error)
{
  g_autoptr (GString) file = g_string_new (NULL);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->by_digest);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    ear_invitation_append_row (file, value);
  return ear_store_file_rewrite (self->path, file->str, file->len, error);
}

static gboolean
load (EarInvitations *self, GError **error)
{
  g_autoptr (EarStoreFile) file = ear_store_file_open (self->path, error);

  if (file == NULL)
    return FALSE;
  read_rows (self, file);
  if (file->n_lines == 0)
    return TRUE;
  if (!ear_store_file_keep_rejected (file, error))
    return FALSE;
  g_hash_table_foreach_remove (self->by_digest, is_forgotten_cb, NULL);
  settle_claims (self);
  return write_compact (self, error);
}

/* -- Writing -- */

/* A row under way, and what to go back to when it cannot be made durable. */
typedef struct
{
  char *digest;
  char *code; /* nullable: of a new invitation */
  gboolean created;
} Change;

static void
change_free (Change *change)
{
  g_free (change->digest);
  g_free (change->code);
  g_free (change);
}

static void
write_row (EarInvitations *self,
           const EarInvitation *invitation,
           GAsyncReadyCallback callback,
           gpointer user_data)
{
  GString *row = g_string_new (NULL);
  g_autoptr (GBytes) bytes = NULL;

  ear_invitation_append_row (row, invitation);
  bytes = g_string_free_to_bytes (row);
  ear_disk_writer_append_async (self->writer, bytes, callback, user_data);
}

static GTask *
start (EarInvitations *self,
       const char *digest,
       char *code,
       GAsyncReadyCallback callback,
       gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  Change *change = g_new0 (Change, 1);

  change->digest = g_strdup (digest);
  change->code = code;
  change->created = code != NULL;
  g_task_set_task_data (task, change, (GDestroyNotify) change_free);
  return task;
}

static void
reopen (EarInvitation *invitation)
{
  invitation->state = EAR_INVITATION_OPEN;
  g_clear_pointer (&invitation->user, g_free);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  EarInvitations *self = g_task_get_source_object (task);
  Change *change = g_task_get_task_data (task);
  EarInvitation *invitation = g_hash_table_lookup (self->by_digest, change->digest);
  GError *error = NULL;

  if (ear_disk_writer_finish (EAR_DISK_WRITER (source), result, &error)) {
    g_task_return_boolean (task, TRUE);
    return;
  }
  if (change->created)
    g_hash_table_remove (self->by_digest, change->digest);
  else if (invitation != NULL)
    reopen (invitation);
  g_task_return_error (task, error);
}

static void
settled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  EarInvitations *self = g_task_get_source_object (task);
  const Change *change = g_task_get_task_data (task);
  EarInvitation *invitation = g_hash_table_lookup (self->by_digest, change->digest);

  if (!ear_disk_writer_finish (EAR_DISK_WRITER (source), result, NULL) && invitation != NULL)
    invitation->unwritten = TRUE;
  g_task_return_boolean (task, TRUE);
}

static void
write_settled (EarInvitations *self, EarInvitation *invitation)
{
  invitation->unwritten = FALSE;
  write_row (self, invitation, settled_cb, start (self, invitation->digest, NULL, NULL, NULL));
}

/* What could not be written, before the next row and at the end. */
static void
write_again (EarInvitations *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->by_digest);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (((EarInvitation *) value)->unwritten)
      write_settled (self, value);
  }
}

static void
fail (GTask *task, EarError code)
{
  g_task_return_error (task, ear_error_new (code));
  g_object_unref (task);
}

/* -- Life -- */

static void
ear_invitations_finalize (GObject *object)
{
  EarInvitations *self = EAR_INVITATIONS (object);

  if (self->writer != NULL)
    ear_disk_writer_close (self->writer); /* here, lest its thread drop the last reference */
  g_clear_object (&self->writer);
  g_clear_object (&self->registry);
  g_hash_table_unref (self->by_digest);
  g_free (self->path);
  G_OBJECT_CLASS (ear_invitations_parent_class)->finalize (object);
}

static void
ear_invitations_class_init (EarInvitationsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ear_invitations_finalize;
}

static void
ear_invitations_init (EarInvitations *self)
{
  self->by_digest =
    g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) ear_invitation_free);
}

/**
 * ear_invitations_new:
 * @directory: the server's data directory
 * @registry: the accounts: what was claimed when the server was stopped is judged by them
 * @error: return location for an error
 *
 * Loads the invitations; call it before the main loop runs.
 *
 * Returns: (transfer full) (nullable): the invitations. Fails with [error@GLib.FileError].
 */
EarInvitations *
ear_invitations_new (const char *directory, EarRegistry *registry, GError **error)
{
  g_autoptr (EarInvitations) self = g_object_new (EAR_TYPE_INVITATIONS, NULL);

  self->registry = g_object_ref (registry);
  self->path = g_build_filename (directory, "invitations.csv", NULL);
  if (!load (self, error))
    return NULL;
  self->writer = ear_disk_writer_new (self->path, error);
  return self->writer != NULL ? g_steal_pointer (&self) : NULL;
}

/**
 * ear_invitations_close:
 * @self: the invitations
 *
 * Waits until all changes are durable; call it after the main loop.
 */
void
ear_invitations_close (EarInvitations *self)
{
  write_again (self);
  ear_disk_writer_close (self->writer);
}

/* -- Making them -- */

static guint
count_open (EarInvitations *self)
{
  GHashTableIter iter;
  gpointer invitation;
  guint n = 0;

  g_hash_table_iter_init (&iter, self->by_digest);
  while (g_hash_table_iter_next (&iter, NULL, &invitation))
    n += ear_invitation_is_open (invitation);
  return n;
}

/**
 * ear_invitations_create_async:
 * @self: the invitations
 * @days: how long it is good, 1 to %EAR_INVITATION_DAYS_MAX
 * @callback: called when it is durable
 * @user_data: for @callback
 *
 * Makes an invitation. Fails with EAR_ERROR_FULL, EAR_ERROR_READ_ONLY or EAR_ERROR_INTERNAL.
 */
void
ear_invitations_create_async (EarInvitations *self,
                              guint days,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  char *code = ear_invitation_make_code ();
  g_autofree char *digest = code != NULL ? make_digest (code) : NULL;
  GTask *task = start (self, digest, code, callback, user_data);
  EarInvitation *invitation;

  g_task_set_name (task, G_STRFUNC);
  g_hash_table_foreach_remove (self->by_digest, is_forgotten_cb, NULL);
  if (code == NULL) {
    fail (task, EAR_ERROR_INTERNAL);
    return;
  }
  if (count_open (self) >= MAX_OPEN || g_hash_table_size (self->by_digest) >= MAX_KEPT) {
    fail (task, EAR_ERROR_FULL);
    return;
  }
  invitation = g_new0 (EarInvitation, 1);
  invitation->digest = g_steal_pointer (&digest);
  invitation->expires = ear_invitation_get_now () + (gint64) days * DAY_S;
  g_hash_table_insert (self->by_digest, invitation->digest, invitation);
  write_again (self);
  write_row (self, invitation, written_cb, task);
}

/**
 * ear_invitations_create_finish:
 * @self: the invitations
 * @result: of ear_invitations_create_async()
 * @error: return location for an error
 *
 * Ends the making of an invitation.
 *
 * Returns: (transfer full) (nullable): its code, which is told only now
 */
char *
ear_invitations_create_finish (EarInvitations *self, GAsyncResult *result, GError **error)
{
  Change *change;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  change = g_task_get_task_data (G_TASK (result));
  return g_task_propagate_boolean (G_TASK (result), error) ? g_strdup (change->code) : NULL;
}

/* -- Using them up -- */

/**
 * ear_invitations_is_open:
 * @self: the invitations
 * @code: what a stranger gave for an invitation
 *
 * Checks an invitation without using it.
 *
 * Returns: whether somebody could sign up with it now
 */
gboolean
ear_invitations_is_open (EarInvitations *self, const char *code)
{
  g_autofree char *digest = make_digest (code);
  const EarInvitation *invitation = g_hash_table_lookup (self->by_digest, digest);

  return invitation != NULL && ear_invitation_is_open (invitation);
}

/* A claim of a name that is taken, or claimed, would look used to a server that starts again. */
static gboolean
is_taken (EarInvitations *self, const char *user)
{
  GHashTableIter iter;
  gpointer value;

  if (ear_registry_lookup (self->registry, user) != NULL)
    return TRUE;

  g_hash_table_iter_init (&iter, self->by_digest);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    EarInvitation *invitation = value;

    if (invitation->state == EAR_INVITATION_CLAIMED && g_str_equal (invitation->user, user))
      return TRUE;
  }
  return FALSE;
}

/**
 * ear_invitations_claim_async:
 * @self: the invitations
 * @code: what a stranger gave for an invitation
 * @user: the account that is to be made with it
 * @callback: called when nobody else can use it any more, durably
 * @user_data: for @callback
 *
 * Takes an invitation for a sign-up; ear_invitations_settle() must follow. Fails with
 * EAR_ERROR_UNKNOWN_INVITE, EAR_ERROR_INVITE_USED, EAR_ERROR_INVITE_EXPIRED, EAR_ERROR_NAME_TAKEN
 * or EAR_ERROR_READ_ONLY.
 */
void
ear_invitations_claim_async (EarInvitations *self,
                             const char *code,
                             const char *user,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autofree char *digest = make_digest (code);
  EarInvitation *invitation = g_hash_table_lookup (self->by_digest, digest);
  GTask *task = start (self, digest, NULL, callback, user_data);

  g_task_set_name (task, G_STRFUNC);
  if (invitation == NULL || invitation->state == EAR_INVITATION_REVOKED) {
    fail (task, EAR_ERROR_UNKNOWN_INVITE);
  } else if (invitation->state != EAR_INVITATION_OPEN) {
    fail (task, EAR_ERROR_INVITE_USED);
  } else if (!ear_invitation_is_open (invitation)) {
    fail (task, EAR_ERROR_INVITE_EXPIRED);
  } else if (is_taken (self, user)) {
    fail (task, EAR_ERROR_NAME_TAKEN);
  } else {
    write_again (self);
    invitation->state = EAR_INVITATION_CLAIMED;
    invitation->user = g_strdup (user);
    write_row (self, invitation, written_cb, task);
  }
}

/**
 * ear_invitations_settle:
 * @self: the invitations
 * @code: of an invitation that was claimed
 * @used: whether the account is durable; else the invitation is open again
 *
 * Ends a claim.
 */
void
ear_invitations_settle (EarInvitations *self, const char *code, gboolean used)
{
  g_autofree char *digest = make_digest (code);
  EarInvitation *invitation = g_hash_table_lookup (self->by_digest, digest);

  g_return_if_fail (invitation != NULL && invitation->state == EAR_INVITATION_CLAIMED);

  if (used)
    invitation->state = EAR_INVITATION_USED;
  else
    reopen (invitation);
  write_settled (self, invitation);
}

/* -- The operator's -- */

static EarInvitation *
find_by_id (EarInvitations *self, const char *id)
{
  GHashTableIter iter;
  gpointer value;

  if (strlen (id) != EAR_INVITATION_ID_LENGTH)
    return NULL;
  g_hash_table_iter_init (&iter, self->by_digest);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (g_str_has_prefix (((EarInvitation *) value)->digest, id) &&
        ((EarInvitation *) value)->state == EAR_INVITATION_OPEN)
      return value;
  }
  return NULL;
}

/**
 * ear_invitations_revoke_async:
 * @self: the invitations
 * @id: of an open invitation, as ear_invitations_dup_list() shows it
 * @callback: called when that is durable
 * @user_data: for @callback
 *
 * Takes an invitation back. Fails with EAR_ERROR_UNKNOWN_INVITE or EAR_ERROR_READ_ONLY.
 */
void
ear_invitations_revoke_async (EarInvitations *self,
                              const char *id,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  EarInvitation *invitation = find_by_id (self, id);
  GTask *task =
    start (self, invitation != NULL ? invitation->digest : NULL, NULL, callback, user_data);

  g_task_set_name (task, G_STRFUNC);
  if (invitation == NULL) {
    fail (task, EAR_ERROR_UNKNOWN_INVITE);
    return;
  }
  write_again (self);
  invitation->state = EAR_INVITATION_REVOKED;
  write_row (self, invitation, written_cb, task);
}

/**
 * ear_invitations_finish:
 * @self: the invitations
 * @result: of a claim or a revocation
 * @error: return location for an error
 *
 * Ends a claim or a revocation.
 *
 * Returns: whether it is durable
 */
gboolean
ear_invitations_finish (EarInvitations *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ear_invitations_dup_list:
 * @self: the invitations
 *
 * Lists them for the operator, the first to end first; the codes are known to nobody here.
 *
 * Returns: (transfer full): a line for each: id, last day, state, user
 */
char *
ear_invitations_dup_list (EarInvitations *self)
{
  GString *list = g_string_new (NULL);
  GList *all =
    g_list_sort (g_hash_table_get_values (self->by_digest), (GCompareFunc) ear_invitation_compare);

  for (GList *l = all; l != NULL; l = l->next)
    ear_invitation_append_summary (list, l->data);
  g_list_free (all);
  return g_string_free (list, FALSE);
}
