/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_DIALLER (ear_dialler_get_type ())
G_DECLARE_FINAL_TYPE (EarDialler, ear_dialler, EAR, DIALLER, GObject)

/* How it ended: a peer that is met, or why there is none. Never from within start. */
typedef void (*EarDiallerFunc) (EarPeer *peer, const GError *error, gpointer user_data);

/* The way out to one user: once, to one location. When it is dropped, so is what it was trying. */
EarDialler *ear_dialler_new (EarPeerContext *context,
                             const EarLocation *location,
                             EarDiallerFunc done,
                             gpointer user_data);
/* dial_back: ask the server to have the other dial us, when there is no answer soon. */
void ear_dialler_start (EarDialler *self, gboolean dial_back);
gboolean ear_dialler_expects_call (EarDialler *self);

G_END_DECLS
