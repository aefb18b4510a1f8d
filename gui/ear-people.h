/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_PEOPLE (ear_people_get_type ())
G_DECLARE_FINAL_TYPE (EarPeople, ear_people, EAR, PEOPLE, GObject)

/* What the sidebar lists, a GListModel: the active users, then a heading (GtkStringObject), then
 * the contacts who are away, or not in the part that is known; each only if they match the search.
 */
EarPeople *ear_people_new (EarUserList *users);
void ear_people_set_search (EarPeople *self, const char *text);
guint ear_people_find (GListModel *rows, EarUser *user);

G_END_DECLS
