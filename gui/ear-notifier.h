/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/ear-client.h"
#include "gui/ear-presence.h"

G_BEGIN_DECLS

#define EAR_TYPE_NOTIFIER (ear_notifier_get_type ())
G_DECLARE_FINAL_TYPE (EarNotifier, ear_notifier, EAR, NOTIFIER, GObject)

EarNotifier *
ear_notifier_new (GtkApplication *application, EarClient *client, EarPresence *presence);

G_END_DECLS
