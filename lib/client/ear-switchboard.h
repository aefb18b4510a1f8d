/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_SWITCHBOARD (ear_switchboard_get_type ())
G_DECLARE_FINAL_TYPE (EarSwitchboard, ear_switchboard, EAR, SWITCHBOARD, GObject)

/* All direct links of one account: owns the doorbell and the chats, hands each peer that rings to
 * the chat with that user, and dials whoever the server says asks for it ("dial-asked" of the
 * session, which it listens to by itself).
 *
 * Signals: "asked" (EarChat): somebody asks for a chat. "message-received" (EarChat,
 * EarChatMessage). */
EarSwitchboard *ear_switchboard_new (EarPoller *poller,
                                     EarDeadlines *deadlines,
                                     EarTls *tls,
                                     EarSession *session,
                                     EarContacts *contacts,
                                     EarHistory *history,
                                     EarUserList *users);

/* Opens the doorbell; port 0 takes any free one. */
/* Whether the others are told what our user has seen; they are, to begin with. */
void ear_switchboard_set_tells_reading (EarSwitchboard *self, gboolean tells);
gboolean ear_switchboard_open (EarSwitchboard *self, guint16 port, GError **error);
guint16 ear_switchboard_get_port (EarSwitchboard *self); /* 0: not open */

/* Ends all chats, tells the other sides, and shuts the doorbell. */
void ear_switchboard_close (EarSwitchboard *self);

/* Who we are: an account and the fingerprint of its server, once it is logged in and the history
 * and the contacts are set to it; both NULL when it is logged out. Another account than before ends
 * all chats. While nobody is logged in, nobody may ring and no chat can be had. */
void ear_switchboard_set_account (EarSwitchboard *self, const char *me, const char *server);

/* Of EarChat, in the order in which they were first had. */
GListModel *ear_switchboard_get_chats (EarSwitchboard *self);
/* Made when there is none; (transfer none). NULL while nobody is logged in, or for oneself. */
EarChat *ear_switchboard_get_chat (EarSwitchboard *self, const char *user);

G_END_DECLS
