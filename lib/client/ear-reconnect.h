/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"

G_BEGIN_DECLS

/* Growing, jittered delays: 1 s, 2 s, 4 s … up to a minute, each between half and the whole of it.
 */
EarReconnect *
ear_reconnect_new (EarDeadlines *deadlines, void (*retry) (gpointer user_data), gpointer user_data);
void ear_reconnect_free (EarReconnect *self);
void ear_reconnect_set_spread (EarReconnect *self, guint spread_ms);
void ear_reconnect_start (EarReconnect *self);
void ear_reconnect_start_after (EarReconnect *self, gint64 least_ms);
void ear_reconnect_hurry (EarReconnect *self);
void ear_reconnect_stop (EarReconnect *self);
guint ear_reconnect_get_seconds_left (EarReconnect *self);

G_END_DECLS
