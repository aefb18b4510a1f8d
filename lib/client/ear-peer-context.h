/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"

G_BEGIN_DECLS

/* What every direct link and chat of one switchboard shares; counted references, so that a chat may
 * outlive its switchboard. */
struct _EarPeerContext
{
  EarPoller *poller;
  EarDeadlines *deadlines;
  EarTls *tls;
  EarSession *session;
  EarContacts *contacts;
  EarHistory *history;
  EarUserList *users;
  EarRateLimit *identifies; /* of the addresses whose keys we ask the server about */
  char *me;                 /* our account; NULL: logged out */
  char *server;             /* the fingerprint of its server */
  guint16 port;             /* our doorbell's; 0: none */
  gboolean hides_reading;   /* others are not told what our user has seen */
  gboolean on_loopback;     /* the server was, when it was last there */
};

EarPeerContext *ear_peer_context_new (EarPoller *poller,
                                      EarDeadlines *deadlines,
                                      EarTls *tls,
                                      EarSession *session,
                                      EarContacts *contacts,
                                      EarHistory *history,
                                      EarUserList *users);
EarPeerContext *ear_peer_context_ref (EarPeerContext *self);
void ear_peer_context_unref (EarPeerContext *self);
void ear_peer_context_set_account (EarPeerContext *self, const char *me, const char *server);
const char *ear_peer_context_get_fingerprint (EarPeerContext *self);
gboolean ear_peer_context_is_on_loopback (EarPeerContext *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarPeerContext, ear_peer_context_unref)

G_END_DECLS
