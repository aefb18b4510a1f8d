/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_CHAT (ear_chat_get_type ())
G_DECLARE_FINAL_TYPE (EarChat, ear_chat, EAR, CHAT, GObject)

#define EAR_TYPE_CHAT_STATE (ear_chat_state_get_type ())
GType ear_chat_state_get_type (void);

typedef enum {
  EAR_CHAT_IDLE,    /* not connected; "last-error" may say why the last try ended */
  EAR_CHAT_CALLING, /* finding and dialling the other */
  EAR_CHAT_RINGING, /* our request is with the other user */
  EAR_CHAT_ASKED,   /* the other's request is with our user */
  EAR_CHAT_OPEN,    /* messages flow */
  EAR_CHAT_BROKEN,  /* was open, the link broke, it is being dialled again */
} EarChatState;

/* The conversation with one user, across links. Properties: "user" (EarUser), "state", "greeting"
 * (of the request that asks us, nullable), "typing" (boolean: the other types), "peer-address"
 * (string, nullable), "key-changed" (boolean: sending is blocked), "last-error" (boxed GError,
 * nullable), "log" (EarChatLog).
 *
 * Signals: "asked" (). "ask-withdrawn" (): the request that asked us was cancelled or is too old.
 * "message-received" (EarChatMessage).
 *
 * request: dial and ask, or accept the other's request; goes on to OPEN by itself, or back to IDLE
 * with "last-error" set: DECLINED, BUSY, NO_ANSWER, UNREACHABLE, UNKNOWN_USER, OFFLINE,
 * KEY_CHANGED. An open chat that the other side ends goes there with ENDED. */
void ear_chat_request (EarChat *self, const char *greeting);
void ear_chat_cancel (EarChat *self);
void ear_chat_accept (EarChat *self);
void ear_chat_decline (EarChat *self);
void ear_chat_end (EarChat *self);
void ear_chat_accept_key (EarChat *self);
const char *ear_chat_get_shown_key (EarChat *self);
gboolean ear_chat_misses_key (EarChat *self);
void ear_chat_look_up_key_async (EarChat *self,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean ear_chat_look_up_key_finish (EarChat *self, GAsyncResult *result, GError **error);
/* Says that the users have compared ear_chat_dup_safety_number(), or takes it back. */
void ear_chat_set_verified (EarChat *self, gboolean verified);
gboolean ear_chat_needs_verifying (EarChat *self);
char *ear_chat_dup_safety_number (EarChat *self);
/* For the account; "blocked" of the user tells. */
void ear_chat_set_blocked (EarChat *self, gboolean blocked);
void ear_chat_set_always_accepted (EarChat *self, gboolean accepted);

/* Stored, shown as waiting, sent as soon as the chat is open; sends no request by itself. */
EarChatMessage *ear_chat_send (EarChat *self, const char *text);
void ear_chat_set_typing (EarChat *self, gboolean typing);
void ear_chat_mark_read (EarChat *self);

EarUser *ear_chat_get_user (EarChat *self);
EarChatState ear_chat_get_state (EarChat *self);
const char *ear_chat_get_greeting (EarChat *self);
gboolean ear_chat_get_typing (EarChat *self);
const char *ear_chat_get_peer_address (EarChat *self);
gboolean ear_chat_get_key_changed (EarChat *self);
const GError *ear_chat_get_last_error (EarChat *self);
EarChatLog *ear_chat_get_log (EarChat *self);

G_END_DECLS
