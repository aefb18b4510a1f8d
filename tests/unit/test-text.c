/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "wire/ear-limits.h"
#include "wire/ear-name.h"
#include "wire/ear-text.h"

static void
test_valid (void)
{
  g_autofree char *longest = g_strnfill (EAR_LIMIT_TEXT, 'W');
  g_autofree char *longer = g_strnfill (EAR_LIMIT_TEXT + 1, 'W');
  g_autofree char *lines = g_strnfill (99, '\n');
  g_autofree char *more_lines = g_strnfill (100, '\n');

  g_assert_true (ear_text_is_valid ("a\tb\nc", 100, 2));
  g_assert_false (ear_text_is_valid ("a\nb\nc", 100, 2));
  g_assert_true (ear_text_is_valid (longest, EAR_LIMIT_TEXT, 1));
  g_assert_false (ear_text_is_valid (longer, EAR_LIMIT_TEXT, 1));
  g_assert_true (ear_text_is_valid (lines, EAR_LIMIT_TEXT, 100));
  g_assert_false (ear_text_is_valid (more_lines, EAR_LIMIT_TEXT, 100));
  g_assert_false (ear_text_is_valid ("", 10, 1));
  g_assert_true (ear_text_is_single_line ("", 10));
  g_assert_false (ear_text_is_single_line ("a\tb", 10));
}

static void
test_refused (void)
{
  static const char *const cases[] = {
    "a\rb",          "a\033[2J",      "a\177",     "a\xc2\x85", "a\xe2\x80\xa8",
    "a\xe2\x80\xa9", "a\xef\xbf\xbe", "a\xc0\xaf", "\xff",
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_false (ear_text_is_valid (cases[i], 100, 100));
}

/* What may not stand in a line, at its ends, between words, and beyond its size. */
static void
test_line (void)
{
  static const struct
  {
    const char *text;
    const char *line;
  } cases[] = {
    { "", "" },
    { " Bob ", " Bob " },
    { "bob\tsmith\r\n", "bob smith" },
    { "\n\xe2\x80\xa8\xc2\x85", "" },
    { "\nbob\xe2\x80\xa9\xef\xbf\xbe\xef\xb7\x90okafor", "bob okafor" },
    { "bob\xff smith", "bob" },
    { "12345678\t0", "12345678 0" },
    { "123456789\t0", "123456789" },
    { "12345678\n\xc3\xa4", "12345678" },
    { "12345678\xc3\xa4z", "12345678\xc3\xa4" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *line = ear_text_dup_line (cases[i].text, 10);

    g_assert_cmpstr (line, ==, cases[i].line);
    g_assert_true (ear_text_is_single_line (line, 10));
  }
}

static void
test_escape (void)
{
  static const struct
  {
    const char *text;
    const char *escaped;
  } cases[] = {
    { "plain, Übung", "plain, Übung" },
    { "a\nb\033[2J", "a\\u{a}b\\u{1b}[2J" },
    { "a\\b", "a\\\\b" },
    { "a\xff", "a\\xff" },
    { "a\xe2\x80\xae"
      "b",
      "a\\u{202e}b" },
    { "12345678901234567890123456789012345678901234567890",
      "1234567890123456789012345678901234567890…" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *escaped = ear_text_escape (cases[i].text, 40);

    g_assert_cmpstr (escaped, ==, cases[i].escaped);
  }
}

static void
test_names (void)
{
  static const char *const good[] = { "a", "alice", "a.b-c_9", "abcdefghijklmnopqrstuvwxyz012345" };
  static const char *const bad[] = {
    "",   "Alice",      "9a",     "-a",  ".a",       "a b", "a/b",
    "..", "a,600000\n", "=cmd|x", "a\"", "\xd0\xb0", "a\n", "abcdefghijklmnopqrstuvwxyz0123456",
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (ear_name_is_valid (good[i]));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (ear_name_is_valid (bad[i]));
}

static void
test_display_names (void)
{
  static const char *const good[] = {
    "Bob Okafor", "Åsa",  "李雷",  "e\xcc\x81", "<b>&", "👩", "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81",
    "a=b",        "ကြော့်", "สมชาย", "דוד"
  };
  static const char *const bad[] = {
    "",
    " Bob",
    "Bob ",
    "Bo\nb",
    "Bo\xe2\x80\x8b"
    "b",
    "\xe2\x80\xae"
    "boB",
    "a\xc2\xad"
    "b",
    "a\xe2\x81\xa0"
    "b",
    "Alice\xe3\x85\xa4", /* U+3164 Hangul filler */
    "\xe1\x85\x9f",      /* U+115F */
    "A\xef\xbe\xa0",     /* U+FFA0 */
    "\xe2\xa0\x80",      /* U+2800 empty braille pattern */
    "A\xcd\x8f",         /* U+034F */
    "A\xe1\x9e\xb4",     /* U+17B4 */
    "A\xe1\xa0\x8b",     /* U+180B */
    "A\xef\xb8\x8f",     /* U+FE0F variation selector */
    "A\xf3\xa0\x84\x80", /* U+E0100 */
    "\xcc\x81",          /* a mark alone */
    "\xcc\x81"
    "e",
    "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81",
    "=cmd|x",
    "+1",
    "-1",
    "@SUM(A1)",
    "\xef\xbc\x9d"
    "1", /* U+FF1D full width */
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (ear_name_is_valid_display (good[i]));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (ear_name_is_valid_display (bad[i]));
}

/* A server may know a newer Unicode than we; but what is not seen in any is in none. */
static void
test_unassigned (void)
{
  static const char *const maybe[] = {
    "Bo\xf0\xbf\xbf\xb0",                               /* U+3FFF0 */
    "\xf0\xbf\xbf\xb0", "\xf0\x9f\x89\xb0\xef\xb8\x8f", /* U+1F270 U+FE0F: among the pictures */
  };
  static const char *const bad[] = {
    "Bo\xe2\x81\xa5",     /* U+2065 */
    "Bo\xef\xbf\xb0",     /* U+FFF0 */
    "Bo\xef\xbf\xb8",     /* U+FFF8 */
    "Bo\xf3\xa0\x80\x80", /* U+E0000 */
    "Bo\xf3\xa0\xbf\xbf", /* U+E0FFF */
    "Bo\xee\x80\x80",     /* U+E000 private */
    "Bo\xf0\xbf\xbf\xbe", /* U+3FFFE noncharacter */
    "\xf0\xbf\xbf\xb0\xef\xb8\x8f",
    "Bo\xf0\xbf\xbf\xb0 ",
  };

  for (guint i = 0; i < G_N_ELEMENTS (maybe); i++) {
    g_assert_true (ear_name_may_be_display (maybe[i]));
    g_assert_false (ear_name_is_valid_display (maybe[i]));
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_test_message ("bad %u", i);
    g_assert_false (ear_name_may_be_display (bad[i]));
    g_assert_false (ear_name_is_valid_display (bad[i]));
  }
}

#define TEXT_STYLE "\xef\xb8\x8e" /* U+FE0E */
#define COLOURS "\xef\xb8\x8f"    /* U+FE0F */
#define ZWJ "\xe2\x80\x8d"        /* U+200D */
#define KEYCAP "\xe2\x83\xa3"     /* U+20E3 */
#define SKIN "\xf0\x9f\x8f\xbd"   /* U+1F3FD */
#define FLAG_D "\xf0\x9f\x87\xa9" /* U+1F1E9 */
#define FLAG_E "\xf0\x9f\x87\xaa" /* U+1F1EA */
#define BOX_LINE "\xe2\x94\x82"   /* U+2502 */
#define DIGIT_ONE "\xe2\x9d\xb6"  /* U+2776 in a circle */
#define IDEOGRAPH "\xe6\x9d\x8e"  /* U+674E */
#define VS_1 "\xef\xb8\x80"       /* U+FE00 */
#define VS_17 "\xf3\xa0\x84\x80"  /* U+E0100 */

/* Emoji keyboards put a selector after a symbol; anywhere else it makes two of one name. */
static void
test_selectors (void)
{
  static const char *const good[] = {
    "❤" COLOURS,
    "❤" TEXT_STYLE,
    "☺" COLOURS,
    "Ann ❤" COLOURS " Bob",
    "☀" COLOURS "☕" COLOURS,
    "©" TEXT_STYLE,
    "™" COLOURS,
    "‼" COLOURS,
    "⁉" COLOURS,
    "↔" COLOURS,
    "⌚" COLOURS,
    "▶" TEXT_STYLE,
    "◼" COLOURS,
    "✈" COLOURS,
    "⤴" COLOURS,
    "⬅" COLOURS,
    "〰" COLOURS,
    "㊗" COLOURS,
    "🀄" COLOURS,
    "🈂" COLOURS,
    "🏖" COLOURS,
    "🛠" COLOURS "Ann",
    "☝" COLOURS "Ann",
    "❤" COLOURS KEYCAP,
    "👍" SKIN,
    FLAG_D FLAG_E,
    "a☂" COLOURS "b☂" COLOURS,
  };
  static const char *const bad[] = {
    COLOURS,
    COLOURS "❤",
    " " COLOURS,
    "A" COLOURS,
    "é" COLOURS,
    "e\xcc\x81" COLOURS,
    "ß" TEXT_STYLE,
    IDEOGRAPH COLOURS,
    "1" COLOURS,
    "1" COLOURS KEYCAP, /* a keycap, but a digit all the same */
    "#" COLOURS,
    "*" COLOURS,
    "Ann" COLOURS "❤",
    "Ann " COLOURS,
    "a-" COLOURS,
    "a!" COLOURS,
    "a+" COLOURS,
    "ℹ" COLOURS, /* a letter */
    "Ⓜ" COLOURS,
    "🅰" COLOURS,
    FLAG_D COLOURS FLAG_E,
    FLAG_D FLAG_E COLOURS,
    DIGIT_ONE COLOURS,
    BOX_LINE COLOURS,
    "→" COLOURS,
    "👍" SKIN COLOURS,
    "❤" COLOURS COLOURS,
    "❤" COLOURS TEXT_STYLE,
    "❤" TEXT_STYLE COLOURS,
    "❤" KEYCAP COLOURS,
    "❤" COLOURS KEYCAP COLOURS,
    "❤" VS_1,
    "❤" VS_17,
    "👩" ZWJ "💻",
    "❤" COLOURS ZWJ "🔥",
    "❤" ZWJ,
    "❤" COLOURS " ",
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_test_message ("good %u", i);
    g_assert_true (ear_name_is_valid_display (good[i]));
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_test_message ("bad %u", i);
    g_assert_false (ear_name_is_valid_display (bad[i]));
  }
}

static void
test_folded (void)
{
  static const struct
  {
    const char *name;
    const char *folded;
  } cases[] = {
    { "", "" },           { "Ann STRASSE", "ann strasse" },   { "Ann Straße", "ann strasse" },
    { "ﬁne", "fine" },    { "❤" COLOURS " Ann", "❤ ann" },    { "❤" TEXT_STYLE " Ann", "❤ ann" },
    { "❤ Ann", "❤ ann" }, { "™" COLOURS "☀" COLOURS, "tm☀" }, { COLOURS, "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *folded = ear_name_dup_folded (cases[i].name);

    g_assert_cmpstr (folded, ==, cases[i].folded);
  }
}

static void
test_long_word (void)
{
  g_autofree char *word = g_strnfill (EAR_TEXT_LONG_WORD, 'W');
  g_autofree char *longer = g_strconcat ("two ", word, "W", NULL);
  g_autofree char *two = g_strconcat (word, "\n", word, "李", word, NULL);

  g_assert_false (ear_text_has_long_word (""));
  g_assert_false (ear_text_has_long_word (word));
  g_assert_false (ear_text_has_long_word (two));
  g_assert_true (ear_text_has_long_word (longer));
}

static void
test_isolate (void)
{
#define RLO "\xe2\x80\xae"
#define RLI "\xe2\x81\xa7"
#define FSI "\xe2\x81\xa8"
#define PDI "\xe2\x81\xa9"
  static const struct
  {
    const char *text;
    const char *isolated;
  } cases[] = {
    { "", "" },
    { "Bob, <b>Übung</b>", "Bob, <b>Übung</b>" },
    { "דוד", FSI "דוד" PDI },
    { "a" RLO "b", FSI "a" RLO "b" PDI },
    { "a" RLI "b", FSI "a" RLI "b" PDI PDI },
    { "a" RLI "b" FSI "c", FSI "a" RLI "b" FSI "c" PDI PDI PDI },
    { "a" RLI "b" PDI "c", FSI "a" RLI "b" PDI "c" PDI },
    { "a" PDI "b" PDI RLO, FSI "ab" RLO PDI },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *isolated = ear_text_isolate (cases[i].text);

    g_assert_cmpstr (isolated, ==, cases[i].isolated);
  }
}

static void
test_address (void)
{
  static const char *const good[] = { "127.0.0.1", "::1", "fe80::1", "::ffff:10.0.0.1" };
  static const char *const bad[] = {
    "",      ":",         ":::",
    "127.1", "localhost", "fe80::1%lo",
    "[::1]", "1.2.3.4 ",  "0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0"
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (ear_text_is_address (good[i]));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (ear_text_is_address (bad[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/text/valid", test_valid);
  g_test_add_func ("/text/refused", test_refused);
  g_test_add_func ("/text/isolate", test_isolate);
  g_test_add_func ("/text/long-word", test_long_word);
  g_test_add_func ("/text/line", test_line);
  g_test_add_func ("/text/escape", test_escape);
  g_test_add_func ("/text/address", test_address);
  g_test_add_func ("/name/account", test_names);
  g_test_add_func ("/name/display", test_display_names);
  g_test_add_func ("/name/unassigned", test_unassigned);
  g_test_add_func ("/name/selectors", test_selectors);
  g_test_add_func ("/name/folded", test_folded);
  return g_test_run ();
}
