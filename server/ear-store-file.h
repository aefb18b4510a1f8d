/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A file that is being loaded, and the line at hand. */
typedef struct
{
  const char *line; /* without its end */
  gsize size;       /* in bytes */
  guint n_lines;    /* up to this one */
  gboolean torn;    /* it has no newline: it is the last, and was never acknowledged */
  gboolean foreign; /* another program has saved the file, with a byte order mark or with CRs */

  /* Private */
  char *path;
  GMappedFile *file;
  const char *rest;
  gsize rest_size;
  GString *rejected;
  guint n_rejected;
} EarStoreFile;

EarStoreFile *ear_store_file_open (const char *path, GError **error);
EarStoreFile *ear_store_file_new (const char *data, gsize size);
gboolean ear_store_file_next (EarStoreFile *self);
void ear_store_file_reject (EarStoreFile *self);
gboolean ear_store_file_keep_rejected (EarStoreFile *self, GError **error);
gboolean ear_store_file_rewrite (const char *path, const char *data, gsize size, GError **error);
void ear_store_file_free (EarStoreFile *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarStoreFile, ear_store_file_free)

G_END_DECLS
