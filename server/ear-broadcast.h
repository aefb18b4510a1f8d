/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-server-types.h"

G_BEGIN_DECLS

/* A broadcast; owned by its bulletin, gone when it is 30 minutes old. One that was removed stays as
 * long, without user, name and text, for those who have it already. */
struct _EarBroadcast
{
  guint64 number;
  char *user;
  char *name;
  char *text;
  gint64 time_us;      /* the clock's time at which it was sent */
  gint64 real_time_us; /* the same in real time, which survives a restart */
  guint n_reached;     /* users, the sender not counted */

  /* As it was last told, to whoever comes within EAR_LIMIT_BROADCAST_STALE_MS. */
  GBytes *line; /* (nullable) */
  gint64 line_us;
};

gsize ear_broadcast_get_size (const EarBroadcast *broadcast);
GBytes *ear_broadcast_encode (EarBroadcast *broadcast, gint64 now_us);
void ear_broadcast_free (EarBroadcast *broadcast);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarBroadcast, ear_broadcast_free)

G_END_DECLS
