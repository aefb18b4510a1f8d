/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_USER_ROW (ear_user_row_get_type ())
G_DECLARE_FINAL_TYPE (EarUserRow, ear_user_row, EAR, USER_ROW, AdwBin)

/* A row of the sidebar. Properties: "item" (an EarUser, or a GtkStringObject: a heading),
 * "is-user" (boolean). */
EarUserRow *ear_user_row_new (void);
EarUser *ear_user_row_get_user (EarUserRow *self);
void ear_user_row_set_item (EarUserRow *self, GObject *item);

G_END_DECLS
