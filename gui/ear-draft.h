/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/ear-chat.h"

G_BEGIN_DECLS

GtkTextBuffer *ear_draft_get_buffer (EarChat *chat);

G_END_DECLS
