/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-server-types.h"

G_BEGIN_DECLS

/* A broadcast; its bulletin drops it when it is 30 minutes old. What is left of one that was
 * removed stays as long, without user, name and text, for those who have it already. */
struct _EarBroadcast
{
  /* These do not change when it is in a list: another thread may be writing it. */
  guint64 number;
  char *user;
  char *name;
  char *text;
  gint64 time_us;      /* the clock's time at which it was sent */
  gint64 real_time_us; /* the same in real time, which survives a restart */

  guint n_reached; /* users, the sender not counted */

  /* As it was last told, to whoever comes within EAR_LIMIT_BROADCAST_STALE_MS. */
  GBytes *line; /* (nullable) */
  gint64 line_us;
};

EarBroadcast *ear_broadcast_new (void);
EarBroadcast *ear_broadcast_ref (EarBroadcast *broadcast);
void ear_broadcast_unref (EarBroadcast *broadcast);
gsize ear_broadcast_get_size (const EarBroadcast *broadcast);
GBytes *ear_broadcast_encode (EarBroadcast *broadcast, gint64 now_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarBroadcast, ear_broadcast_unref)

G_END_DECLS
