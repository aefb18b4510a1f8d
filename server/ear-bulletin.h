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

#define EAR_TYPE_BULLETIN (ear_bulletin_get_type ())
G_DECLARE_FINAL_TYPE (EarBulletin, ear_bulletin, EAR, BULLETIN, GObject)

/* Signal "removed" (guint64 number): durably. */
EarBulletin *ear_bulletin_new (const char *directory, EarDeadlines *deadlines, GError **error);
void ear_bulletin_close (EarBulletin *self);

void ear_bulletin_add_async (EarBulletin *self,
                             const char *user,
                             const char *name,
                             const char *text,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
EarBroadcast *ear_bulletin_add_finish (EarBulletin *self, GAsyncResult *result, GError **error);

const EarBroadcast *ear_bulletin_lookup (EarBulletin *self, guint64 number);
void ear_bulletin_remove_async (EarBulletin *self,
                                guint64 number,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean ear_bulletin_remove_finish (EarBulletin *self, GAsyncResult *result, GError **error);

guint ear_bulletin_get_n_broadcasts (EarBulletin *self);
GPtrArray *ear_bulletin_get_newer (EarBulletin *self, guint64 number);
GPtrArray *ear_bulletin_get_removed (EarBulletin *self, guint64 number);
GBytes *ear_bulletin_encode (EarBulletin *self, EarBroadcast *broadcast);

G_END_DECLS
