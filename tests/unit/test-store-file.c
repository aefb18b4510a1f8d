/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarStoreFile: lines of whoever has written them, what is kept aside, and what is no file. */

#include "server/ear-store-file.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store-fixture.h"

typedef struct
{
  char *directory;
  char *path;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->directory = make_directory ();
  f->path = g_build_filename (f->directory, "file", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_free (f->path);
  remove_directory (f->directory);
}

static void
test_lines (void)
{
  static const struct
  {
    const char *text;
    const char *lines; /* with | after each, or ! when it is torn */
    gboolean foreign;
  } rows[] = {
    { "", "", FALSE },
    { "a", "a!", FALSE },
    { "a\n", "a|", FALSE },
    { "a\nb\n\n", "a|b||", FALSE },
    { "a\n\"b\n", "a|\"b|", FALSE },
    { "a\r\n", "a|", TRUE },
    { "a\r", "a!", TRUE },
    { "\r\n", "|", TRUE },
    { "\r\r\n", "\r|", TRUE },
    { "\xef\xbb\xbf", "", TRUE },
    { "\xef\xbb\xbf"
      "a\n\xef\xbb\xbf"
      "b\n",
      "a|\xef\xbb\xbf"
      "b|",
      TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (EarStoreFile) file = ear_store_file_new (rows[i].text, strlen (rows[i].text));
    g_autoptr (GString) lines = g_string_new (NULL);

    while (ear_store_file_next (file)) {
      g_string_append_len (lines, file->line, (gssize) file->size);
      g_string_append_c (lines, file->torn ? '!' : '|');
    }
    g_assert_cmpstr (lines->str, ==, rows[i].lines);
    g_assert_cmpint (file->foreign, ==, rows[i].foreign);
    g_assert_false (ear_store_file_next (file));
  }
}

static EarStoreFile *
open_file (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  EarStoreFile *file = ear_store_file_open (f->path, &error);

  g_assert_no_error (error);
  return file;
}

static void
reject_all (Fixture *f, const char *warning)
{
  g_autoptr (EarStoreFile) file = open_file (f);
  g_autoptr (GError) error = NULL;

  while (ear_store_file_next (file))
    ear_store_file_reject (file);
  if (warning != NULL)
    g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, warning);
  g_assert_true (ear_store_file_keep_rejected (file, &error));
  g_assert_no_error (error);
  g_test_assert_expected_messages ();
}

/* One warning, and what was kept before stays. */
static void
test_rejected (Fixture *f, gconstpointer data)
{
  reject_all (f, NULL);
  write_file (f->directory, "file", "\n\n", 2);
  reject_all (f, NULL);
  g_assert_null (read_file (f->directory, "file.rejected"));
  write_file (f->directory, "file", "a\n\0b\n\nc", 7);
  reject_all (f, "*/file: 3 lines *file.rejected");
  write_file (f->directory, "file", "d\r\n", 3);
  reject_all (f, "*/file: 1 lines *file.rejected");
  assert_file (f->directory, "file.rejected", "a\n\0b\nc\nd\n", 9);
  assert_private (f->directory, "file.rejected");
}

/* Nobody reads from a pipe: the server says so and does not wait. */
static void
test_not_kept (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_strconcat (f->path, ".rejected", NULL);

  write_file (f->directory, "file", "a\n", 2);
  for (guint i = 0; i < 3; i++) {
    g_autoptr (EarStoreFile) file = open_file (f);
    g_autoptr (GError) error = NULL;

    if (i == 0)
      g_assert_cmpint (mkfifo (path, 0600), ==, 0);
    else if (i == 1)
      g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
    else
      g_assert_cmpint (symlink ("nowhere", path), ==, 0);
    g_assert_true (ear_store_file_next (file));
    ear_store_file_reject (file);
    g_assert_false (ear_store_file_keep_rejected (file, &error));
    g_assert_nonnull (error);
    g_assert_cmpuint (error->domain, ==, G_FILE_ERROR);
    g_assert_cmpint (g_remove (path), ==, 0);
  }
}

static void
assert_rewritten (Fixture *f, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (ear_store_file_rewrite (f->path, text, strlen (text), &error));
  g_assert_no_error (error);
  assert_file (f->directory, "file", text, strlen (text));
  assert_private (f->directory, "file");
}

/* A copy that a killed server has left does not stay for ever: it may hold what was removed. */
static void
test_rewrite_left_over (Fixture *f, gconstpointer data)
{
  assert_rewritten (f, "old\n");
  write_file (f->directory, "file.new", "secret of somebody who has left\n", 32);
  assert_rewritten (f, "new\n");
  g_assert_null (read_file (f->directory, "file.new"));
}

static void
test_rewrite_full (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  assert_rewritten (f, "old\n");
  set_size_limit (4);
  g_assert_false (ear_store_file_rewrite (f->path, "newer\n", 6, &error));
  set_size_limit (RLIM_INFINITY);
  g_assert_nonnull (error);
  g_assert_cmpuint (error->domain, ==, G_FILE_ERROR);
  assert_file (f->directory, "file", "old\n", 4);
  g_assert_null (read_file (f->directory, "file.new"));
}

static void
assert_owned (const char *path)
{
  GStatBuf status;

  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpuint (status.st_uid, ==, 12345);
  g_assert_cmpuint (status.st_gid, ==, 23456);
}

/* The server, which is not root, can read what an operator's command has written as root. */
static void
test_as_root (Fixture *f, gconstpointer data)
{
  g_autofree char *rejected = g_strconcat (f->path, ".rejected", NULL);

  if (geteuid () != 0) {
    g_test_skip ("needs root");
    return;
  }
  g_assert_cmpint (chown (f->directory, 12345, 23456), ==, 0);
  assert_rewritten (f, "text\n");
  assert_owned (f->path);
  reject_all (f, "*/file: 1 lines *file.rejected");
  assert_owned (rejected);
}

static void
assert_refused (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ear_store_file_open (f->path, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (error->domain, ==, G_FILE_ERROR);
  g_assert_cmpint (g_remove (f->path), ==, 0);
}

static void
test_not_a_file (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (symlink ("nowhere", f->path), ==, 0);
  assert_refused (f);
  g_assert_cmpint (symlink ("/etc/passwd", f->path), ==, 0);
  assert_refused (f);
  g_assert_cmpint (g_mkdir (f->path, 0700), ==, 0);
  assert_refused (f);
  g_assert_cmpint (mkfifo (f->path, 0600), ==, 0);
  assert_refused (f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add ("/store-file/" name, Fixture, NULL, set_up, func, tear_down)
  g_test_add_func ("/store-file/lines", test_lines);
  ADD ("rejected", test_rejected);
  ADD ("not-kept", test_not_kept);
  ADD ("not-a-file", test_not_a_file);
  ADD ("rewrite-left-over", test_rewrite_left_over);
  ADD ("rewrite-full", test_rewrite_full);
  ADD ("as-root", test_as_root);
#undef ADD
  return g_test_run ();
}
