/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The lock on the data directory. */

#include "server/ear-data-dir.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "store-fixture.h"

static void
test_one_owner (void)
{
  char *directory = make_directory ();
  g_autoptr (GError) error = NULL;
  int first = ear_data_dir_lock (directory, &error);
  int second;

  g_assert_no_error (error);
  g_assert_cmpint (ear_data_dir_lock (directory, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, directory));
  g_clear_error (&error);
  close (first);
  second = ear_data_dir_lock (directory, &error);
  g_assert_no_error (error);
  g_assert_cmpint (second, >=, 0);
  assert_private (directory, "lock");
  close (second);
  remove_directory (directory);
}

static void
test_made_private (void)
{
  char *directory = make_directory ();
  g_autofree char *parent = g_build_filename (directory, "a", NULL);
  char *path = g_build_filename (parent, "b", NULL);
  g_autoptr (GError) error = NULL;
  int fd = ear_data_dir_lock (path, &error);
  GStatBuf status;

  g_assert_no_error (error);
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmphex (status.st_mode & 0777, ==, 0700);
  close (fd);
  remove_directory (path);
  g_assert_cmpint (g_rmdir (parent), ==, 0);
  remove_directory (directory);
}

/* A lock that points elsewhere is not followed: nothing is made there. */
static void
test_link (void)
{
  char *directory = make_directory ();
  g_autofree char *lock = g_build_filename (directory, "lock", NULL);
  g_autofree char *victim = g_build_filename (directory, "victim", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (symlink (victim, lock), ==, 0);
  g_assert_cmpint (ear_data_dir_lock (directory, &error), ==, -1);
  g_assert_nonnull (error);
  g_assert_false (g_file_test (victim, G_FILE_TEST_EXISTS));
  remove_directory (directory);
}

static void
test_no_directory (void)
{
  static const char *const bad[] = { "file", "file/a/b", "link", "link/a/b" };
  char *directory = make_directory ();
  g_autofree char *link = g_build_filename (directory, "link", NULL);

  write_file (directory, "file", "", 0);
  g_assert_cmpint (symlink ("nowhere", link), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *path = g_build_filename (directory, bad[i], NULL);
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (ear_data_dir_lock (path, &error), ==, -1);
    g_assert_nonnull (error);
  }
  g_assert_cmpint (ear_data_dir_lock ("", NULL), ==, -1);
  remove_directory (directory);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data-dir/one-owner", test_one_owner);
  g_test_add_func ("/data-dir/made-private", test_made_private);
  g_test_add_func ("/data-dir/link", test_link);
  g_test_add_func ("/data-dir/no-directory", test_no_directory);
  return g_test_run ();
}
