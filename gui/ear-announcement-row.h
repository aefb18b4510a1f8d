/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_ANNOUNCEMENT_ROW (ear_announcement_row_get_type ())
G_DECLARE_FINAL_TYPE (EarAnnouncementRow, ear_announcement_row, EAR, ANNOUNCEMENT_ROW, AdwBin)

/* An announcement: who, when, what. Property "announcement". */
EarAnnouncementRow *ear_announcement_row_new (void);
void ear_announcement_row_set_announcement (EarAnnouncementRow *self,
                                            EarAnnouncement *announcement);

G_END_DECLS
