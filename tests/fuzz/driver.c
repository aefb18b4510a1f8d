/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Stands in for libFuzzer: hands every file that is named, and every file of every directory that
 * is named, to the target. Each also cut at every byte and with single bits turned, so that a small
 * corpus is worth running without a fuzzer; but not after --as-is. */

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

/* Beyond this many bytes a file is only run as it is. */
#define MAX_VARIED 4096

/* libFuzzer hands out blocks of exactly the size: so that whoever reads beyond is caught. */
static void
run (const char *data, gsize size)
{
  g_autofree guint8 *copy = g_malloc (MAX (size, 1));

  memcpy (copy, data, size);
  LLVMFuzzerTestOneInput (copy, size);
}

static gboolean as_is;

static gboolean
run_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, &error)) {
    g_printerr ("%s\n", error->message);
    return FALSE;
  }
  run (data, size);
  if (as_is || size > MAX_VARIED)
    return TRUE;
  for (gsize i = 0; i < size; i++) {
    run (data, i);
    for (guint bit = 0; bit < 8; bit++) {
      data[i] = (char) (data[i] ^ (1 << bit));
      run (data, size);
      data[i] = (char) (data[i] ^ (1 << bit));
    }
  }
  return TRUE;
}

/* Returns how many files were run; -1 when one could not be. */
static int
run_path (const char *path)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;
  int n = 0;

  if (directory == NULL)
    return run_file (path) ? 1 : -1;
  while ((name = g_dir_read_name (directory)) != NULL) {
    g_autofree char *file = g_build_filename (path, name, NULL);

    if (!run_file (file))
      return -1;
    n++;
  }
  return n;
}

int
main (int argc, char **argv)
{
  int n_files = 0;

  for (int i = 1; i < argc; i++) {
    int n;

    if (g_str_equal (argv[i], "--as-is")) {
      as_is = TRUE;
      continue;
    }
    n = run_path (argv[i]);
    if (n < 0)
      return EXIT_FAILURE;
    n_files += n;
  }
  g_print ("%d files\n", n_files);
  return n_files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
