/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Messages of ours that the disk does not take, or give back, at first: they arrive, each once, in
 * their order. */

#include <sqlite3.h>

#include "client/ear-chat-message.h"
#include "pair-fixture.h"

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
  return g_test_run ();
}
