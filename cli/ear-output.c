/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the commands print to people.
 *
 * Everything that somebody else wrote goes through ear_output_dup_safe(): a terminal obeys escape
 * sequences, and a message with a newline could pose as the next line. */

#include "cli/ear-output.h"

#include <stdio.h>

#include "wire/ear-limits.h"
#include "wire/ear-text.h"

/**
 * ear_output_note:
 * @format: a sentence for people
 * @...: its arguments, safe to print
 *
 * Prints a note to standard error, where no script takes it for an event.
 */
void
ear_output_note (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  vfprintf (stderr, format, args);
  va_end (args);
  fputc ('\n', stderr);
}

/**
 * ear_output_dup_safe:
 * @text: what somebody wrote
 *
 * Makes a text safe for a terminal; its lines after the first are set in, so that none poses as
 * another event.
 *
 * Returns: (transfer full): the safe text
 */
char *
ear_output_dup_safe (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GString *safe = g_string_new (NULL);

  for (guint i = 0; lines[i] != NULL; i++) {
    g_autofree char *escaped = ear_text_escape (lines[i], EAR_LIMIT_TEXT * 4);

    if (i > 0)
      g_string_append (safe, "\n    ");
    g_string_append (safe, escaped);
  }
  return g_string_free (safe, FALSE);
}
