/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_PREFERENCES (ear_preferences_get_type ())
G_DECLARE_FINAL_TYPE (EarPreferences, ear_preferences, EAR, PREFERENCES, AdwPreferencesWindow)

EarPreferences *ear_preferences_new (GtkWindow *parent, GSettings *settings, EarClient *client);

G_END_DECLS
