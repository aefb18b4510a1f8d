/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_CHAT_LOG (ear_chat_log_get_type ())
G_DECLARE_FINAL_TYPE (EarChatLog, ear_chat_log, EAR, CHAT_LOG, GObject)

/* A GListModel of EarChatMessage, oldest first, filled by pages from the history; the first page
 * loads by itself. Of a long chat the oldest are dropped, and loaded again. Property "at-start"
 * (boolean): nothing older is left to load. */
EarChatLog *ear_chat_log_new (EarHistory *history, const char *user);
void ear_chat_log_load_older (EarChatLog *self);
void ear_chat_log_append (EarChatLog *self, EarChatMessage *message);
/* The two sides choose their ids apart: our own message of this id, or else theirs. */
EarChatMessage *ear_chat_log_lookup (EarChatLog *self, const char *id);
/* Because the history has nothing any more. */
void ear_chat_log_clear (EarChatLog *self);
gboolean ear_chat_log_get_at_start (EarChatLog *self);

G_END_DECLS
