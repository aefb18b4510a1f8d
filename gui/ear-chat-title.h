/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/ear-chat.h"

G_BEGIN_DECLS

#define EAR_TYPE_CHAT_TITLE (ear_chat_title_get_type ())
G_DECLARE_FINAL_TYPE (EarChatTitle, ear_chat_title, EAR, CHAT_TITLE, AdwBin)

GtkWidget *ear_chat_title_new (void);
void ear_chat_title_set_chat (EarChatTitle *self, EarChat *chat);

G_END_DECLS
