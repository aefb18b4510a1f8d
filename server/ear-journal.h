/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-broadcast.h"

G_BEGIN_DECLS

guint64 ear_journal_get_max_number (gint64 real_time_us);
EarBroadcast *ear_journal_read_line (const char *line, gsize size);
void ear_journal_append_line (GString *file, const EarBroadcast *broadcast);
gboolean ear_journal_read_header (const char *line, gsize size, guint64 *next_number);
void ear_journal_append_header (GString *file, guint64 next_number);

G_END_DECLS
