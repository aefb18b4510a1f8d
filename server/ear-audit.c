/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarAudit: who did what to the server, a line an act, in audit.log:
 *
 *   2026-11-23T21:08:39Z admin:alice disable bob
 *   2026-11-23T21:09:02Z operator broadcast-policy admins
 *
 * The line is durable before the act: an act that left no trace would be worse than one that was
 * refused. When the act then cannot be done, a line with `failed` follows. Names and numbers only,
 * escaped; never what people wrote.
 *
 * A file that has grown to EAR_AUDIT_MAX becomes audit.log.1, so two of them are the most there
 * are. */

#include "server/ear-audit.h"

#include <stdio.h>

#include "server/ear-disk-writer.h"
#include "wire/ear-text.h"

#define MAX_ACT 160 /* bytes: an operator may type anything */

struct _EarAudit
{
  GObject parent_instance;

  char *path;
  EarDiskWriter *writer;
  gsize size;    /* of the file when all that is under way is written */
  gboolean torn; /* its last line has no end */
};

G_DEFINE_FINAL_TYPE (EarAudit, ear_audit, G_TYPE_OBJECT)

/* What is torn is kept, in a line of its own. */
static void
look_at_end (EarAudit *self)
{
  FILE *file = fopen (self->path, "re");

  if (file == NULL)
    return;
  if (fseeko (file, -1, SEEK_END) == 0) {
    self->torn = fgetc (file) != '\n';
    self->size = (gsize) MAX (ftello (file), 0);
  }
  fclose (file);
}

static void
ear_audit_finalize (GObject *object)
{
  EarAudit *self = EAR_AUDIT (object);

  if (self->writer != NULL)
    ear_disk_writer_close (self->writer); /* here, lest its thread drop the last reference */
  g_clear_object (&self->writer);
  g_free (self->path);
  G_OBJECT_CLASS (ear_audit_parent_class)->finalize (object);
}

static void
ear_audit_class_init (EarAuditClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ear_audit_finalize;
}

static void
ear_audit_init (EarAudit *self)
{
}

/**
 * ear_audit_new:
 * @directory: the server's data directory
 * @error: return location for an error
 *
 * Opens the audit file; call it before the main loop runs.
 *
 * Returns: (transfer full) (nullable): the audit. Fails with [error@GLib.FileError].
 */
EarAudit *
ear_audit_new (const char *directory, GError **error)
{
  g_autoptr (EarAudit) self = g_object_new (EAR_TYPE_AUDIT, NULL);

  self->path = g_build_filename (directory, "audit.log", NULL);
  self->writer = ear_disk_writer_new (self->path, error);
  if (self->writer == NULL)
    return NULL;
  look_at_end (self);
  return g_steal_pointer (&self);
}

/**
 * ear_audit_close:
 * @self: an audit
 *
 * Waits until all lines are durable; call it after the main loop.
 */
void
ear_audit_close (EarAudit *self)
{
  ear_disk_writer_close (self->writer);
}

static void
rotated_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarAudit) self = user_data;

  /* The writer has said why; the next act tries again. */
  if (!ear_disk_writer_finish (EAR_DISK_WRITER (source), result, NULL))
    self->size += EAR_AUDIT_MAX;
}

static void
rotate_if_needed (EarAudit *self)
{
  if (self->size < EAR_AUDIT_MAX)
    return;
  self->size = 0;
  self->torn = FALSE;
  ear_disk_writer_rotate_async (self->writer, rotated_cb, g_object_ref (self));
}

static GBytes *
make_line (EarAudit *self, const char *admin, const char *act, const char *end)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format (now, "%FT%TZ");
  g_autofree char *safe = ear_text_escape (act, MAX_ACT);
  GString *line = g_string_new (self->torn ? "\n" : NULL);

  g_string_append_printf (line, "%s %s%s %s%s\n", time, admin != NULL ? "admin:" : "operator",
                          admin != NULL ? admin : "", safe, end);
  self->size += line->len;
  return g_string_free_to_bytes (line);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  EarAudit *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (ear_disk_writer_finish (EAR_DISK_WRITER (source), result, &error)) {
    self->torn = FALSE;
    g_task_return_boolean (task, TRUE);
  } else {
    g_task_return_error (task, error);
  }
}

/**
 * ear_audit_write_async:
 * @self: an audit
 * @admin: (nullable): whose account acts; %NULL: the operator
 * @act: what and whom, in names and numbers
 * @callback: called when it is durable: the act may be done
 * @user_data: for @callback
 *
 * Notes what is about to be done.
 */
void
ear_audit_write_async (EarAudit *self,
                       const char *admin,
                       const char *act,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  g_autoptr (GBytes) line = NULL;

  g_task_set_name (task, G_STRFUNC);
  rotate_if_needed (self);
  line = make_line (self, admin, act, "");
  ear_disk_writer_append_async (self->writer, line, written_cb, task);
}

/**
 * ear_audit_write_finish:
 * @self: an audit
 * @result: of ear_audit_write_async()
 * @error: return location for an error
 *
 * Ends the noting of an act.
 *
 * Returns: whether the act may be done. Fails with EAR_ERROR_READ_ONLY.
 */
gboolean
ear_audit_write_finish (EarAudit *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
failure_written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  /* The writer has said what it could not write. */
  ear_disk_writer_finish (EAR_DISK_WRITER (source), result, NULL);
}

/**
 * ear_audit_write_failure:
 * @self: an audit
 * @admin: (nullable): who tried it; %NULL: the operator
 * @act: what was noted before
 *
 * Notes that an act could not be done.
 */
void
ear_audit_write_failure (EarAudit *self, const char *admin, const char *act)
{
  g_autoptr (GBytes) line = make_line (self, admin, act, " failed");

  ear_disk_writer_append_async (self->writer, line, failure_written_cb, NULL);
}
