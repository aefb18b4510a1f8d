/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/ear-chat.h"
#include "client/ear-session.h"

G_BEGIN_DECLS

#define EAR_TYPE_CHAT_VIEW (ear_chat_view_get_type ())
G_DECLARE_FINAL_TYPE (EarChatView, ear_chat_view, EAR, CHAT_VIEW, AdwBin)

GtkWidget *ear_chat_view_new (EarChat *chat, EarSession *session);
EarChat *ear_chat_view_get_chat (EarChatView *self);
GActionGroup *ear_chat_view_get_actions (EarChatView *self);

G_END_DECLS
