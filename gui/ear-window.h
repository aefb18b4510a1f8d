/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/ear-client-types.h"
#include "gui/ear-presence.h"

G_BEGIN_DECLS

#define EAR_TYPE_WINDOW (ear_window_get_type ())
G_DECLARE_FINAL_TYPE (EarWindow, ear_window, EAR, WINDOW, AdwApplicationWindow)

/* The main window: the sidebar, the notices, the chat with one user. */
EarWindow *ear_window_new (GtkApplication *application,
                           EarClient *client,
                           EarPresence *presence,
                           GSettings *settings);
void ear_window_open_chat (EarWindow *self, const char *account);
void ear_window_ask (EarWindow *self, const char *account);
void ear_window_open_chat_window (EarWindow *self, const char *account);
void ear_window_add_toast (EarWindow *self, AdwToast *toast);

G_END_DECLS
