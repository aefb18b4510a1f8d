/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-accounts.h"
#include "server/ear-store-file.h"

G_BEGIN_DECLS

#define EAR_REGISTRY_CSV_HEADER "user,name,salt,iterations,stored_key,server_key,created,flags\n"

gboolean ear_registry_csv_read_row (const char *row, gsize size, EarAccount *account);
void ear_registry_csv_append_row (GString *file, const EarAccount *account);
void ear_registry_csv_append_removal (GString *file, const char *user);
gboolean ear_registry_csv_load (EarStoreFile *file, EarAccounts *accounts, guint *n_dead);
GString *ear_registry_csv_make (EarAccounts *accounts);
gboolean ear_registry_csv_keeps (const char *line, gsize size, gpointer seen);

G_END_DECLS
