/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define EAR_TYPE_AVATAR (ear_avatar_get_type ())
G_DECLARE_FINAL_TYPE (EarAvatar, ear_avatar, EAR, AVATAR, GtkWidget)

GtkWidget *ear_avatar_new (int size);
void ear_avatar_set_account (EarAvatar *self, const char *account);

G_END_DECLS
