/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"

G_BEGIN_DECLS

/* Times. Each takes `now`, so that tests can say when that is; NULL means the clock's. */
char *ear_format_clock (GDateTime *time);
char *ear_format_moment (GDateTime *time, GDateTime *now);
char *ear_format_day (GDateTime *time, GDateTime *now);
char *ear_format_ago (GDateTime *time, GDateTime *now);
char *ear_format_last_seen (GDateTime *time, GDateTime *now);

/* Counts. */
char *ear_format_count (guint count);
char *ear_format_badge (guint count);
char *ear_format_reach (guint count);
char *ear_format_reached (guint count);
char *ear_format_part (guint n_listed, guint n_active, const char *search);
char *ear_format_position (guint index, guint count);
char *ear_format_retry (guint seconds);
char *ear_format_length (gsize used, gsize most);

/* Lines. */
char *ear_format_preview (const char *text);
char *ear_format_status (const char *status, gboolean do_not_disturb);
char *ear_format_note (EarChatMessage *note, const char *name, GDateTime *now);
char *ear_format_user_line (EarUser *user, GDateTime *now);
char *ear_format_link (const char *uri);
char *ear_format_sender (const char *name, const char *account);
char *ear_format_error (const GError *error);

G_END_DECLS
