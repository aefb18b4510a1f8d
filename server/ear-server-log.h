/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

void ear_server_log_init (gboolean verbose);
void ear_server_log (const char *event, const char *user, const char *address, const char *detail);
void
ear_server_log_debug (const char *event, const char *user, const char *address, const char *detail);

G_END_DECLS
