/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the doorbell, the dialler, the peers and the chats of one switchboard share. */

#include "client/ear-peer-context.h"

#include "client/ear-contacts.h"
#include "client/ear-history.h"
#include "client/ear-rate-limit.h"
#include "client/ear-session.h"
#include "client/ear-user-list.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-identity.h"
#include "wire/ear-limits.h"
#include "wire/ear-poller.h"
#include "wire/ear-tls.h"

/**
 * ear_peer_context_new:
 *
 * Holds all that is given, and nobody's account.
 *
 * Returns: (transfer full): the context
 */
EarPeerContext *
ear_peer_context_new (EarPoller *poller,
                      EarDeadlines *deadlines,
                      EarTls *tls,
                      EarSession *session,
                      EarContacts *contacts,
                      EarHistory *history,
                      EarUserList *users)
{
  EarPeerContext *self = g_rc_box_new0 (EarPeerContext);

  self->poller = ear_poller_ref (poller);
  self->deadlines = ear_deadlines_ref (deadlines);
  self->tls = ear_tls_ref (tls);
  self->session = g_object_ref (session);
  self->contacts = g_object_ref (contacts);
  self->history = g_object_ref (history);
  self->users = g_object_ref (users);
  self->identifies =
    ear_rate_limit_new (ear_deadlines_get_clock (deadlines), EAR_LIMIT_IDENTIFIES_MS,
                        EAR_LIMIT_IDENTIFIES_PER_ADDRESS, EAR_LIMIT_IDENTIFIES_IN_ALL);
  return self;
}

EarPeerContext *
ear_peer_context_ref (EarPeerContext *self)
{
  return g_rc_box_acquire (self);
}

static void
clear_context (gpointer data)
{
  EarPeerContext *self = data;

  ear_peer_context_set_account (self, NULL, NULL);
  ear_rate_limit_free (self->identifies);
  g_object_unref (self->users);
  g_object_unref (self->history);
  g_object_unref (self->contacts);
  g_object_unref (self->session);
  ear_tls_unref (self->tls);
  ear_deadlines_unref (self->deadlines);
  ear_poller_unref (self->poller);
}

void
ear_peer_context_unref (EarPeerContext *self)
{
  g_rc_box_release_full (self, clear_context);
}

/**
 * ear_peer_context_set_account:
 * @self: a context
 * @me: (nullable): our account
 * @server: (nullable): the fingerprint of its server
 *
 * Says who we are.
 */
void
ear_peer_context_set_account (EarPeerContext *self, const char *me, const char *server)
{
  char *old_me = self->me;
  char *old_server = self->server;

  self->me = g_strdup (me);
  self->server = g_strdup (server);
  g_free (old_me);
  g_free (old_server);
}

/**
 * ear_peer_context_get_fingerprint:
 * @self: a context
 *
 * Returns: (transfer none): the fingerprint of our own key
 */
const char *
ear_peer_context_get_fingerprint (EarPeerContext *self)
{
  return ear_identity_get_fingerprint (ear_tls_get_identity (self->tls));
}

/**
 * ear_peer_context_is_on_loopback:
 * @self: a context
 *
 * Returns: whether the server is reached over loopback, or was before it went away
 */
gboolean
ear_peer_context_is_on_loopback (EarPeerContext *self)
{
  if (ear_session_is_online (self->session))
    self->on_loopback = ear_session_is_server_on_loopback (self->session);
  return self->on_loopback;
}
