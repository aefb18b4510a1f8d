/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_USER_ROW (ear_user_row_get_type ())
G_DECLARE_FINAL_TYPE (EarUserRow, ear_user_row, EAR, USER_ROW, GtkWidget)

/* A user in the sidebar. */
EarUserRow *ear_user_row_new (void);
EarUser *ear_user_row_get_user (EarUserRow *self);
void ear_user_row_set_user (EarUserRow *self, EarUser *user);
void ear_user_row_show_menu (EarUserRow *self, double x, double y);

G_END_DECLS
