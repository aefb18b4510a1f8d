/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

AdwToast *ear_toast_new (const char *text);
AdwToast *ear_toast_new_with_button (const char *text,
                                     const char *label,
                                     const char *action,
                                     const char *target);
void ear_toast_show (AdwToast *toast, AdwToastOverlay *overlay);

G_END_DECLS
