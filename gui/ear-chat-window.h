/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/ear-chat.h"
#include "client/ear-client.h"

G_BEGIN_DECLS

#define EAR_TYPE_CHAT_WINDOW (ear_chat_window_get_type ())
G_DECLARE_FINAL_TYPE (EarChatWindow, ear_chat_window, EAR, CHAT_WINDOW, AdwApplicationWindow)

EarChatWindow *ear_chat_window_new (GtkApplication *application, EarChat *chat, EarClient *client);
EarChat *ear_chat_window_get_chat (EarChatWindow *self);
void ear_chat_window_add_toast (EarChatWindow *self, AdwToast *toast);

G_END_DECLS
