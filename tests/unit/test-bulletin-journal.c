/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarBulletin: journals that are damaged, cut short, or written by others. */

#include <string.h>

#include "bulletin-fixture.h"

static void
reopen_with (Fixture *f, const char *data, gsize size, guint n_rejected)
{
  close_bulletin (f);
  damage_file (f->directory, JOURNAL, data, size, n_rejected);
  open_bulletin (f);
  g_test_assert_expected_messages ();
}

static void
append_line (Fixture *f, GString *file, guint64 number)
{
  char user[] = "ann", name[] = "Ann \"Ä\"", text[] = "hi\n\"there\" ö";
  EarBroadcast broadcast = { .number = number, .user = user, .name = name, .text = text };

  broadcast.real_time_us = ear_clock_get_real_time (f->clock);
  ear_journal_append_line (file, &broadcast);
}

/* Each of these between two good lines: it is kept, once, and nothing else is lost. */
static void
assert_rejected (Fixture *f, const char *bad, gsize size)
{
  g_autoptr (GString) file = g_string_new ("{\"next\":3}\n");
  g_autoptr (GString) rejected = g_string_new_len (bad, (gssize) size);

  g_string_append_c (rejected, '\n');
  append_line (f, file, 5);
  g_string_append_len (file, bad, (gssize) size);
  g_string_append_c (file, '\n');
  append_line (f, file, 9);
  reopen_with (f, file->str, file->len, 1);
  for (guint i = 0; i < 2; i++) {
    assert_list (f, 0, "5 9 ");
    assert_private (f->directory, JOURNAL);
    assert_private (f->directory, JOURNAL ".rejected");
    assert_file (f->directory, JOURNAL ".rejected", rejected->str, rejected->len);
    close_bulletin (f);
    open_bulletin (f);
  }
  g_assert_cmpuint (add (f, "next")->number, ==, 10);
}

#define LINE(number, time, user, name, text) \
  "{\"number\":" number ",\"time\":" time ",\"user\":" user ",\"name\":" name ",\"text\":" text "}"
#define NOW "9007199254740992"

static void
test_bad_lines (Fixture *f, gconstpointer data)
{
  static const char *const lines[] = {
    "x",
    ",",
    ",,,,,,,",
    " ",
    "\xef\xbb\xbf{\"next\":77}",
    "{}",
    "[]",
    "null",
    "{\"next\":-1}",
    "{\"next\":0}",
    "{\"next\":\"77\"}",
    "{\"next\":7.5}",
    "{\"next\":9223372036854775807}",
    "{\"next\":99999999999999999999999}",
    "{\"next\":77,\"number\":1}",
    LINE ("6", NOW, "\"ann\"", "\"Ann\"", "\"hi\"") "x",
    LINE ("-6", NOW, "\"ann\"", "\"Ann\"", "\"hi\""),
    LINE ("0", NOW, "\"ann\"", "\"Ann\"", "\"hi\""),
    LINE ("6.0", NOW, "\"ann\"", "\"Ann\"", "\"hi\""),
    LINE ("\"6\"", NOW, "\"ann\"", "\"Ann\"", "\"hi\""),
    LINE ("9223372036854775807", NOW, "\"ann\"", "\"Ann\"", "\"hi\""),
    LINE ("5", NOW, "\"ann\"", "\"Ann\"", "\"the same number again\""),
    LINE ("4", NOW, "\"ann\"", "\"Ann\"", "\"a smaller number\""),
    LINE ("6", "-1", "\"ann\"", "\"Ann\"", "\"hi\""),
    LINE ("6", "9223372036854775807", "\"ann\"", "\"Ann\"", "\"hi\""),
    LINE ("6", "null", "\"ann\"", "\"Ann\"", "\"hi\""),
    LINE ("6", NOW, "\"\"", "\"Ann\"", "\"hi\""),
    LINE ("6", NOW, "\"Ann\"", "\"Ann\"", "\"hi\""),
    LINE ("6", NOW, "\"a n\"", "\"Ann\"", "\"hi\""),
    LINE ("6", NOW, "7", "\"Ann\"", "\"hi\""),
    LINE ("6", NOW, "\"ann\"", "\"\"", "\"hi\""),
    LINE ("6", NOW, "\"ann\"", "\"A\\nn\"", "\"hi\""),
    LINE ("6", NOW, "\"ann\"", "[\"Ann\"]", "\"hi\""),
    LINE ("6", NOW, "\"ann\"", "\"Ann\"", "\"\""),
    LINE ("6", NOW, "\"ann\"", "\"Ann\"", "\"h\\u0000i\""),
    LINE ("6", NOW, "\"ann\"", "\"Ann\"", "\"h\\u001bi\""),
    LINE ("6", NOW, "\"ann\"", "\"Ann\"", "\"h\xffi\""),
    LINE ("6", NOW, "\"ann\"", "\"Ann\"", "{}"),
    "{\"number\":6,\"user\":\"ann\",\"name\":\"Ann\",\"text\":\"hi\"}",
  };
  gsize size = 10 * 1024 * 1024;
  g_autofree char *line = g_malloc (size);

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    assert_rejected (f, lines[i], strlen (lines[i]));
  assert_rejected (f, "{}\0", 3);
  assert_rejected (f, "\0\0\0\0", 4);
  memset (line, '[', size);
  assert_rejected (f, line, size);
  memset (line, 0, size);
  assert_rejected (f, line, size);
}

/* An editor was here. */
static void
test_foreign (Fixture *f, gconstpointer data)
{
  static const char *const formats[] = { "%s", "\xef\xbb\xbf%s", "%s\n\n", "\n\n%s", "%s" };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_autoptr (GString) file = g_string_new ("{\"next\":3}\n");
    g_auto (GStrv) parts = g_strsplit (formats[i], "%s", -1);

    append_line (f, file, 5);
    append_line (f, file, 9);
    g_string_prepend (file, parts[0]);
    g_string_append (file, parts[1]);
    if (i != 4)
      g_string_replace (file, "\n", "\r\n", 0);
    reopen_with (f, file->str, file->len, 0);
    assert_list (f, 0, "5 9 ");
    g_assert_cmpuint (add (f, "next")->number, ==, 10);
    close_bulletin (f);
    open_bulletin (f);
    assert_list (f, 0, "5 9 10 ");
  }
}

/* Millions of lines make one line in the log. When the last number is lost no number comes again
 * that a client may have seen. */
static void
test_lost (Fixture *f, gconstpointer data)
{
  guint64 now = (guint64) ear_clock_get_real_time (f->clock) / G_USEC_PER_SEC;
  guint n = 10 * 1024 * 1024 / 2;
  g_autoptr (GString) file = g_string_sized_new (2 * n);

  for (guint i = 0; i < n; i++)
    g_string_append (file, "x\n");
  reopen_with (f, file->str, file->len, n);
  assert_file (f->directory, JOURNAL ".rejected", file->str, file->len);
  assert_list (f, 0, "");
  g_assert_cmpuint (now, >, 500);
  g_assert_cmpuint (add (f, "next")->number, ==, now);

  g_string_assign (file, "{\"next\":3}\n");
  append_line (f, file, 5);
  g_string_append (file, "{\"number\":500,\n");
  reopen_with (f, file->str, file->len, 1);
  assert_list (f, 0, "5 ");
  g_assert_cmpuint (add (f, "next")->number, ==, now);
  reopen_with (f, "{\"nex", 6, 1);
  g_assert_cmpuint (add (f, "next")->number, ==, now);
}

/* That of a broadcast which is too old is no bad line. */
static void
test_old_removal (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) file = g_string_new ("{\"next\":1}\n");

  g_string_append (file, LINE ("4", "1", "\"ann\"", "\"Ann\"", "\"old\"") "\n");
  append_line (f, file, 5);
  g_string_append (file, "{\"removed\":4,\"time\":1}\n");
  reopen_with (f, file->str, file->len, 0);
  assert_list (f, 0, "5 ");
}

static void
test_torn (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) file = g_string_new ("{\"next\":3}\n");
  gsize whole;

  append_line (f, file, 3);
  whole = file->len;
  append_line (f, file, 4);
  for (gsize cut = whole; cut <= file->len; cut++) {
    gboolean is_torn = cut < file->len;

    reopen_with (f, file->str, cut, 0);
    assert_list (f, 0, is_torn ? "3 " : "3 4 ");
    /* The next line stands on its own. */
    g_assert_cmpuint (add (f, "next")->number, ==, is_torn ? 4 : 5);
    close_bulletin (f);
    open_bulletin (f);
    assert_list (f, 0, is_torn ? "3 4 " : "3 4 5 ");
  }
}

/* A start that believes a number can count on from there, and the next start believes that; one
 * that is too great is damage, be it in a header or of a broadcast. */
static void
test_great_numbers (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 8; i++) {
    gint64 now_us = ear_clock_get_real_time (f->clock);
    guint64 max = ear_journal_get_max_number (now_us);
    const guint64 numbers[] = { max, max + 1, EAR_LIMIT_INTEGER / 2, EAR_LIMIT_INTEGER - 1 };
    guint64 expected = i < 2 ? max + 1 : (guint64) now_us / G_USEC_PER_SEC;
    g_autoptr (GString) file = g_string_new (NULL);

    if (i % 2 == 0)
      append_line (f, file, numbers[i / 2]);
    else
      ear_journal_append_header (file, numbers[i / 2] + 1);
    reopen_with (f, file->str, file->len, i < 2 ? 0 : 1);
    for (guint j = 0; j < 2; j++) {
      g_assert_cmpuint (add (f, "next")->number, ==, expected + j);
      get_age (f, expected + j);
      ear_clock_advance (f->clock, SECOND);
      close_bulletin (f);
      open_bulletin (f);
      g_assert_nonnull (ear_bulletin_lookup (f->bulletin, expected + j));
    }
  }
}

static void
test_too_many_lines (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) file = g_string_new (NULL);
  g_autoptr (GPtrArray) newer = NULL;

  for (guint i = 1; i <= EAR_LIMIT_BROADCASTS + 100; i++)
    append_line (f, file, i);
  reopen_with (f, file->str, file->len, 0);
  newer = ear_bulletin_get_newer (f->bulletin, 0);
  g_assert_cmpuint (newer->len, ==, EAR_LIMIT_BROADCASTS);
  g_assert_cmpuint (((EarBroadcast *) newer->pdata[0])->number, ==, 101);
}

/* A wall clock that was wrong makes no broadcast immortal, nor one from the future old. */
static void
test_future (Fixture *f, gconstpointer data)
{
  static const char line[] = LINE ("6", NOW, "\"ann\"", "\"Ann\"", "\"hi\"") "\n";

  reopen_with (f, line, strlen (line), 0);
  assert_list (f, 0, "6 ");
  g_assert_cmpint (get_age (f, 6), ==, 0);
  ear_clock_advance (f->clock, 30 * MINUTE);
  assert_list (f, 0, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) \
  g_test_add ("/bulletin-journal/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("bad-lines", test_bad_lines);
  ADD ("foreign", test_foreign);
  ADD ("lost", test_lost);
  ADD ("old-removal", test_old_removal);
  ADD ("torn", test_torn);
  ADD ("great-numbers", test_great_numbers);
  ADD ("too-many-lines", test_too_many_lines);
  ADD ("future", test_future);
#undef ADD
  return g_test_run ();
}
