/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define EAR_TYPE_KEY_ROW (ear_key_row_get_type ())
G_DECLARE_FINAL_TYPE (EarKeyRow, ear_key_row, EAR, KEY_ROW, AdwActionRow)

/* A key's fingerprint, to compare and to copy. */
GtkWidget *ear_key_row_new (const char *title, const char *fingerprint);
void ear_key_row_set_fingerprint (EarKeyRow *self, const char *fingerprint);

G_END_DECLS
