/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Lines out of bytes: however they are cut, and at the edge of the limit. */

#include "wire/ear-error.h"
#include "wire/ear-line-reader.h"

#include <string.h>

static void
push (EarLineReader *reader, const char *text)
{
  ear_line_reader_push (reader, (const guint8 *) text, strlen (text));
}

static void
assert_line (EarLineReader *reader, const char *expected)
{
  g_autoptr (GError) error = NULL;
  const char *line = NULL;
  gsize size = 0;

  g_assert_true (ear_line_reader_next (reader, &line, &size, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (line, size, expected, strlen (expected));
  g_assert_cmpint (line[size], ==, '\0');
}

static void
assert_none (EarLineReader *reader)
{
  g_autoptr (GError) error = NULL;
  const char *line;
  gsize size;

  g_assert_false (ear_line_reader_next (reader, &line, &size, &error));
  g_assert_no_error (error);
}

static void
assert_too_long (EarLineReader *reader)
{
  g_autoptr (GError) error = NULL;
  const char *line;
  gsize size;

  g_assert_false (ear_line_reader_next (reader, &line, &size, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_TOO_LONG);
}

static void
test_lines (void)
{
  g_autoptr (EarLineReader) reader = ear_line_reader_new (100);

  assert_none (reader);
  push (reader, "one\ntwo\n\nthr");
  assert_line (reader, "one");
  assert_line (reader, "two");
  assert_line (reader, "");
  assert_none (reader);
  g_assert_cmpuint (ear_line_reader_get_n_pending (reader), ==, 3);
  push (reader, "ee\n");
  assert_line (reader, "three");
  g_assert_cmpuint (ear_line_reader_get_n_pending (reader), ==, 0);
  assert_none (reader);
}

static void
test_every_cut (void)
{
  static const char text[] = "first\nsecond line\n\nfourth\n";
  static const char *const lines[] = { "first", "second line", "", "fourth" };

  for (gsize step = 1; step < sizeof text; step++) {
    g_autoptr (EarLineReader) reader = ear_line_reader_new (12);
    gsize n_lines = 0;

    for (gsize i = 0; i < sizeof text - 1; i += step) {
      const char *line;
      gsize size;

      ear_line_reader_push (reader, (const guint8 *) text + i, MIN (step, sizeof text - 1 - i));
      while (ear_line_reader_next (reader, &line, &size, NULL))
        g_assert_cmpstr (line, ==, lines[n_lines++]);
    }
    g_assert_cmpuint (n_lines, ==, G_N_ELEMENTS (lines));
  }
}

static void
test_limit (void)
{
  for (gsize length = 62; length <= 66; length++) {
    g_autoptr (EarLineReader) reader = ear_line_reader_new (65);
    g_autofree char *text = g_strnfill (length, 'x');

    push (reader, text);
    if (length >= 65) { /* the newline cannot fit any more: no need to wait for it */
      assert_too_long (reader);
      continue;
    }
    assert_none (reader);
    push (reader, "\n");
    assert_line (reader, text);
  }
}

static void
test_whole_line_too_long (void)
{
  g_autoptr (EarLineReader) reader = ear_line_reader_new (4);

  push (reader, "abc\nabcd\nab\n");
  assert_line (reader, "abc");
  assert_too_long (reader);
  push (reader, "ab\n");
  assert_too_long (reader); /* broken for good */
  g_assert_cmpuint (ear_line_reader_get_n_pending (reader), ==, 0);
}

static void
test_change_limit (void)
{
  g_autoptr (EarLineReader) reader = ear_line_reader_new (4);

  push (reader, "abc\nabcdefgh\nabcd\n");
  assert_line (reader, "abc");
  ear_line_reader_set_max_line (reader, 9);
  assert_line (reader, "abcdefgh");
  ear_line_reader_set_max_line (reader, 4);
  assert_too_long (reader);
}

static void
test_zero_bytes (void)
{
  g_autoptr (EarLineReader) reader = ear_line_reader_new (10);
  const char *line;
  gsize size;

  ear_line_reader_push (reader, (const guint8 *) "a\0b\n", 4);
  g_assert_true (ear_line_reader_next (reader, &line, &size, NULL));
  g_assert_cmpmem (line, size, "a\0b", 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/line-reader/lines", test_lines);
  g_test_add_func ("/line-reader/every-cut", test_every_cut);
  g_test_add_func ("/line-reader/limit", test_limit);
  g_test_add_func ("/line-reader/whole-line-too-long", test_whole_line_too_long);
  g_test_add_func ("/line-reader/change-limit", test_change_limit);
  g_test_add_func ("/line-reader/zero-bytes", test_zero_bytes);
  return g_test_run ();
}
