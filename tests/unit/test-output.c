/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What never comes over a link, but from a file, an error or a bug, is harmless on a terminal, too.
 */

#include "cli/ear-output.h"

static const struct
{
  const char *text;
  const char *safe;
} cases[] = {
  { "", "" },
  { "Grüße, 世界 🙂", "Grüße, 世界 🙂" },
  { "\x1b[2J\x1b]0;title\x07", "\\u{1b}[2J\\u{1b}]0;title\\u{7}" },
  { "old\rnew", "old\\u{d}new" },
  { "\b\b\x7f", "\\u{8}\\u{8}\\u{7f}" },
  { "a\xc2\x85"
    "b\u2028c\u2029d",
    "a\\u{85}b\\u{2028}c\\u{2029}d" },
  { "\xc2\x9b"
    "2J",
    "\\u{9b}2J" },
  { "\u202e\u2066\u200f", "\\u{202e}\\u{2066}\\u{200f}" },
  { "\\u{1b}", "\\\\u{1b}" },
  { "\x9b\xff", "\\x9b\\xff" },
  { "one\n* bob: two\n\nthree", "one\n    * bob: two\n    \n    three" },
  { "\n", "\n    " },
};

static void
test_safe (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *safe = ear_output_dup_safe (cases[i].text);

    g_assert_cmpstr (safe, ==, cases[i].safe);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/output/safe", test_safe);
  return g_test_run ();
}
