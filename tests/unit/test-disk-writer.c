/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarDiskWriter: order, results, replacing, leaving out lines, and a disk that takes no more. */

#include "server/ear-disk-writer.h"

#include <string.h>
#include <unistd.h>

#include "store-fixture.h"
#include "wire/ear-error.h"

typedef struct
{
  char *directory;
  char *path;
  EarDiskWriter *writer;
  GArray *results; /* (element-type gint): the index of each call, -1 - index when it failed */
} Fixture;

typedef struct
{
  Fixture *fixture;
  gint index;
} Call;

static void
open_writer (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  f->writer = ear_disk_writer_new (f->path, &error);
  g_assert_no_error (error);
}

static void
close_writer (Fixture *f)
{
  ear_disk_writer_close (f->writer);
  g_assert_finalize_object (g_steal_pointer (&f->writer));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->directory = make_directory ();
  f->path = g_build_filename (f->directory, "file", NULL);
  f->results = g_array_new (FALSE, FALSE, sizeof (gint));
  open_writer (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  close_writer (f);
  g_array_unref (f->results);
  g_free (f->path);
  remove_directory (f->directory);
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Call *call = user_data;
  g_autoptr (GError) error = NULL;

  if (ear_disk_writer_finish (EAR_DISK_WRITER (source), result, &error)) {
    g_assert_no_error (error);
  } else {
    g_assert_error (error, EAR_ERROR, EAR_ERROR_READ_ONLY);
    call->index = -1 - call->index;
  }
  g_array_append_val (call->fixture->results, call->index);
}

static Call *
call_new (Fixture *f, gint index)
{
  Call *call = g_new (Call, 1);

  *call = (Call){ f, index };
  return call;
}

static GThread *main_thread;

static GBytes *
make_cb (gpointer data)
{
  g_assert_true (g_thread_self () != main_thread);
  return g_bytes_ref (data);
}

static void
put (Fixture *f, gboolean replace, gint index, const char *text)
{
  g_autoptr (GBytes) data = g_bytes_new (text, strlen (text));
  Call *call = call_new (f, index);

  if (replace)
    ear_disk_writer_replace_async (f->writer, make_cb, g_bytes_ref (data),
                                   (GDestroyNotify) g_bytes_unref, done_cb, call);
  else
    ear_disk_writer_append_async (f->writer, data, done_cb, call);
}

/* Until all calls up to this one have ended: this one last, and well or not. A compaction may end
 * after calls that came later. */
static void
await (Fixture *f, guint index, gboolean done)
{
  wait_until (f->results->len == index + 1);
  g_assert_cmpint (g_array_index (f->results, gint, index), ==,
                   done ? (gint) index : -1 - (gint) index);
}

static void
test_order (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) expected = g_string_new (NULL);

  for (gint i = 0; i < 500; i++) {
    g_autofree char *line = g_strdup_printf ("line %d\n", i);

    if (i % 100 == 70) {
      g_string_assign (expected, line);
      put (f, TRUE, i, line);
    } else {
      g_string_append (expected, line);
      put (f, FALSE, i, line);
    }
  }
  wait_until (f->results->len == 500);
  for (gint i = 0; i < 500; i++)
    g_assert_cmpint (g_array_index (f->results, gint, i), ==, i);
  assert_file (f->directory, "file", expected->str, expected->len);
  assert_private (f->directory, "file");
}

/* Whoever is told that a line is durable finds it in the file. */
static void
test_durable_first (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) expected = g_string_new (NULL);

  for (guint i = 0; i < 20; i++) {
    put (f, FALSE, (gint) i, "x\n");
    g_string_append (expected, "x\n");
    await (f, i, TRUE);
    assert_file (f->directory, "file", expected->str, expected->len);
  }
}

static void
test_reopen (Fixture *f, gconstpointer data)
{
  put (f, FALSE, 0, "one\n");
  await (f, 0, TRUE);
  close_writer (f);
  g_assert_cmpint (g_chmod (f->path, 0644), ==, 0);
  open_writer (f);
  assert_private (f->directory, "file");
  put (f, FALSE, 1, "two\n");
  await (f, 1, TRUE);
  assert_file (f->directory, "file", "one\ntwo\n", 8);
}

static ino_t
get_inode (Fixture *f)
{
  GStatBuf status;

  g_assert_cmpint (g_stat (f->path, &status), ==, 0);
  return status.st_ino;
}

/* What was there before this process may be in the kernel's memory alone: it is written again, and
 * nothing is added before that. */
static void
test_reopen_first (Fixture *f, gconstpointer data)
{
  g_autofree char *taken = g_strconcat (f->path, ".new", NULL);
  ino_t before;

  put (f, FALSE, 0, "one\n");
  await (f, 0, TRUE);
  close_writer (f);
  before = get_inode (f);
  g_assert_cmpint (g_mkdir (taken, 0700), ==, 0);
  for (guint i = 0; i < 2; i++)
    g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*cannot be rewritten*");
  open_writer (f);
  settle ();
  put (f, FALSE, 1, "two\n");
  await (f, 1, FALSE);
  g_test_assert_expected_messages ();
  assert_file (f->directory, "file", "one\n", 4);
  g_assert_cmpint (g_rmdir (taken), ==, 0);
  put (f, FALSE, 2, "three\n");
  await (f, 2, TRUE);
  assert_file (f->directory, "file", "one\nthree\n", 10);
  g_assert_cmpuint (get_inode (f), !=, before);
}

/* A start, which has other files to sync, does not wait for that. */
static void
test_reopen_later (Fixture *f, gconstpointer data)
{
  ino_t before;

  put (f, FALSE, 0, "one\n");
  await (f, 0, TRUE);
  close_writer (f);
  before = get_inode (f);
  open_writer (f);
  close_writer (f);
  g_assert_cmpuint (get_inode (f), ==, before);
  open_writer (f);
  settle ();
  close_writer (f);
  g_assert_cmpuint (get_inode (f), !=, before);
  open_writer (f);
}

/* All that was asked for before it was closed is done. */
static void
test_close (Fixture *f, gconstpointer data)
{
  for (gint i = 0; i < 50; i++)
    put (f, FALSE, i, "y");
  ear_disk_writer_close (f->writer);
  assert_file (f->directory, "file", "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy", 50);
  wait_until (f->results->len == 50);
}

/* The left-over of a replacement that a crash cut short is in nobody's way. */
static void
test_left_over (Fixture *f, gconstpointer data)
{
  write_file (f->directory, "file.new", "rubbish", 7);
  put (f, FALSE, 0, "old\n");
  put (f, TRUE, 1, "new\n");
  await (f, 1, TRUE);
  assert_file (f->directory, "file", "new\n", 4);
  assert_private (f->directory, "file");
  g_assert_null (read_file (f->directory, "file.new"));
}

/* A write that fails half-way is taken back; later ones succeed. */
static void
test_full (Fixture *f, gconstpointer data)
{
  put (f, FALSE, 0, "first\n");
  await (f, 0, TRUE);

  g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*cannot be written*");
  set_size_limit (9);
  put (f, FALSE, 1, "too long\n");
  await (f, 1, FALSE);
  g_test_assert_expected_messages ();
  assert_file (f->directory, "file", "first\n", 6);

  g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*cannot be rewritten*");
  put (f, TRUE, 2, "much too long\n");
  await (f, 2, FALSE);
  g_test_assert_expected_messages ();
  assert_file (f->directory, "file", "first\n", 6);
  g_assert_null (read_file (f->directory, "file.new"));

  set_size_limit (RLIM_INFINITY);
  g_assert_false (ear_disk_writer_is_read_only (f->writer));
  put (f, FALSE, 3, "third\n");
  await (f, 3, TRUE);
  assert_file (f->directory, "file", "first\nthird\n", 12);
}

static void
put_aside (Fixture *f, gint index)
{
  ear_disk_writer_rotate_async (f->writer, done_cb, call_new (f, index));
}

/* What was asked for before is in the old file, what comes after in the new one. */
static void
test_rotate (Fixture *f, gconstpointer data)
{
  put (f, FALSE, 0, "one\n");
  put_aside (f, 1);
  put (f, FALSE, 2, "two\n");
  await (f, 2, TRUE);
  assert_file (f->directory, "file.1", "one\n", 4);
  assert_file (f->directory, "file", "two\n", 4);
  assert_private (f->directory, "file");
  put_aside (f, 3);
  await (f, 3, TRUE);
  assert_file (f->directory, "file.1", "two\n", 4);
  assert_file (f->directory, "file", "", 0);
  for (gint i = 0; i < 4; i++)
    g_assert_cmpint (g_array_index (f->results, gint, i), ==, i);
}

/* The place is taken by a directory: the file stays what it is, and goes on. */
static void
test_rotate_fails (Fixture *f, gconstpointer data)
{
  g_autofree char *taken = g_build_filename (f->directory, "file.1", NULL);

  g_assert_cmpint (g_mkdir (taken, 0700), ==, 0);
  g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*cannot be renamed*");
  put (f, FALSE, 0, "one\n");
  put_aside (f, 1);
  put (f, FALSE, 2, "two\n");
  await (f, 2, TRUE);
  g_test_assert_expected_messages ();
  g_assert_cmpint (g_array_index (f->results, gint, 1), ==, -2);
  assert_file (f->directory, "file", "one\ntwo\n", 8);
}

/* -- Compaction -- */

/* Notes the line; keeps what begins with a k. */
static gboolean
keep_cb (const char *line, gsize size, gpointer user_data)
{
  g_string_append_len (user_data, line, (gssize) size);
  g_string_append_c (user_data, ' ');
  return size > 0 && line[0] == 'k';
}

static void
compact (Fixture *f, gint index, GString *seen)
{
  ear_disk_writer_compact_async (f->writer, keep_cb, seen, NULL, done_cb, call_new (f, index));
}

static void
test_compact (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *before;
    const char *after;
  } rows[] = {
    { "", "" },
    { "k\n", "k\n" },
    { "d\n", "" },
    { "d\nd\n", "" },
    { "k1\nk2\nk3\n", "k1\nk2\nk3\n" },
    { "d1\nk2\nd3\n", "k2\n" },
    { "k1\nk2\nd3\nk4\nd5\n\nk6\n", "k1\nk2\nk4\nk6\n" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GString) seen = g_string_new (NULL);

    g_array_set_size (f->results, 0);
    put (f, TRUE, 0, rows[i].before);
    await (f, 0, TRUE);
    compact (f, 1, seen);
    await (f, 1, TRUE);
    assert_file (f->directory, "file", rows[i].after, strlen (rows[i].after));
    assert_private (f->directory, "file");
    g_assert_null (read_file (f->directory, "file.new"));
  }
}

/* From the last line to the first; what is appended meanwhile is not looked at, and is kept. */
static void
test_compact_meanwhile (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) expected = g_string_new ("k1\nk3\n");
  g_autoptr (GString) seen = g_string_new (NULL);

  put (f, FALSE, 0, "k1\nd2\nk3\n");
  compact (f, 1, seen);
  for (gint i = 2; i < 300; i++) {
    put (f, FALSE, i, "d later\n");
    g_string_append (expected, "d later\n");
  }
  wait_until (f->results->len == 300);
  g_assert_cmpstr (seen->str, ==, "k3 d2 k1 ");
  assert_file (f->directory, "file", expected->str, expected->len);
}

static void
test_compact_and_close (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) seen = g_string_new (NULL);

  put (f, FALSE, 0, "k1\nd2\n");
  compact (f, 1, seen);
  put (f, FALSE, 2, "k3\n");
  ear_disk_writer_close (f->writer);
  assert_file (f->directory, "file", "k1\nk3\n", 6);
  wait_until (f->results->len == 3);
}

static void
test_compact_full (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) seen = g_string_new (NULL);

  put (f, FALSE, 0, "k1\nd2\n");
  await (f, 0, TRUE);
  set_size_limit (2);
  g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*cannot be rewritten*");
  compact (f, 1, seen);
  await (f, 1, FALSE);
  set_size_limit (RLIM_INFINITY);
  g_test_assert_expected_messages ();
  g_assert_null (read_file (f->directory, "file.new"));
  put (f, FALSE, 2, "k3\n");
  compact (f, 3, seen);
  await (f, 3, TRUE);
  assert_file (f->directory, "file", "k1\nk3\n", 6);
}

static gint no_threads; /* atomic */

GThread *
__real_g_thread_try_new (const char *name, GThreadFunc func, gpointer data, GError **error);
GThread *
__wrap_g_thread_try_new (const char *name, GThreadFunc func, gpointer data, GError **error);

GThread *
__wrap_g_thread_try_new (const char *name, GThreadFunc func, gpointer data, GError **error)
{
  if (!g_atomic_int_get (&no_threads))
    return __real_g_thread_try_new (name, func, data, error);
  g_set_error (error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN, "no more threads");
  return NULL;
}

/* The system has no thread left: that is for another time. */
static void
test_compact_no_thread (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) seen = g_string_new (NULL);

  put (f, FALSE, 0, "k1\nd2\n");
  g_atomic_int_set (&no_threads, TRUE);
  g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*cannot be rewritten*no more threads");
  compact (f, 1, seen);
  await (f, 1, FALSE);
  g_test_assert_expected_messages ();
  assert_file (f->directory, "file", "k1\nd2\n", 6);
  g_atomic_int_set (&no_threads, FALSE);
  compact (f, 2, seen);
  await (f, 2, TRUE);
  assert_file (f->directory, "file", "k1\n", 3);
}

/* Each looks through what the one before has left, and what came then. */
static void
test_compact_twice (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) seen = g_string_new (NULL);

  put (f, FALSE, 0, "k1\nd2\n");
  compact (f, 1, seen);
  put (f, FALSE, 2, "d3\nk4\n");
  compact (f, 3, seen);
  compact (f, 4, seen);
  ear_disk_writer_close (f->writer);
  await (f, 4, TRUE);
  for (gint i = 0; i < 5; i++)
    g_assert_true (g_array_index (f->results, gint, i) >= 0);
  g_assert_cmpstr (seen->str, ==, "d2 k1 k4 d3 k1 k4 k1 ");
  assert_file (f->directory, "file", "k1\nk4\n", 6);
}

/* An editor saves the file meanwhile: what was acknowledged is what counts. */
static void
test_compact_replaced (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) seen = g_string_new (NULL);

  put (f, FALSE, 0, "k1\nd2\n");
  await (f, 0, TRUE);
  write_file (f->directory, "file", "k\n", 2);
  put (f, FALSE, 1, "k3\n");
  compact (f, 2, seen);
  put (f, FALSE, 3, "k4\n");
  wait_until (f->results->len == 4);
  g_assert_cmpstr (seen->str, ==, "k3 d2 k1 ");
  assert_file (f->directory, "file", "k1\nk3\nk4\n", 9);
}

/* Somebody has cut the file: that is no compaction. */
static void
test_compact_cut (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) seen = g_string_new (NULL);

  put (f, FALSE, 0, "k1\nd2\n");
  await (f, 0, TRUE);
  g_assert_cmpint (truncate (f->path, 3), ==, 0);
  g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*cannot be rewritten*");
  compact (f, 1, seen);
  await (f, 1, FALSE);
  g_test_assert_expected_messages ();
  assert_file (f->directory, "file", "k1\n", 3);
  g_assert_null (read_file (f->directory, "file.new"));
}

static void
test_not_a_file (Fixture *f, gconstpointer data)
{
  g_autofree char *link = g_build_filename (f->directory, "link", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (ear_disk_writer_new (f->directory, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (error->domain, ==, G_FILE_ERROR);
  g_clear_error (&error);

  g_assert_cmpint (symlink (f->path, link), ==, 0);
  g_assert_null (ear_disk_writer_new (link, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (error->domain, ==, G_FILE_ERROR);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  main_thread = g_thread_self ();

#define ADD(name, func) g_test_add ("/disk-writer/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("order", test_order);
  ADD ("durable-first", test_durable_first);
  ADD ("reopen", test_reopen);
  ADD ("reopen-first", test_reopen_first);
  ADD ("reopen-later", test_reopen_later);
  ADD ("close", test_close);
  ADD ("left-over", test_left_over);
  ADD ("full", test_full);
  ADD ("rotate", test_rotate);
  ADD ("rotate/fails", test_rotate_fails);
  ADD ("compact", test_compact);
  ADD ("compact/meanwhile", test_compact_meanwhile);
  ADD ("compact/and-close", test_compact_and_close);
  ADD ("compact/full", test_compact_full);
  ADD ("compact/no-thread", test_compact_no_thread);
  ADD ("compact/twice", test_compact_twice);
  ADD ("compact/replaced", test_compact_replaced);
  ADD ("compact/cut", test_compact_cut);
  ADD ("not-a-file", test_not_a_file);
#undef ADD
  return g_test_run ();
}
