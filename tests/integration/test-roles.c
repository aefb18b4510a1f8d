/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Who may do what, against a real earshotd: an admin limits who broadcasts, removes a broadcast and
 * disables an account, and everybody else may not. */

#include <string.h>

#include "client/ear-announcement-list.h"
#include "client/ear-announcement.h"
#include "client/ear-history.h"
#include "client/ear-session.h"
#include "roles-fixture.h"
#include "support/ear-test-person.h"

#define ACT_AGAIN_US (10 * G_USEC_PER_SEC) /* after so long an admin may act once more */

/* -- Who may broadcast -- */

static void
test_policy (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = come_as_admin (f, "alice");
  g_autoptr (EarTestClient) bob = come (f, "bob");
  g_autoptr (EarTestClient) carol = NULL;

  broadcast (bob, "before");
  expect_broadcast (alice, "before");
  do_as (alice, "broadcast-policy", ",\"who\":\"admins\"");
  assert_rights (bob, FALSE, FALSE);
  refuse_as (bob, "broadcast", ",\"text\":\"forbidden\"", EAR_ERROR_NOT_ALLOWED);
  broadcast (alice, "allowed");
  expect_broadcast (alice, "allowed"); /* and nothing before it */
  assert_managed (alice, "admins", "");
  carol = ear_test_client_new_active (f->server, "carol");
  assert_rights (carol, FALSE, FALSE);
  expect_broadcast (carol, "before");
  expect_broadcast (carol, "allowed");
  do_as (alice, "broadcast-policy", ",\"who\":\"everybody\"");
  assert_rights (bob, FALSE, TRUE);
  broadcast (bob, "after");
  g_assert_cmpuint (ear_test_client_count (alice, EAR_MESSAGE_RIGHTS), ==, 0);
}

/* Who was an admin, and is none any more, is one of the others. */
static void
test_policy_stays (Fixture *f, gconstpointer data)
{
  {
    g_autoptr (EarTestClient) alice = come_as_admin (f, "alice");

    do_as (alice, "broadcast-policy", ",\"who\":\"admins\"");
  }
  restart (f);
  {
    g_autoptr (EarTestClient) alice = ear_test_client_new_again (f->server, "alice", 0);

    assert_rights (alice, TRUE, TRUE);
    broadcast (alice, "still allowed");
    operate (f->server, "user|set-admin|alice|no");
    assert_rights (alice, FALSE, FALSE);
    refuse_as (alice, "broadcast", ",\"text\":\"x\"", EAR_ERROR_NOT_ALLOWED);
    refuse_as (alice, "broadcast-policy", ",\"who\":\"everybody\"", EAR_ERROR_NOT_ALLOWED);
  }
}

/* -- Removing a broadcast -- */

static void
test_remove (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = come_as_admin (f, "alice");
  g_autoptr (EarTestClient) bob = come (f, "bob");
  gint64 number = broadcast (bob, "regretted");
  gint64 kept = broadcast (bob, "kept");
  g_autofree char *fields = g_strdup_printf (",\"number\":%" G_GINT64_FORMAT, number);
  g_autofree char *journal = g_build_filename (f->server->directory, "broadcasts.journal", NULL);
  g_autofree char *text = NULL;

  do_as (alice, "remove-broadcast", fields);
  expect_removed (alice, number);
  expect_removed (bob, number);
  /* Again, and one that never was: done, and nobody is told. */
  do_as (alice, "remove-broadcast", fields);
  do_as (alice, "remove-broadcast", ",\"number\":9007199254740992");
  for (guint i = 0; i < 2; i++) {
    g_autoptr (EarTestClient) has_it = ear_test_client_new_again (f->server, "bob", (guint64) kept);
    g_autofree char *name = g_strdup_printf ("new%u", i);
    g_autoptr (EarTestClient) newcomer = ear_test_client_new_active (f->server, name);

    expect_removed (has_it, number);
    expect_broadcast (newcomer, "kept");
    g_assert_cmpuint (ear_test_client_count (newcomer, EAR_MESSAGE_BROADCAST_EVENT), ==, 0);
    g_assert_cmpuint (ear_test_client_count (newcomer, EAR_MESSAGE_BROADCAST_REMOVED), ==, 0);
    g_assert_cmpuint (ear_test_client_count (alice, EAR_MESSAGE_BROADCAST_REMOVED), ==, 0);
    restart (f);
  }
  g_assert_true (g_file_get_contents (journal, &text, NULL, NULL));
  g_assert_null (strstr (text, "regretted"));
  g_assert_nonnull (strstr (text, "kept"));
}

static guint
count_announcements (EarTestPerson *person)
{
  return g_list_model_get_n_items (G_LIST_MODEL (ear_client_get_announcements (person->client)));
}

/* The history answers in the order in which it was asked and told. */
static void
assert_forgotten (EarTestPerson *person)
{
  EarHistory *history = ear_client_get_history (person->client);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) announcements = NULL;
  g_autoptr (GError) error = NULL;
  guint64 last;

  ear_history_load_announcements_async (history, NULL, ear_test_result_cb, &result);
  ear_test_wait (result != NULL);
  announcements = ear_history_load_announcements_finish (history, result, &last, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (announcements->len, ==, 0);
  g_assert_cmpuint (last, ==, 1);
}

/* With the clients that people have: it leaves the list at once, of those who were away when they
 * come back, and is in nobody's history. */
static void
test_remove_from_lists (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestPerson) alice = ear_test_person_new (f->server, "alice");
  g_autoptr (EarTestPerson) bob = ear_test_person_new (f->server, "bob");
  g_autoptr (EarTestPerson) carol = ear_test_person_new (f->server, "carol");
  g_autoptr (GAsyncResult) sent = NULL;
  g_autoptr (GAsyncResult) removed = NULL;
  g_autoptr (GError) error = NULL;
  EarAnnouncement *announcement;

  operate (f->server, "user|set-admin|alice|yes");
  ear_test_wait (ear_session_is_admin (ear_client_get_session (alice->client)));
  ear_client_broadcast_async (bob->client, "Tea?", NULL, ear_test_result_cb, &sent);
  ear_test_wait (sent != NULL && count_announcements (alice) == 1 &&
                 count_announcements (carol) == 1);
  announcement = ear_client_broadcast_finish (bob->client, sent, &error);
  g_assert_no_error (error);
  ear_test_person_leave (carol);
  ear_client_remove_broadcast_async (alice->client, ear_announcement_get_number (announcement),
                                     NULL, ear_test_result_cb, &removed);
  g_object_unref (announcement);
  ear_test_wait (removed != NULL);
  g_assert_true (ear_client_administer_finish (alice->client, removed, &error));
  ear_test_wait (count_announcements (alice) == 0 && count_announcements (bob) == 0);
  assert_forgotten (bob);
  restart (f);
  ear_test_person_come_back (carol);
  ear_test_wait (count_announcements (carol) == 0);
  assert_forgotten (carol);
}

/* -- Disabling an account -- */

static void
test_disable (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = come_as_admin (f, "alice");
  g_autoptr (EarTestClient) bob = come (f, "bob");
  g_autoptr (EarTestClient) again = NULL;

  do_as (alice, "disable", ",\"user\":\"bob\"");
  ear_test_client_expect_closed (bob, EAR_ERROR_DISABLED);
  assert_cannot_log_in (f, "bob");
  assert_managed (alice, "everybody", "bob");
  ask (alice, "locate", ",\"user\":\"bob\"");
  ear_test_client_expect_error (alice, EAR_ERROR_UNKNOWN_USER);
  do_as (alice, "disable", ",\"user\":\"bob\"");
  refuse_as (alice, "disable", ",\"user\":\"alice\"", EAR_ERROR_NOT_ALLOWED);
  refuse_as (alice, "disable", ",\"user\":\"nobody\"", EAR_ERROR_UNKNOWN_USER);
  refuse_as (alice, "enable", ",\"user\":\"nobody\"", EAR_ERROR_UNKNOWN_USER);
  restart (f);
  assert_cannot_log_in (f, "bob");
  again = ear_test_client_new_again (f->server, "alice", 0);
  do_as (again, "enable", ",\"user\":\"bob\"");
  assert_managed (again, "everybody", "");
  assert_can_log_in (f, "bob");
}

/* Whoever proves who he is at this moment, and who is logged in and not active yet. */
static void
test_disable_meanwhile (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = come_as_admin (f, "alice");
  g_autoptr (EarTestClient) member = ear_test_client_new (f->server);
  g_autoptr (EarTestClient) proving = ear_test_client_new (f->server);
  g_autoptr (EarMessage) authenticated = NULL;
  g_autofree char *proof = NULL;

  ear_test_client_free (come (f, "bob"));
  ear_test_client_hello (member);
  authenticated = ear_test_client_log_in (member, "bob", PASSWORD);
  ear_test_client_hello (proving);
  proof = ear_test_client_begin_auth (proving, "bob", PASSWORD);
  do_as (alice, "disable", ",\"user\":\"bob\"");
  ear_test_client_expect_closed (member, EAR_ERROR_DISABLED);
  ear_test_client_prove (proving, proof);
  ear_test_client_expect_error (proving, EAR_ERROR_DISABLED);
}

/* A person's client stays away until that person says otherwise. */
static void
test_disable_person (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = come_as_admin (f, "alice");
  g_autoptr (EarTestPerson) bob = ear_test_person_new (f->server, "bob");
  EarSession *session = ear_client_get_session (bob->client);
  g_autoptr (GError) error = NULL;
  GError *last_error = NULL;

  do_as (alice, "disable", ",\"user\":\"bob\"");
  ear_test_wait (ear_session_get_state (session) == EAR_SESSION_IDLE);
  g_object_get (session, "last-error", &last_error, NULL);
  g_assert_error (last_error, EAR_ERROR, EAR_ERROR_DISABLED);
  g_error_free (last_error);
  g_assert_false (ear_test_person_log_in (bob, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_DISABLED);
  do_as (alice, "enable", ",\"user\":\"bob\"");
  g_clear_error (&error);
  ear_test_person_log_in (bob, &error);
  g_assert_no_error (error);
}

/* Two admins who are at odds: one of them remains. */
static void
test_disable_each_other (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = come_as_admin (f, "alice");
  g_autoptr (EarTestClient) bob = come_as_admin (f, "bob");

  ask (alice, "disable", ",\"user\":\"bob\"");
  ask (bob, "disable", ",\"user\":\"alice\"");
  ear_test_wait (ear_test_client_count (alice, EAR_MESSAGE_OK) == 1 ||
                 ear_test_client_count (bob, EAR_MESSAGE_OK) == 1);
  if (ear_test_client_count (alice, EAR_MESSAGE_OK) == 1) {
    ear_test_client_expect_closed (bob, EAR_ERROR_DISABLED);
    assert_can_log_in (f, "alice");
  } else {
    ear_test_client_expect_closed (alice, EAR_ERROR_DISABLED);
    assert_can_log_in (f, "bob");
  }
}

/* -- Others -- */

static const struct
{
  const char *type;
  const char *fields;
} acts[] = {
  { "broadcast-policy", ",\"who\":\"admins\"" },
  { "remove-broadcast", ",\"number\":1" },
  { "disable", ",\"user\":\"carol\"" },
  { "enable", ",\"user\":\"dave\"" },
  { "manage", "" },
};

static void
test_others (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) bob = come (f, "bob");
  g_autoptr (EarTestClient) carol = come (f, "carol");
  g_autoptr (EarTestClient) erin = NULL;

  ear_test_client_free (come (f, "dave"));
  operate (f->server, "user|disable|dave");
  g_assert_cmpint (broadcast (carol, "stays"), ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (acts); i++)
    refuse_as (bob, acts[i].type, acts[i].fields, EAR_ERROR_NOT_ALLOWED);
  broadcast (bob, "still allowed");
  erin = come (f, "erin");
  expect_broadcast (erin, "stays");
  expect_broadcast (erin, "still allowed");
  assert_cannot_log_in (f, "dave");
  g_assert_null (carol->reason);
  g_assert_cmpuint (ear_test_client_count (carol, EAR_MESSAGE_RIGHTS), ==, 0);
  g_assert_cmpuint (ear_test_client_count (carol, EAR_MESSAGE_BROADCAST_REMOVED), ==, 0);
  assert_audit (f->server, "operator disable dave\n");
}

/* An admin who is not active yet, or has not logged in, may not either: the link ends. */
static void
test_too_early (Fixture *f, gconstpointer data)
{
  ear_test_client_free (come_as_admin (f, "alice"));
  for (guint i = 0; i < 2 * G_N_ELEMENTS (acts); i++) {
    g_autoptr (EarTestClient) client = ear_test_client_new (f->server);
    g_autoptr (EarMessage) authenticated = NULL;

    ear_test_client_hello (client);
    if (i % 2 == 0)
      authenticated = ear_test_client_log_in (client, "alice", PASSWORD);
    ask (client, acts[i / 2].type, acts[i / 2].fields);
    ear_test_client_expect_error (client, EAR_ERROR_BAD_MESSAGE);
    ear_test_wait (client->reason != NULL);
  }
  assert_audit (f->server, "operator set-admin alice\n");
}

/* What is no such request ends the link, and does nothing. */
static void
test_bad_requests (Fixture *f, gconstpointer data)
{
  static const char *const bad[][2] = {
    { "broadcast-policy", ",\"who\":\"nobody\"" },
    { "broadcast-policy", ",\"who\":[\"admins\"]" },
    { "broadcast-policy", "" },
    { "remove-broadcast", ",\"number\":0" },
    { "remove-broadcast", ",\"number\":-1" },
    { "remove-broadcast", ",\"number\":9007199254740993" },
    { "remove-broadcast", ",\"number\":\"1\"" },
    { "disable", ",\"user\":\"Bob\"" },
    { "disable", ",\"user\":\"bob\\nalice\"" },
    { "disable", ",\"user\":\"\"" },
    { "disable", ",\"user\":\"bob\",\"from\":\"alice\"" },
    { "enable", ",\"user\":\"../bob\"" },
    { "manage", ",\"user\":\"bob\"" },
  };

  ear_test_client_free (come_as_admin (f, "alice"));
  ear_test_client_free (come (f, "bob"));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (EarTestClient) alice = ear_test_client_new_again (f->server, "alice", 0);

    ask (alice, bad[i][0], bad[i][1]);
    ear_test_client_expect_error (alice, EAR_ERROR_BAD_MESSAGE);
    ear_test_wait (alice->reason != NULL);
  }
  assert_audit (f->server, "operator set-admin alice\n");
}

/* How many acts of both kinds are done before one is refused, which must come. */
static guint
act_until_refused (EarTestClient *client)
{
  gint64 start = g_get_monotonic_time ();

  for (guint n_done = 0;; n_done++) {
    g_assert_cmpint (n_done, <=, 31 + (g_get_monotonic_time () - start) / ACT_AGAIN_US);
    if (n_done % 2 == 0)
      ask (client, "broadcast-policy", ",\"who\":\"everybody\"");
    else
      ask (client, "enable", ",\"user\":\"bob\"");
    ear_test_wait (ear_test_client_count (client, EAR_MESSAGE_OK) > n_done ||
                   ear_test_client_count (client, EAR_MESSAGE_ERROR) > 0);
    if (ear_test_client_count (client, EAR_MESSAGE_ERROR) > 0)
      return n_done;
  }
}

/* An admin's program that runs wild is stopped; the others go on. */
static void
test_too_many (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = come_as_admin (f, "alice");
  g_autoptr (EarTestClient) bob = come_as_admin (f, "bob");

  g_assert_cmpuint (act_until_refused (alice), >=, 30);
  ear_test_client_expect_error (alice, EAR_ERROR_SLOW_DOWN);
  assert_managed (alice, "everybody", ""); /* to look is no act */
  do_as (bob, "disable", ",\"user\":\"alice\"");
}

#define ADD(path, func) g_test_add ("/roles/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("policy", test_policy);
  ADD ("policy/stays", test_policy_stays);
  ADD ("remove", test_remove);
  ADD ("remove/from-lists", test_remove_from_lists);
  ADD ("disable", test_disable);
  ADD ("disable/meanwhile", test_disable_meanwhile);
  ADD ("disable/person", test_disable_person);
  ADD ("disable/each-other", test_disable_each_other);
  ADD ("others", test_others);
  ADD ("too-early", test_too_early);
  ADD ("bad-requests", test_bad_requests);
  ADD ("too-many", test_too_many);
  return g_test_run ();
}
