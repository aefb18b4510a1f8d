/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* JSON from strangers, read with jansson under caps. Before jansson sees a line, one scan over its
 * bytes counts how deep it goes and how many members an object has: the parser's own stack is never
 * the limit. */

#include "wire/ear-json.h"

#include <string.h>

#include "wire/ear-error.h"
#include "wire/ear-limits.h"

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error (error, EAR_ERROR, EAR_ERROR_BAD_MESSAGE, "Not a JSON object of this protocol: %s",
               why);
  return FALSE;
}

/* Skips a string; returns the index of its closing quote, or size. */
static gsize
skip_string (const char *data, gsize size, gsize i)
{
  for (i++; i < size && data[i] != '"'; i++) {
    if (data[i] == '\\')
      i++;
  }
  return i;
}

/* Strings are skipped, so that brackets in them do not count; whether the rest is JSON at all is
 * jansson's business. */
static gboolean
scan (const char *data, gsize size, GError **error)
{
  guint n_members[EAR_LIMIT_JSON_DEPTH + 1] = { 0 };
  guint depth = 0;

  for (gsize i = 0; i < size; i++) {
    switch (data[i]) {
    case '"':
      i = skip_string (data, size, i);
      break;
    case '{':
    case '[':
      if (++depth > EAR_LIMIT_JSON_DEPTH)
        return refuse (error, "too deep");
      n_members[depth] = 0;
      break;
    case '}':
    case ']':
      if (depth-- == 0)
        return refuse (error, "brackets do not match");
      break;
    case ':':
      if (++n_members[depth] > EAR_LIMIT_JSON_MEMBERS)
        return refuse (error, "too many members");
      break;
    case '\0':
      return refuse (error, "a NUL byte");
    default:
      break;
    }
  }
  return TRUE;
}

/**
 * ear_json_load:
 * @data: a line, without its newline; need not end in NUL
 * @size: its size in bytes
 * @error: return location for an error
 *
 * Reads one JSON object (RFC 8259) that a stranger sent: no deeper than 4, no more than 32 members
 * in an object, no key twice, no U+0000 in a string. A byte order mark is no JSON.
 *
 * Returns: (transfer full) (nullable): the object. Fails with EAR_ERROR_BAD_MESSAGE.
 */
json_t *
ear_json_load (const char *data, gsize size, GError **error)
{
  json_error_t json_error;
  json_t *root;

  if (!scan (data, size, error))
    return NULL;
  /* Jansson's own text may quote the input: ours does not. */
  root = json_loadb (data, size, JSON_REJECT_DUPLICATES, &json_error);
  if (root == NULL) {
    refuse (error, "it cannot be read");
    return NULL;
  }
  if (!json_is_object (root)) {
    refuse (error, "not an object");
    g_clear_pointer (&root, json_decref);
  }
  return root;
}
