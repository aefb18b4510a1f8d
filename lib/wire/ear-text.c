/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Text that people wrote: what may travel, and how it is shown where bytes act, in logs and
 * terminals. */

#include "wire/ear-text.h"

#include <string.h>

/* Controls, line and paragraph separators (U+2028, U+2029) and noncharacters have no place in a
 * line of text. */
static gboolean
is_plain (gunichar c)
{
  if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029)
    return FALSE;
  return (c & 0xfffe) != 0xfffe && !(c >= 0xfdd0 && c <= 0xfdef);
}

static gboolean
check (const char *text, gsize max_bytes, guint max_lines)
{
  gsize size = strlen (text);
  guint n_lines = 1;

  if (size > max_bytes || !g_utf8_validate (text, (gssize) size, NULL))
    return FALSE;
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (c == '\n' && max_lines > 1)
      n_lines++;
    else if (!is_plain (c) && !(c == '\t' && max_lines > 1))
      return FALSE;
  }
  return n_lines <= max_lines;
}

/**
 * ear_text_is_valid:
 * @text: a text
 * @max_bytes: the most bytes that it may have
 * @max_lines: the most lines that it may have
 *
 * Checks a text of one or more lines: UTF-8, not empty, no control characters but newline and tab.
 *
 * Returns: whether it may be sent
 */
gboolean
ear_text_is_valid (const char *text, gsize max_bytes, guint max_lines)
{
  g_return_val_if_fail (text != NULL, FALSE);

  return text[0] != '\0' && check (text, max_bytes, max_lines);
}

/**
 * ear_text_is_single_line:
 * @text: a text
 * @max_bytes: the most bytes that it may have
 *
 * Checks a text of one line, which may be empty.
 *
 * Returns: whether it may be sent
 */
gboolean
ear_text_is_single_line (const char *text, gsize max_bytes)
{
  g_return_val_if_fail (text != NULL, FALSE);

  return check (text, max_bytes, 1);
}

/**
 * ear_text_is_bidi_control:
 * @c: a character
 *
 * Finds the characters that turn the direction of the text after them (Unicode Standard Annex 9,
 * section 2).
 *
 * Returns: whether it is one
 */
gboolean
ear_text_is_bidi_control (gunichar c)
{
  return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

/* Characters that a terminal draws and that change nothing around them. */
static gboolean
is_printable (gunichar c)
{
  return is_plain (c) && c != '\\' && g_unichar_isprint (c) && !ear_text_is_bidi_control (c);
}

/**
 * ear_text_escape:
 * @text: any bytes
 * @max_bytes: where to cut, in bytes of the result
 *
 * Makes bytes safe for a log line or a terminal: what is printable stays, a backslash is doubled,
 * everything else becomes \xNN (no UTF-8) or \u{N}. What was cut ends in an ellipsis.
 *
 * Returns: (transfer full): the escaped text
 */
char *
ear_text_escape (const char *text, gsize max_bytes)
{
  GString *escaped = g_string_new (NULL);
  const char *p = text;

  g_return_val_if_fail (text != NULL, NULL);

  while (*p != '\0') {
    gunichar c = g_utf8_get_char_validated (p, -1);
    gsize before = escaped->len;

    if (c == (gunichar) -1 || c == (gunichar) -2) {
      g_string_append_printf (escaped, "\\x%02x", (guint8) *p);
      p++;
    } else {
      if (is_printable (c))
        g_string_append_unichar (escaped, c);
      else if (c == '\\')
        g_string_append (escaped, "\\\\");
      else
        g_string_append_printf (escaped, "\\u{%x}", c);
      p = g_utf8_next_char (p);
    }
    if (escaped->len > max_bytes) {
      g_string_truncate (escaped, before);
      g_string_append (escaped, "…");
      break;
    }
  }
  return g_string_free (escaped, FALSE);
}
