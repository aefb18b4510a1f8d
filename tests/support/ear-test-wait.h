/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* How long a test waits for what must come, in seconds: long enough for a machine that does ten
 * other things. */
#define EAR_TEST_PATIENCE 30

guint ear_test_wait_begin (const char *where, const char *condition);
/* A GAsyncReadyCallback; user_data is a GAsyncResult **, to be waited for and owned. */
void ear_test_result_cb (GObject *source, GAsyncResult *result, gpointer user_data);
void ear_test_settle (guint milliseconds);

/* Turns the main loop until @condition; the test fails when it does not come. */
#define ear_test_wait(condition)                                       \
  do {                                                                 \
    guint ear_test_timer = ear_test_wait_begin (G_STRLOC, #condition); \
    while (!(condition))                                               \
      g_main_context_iteration (NULL, TRUE);                           \
    g_source_remove (ear_test_timer);                                  \
  } while (0)

G_END_DECLS
