/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "server/ear-account.h"
#include "server/ear-key-kinds.h"

G_BEGIN_DECLS

#define EAR_TYPE_REGISTRY (ear_registry_get_type ())
G_DECLARE_FINAL_TYPE (EarRegistry, ear_registry, EAR, REGISTRY, GObject)

/* Signal "changed" (user): an account was changed or removed, durably. */
EarRegistry *ear_registry_new (const char *directory,
                               guint32 iterations,
                               EarDeadlines *deadlines,
                               GError **error);
guint32 ear_registry_get_iterations (EarRegistry *self);
EarKeyKinds *ear_registry_get_key_kinds (EarRegistry *self);
void ear_registry_close (EarRegistry *self);

const EarAccount *ear_registry_lookup (EarRegistry *self, const char *user);
gboolean ear_registry_foresee (EarRegistry *self, const char *user, EarAccount *account);
guint ear_registry_get_n_accounts (EarRegistry *self);
GPtrArray *ear_registry_list (EarRegistry *self, EarAccountFlags flags);

void ear_registry_add_async (EarRegistry *self,
                             const EarAccount *account,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
void ear_registry_update_async (EarRegistry *self,
                                const char *user,
                                const EarAccountChange *what,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
void ear_registry_remove_async (EarRegistry *self,
                                const char *user,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean ear_registry_finish (EarRegistry *self, GAsyncResult *result, GError **error);

G_END_DECLS
