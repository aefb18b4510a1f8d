/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef void (*EarTerminalFunc) (const char *line, gpointer user_data);

char *ear_terminal_ask_password (const char *prompt, GError **error);
char *ear_terminal_read_password_file (const char *path, GError **error);
guint ear_terminal_watch_lines (EarTerminalFunc func, gpointer user_data, GDestroyNotify destroy);

G_END_DECLS
