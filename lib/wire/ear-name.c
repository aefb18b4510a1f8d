/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Account names and display names. An account name is plain ASCII, so that no two look alike and
 * none is a path or a formula; a display name is free, but shows itself whole. */

#include "wire/ear-name.h"

#include <string.h>

#include "wire/ear-limits.h"
#include "wire/ear-text.h"

/**
 * ear_name_is_valid:
 * @name: a name
 *
 * Checks an account name: [a-z][a-z0-9._-]{0,31}.
 *
 * Returns: whether it is one
 */
gboolean
ear_name_is_valid (const char *name)
{
  gsize size;

  g_return_val_if_fail (name != NULL, FALSE);

  size = strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789._-");
  return g_ascii_islower (name[0]) && size <= EAR_LIMIT_NAME && name[size] == '\0';
}

/* What makes two names look the same, or a name look like nothing. */
static gboolean
is_hidden (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return ear_text_is_invisible (c) || type == G_UNICODE_LINE_SEPARATOR ||
         type == G_UNICODE_PARAGRAPH_SEPARATOR ||
         (g_unichar_iszerowidth (c) && !g_unichar_ismark (c));
}

/* U+FE0E and U+FE0F: whether the character before is drawn as text or in colours. */
static gboolean
is_selector (gunichar c)
{
  return c == 0xfe0e || c == 0xfe0f;
}

/* Keyboards put a selector after these: the blocks that pictures are in. Letters, digits, their
 * enclosed forms and brackets are not among them, nor are the letters of flags. What is not
 * assigned there may be a picture of a newer Unicode. */
static gboolean
is_selectable (gunichar c)
{
  static const struct
  {
    gunichar first;
    gunichar last;
  } blocks[] = {
    { 0x00a9, 0x00a9 }, { 0x00ae, 0x00ae }, { 0x203c, 0x203c },   { 0x2049, 0x2049 },
    { 0x2122, 0x2122 }, { 0x2194, 0x21aa }, { 0x2300, 0x23ff },   { 0x25a0, 0x27bf },
    { 0x2934, 0x2935 }, { 0x2b00, 0x2bff }, { 0x3030, 0x3030 },   { 0x303d, 0x303d },
    { 0x3297, 0x3297 }, { 0x3299, 0x3299 }, { 0x1f000, 0x1f0ff }, { 0x1f200, 0x1faff },
  };
  GUnicodeType type = g_unichar_type (c);

  if (type != G_UNICODE_OTHER_SYMBOL && type != G_UNICODE_MATH_SYMBOL &&
      type != G_UNICODE_OTHER_PUNCTUATION && type != G_UNICODE_DASH_PUNCTUATION &&
      type != G_UNICODE_UNASSIGNED)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    if (c >= blocks[i].first && c <= blocks[i].last)
      return TRUE;
  return FALSE;
}

/* Spreadsheets take what begins so for a formula (some also in full width), and operators open
 * users.csv with them. */
static gboolean
is_formula (gunichar first)
{
  static const gunichar signs[] = { '=', '+', '-', '@', 0xff1d, 0xff0b, 0xff0d, 0xff20 };

  for (guint i = 0; i < G_N_ELEMENTS (signs); i++)
    if (first == signs[i])
      return TRUE;
  return FALSE;
}

/**
 * ear_name_may_be_display:
 * @name: a name that somebody else has checked
 *
 * Checks a display name: 1 to 64 bytes of one line, no space at its ends, no character that hides,
 * no mark without a letter, at most %EAR_TEXT_MAX_STACKED on one, and no formula. A variation
 * selector may follow a symbol, once. The joiners of pictures stay out: where the font has no
 * picture for a sequence, they are not seen.
 *
 * What our Unicode does not know may be a letter in the newer one of a server.
 *
 * Returns: whether it may be one
 */
gboolean
ear_name_may_be_display (const char *name)
{
  gunichar first, before, c = 0;
  guint n_stacked = 0;

  g_return_val_if_fail (name != NULL, FALSE);

  if (name[0] == '\0' || !ear_text_is_single_line (name, EAR_LIMIT_DISPLAY))
    return FALSE;
  first = g_utf8_get_char (name);
  if (g_unichar_isspace (first) || g_unichar_ismark (first) || is_formula (first))
    return FALSE;
  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p)) {
    before = c;
    c = g_utf8_get_char (p);
    n_stacked = ear_text_is_stacking (c) ? n_stacked + 1 : 0;
    if (n_stacked > EAR_TEXT_MAX_STACKED ||
        (is_hidden (c) && !(is_selector (c) && is_selectable (before))))
      return FALSE;
  }
  return !g_unichar_isspace (c);
}

/**
 * ear_name_is_valid_display:
 * @name: a name
 *
 * Checks a display name that somebody wants to have: like ear_name_may_be_display(), and we know
 * each of its characters.
 *
 * Returns: whether it is one
 */
gboolean
ear_name_is_valid_display (const char *name)
{
  if (!ear_name_may_be_display (name))
    return FALSE;
  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p)) {
    if (!g_unichar_isdefined (g_utf8_get_char (p)))
      return FALSE;
  }
  return TRUE;
}

/**
 * ear_name_drop_selectors:
 * @name: a name, valid UTF-8
 *
 * Takes the variation selectors out of a name, so that a search finds it with or without them.
 */
void
ear_name_drop_selectors (char *name)
{
  char *end = name;

  g_return_if_fail (name != NULL);

  for (const char *p = name, *next; *p != '\0'; p = next) {
    next = g_utf8_next_char (p);
    if (is_selector (g_utf8_get_char (p)))
      continue;
    memmove (end, p, (gsize) (next - p));
    end += next - p;
  }
  *end = '\0';
}

/**
 * ear_name_dup_folded:
 * @name: a name, valid UTF-8
 *
 * Folds a name for a search that does not regard case, compatibility forms or variation selectors.
 *
 * Returns: (transfer full): the folded name
 */
char *
ear_name_dup_folded (const char *name)
{
  g_autofree char *normal = g_utf8_normalize (name, -1, G_NORMALIZE_NFKC);
  g_autofree char *folded = g_utf8_casefold (normal != NULL ? normal : name, -1);

  ear_name_drop_selectors (folded);
  return g_strdup (folded); /* GLib's has room to grow; thousands of these are kept */
}
