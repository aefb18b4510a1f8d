/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "server/ear-server-config.h"

G_BEGIN_DECLS

GSocketService *ear_listener_new (const EarServerConfig *config, guint16 *port, GError **error);
char *ear_listener_dup_host (const EarServerConfig *config);

G_END_DECLS
