/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"
#include "client/ear-history.h"

G_BEGIN_DECLS

#define EAR_TYPE_CHAT_MESSAGE (ear_chat_message_get_type ())
G_DECLARE_FINAL_TYPE (EarChatMessage, ear_chat_message, EAR, CHAT_MESSAGE, GObject)

#define EAR_TYPE_DELIVERY (ear_delivery_get_type ())
GType ear_delivery_get_type (void);

/* A line of a chat. Properties: "id", "text", "time" (GDateTime), "delivery" (EarDelivery,
 * notifies), "own" (boolean). */
EarChatMessage *ear_chat_message_new (const EarHistoryMessage *row);
const char *ear_chat_message_get_id (EarChatMessage *self);
gint64 ear_chat_message_get_row (EarChatMessage *self);
const char *ear_chat_message_get_text (EarChatMessage *self);
GDateTime *ear_chat_message_get_time (EarChatMessage *self);
EarDelivery ear_chat_message_get_delivery (EarChatMessage *self);
gboolean ear_chat_message_get_own (EarChatMessage *self);
gboolean ear_chat_message_is_note (EarChatMessage *self);
void ear_chat_message_set_delivery (EarChatMessage *self, EarDelivery delivery);
void ear_chat_message_set_row (EarChatMessage *self, gint64 row);
gboolean ear_chat_message_is_unkept (EarChatMessage *self);
void ear_chat_message_set_unkept (EarChatMessage *self);

G_END_DECLS
