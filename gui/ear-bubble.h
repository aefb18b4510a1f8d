/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/ear-chat-message.h"

G_BEGIN_DECLS

#define EAR_TYPE_BUBBLE (ear_bubble_get_type ())
G_DECLARE_FINAL_TYPE (EarBubble, ear_bubble, EAR, BUBBLE, GtkWidget)

GtkWidget *ear_bubble_new (const char *their_account);
void ear_bubble_set_message (EarBubble *self, EarChatMessage *message);
EarChatMessage *ear_bubble_get_message (EarBubble *self);
void ear_bubble_set_neighbours (EarBubble *self, EarChatMessage *before, EarChatMessage *after);
void ear_bubble_open_link (EarBubble *self);

G_END_DECLS
