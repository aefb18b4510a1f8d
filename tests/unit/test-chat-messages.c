/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Messages of ours that the disk does not take, or give back, at first, and those of the other that
 * are too many at once: they arrive, each once, in their order. */

#include <sqlite3.h>

#include "client/ear-chat-message.h"
#include "pair-fixture.h"
#include "wire/ear-limits.h"

static void
run_sql (Inhabitant *whose, const char *sql)
{
  g_autofree char *path = g_build_filename (whose->directory, "history.db", NULL);
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  sqlite3_busy_timeout (db, 5000);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

/* For the messages of alice, as if her disk were full. */
static void
fill_disk (Pair *pair)
{
  run_sql (pair->alice, "ALTER TABLE message RENAME TO elsewhere");
}

static void
make_room (Pair *pair)
{
  run_sql (pair->alice, "ALTER TABLE elsewhere RENAME TO message");
}

static void
say_in_vain (Pair *pair, const char *text)
{
  say (pair->a, text);
  wait_until (pair->a->n_keeping == 0);
  g_assert_cmpuint (pair->a->unkept.length, >, 0);
}

static void
test_unkept (Pair *pair, gconstpointer data)
{
  fill_disk (pair);
  say (pair->a, "one");
  say_in_vain (pair, "two");
  town_advance (&pair->town, EAR_HISTORY_AGAIN_MS); /* in vain, too */
  wait_until (pair->a->n_keeping == 0);
  make_room (pair);
  say_in_vain (pair, "three"); /* behind the others */
  open_chat (pair);
  town_advance (&pair->town, EAR_HISTORY_AGAIN_MS);
  wait_until (count (pair->b) == 3 && all_received (pair->a));
  assert_texts (pair->b, "one;two;three;");
}

static void
test_unkept_and_broken (Pair *pair, gconstpointer data)
{
  open_chat (pair);
  say (pair->a, "one");
  wait_until (count (pair->b) == 1 && all_received (pair->a));
  fill_disk (pair);
  say_in_vain (pair, "two");
  break_link (pair);
  make_room (pair);
  town_run_until (&pair->town, count (pair->b) == 2 && all_received (pair->a));
  break_link (pair);
  say (pair->a, "three");
  town_run_until (&pair->town, count (pair->b) == 3 && all_received (pair->a));
  assert_texts (pair->b, "one;two;three;");
}

static void
log_out_and_in (Pair *pair)
{
  EarChat *chat = g_object_ref (pair->a);

  ear_switchboard_set_account (pair->alice->switchboard, NULL, NULL);
  wait_until (chat->n_keeping == 0);
  g_object_unref (chat);
  ear_switchboard_set_account (pair->alice->switchboard, "alice", pair->town.fingerprint);
  pair->a = inhabitant_get_chat (pair->alice, pair->bob);
}

/* Whoever logs out in between. */
static void
test_unkept_and_closed (Pair *pair, gconstpointer data)
{
  fill_disk (pair);
  say_in_vain (pair, "one");
  make_room (pair);
  log_out_and_in (pair);
  open_chat (pair);
  wait_until (count (pair->b) == 1);
  assert_texts (pair->b, "one;");
}

/* What is still on its way to the disk at the log-out falls with what is before it. */
static void
test_falling_and_closed (Pair *pair, gconstpointer data)
{
  fill_disk (pair);
  say_in_vain (pair, "one");
  make_room (pair);
  say (pair->a, "two");
  log_out_and_in (pair);
  open_chat (pair);
  wait_until (count (pair->b) == 2);
  assert_texts (pair->b, "one;two;");
}

/* A log-out while the disk is full ends, and does not try for ever. */
static void
test_closed_in_vain (Pair *pair, gconstpointer data)
{
  fill_disk (pair);
  say_in_vain (pair, "one");
  say (pair->a, "two");
  log_out_and_in (pair);
  make_room (pair);
  say (pair->a, "three");
  open_chat (pair);
  wait_until (count (pair->b) == 1);
  assert_texts (pair->b, "three;");
}

/* What waits on the disk cannot be read when the chat opens: what is said then comes after it. */
static void
test_unread (Pair *pair, gconstpointer data)
{
  say (pair->a, "one");
  wait_until (pair->a->n_keeping == 0);
  fill_disk (pair);
  open_chat (pair);
  wait_until (ear_deadline_is_set (&pair->a->load_again));
  make_room (pair);
  say (pair->a, "two");
  wait_until (pair->a->n_keeping == 0);
  town_advance (&pair->town, EAR_HISTORY_AGAIN_MS);
  wait_until (count (pair->b) == 2 && all_received (pair->a));
  assert_texts (pair->b, "one;two;");
}

/* Nothing is to be left of it. */
static void
test_unkept_and_forgotten (Pair *pair, gconstpointer data)
{
  fill_disk (pair);
  say_in_vain (pair, "one");
  ear_chat_forget (pair->a);
  make_room (pair);
  town_advance (&pair->town, EAR_HISTORY_AGAIN_MS);
  say (pair->a, "two");
  open_chat (pair);
  wait_until (count (pair->b) == 1 && all_received (pair->a));
  assert_texts (pair->b, "two;");
}

/* A text as long as can be that begins with a number. */
static void
say_number (EarChat *chat, guint number)
{
  g_autofree char *rest = g_strnfill (EAR_LIMIT_TEXT - 1, 'x');
  g_autofree char *text = g_strdup_printf ("%u%s", number, rest);

  say (chat, text);
}

/* What the other has said: the first bytes. */
static char *
dup_numbers (EarChat *chat)
{
  GString *numbers = g_string_new (NULL);

  for (guint i = 0; i < count (chat); i++) {
    g_autoptr (EarChatMessage) message =
      g_list_model_get_item (G_LIST_MODEL (ear_chat_get_log (chat)), i);

    if (!ear_chat_message_get_own (message))
      g_string_append_c (numbers, ear_chat_message_get_text (message)[0]);
  }
  return g_string_free (numbers, FALSE);
}

/* Whatever was sent to alice before has come when bob has this, if it is read. */
static void
assert_numbers (Pair *pair, const char *expected)
{
  guint n = count (pair->b);
  g_autofree char *numbers = NULL;

  say (pair->a, "over there?");
  wait_until (count (pair->b) == n + 1);
  numbers = dup_numbers (pair->a);
  g_assert_cmpstr (numbers, ==, expected);
}

/* Somebody whom alice has let in sends without end: beyond what may be stored at once it comes as
 * slowly as people talk, also over another link; nothing is lost. */
static void
test_without_end (Pair *pair, gconstpointer data)
{
  const gint64 byte_us = G_USEC_PER_SEC / EAR_LIMIT_STORED_PER_SECOND + 1;
  const gint64 most_us = EAR_LIMIT_STORED / EAR_LIMIT_STORED_PER_SECOND * (gint64) G_USEC_PER_SEC;
  const gint64 message_us = (EAR_LIMIT_TEXT + EAR_LIMIT_STORED_ROW) * byte_us;
  g_autofree char *numbers = NULL;

  open_chat (pair);
  pair->a->stored_until_us = ear_chat_get_time (pair->a) + most_us - message_us * 5 / 2;
  for (guint i = 0; i < 8; i++)
    say_number (pair->b, i);
  wait_until (count (pair->a) == 3);
  assert_numbers (pair, "012");

  town_advance (&pair->town, (guint) (message_us / 1000));
  wait_until (count (pair->a) == 5);
  assert_numbers (pair, "0123");

  ear_deadline_set (&pair->a->room, 30000);
  break_link (pair);
  town_run_until (&pair->town, ear_chat_get_state (pair->a) == EAR_CHAT_OPEN &&
                                 ear_chat_get_state (pair->b) == EAR_CHAT_OPEN);
  assert_numbers (pair, "0123");
  town_run_until (&pair->town, all_received (pair->b) && all_received (pair->a));
  numbers = dup_numbers (pair->a);
  g_assert_cmpstr (numbers, ==, "01234567");
}

#define add(name, func) \
  g_test_add ("/chat-messages/" name, Pair, NULL, pair_set_up, func, pair_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK |
                          G_LOG_LEVEL_CRITICAL); /* of a full disk we are warned */
  add ("unkept", test_unkept);
  add ("unkept-and-broken", test_unkept_and_broken);
  add ("unkept-and-closed", test_unkept_and_closed);
  add ("unkept-and-forgotten", test_unkept_and_forgotten);
  add ("falling-and-closed", test_falling_and_closed);
  add ("closed-in-vain", test_closed_in_vain);
  add ("unread", test_unread);
  add ("without-end", test_without_end);
  return g_test_run ();
}
