/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarPolicy: what admins have decided for the whole server: who may broadcast. The file `policy`
 * holds one line; without it everybody may. A file that says something else is taken for the
 * stricter one, lest damage open what was closed. */

#include "server/ear-policy.h"

#include "server/ear-disk-writer.h"
#include "server/ear-registry.h"
#include "wire/ear-message.h"

#define LINE(who) "broadcast=" who "\n"

struct _EarPolicy
{
  GObject parent_instance;

  char *path;
  EarDiskWriter *writer;
  gboolean admins_only;
};

G_DEFINE_FINAL_TYPE (EarPolicy, ear_policy, G_TYPE_OBJECT)

enum {
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static gboolean
load (EarPolicy *self, GError **error)
{
  g_autofree char *contents = NULL;
  g_autoptr (GError) local = NULL;

  if (!g_file_get_contents (self->path, &contents, NULL, &local)) {
    if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
      return TRUE;
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  /* Empty: it was made, and nothing was ever decided. */
  self->admins_only = *contents != '\0' && !g_str_equal (contents, LINE (EAR_EVERYBODY));
  if (self->admins_only && !g_str_equal (contents, LINE (EAR_ADMINS_ONLY)))
    g_warning ("%s: not understood; only admins may broadcast", self->path);
  return TRUE;
}

static void
ear_policy_finalize (GObject *object)
{
  EarPolicy *self = EAR_POLICY (object);

  if (self->writer != NULL)
    ear_disk_writer_close (self->writer); /* here, lest its thread drop the last reference */
  g_clear_object (&self->writer);
  g_free (self->path);
  G_OBJECT_CLASS (ear_policy_parent_class)->finalize (object);
}

static void
ear_policy_class_init (EarPolicyClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ear_policy_finalize;

  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
ear_policy_init (EarPolicy *self)
{
}

/**
 * ear_policy_new:
 * @directory: the server's data directory
 * @error: return location for an error
 *
 * Loads the policy; call it before the main loop runs.
 *
 * Returns: (transfer full) (nullable): the policy. Fails with [error@GLib.FileError].
 */
EarPolicy *
ear_policy_new (const char *directory, GError **error)
{
  g_autoptr (EarPolicy) self = g_object_new (EAR_TYPE_POLICY, NULL);

  self->path = g_build_filename (directory, "policy", NULL);
  if (!load (self, error))
    return NULL;
  self->writer = ear_disk_writer_new (self->path, error);
  return self->writer != NULL ? g_steal_pointer (&self) : NULL;
}

/**
 * ear_policy_close:
 * @self: a policy
 *
 * Waits until all changes are durable; call it after the main loop.
 */
void
ear_policy_close (EarPolicy *self)
{
  ear_disk_writer_close (self->writer);
}

/**
 * ear_policy_get_broadcasters:
 * @self: a policy
 *
 * Gets who may broadcast.
 *
 * Returns: %EAR_EVERYBODY or %EAR_ADMINS_ONLY
 */
const char *
ear_policy_get_broadcasters (EarPolicy *self)
{
  return self->admins_only ? EAR_ADMINS_ONLY : EAR_EVERYBODY;
}

/**
 * ear_policy_lets_broadcast:
 * @self: a policy
 * @account: (nullable): an account
 *
 * Checks whether an account may broadcast.
 *
 * Returns: whether it may
 */
gboolean
ear_policy_lets_broadcast (EarPolicy *self, const EarAccount *account)
{
  return account != NULL && (!self->admins_only || (account->flags & EAR_ACCOUNT_ADMIN) != 0);
}

static GBytes *
make_file (gpointer admins_only)
{
  const char *line = admins_only != NULL ? LINE (EAR_ADMINS_ONLY) : LINE (EAR_EVERYBODY);

  return g_bytes_new_static (line, strlen (line));
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  EarPolicy *self = g_task_get_source_object (task);
  gboolean admins_only = GPOINTER_TO_INT (g_task_get_task_data (task));
  GError *error = NULL;

  if (!ear_disk_writer_finish (EAR_DISK_WRITER (source), result, &error)) {
    g_task_return_error (task, error);
    return;
  }
  if (self->admins_only != admins_only) {
    self->admins_only = admins_only;
    g_signal_emit (self, signals[CHANGED], 0);
  }
  g_task_return_boolean (task, TRUE);
}

/**
 * ear_policy_set_broadcasters_async:
 * @self: a policy
 * @who: %EAR_EVERYBODY or %EAR_ADMINS_ONLY
 * @callback: called when it is durable, and in force
 * @user_data: for @callback
 *
 * Decides who may broadcast. Fails with EAR_ERROR_READ_ONLY.
 */
void
ear_policy_set_broadcasters_async (EarPolicy *self,
                                   const char *who,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  gpointer admins_only = GINT_TO_POINTER (g_str_equal (who, EAR_ADMINS_ONLY));

  g_task_set_name (task, G_STRFUNC);
  g_task_set_task_data (task, admins_only, NULL);
  ear_disk_writer_replace_async (self->writer, make_file, admins_only, NULL, written_cb, task);
}

/**
 * ear_policy_finish:
 * @self: a policy
 * @result: of ear_policy_set_broadcasters_async()
 * @error: return location for an error
 *
 * Ends a decision.
 *
 * Returns: whether it is durable
 */
gboolean
ear_policy_finish (EarPolicy *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
