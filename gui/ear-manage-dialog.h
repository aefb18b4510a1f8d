/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_MANAGE_DIALOG (ear_manage_dialog_get_type ())
G_DECLARE_FINAL_TYPE (EarManageDialog, ear_manage_dialog, EAR, MANAGE_DIALOG, AdwPreferencesWindow)

/* What an admin can decide about the server. */
EarManageDialog *ear_manage_dialog_new (GtkWindow *parent, EarClient *client);
void ear_manage_dialog_add_toast (EarManageDialog *self, AdwToast *toast);

G_END_DECLS
