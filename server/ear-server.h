/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-server-config.h"
#include "server/ear-server-types.h"
#include "wire/ear-error.h"

G_BEGIN_DECLS

#define EAR_TYPE_SERVER (ear_server_get_type ())
G_DECLARE_FINAL_TYPE (EarServer, ear_server, EAR, SERVER, GObject)

/* Signal "stopped" (): everybody has been told, all links are gone. */
EarServer *ear_server_new (const EarServerConfig *config, EarClock *clock, GError **error);
gboolean ear_server_start (EarServer *self, GError **error);
void ear_server_stop (EarServer *self);
void ear_server_close (EarServer *self);

guint16 ear_server_get_port (EarServer *self);
char *ear_server_dup_link (EarServer *self);
char *ear_server_dup_status (EarServer *self);
EarAdmin *ear_server_new_admin (EarServer *self);

G_END_DECLS
