/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/ear-chat.h"
#include "client/ear-contacts.h"

G_BEGIN_DECLS

#define EAR_TYPE_REQUEST_DIALOG (ear_request_dialog_get_type ())
G_DECLARE_FINAL_TYPE (EarRequestDialog, ear_request_dialog, EAR, REQUEST_DIALOG, AdwMessageDialog)

GtkWidget *ear_request_dialog_new (GtkWindow *parent, EarChat *chat, EarContacts *contacts);

G_END_DECLS
