/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "support/ear-test-process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_MAPPING (256UL * 1024 * 1024) /* bytes: what is larger is a sanitizer's */

static guint
count_files (const char *pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/fd", pid);
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (directory != NULL && g_dir_read_name (directory) != NULL)
    n++;
  return n;
}

EarTestFigures
ear_test_process_measure (const char *pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/status", pid);
  g_autofree char *status = NULL;

  g_assert_true (g_file_get_contents (path, &status, NULL, NULL));
  return (EarTestFigures){ .memory_kib = atol (strstr (status, "VmRSS:") + strlen ("VmRSS:")),
                           .n_files = count_files (pid) };
}

/* The processor time that it has used, in microseconds; not for "self". */
gint64
ear_test_process_get_cpu_us (const char *pid)
{
  struct timespec used;
  clockid_t clock;

  g_assert_cmpint (clock_getcpuclockid (atoi (pid), &clock), ==, 0);
  g_assert_cmpint (clock_gettime (clock, &used), ==, 0);
  return (gint64) used.tv_sec * G_USEC_PER_SEC + used.tv_nsec / 1000;
}

static guint
count (const char *bytes, gsize size, const char *text)
{
  const char *end = bytes + size;
  guint n = 0;

  while ((bytes = memmem (bytes, (gsize) (end - bytes), text, strlen (text))) != NULL) {
    bytes++;
    n++;
  }
  return n;
}

/* How often a text is in what a process may write; only root may look. */
guint
ear_test_process_count_in_memory (const char *pid, const char *text)
{
  g_autofree char *maps_path = g_strdup_printf ("/proc/%s/maps", pid);
  g_autofree char *mem_path = g_strdup_printf ("/proc/%s/mem", pid);
  g_autofree char *maps = NULL;
  g_auto (GStrv) lines = NULL;
  FILE *mem = fopen (mem_path, "rb");
  guint n = 0;

  g_assert_nonnull (mem);
  g_assert_true (g_file_get_contents (maps_path, &maps, NULL, NULL));
  lines = g_strsplit (maps, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    unsigned long start, end;
    g_autofree char *bytes = NULL;

    if (sscanf (lines[i], "%lx-%lx rw", &start, &end) != 2 || strstr (lines[i], " rw-p ") == NULL ||
        end - start > MAX_MAPPING)
      continue;
    bytes = g_malloc (end - start);
    fseek (mem, (long) start, SEEK_SET);
    n += count (bytes, fread (bytes, 1, end - start, mem), text);
  }
  fclose (mem);
  return n;
}
