/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-account.h"
#include "server/ear-key-kinds.h"

G_BEGIN_DECLS

typedef struct _EarAccounts EarAccounts;

EarAccounts *ear_accounts_new (void);
void ear_accounts_free (EarAccounts *self);

gboolean ear_accounts_insert (EarAccounts *self, const EarAccount *account);
gboolean ear_accounts_remove (EarAccounts *self, const char *user);
const EarAccount *ear_accounts_lookup (EarAccounts *self, const char *user);
guint ear_accounts_get_size (EarAccounts *self);
GPtrArray *ear_accounts_list (EarAccounts *self, EarAccountFlags flags);
EarKeyKinds *ear_accounts_get_key_kinds (EarAccounts *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarAccounts, ear_accounts_free)

G_END_DECLS
