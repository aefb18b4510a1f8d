/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A message: a JSON object that the table of ear-message-table.c has approved, with typed access to
 * its fields.
 *
 * Reading: ear_json_load() bounds the line, then each field is checked against the row of its
 * message; what the table does not know is refused. Writing: setters check the same rows, so that a
 * program cannot send what it would refuse. */

#include "wire/ear-message.h"

#include "wire/ear-json.h"
#include "wire/ear-message-private.h"

struct _EarMessage
{
  grefcount references;
  EarMessageType type;
  json_t *object;
};

const EarField *
ear_message_spec_find (const EarMessageSpec *spec, const char *name)
{
  for (const EarField *field = spec->fields; field->type != EAR_FIELD_END; field++) {
    if (g_str_equal (field->name, name))
      return field;
  }
  return NULL;
}

json_t *
ear_message_get_object (EarMessage *self)
{
  return self->object;
}

static EarMessage *
take (EarMessageType type, json_t *object)
{
  EarMessage *self = g_new (EarMessage, 1);

  g_ref_count_init (&self->references);
  self->type = type;
  self->object = object;
  return self;
}

/* -- Reading -- */

static const EarMessageSpec *
find_spec (const char *name, EarMessageAt at)
{
  for (guint i = 0; i < EAR_N_MESSAGES; i++) {
    if ((ear_message_specs[i].at & at) != 0 && g_str_equal (ear_message_specs[i].name, name))
      return &ear_message_specs[i];
  }
  return NULL;
}

static gboolean
refuse (GError **error, const char *what, const char *field)
{
  g_set_error (error, EAR_ERROR, EAR_ERROR_BAD_MESSAGE, "%s%s", what, field);
  return FALSE;
}

/* The names in the errors are the table's own: nothing that a stranger wrote gets into a log this
 * way. */
static gboolean
check_fields (const EarMessageSpec *spec, json_t *object, GError **error)
{
  gsize n_known = 1; /* type */

  for (const EarField *field = spec->fields; field->type != EAR_FIELD_END; field++) {
    json_t *value = json_object_get (object, field->name);

    if (value == NULL && field->optional)
      continue;
    if (value == NULL)
      return refuse (error, "A field is missing: ", field->name);
    if (!ear_field_check (field, value))
      return refuse (error, "A field is not what it should be: ", field->name);
    n_known++;
  }
  if (json_object_size (object) != n_known)
    return refuse (error, "There is a field that is unknown in: ", spec->name);
  return TRUE;
}

/**
 * ear_message_parse:
 * @line: a line, without its newline
 * @size: its size in bytes
 * @at: the state in which it is read
 * @error: return location for an error
 *
 * Reads a line that somebody sent.
 *
 * Returns: (transfer full) (nullable): the message. Fails with EAR_ERROR_BAD_MESSAGE.
 */
EarMessage *
ear_message_parse (const char *line, gsize size, EarMessageAt at, GError **error)
{
  json_t *object = ear_json_load (line, size, error);
  const char *name;
  const EarMessageSpec *spec;

  if (object == NULL)
    return NULL;
  name = json_string_value (json_object_get (object, "type"));
  spec = name != NULL ? find_spec (name, at) : NULL;
  if (spec == NULL)
    refuse (error,
            name != NULL ? "The message is unknown, or may not come now"
                         : "A field is missing: type",
            "");
  if (spec == NULL || !check_fields (spec, object, error)) {
    json_decref (object);
    return NULL;
  }
  return take ((EarMessageType) (spec - ear_message_specs), object);
}

/* -- Making -- */

/**
 * ear_message_new:
 * @type: its type
 *
 * Makes a message without fields.
 *
 * Returns: (transfer full): a new message
 */
EarMessage *
ear_message_new (EarMessageType type)
{
  EarMessage *self;

  g_return_val_if_fail ((guint) type < EAR_N_MESSAGES, NULL);

  self = take (type, json_object ());
  json_object_set_new (self->object, "type", json_string (ear_message_specs[type].name));
  return self;
}

/**
 * ear_message_new_answer:
 * @type: its type
 * @request: the request that is answered
 *
 * Makes a message that answers another: its `re` is the request's `id`.
 *
 * Returns: (transfer full): a new message
 */
EarMessage *
ear_message_new_answer (EarMessageType type, EarMessage *request)
{
  EarMessage *self = ear_message_new (type);

  if (ear_message_has (request, "id"))
    ear_message_set_integer (self, "re", ear_message_get_integer (request, "id"));
  return self;
}

/**
 * ear_message_new_error:
 * @code: an error that has a code on the wire
 * @re: the id of the request that failed, or 0
 *
 * Makes an `error`.
 *
 * Returns: (transfer full): a new message
 */
EarMessage *
ear_message_new_error (EarError code, gint64 re)
{
  EarMessage *self = ear_message_new (EAR_MESSAGE_ERROR);
  const char *wire = ear_error_get_code (code);

  ear_message_set_string (self, "code",
                          wire != NULL ? wire : ear_error_get_code (EAR_ERROR_INTERNAL));
  ear_message_set_string (self, "text", ear_error_get_text (code));
  if (re != 0)
    ear_message_set_integer (self, "re", re);
  return self;
}

/**
 * ear_message_ref:
 * @self: a message
 *
 * Adds a reference.
 *
 * Returns: (transfer full): the message
 */
EarMessage *
ear_message_ref (EarMessage *self)
{
  g_ref_count_inc (&self->references);
  return self;
}

/**
 * ear_message_unref:
 * @self: (transfer full): a message
 *
 * Lets a reference go.
 */
void
ear_message_unref (EarMessage *self)
{
  if (!g_ref_count_dec (&self->references))
    return;
  json_decref (self->object);
  g_free (self);
}

/**
 * ear_message_get_type:
 * @self: a message
 *
 * Gets the type.
 *
 * Returns: the type
 */
EarMessageType
ear_message_get_type (EarMessage *self)
{
  return self->type;
}

/**
 * ear_message_get_name:
 * @self: a message
 *
 * Gets the type as it stands on the wire.
 *
 * Returns: the name
 */
const char *
ear_message_get_name (EarMessage *self)
{
  return ear_message_specs[self->type].name;
}

/**
 * ear_message_to_line:
 * @self: a complete message
 *
 * Encodes a message, with its newline.
 *
 * Returns: (transfer full): the line, to be shared by all who get it
 */
GBytes *
ear_message_to_line (EarMessage *self)
{
  gsize size = json_dumpb (self->object, NULL, 0, JSON_COMPACT);
  char *line = g_malloc (size + 1);

  json_dumpb (self->object, line, size, JSON_COMPACT);
  line[size] = '\n';
  return g_bytes_new_take (line, size + 1);
}

/**
 * ear_message_to_error:
 * @self: an `error` or a `bye`
 *
 * Turns what the other side said into an error of ours. Its text is the table's, not the other
 * side's.
 *
 * Returns: (transfer full): the error; EAR_ERROR_CLOSED for a `bye` without a code
 */
GError *
ear_message_to_error (EarMessage *self)
{
  g_return_val_if_fail (self->type == EAR_MESSAGE_ERROR || self->type == EAR_MESSAGE_BYE, NULL);

  if (!ear_message_has (self, "code"))
    return ear_error_new (EAR_ERROR_CLOSED);
  return ear_error_new (ear_error_from_code (ear_message_get_string (self, "code")));
}
