/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_NOTICES (ear_notices_get_type ())
G_DECLARE_FINAL_TYPE (EarNotices, ear_notices, EAR, NOTICES, GtkBox)

EarNotices *ear_notices_new (void);
void ear_notices_set_client (EarNotices *self, EarClient *client);

G_END_DECLS
