/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The fields of a message, typed. To name a field that the table does not have is a programmer's
 * mistake. */

#include "wire/ear-json.h"
#include "wire/ear-message-private.h"

static json_t *
get (EarMessage *self, const char *field)
{
  json_t *value = json_object_get (ear_message_get_object (self), field);

  if (value == NULL)
    g_assert (ear_message_spec_find (&ear_message_specs[ear_message_get_type (self)], field) !=
              NULL);
  return value;
}

static void
set (EarMessage *self, const char *name, json_t *value)
{
  const EarField *field =
    ear_message_spec_find (&ear_message_specs[ear_message_get_type (self)], name);

  g_assert (field != NULL);
  if (!ear_field_check (field, value))
    g_critical ("%s: not a valid value for the field %s", ear_message_get_name (self), name);
  json_object_set_new (ear_message_get_object (self), name, value);
}

/**
 * ear_message_has:
 * @self: a message
 * @field: the name of a field
 *
 * Checks whether an optional field is there.
 *
 * Returns: whether it is
 */
gboolean
ear_message_has (EarMessage *self, const char *field)
{
  return json_object_get (ear_message_get_object (self), field) != NULL;
}

/**
 * ear_message_get_string:
 * @self: a message
 * @field: a field of text
 *
 * Gets a text.
 *
 * Returns: (transfer none) (nullable): the text, or %NULL when an optional field is not there
 */
const char *
ear_message_get_string (EarMessage *self, const char *field)
{
  return json_string_value (get (self, field));
}

/**
 * ear_message_get_integer:
 * @self: a message
 * @field: a field with a number
 *
 * Gets a number.
 *
 * Returns: the number, or 0 when an optional field is not there
 */
gint64
ear_message_get_integer (EarMessage *self, const char *field)
{
  return json_integer_value (get (self, field));
}

/**
 * ear_message_get_boolean:
 * @self: a message
 * @field: a field with a truth value
 *
 * Gets a truth value.
 *
 * Returns: the value, or %FALSE when an optional field is not there
 */
gboolean
ear_message_get_boolean (EarMessage *self, const char *field)
{
  return json_is_true (get (self, field));
}

/**
 * ear_message_dup_bytes:
 * @self: a message
 * @field: a field in base64
 *
 * Gets bytes, as many as the table says.
 *
 * Returns: (transfer full): the bytes
 */
GBytes *
ear_message_dup_bytes (EarMessage *self, const char *field)
{
  gsize size;
  guchar *data = g_base64_decode (ear_message_get_string (self, field), &size);

  return g_bytes_new_take (data, size);
}

/**
 * ear_message_dup_strings:
 * @self: a message
 * @field: a field with an array of texts
 *
 * Gets an array of texts.
 *
 * Returns: (transfer full): the texts, %NULL-terminated, maybe none
 */
char **
ear_message_dup_strings (EarMessage *self, const char *field)
{
  GStrvBuilder *builder = g_strv_builder_new ();
  char **strings;
  gsize index;
  json_t *item;

  json_array_foreach (get (self, field), index, item)
    g_strv_builder_add (builder, json_string_value (item));
  strings = g_strv_builder_end (builder);
  g_strv_builder_unref (builder);
  return strings;
}

/**
 * ear_message_set_string:
 * @self: a message
 * @field: a field of text
 * @value: a valid value
 *
 * Sets a text.
 */
void
ear_message_set_string (EarMessage *self, const char *field, const char *value)
{
  json_t *string = json_string (value);

  g_return_if_fail (string != NULL); /* not UTF-8 */

  set (self, field, string);
}

/**
 * ear_message_set_integer:
 * @self: a message
 * @field: a field with a number
 * @value: a valid value
 *
 * Sets a number.
 */
void
ear_message_set_integer (EarMessage *self, const char *field, gint64 value)
{
  set (self, field, json_integer (value));
}

/**
 * ear_message_set_boolean:
 * @self: a message
 * @field: a field with a truth value
 * @value: the value
 *
 * Sets a truth value.
 */
void
ear_message_set_boolean (EarMessage *self, const char *field, gboolean value)
{
  set (self, field, json_boolean (value));
}

/**
 * ear_message_set_bytes:
 * @self: a message
 * @field: a field in base64
 * @data: (array length=size): the bytes
 * @size: how many; the table's number
 *
 * Sets bytes.
 */
void
ear_message_set_bytes (EarMessage *self, const char *field, const guint8 *data, gsize size)
{
  g_autofree char *text = g_base64_encode (data, size);

  ear_message_set_string (self, field, text);
}

/**
 * ear_message_set_strings:
 * @self: a message
 * @field: a field with an array of texts
 * @values: (array zero-terminated=1): valid values
 *
 * Sets an array of texts.
 */
void
ear_message_set_strings (EarMessage *self, const char *field, const char *const *values)
{
  json_t *array = json_array ();

  for (guint i = 0; values[i] != NULL; i++)
    json_array_append_new (array, json_string (values[i]));
  set (self, field, array);
}

/**
 * ear_message_get_n_entries:
 * @self: a message
 * @field: a field with roster entries
 *
 * Counts the entries.
 *
 * Returns: how many
 */
guint
ear_message_get_n_entries (EarMessage *self, const char *field)
{
  return (guint) json_array_size (get (self, field));
}

/**
 * ear_message_get_entry:
 * @self: a message
 * @field: a field with roster entries
 * @index: which, from 0
 * @entry: (out caller-allocates): the entry; its strings live as long as the message
 *
 * Gets an entry.
 */
void
ear_message_get_entry (EarMessage *self, const char *field, guint index, EarRosterEntry *entry)
{
  json_t *object = json_array_get (get (self, field), index);

  g_return_if_fail (object != NULL);

  entry->user = json_string_value (json_object_get (object, "user"));
  entry->name = json_string_value (json_object_get (object, "name"));
  entry->status = json_string_value (json_object_get (object, "status"));
}

/**
 * ear_message_add_entry:
 * @self: a message
 * @field: a field with roster entries
 * @entry: (nullable): a valid entry; %NULL only makes the array
 *
 * Adds an entry, after the others.
 */
void
ear_message_add_entry (EarMessage *self, const char *field, const EarRosterEntry *entry)
{
  json_t *array = get (self, field);

  if (array == NULL) {
    array = json_array ();
    set (self, field, array);
  }
  if (entry != NULL)
    json_array_append_new (array, json_pack ("{s:s, s:s, s:s}", "user", entry->user, "name",
                                             entry->name, "status", entry->status));
}
