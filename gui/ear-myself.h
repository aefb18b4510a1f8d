/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define EAR_TYPE_MYSELF (ear_myself_get_type ())
G_DECLARE_FINAL_TYPE (EarMyself, ear_myself, EAR, MYSELF, AdwBin)

/* Oneself, as the others see one. */
EarMyself *ear_myself_new (void);
void ear_myself_set_names (EarMyself *self, const char *account, const char *name);
void ear_myself_set_status (EarMyself *self, const char *status, gboolean do_not_disturb);
void ear_myself_set_online (EarMyself *self, gboolean online);

G_END_DECLS
