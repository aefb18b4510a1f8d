/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What a person wrote, as it is to be sent, and why it may not be. */

#include "config.h"

#include "gui/ear-written-text.h"

#include <glib/gi18n.h>
#include <string.h>

#include "wire/ear-limits.h"
#include "wire/ear-text.h"

/**
 * ear_written_text_dup:
 * @buffer: where it was written
 *
 * Gets what stands in @buffer, without white space around it. Where other systems begin a new line
 * by what may not be sent, as in what was pasted, there is a newline: it looks the same.
 *
 * Returns: (transfer full): the text, maybe empty
 */
char *
ear_written_text_dup (GtkTextBuffer *buffer)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *written = NULL;
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  written = gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
  for (const char *p = written; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (g_str_has_prefix (p, "\r\n"))
      continue;
    g_string_append_unichar (text, c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029 ? '\n' : c);
  }
  return g_strstrip (g_string_free (g_steal_pointer (&text), FALSE));
}

/**
 * ear_written_text_explain:
 * @text: what is to be sent
 *
 * Says in a few words why @text may not be sent, but for its length: that is shown as a number.
 *
 * Returns: (transfer full) (nullable): such as "More than 100 lines"
 */
char *
ear_written_text_explain (const char *text)
{
  if (*text == '\0' || strlen (text) > EAR_LIMIT_TEXT ||
      ear_text_is_valid (text, EAR_LIMIT_TEXT, EAR_LIMIT_TEXT_LINES))
    return NULL;
  if (!ear_text_is_valid (text, EAR_LIMIT_TEXT, G_MAXUINT))
    return g_strdup (_ ("Some characters can’t be sent"));
  return g_strdup_printf (_ ("More than %d lines"), EAR_LIMIT_TEXT_LINES);
}
