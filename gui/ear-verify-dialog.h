/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/ear-chat.h"

G_BEGIN_DECLS

#define EAR_TYPE_VERIFY_DIALOG (ear_verify_dialog_get_type ())
G_DECLARE_FINAL_TYPE (EarVerifyDialog, ear_verify_dialog, EAR, VERIFY_DIALOG, AdwWindow)

/* The safety number of a chat, and what a person says about it. */
EarVerifyDialog *ear_verify_dialog_new (GtkWindow *parent, EarChat *chat);

G_END_DECLS
