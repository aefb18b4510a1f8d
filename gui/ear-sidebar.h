/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_SIDEBAR (ear_sidebar_get_type ())
G_DECLARE_FINAL_TYPE (EarSidebar, ear_sidebar, EAR, SIDEBAR, AdwBin)

/* Who is here. Signals: "user-chosen" (EarUser), "search-changed" (const char *text: what the
 * server is to look for, "" for everybody). */
EarSidebar *ear_sidebar_new (void);

void ear_sidebar_set_users (EarSidebar *self, EarUserList *users);
void ear_sidebar_set_myself (EarSidebar *self, const char *account, const char *name);
void ear_sidebar_set_status (EarSidebar *self, const char *status, gboolean do_not_disturb);
void ear_sidebar_set_online (EarSidebar *self, gboolean online);
void ear_sidebar_set_may_broadcast (EarSidebar *self, gboolean may);
void ear_sidebar_set_server_link (EarSidebar *self, const char *link);
void ear_sidebar_set_announcements (EarSidebar *self, GListModel *announcements);
void ear_sidebar_set_narrow (EarSidebar *self, gboolean narrow);
void ear_sidebar_join_header (EarSidebar *self, GtkSizeGroup *group);
void ear_sidebar_add_notice (EarSidebar *self, GtkWidget *notice);
EarUser *ear_sidebar_get_selected (EarSidebar *self);
void ear_sidebar_select (EarSidebar *self, EarUser *user);
EarUser *ear_sidebar_get_neighbour (EarSidebar *self, int direction);
void ear_sidebar_focus_search (EarSidebar *self);
void ear_sidebar_focus_list (EarSidebar *self);
gboolean ear_sidebar_clear_search (EarSidebar *self);

G_END_DECLS
