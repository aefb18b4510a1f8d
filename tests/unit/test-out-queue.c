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

/* Lines, more and fewer than have their place in the queue, against one text. */
static void
test_random (void)
{
  g_autoptr (EarOutQueue) queue = ear_out_queue_new ();
  g_autoptr (GString) model = g_string_new (NULL);
  g_autoptr (GRand) rand = g_rand_new_with_seed (1234);
  guint8 buffer[4096];

  for (guint i = 0; i < 20000; i++) {
    char text[32];
    gsize text_size = (gsize) g_snprintf (text, sizeof text, "line %u\n", i);
    g_autoptr (GBytes) line = g_bytes_new (text, text_size);
    guint n_most = i / 1000 % 2 == 0 ? 8 : 40; /* bytes that are written at a time */
    gsize n;

    ear_out_queue_push (queue, line);
    g_string_append (model, text);
    if (model->len < sizeof buffer - 32 && g_rand_int_range (rand, 0, 3) > 0)
      continue;
    do {
      n = ear_out_queue_peek (queue, buffer, (gsize) g_rand_int_range (rand, 1, (gint) n_most));
      g_assert_cmpmem (buffer, n, model->str, n);
      g_string_erase (model, 0, (gssize) n);
      ear_out_queue_pop (queue, n);
      g_assert_cmpuint (ear_out_queue_get_n_bytes (queue), ==, model->len);
    } while (n > 0 && g_rand_int_range (rand, 0, 9) > 0);
  }
  g_assert_cmpuint (ear_out_queue_peek (queue, buffer, sizeof buffer), ==, model->len);
  g_assert_cmpmem (buffer, model->len, model->str, model->len);
}

/* An urgent line in the middle of more than a few, when the first place is not the first of all. */
static void
test_urgent_in_a_crowd (void)
{
  g_autoptr (EarOutQueue) queue = ear_out_queue_new ();

  push (queue, "a\n");
  push (queue, "b\n");
  push (queue, "c\n");
  assert_peek (queue, 4, "a\nb\n");
  ear_out_queue_pop (queue, 4);
  push (queue, "d\n");
  push (queue, "e\n");
  assert_peek (queue, 3, "c\nd");
  push_urgent (queue, "u\n");
  push_urgent (queue, "v\n");
  push (queue, "f\n");
  assert_peek (queue, 100, "c\nd\nu\nv\ne\nf\n");
  ear_out_queue_pop (queue, 6);
  push_urgent (queue, "w\n");
  assert_peek (queue, 100, "v\nw\ne\nf\n");
  ear_out_queue_pop (queue, 8);
  push (queue, "g\n");
  push_urgent (queue, "x\n");
  assert_peek (queue, 100, "x\ng\n");
}

/* Who asks and never reads: each answer is cheap, however many wait, or this takes minutes. */
static void
test_urgent_without_end (void)
{
  g_autoptr (EarOutQueue) queue = ear_out_queue_new ();
  guint8 buffer[8];

  push (queue, "one\n");
  push (queue, "two\n");
  assert_peek (queue, 2, "on");
  for (guint i = 0; i < 300000; i++)
    push_urgent (queue, "u\n");
  assert_peek (queue, 8, "one\nu\nu\n");
  ear_out_queue_pop (queue, 4 + 2 * 300000);
  g_assert_cmpuint (ear_out_queue_peek (queue, buffer, sizeof buffer), ==, 4);
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
  g_test_add_func ("/out-queue/random", test_random);
  g_test_add_func ("/out-queue/urgent-in-a-crowd", test_urgent_in_a_crowd);
  g_test_add_func ("/out-queue/urgent-without-end", test_urgent_without_end);
  return g_test_run ();
}
