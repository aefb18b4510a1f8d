/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Text that people wrote: what may travel, and how it is shown where bytes act, in logs and
 * terminals. */

#include "wire/ear-text.h"

#include <gio/gio.h>
#include <netinet/in.h>
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
 * ear_text_dup_line:
 * @text: a string
 * @max_bytes: the most bytes that the line may have
 *
 * Makes a line of what somebody has typed or pasted, by the rules of ear_text_is_single_line().
 * What has no place in a line becomes a space between what has, and nothing at the ends. It ends
 * where @text is no UTF-8 any more, or where there is no room for the next character.
 *
 * Returns: (transfer full): the line, maybe empty
 */
char *
ear_text_dup_line (const char *text, gsize max_bytes)
{
  g_autoptr (GString) line = g_string_new (NULL);
  gboolean gap = FALSE;
  const char *end;

  g_return_val_if_fail (text != NULL, NULL);

  g_utf8_validate (text, -1, &end);
  for (const char *p = text, *next; p < end; p = next) {
    next = g_utf8_next_char (p);
    if (!is_plain (g_utf8_get_char (p))) {
      gap = line->len > 0;
      continue;
    }
    if (line->len + gap + (next - p) > max_bytes)
      break;
    if (gap)
      g_string_append_c (line, ' ');
    gap = FALSE;
    g_string_append_len (line, p, next - p);
  }
  return g_string_free (g_steal_pointer (&line), FALSE);
}

/**
 * ear_text_is_address:
 * @text: a string
 *
 * An IP address without a scope (fe80::1%eth0), which means something on one machine only. GLib
 * makes a #GInetAddress of each: g_hostname_is_ip_address() also takes what it then cannot read
 * (":").
 *
 * Returns: whether it is one
 */
gboolean
ear_text_is_address (const char *text)
{
  g_autoptr (GInetAddress) address = NULL;

  g_return_val_if_fail (text != NULL, FALSE);

  if (strlen (text) < INET6_ADDRSTRLEN && strchr (text, '%') == NULL)
    address = g_inet_address_new_from_string (text);
  return address != NULL;
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

/**
 * ear_text_is_stacking:
 * @c: a character
 *
 * Finds the marks that take no room of their own, but stand on, in or around a letter.
 *
 * Returns: whether it is one
 */
gboolean
ear_text_is_stacking (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_ENCLOSING_MARK;
}

/**
 * ear_text_has_long_word:
 * @text: valid UTF-8
 *
 * Looks for a word of more than %EAR_TEXT_LONG_WORD characters. Between ideographs a line can be
 * broken: they are words of one.
 *
 * Returns: whether there is one
 */
gboolean
ear_text_has_long_word (const char *text)
{
  guint length = 0;

  g_return_val_if_fail (text != NULL, FALSE);

  for (const char *p = text; *p != '\0' && length <= EAR_TEXT_LONG_WORD; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    length = g_unichar_isspace (c) || g_unichar_iswide (c) ? 0 : length + 1;
  }
  return length > EAR_TEXT_LONG_WORD;
}

/**
 * ear_text_is_invisible:
 * @c: a character
 *
 * Finds the characters that nobody sees: controls and formats, those that are private, and the
 * letters, marks and symbols that are blank (Default_Ignorable_Code_Point of the Unicode Character
 * Database, also where nothing is assigned yet, and the empty braille pattern). Space is not among
 * them.
 *
 * Returns: whether it is one
 */
gboolean
ear_text_is_invisible (gunichar c)
{
  static const struct
  {
    gunichar first;
    gunichar last;
  } blanks[] = {
    { 0x034f, 0x034f }, { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },   { 0x180b, 0x180f },
    { 0x2065, 0x2065 }, { 0x2800, 0x2800 }, { 0x3164, 0x3164 },   { 0xfe00, 0xfe0f },
    { 0xffa0, 0xffa0 }, { 0xfff0, 0xfff8 }, { 0xe0000, 0xe0fff },
  };

  switch (g_unichar_type (c)) {
  case G_UNICODE_CONTROL:
  case G_UNICODE_FORMAT:
  case G_UNICODE_PRIVATE_USE:
  case G_UNICODE_SURROGATE:
    return TRUE;
  default:
    break;
  }
  for (guint i = 0; i < G_N_ELEMENTS (blanks); i++)
    if (c >= blanks[i].first && c <= blanks[i].last)
      return TRUE;
  return FALSE;
}

/* Controls, and the blocks of the scripts that are written from right to left. */
static gboolean
is_turning (gunichar c)
{
  return ear_text_is_bidi_control (c) || (c >= 0x0590 && c <= 0x08ff) ||
         (c >= 0xfb1d && c <= 0xfdff) || (c >= 0xfe70 && c <= 0xfeff) ||
         (c >= 0x10800 && c <= 0x10fff) || (c >= 0x1e800 && c <= 0x1efff);
}

#define FSI 0x2068 /* isolates what follows, up to … */
#define PDI 0x2069 /* … this */

/**
 * ear_text_isolate:
 * @text: valid UTF-8, one line
 *
 * Makes a text that can stand in a sentence without turning the direction of the rest (Unicode
 * Standard Annex 9): it is isolated, and the isolates that it leaves open are closed; those close
 * embeddings and overrides, too. A text in which nothing turns is left as it is.
 *
 * Returns: (transfer full): the isolated text
 */
char *
ear_text_isolate (const char *text)
{
  g_autoptr (GString) isolated = g_string_new (NULL);
  gboolean turns = FALSE;
  guint n_open = 1;

  g_return_val_if_fail (text != NULL, NULL);

  g_string_append_unichar (isolated, FSI);
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    turns |= is_turning (c);
    if (c == PDI && n_open == 1)
      continue; /* it would close ours */
    n_open += c >= 0x2066 && c <= FSI ? 1 : 0;
    n_open -= c == PDI ? 1 : 0;
    g_string_append_unichar (isolated, c);
  }
  for (; n_open > 0; n_open--)
    g_string_append_unichar (isolated, PDI);
  return turns ? g_string_free (g_steal_pointer (&isolated), FALSE) : g_strdup (text);
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
