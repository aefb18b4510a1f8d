/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A session against a small server in the same process. */

#include "session-fixture.h"

#include <string.h>

#include "client/ear-location.h"
#include "wire/ear-server-link.h"

/* After a lost connection, at the latest. */
#define FIRST_TRY_US (4100 * G_GINT64_CONSTANT (1000))

static void
test_log_in (World *self, gconstpointer data)
{
  ear_session_set_status (self->session, "here");
  ear_session_set_last_broadcast (self->session, 7);
  log_in (self, "secret", NULL);
  assert_online (self);
  g_assert_cmpstr (ear_session_get_user (self->session), ==, "alice");
  g_assert_cmpstr (ear_session_get_name (self->session), ==, "Alice");
  g_assert_cmpstr (ear_session_get_server_name (self->session), ==, "Test");
  g_assert_cmpstr (ear_session_get_server_fingerprint (self->session), ==,
                   ear_identity_get_fingerprint (self->server_identity));
  g_assert_true (ear_session_is_server_on_loopback (self->session));
  g_assert_cmpstr (self->status, ==, "here");
  g_assert_cmpstr (self->addresses[0], ==, "127.0.0.1");
  wait_until (self->n_rosters == 1);
  ear_session_set_watch (self->session, "b", 10);
  wait_until (self->n_rosters == 2);
  ear_session_set_status (self->session, "away");
  wait_until (self->n_presents == 2);
  g_assert_cmpstr (self->status, ==, "away");
}

static void
test_bad_login (World *self, gconstpointer data)
{
  log_in (self, "wrong", NULL);
  assert_failed (self, EAR_ERROR_BAD_LOGIN);
  wait_until (self->link == NULL);
  log_in (self, "secret", NULL);
  assert_online (self);
}

static void
test_sign_up (World *self, gconstpointer data)
{
  sign_up (self, "Not A Name", NULL);
  assert_failed (self, EAR_ERROR_BAD_NAME);
  sign_up (self, "alice", "two\nlines");
  assert_failed (self, EAR_ERROR_BAD_NAME);
  g_assert_cmpuint (self->n_connections, ==, 0);
  sign_up (self, "taken", NULL);
  assert_failed (self, EAR_ERROR_NAME_TAKEN);
  wait_until (self->link == NULL);
  sign_up (self, "alice", "Alice");
  assert_online (self);
}

static void
test_upgrade (World *self, gconstpointer data)
{
  g_autofree char *digest = ear_scram_digest_password ("secret");

  set_keys (self, digest);
  self->digest = TRUE;
  log_in (self, "secret", NULL);
  assert_online (self);
  g_assert_cmpuint (self->n_passwords, ==, 1);
  ear_session_log_out (self->session);
  wait_until (self->link == NULL);
  log_in (self, "secret", NULL);
  assert_online (self);
  g_assert_cmpuint (self->n_passwords, ==, 1);
}

static void
test_pins (World *self, gconstpointer data)
{
  const char *other = ear_identity_get_fingerprint (self->client_identity);
  const char *right = ear_identity_get_fingerprint (self->server_identity);

  log_in (self, "secret", other);
  assert_failed (self, EAR_ERROR_KEY_CHANGED);
  g_assert_cmpstr (ear_session_get_seen_fingerprint (self->session), ==, right);
  g_assert_null (ear_session_get_server_fingerprint (self->session));
  wait_until (self->link == NULL);
  log_in (self, "secret", right);
  assert_online (self);
}

static void
prepare_cb (EarSession *session, EarSessionStage stage, guint ticket, gpointer user_data)
{
  World *self = user_data;

  self->n_prepares++;
  self->ticket = ticket;
  if (stage == EAR_SESSION_BEFORE_CONNECT)
    ear_session_set_pin (session, ear_identity_get_fingerprint (self->server_identity));
  else
    ear_session_set_last_broadcast (session, 42);
  if (!self->hold)
    ear_session_proceed (session, ticket);
}

static void
test_prepare (World *self, gconstpointer data)
{
  g_autoptr (EarServerLink) link = ear_server_link_new ("127.0.0.1", self->port, NULL);
  guint old;

  ear_session_set_prepare (self->session, prepare_cb, self);
  log_in (self, "secret", NULL);
  assert_online (self);
  g_assert_cmpuint (self->n_prepares, ==, 2);
  g_assert_cmpint (self->last_broadcast, ==, 42);

  /* What was prepared for an earlier try moves nothing. */
  self->hold = TRUE;
  ear_session_log_in_async (self->session, link, "alice", "secret", NULL, logged_in_cb, self);
  old = self->ticket;
  ear_session_log_out (self->session);
  wait_until (self->n_done == 2);
  g_assert_error (self->error, EAR_ERROR, EAR_ERROR_OFFLINE);
  ear_session_log_in_async (self->session, link, "alice", "secret", NULL, logged_in_cb, self);
  ear_session_proceed (self->session, old);
  settle ();
  g_assert_cmpint (ear_session_get_state (self->session), ==, EAR_SESSION_CONNECTING);
  g_assert_cmpuint (self->n_connections, ==, 1);
  ear_session_log_out (self->session);
  wait_until (self->n_done == 3);
}

static void
test_comes_back (World *self, gconstpointer data)
{
  log_in (self, "secret", NULL);
  assert_online (self);
  ear_link_close (self->link, EAR_ERROR_SHUTTING_DOWN);
  wait_until (ear_session_get_state (self->session) == EAR_SESSION_WAITING);
  g_assert_error (ear_session_get_last_error (self->session), EAR_ERROR, EAR_ERROR_SHUTTING_DOWN);
  g_assert_cmpuint (ear_session_get_retry_in (self->session), >=, 1);
  g_assert_cmpuint (ear_session_get_retry_in (self->session), <=, 4);
  wait_until (self->link == NULL);
  ear_clock_advance (self->clock, FIRST_TRY_US);
  wait_until (ear_session_is_online (self->session));
  g_assert_null (ear_session_get_last_error (self->session));
  g_assert_cmpuint (self->n_connections, ==, 2);

  ear_link_abort (self->link);
  wait_until (ear_session_get_state (self->session) == EAR_SESSION_WAITING);
  wait_until (self->link == NULL);
  ear_session_retry_now (self->session);
  wait_until (ear_session_is_online (self->session));

  /* A password that is no longer right is for the user to decide. */
  set_keys (self, "another");
  ear_link_abort (self->link);
  wait_until (ear_session_get_state (self->session) == EAR_SESSION_WAITING);
  wait_until (self->link == NULL);
  ear_session_retry_now (self->session);
  wait_until (ear_session_get_state (self->session) == EAR_SESSION_IDLE);
  g_assert_error (ear_session_get_last_error (self->session), EAR_ERROR, EAR_ERROR_BAD_LOGIN);
}

static void
lose (World *self)
{
  ear_link_abort (self->link);
  wait_until (ear_session_get_state (self->session) == EAR_SESSION_WAITING);
  wait_until (self->link == NULL);
}

static void
prepare_nothing_cb (EarSession *session, EarSessionStage stage, guint ticket, gpointer user_data)
{
  if (stage == EAR_SESSION_BEFORE_CONNECT)
    ear_session_set_pin (session, NULL);
  ear_session_proceed (session, ticket);
}

/* The first key counts as long as the session lasts, also when the pin could not be stored. */
static void
test_pin_not_stored (World *self, gconstpointer data)
{
  ear_session_set_prepare (self->session, prepare_nothing_cb, NULL);
  log_in (self, "secret", NULL);
  assert_online (self);
  lose (self);
  ear_tls_unref (self->server_tls);
  self->server_tls = ear_tls_new (self->client_identity, EAR_TLS_TO_SERVER, NULL);
  ear_session_retry_now (self->session);
  wait_until (ear_session_get_state (self->session) != EAR_SESSION_CONNECTING);
  g_assert_error (ear_session_get_last_error (self->session), EAR_ERROR, EAR_ERROR_KEY_CHANGED);
}

static void
tell_network (gboolean available)
{
  g_signal_emit_by_name (g_network_monitor_get_default (), "network-changed", available);
}

/* The server says how long to wait; data: whether it closes the link itself. */
static void
test_retry_after (World *self, gconstpointer data)
{
  self->closes = data != NULL;
  log_in (self, "secret", NULL);
  lose (self);
  self->retry_after = 90 * 1000;
  ear_clock_advance (self->clock, FIRST_TRY_US);
  wait_until (self->n_connections == 2);
  wait_until (ear_session_get_state (self->session) == EAR_SESSION_WAITING);
  wait_until (self->link == NULL);
  g_assert_error (ear_session_get_last_error (self->session), EAR_ERROR, EAR_ERROR_SLOW_DOWN);
  g_assert_cmpuint (ear_session_get_retry_in (self->session), >=, 90);

  self->retry_after = 0;
  tell_network (TRUE); /* no reason to come earlier */
  ear_clock_advance (self->clock, 89 * G_USEC_PER_SEC);
  settle ();
  g_assert_cmpuint (self->n_connections, ==, 2);
  ear_clock_advance (self->clock, 3 * G_USEC_PER_SEC);
  wait_until (ear_session_is_online (self->session));
}

/* At once, but not twice. */
static void
test_network_returns (World *self, gconstpointer data)
{
  tell_network (TRUE); /* logged out: nothing to come back to */
  settle ();
  g_assert_cmpuint (self->n_connections, ==, 0);
  log_in (self, "secret", NULL);
  tell_network (TRUE);
  lose (self);
  tell_network (FALSE);
  g_assert_cmpint (ear_session_get_state (self->session), ==, EAR_SESSION_WAITING);
  for (guint i = 0; i < 3; i++)
    tell_network (TRUE);
  g_assert_cmpint (ear_session_get_state (self->session), ==, EAR_SESSION_CONNECTING);
  ear_clock_advance (self->clock, FIRST_TRY_US); /* when the planned try was due */
  wait_until (ear_session_is_online (self->session));
  settle ();
  g_assert_cmpuint (self->n_connections, ==, 2);
}

static void
test_taken_over (World *self, gconstpointer data)
{
  log_in (self, "secret", NULL);
  ear_link_close (self->link, EAR_ERROR_TAKEN_OVER);
  wait_until (self->n_taken_over == 1);
  g_assert_cmpint (ear_session_get_state (self->session), ==, EAR_SESSION_IDLE);
  g_assert_error (ear_session_get_last_error (self->session), EAR_ERROR, EAR_ERROR_TAKEN_OVER);
}

static void
located_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  World *self = user_data;

  g_clear_error (&self->error);
  g_assert_null (ear_session_locate_finish (EAR_SESSION (source), result, &self->error));
  self->n_done++;
}

static void
test_requests (World *self, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  ear_session_locate_async (self->session, "bob", NULL, located_cb, self);
  wait_until (self->n_done == 1);
  g_assert_error (self->error, EAR_ERROR, EAR_ERROR_OFFLINE);
  log_in (self, "secret", NULL);
  ear_session_locate_async (self->session, "bob", NULL, located_cb, self);
  wait_until (self->n_done == 3);
  g_assert_error (self->error, EAR_ERROR, EAR_ERROR_UNKNOWN_USER);

  self->mute = TRUE;
  ear_session_locate_async (self->session, "bob", cancellable, located_cb, self);
  g_cancellable_cancel (cancellable);
  wait_until (self->n_done == 4);
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  ear_session_locate_async (self->session, "bob", NULL, located_cb, self);
  ear_link_abort (self->link);
  wait_until (self->n_done == 5);
  g_assert_error (self->error, EAR_ERROR, EAR_ERROR_OFFLINE);
}

static void
ask_again_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  EarSession *session = EAR_SESSION (source);

  located_cb (source, result, user_data);
  g_assert_false (ear_session_is_online (session));
  ear_session_set_status (session, "asks again");
  ear_session_search (session, "b");
  ear_session_locate_async (session, "bob", NULL, located_cb, user_data);
}

static void
give_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  located_cb (source, result, user_data);
  ear_session_log_out (EAR_SESSION (source));
}

/* The connection is lost, and whoever hears that of a request asks at once for more. */
static void
test_asks_again (World *self, gconstpointer data)
{
  log_in (self, "secret", NULL);
  self->mute = TRUE;
  ear_session_locate_async (self->session, "bob", NULL, ask_again_cb, self);
  ear_link_abort (self->link);
  wait_until (self->n_done == 3);
  g_assert_error (self->error, EAR_ERROR, EAR_ERROR_OFFLINE);
  g_assert_cmpint (ear_session_get_state (self->session), ==, EAR_SESSION_WAITING);
  wait_until (self->link == NULL);

  ear_session_retry_now (self->session);
  wait_until (ear_session_is_online (self->session));
  ear_session_locate_async (self->session, "bob", NULL, ask_again_cb, self);
  settle ();
  ear_session_log_out (self->session);
  wait_until (self->n_done == 5);
  g_assert_error (self->error, EAR_ERROR, EAR_ERROR_OFFLINE);
}

/* Who logs out because of it stays logged out. */
static void
test_gives_up (World *self, gconstpointer data)
{
  log_in (self, "secret", NULL);
  self->mute = TRUE;
  ear_session_locate_async (self->session, "bob", NULL, give_up_cb, self);
  ear_link_abort (self->link);
  wait_until (self->n_done == 2);
  settle ();
  g_assert_cmpint (ear_session_get_state (self->session), ==, EAR_SESSION_IDLE);
}

/* Both in one turn of the loop: the request ends once. */
static void
test_cancelled_and_logged_out (World *self, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  log_in (self, "secret", NULL);
  self->mute = TRUE;
  ear_session_locate_async (self->session, "bob", cancellable, located_cb, self);
  settle ();
  g_cancellable_cancel (cancellable);
  ear_session_log_out (self->session);
  wait_until (self->n_done == 2);
  settle ();
  g_assert_cmpuint (self->n_done, ==, 2);
}

static void
changed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  World *self = user_data;

  g_assert_true (ear_session_change_password_finish (EAR_SESSION (source), result, &self->error));
  self->n_done++;
}

static void
test_change_password (World *self, gconstpointer data)
{
  log_in (self, "secret", NULL);
  ear_session_change_password_async (self->session, "another", NULL, changed_cb, self);
  wait_until (self->n_done == 2);
  ear_session_log_out (self->session);
  wait_until (self->link == NULL);
  log_in (self, "another", NULL);
  assert_online (self);
}

/* A line from the server. */
static void
tell (World *self, const char *line)
{
  g_autoptr (GBytes) bytes = g_bytes_new (line, strlen (line));

  ear_link_send_line (self->link, bytes);
}

/* A second answer while PBKDF2 runs for the first one neither starts another nor is taken for a
 * later step. */
static void
test_said_twice (World *self, gconstpointer data)
{
  static const EarMessageType types[] = { EAR_MESSAGE_WELCOME, EAR_MESSAGE_CHALLENGE,
                                          EAR_MESSAGE_AUTHENTICATED };
  g_autofree char *digest = ear_scram_digest_password ("secret");

  set_keys (self, digest);
  self->digest = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    self->twice = types[i];
    log_in (self, "secret", NULL);
    assert_failed (self, EAR_ERROR_BAD_MESSAGE);
    wait_until (self->link == NULL);
  }
  self->twice = EAR_MESSAGE_WELCOME;
  sign_up (self, "alice", NULL);
  assert_failed (self, EAR_ERROR_BAD_MESSAGE);
  wait_until (self->link == NULL);
  g_assert_cmpuint (self->n_passwords, ==, 0);

  self->twice = 0;
  log_in (self, "secret", NULL);
  assert_online (self);
}

static void
test_dial_asked (World *self, gconstpointer data)
{
  log_in (self, "secret", NULL);
  tell (self, "{\"type\":\"dial\",\"user\":\"bob\",\"name\":\"Bob\",\"fingerprint\":"
              "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","
              "\"addresses\":[\"192.0.2.1\"],\"port\":4500}\n");
  wait_until (self->n_dials == 1);
}

static void
count_cb (guint *n)
{
  (*n)++;
}

static void
assert_rights (World *self, gboolean admin, gboolean may_broadcast)
{
  g_assert_cmpint (ear_session_is_admin (self->session), ==, admin);
  g_assert_cmpint (ear_session_may_broadcast (self->session), ==, may_broadcast);
}

/* What the server says counts, until another one may say something else. */
static void
test_rights (World *self, gconstpointer data)
{
  guint n_admin = 0, n_broadcast = 0;

  g_signal_connect_swapped (self->session, "notify::admin", G_CALLBACK (count_cb), &n_admin);
  g_signal_connect_swapped (self->session, "notify::may-broadcast", G_CALLBACK (count_cb),
                            &n_broadcast);
  assert_rights (self, FALSE, TRUE);
  log_in (self, "secret", NULL);
  assert_rights (self, FALSE, TRUE);
  tell (self, "{\"type\":\"rights\",\"admin\":false,\"broadcast\":false}\n");
  wait_until (n_broadcast == 1);
  assert_rights (self, FALSE, FALSE);
  tell (self, "{\"type\":\"rights\",\"admin\":true,\"broadcast\":true}\n");
  wait_until (n_broadcast == 2);
  assert_rights (self, TRUE, TRUE);
  g_assert_cmpuint (n_admin, ==, 1);
  ear_session_log_out (self->session);
  assert_rights (self, FALSE, TRUE);
  g_assert_cmpuint (n_admin, ==, 2);
  g_assert_cmpuint (n_broadcast, ==, 2);
}

static void
removed_cb (EarSession *session, guint64 number, guint64 *removed)
{
  *removed = number;
}

static void
test_broadcast_removed (World *self, gconstpointer data)
{
  guint64 removed = 0;

  g_signal_connect (self->session, "broadcast-removed", G_CALLBACK (removed_cb), &removed);
  log_in (self, "secret", NULL);
  tell (self, "{\"type\":\"broadcast-removed\",\"number\":9007199254740992}\n");
  wait_until (removed == G_GUINT64_CONSTANT (9007199254740992));
}

static void
test_cancel (World *self, gconstpointer data)
{
  g_autoptr (EarServerLink) link = ear_server_link_new ("127.0.0.1", self->port, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  ear_session_log_in_async (self->session, link, "alice", "secret", cancellable, logged_in_cb,
                            self);
  wait_until (self->link != NULL);
  g_cancellable_cancel (cancellable);
  wait_until (self->n_done == 1);
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (ear_session_get_state (self->session), ==, EAR_SESSION_IDLE);
}

/* Once, when the session is logged out. */
static void
log_in_again_cb (EarSession *session, GParamSpec *pspec, gpointer user_data)
{
  World *self = user_data;
  g_autoptr (EarServerLink) link = ear_server_link_new ("127.0.0.1", self->port, NULL);

  if (ear_session_get_state (session) != EAR_SESSION_IDLE)
    return;
  g_clear_signal_handler (&self->again, session);
  ear_session_log_in_async (session, link, "alice", "secret", NULL, logged_in_cb, self);
}

/* Whoever hears of the log-out logs in again: the log-out ends what was before, not that. */
static void
test_logs_in_again (World *self, gconstpointer data)
{
  log_in (self, "secret", NULL);
  self->again =
    g_signal_connect (self->session, "notify::state", G_CALLBACK (log_in_again_cb), self);
  ear_session_log_out (self->session);
  wait_until (self->n_done == 2);
  assert_online (self);

  ear_session_log_out (self->session);
  wait_until (self->link == NULL);
  self->again =
    g_signal_connect (self->session, "notify::state", G_CALLBACK (log_in_again_cb), self);
  log_in (self, "wrong", NULL);
  g_assert_error (self->error, EAR_ERROR, EAR_ERROR_BAD_LOGIN);
  wait_until (self->n_done == 4);
  assert_online (self);
}

static void
test_unreachable (World *self, gconstpointer data)
{
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  log_in (self, "secret", NULL);
  assert_failed (self, EAR_ERROR_UNREACHABLE);
}

static void
test_silent_server (World *self, gconstpointer data)
{
  g_autoptr (EarServerLink) link = ear_server_link_new ("127.0.0.1", self->port, NULL);

  self->silent = TRUE;
  ear_session_log_in_async (self->session, link, "alice", "secret", NULL, logged_in_cb, self);
  wait_until (self->link != NULL);
  for (guint i = 0; i < 50 && self->n_done == 0; i++) {
    settle ();
    ear_clock_advance (self->clock, G_USEC_PER_SEC);
  }
  wait_until (self->n_done == 1);
  assert_failed (self, EAR_ERROR_TIMEOUT);
}

int
main (int argc, char **argv)
{
  g_setenv ("GIO_USE_NETWORK_MONITOR", "base", TRUE); /* only the test tells of changes */
  g_test_init (&argc, &argv, NULL);
#define ADD(path, test) g_test_add (path, World, NULL, world_set_up, test, world_tear_down)
  ADD ("/session/log-in", test_log_in);
  ADD ("/session/bad-login", test_bad_login);
  ADD ("/session/sign-up", test_sign_up);
  ADD ("/session/upgrade", test_upgrade);
  ADD ("/session/pins", test_pins);
  ADD ("/session/pin-not-stored", test_pin_not_stored);
  ADD ("/session/prepare", test_prepare);
  ADD ("/session/comes-back", test_comes_back);
  ADD ("/session/retry-after", test_retry_after);
  g_test_add ("/session/retry-after-closed", World, "", world_set_up, test_retry_after,
              world_tear_down);
  ADD ("/session/network-returns", test_network_returns);
  ADD ("/session/taken-over", test_taken_over);
  ADD ("/session/requests", test_requests);
  ADD ("/session/asks-again", test_asks_again);
  ADD ("/session/gives-up", test_gives_up);
  ADD ("/session/cancelled-and-logged-out", test_cancelled_and_logged_out);
  ADD ("/session/change-password", test_change_password);
  ADD ("/session/said-twice", test_said_twice);
  ADD ("/session/dial-asked", test_dial_asked);
  ADD ("/session/rights", test_rights);
  ADD ("/session/broadcast-removed", test_broadcast_removed);
  ADD ("/session/cancel", test_cancel);
  ADD ("/session/logs-in-again", test_logs_in_again);
  ADD ("/session/unreachable", test_unreachable);
  ADD ("/session/silent-server", test_silent_server);
  return g_test_run ();
}
