/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Times, counts and lines as text, against a fixed "now". */

#include "client/ear-chat-message.h"
#include "client/ear-user.h"
#include "gui/ear-format.h"
#include "wire/ear-error.h"

#include <locale.h>
#include <string.h>

static GDateTime *
new_now (void)
{
  return g_date_time_new_local (2026, 3, 12, 14, 2, 30);
}

static GDateTime *
ago (GDateTime *now, GTimeSpan span)
{
  return g_date_time_add (now, -span);
}

#define assert_text(call, expected)        \
  G_STMT_START                             \
  {                                        \
    g_autofree char *text_ = (call);       \
    g_assert_cmpstr (text_, ==, expected); \
  }                                        \
  G_STMT_END

static void
test_ago (void)
{
  static const struct
  {
    GTimeSpan span;
    const char *text;
  } cases[] = {
    { 0, "now" },
    { -5 * G_TIME_SPAN_MINUTE, "now" }, /* somebody's clock is wrong */
    { 59 * G_TIME_SPAN_SECOND, "now" },
    { G_TIME_SPAN_MINUTE, "1 min ago" },
    { 59 * G_TIME_SPAN_MINUTE + 59 * G_TIME_SPAN_SECOND, "59 min ago" },
    { G_TIME_SPAN_HOUR, "1 h ago" },
    { 14 * G_TIME_SPAN_HOUR, "14 h ago" },
    { 15 * G_TIME_SPAN_HOUR, "yesterday" }, /* past midnight */
    { 2 * G_TIME_SPAN_DAY, "2 days ago" },
    { 6 * G_TIME_SPAN_DAY, "6 days ago" },
    { 7 * G_TIME_SPAN_DAY, "5 March" },
    { 365 * G_TIME_SPAN_DAY, "12 March 2025" },
  };
  g_autoptr (GDateTime) now = new_now ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GDateTime) then = ago (now, cases[i].span);

    assert_text (ear_format_ago (then, now), cases[i].text);
  }
}

static void
test_moment (void)
{
  g_autoptr (GDateTime) now = new_now ();
  g_autoptr (GDateTime) morning = ago (now, 5 * G_TIME_SPAN_HOUR);
  g_autoptr (GDateTime) yesterday = ago (now, G_TIME_SPAN_DAY);
  g_autoptr (GDateTime) monday = ago (now, 3 * G_TIME_SPAN_DAY);

  assert_text (ear_format_clock (now), "14:02");
  assert_text (ear_format_moment (morning, now), "09:02");
  assert_text (ear_format_moment (yesterday, now), "Yesterday, 14:02");
  assert_text (ear_format_day (now, now), "Today");
  assert_text (ear_format_day (monday, now), "Monday");
  assert_text (ear_format_last_seen (yesterday, now), "last seen yesterday");
  assert_text (ear_format_last_seen (NULL, now), "away");
}

static void
test_counts (void)
{
  assert_text (ear_format_badge (1), "1");
  assert_text (ear_format_badge (99), "99");
  assert_text (ear_format_badge (100), "99+");
  assert_text (ear_format_count (10000), "10000");
  assert_text (ear_format_position (0, 3), "1 of 3");
  assert_text (ear_format_reached (0), "Reached nobody yet");
  assert_text (ear_format_reached (1), "Reached 1 user");
  assert_text (ear_format_reached (42), "Reached 42 users");
  assert_text (ear_format_reach (42),
               "Reaches 42 users now, and everyone who comes within 30 minutes.");
  assert_text (ear_format_part (500, 2310, ""), "The first 500 of 2310. Search to find others.");
  assert_text (ear_format_part (3, 2310, "an"), "Names that begin with “an”, among 2310 users.");
  assert_text (ear_format_retry (0), "Trying again…");
  assert_text (ear_format_retry (8), "Trying again in 8 s");
  assert_text (ear_format_length (12, 4096), "12 / 4096");
}

static void
test_preview (void)
{
  g_autofree char *long_text = g_strnfill (4096, 'x');
  g_autofree char *cut = ear_format_preview (long_text);

  assert_text (ear_format_preview (NULL), "");
  assert_text (ear_format_preview (" \n\t "), "");
  assert_text (ear_format_preview ("  one\n\n two\tthree  "), "one two three");
  assert_text (ear_format_preview ("<b>bold</b> & more"), "<b>bold</b> & more");
  assert_text (ear_format_preview ("right\xe2\x80\xaeleft"),
               "\xe2\x81\xa8right\xe2\x80\xaeleft\xe2\x81\xa9");
  assert_text (ear_format_preview ("o\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81k"),
               "o\xcc\x81\xcc\x81\xcc\x81\xcc\x81k");
  g_assert_cmpint (g_utf8_strlen (cut, -1), ==, 121);
  g_assert_true (g_str_has_suffix (cut, "x…"));
}

static void
test_status (void)
{
  g_autofree char *long_text = g_strnfill (64, 'x');
  g_autofree char *wide = g_strconcat ("a", long_text, NULL);
  g_autofree char *cut = NULL;

  assert_text (ear_format_status (NULL, FALSE), "");
  assert_text (ear_format_status ("In the lab", FALSE), "In the lab");
  assert_text (ear_format_status (NULL, TRUE), "Do not disturb");
  assert_text (ear_format_status ("", TRUE), "Do not disturb");
  assert_text (ear_format_status ("In the lab", TRUE), "Do not disturb · In the lab");
  assert_text (ear_format_status (long_text, FALSE), long_text);

  /* Whatever the characters, never half of one. */
  for (guint i = 0; i < 8; i++) {
    g_autofree char *status = g_strconcat (wide + 65 - i, "ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ", NULL);

    g_clear_pointer (&cut, g_free);
    cut = ear_format_status (status, TRUE);
    g_assert_cmpuint (strlen (cut), <=, 64);
    g_assert_cmpuint (strlen (cut), >, 62);
    g_assert_true (g_utf8_validate (cut, -1, NULL));
    g_assert_true (g_str_has_suffix (cut, "Ä…"));
  }
}

static char *
format_note (EarDelivery delivery, const char *name)
{
  g_autoptr (GDateTime) now = new_now ();
  EarHistoryMessage row = { .id = (char *) "id",
                            .text = (char *) "",
                            .time_us = g_date_time_to_unix (now) * G_USEC_PER_SEC,
                            .delivery = delivery };
  g_autoptr (EarChatMessage) note = ear_chat_message_new (&row);

  return ear_format_note (note, name, now);
}

static void
test_note (void)
{
  assert_text (format_note (EAR_DELIVERY_KEY_CHANGED, "Bob"), "Bob’s key has changed · 14:02");
  assert_text (format_note (EAR_DELIVERY_KEY_TRUSTED, "<b>%s"),
               "You trusted the new key of <b>%s · 14:02");
  assert_text (format_note (EAR_DELIVERY_KEY_REFUSED, "Bob"),
               "Another device asked to chat as Bob and was turned away. Ask Bob if it is theirs: "
               "it can ask again once you end this chat · 14:02");
}

static void
test_sender (void)
{
  assert_text (ear_format_sender ("Bob Okafor", "bob"), "Bob Okafor (bob)");
  assert_text (ear_format_sender ("Alice", "mallory"), "Alice (mallory)");
  assert_text (ear_format_sender ("Bob", "bob"), "Bob");
  assert_text (ear_format_sender ("", "bob"), "bob");
  assert_text (ear_format_sender (NULL, "bob"), "bob");
  assert_text (ear_format_sender ("דוד", "david"), "\xe2\x81\xa8דוד\xe2\x81\xa9 (david)");
}

/* Whatever the length, the host can be seen. */
static void
test_link (void)
{
  g_autofree char *host = g_strnfill (253, 'h');
  g_autofree char *path = g_strnfill (3700, 'p');
  g_autofree char *uri = g_strdup_printf ("https://%s:65535/%s.exe", host, path);
  g_autofree char *link = ear_format_link (uri);
  g_autofree char *start = g_strdup_printf ("https://%s:65535/", host);

  assert_text (ear_format_link ("https://example.org/a"), "https://example.org/a");
  g_assert_true (g_str_has_prefix (link, start));
  g_assert_true (g_str_has_suffix (link, ".exe"));
  g_assert_cmpint (g_utf8_strlen (link, -1), ==, 361);
}

static void
test_user_line (void)
{
  g_autoptr (EarUser) user = ear_user_new ("bob");
  g_autoptr (GDateTime) now = new_now ();
  g_autoptr (GDateTime) then = ago (now, 2 * G_TIME_SPAN_MINUTE);

  ear_user_set_active (user, TRUE);
  assert_text (ear_format_user_line (user, now), "bob");
  ear_user_set_last_message (user, "See you\nthere");
  assert_text (ear_format_user_line (user, now), "bob · See you there");
  ear_user_set_status (user, "busy");
  assert_text (ear_format_user_line (user, now), "bob · busy");
  ear_user_set_unread (user, 1);
  assert_text (ear_format_user_line (user, now), "bob · See you there");
  ear_user_set_unread (user, 0);
  ear_user_set_active (user, FALSE);
  ear_user_set_last_seen (user, then);
  assert_text (ear_format_user_line (user, now), "bob · last seen 2 min ago");
  ear_user_set_uncertain (user, TRUE);
  assert_text (ear_format_user_line (user, now), "bob · may be active");
  ear_user_set_chatting (user, TRUE);
  assert_text (ear_format_user_line (user, now), "bob · direct chat goes on");
  ear_user_set_asking (user, TRUE);
  assert_text (ear_format_user_line (user, now), "bob · would like to chat");
}

/* Whatever goes wrong, the user reads a sentence. */
static void
test_errors (void)
{
  for (int code = 0; code < EAR_N_ERRORS; code++) {
    g_autoptr (GError) error = ear_error_new (code);
    g_autofree char *text = ear_format_error (error);

    g_assert_cmpuint (strlen (text), >, 10);
    g_assert_true (g_utf8_validate (text, -1, NULL));
  }

  g_autoptr (GError) foreign = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "Disk on fire");

  assert_text (ear_format_error (foreign), "Disk on fire");

  /* Which file it is, and what to do. */
  g_autoptr (GError) file =
    g_error_new_literal (EAR_ERROR, EAR_ERROR_BAD_FILE, "“/a/b” is damaged");
  g_autofree char *text = ear_format_error (file);

  g_assert_true (g_str_has_prefix (text, "“/a/b” is damaged."));
  g_assert_nonnull (strstr (text, "move it away"));
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "C.UTF-8");
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/format/ago", test_ago);
  g_test_add_func ("/format/moment", test_moment);
  g_test_add_func ("/format/counts", test_counts);
  g_test_add_func ("/format/preview", test_preview);
  g_test_add_func ("/format/status", test_status);
  g_test_add_func ("/format/note", test_note);
  g_test_add_func ("/format/sender", test_sender);
  g_test_add_func ("/format/link", test_link);
  g_test_add_func ("/format/user-line", test_user_line);
  g_test_add_func ("/format/errors", test_errors);
  return g_test_run ();
}
