/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Sign-ups by invitation, against a real earshotd that takes no others. */

#include <string.h>

#include "support/ear-test-client.h"
#include "support/ear-test-wait.h"
#include "wire/ear-server-link.h"

typedef struct
{
  EarTestServer *server;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->server = ear_test_server_new ();
  fixture->server->signup = "invite";
  ear_test_server_spawn (fixture->server);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  ear_test_server_free (fixture->server);
}

static EarServerLink *
invite (EarTestServer *server)
{
  int status;
  g_autofree char *output =
    ear_test_server_run (server, (const char *const[]){ "invite", NULL }, NULL, &status);
  /* Without a server the log comes on the same way. */
  const char *start = strstr (output, "earshot://");
  g_autofree char *uri = start != NULL ? g_strndup (start, strcspn (start, "\n")) : NULL;
  EarServerLink *link = uri != NULL ? ear_server_link_parse (uri, NULL) : NULL;

  g_assert_cmpint (status, ==, 0);
  g_assert_nonnull (link);
  g_assert_nonnull (link->invite);
  return link;
}

static void
send_sign_up (EarTestClient *client, const char *user, const char *invite)
{
  ear_test_client_send (
    client,
    "{\"type\":\"signup\",\"id\":1,\"user\":\"%s\",\"salt\":\"AQAAAAAAAAAAAAAAAAAAAA==\","
    "\"iterations\":100000,\"stored_key\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
    "\"server_key\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\"invite\":\"%s\"}",
    user, invite);
}

static void
assert_taken (EarTestClient *client, const char *user, const char *invite)
{
  g_autoptr (EarMessage) ok = NULL;

  send_sign_up (client, user, invite);
  ok = ear_test_client_expect (client, EAR_MESSAGE_OK);
}

static EarTestClient *
meet (Fixture *fixture)
{
  EarTestClient *client = ear_test_client_new (fixture->server);

  ear_test_client_hello (client);
  return client;
}

static void
test_once (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarServerLink) link = invite (fixture->server);
  g_autoptr (EarTestClient) client = meet (fixture);

  g_assert_cmpuint (link->port, ==, fixture->server->port);
  g_assert_cmpstr (link->fingerprint, ==, fixture->server->fingerprint);
  ear_test_client_sign_up (client, "alice", "correct horse");
  ear_test_client_expect_error (client, EAR_ERROR_SIGNUP_CLOSED);
  send_sign_up (client, "alice", "0123456789");
  ear_test_client_expect_error (client, EAR_ERROR_UNKNOWN_INVITE);
  send_sign_up (client, "Alice", link->invite);
  ear_test_client_expect_error (client, EAR_ERROR_BAD_NAME);
  assert_taken (client, "alice", link->invite);
  send_sign_up (client, "bob", link->invite);
  ear_test_client_expect_error (client, EAR_ERROR_INVITE_USED);
}

/* Names stay hidden from those who are not invited, and a name that is taken costs no invitation.
 */
static void
test_name_taken (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarServerLink) first = invite (fixture->server);
  g_autoptr (EarServerLink) second = invite (fixture->server);
  g_autoptr (EarTestClient) client = meet (fixture);

  assert_taken (client, "alice", first->invite);
  send_sign_up (client, "alice", "0123456789");
  ear_test_client_expect_error (client, EAR_ERROR_UNKNOWN_INVITE);
  send_sign_up (client, "alice", second->invite);
  ear_test_client_expect_error (client, EAR_ERROR_NAME_TAKEN);
  assert_taken (client, "bob", second->invite);
}

/* Of many who use one at the same moment, one gets in. */
static void
test_race (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarServerLink) link = invite (fixture->server);
  EarTestClient *clients[8];
  guint n_ok = 0;

  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    clients[i] = meet (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++) {
    g_autofree char *user = g_strdup_printf ("user%u", i);

    send_sign_up (clients[i], user, link->invite);
  }
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++) {
    ear_test_wait (ear_test_client_count (clients[i], EAR_MESSAGE_OK) +
                     ear_test_client_count (clients[i], EAR_MESSAGE_ERROR) >
                   0);
    n_ok += ear_test_client_count (clients[i], EAR_MESSAGE_OK);
  }
  g_assert_cmpuint (n_ok, ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    ear_test_client_free (clients[i]);
}

/* kill -9 right after the answer: the invitation is used, the other one is good. */
static void
test_survives_kill (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarServerLink) used = invite (fixture->server);
  g_autoptr (EarServerLink) open = invite (fixture->server);
  g_autoptr (EarTestClient) before = meet (fixture);
  g_autoptr (EarTestClient) after = NULL;

  assert_taken (before, "alice", used->invite);
  ear_test_server_kill (fixture->server);
  ear_test_server_spawn (fixture->server);
  after = meet (fixture);
  send_sign_up (after, "bob", used->invite);
  ear_test_client_expect_error (after, EAR_ERROR_INVITE_USED);
  assert_taken (after, "bob", open->invite);
}

/* The operator may invite before the server runs, see what became of it, and take one back. */
static void
test_operator (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarServerLink) link = NULL;
  g_autoptr (EarServerLink) other = NULL;
  g_autoptr (EarTestClient) client = NULL;
  g_autofree char *list = NULL;
  g_autofree char *id = NULL;
  g_auto (GStrv) lines = NULL;
  int status;

  ear_test_server_terminate (fixture->server);
  link = invite (fixture->server);
  g_assert_cmpstr (link->fingerprint, ==, fixture->server->fingerprint);
  list = ear_test_server_run (fixture->server, (const char *const[]){ "invite", "list", NULL },
                              NULL, &status);
  lines = g_strsplit (list, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 2);
  id = g_strndup (lines[0], 8);
  ear_test_server_spawn (fixture->server);
  g_free (ear_test_server_run (
    fixture->server, (const char *const[]){ "invite", "revoke", id, NULL }, NULL, &status));
  g_assert_cmpint (status, ==, 0);
  client = meet (fixture);
  send_sign_up (client, "alice", link->invite);
  ear_test_client_expect_error (client, EAR_ERROR_UNKNOWN_INVITE);
  other = invite (fixture->server);
  assert_taken (client, "alice", other->invite);
}

static void
test_bad_commands (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *const arguments[4];
    int status;
  } cases[] = {
    { { "invite", "--days", "0", NULL }, 1 },   { { "invite", "--days", "91", NULL }, 1 },
    { { "invite", "--days", "x y", NULL }, 1 }, { { "invite", "--days", NULL }, 64 },
    { { "invite", "revoke", "x", NULL }, 1 },   { { "invite", "bob", NULL }, 64 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    int status;

    g_free (ear_test_server_run (fixture->server, cases[i].arguments, NULL, &status));
    g_assert_cmpint (status, ==, cases[i].status);
  }
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/invitations/once", test_once);
  ADD ("/invitations/name-taken", test_name_taken);
  ADD ("/invitations/race", test_race);
  ADD ("/invitations/survives-kill", test_survives_kill);
  ADD ("/invitations/operator", test_operator);
  ADD ("/invitations/bad-commands", test_bad_commands);
  return g_test_run ();
}
