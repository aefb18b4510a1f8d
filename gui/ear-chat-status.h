/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-chat.h"

G_BEGIN_DECLS

/* What the line above a chat says and offers. An action is a name of the group "chat", or NULL. */
typedef struct
{
  char *text; /* NULL: no line */
  gboolean busy;
  const char *label;
  const char *action;
  const char *second_label;
  const char *second_action;
} EarChatStatus;

void ear_chat_status_init (EarChatStatus *self, EarChat *chat, gboolean online);
void ear_chat_status_clear (EarChatStatus *self);
char *ear_chat_status_dup_subtitle (EarChat *chat);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EarChatStatus, ear_chat_status_clear)

G_END_DECLS
