/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* Whether a line, given without its newline, is kept. */
typedef gboolean (*EarDiskLineFunc) (const char *line, gsize size, gpointer user_data);

gboolean ear_disk_write_all (int fd, const char *data, gsize size);
gboolean ear_disk_sync_directory (const char *path);
gboolean ear_disk_give_to_owner (int fd, const char *path);
int ear_disk_open (const char *path, int flags);
int ear_disk_open_new (const char *path);
gboolean ear_disk_take_new (const char *path, int fd);
void ear_disk_drop_new (const char *path, int fd);
gboolean ear_disk_replace (const char *path, const char *data, gsize size);
gboolean ear_disk_copy (int source, off_t from, off_t to, int fd);
gboolean
ear_disk_copy_lines (int source, off_t length, int fd, EarDiskLineFunc keep, gpointer user_data);

G_END_DECLS
