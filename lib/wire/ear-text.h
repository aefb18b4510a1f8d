/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-types.h"

G_BEGIN_DECLS

/* Marks that may stand on a letter; more cover what is around it, and no language needs them. */
#define EAR_TEXT_MAX_STACKED 4

/* Characters in a row among which a line cannot be broken: beyond, looking for where to break it
 * all the same takes a time that grows with their square. */
#define EAR_TEXT_LONG_WORD 512

gboolean ear_text_is_valid (const char *text, gsize max_bytes, guint max_lines);
gboolean ear_text_is_single_line (const char *text, gsize max_bytes);
char *ear_text_dup_line (const char *text, gsize max_bytes);
gboolean ear_text_is_address (const char *text);
gboolean ear_text_is_bidi_control (gunichar c);
gboolean ear_text_is_stacking (gunichar c);
gboolean ear_text_has_long_word (const char *text);
gboolean ear_text_is_invisible (gunichar c);
char *ear_text_isolate (const char *text);
char *ear_text_escape (const char *text, gsize max_bytes);

G_END_DECLS
