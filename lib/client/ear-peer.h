/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"
#include "wire/ear-error.h"
#include "wire/ear-message.h"

G_BEGIN_DECLS

#define EAR_TYPE_PEER (ear_peer_get_type ())
G_DECLARE_FINAL_TYPE (EarPeer, ear_peer, EAR, PEER, GObject)

/* What a peer tells its owner. `met`: both know who the other is. Every peer ends with exactly one
 * `closed`, never from within a call of the owner's; nothing comes after it. */
typedef struct
{
  void (*met) (EarPeer *peer, gpointer user_data);
  void (*received) (EarPeer *peer, EarMessage *message, gpointer user_data);
  void (*closed) (EarPeer *peer, const GError *reason, gpointer user_data);
} EarPeerEvents;

/* A direct link to another user, authenticated by the key of its device. */
EarPeer *ear_peer_new_accepted (EarPeerContext *context,
                                GSocketConnection *connection,
                                const EarPeerEvents *events,
                                gpointer user_data);
EarPeer *ear_peer_new_dialled (EarPeerContext *context,
                               GSocketConnection *connection,
                               const EarLocation *location,
                               const EarPeerEvents *events,
                               gpointer user_data);
void ear_peer_set_owner (EarPeer *self, const EarPeerEvents *events, gpointer user_data);

/* What may come from now on: EAR_MESSAGE_AT_MET, _ASKED, _OPEN. */
void ear_peer_set_state (EarPeer *self, EarMessageAt at);
EarMessageAt ear_peer_get_state (EarPeer *self);
void ear_peer_send (EarPeer *self, EarMessage *message);
void ear_peer_set_paused (EarPeer *self, gboolean paused);
void ear_peer_close (EarPeer *self, EarError code);
void ear_peer_abort (EarPeer *self);
gboolean ear_peer_is_here (EarPeer *self);

/* After `met`. */
const char *ear_peer_get_user (EarPeer *self);
const char *ear_peer_get_name (EarPeer *self); /* nullable: only the server knows it */
const char *ear_peer_get_fingerprint (EarPeer *self);
gboolean ear_peer_is_dialled (EarPeer *self);
gboolean ear_peer_is_dialled_by_lower (EarPeer *self);
char *ear_peer_dup_address (EarPeer *self);

G_END_DECLS
