/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_PRESENCE (ear_presence_get_type ())
G_DECLARE_FINAL_TYPE (EarPresence, ear_presence, EAR, PRESENCE, GObject)

/* Properties, both read-write: "status" (string: what the person wrote, maybe empty),
 * "do-not-disturb" (boolean). */
EarPresence *ear_presence_new (EarSession *session, GSettings *settings);
const char *ear_presence_get_status (EarPresence *self);
void ear_presence_set_status (EarPresence *self, const char *status);
gboolean ear_presence_get_do_not_disturb (EarPresence *self);
void ear_presence_set_do_not_disturb (EarPresence *self, gboolean do_not_disturb);

G_END_DECLS
