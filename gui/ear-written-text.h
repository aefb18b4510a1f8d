/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

char *ear_written_text_dup (GtkTextBuffer *buffer);
char *ear_written_text_explain (const char *text);

G_END_DECLS
