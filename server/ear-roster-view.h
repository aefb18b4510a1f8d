/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-roster.h"

G_BEGIN_DECLS

EarRosterView *ear_roster_view_new (EarRoster *roster, const char *folded_prefix, guint limit);
void ear_roster_view_free (EarRosterView *self);

void ear_roster_view_add (EarRosterView *self, GList *place);
GPtrArray *ear_roster_view_dup_lines (EarRosterView *self, gint64 re);
gboolean ear_roster_view_is_watched (EarRosterView *self);
gboolean
ear_roster_view_tick (EarRosterView *self, GArray *changes, EarRosterFunc send, gint64 now_us);

G_END_DECLS
