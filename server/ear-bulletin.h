/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-server-types.h"

G_BEGIN_DECLS

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

G_END_DECLS
