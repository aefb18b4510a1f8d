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

/* Zero-width and other format characters, private use, unassigned: what makes two names look the
 * same. */
static gboolean
is_hidden (gunichar c)
{
  switch (g_unichar_type (c)) {
  case G_UNICODE_CONTROL:
  case G_UNICODE_FORMAT:
  case G_UNICODE_UNASSIGNED:
  case G_UNICODE_PRIVATE_USE:
  case G_UNICODE_SURROGATE:
  case G_UNICODE_LINE_SEPARATOR:
  case G_UNICODE_PARAGRAPH_SEPARATOR:
    return TRUE;
  default:
    return g_unichar_iszerowidth (c) && !g_unichar_ismark (c);
  }
}

/**
 * ear_name_is_valid_display:
 * @name: a name
 *
 * Checks a display name: 1 to 64 bytes of one line, no space at its ends, no character that hides.
 *
 * Returns: whether it is one
 */
gboolean
ear_name_is_valid_display (const char *name)
{
  const char *last = NULL;

  g_return_val_if_fail (name != NULL, FALSE);

  if (name[0] == '\0' || !ear_text_is_single_line (name, EAR_LIMIT_DISPLAY))
    return FALSE;
  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p)) {
    if (is_hidden (g_utf8_get_char (p)))
      return FALSE;
    last = p;
  }
  return !g_unichar_isspace (g_utf8_get_char (name)) && !g_unichar_isspace (g_utf8_get_char (last));
}

/**
 * ear_name_dup_folded:
 * @name: a name, valid UTF-8
 *
 * Folds a name for a search that does not regard case or compatibility forms.
 *
 * Returns: (transfer full): the folded name
 */
char *
ear_name_dup_folded (const char *name)
{
  g_autofree char *normal = g_utf8_normalize (name, -1, G_NORMALIZE_NFKC);
  g_autofree char *folded = g_utf8_casefold (normal != NULL ? normal : name, -1);

  return g_strdup (folded); /* GLib's has room to grow; thousands of these are kept */
}
