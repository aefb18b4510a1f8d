/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a process needs. */
typedef struct
{
  glong memory_kib;
  guint n_files; /* 0 where only root may look */
} EarTestFigures;

/* A process as the kernel shows it, by its number, or "self". */
EarTestFigures ear_test_process_measure (const char *pid);
gint64 ear_test_process_get_cpu_us (const char *pid);
guint ear_test_process_count_in_memory (const char *pid, const char *text);

G_END_DECLS
