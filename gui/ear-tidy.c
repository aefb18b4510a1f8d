/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Gives memory back. What thousands of rows needed for a moment stands free between what is kept,
 * and the C library would hold on to it: a quarter of the app's memory after a large roster. */

#include "config.h"

#include "gui/ear-tidy.h"

#ifdef HAVE_MALLOC_TRIM
#include <malloc.h>
#endif

#define DELAY_S 3 /* after the last of what is much at once */

static guint source;

static gboolean
tidy_cb (gpointer user_data)
{
  source = 0;
#ifdef HAVE_MALLOC_TRIM
  malloc_trim (0);
#endif
  return G_SOURCE_REMOVE;
}

/**
 * ear_tidy_soon:
 *
 * Gives free memory back to the system when there has been quiet for some seconds. To be called
 * after what takes much memory for a moment, from the main thread.
 */
void
ear_tidy_soon (void)
{
  g_clear_handle_id (&source, g_source_remove);
  source = g_timeout_add_seconds_full (G_PRIORITY_LOW, DELAY_S, tidy_cb, NULL, NULL);
}
