/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "support/ear-test-person.h"

#include "client/ear-chat.h"
#include "client/ear-session.h"
#include "client/ear-user-list.h"
#include "client/ear-user.h"
#include "support/ear-test-wait.h"
#include "wire/ear-clock.h"
#include "wire/ear-error.h"
#include "wire/ear-server-link.h"

static EarServerLink *
link_to (EarTestServer *server)
{
  return ear_server_link_new ("127.0.0.1", server->port, server->fingerprint);
}

/* Opens the profile. */
void
ear_test_person_open (EarTestPerson *self)
{
  g_autoptr (EarClock) clock = self->clock != NULL ? ear_clock_ref (self->clock) : ear_clock_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  self->client = ear_client_new (self->directory, clock);
  ear_client_open_async (self->client, NULL, ear_test_result_cb, &result);
  ear_test_wait (result != NULL);
  ear_client_open_finish (self->client, result, &error);
  g_assert_no_error (error);
}

/* Somebody with a profile and without an account. */
EarTestPerson *
ear_test_person_new_stranger (EarTestServer *server, const char *user)
{
  EarTestPerson *self = g_new0 (EarTestPerson, 1);
  g_autoptr (GError) error = NULL;

  self->server = server;
  self->user = g_strdup (user);
  self->directory = g_dir_make_tmp ("earshot-person-XXXXXX", &error);
  g_assert_no_error (error);
  ear_test_person_open (self);
  return self;
}

/* The server knows them by their account name alone. */
gboolean
ear_test_person_sign_up (EarTestPerson *self, GError **error)
{
  g_autoptr (EarServerLink) link = link_to (self->server);
  g_autoptr (GAsyncResult) result = NULL;
  EarSession *session = ear_client_get_session (self->client);

  ear_session_sign_up_async (session, link, self->user, self->user, EAR_TEST_PASSWORD, NULL,
                             ear_test_result_cb, &result);
  ear_test_wait (result != NULL);
  return ear_session_sign_up_finish (session, result, error);
}

/* Signs up somebody new. */
EarTestPerson *
ear_test_person_new (EarTestServer *server, const char *user)
{
  EarTestPerson *self = ear_test_person_new_stranger (server, user);
  g_autoptr (GError) error = NULL;

  ear_test_person_sign_up (self, &error);
  g_assert_no_error (error);
  return self;
}

/* Closes the client, as the end of a program does. */
void
ear_test_person_leave (EarTestPerson *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ear_client_close_async (self->client, NULL, ear_test_result_cb, &result);
  ear_test_wait (result != NULL);
  ear_client_close_finish (self->client, result, &error);
  g_assert_no_error (error);
  g_clear_object (&self->client);
}

gboolean
ear_test_person_log_in (EarTestPerson *self, GError **error)
{
  g_autoptr (EarServerLink) link = link_to (self->server);
  g_autoptr (GAsyncResult) result = NULL;
  EarSession *session = ear_client_get_session (self->client);

  ear_session_log_in_async (session, link, self->user, EAR_TEST_PASSWORD, NULL, ear_test_result_cb,
                            &result);
  ear_test_wait (result != NULL);
  return ear_session_log_in_finish (session, result, error);
}

/* Opens the same profile again and logs in; waits when the server says that it was too often. */
void
ear_test_person_come_back (EarTestPerson *self)
{
  g_autoptr (GError) error = NULL;

  ear_test_person_open (self);
  while (!ear_test_person_log_in (self, &error) &&
         g_error_matches (error, EAR_ERROR, EAR_ERROR_SLOW_DOWN)) {
    g_clear_error (&error);
    ear_test_settle (250);
  }
  g_assert_no_error (error);
}

void
ear_test_person_free (EarTestPerson *self)
{
  if (self->client != NULL)
    ear_test_person_leave (self);
  g_clear_pointer (&self->clock, ear_clock_unref);
  ear_test_remove_directory (self->directory);
  g_free (self->directory);
  g_free (self->user);
  g_free (self);
}

EarChat *
ear_test_person_get_chat (EarTestPerson *self, EarTestPerson *other)
{
  return ear_client_get_chat (self->client, other->user);
}

/* Whether a user is among those who are active. */
gboolean
ear_test_person_sees (EarTestPerson *self, const char *user)
{
  EarUser *known = ear_user_list_lookup (ear_client_get_users (self->client), user);

  return known != NULL && ear_user_get_active (known);
}

/* Asks for a chat, which the other accepts. */
void
ear_test_person_open_chat (EarTestPerson *self, EarTestPerson *other)
{
  EarChat *a = ear_test_person_get_chat (self, other);
  EarChat *b = ear_test_person_get_chat (other, self);

  ear_chat_request (a, NULL);
  ear_test_wait (ear_chat_get_state (b) == EAR_CHAT_ASKED);
  ear_chat_accept (b);
  ear_test_wait (ear_chat_get_state (a) == EAR_CHAT_OPEN);
}

/* Two at a server in the test's process, who see each other. */
EarTestServer *
ear_test_person_new_pair (EarTestPerson **alice, EarTestPerson **bob)
{
  EarTestServer *server = ear_test_server_new ();

  server->clock = ear_clock_new ();
  ear_test_server_start_inside (server);
  *alice = ear_test_person_new (server, "alice");
  *bob = ear_test_person_new (server, "bob");
  ear_test_wait (ear_test_person_sees (*alice, "bob") && ear_test_person_sees (*bob, "alice"));
  return server;
}
