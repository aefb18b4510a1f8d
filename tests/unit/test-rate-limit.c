/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarRateLimit: per key, in all, and the window that slides. */

#include "client/ear-rate-limit.h"
#include "wire/ear-clock.h"

#define WINDOW_MS 1000

static void
test_per_key (void)
{
  g_autoptr (EarClock) clock = ear_clock_new_manual (0);
  g_autoptr (EarRateLimit) limit = ear_rate_limit_new (clock, WINDOW_MS, 2, 100);

  g_assert_true (ear_rate_limit_take (limit, "alice"));
  g_assert_true (ear_rate_limit_take (limit, "alice"));
  g_assert_false (ear_rate_limit_take (limit, "alice"));
  g_assert_true (ear_rate_limit_take (limit, "bob"));
}

static void
test_in_all (void)
{
  g_autoptr (EarClock) clock = ear_clock_new_manual (0);
  g_autoptr (EarRateLimit) limit = ear_rate_limit_new (clock, WINDOW_MS, 2, 3);

  g_assert_true (ear_rate_limit_take (limit, "alice"));
  g_assert_true (ear_rate_limit_take (limit, "bob"));
  g_assert_true (ear_rate_limit_take (limit, "carol"));
  g_assert_false (ear_rate_limit_take (limit, "dave"));
}

static void
test_window (void)
{
  g_autoptr (EarClock) clock = ear_clock_new_manual (0);
  g_autoptr (EarRateLimit) limit = ear_rate_limit_new (clock, WINDOW_MS, 2, 2);

  g_assert_true (ear_rate_limit_take (limit, "alice"));
  ear_clock_advance (clock, WINDOW_MS * 1000 / 2);
  g_assert_true (ear_rate_limit_take (limit, "alice"));
  ear_clock_advance (clock, WINDOW_MS * 1000 / 2 - 1);
  /* What is refused does not count, or who insists would be kept out for good. */
  g_assert_false (ear_rate_limit_take (limit, "alice"));
  ear_clock_advance (clock, 1);
  g_assert_true (ear_rate_limit_take (limit, "alice"));
  g_assert_false (ear_rate_limit_take (limit, "alice"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rate-limit/per-key", test_per_key);
  g_test_add_func ("/rate-limit/in-all", test_in_all);
  g_test_add_func ("/rate-limit/window", test_window);
  return g_test_run ();
}
