/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-server-types.h"
#include "wire/ear-error.h"

G_BEGIN_DECLS

EarVisitor *
ear_visitor_new (EarServer *server, GSocketConnection *connection, const char *address_key);
void ear_visitor_end (EarVisitor *self, EarError code);
void ear_visitor_send_line (EarVisitor *self, GBytes *line);

gboolean ear_visitor_is_idle (EarVisitor *self);
void ear_visitor_make_room (EarVisitor *self);

G_END_DECLS
