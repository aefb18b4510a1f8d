/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/ear-chat.h"
#include "client/ear-chat-message.h"

G_BEGIN_DECLS

GtkWidget *ear_chat_note_new (void);
void ear_chat_note_set_message (GtkWidget *note, EarChat *chat, EarChatMessage *message);

G_END_DECLS
