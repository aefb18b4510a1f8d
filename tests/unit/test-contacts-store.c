/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarContacts: what the disk does not take at first is there after the next log-in. */

#include <sqlite3.h>

#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "client/ear-contacts-private.h"
#include "pair-fixture.h"

#define KEY_1 "1111111111111111111111111111111111111111111111111111111111111111"
#define KEY_2 "2222222222222222222222222222222222222222222222222222222222222222"

/* The contacts of alice. */
static EarContacts *
get_contacts (Pair *pair)
{
  return pair->alice->contacts;
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  ear_contacts_load_finish (EAR_CONTACTS (source), result, &error);
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static void
load (Pair *pair)
{
  gboolean loaded = FALSE;

  ear_contacts_load_async (get_contacts (pair), NULL, loaded_cb, &loaded);
  wait_until (loaded);
}

static void
set_up (Pair *pair, gconstpointer data)
{
  pair_set_up (pair, data);
  load (pair);
}

static void
log_out_and_in (Pair *pair)
{
  ear_switchboard_set_account (pair->alice->switchboard, NULL, NULL);
  ear_contacts_clear (get_contacts (pair));
  ear_history_set_account (pair->alice->history, pair->town.fingerprint, "alice");
  load (pair);
  ear_switchboard_set_account (pair->alice->switchboard, "alice", pair->town.fingerprint);
  pair->a = inhabitant_get_chat (pair->alice, pair->bob);
}

static void
run_sql (Pair *pair, const char *sql)
{
  g_autofree char *path = g_build_filename (pair->alice->directory, "history.db", NULL);
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  sqlite3_busy_timeout (db, 5000);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

static gboolean
is_unstored (Pair *pair, const char *user)
{
  return g_hash_table_contains (get_contacts (pair)->unstored, user);
}

static void
result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

/* What is stored now is on the disk, or known not to be. */
static void
settle (Pair *pair)
{
  gboolean loaded = FALSE;

  ear_history_load_contacts_async (pair->alice->history, NULL, result_cb, &loaded);
  wait_until (loaded);
}

/* For alice, as if her disk were full. */
static void
fill_disk (Pair *pair)
{
  settle (pair);
  run_sql (pair, "ALTER TABLE contact RENAME TO elsewhere");
}

static void
make_room (Pair *pair)
{
  settle (pair);
  run_sql (pair, "ALTER TABLE elsewhere RENAME TO contact");
}

static void
change_all (Pair *pair)
{
  EarContacts *contacts = get_contacts (pair);

  ear_contacts_set_blocked (contacts, "mallory", TRUE);
  ear_contacts_pin (contacts, "carol", "Carol", KEY_1);
  ear_contacts_set_always_accepted (contacts, "carol", TRUE);
  ear_contacts_pin (contacts, "dave", NULL, KEY_2);
  ear_contacts_set_verified (contacts, "erin", FALSE);
  ear_contacts_set_verified (contacts, "frank", TRUE);
  ear_contacts_forget (contacts, "grace");
}

static void
assert_all_changed (Pair *pair)
{
  EarContacts *contacts = get_contacts (pair);

  g_assert_true (ear_contacts_is_blocked (contacts, "mallory"));
  g_assert_cmpint (ear_contacts_check (contacts, "carol", KEY_1), ==, EAR_TRUST_KNOWN);
  g_assert_true (ear_contacts_is_always_accepted (contacts, "carol"));
  g_assert_cmpint (ear_contacts_check (contacts, "carol", KEY_2), ==, EAR_TRUST_CHANGED);
  g_assert_cmpint (ear_contacts_check (contacts, "dave", KEY_1), ==, EAR_TRUST_CHANGED);
  g_assert_cmpint (ear_contacts_check (contacts, "erin", KEY_1), ==, EAR_TRUST_KNOWN);
  g_assert_cmpint (ear_contacts_check (contacts, "frank", KEY_1), ==, EAR_TRUST_VERIFIED);
  g_assert_false (ear_contacts_is_known (contacts, "grace"));
}

static void
prepare (Pair *pair)
{
  static const char *const users[] = { "dave", "erin", "frank", "grace" };

  for (guint i = 0; i < G_N_ELEMENTS (users); i++)
    ear_contacts_pin (get_contacts (pair), users[i], NULL, KEY_1);
  ear_contacts_set_verified (get_contacts (pair), "erin", TRUE);
  settle (pair);
}

static void
test_unstored (Pair *pair, gconstpointer data)
{
  prepare (pair);
  fill_disk (pair);
  change_all (pair);
  settle (pair);
  town_advance (&pair->town, EAR_HISTORY_AGAIN_MS); /* in vain, too */
  settle (pair);
  g_assert_true (is_unstored (pair, "mallory"));
  make_room (pair);
  town_advance (&pair->town, EAR_HISTORY_AGAIN_MS);
  settle (pair);
  g_assert_cmpuint (g_hash_table_size (get_contacts (pair)->unstored), ==, 0);
  log_out_and_in (pair);
  assert_all_changed (pair);
}

/* Whoever logs out in between. */
static void
test_unstored_and_closed (Pair *pair, gconstpointer data)
{
  prepare (pair);
  fill_disk (pair);
  change_all (pair);
  make_room (pair);
  log_out_and_in (pair);
  assert_all_changed (pair);
}

static void
assert_texts_on_disk (Pair *pair, const char *expected)
{
  g_autoptr (EarChatLog) log = ear_chat_log_new (pair->alice->history, "bob");

  wait_until (g_list_model_get_n_items (G_LIST_MODEL (log)) > 0);
  {
    g_autoptr (EarChatMessage) message = g_list_model_get_item (G_LIST_MODEL (log), 0);

    g_assert_cmpstr (ear_chat_message_get_text (message), ==, expected);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (log)), ==, 1);
  }
}

/* Who was forgotten in vain is written to anew: all that was before goes, nothing that comes. */
static void
test_forgotten_and_back (Pair *pair, gconstpointer data)
{
  open_chat (pair);
  say (pair->a, "old");
  wait_until (count (pair->b) == 1 && all_received (pair->a));
  fill_disk (pair);
  ear_contacts_forget (get_contacts (pair), "bob");
  wait_until (is_unstored (pair, "bob"));
  make_room (pair);
  say (pair->a, "new");
  wait_until (pair->a->n_keeping == 0);
  town_advance (&pair->town, EAR_HISTORY_AGAIN_MS);
  settle (pair);
  assert_texts_on_disk (pair, "new");
}

/* What is new is not removed later, even if what was before has to stay. */
static void
test_back_before_room (Pair *pair, gconstpointer data)
{
  ear_contacts_pin (get_contacts (pair), "bob", NULL, KEY_1);
  fill_disk (pair);
  ear_contacts_forget (get_contacts (pair), "bob");
  wait_until (is_unstored (pair, "bob"));
  say (pair->a, "new");
  wait_until (pair->a->n_keeping == 0);
  make_room (pair);
  town_advance (&pair->town, EAR_HISTORY_AGAIN_MS);
  settle (pair);
  assert_texts_on_disk (pair, "new");
  log_out_and_in (pair);
  g_assert_cmpint (ear_contacts_check (get_contacts (pair), "bob", KEY_1), ==, EAR_TRUST_NEW);
}

#define add(name, func) \
  g_test_add ("/contacts-store/" name, Pair, NULL, set_up, func, pair_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK |
                          G_LOG_LEVEL_CRITICAL); /* of a full disk we are warned */
  add ("unstored", test_unstored);
  add ("unstored-and-closed", test_unstored_and_closed);
  add ("forgotten-and-back", test_forgotten_and_back);
  add ("back-before-room", test_back_before_room);
  return g_test_run ();
}
