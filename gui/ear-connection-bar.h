/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_CONNECTION_BAR (ear_connection_bar_get_type ())
G_DECLARE_FINAL_TYPE (EarConnectionBar, ear_connection_bar, EAR, CONNECTION_BAR, AdwBin)

/* Says that the server is gone and when it is tried again, or that the disk takes nothing; takes no
 * room while all is well. Its button activates "notices.retry". */
EarConnectionBar *ear_connection_bar_new (void);
void ear_connection_bar_show_state (EarConnectionBar *self, gboolean lost, guint retry_seconds);
void ear_connection_bar_show_disk_failing (EarConnectionBar *self, gboolean lost);

G_END_DECLS
