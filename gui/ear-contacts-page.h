/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_CONTACTS_PAGE (ear_contacts_page_get_type ())
G_DECLARE_FINAL_TYPE (EarContactsPage, ear_contacts_page, EAR, CONTACTS_PAGE, AdwPreferencesPage)

/* Whom one knows, in the preferences. */
EarContactsPage *ear_contacts_page_new (EarContacts *contacts);

G_END_DECLS
