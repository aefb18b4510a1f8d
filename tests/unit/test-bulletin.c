/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarBulletin: numbers, ages, limits and restarts. */

#include <string.h>

#include "bulletin-fixture.h"
#include "wire/ear-json.h"

static GThread *main_thread;
static guint n_lines_made; /* by the main thread */

char *__real_json_dumps (const json_t *json, size_t flags);
char *__wrap_json_dumps (const json_t *json, size_t flags);

char *
__wrap_json_dumps (const json_t *json, size_t flags)
{
  n_lines_made += g_thread_self () == main_thread;
  return __real_json_dumps (json, flags);
}

/* -- Use -- */

static void
test_add (Fixture *f, gconstpointer data)
{
  assert_list (f, 0, "");
  for (guint i = 1; i <= 4; i++)
    g_assert_cmpuint (add (f, "two\nlines")->number, ==, i);
  assert_list (f, 0, "1 2 3 4 ");
  assert_list (f, 2, "3 4 ");
  assert_list (f, 4, "");
  assert_list (f, G_MAXUINT64, "");
  assert_private (f->directory, JOURNAL);
  for (guint i = 0; i < 3; i++) {
    close_bulletin (f);
    open_bulletin (f);
    assert_list (f, 0, "1 2 3 4 ");
    assert_private (f->directory, JOURNAL);
  }
  g_assert_cmpuint (add (f, "five")->number, ==, 5);
}

static void
test_together (Fixture *f, gconstpointer data)
{
  GAsyncResult *results[50] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    ear_bulletin_add_async (f->bulletin, "bob", "Bob", "hi", result_cb, &results[i]);
  g_assert_cmpuint (ear_bulletin_get_n_broadcasts (f->bulletin), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++) {
    g_autoptr (GError) error = NULL;

    wait_until (results[i] != NULL);
    g_assert_cmpuint (ear_bulletin_add_finish (f->bulletin, results[i], &error)->number, ==, i + 1);
    g_assert_no_error (error);
    g_object_unref (results[i]);
  }
  close_bulletin (f);
  open_bulletin (f);
  g_assert_cmpuint (ear_bulletin_get_n_broadcasts (f->bulletin), ==, 50);
}

static void
test_age (Fixture *f, gconstpointer data)
{
  add (f, "one");
  g_assert_cmpint (get_age (f, 1), ==, 0);
  ear_clock_advance (f->clock, 10 * MINUTE);
  g_assert_cmpint (get_age (f, 1), ==, 600000);
  add (f, "two");
  /* A restart makes nothing younger. */
  close_bulletin (f);
  ear_clock_advance (f->clock, 5 * MINUTE);
  open_bulletin (f);
  g_assert_cmpint (get_age (f, 1), ==, 900000);
  g_assert_cmpint (get_age (f, 2), ==, 300000);

  ear_clock_advance (f->clock, 15 * MINUTE - 1);
  assert_list (f, 0, "1 2 ");
  g_assert_cmpint (get_age (f, 1), ==, 1799999);
  ear_clock_advance (f->clock, 1);
  assert_list (f, 0, "2 ");
  ear_clock_advance (f->clock, SECOND);
  g_assert_cmpuint (ear_bulletin_get_n_broadcasts (f->bulletin), ==, 1);
  ear_clock_advance (f->clock, 10 * MINUTE - SECOND - 1);
  assert_list (f, 0, "2 ");
  ear_clock_advance (f->clock, 1);
  assert_list (f, 0, "");
  ear_clock_advance (f->clock, SECOND);
  g_assert_cmpuint (ear_bulletin_get_n_broadcasts (f->bulletin), ==, 0);
}

/* Old ones do not come back with a restart; the numbers go on, even from an empty journal. */
static void
test_numbers (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) journal = NULL;

  for (guint i = 0; i < 7; i++)
    add (f, "old");
  close_bulletin (f);
  ear_clock_advance (f->clock, 30 * MINUTE);
  for (guint i = 0; i < 3; i++) {
    open_bulletin (f);
    g_assert_cmpuint (ear_bulletin_get_n_broadcasts (f->bulletin), ==, 0);
    assert_file (f->directory, JOURNAL, "{\"next\":8}\n", 11);
    close_bulletin (f);
  }
  open_bulletin (f);
  g_assert_cmpuint (add (f, "new")->number, ==, 8);
  ear_clock_advance (f->clock, 31 * MINUTE);
  g_assert_cmpuint (add (f, "newer")->number, ==, 9);
}

/* Adds many at once; returns how many found room, which are the first. */
static guint
fill (Fixture *f, guint n, const char *name, const char *text)
{
  g_autofree GAsyncResult **results = g_new0 (GAsyncResult *, n);
  guint n_ok = 0;

  for (guint i = 0; i < n; i++)
    ear_bulletin_add_async (f->bulletin, "bob", name, text, result_cb, &results[i]);
  for (guint i = 0; i < n; i++) {
    g_autoptr (GError) full = NULL;

    wait_until (results[i] != NULL);
    if (ear_bulletin_add_finish (f->bulletin, results[i], &full) != NULL)
      n_ok++;
    else
      g_assert_error (full, EAR_ERROR, EAR_ERROR_FULL);
    g_object_unref (results[i]);
  }
  return n_ok;
}

static void
test_full (Fixture *f, gconstpointer data)
{
  g_autoptr (GAsyncResult) last = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (fill (f, EAR_LIMIT_BROADCASTS + 5, "Bob", "hi"), ==, EAR_LIMIT_BROADCASTS);
  close_bulletin (f);
  open_bulletin (f);
  g_assert_cmpuint (ear_bulletin_get_n_broadcasts (f->bulletin), ==, EAR_LIMIT_BROADCASTS);
  ear_bulletin_add_async (f->bulletin, "bob", "Bob", "hi", result_cb, &last);
  wait_until (last != NULL);
  g_assert_null (ear_bulletin_add_finish (f->bulletin, last, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_FULL);
  ear_clock_advance (f->clock, 31 * MINUTE);
  g_assert_cmpuint (add (f, "room again")->number, ==, EAR_LIMIT_BROADCASTS + 1);
}

/* More texts than any journal should hold: it is rewritten, and loses nothing that is young. */
static void
test_compaction (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strnfill (4000, 'x');
  g_autoptr (GBytes) before = NULL;
  g_autoptr (GBytes) after = NULL;

  for (guint i = 0; i < 100; i++)
    add (f, text);
  ear_clock_advance (f->clock, 29 * MINUTE);
  add (f, "young");
  before = read_file (f->directory, JOURNAL);
  ear_clock_advance (f->clock, 2 * MINUTE);
  g_assert_cmpuint (add (f, "younger")->number, ==, 102);
  after = read_file (f->directory, JOURNAL);
  g_assert_cmpuint (g_bytes_get_size (before), >, 400000);
  g_assert_cmpuint (g_bytes_get_size (after), <, 1000);
  close_bulletin (f);
  open_bulletin (f);
  assert_list (f, 0, "101 102 ");
}

/* -- Removing -- */

static void
removed_cb (EarBulletin *bulletin, guint64 number, gpointer user_data)
{
  *(guint64 *) user_data = number;
}

static void
remove_number (Fixture *f, guint64 number)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ear_bulletin_remove_async (f->bulletin, number, result_cb, &result);
  wait_until (result != NULL);
  g_assert_true (ear_bulletin_remove_finish (f->bulletin, result, &error));
  g_assert_no_error (error);
}

static void
assert_removed (Fixture *f, guint64 number, const char *expected)
{
  g_autoptr (GPtrArray) removed = ear_bulletin_get_removed (f->bulletin, number);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < removed->len; i++)
    g_string_append_printf (text, "%" G_GUINT64_FORMAT " ",
                            ((EarBroadcast *) removed->pdata[i])->number);
  g_assert_cmpstr (text->str, ==, expected);
}

static gboolean
holds (Fixture *f, const char *text)
{
  g_autoptr (GBytes) journal = read_file (f->directory, JOURNAL);

  return g_strstr_len (g_bytes_get_data (journal, NULL), (gssize) g_bytes_get_size (journal),
                       text) != NULL;
}

/* It is gone for latecomers, from the disk and after a restart; its number is not used again, and
 * is known for as long as somebody may have it. */
static void
test_remove (Fixture *f, gconstpointer data)
{
  guint64 told = 0;

  for (guint i = 0; i < 3; i++)
    add (f, i == 1 ? "regretted" : "kept");
  g_signal_connect (f->bulletin, "removed", G_CALLBACK (removed_cb), &told);
  remove_number (f, 2);
  g_assert_cmpuint (told, ==, 2);
  told = 0;
  remove_number (f, 2);
  remove_number (f, 99);
  g_assert_cmpuint (told, ==, 0);
  for (guint i = 0; i < 3; i++) {
    assert_list (f, 0, "1 3 ");
    g_assert_cmpuint (ear_bulletin_get_n_broadcasts (f->bulletin), ==, 2);
    g_assert_null (ear_bulletin_lookup (f->bulletin, 2));
    g_assert_nonnull (ear_bulletin_lookup (f->bulletin, 3));
    assert_removed (f, 1, "");
    assert_removed (f, 2, "2 ");
    close_bulletin (f);
    g_assert_false (holds (f, "regretted"));
    open_bulletin (f);
  }
  ear_clock_advance (f->clock, 31 * MINUTE);
  assert_removed (f, 99, "");
  g_assert_cmpuint (add (f, "later")->number, ==, 4);
}

/* The last and the only one: nothing else holds its number. */
static void
test_remove_last (Fixture *f, gconstpointer data)
{
  add (f, "only");
  remove_number (f, 1);
  close_bulletin (f);
  open_bulletin (f);
  assert_list (f, 0, "");
  g_assert_cmpuint (add (f, "next")->number, ==, 2);
}

/* To remove what nobody wants makes room, also while it is under way, and a start drops nothing for
 * what is left of it. */
static void
test_remove_from_full (Fixture *f, gconstpointer data)
{
  GAsyncResult *removed = NULL;

  fill (f, EAR_LIMIT_BROADCASTS, "Bob", "hi");
  for (guint i = 0; i < 3; i++)
    remove_number (f, EAR_LIMIT_BROADCASTS - i);
  ear_bulletin_remove_async (f->bulletin, EAR_LIMIT_BROADCASTS - 3, result_cb, &removed);
  g_assert_cmpuint (fill (f, 5, "Bob", "room again"), ==, 3);
  wait_until (removed != NULL);
  g_object_unref (removed);
  g_assert_cmpuint (fill (f, 5, "Bob", "room again"), ==, 1);
  close_bulletin (f);
  open_bulletin (f);
  g_assert_cmpuint (ear_bulletin_get_n_broadcasts (f->bulletin), ==, EAR_LIMIT_BROADCASTS);
  g_assert_nonnull (ear_bulletin_lookup (f->bulletin, 1));
}

/* What is on its way when the bytes are used up does not cost an older one its place. */
static void
test_full_of_bytes (Fixture *f, gconstpointer data)
{
  g_autofree char *name = g_strnfill (EAR_LIMIT_DISPLAY, 'n');
  g_autofree char *text = g_strnfill (EAR_LIMIT_TEXT, 'x');
  guint n = fill (f, EAR_LIMIT_BROADCASTS, name, text);

  g_assert_cmpuint (n, <, EAR_LIMIT_BROADCASTS);
  close_bulletin (f);
  open_bulletin (f);
  g_assert_cmpuint (ear_bulletin_get_n_broadcasts (f->bulletin), ==, n);
  g_assert_nonnull (ear_bulletin_lookup (f->bulletin, 1));
}

/* While another is being written the journal is not rewritten: neither is lost. */
static void
test_remove_meanwhile (Fixture *f, gconstpointer data)
{
  GAsyncResult *removed = NULL;
  GAsyncResult *added = NULL;

  add (f, "one");
  add (f, "two");
  ear_bulletin_remove_async (f->bulletin, 1, result_cb, &removed);
  ear_bulletin_add_async (f->bulletin, "bob", "Bob", "three", result_cb, &added);
  wait_until (removed != NULL && added != NULL);
  g_assert_nonnull (ear_bulletin_add_finish (f->bulletin, added, NULL));
  g_assert_true (ear_bulletin_remove_finish (f->bulletin, removed, NULL));
  g_object_unref (added);
  g_object_unref (removed);
  close_bulletin (f);
  open_bulletin (f);
  assert_list (f, 0, "2 3 ");
}

/* The journal may have 8 MiB: to make all of it takes a tenth of a second, in which nobody would be
 * served. */
static void
test_remove_in_thread (Fixture *f, gconstpointer data)
{
  fill (f, 50, "Bob", "kept");
  add (f, "regretted");
  n_lines_made = 0;
  remove_number (f, 51);
  wait_until (!holds (f, "regretted"));
  g_assert_true (holds (f, "kept"));
  g_assert_cmpuint (n_lines_made, ==, 1);
}

/* Two remove it at once: the second, too late, is the one with nothing else on its way. */
static void
test_remove_twice (Fixture *f, gconstpointer data)
{
  GAsyncResult *results[2] = { NULL };

  add (f, "regretted");
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    ear_bulletin_remove_async (f->bulletin, 1, result_cb, &results[i]);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++) {
    wait_until (results[i] != NULL);
    g_assert_true (ear_bulletin_remove_finish (f->bulletin, results[i], NULL));
    g_object_unref (results[i]);
  }
  wait_until (!holds (f, "regretted"));
}

/* The rewriting fails; the server's end tries again. */
static void
test_remove_and_close (Fixture *f, gconstpointer data)
{
  g_autofree char *taken = g_build_filename (f->directory, JOURNAL ".new", NULL);

  add (f, "regretted");
  add (f, "kept");
  g_assert_cmpint (g_mkdir (taken, 0700), ==, 0);
  g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*cannot be rewritten*");
  g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*" JOURNAL "*");
  remove_number (f, 1);
  wait_until (G_OBJECT (f->bulletin)->ref_count == 1); /* no rewriting is under way */
  g_test_assert_expected_messages ();
  g_assert_true (holds (f, "regretted"));
  g_assert_cmpint (g_rmdir (taken), ==, 0);
  close_bulletin (f);
  g_assert_false (holds (f, "regretted"));
  g_assert_true (holds (f, "kept"));
  open_bulletin (f);
  assert_list (f, 0, "2 ");
}

static void
test_no_space (Fixture *f, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) removal = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) removal_error = NULL;

  add (f, "one");
  set_size_limit (20);
  g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*cannot be written*");
  ear_bulletin_add_async (f->bulletin, "bob", "Bob", "hi", result_cb, &result);
  wait_until (result != NULL);
  g_test_assert_expected_messages ();
  g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*cannot be written*");
  ear_bulletin_remove_async (f->bulletin, 1, result_cb, &removal);
  wait_until (removal != NULL);
  g_test_assert_expected_messages ();
  g_assert_false (ear_bulletin_remove_finish (f->bulletin, removal, &removal_error));
  g_assert_error (removal_error, EAR_ERROR, EAR_ERROR_READ_ONLY);
  set_size_limit (RLIM_INFINITY);
  g_assert_null (ear_bulletin_add_finish (f->bulletin, result, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_READ_ONLY);
  assert_list (f, 0, "1 ");
  g_assert_cmpuint (add (f, "three")->number, >, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  main_thread = g_thread_self ();

#define ADD(name, func) g_test_add ("/bulletin/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("add", test_add);
  ADD ("together", test_together);
  ADD ("age", test_age);
  ADD ("numbers", test_numbers);
  ADD ("full", test_full);
  ADD ("full-of-bytes", test_full_of_bytes);
  ADD ("compaction", test_compaction);
  ADD ("remove", test_remove);
  ADD ("remove/last", test_remove_last);
  ADD ("remove/from-full", test_remove_from_full);
  ADD ("remove/meanwhile", test_remove_meanwhile);
  ADD ("remove/in-thread", test_remove_in_thread);
  ADD ("remove/twice", test_remove_twice);
  ADD ("remove/and-close", test_remove_and_close);
  ADD ("no-space", test_no_space);
#undef ADD
  return g_test_run ();
}
