/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_ANNOUNCEMENT_BAR (ear_announcement_bar_get_type ())
G_DECLARE_FINAL_TYPE (EarAnnouncementBar, ear_announcement_bar, EAR, ANNOUNCEMENT_BAR, AdwBin)

/* Shows the announcements that were not dismissed, one at a time, newest first; takes no room when
 * there is none. Signal: "dismissed" (EarAnnouncement), after its property was set. */
EarAnnouncementBar *ear_announcement_bar_new (void);
void ear_announcement_bar_set_announcements (EarAnnouncementBar *self, GListModel *announcements);
void ear_announcement_bar_dismiss (EarAnnouncementBar *self);

G_END_DECLS
