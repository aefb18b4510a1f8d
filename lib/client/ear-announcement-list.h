/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_ANNOUNCEMENT_LIST (ear_announcement_list_get_type ())
G_DECLARE_FINAL_TYPE (EarAnnouncementList, ear_announcement_list, EAR, ANNOUNCEMENT_LIST, GObject)

/* A GListModel of EarAnnouncement, oldest first: those of the last 30 minutes. */
EarAnnouncementList *ear_announcement_list_new (EarDeadlines *deadlines);
gboolean ear_announcement_list_add (EarAnnouncementList *self, EarAnnouncement *announcement);
EarAnnouncement *ear_announcement_list_lookup (EarAnnouncementList *self, guint64 number);
void ear_announcement_list_remove (EarAnnouncementList *self, guint64 number);
void ear_announcement_list_clear (EarAnnouncementList *self);

G_END_DECLS
