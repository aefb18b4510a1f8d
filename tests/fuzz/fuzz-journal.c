/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A broadcasts.journal, line by line. What is a broadcast is written and reads the same. */

#include "fuzz.h"

#include <string.h>

#include "server/ear-journal.h"
#include "wire/ear-limits.h"
#include "wire/ear-text.h"

static void
check (const EarBroadcast *broadcast)
{
  g_autoptr (GString) line = g_string_new (NULL);
  g_autoptr (EarBroadcast) again = NULL;

  g_assert_cmpuint (broadcast->number, >, 0);
  g_assert_cmpuint (broadcast->number, <, EAR_LIMIT_INTEGER);
  if (broadcast->text != NULL)
    g_assert_true (ear_text_is_valid (broadcast->text, EAR_LIMIT_TEXT, EAR_LIMIT_TEXT_LINES));
  ear_journal_append_line (line, broadcast);
  g_assert_true (memchr (line->str, '\n', line->len) == line->str + line->len - 1);
  again = ear_journal_read_line (line->str, line->len - 1);
  g_assert_nonnull (again);
  g_assert_cmpuint (again->number, ==, broadcast->number);
  g_assert_cmpint (again->real_time_us, ==, broadcast->real_time_us);
  g_assert_cmpstr (again->user, ==, broadcast->user);
  g_assert_cmpstr (again->name, ==, broadcast->name);
  g_assert_cmpstr (again->text, ==, broadcast->text);
}

static void
read_line (const char *line, gsize size)
{
  g_autoptr (EarBroadcast) broadcast = NULL;
  guint64 next;

  if (ear_journal_read_header (line, size, &next)) {
    g_assert_cmpuint (next, >, 0);
    g_assert_cmpuint (next, <, EAR_LIMIT_INTEGER);
    return;
  }
  broadcast = ear_journal_read_line (line, size);
  if (broadcast != NULL)
    check (broadcast);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const char *p = (const char *) data;
  const char *end = p + size;

  while (p < end) {
    const char *newline = memchr (p, '\n', (gsize) (end - p));

    if (newline == NULL)
      newline = end;
    read_line (p, (gsize) (newline - p));
    p = newline + 1;
  }
  return 0;
}
