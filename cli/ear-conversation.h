/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "cli/ear-cli.h"
#include "client/ear-chat-message.h"
#include "client/ear-chat.h"

G_BEGIN_DECLS

typedef void (*EarConversationFunc) (EarCli *cli, EarChat *chat);

/* Prints what happens in every chat of this run. */
void ear_conversation_follow_all (EarCli *cli, EarConversationFunc asked);
void ear_conversation_follow (EarCli *cli, EarChat *chat);
void ear_conversation_accept (EarCli *cli, EarChat *chat);
void ear_conversation_say (EarCli *cli, EarChat *chat, const char *text);
EarExit ear_conversation_give_up (EarChat *chat, EarChatMessage *message);
void ear_conversation_end_input (EarCli *cli, void (*settled) (EarCli *cli));

G_END_DECLS
