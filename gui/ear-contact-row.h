/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_CONTACT_ROW (ear_contact_row_get_type ())
G_DECLARE_FINAL_TYPE (EarContactRow, ear_contact_row, EAR, CONTACT_ROW, AdwExpanderRow)

/* Somebody whom one knows, in the preferences. */
GtkWidget *ear_contact_row_new (EarContacts *contacts, const char *account);
void ear_contact_row_update (EarContactRow *self);

G_END_DECLS
