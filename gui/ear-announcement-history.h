/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define EAR_TYPE_ANNOUNCEMENT_HISTORY (ear_announcement_history_get_type ())
G_DECLARE_FINAL_TYPE (EarAnnouncementHistory,
                      ear_announcement_history,
                      EAR,
                      ANNOUNCEMENT_HISTORY,
                      GtkPopover)

/* The announcements of the last 30 minutes, newest first, in a popover. */
EarAnnouncementHistory *ear_announcement_history_new (void);
void ear_announcement_history_set_announcements (EarAnnouncementHistory *self,
                                                 GListModel *announcements);

G_END_DECLS
