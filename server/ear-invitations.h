/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-registry.h"

G_BEGIN_DECLS

#define EAR_INVITATION_DAYS 7      /* how long one is good, unless the operator says otherwise */
#define EAR_INVITATION_DAYS_MAX 90 /* a link that lies around longer is nobody's any more */

#define EAR_TYPE_INVITATIONS (ear_invitations_get_type ())
G_DECLARE_FINAL_TYPE (EarInvitations, ear_invitations, EAR, INVITATIONS, GObject)

EarInvitations *ear_invitations_new (const char *directory, EarRegistry *registry, GError **error);
void ear_invitations_close (EarInvitations *self);

void ear_invitations_create_async (EarInvitations *self,
                                   guint days,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
char *ear_invitations_create_finish (EarInvitations *self, GAsyncResult *result, GError **error);

gboolean ear_invitations_is_open (EarInvitations *self, const char *code);
void ear_invitations_claim_async (EarInvitations *self,
                                  const char *code,
                                  const char *user,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
void ear_invitations_revoke_async (EarInvitations *self,
                                   const char *id,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean ear_invitations_finish (EarInvitations *self, GAsyncResult *result, GError **error);
void ear_invitations_settle (EarInvitations *self, const char *code, gboolean used);
char *ear_invitations_dup_list (EarInvitations *self);

G_END_DECLS
