/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarContacts: keys are pinned once and changed only on purpose; what is decided is still so after
 * the next start, and stands in the list of users. */

#include "client/ear-contacts.h"

#include <glib/gstdio.h>

#include "client/ear-history.h"
#include "client/ear-user-list.h"
#include "client/ear-user.h"
#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-error.h"

#define SERVER "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEY_1 "1111111111111111111111111111111111111111111111111111111111111111"
#define KEY_2 "2222222222222222222222222222222222222222222222222222222222222222"

typedef struct
{
  char *directory;
  char *path;
  EarDeadlines *deadlines;
  EarHistory *history;
  EarUserList *users;
  EarContacts *contacts;
} Fixture;

static void
result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **place = user_data;

  *place = g_object_ref (result);
}

static void
wait_for (GAsyncResult **result)
{
  while (!*result)
    g_main_context_iteration (NULL, TRUE);
}

static void
load (Fixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ear_contacts_load_async (fixture->contacts, NULL, result_cb, &result);
  wait_for (&result);
  g_assert_true (ear_contacts_load_finish (fixture->contacts, result, &error));
  g_assert_no_error (error);
}

/* The start of the program: nothing in memory, all in the file. */
static void
start (Fixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  fixture->history = ear_history_new (fixture->path);
  ear_history_open_async (fixture->history, NULL, result_cb, &result);
  ear_history_set_account (fixture->history, SERVER, "alice");
  wait_for (&result);
  g_assert_true (ear_history_open_finish (fixture->history, result, &error));
  g_assert_no_error (error);
  fixture->users = ear_user_list_new ();
  fixture->contacts = ear_contacts_new (fixture->history, fixture->users, fixture->deadlines);
  load (fixture);
}

static void
stop (Fixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;

  ear_history_close_async (fixture->history, NULL, result_cb, &result);
  wait_for (&result);
  g_assert_true (ear_history_close_finish (fixture->history, result, NULL));
  g_clear_object (&result);
  g_assert_finalize_object (fixture->contacts);
  g_assert_finalize_object (fixture->users);
  g_assert_finalize_object (fixture->history);
}

static void
restart (Fixture *fixture)
{
  stop (fixture);
  start (fixture);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarClock) clock = ear_clock_new_manual (0);
  g_autoptr (GError) error = NULL;

  fixture->deadlines = ear_deadlines_new (clock, NULL);
  fixture->directory = g_dir_make_tmp ("earshot-contacts-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->directory, "history.db", NULL);
  start (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  stop (fixture);
  g_assert_cmpint (g_remove (fixture->path), ==, 0);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  ear_deadlines_unref (fixture->deadlines);
  g_free (fixture->directory);
  g_free (fixture->path);
}

static void
store_message (Fixture *fixture, const char *user, const char *id, const char *text)
{
  g_autoptr (GAsyncResult) result = NULL;
  const EarHistoryMessage message = { .id = (char *) id,
                                      .text = (char *) text,
                                      .time_us = 1700000000000000,
                                      .delivery = EAR_DELIVERY_INCOMING };

  ear_history_add_message_async (fixture->history, user, &message, NULL, result_cb, &result);
  wait_for (&result);
  g_assert_true (ear_history_add_message_finish (fixture->history, result, NULL, NULL));
}

static void
changed_cb (GPtrArray *changes, const char *account)
{
  g_ptr_array_add (changes, g_strdup (account ? account : "(all)"));
}

static void
test_trust (Fixture *fixture, gconstpointer data)
{
  EarContacts *contacts = fixture->contacts;

  g_assert_cmpint (ear_contacts_check (contacts, "bob", KEY_1), ==, EAR_TRUST_NEW);
  ear_contacts_pin (contacts, "bob", "Bob", KEY_1);
  g_assert_cmpint (ear_contacts_check (contacts, "bob", KEY_1), ==, EAR_TRUST_KNOWN);
  ear_contacts_set_verified (contacts, "bob", TRUE);
  g_assert_cmpint (ear_contacts_check (contacts, "bob", KEY_1), ==, EAR_TRUST_VERIFIED);

  /* Another key stays another one, however often it is shown; the pinned one stays good. */
  g_assert_cmpint (ear_contacts_check (contacts, "bob", KEY_2), ==, EAR_TRUST_CHANGED);
  g_assert_cmpint (ear_contacts_check (contacts, "bob", KEY_2), ==, EAR_TRUST_CHANGED);
  g_assert_cmpint (ear_contacts_check (contacts, "bob", KEY_1), ==, EAR_TRUST_VERIFIED);
  restart (fixture);
  contacts = fixture->contacts;
  g_assert_cmpint (ear_contacts_check (contacts, "bob", KEY_2), ==, EAR_TRUST_CHANGED);
  g_assert_cmpstr (ear_contacts_get_fingerprint (contacts, "bob"), ==, KEY_1);

  /* Pinning the same key again does not undo the verification; another one does. */
  ear_contacts_pin (contacts, "bob", NULL, KEY_1);
  g_assert_cmpint (ear_contacts_check (contacts, "bob", KEY_1), ==, EAR_TRUST_VERIFIED);
  ear_contacts_pin (contacts, "bob", "Bob", KEY_2);
  g_assert_cmpint (ear_contacts_check (contacts, "bob", KEY_2), ==, EAR_TRUST_KNOWN);
  g_assert_cmpint (ear_contacts_check (contacts, "bob", KEY_1), ==, EAR_TRUST_CHANGED);
  restart (fixture);
  g_assert_cmpint (ear_contacts_check (fixture->contacts, "bob", KEY_2), ==, EAR_TRUST_KNOWN);
}

static void
test_find (Fixture *fixture, gconstpointer data)
{
  EarContacts *contacts = fixture->contacts;

  g_assert_null (ear_contacts_find_user (contacts, KEY_1));
  ear_contacts_pin (contacts, "bob", "Bob", KEY_1);
  g_assert_cmpstr (ear_contacts_find_user (contacts, KEY_1), ==, "bob");

  /* Two accounts on one device: nobody can tell by the key who it is. */
  ear_contacts_pin (contacts, "carol", "Carol", KEY_1);
  g_assert_null (ear_contacts_find_user (contacts, KEY_1));
  g_assert_cmpint (ear_contacts_check (contacts, "bob", KEY_1), ==, EAR_TRUST_KNOWN);
  g_assert_cmpint (ear_contacts_check (contacts, "carol", KEY_1), ==, EAR_TRUST_KNOWN);
  ear_contacts_pin (contacts, "bob", "Bob", KEY_2);
  g_assert_cmpstr (ear_contacts_find_user (contacts, KEY_1), ==, "carol");
  g_assert_cmpstr (ear_contacts_find_user (contacts, KEY_2), ==, "bob");
  restart (fixture);
  g_assert_cmpstr (ear_contacts_find_user (fixture->contacts, KEY_1), ==, "carol");
}

static void
test_verified_needs_key (Fixture *fixture, gconstpointer data)
{
  ear_contacts_set_blocked (fixture->contacts, "bob", TRUE);
  ear_contacts_set_verified (fixture->contacts, "bob", TRUE);
  ear_contacts_set_verified (fixture->contacts, "nobody", TRUE);
  g_assert_cmpint (ear_contacts_check (fixture->contacts, "bob", KEY_1), ==, EAR_TRUST_NEW);
  ear_contacts_pin (fixture->contacts, "bob", "Bob", KEY_1);
  g_assert_cmpint (ear_contacts_check (fixture->contacts, "bob", KEY_1), ==, EAR_TRUST_KNOWN);
}

/* Who compares the pinned key knows that the other one was somebody else's. */
static void
test_verified_after_another (Fixture *fixture, gconstpointer data)
{
  EarContacts *contacts = fixture->contacts;

  ear_contacts_pin (contacts, "bob", "Bob", KEY_1);
  ear_contacts_set_verified (contacts, "bob", TRUE);
  ear_contacts_check (contacts, "bob", KEY_2);
  g_assert_true (ear_contacts_has_changed_key (contacts, "bob"));
  ear_contacts_set_verified (contacts, "bob", TRUE);
  g_assert_false (ear_contacts_has_changed_key (contacts, "bob"));
  restart (fixture);
  g_assert_true (ear_user_get_verified (ear_user_list_lookup (fixture->users, "bob")));
}

static void
test_blocked (Fixture *fixture, gconstpointer data)
{
  g_assert_false (ear_contacts_is_blocked (fixture->contacts, "mallory"));
  ear_contacts_set_blocked (fixture->contacts, "mallory", TRUE);
  g_assert_true (ear_contacts_is_blocked (fixture->contacts, "mallory"));
  g_assert_false (ear_contacts_is_known (fixture->contacts, "mallory"));
  g_assert_null (ear_user_list_lookup (fixture->users, "mallory"));

  /* Who comes into the list later is shown as blocked. */
  restart (fixture);
  g_assert_true (ear_contacts_is_blocked (fixture->contacts, "mallory"));
  g_assert_null (ear_user_list_lookup (fixture->users, "mallory"));
  ear_user_list_add_contact (fixture->users, "mallory");
  g_assert_true (ear_user_get_blocked (ear_user_list_lookup (fixture->users, "mallory")));
  ear_contacts_set_blocked (fixture->contacts, "mallory", FALSE);
  g_assert_false (ear_user_get_blocked (ear_user_list_lookup (fixture->users, "mallory")));
  g_assert_false (ear_contacts_is_blocked (fixture->contacts, "mallory"));
}

static void
test_list (Fixture *fixture, gconstpointer data)
{
  gint64 before = g_get_real_time () / G_USEC_PER_SEC;
  EarUser *bob;

  ear_contacts_pin (fixture->contacts, "bob", "Bob B.", KEY_1);
  ear_contacts_set_verified (fixture->contacts, "bob", TRUE);
  ear_contacts_note_seen (fixture->contacts, "bob");
  ear_contacts_note_seen (fixture->contacts, "stranger");
  store_message (fixture, "bob", "id-000001", "one");
  ear_contacts_note_message (fixture->contacts, "bob", "one", TRUE);
  store_message (fixture, "bob", "id-000002", "two");
  ear_contacts_note_message (fixture->contacts, "bob", "two", TRUE);

  for (guint round = 0; round < 2; round++) {
    bob = ear_user_list_lookup (fixture->users, "bob");
    g_assert_nonnull (bob);
    g_assert_cmpstr (ear_user_get_name (bob), ==, "Bob B.");
    g_assert_true (ear_user_get_contact (bob));
    g_assert_true (ear_user_get_verified (bob));
    g_assert_false (ear_user_get_active (bob));
    g_assert_cmpuint (ear_user_get_unread (bob), ==, 2);
    g_assert_cmpstr (ear_user_get_last_message (bob), ==, "two");
    g_assert_nonnull (ear_user_get_last_seen (bob));
    g_assert_cmpint (g_date_time_to_unix (ear_user_get_last_seen (bob)), >=, before);
    g_assert_null (ear_user_list_lookup (fixture->users, "stranger"));
    if (round == 0)
      restart (fixture);
  }

  ear_contacts_note_read (fixture->contacts, "bob");
  g_assert_cmpuint (ear_user_get_unread (bob), ==, 0);
  restart (fixture);
  bob = ear_user_list_lookup (fixture->users, "bob");
  g_assert_cmpuint (ear_user_get_unread (bob), ==, 0);
  g_assert_true (ear_contacts_is_known (fixture->contacts, "bob"));
}

/* The name that the server tells now is newer than the stored one. */
static void
test_active_name (Fixture *fixture, gconstpointer data)
{
  EarUser *bob = ear_user_list_add_contact (fixture->users, "bob");

  ear_user_set_active (bob, TRUE);
  ear_user_set_name (bob, "Robert");
  ear_contacts_pin (fixture->contacts, "bob", "Bob", KEY_1);
  g_assert_cmpstr (ear_user_get_name (bob), ==, "Robert");
}

static void
test_changed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) changes = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *all = NULL;

  g_signal_connect_swapped (fixture->contacts, "changed", G_CALLBACK (changed_cb), changes);
  ear_contacts_pin (fixture->contacts, "bob", "Bob", KEY_1);
  ear_contacts_pin (fixture->contacts, "bob", "Bob", KEY_1);
  ear_contacts_set_blocked (fixture->contacts, "carol", TRUE);
  ear_contacts_set_blocked (fixture->contacts, "carol", TRUE);
  ear_contacts_set_verified (fixture->contacts, "bob", FALSE);
  ear_contacts_note_read (fixture->contacts, "bob");
  for (guint i = 0; i < 400; i++)
    ear_contacts_note_seen (fixture->contacts, "bob");
  ear_contacts_clear (fixture->contacts);
  g_ptr_array_add (changes, NULL);
  all = g_strjoinv (" ", (char **) changes->pdata);
  g_assert_cmpstr (all, ==, "bob carol bob (all)");
}

/* Only with the pinned key: another one takes it back for good, and so does a block. */
static void
test_always_accepted (Fixture *fixture, gconstpointer data)
{
  EarContacts *contacts = fixture->contacts;

  ear_contacts_set_always_accepted (contacts, "bob", TRUE); /* without a key */
  ear_contacts_pin (contacts, "bob", "Bob", KEY_1);
  g_assert_false (ear_contacts_is_always_accepted (contacts, "bob"));
  ear_contacts_set_always_accepted (contacts, "bob", TRUE);
  ear_contacts_pin (contacts, "bob", "Robert", KEY_1);
  restart (fixture);
  contacts = fixture->contacts;
  g_assert_true (ear_contacts_is_always_accepted (contacts, "bob"));

  g_assert_cmpint (ear_contacts_check (contacts, "bob", KEY_2), ==, EAR_TRUST_CHANGED);
  g_assert_false (ear_contacts_is_always_accepted (contacts, "bob"));
  ear_contacts_set_always_accepted (contacts, "bob", TRUE); /* not before the key is accepted */
  g_assert_false (ear_contacts_is_always_accepted (contacts, "bob"));
  g_assert_cmpint (ear_contacts_check (contacts, "bob", KEY_1), ==, EAR_TRUST_KNOWN);
  restart (fixture);
  contacts = fixture->contacts;
  g_assert_false (ear_contacts_is_always_accepted (contacts, "bob"));

  ear_contacts_set_always_accepted (contacts, "bob", TRUE);
  ear_contacts_pin (contacts, "bob", NULL, KEY_2);
  g_assert_false (ear_contacts_is_always_accepted (contacts, "bob"));
  ear_contacts_set_always_accepted (contacts, "bob", TRUE);
  ear_contacts_set_blocked (contacts, "bob", TRUE);
  ear_contacts_set_blocked (contacts, "bob", FALSE);
  g_assert_false (ear_contacts_is_always_accepted (contacts, "bob"));
}

/* What is on its way from the file when the account changes is dropped; so is what was there. */
static void
test_clear (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  EarUser *bob;

  ear_contacts_pin (fixture->contacts, "bob", "Bob", KEY_1);
  ear_contacts_load_async (fixture->contacts, NULL, result_cb, &result);
  ear_contacts_clear (fixture->contacts);
  wait_for (&result);
  g_assert_true (ear_contacts_load_finish (fixture->contacts, result, NULL));
  g_assert_null (ear_contacts_find_user (fixture->contacts, KEY_1));
  g_assert_cmpint (ear_contacts_check (fixture->contacts, "bob", KEY_2), ==, EAR_TRUST_NEW);
  bob = ear_user_list_lookup (fixture->users, "bob");
  g_assert_true (!bob || !ear_user_get_contact (bob));

  /* Another account knows nobody; the first one still knows Bob. */
  ear_history_set_account (fixture->history, SERVER, "zoe");
  load (fixture);
  g_assert_false (ear_contacts_is_known (fixture->contacts, "bob"));
  ear_contacts_clear (fixture->contacts);
  ear_history_set_account (fixture->history, SERVER, "alice");
  load (fixture);
  g_assert_cmpint (ear_contacts_check (fixture->contacts, "bob", KEY_1), ==, EAR_TRUST_KNOWN);
}

/* A peer may be faster than the disk. The stored key wins, and nothing that was noted is lost. */
static void
test_race (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;

  ear_contacts_pin (fixture->contacts, "bob", "Bob", KEY_1);
  ear_contacts_set_verified (fixture->contacts, "bob", TRUE);
  ear_contacts_set_blocked (fixture->contacts, "carol", TRUE);
  ear_contacts_clear (fixture->contacts);
  ear_contacts_load_async (fixture->contacts, NULL, result_cb, &result);
  ear_contacts_pin (fixture->contacts, "bob", "Bob", KEY_2);
  ear_contacts_pin (fixture->contacts, "carol", "Carol", KEY_2);
  ear_contacts_pin (fixture->contacts, "dave", "Dave", KEY_1);
  ear_contacts_note_message (fixture->contacts, "bob", "early", TRUE);
  wait_for (&result);
  g_assert_true (ear_contacts_load_finish (fixture->contacts, result, NULL));
  g_clear_object (&result);

  for (guint round = 0; round < 2; round++) {
    EarContacts *contacts = fixture->contacts;

    g_assert_cmpint (ear_contacts_check (contacts, "bob", KEY_2), ==, EAR_TRUST_CHANGED);
    g_assert_cmpint (ear_contacts_check (contacts, "bob", KEY_1), ==, EAR_TRUST_VERIFIED);
    g_assert_true (ear_contacts_is_blocked (contacts, "carol"));
    g_assert_cmpstr (ear_contacts_find_user (contacts, KEY_2), ==, "carol");
    g_assert_cmpint (ear_contacts_check (contacts, "dave", KEY_1), ==, EAR_TRUST_KNOWN);
    if (round == 0) {
      EarUser *bob = ear_user_list_lookup (fixture->users, "bob");

      g_assert_cmpstr (ear_user_get_last_message (bob), ==, "early");
      g_assert_cmpuint (ear_user_get_unread (bob), ==, 1);
      restart (fixture);
    }
  }
}

static void
test_unusable (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarHistory) history = ear_history_new (fixture->directory);
  g_autoptr (EarContacts) contacts = ear_contacts_new (history, fixture->users, fixture->deadlines);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ear_contacts_load_async (contacts, NULL, result_cb, &result);
  wait_for (&result);
  g_assert_false (ear_contacts_load_finish (contacts, result, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_FILE);
}

static void
assert_list (Fixture *fixture, const char *expected)
{
  g_auto (GStrv) accounts = ear_contacts_list (fixture->contacts);
  g_autofree char *line = g_strjoinv (" ", accounts);

  g_assert_cmpstr (line, ==, expected);
}

/* Who is forgotten is a stranger again, also after the next start; the others stay. */
static void
test_forget (Fixture *fixture, gconstpointer data)
{
  EarContacts *contacts = fixture->contacts;
  EarUser *bob;

  assert_list (fixture, "");
  ear_contacts_pin (contacts, "bob", "Bob", KEY_1);
  ear_contacts_set_verified (contacts, "bob", TRUE);
  ear_contacts_set_blocked (contacts, "mallory", TRUE); /* no contact in the sidebar */
  ear_contacts_note_message (contacts, "carol", "hello", TRUE);
  store_message (fixture, "carol", "id-000001", "hello");
  store_message (fixture, "bob", "id-000001", "secret");
  assert_list (fixture, "bob carol mallory");
  g_assert_cmpstr (ear_contacts_get_name (contacts, "bob"), ==, "Bob");
  g_assert_cmpstr (ear_contacts_get_name (contacts, "nobody"), ==, "nobody");
  ear_contacts_check (contacts, "bob", KEY_2);
  g_assert_true (ear_contacts_has_changed_key (contacts, "bob"));
  bob = ear_user_list_lookup (fixture->users, "bob");
  ear_user_set_active (bob, TRUE);

  ear_contacts_forget (contacts, "nobody");
  ear_contacts_forget (contacts, "bob");
  ear_contacts_forget (contacts, "mallory");
  assert_list (fixture, "carol");
  g_assert_false (ear_contacts_is_blocked (contacts, "mallory"));
  g_assert_null (ear_contacts_find_user (contacts, KEY_1));
  g_assert_cmpint (ear_contacts_check (contacts, "bob", KEY_2), ==, EAR_TRUST_NEW);
  g_assert_true (ear_user_list_lookup (fixture->users, "bob") == bob); /* is here */
  g_assert_false (ear_user_get_contact (bob));
  g_assert_false (ear_user_get_verified (bob));
  ear_contacts_forget (contacts, "carol");
  g_assert_null (ear_user_list_lookup (fixture->users, "carol")); /* is away */

  restart (fixture);
  assert_list (fixture, "");
  store_message (fixture, "bob", "id-000001", "new, with an id that was used before");
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/contacts/trust", test_trust);
  ADD ("/contacts/find", test_find);
  ADD ("/contacts/verified-needs-key", test_verified_needs_key);
  ADD ("/contacts/verified-after-another", test_verified_after_another);
  ADD ("/contacts/blocked", test_blocked);
  ADD ("/contacts/always-accepted", test_always_accepted);
  ADD ("/contacts/list", test_list);
  ADD ("/contacts/active-name", test_active_name);
  ADD ("/contacts/changed", test_changed);
  ADD ("/contacts/clear", test_clear);
  ADD ("/contacts/race", test_race);
  ADD ("/contacts/forget", test_forget);
  ADD ("/contacts/unusable", test_unusable);

  return g_test_run ();
}
