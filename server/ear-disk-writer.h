/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-disk-file.h"
#include "server/ear-server-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_DISK_WRITER (ear_disk_writer_get_type ())
G_DECLARE_FINAL_TYPE (EarDiskWriter, ear_disk_writer, EAR, DISK_WRITER, GObject)

/* Makes all that a file shall hold. */
typedef GBytes *(*EarDiskMakeFunc) (gpointer user_data);

EarDiskWriter *ear_disk_writer_new (const char *path, GError **error);

void ear_disk_writer_append_async (EarDiskWriter *self,
                                   GBytes *data,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
void ear_disk_writer_replace_async (EarDiskWriter *self,
                                    EarDiskMakeFunc make,
                                    gpointer user_data,
                                    GDestroyNotify free_data,
                                    GAsyncReadyCallback callback,
                                    gpointer callback_data);
void ear_disk_writer_rotate_async (EarDiskWriter *self,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
void ear_disk_writer_compact_async (EarDiskWriter *self,
                                    EarDiskLineFunc keep,
                                    gpointer user_data,
                                    GDestroyNotify free_data,
                                    GAsyncReadyCallback callback,
                                    gpointer callback_data);
gboolean ear_disk_writer_finish (EarDiskWriter *self, GAsyncResult *result, GError **error);
gboolean ear_disk_writer_is_read_only (EarDiskWriter *self);
void ear_disk_writer_close (EarDiskWriter *self);

G_END_DECLS
