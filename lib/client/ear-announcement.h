/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_ANNOUNCEMENT (ear_announcement_get_type ())
G_DECLARE_FINAL_TYPE (EarAnnouncement, ear_announcement, EAR, ANNOUNCEMENT, GObject)

/* A broadcast. Properties: "number" (uint64), "account", "name", "text", "time" (GDateTime),
 * "dismissed" (boolean), "own" (boolean), "reached" (uint: how many have it; only for one's own).
 */
EarAnnouncement *ear_announcement_new (guint64 number,
                                       const char *account,
                                       const char *name,
                                       const char *text,
                                       GDateTime *time);
guint64 ear_announcement_get_number (EarAnnouncement *self);
const char *ear_announcement_get_account (EarAnnouncement *self);
const char *ear_announcement_get_name (EarAnnouncement *self);
const char *ear_announcement_get_text (EarAnnouncement *self);
GDateTime *ear_announcement_get_time (EarAnnouncement *self);
gboolean ear_announcement_get_dismissed (EarAnnouncement *self);
gboolean ear_announcement_get_own (EarAnnouncement *self);
guint ear_announcement_get_reached (EarAnnouncement *self);
void ear_announcement_set_dismissed (EarAnnouncement *self, gboolean dismissed);
void ear_announcement_set_own (EarAnnouncement *self, gboolean own);
void ear_announcement_set_reached (EarAnnouncement *self, guint reached);

G_END_DECLS
