/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The out-queue: shared lines, half-written lines, and what an urgent one may pass. */

#include "wire/ear-out-queue.h"

#include <string.h>

static void
push (EarOutQueue *queue, const char *text)
{
  g_autoptr (GBytes) line = g_bytes_new_static (text, strlen (text));

  ear_out_queue_push (queue, line);
}

static void
push_urgent (EarOutQueue *queue, const char *text)
{
  g_autoptr (GBytes) line = g_bytes_new_static (text, strlen (text));

  ear_out_queue_push_urgent (queue, line);
}

static void
assert_peek (EarOutQueue *queue, gsize size, const char *expected)
{
  guint8 buffer[256];
  gsize n = ear_out_queue_peek (queue, buffer, size);

  g_assert_cmpmem (buffer, n, expected, strlen (expected));
}

static void
test_fill (void)
{
  g_autoptr (EarOutQueue) queue = ear_out_queue_new ();

  assert_peek (queue, 100, "");
  push (queue, "one\n");
  push (queue, "two\n");
  push (queue, "three\n");
  g_assert_cmpuint (ear_out_queue_get_n_bytes (queue), ==, 14);
  assert_peek (queue, 6, "one\ntw");
  assert_peek (queue, 100, "one\ntwo\nthree\n");
  ear_out_queue_pop (queue, 5);
  g_assert_cmpuint (ear_out_queue_get_n_bytes (queue), ==, 9);
  assert_peek (queue, 100, "wo\nthree\n");
  ear_out_queue_pop (queue, 9);
  g_assert_cmpuint (ear_out_queue_get_n_bytes (queue), ==, 0);
  assert_peek (queue, 100, "");
}

static void
test_shared (void)
{
  EarOutQueue *a = ear_out_queue_new ();
  EarOutQueue *b = ear_out_queue_new ();
  GBytes *line = g_bytes_new ("shared\n", 7);

  ear_out_queue_push (a, line);
  ear_out_queue_push (b, line);
  g_bytes_unref (line);
  assert_peek (a, 100, "shared\n");
  ear_out_queue_pop (a, 7);
  ear_out_queue_free (a);
  assert_peek (b, 100, "shared\n");
  ear_out_queue_free (b); /* with a line still in it */
}

static void
test_urgent (void)
{
  g_autoptr (EarOutQueue) queue = ear_out_queue_new ();

  push_urgent (queue, "u1\n");
  push (queue, "one\n");
  push_urgent (queue, "u2\n");
  push (queue, "two\n");
  push_urgent (queue, "u3\n");
  assert_peek (queue, 100, "u1\nu2\nu3\none\ntwo\n");
  ear_out_queue_pop (queue, 9);
  push_urgent (queue, "u4\n");
  assert_peek (queue, 100, "u4\none\ntwo\n");
}

static void
test_urgent_after_half_line (void)
{
  g_autoptr (EarOutQueue) queue = ear_out_queue_new ();

  push (queue, "one\n");
  push (queue, "two\n");
  assert_peek (queue, 2, "on");
  ear_out_queue_pop (queue, 2);
  push_urgent (queue, "u1\n");
  push_urgent (queue, "u2\n");
  assert_peek (queue, 100, "e\nu1\nu2\ntwo\n");
  ear_out_queue_pop (queue, 4); /* half of u1 */
  push_urgent (queue, "u3\n");
  assert_peek (queue, 100, "\nu2\nu3\ntwo\n");
}

/* TLS may have made a record of what it was shown, and must be shown the same again. */
static void
test_urgent_after_committed (void)
{
  g_autoptr (EarOutQueue) queue = ear_out_queue_new ();

  push (queue, "one\n");
  push (queue, "two\n");
  push (queue, "three\n");
  assert_peek (queue, 5, "one\nt");
  push_urgent (queue, "u\n");
  assert_peek (queue, 100, "one\ntwo\nu\nthree\n");
  ear_out_queue_pop (queue, 4);
  push_urgent (queue, "v\n");
  assert_peek (queue, 100, "two\nu\nv\nthree\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/out-queue/fill", test_fill);
  g_test_add_func ("/out-queue/shared", test_shared);
  g_test_add_func ("/out-queue/urgent", test_urgent);
  g_test_add_func ("/out-queue/urgent-after-half-line", test_urgent_after_half_line);
  g_test_add_func ("/out-queue/urgent-after-committed", test_urgent_after_committed);
  return g_test_run ();
}
