/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

void ear_output_note (const char *format, ...) G_GNUC_PRINTF (1, 2);
char *ear_output_dup_safe (const char *text);

G_END_DECLS
