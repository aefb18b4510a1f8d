/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Who comes while a change of the account is on its way to the disk. */

#include "disk-fixture.h"

/* Somebody else who has alice's password, and has begun to log in. */
static EarTestClient *
begin_log_in (Fixture *f, char **proof)
{
  EarTestClient *other = ear_test_client_new (f->server);

  ear_test_client_hello (other);
  *proof = ear_test_client_begin_auth (other, "alice", "correct horse");
  return other;
}

/* The server has taken it when this returns, and it is not durable. */
static void
begin_change (Fixture *f, const char *line)
{
  disk_faults_hold ();
  ear_test_client_send (f->client, "%s", line);
  assert_served (f);
  g_assert_cmpuint (ear_test_client_count (f->client, EAR_MESSAGE_OK), ==, 0);
}

static void
end_change (Fixture *f)
{
  g_autoptr (EarMessage) ok = NULL;

  disk_faults_let_through ();
  ok = ear_test_client_expect (f->client, EAR_MESSAGE_OK);
}

static void
assert_kept_out (EarTestClient *client, const char *proof)
{
  ear_test_client_prove (client, proof);
  ear_test_wait (ear_test_client_count (client, EAR_MESSAGE_AUTHENTICATED) +
                   ear_test_client_count (client, EAR_MESSAGE_ERROR) >
                 0);
  g_assert_cmpuint (ear_test_client_count (client, EAR_MESSAGE_AUTHENTICATED), ==, 0);
  ear_test_client_expect_error (client, EAR_ERROR_BAD_LOGIN);
}

/* A session that outlived its account would have the rights of whoever gets the name next. */
static void
test_leave (Fixture *f, gconstpointer data)
{
  g_autofree char *proof = NULL;
  g_autoptr (EarTestClient) other = begin_log_in (f, &proof);

  begin_change (f, "{\"type\":\"leave\",\"id\":1}");
  assert_kept_out (other, proof);
  end_change (f);
  ear_test_client_expect_closed (f->client, EAR_ERROR_CLOSED);
}

/* Who has the old password is not let in to set another one. */
static void
test_password (Fixture *f, gconstpointer data)
{
  g_autofree char *proof = NULL;
  g_autoptr (EarTestClient) other = begin_log_in (f, &proof);

  begin_change (f, "{\"type\":\"password\",\"id\":1," KEYS "}");
  assert_kept_out (other, proof);
  end_change (f);
}

static void
set_by_operator_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  EarServer *server = user_data;

  g_assert_true (ear_registry_finish (EAR_REGISTRY (source), result, NULL));
  ear_server_log_out (server, "alice", EAR_ERROR_BAD_LOGIN);
}

/* The operator sets another password because of who is logged in, who sets another one, too. */
static void
test_password_by_operator (Fixture *f, gconstpointer data)
{
  EarServer *server = f->server->server;
  EarScramKeys keys = ear_registry_lookup (server->registry, "alice")->keys;

  memset (keys.stored_key, 7, sizeof keys.stored_key);
  disk_faults_hold ();
  ear_registry_update_async (server->registry, "alice", &(EarAccountChange){ .keys = &keys },
                             set_by_operator_cb, server);
  ear_test_client_send (f->client, "{\"type\":\"password\",\"id\":1," KEYS "}");
  ear_test_client_expect_error (f->client, EAR_ERROR_BAD_LOGIN);
  disk_faults_let_through ();
  ear_test_client_expect_closed (f->client, EAR_ERROR_BAD_LOGIN);
  stop (f);
  start (f);
  g_assert_cmpmem (ear_registry_lookup (f->server->server->registry, "alice")->keys.stored_key,
                   sizeof keys.stored_key, keys.stored_key, sizeof keys.stored_key);
}

/* One's own next password waits for the one before. */
static void
test_password_twice (Fixture *f, gconstpointer data)
{
  begin_change (f, "{\"type\":\"password\",\"id\":1," KEYS "}");
  ear_test_client_send (f->client, "{\"type\":\"password\",\"id\":2," KEYS "}");
  ear_test_client_expect_error (f->client, EAR_ERROR_BAD_LOGIN);
  end_change (f);
  begin_change (f, "{\"type\":\"password\",\"id\":3," KEYS "}");
  end_change (f);
}

/* Who comes back before his new name is durable has it then, too. */
static void
test_rename (Fixture *f, gconstpointer data)
{
  g_autofree char *proof = NULL;
  g_autoptr (EarTestClient) other = begin_log_in (f, &proof);
  EarRegistry *registry = f->server->server->registry;
  g_autoptr (EarMessage) authenticated = NULL;
  g_autoptr (EarMessage) located = NULL;

  begin_change (f, "{\"type\":\"rename\",\"id\":1,\"name\":\"Alice A.\"}");
  ear_test_client_prove (other, proof);
  authenticated = ear_test_client_expect (other, EAR_MESSAGE_AUTHENTICATED);
  g_assert_cmpstr (ear_message_get_string (authenticated, "name"), ==, "alice");
  ear_test_client_present (other, 0);
  disk_faults_let_through ();
  ear_test_wait (g_str_equal (ear_registry_lookup (registry, "alice")->name, "Alice A."));
  ear_test_client_send (other, "{\"type\":\"locate\",\"id\":2,\"user\":\"alice\"}");
  located = ear_test_client_expect (other, EAR_MESSAGE_LOCATED);
  g_assert_cmpstr (ear_message_get_string (located, "name"), ==, "Alice A.");
}

#define ADD(path, func) g_test_add ("/slow-disk/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("leave", test_leave);
  ADD ("password", test_password);
  ADD ("password-by-operator", test_password_by_operator);
  ADD ("password-twice", test_password_twice);
  ADD ("rename", test_rename);
  return g_test_run ();
}
