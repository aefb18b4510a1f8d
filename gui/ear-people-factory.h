/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Makes the rows of the sidebar: users, and the heading above those who are away. */
GtkListItemFactory *ear_people_factory_new (void);

G_END_DECLS
