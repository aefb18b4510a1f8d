/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_DOORBELL (ear_doorbell_get_type ())
G_DECLARE_FINAL_TYPE (EarDoorbell, ear_doorbell, EAR, DOORBELL, GObject)

/* Who has rung and is authenticated: the peer is met, and its owner is whoever takes it. */
typedef void (*EarDoorbellFunc) (EarPeer *peer, gpointer user_data);

EarDoorbell *ear_doorbell_new (EarPeerContext *context, EarDoorbellFunc rung, gpointer user_data);
gboolean ear_doorbell_open (EarDoorbell *self, guint16 port, GError **error);
void ear_doorbell_close (EarDoorbell *self);
void ear_doorbell_turn_away (EarDoorbell *self);
guint16 ear_doorbell_get_port (EarDoorbell *self);
guint ear_doorbell_get_n_strangers (EarDoorbell *self);

G_END_DECLS
