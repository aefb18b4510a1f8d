/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-server-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_POLICY (ear_policy_get_type ())
G_DECLARE_FINAL_TYPE (EarPolicy, ear_policy, EAR, POLICY, GObject)

/* Signal "changed" (): it is another one, durably. */
EarPolicy *ear_policy_new (const char *directory, GError **error);
void ear_policy_close (EarPolicy *self);

const char *ear_policy_get_broadcasters (EarPolicy *self);
gboolean ear_policy_lets_broadcast (EarPolicy *self, const EarAccount *account);
void ear_policy_set_broadcasters_async (EarPolicy *self,
                                        const char *who,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
gboolean ear_policy_finish (EarPolicy *self, GAsyncResult *result, GError **error);

G_END_DECLS
