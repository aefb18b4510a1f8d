/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-types.h"

G_BEGIN_DECLS

EarLineReader *ear_line_reader_new (gsize max_line);
void ear_line_reader_free (EarLineReader *self);
void ear_line_reader_set_max_line (EarLineReader *self, gsize max_line);

void ear_line_reader_push (EarLineReader *self, const guint8 *data, gsize size);
gboolean ear_line_reader_next (EarLineReader *self, const char **line, gsize *size, GError **error);
gsize ear_line_reader_get_n_pending (EarLineReader *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarLineReader, ear_line_reader_free)

G_END_DECLS
