/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>

/* A directory of its own for each test of something that keeps files, and its calls as if they were
 * synchronous. */

static inline gboolean
give_up_cb (gpointer user_data)
{
  g_error ("%s: this never came true", (const char *) user_data);
  return G_SOURCE_REMOVE;
}

/* Turns the main loop until @condition; gives up after half a minute. */
#define wait_until(condition)                                                                  \
  do {                                                                                         \
    guint wait_timer = g_timeout_add_seconds (30, give_up_cb, (gpointer) G_STRLOC #condition); \
    while (!(condition))                                                                       \
      g_main_context_iteration (NULL, TRUE);                                                   \
    g_source_remove (wait_timer);                                                              \
  } while (0)

static inline void
result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **place = user_data;

  g_assert_null (*place);
  *place = g_object_ref (result);
}

/* Tells what has ended and nobody waited for; call it when the threads have ended. */
static inline void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static inline char *
make_directory (void)
{
  g_autoptr (GError) error = NULL;
  char *directory = g_dir_make_tmp ("earshot-test-XXXXXX", &error);

  g_assert_no_error (error);
  return directory;
}

/* Removes the directory and the files in it, and frees its name. */
static inline void
remove_directory (char *directory)
{
  GDir *dir = g_dir_open (directory, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (directory, name, NULL);

    g_assert_cmpint (g_remove (path), ==, 0);
  }
  g_dir_close (dir);
  g_assert_cmpint (g_rmdir (directory), ==, 0);
  g_free (directory);
}

static inline void
write_file (const char *directory, const char *name, const char *data, gsize size)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (path, data, (gssize) size, G_FILE_SET_CONTENTS_CONSISTENT, 0644,
                            &error);
  g_assert_no_error (error);
}

/* Puts the file in a store's place, whose next start then says how many of its lines it keeps
 * aside: call g_test_assert_expected_messages() after that. */
static inline void
damage_file (const char *directory,
             const char *name,
             const char *data,
             gsize size,
             guint n_rejected)
{
  g_autofree char *rejected = g_strconcat (directory, "/", name, ".rejected", NULL);
  g_autofree char *warning = g_strdup_printf ("*%s: %u lines *.rejected", name, n_rejected);

  g_remove (rejected);
  write_file (directory, name, data, size);
  if (n_rejected > 0)
    g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, warning);
}

/* What the file holds, or NULL when there is none. */
static inline GBytes *
read_file (const char *directory, const char *name)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  char *data;
  gsize size;

  return g_file_get_contents (path, &data, &size, NULL) ? g_bytes_new_take (data, size) : NULL;
}

static inline void
assert_file (const char *directory, const char *name, const char *data, gsize size)
{
  g_autoptr (GBytes) file = read_file (directory, name);

  g_assert_nonnull (file);
  g_assert_cmpmem (g_bytes_get_data (file, NULL), g_bytes_get_size (file), data, size);
}

static inline void
assert_private (const char *directory, const char *name)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  GStatBuf status;

  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmphex (status.st_mode & 0777, ==, 0600);
}

/* From now on no file of this process grows beyond @limit bytes; RLIM_INFINITY: all may. */
static inline void
set_size_limit (rlim_t limit)
{
  struct rlimit limits;

  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limits), ==, 0);
  limits.rlim_cur = limit;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limits), ==, 0);
}
