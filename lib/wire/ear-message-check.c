/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Whether a value is what the table says of its field. */

#include <string.h>

#include "wire/ear-fingerprint.h"
#include "wire/ear-limits.h"
#include "wire/ear-message-private.h"
#include "wire/ear-name.h"
#include "wire/ear-text.h"

static gboolean
is_token (const char *text, gint64 min, gint64 max)
{
  gint64 length = 0;

  for (; text[length] != '\0'; length++) {
    if (length == max || !(g_ascii_isalnum (text[length]) || text[length] == '-'))
      return FALSE;
  }
  return length >= min;
}

/* GLib decodes leniently, so what it decoded must encode to the same again. */
static gboolean
is_base64_of (const char *text, gsize size)
{
  g_autofree guchar *data = NULL;
  g_autofree char *again = NULL;
  gsize decoded;

  if (strlen (text) != (size + 2) / 3 * 4)
    return FALSE;
  data = g_base64_decode (text, &decoded);
  if (decoded != size)
    return FALSE;
  again = g_base64_encode (data, decoded);
  return g_str_equal (again, text);
}

static gboolean
is_choice (const char *text, const char *const *choices)
{
  return g_strv_contains (choices, text);
}

static gboolean
check_string (const EarField *field, const char *text)
{
  switch (field->type) {
  case EAR_FIELD_STRING:
    return ear_text_is_single_line (text, (gsize) field->max);
  case EAR_FIELD_TEXT:
    return ear_text_is_valid (text, (gsize) field->max, EAR_LIMIT_TEXT_LINES);
  case EAR_FIELD_NAME:
    return ear_name_is_valid (text);
  case EAR_FIELD_DISPLAY:
    return ear_name_may_be_display (text);
  case EAR_FIELD_BASE64:
    return is_base64_of (text, (gsize) field->max);
  case EAR_FIELD_FINGERPRINT:
    return ear_fingerprint_is_valid (text);
  case EAR_FIELD_ADDRESS:
    return ear_text_is_address (text);
  case EAR_FIELD_TOKEN:
    return is_token (text, field->min, field->max);
  case EAR_FIELD_CHOICE:
    return is_choice (text, field->choices);
  default:
    return FALSE;
  }
}

static gboolean
check_integer (json_t *value, gint64 min, gint64 max)
{
  return json_is_integer (value) && json_integer_value (value) >= min &&
         json_integer_value (value) <= max;
}

static gboolean
check_entry (json_t *value)
{
  const char *user = json_string_value (json_object_get (value, "user"));
  const char *name = json_string_value (json_object_get (value, "name"));
  const char *status = json_string_value (json_object_get (value, "status"));

  return json_object_size (value) == 3 && user != NULL && name != NULL && status != NULL &&
         ear_name_is_valid (user) && ear_name_may_be_display (name) &&
         ear_text_is_single_line (status, EAR_LIMIT_DISPLAY);
}

static gboolean
check_array (const EarField *field, json_t *value)
{
  gsize index;
  json_t *item;

  if (!json_is_array (value) || (gint64) json_array_size (value) > field->max ||
      (gint64) json_array_size (value) < field->min)
    return FALSE;
  json_array_foreach (value, index, item)
  {
    const char *text = json_string_value (item);

    if (field->type == EAR_FIELD_ENTRIES
          ? !check_entry (item)
          : text == NULL || !(field->type == EAR_FIELD_NAMES ? ear_name_is_valid (text)
                                                             : ear_text_is_address (text)))
      return FALSE;
  }
  return TRUE;
}

/**
 * ear_field_check:
 * @field: what the table says
 * @value: a value
 *
 * Checks a value against its row of the table.
 *
 * Returns: whether it is of that type, in that range
 */
gboolean
ear_field_check (const EarField *field, json_t *value)
{
  switch (field->type) {
  case EAR_FIELD_ID:
    return check_integer (value, 1, EAR_LIMIT_INTEGER);
  case EAR_FIELD_INTEGER:
    return check_integer (value, field->min, field->max);
  case EAR_FIELD_BOOLEAN:
    return json_is_boolean (value);
  case EAR_FIELD_NAMES:
  case EAR_FIELD_ADDRESSES:
  case EAR_FIELD_ENTRIES:
    return check_array (field, value);
  default:
    return json_is_string (value) && check_string (field, json_string_value (value));
  }
}
