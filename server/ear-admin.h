/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-invitations.h"
#include "server/ear-registry.h"
#include "wire/ear-error.h"

G_BEGIN_DECLS

/* Told when a user must be logged out: the account is gone, or has another password. */
typedef void (*EarAdminFunc) (const char *user, EarError code, gpointer user_data);

#define EAR_TYPE_ADMIN (ear_admin_get_type ())
G_DECLARE_FINAL_TYPE (EarAdmin, ear_admin, EAR, ADMIN, GObject)

EarAdmin *ear_admin_new (EarRegistry *registry,
                         EarBulletin *bulletin,
                         EarPolicy *policy,
                         EarAudit *audit,
                         EarAdminFunc log_out,
                         gpointer user_data);
void
ear_admin_set_invitations (EarAdmin *self, EarInvitations *invitations, const EarServerLink *link);
gboolean ear_admin_listen (EarAdmin *self, const char *path, GError **error);
void ear_admin_execute_async (EarAdmin *self,
                              const char *line,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
char *ear_admin_execute_finish (EarAdmin *self, GAsyncResult *result, GError **error);

G_END_DECLS
