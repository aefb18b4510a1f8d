/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The server's log: an event a line, with its fields. Under systemd they go to the journal as
 * fields of their own, else to standard error as text. What came from outside is escaped; passwords
 * and texts that people wrote never come here. */

#include "server/ear-server-log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "wire/ear-text.h"

/* More of a field than this, in bytes, is cut. */
#define MAX_FIELD 160

static GLogWriterOutput
write_line (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  gboolean verbose = GPOINTER_TO_INT (user_data);
  g_autoptr (GDateTime) now = NULL;
  g_autofree char *time = NULL;
  const char *message = "";

  if (!verbose && level > G_LOG_LEVEL_INFO)
    return G_LOG_WRITER_HANDLED;
  if (g_log_writer_is_journald (STDERR_FILENO))
    return g_log_writer_journald (level, fields, n_fields, NULL);

  for (gsize i = 0; i < n_fields; i++) {
    if (g_str_equal (fields[i].key, "MESSAGE"))
      message = fields[i].value;
  }
  now = g_date_time_new_now_local ();
  time = g_date_time_format (now, "%F %T");
  fprintf (stderr, "%s %s%s\n", time, level <= G_LOG_LEVEL_WARNING ? "warning: " : "", message);
  return G_LOG_WRITER_HANDLED;
}

/* A value that could be taken for more than one field stands in quotes, and holds none. */
static void
add (GString *message, const char *key, const char *value)
{
  g_autofree char *safe = NULL;

  if (value == NULL)
    return;
  safe = ear_text_escape (value, MAX_FIELD);
  if (safe[0] == '\0' || strpbrk (safe, " =\"") != NULL) {
    g_auto (GStrv) parts = g_strsplit (safe, "\"", -1);

    g_free (safe);
    safe = g_strjoinv ("\\u{22}", parts);
    g_string_append_printf (message, " %s=\"%s\"", key, safe);
  } else {
    g_string_append_printf (message, " %s=%s", key, safe);
  }
}

static void
log_event (GLogLevelFlags level,
           const char *event,
           const char *user,
           const char *address,
           const char *detail)
{
  g_autoptr (GString) message = g_string_new (event);
  GLogField fields[4];

  add (message, "user", user);
  add (message, "address", address);
  add (message, "detail", detail);
  fields[0] = (GLogField){ "MESSAGE", message->str, -1 };
  fields[1] = (GLogField){ "GLIB_DOMAIN", G_LOG_DOMAIN, -1 };
  fields[2] = (GLogField){ "PRIORITY", level == G_LOG_LEVEL_DEBUG ? "7" : "6", -1 };
  fields[3] = (GLogField){ "EARSHOT_EVENT", event, -1 };
  g_log_structured_array (level, fields, G_N_ELEMENTS (fields));
}

/**
 * ear_server_log_init:
 * @verbose: whether debug events are written, too
 *
 * Sets up the log of the process, once.
 */
void
ear_server_log_init (gboolean verbose)
{
  g_log_set_writer_func (write_line, GINT_TO_POINTER (verbose), NULL);
}

/**
 * ear_server_log:
 * @event: what happened, in a word
 * @user: (nullable): whose account
 * @address: (nullable): from where
 * @detail: (nullable): more
 *
 * Logs what an operator cares about.
 */
void
ear_server_log (const char *event, const char *user, const char *address, const char *detail)
{
  log_event (G_LOG_LEVEL_INFO, event, user, address, detail);
}

/**
 * ear_server_log_debug:
 * @event: what happened, in a word
 * @user: (nullable): whose account
 * @address: (nullable): from where
 * @detail: (nullable): more
 *
 * Logs what only a developer cares about.
 */
void
ear_server_log_debug (const char *event, const char *user, const char *address, const char *detail)
{
  log_event (G_LOG_LEVEL_DEBUG, event, user, address, detail);
}
