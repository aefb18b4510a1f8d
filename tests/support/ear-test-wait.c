/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "support/ear-test-wait.h"

typedef struct
{
  const char *where;
  const char *condition;
} Wait;

static gboolean
too_long_cb (gpointer user_data)
{
  const Wait *wait = user_data;

  g_error ("%s: waited too long for: %s", wait->where, wait->condition);
  return G_SOURCE_REMOVE;
}

guint
ear_test_wait_begin (const char *where, const char *condition)
{
  Wait *wait = g_new (Wait, 1);

  wait->where = where;
  wait->condition = condition;
  return g_timeout_add_seconds_full (G_PRIORITY_DEFAULT, EAR_TEST_PATIENCE, too_long_cb, wait,
                                     g_free);
}

static gboolean
over_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Turns the main loop for a while, for what must not come. */
void
ear_test_settle (guint milliseconds)
{
  gboolean over = FALSE;

  g_timeout_add (milliseconds, over_cb, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

void
ear_test_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}
