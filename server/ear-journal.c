/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The lines of broadcasts.journal: a header that says the next number, so that numbers grow for
 * ever, then one JSON object a line: a broadcast, or that one was removed. A line that is not
 * exactly of this form is no broadcast. */

#include "server/ear-journal.h"

#include "wire/ear-json.h"
#include "wire/ear-limits.h"
#include "wire/ear-name.h"
#include "wire/ear-text.h"

/* What the wire can carry, with a next one. */
#define MAX_NUMBER (EAR_LIMIT_INTEGER - 1)

static gboolean
get_integer (json_t *object, const char *key, gint64 min, gint64 max, gint64 *value)
{
  json_t *member = json_object_get (object, key);

  if (!json_is_integer (member) || json_integer_value (member) < min ||
      json_integer_value (member) > max)
    return FALSE;
  *value = json_integer_value (member);
  return TRUE;
}

static json_t *
load_object (const char *line, gsize size)
{
  /* Of a damaged file there may be millions. */
  return size > 0 && line[0] == '{' ? ear_json_load (line, size, NULL) : NULL;
}

/* {"removed":NUMBER,"time":TIME}: all that is left of a broadcast that was removed. */
static EarBroadcast *
read_removed (json_t *object)
{
  EarBroadcast *broadcast;
  gint64 number, time;

  if (json_object_size (object) != 2 || !get_integer (object, "removed", 1, MAX_NUMBER, &number) ||
      !get_integer (object, "time", 0, EAR_LIMIT_INTEGER, &time))
    return NULL;
  broadcast = ear_broadcast_new ();
  broadcast->number = (guint64) number;
  broadcast->real_time_us = time;
  return broadcast;
}

static EarBroadcast *
read_broadcast (json_t *object)
{
  const char *user = json_string_value (json_object_get (object, "user"));
  const char *name = json_string_value (json_object_get (object, "name"));
  const char *text = json_string_value (json_object_get (object, "text"));
  EarBroadcast *broadcast = NULL;
  gint64 number, time;

  if (user != NULL && name != NULL && text != NULL && ear_name_is_valid (user) && name[0] != '\0' &&
      ear_text_is_single_line (name, EAR_LIMIT_DISPLAY) &&
      ear_text_is_valid (text, EAR_LIMIT_TEXT, EAR_LIMIT_TEXT_LINES) &&
      get_integer (object, "number", 1, MAX_NUMBER, &number) &&
      get_integer (object, "time", 0, EAR_LIMIT_INTEGER, &time)) {
    broadcast = ear_broadcast_new ();
    broadcast->number = (guint64) number;
    broadcast->real_time_us = time;
    broadcast->user = g_strdup (user);
    /* A name that was taken once and would not be any more does not cost the broadcast. */
    broadcast->name = g_strdup (ear_name_is_valid_display (name) ? name : user);
    broadcast->text = g_strdup (text);
  }
  return broadcast;
}

/**
 * ear_journal_get_max_number:
 * @real_time_us: the time, in microseconds since 1970
 *
 * Tells which number can have been given by now. A greater one is damage, and would leave none for
 * the broadcasts to come. The bound grows faster than numbers do, so that what follows a number
 * which was believed can be read at the next start, too.
 *
 * Returns: the number
 */
guint64
ear_journal_get_max_number (gint64 real_time_us)
{
  return EAR_LIMIT_INTEGER / 4 + (guint64) MAX (0, real_time_us);
}

/**
 * ear_journal_read_line:
 * @line: a line without its newline
 * @size: its size in bytes
 *
 * Reads one broadcast, or what is left of a removed one; its clock time is left to the caller.
 *
 * Returns: (transfer full) (nullable): the broadcast, or %NULL when the line is none
 */
EarBroadcast *
ear_journal_read_line (const char *line, gsize size)
{
  json_t *object = load_object (line, size);
  EarBroadcast *broadcast =
    json_object_get (object, "removed") != NULL ? read_removed (object) : read_broadcast (object);

  json_decref (object);
  return broadcast;
}

static void
append_object (GString *file, json_t *object)
{
  char *line = json_dumps (object, JSON_COMPACT);

  g_string_append (file, line);
  g_string_append_c (file, '\n');
  free (line);
  json_decref (object);
}

/**
 * ear_journal_append_line:
 * @file: the text of the file
 * @broadcast: a broadcast
 *
 * Writes one broadcast, with its newline; of one that was removed, only that.
 */
void
ear_journal_append_line (GString *file, const EarBroadcast *broadcast)
{
  if (broadcast->text == NULL) {
    append_object (file, json_pack ("{s:I, s:I}", "removed", (json_int_t) broadcast->number, "time",
                                    (json_int_t) broadcast->real_time_us));
    return;
  }
  append_object (file,
                 json_pack ("{s:I, s:I, s:s, s:s, s:s}", "number", (json_int_t) broadcast->number,
                            "time", (json_int_t) broadcast->real_time_us, "user", broadcast->user,
                            "name", broadcast->name, "text", broadcast->text));
}

/**
 * ear_journal_read_header:
 * @line: a line without its newline
 * @size: its size in bytes
 * @next_number: (out): the number that the next broadcast gets at least
 *
 * Reads the header.
 *
 * Returns: whether the line is one
 */
gboolean
ear_journal_read_header (const char *line, gsize size, guint64 *next_number)
{
  json_t *object = load_object (line, size);
  gint64 next;
  gboolean is_header =
    json_object_size (object) == 1 && get_integer (object, "next", 1, MAX_NUMBER, &next);

  if (is_header)
    *next_number = (guint64) next;
  json_decref (object);
  return is_header;
}

/**
 * ear_journal_append_header:
 * @file: the text of the file
 * @next_number: the number that the next broadcast gets at least
 *
 * Writes the header, with its newline.
 */
void
ear_journal_append_header (GString *file, guint64 next_number)
{
  append_object (file, json_pack ("{s:I}", "next", (json_int_t) next_number));
}
