/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-chat-message.h"
#include "support/ear-test-person.h"

G_BEGIN_DECLS

/* One side of a chat that goes on whatever happens to it: says the next number as soon as the one
 * before was received, and lets everybody in. */
typedef struct
{
  EarTestPerson *person;
  EarChat *chat;
  EarChatMessage *last;
  guint next;
} Talker;

void talker_begin (Talker *self, EarTestPerson *person, const char *other);
void talker_end (Talker *self);
void talker_talk (Talker *self);
gboolean talker_is_all_received (Talker *self);
void talker_assert_numbers (EarChat *chat, gboolean own, guint n);

G_END_DECLS
