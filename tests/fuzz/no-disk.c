/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* An EarDiskWriter that writes nothing and has no thread: where each input opens files anew, those
 * are what would take the time. */

#include "no-disk.h"

#include "server/ear-disk-writer.h"
#include "wire/ear-error.h"

static gboolean failing;

struct _EarDiskWriter
{
  GObject parent_instance;
};

G_DEFINE_FINAL_TYPE (EarDiskWriter, ear_disk_writer, G_TYPE_OBJECT)

static void
ear_disk_writer_class_init (EarDiskWriterClass *klass)
{
}

static void
ear_disk_writer_init (EarDiskWriter *self)
{
}

EarDiskWriter *
ear_disk_writer_new (const char *path, GError **error)
{
  return g_object_new (EAR_TYPE_DISK_WRITER, NULL);
}

void
ear_disk_writer_append_async (EarDiskWriter *self,
                              GBytes *data,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  if (failing)
    g_task_return_error (task, ear_error_new (EAR_ERROR_READ_ONLY));
  else
    g_task_return_boolean (task, TRUE);
}

void
ear_disk_writer_replace_async (EarDiskWriter *self,
                               EarDiskMakeFunc make,
                               gpointer user_data,
                               GDestroyNotify free_data,
                               GAsyncReadyCallback callback,
                               gpointer callback_data)
{
  g_autoptr (GBytes) data = make (user_data);

  if (free_data != NULL)
    free_data (user_data);
  ear_disk_writer_append_async (self, data, callback, callback_data);
}

void
ear_disk_writer_rotate_async (EarDiskWriter *self, GAsyncReadyCallback callback, gpointer user_data)
{
  ear_disk_writer_append_async (self, NULL, callback, user_data);
}

void
ear_disk_writer_compact_async (EarDiskWriter *self,
                               EarDiskLineFunc keep,
                               gpointer user_data,
                               GDestroyNotify free_data,
                               GAsyncReadyCallback callback,
                               gpointer callback_data)
{
  if (free_data != NULL)
    free_data (user_data);
  ear_disk_writer_append_async (self, NULL, callback, callback_data);
}

gboolean
ear_disk_writer_finish (EarDiskWriter *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
ear_disk_writer_is_read_only (EarDiskWriter *self)
{
  return FALSE;
}

void
ear_disk_writer_close (EarDiskWriter *self)
{
}

void
no_disk_set_failing (gboolean value)
{
  failing = value;
}
