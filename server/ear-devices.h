/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-server-types.h"

G_BEGIN_DECLS

#define EAR_DEVICES_MAX 8 /* remembered of one user: of more, those that came last */

#define EAR_TYPE_DEVICES (ear_devices_get_type ())
G_DECLARE_FINAL_TYPE (EarDevices, ear_devices, EAR, DEVICES, GObject)

EarDevices *ear_devices_new (const char *directory,
                             EarRegistry *registry,
                             EarDeadlines *deadlines,
                             GError **error);
void ear_devices_close (EarDevices *self);

gboolean ear_devices_knows (EarDevices *self, const char *user, const char *fingerprint);
void ear_devices_note (EarDevices *self, const char *user, const char *fingerprint);
void ear_devices_forget (EarDevices *self, const char *user, const char *but);

G_END_DECLS
