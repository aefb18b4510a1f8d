/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-types.h"

G_BEGIN_DECLS

#include "wire/ear-error.h"
#include "wire/ear-message.h"

#define EAR_TYPE_LINK (ear_link_get_type ())
G_DECLARE_FINAL_TYPE (EarLink, ear_link, EAR, LINK, GObject)

/* What a link tells its owner. Every link ends with exactly one `closed`, never from within a call
 * of the owner's into the link; nothing comes after it. */
typedef struct
{
  void (*opened) (EarLink *link, gpointer user_data);
  void (*received) (EarLink *link, EarMessage *message, gpointer user_data);
  void (*closed) (EarLink *link, const GError *reason, gpointer user_data);
  void (*has_room) (EarLink *link, gpointer user_data); /* as ear_link_await_room() asked */
} EarLinkEvents;

EarLink *ear_link_new_accepted (EarPoller *poller,
                                EarDeadlines *deadlines,
                                EarTls *tls,
                                GSocketConnection *connection,
                                const EarLinkEvents *events,
                                gpointer user_data);
EarLink *ear_link_new_dialled (EarPoller *poller,
                               EarDeadlines *deadlines,
                               EarTls *tls,
                               GSocketConnection *connection,
                               const EarLinkEvents *events,
                               gpointer user_data);
void ear_link_set_owner (EarLink *self, const EarLinkEvents *events, gpointer user_data);

void ear_link_set_state (EarLink *self, EarMessageAt at, gsize max_line);
EarMessageAt ear_link_get_state (EarLink *self);

void ear_link_send (EarLink *self, EarMessage *message);
void ear_link_send_line (EarLink *self, GBytes *line);
void ear_link_close (EarLink *self, EarError code);
void ear_link_abort (EarLink *self);

gboolean ear_link_is_open (EarLink *self);
gboolean ear_link_is_dialled (EarLink *self);
const char *ear_link_get_fingerprint (EarLink *self);
const guint8 *ear_link_get_peer_key (EarLink *self);
GInetSocketAddress *ear_link_get_remote_address (EarLink *self);
GInetSocketAddress *ear_link_get_local_address (EarLink *self);
gboolean ear_link_export_binding (EarLink *self, guint8 binding[32], GError **error);
gboolean ear_link_has_room (EarLink *self);
void ear_link_await_room (EarLink *self);
gsize ear_link_get_n_queued (EarLink *self);
void ear_link_set_paused (EarLink *self, gboolean paused);

G_END_DECLS
