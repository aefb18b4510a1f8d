/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "cli/ear-cli.h"
#include "client/ear-user.h"

G_BEGIN_DECLS

/* At the end of a listing; @error is NULL when it is complete. */
typedef void (*EarListingFunc) (const GError *error, gpointer user_data);

void ear_listing_print_user (EarCli *cli, const char *event, EarUser *user, const char *address);
void ear_listing_print_active (EarCli *cli,
                               gboolean with_addresses,
                               EarListingFunc done,
                               gpointer user_data);

G_END_DECLS
