/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The lines of the journal: what is written reads the same again, and what somebody else wrote is
 * no broadcast. */

#include "server/ear-journal.h"

#include <string.h>

#include "wire/ear-limits.h"

#define LINE(number, time, user, name, text)                                                       \
  "{\"number\":" number ",\"time\":" time ",\"user\":\"" user "\",\"name\":\"" name "\",\"text\":" \
  "\"" text "\"}"

static void
test_round_trip (void)
{
  const EarBroadcast broadcast = {
    .number = 4711,
    .real_time_us = 1700000000000000,
    .user = (char *) "alice",
    .name = (char *) "Al “\\\" ice",
    .text = (char *) "two\nlines\tand {\"type\":\"bye\"}",
  };
  g_autoptr (GString) file = g_string_new (NULL);
  g_autoptr (EarBroadcast) again = NULL;

  ear_journal_append_line (file, &broadcast);
  /* One line, whatever is in it. */
  g_assert_true (strchr (file->str, '\n') == file->str + file->len - 1);
  again = ear_journal_read_line (file->str, file->len - 1);
  g_assert_nonnull (again);
  g_assert_cmpuint (again->number, ==, broadcast.number);
  g_assert_cmpint (again->real_time_us, ==, broadcast.real_time_us);
  g_assert_cmpstr (again->user, ==, broadcast.user);
  g_assert_cmpstr (again->name, ==, broadcast.name);
  g_assert_cmpstr (again->text, ==, broadcast.text);
}

static void
test_header (void)
{
  g_autoptr (GString) file = g_string_new (NULL);
  guint64 next = 0;

  ear_journal_append_header (file, 99);
  g_assert_true (ear_journal_read_header (file->str, file->len - 1, &next));
  g_assert_cmpuint (next, ==, 99);
  g_assert_null (ear_journal_read_line (file->str, file->len - 1));
}

static void
test_no_header (void)
{
  static const char *const lines[] = {
    "",
    "{}",
    "{\"next\":0}",
    "{\"next\":-1}",
    "{\"next\":\"1\"}",
    "{\"next\":1.0}",
    "{\"next\":9007199254740992}",
    "{\"next\":1,\"next\":2}",
    "{\"next\":1,\"more\":1}",
    LINE ("1", "1", "alice", "Alice", "x"),
  };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    guint64 next = 7;

    g_test_message ("%s", lines[i]);
    g_assert_false (ear_journal_read_header (lines[i], strlen (lines[i]), &next));
    g_assert_cmpuint (next, ==, 7);
  }
}

static void
test_no_broadcast (void)
{
  static const char *const lines[] = {
    "",
    "null",
    "[]",
    "{\"number\":1}",
    LINE ("0", "1", "alice", "Alice", "x"),
    LINE ("9007199254740992", "1", "alice", "Alice", "x"), /* no number would be left */
    LINE ("1.5", "1", "alice", "Alice", "x"),
    LINE ("1", "-1", "alice", "Alice", "x"),
    LINE ("1", "1", "../alice", "Alice", "x"),
    LINE ("1", "1", "alice", "", "x"),
    LINE ("1", "1", "alice", "A\\nB", "x"),
    LINE ("1", "1", "alice", "Alice", ""),
    LINE ("1", "1", "alice", "Alice", "\\u001b[2J"),
    LINE ("1", "1", "alice", "Alice", "\\u0000"),
    LINE ("1", "1", "alice", "Alice", "\xff"),
    LINE ("1", "1", "alice", "Alice", "x") LINE ("2", "1", "alice", "Alice", "x"),
    "{\"number\":1,\"number\":2,\"time\":1,\"user\":\"a\",\"name\":\"A\",\"text\":\"x\"}",
    "[[[[[[[[[[[[[[[[[[[[[[[[",
  };
  static const char good[] = LINE ("1", "1", "alice", "Alice", "x");

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_test_message ("case %u", i);
    g_assert_null (ear_journal_read_line (lines[i], strlen (lines[i])));
  }
  /* Torn anywhere, it is none; and the size counts, not what follows. */
  for (gsize size = 0; size < strlen (good); size++)
    g_assert_null (ear_journal_read_line (good, size));
  {
    g_autoptr (EarBroadcast) whole = ear_journal_read_line (good, strlen (good));

    g_assert_nonnull (whole);
  }
}

/* A name that would not be taken any more does not cost the broadcast. */
static void
test_bad_name (void)
{
  static const char *const lines[] = {
    LINE ("1", "1", "alice", "=Alice", "x"),
    LINE ("1", "1", "alice", " Alice", "x"),
  };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_autoptr (EarBroadcast) broadcast = ear_journal_read_line (lines[i], strlen (lines[i]));

    g_assert_nonnull (broadcast);
    g_assert_cmpstr (broadcast->name, ==, "alice");
    g_assert_cmpstr (broadcast->text, ==, "x");
  }
}

static void
test_long_text (void)
{
  for (guint size = EAR_LIMIT_TEXT; size <= EAR_LIMIT_TEXT + 1; size++) {
    g_autofree char *text = g_strnfill (size, '"');
    const EarBroadcast broadcast = {
      .number = 1, .user = (char *) "alice", .name = (char *) "Alice", .text = text
    };
    g_autoptr (GString) file = g_string_new (NULL);
    g_autoptr (EarBroadcast) again = NULL;

    ear_journal_append_line (file, &broadcast);
    again = ear_journal_read_line (file->str, file->len - 1);
    g_assert_cmpint (again != NULL, ==, size == EAR_LIMIT_TEXT);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/journal/round-trip", test_round_trip);
  g_test_add_func ("/journal/header", test_header);
  g_test_add_func ("/journal/no-header", test_no_header);
  g_test_add_func ("/journal/no-broadcast", test_no_broadcast);
  g_test_add_func ("/journal/bad-name", test_bad_name);
  g_test_add_func ("/journal/long-text", test_long_text);
  return g_test_run ();
}
