/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A session against a small server in the same process, which says what each test wants. */

#include "client/ear-session.h"

#include <string.h>

#include "client/ear-location.h"
#include "link-fixture.h"
#include "wire/ear-limits.h"
#include "wire/ear-scram.h"
#include "wire/ear-server-link.h"

#define ITERATIONS EAR_LIMIT_ITERATIONS_MIN
#define SERVER_STATES                                                           \
  (EAR_MESSAGE_AT_GREETING | EAR_MESSAGE_AT_STRANGER | EAR_MESSAGE_AT_PROVING | \
   EAR_MESSAGE_AT_MEMBER | EAR_MESSAGE_AT_ACTIVE)

typedef struct
{
  EarClock *clock;
  EarDeadlines *deadlines;
  EarPoller *poller;
  EarIdentity *server_identity;
  EarIdentity *client_identity;
  EarTls *server_tls;
  EarTls *client_tls;
  GSocketService *service;
  guint16 port;
  EarSession *session;

  /* The server */
  EarLink *link;
  EarScramServer *scram;
  EarScramKeys keys;
  gboolean digest;
  gboolean silent;    /* answers no `hello` */
  gboolean mute;      /* answers no `locate` */
  gboolean closes;    /* refuses with an error that answers nothing, and closes */
  gint64 retry_after; /* ms; 0: no refusal */
  guint n_connections;
  guint n_presents;
  guint n_watches;
  guint n_passwords;
  gint64 last_broadcast;
  char *status;
  char **addresses;

  /* What the session told */
  guint n_done;
  gboolean ok;
  GError *error;
  guint n_rosters;
  guint n_taken_over;
  guint n_dials;
  guint n_prepares;
  guint ticket;
  gboolean hold; /* the preparation is not answered */
} World;

/* -- The server ------------------------------------------------------------------------------- */

static void
answer_ok (World *self, EarMessage *request)
{
  g_autoptr (EarMessage) ok = ear_message_new_answer (EAR_MESSAGE_OK, request);

  ear_link_send (self->link, ok);
}

static void
answer_error (World *self, EarMessage *request, EarError code)
{
  g_autoptr (EarMessage) error =
    ear_message_new_error (code, ear_message_get_integer (request, "id"));

  ear_link_send (self->link, error);
}

static void
take_keys (World *self, EarMessage *message)
{
  g_autoptr (GBytes) salt = ear_message_dup_bytes (message, "salt");
  g_autoptr (GBytes) stored = ear_message_dup_bytes (message, "stored_key");
  g_autoptr (GBytes) server = ear_message_dup_bytes (message, "server_key");

  memcpy (self->keys.salt, g_bytes_get_data (salt, NULL), sizeof self->keys.salt);
  memcpy (self->keys.stored_key, g_bytes_get_data (stored, NULL), sizeof self->keys.stored_key);
  memcpy (self->keys.server_key, g_bytes_get_data (server, NULL), sizeof self->keys.server_key);
  self->keys.iterations = (guint32) ear_message_get_integer (message, "iterations");
}

static void
serve_hello (World *self)
{
  g_autoptr (EarMessage) welcome = ear_message_new (EAR_MESSAGE_WELCOME);

  ear_message_set_integer (welcome, "version", 1);
  ear_message_set_string (welcome, "name", "Test");
  ear_message_set_string (welcome, "signup", "open");
  ear_message_set_integer (welcome, "iterations", ITERATIONS);
  ear_link_send (self->link, welcome);
}

/* As a server does whom too many ask. */
static void
refuse (World *self, EarMessage *message)
{
  gint64 id = self->closes ? 0 : ear_message_get_integer (message, "id");
  g_autoptr (EarMessage) error = ear_message_new_error (EAR_ERROR_SLOW_DOWN, id);

  ear_message_set_integer (error, "retry_after", self->retry_after);
  ear_link_send (self->link, error);
  if (self->closes)
    ear_link_close (self->link, EAR_ERROR_CLOSED);
}

static void
serve_auth (World *self, EarMessage *message)
{
  g_autoptr (EarMessage) challenge = ear_message_new_answer (EAR_MESSAGE_CHALLENGE, message);
  guint8 binding[EAR_SCRAM_BINDING_SIZE];
  g_autofree char *user = NULL;
  g_autofree char *data = NULL;

  g_assert_true (ear_link_export_binding (self->link, binding, NULL));
  g_clear_pointer (&self->scram, ear_scram_server_free);
  self->scram = ear_scram_server_new (binding);
  g_assert_true (
    ear_scram_server_start (self->scram, ear_message_get_string (message, "data"), &user, NULL));
  data = ear_scram_server_challenge (self->scram, &self->keys, NULL);
  g_assert_nonnull (data);
  ear_message_set_string (challenge, "data", data);
  ear_message_set_string (challenge, "secret", self->digest ? "digest" : "password");
  ear_link_send (self->link, challenge);
}

static void
serve_proof (World *self, EarMessage *message)
{
  g_autoptr (EarMessage) answer = ear_message_new_answer (EAR_MESSAGE_AUTHENTICATED, message);
  g_autofree char *data =
    ear_scram_server_verify (self->scram, ear_message_get_string (message, "data"), NULL);

  if (data == NULL) {
    answer_error (self, message, EAR_ERROR_BAD_LOGIN);
    return;
  }
  ear_message_set_string (answer, "data", data);
  ear_message_set_string (answer, "user", "alice");
  ear_message_set_string (answer, "name", "Alice");
  ear_message_set_boolean (answer, "upgrade", self->digest);
  ear_link_send (self->link, answer);
}

static void
serve_watch (World *self, EarMessage *message)
{
  g_autoptr (EarMessage) roster = ear_message_new_answer (EAR_MESSAGE_ROSTER, message);

  self->n_watches++;
  ear_message_add_entry (roster, "users", NULL);
  ear_message_set_integer (roster, "total", 1);
  ear_message_set_boolean (roster, "more", FALSE);
  ear_link_send (self->link, roster);
}

static void
server_received_cb (EarLink *link, EarMessage *message, gpointer user_data)
{
  World *self = user_data;

  switch (ear_message_get_type (message)) {
  case EAR_MESSAGE_HELLO:
    if (!self->silent)
      serve_hello (self);
    break;
  case EAR_MESSAGE_SIGNUP:
    if (g_str_equal (ear_message_get_string (message, "user"), "taken")) {
      answer_error (self, message, EAR_ERROR_NAME_TAKEN);
      break;
    }
    take_keys (self, message);
    answer_ok (self, message);
    break;
  case EAR_MESSAGE_AUTH:
    if (self->retry_after > 0)
      refuse (self, message);
    else
      serve_auth (self, message);
    break;
  case EAR_MESSAGE_PROOF:
    serve_proof (self, message);
    break;
  case EAR_MESSAGE_PASSWORD:
    self->n_passwords++;
    self->digest = FALSE;
    take_keys (self, message);
    answer_ok (self, message);
    break;
  case EAR_MESSAGE_PRESENT:
    self->n_presents++;
    self->last_broadcast = ear_message_get_integer (message, "last_broadcast");
    g_free (self->status);
    self->status = g_strdup (ear_message_get_string (message, "status"));
    g_strfreev (self->addresses);
    self->addresses = ear_message_dup_strings (message, "addresses");
    answer_ok (self, message);
    break;
  case EAR_MESSAGE_WATCH:
    serve_watch (self, message);
    break;
  case EAR_MESSAGE_LOCATE:
    if (!self->mute)
      answer_error (self, message, EAR_ERROR_UNKNOWN_USER);
    break;
  default:
    answer_ok (self, message);
    break;
  }
}

static void
server_closed_cb (EarLink *link, const GError *reason, gpointer user_data)
{
  g_clear_object (&((World *) user_data)->link);
}

static const EarLinkEvents server_events = {
  .received = server_received_cb,
  .closed = server_closed_cb,
};

static gboolean
incoming_cb (GSocketService *service, GSocketConnection *connection, GObject *source, World *self)
{
  g_assert_null (self->link);
  self->n_connections++;
  self->link = ear_link_new_accepted (self->poller, self->deadlines, self->server_tls, connection,
                                      &server_events, self);
  ear_link_set_state (self->link, SERVER_STATES, EAR_LIMIT_LINE_MEMBER);
  return TRUE;
}

/* -- Fixture ---------------------------------------------------------------------------------- */

static void
roster_cb (World *self)
{
  self->n_rosters++;
}

static void
taken_over_cb (World *self)
{
  self->n_taken_over++;
}

static void
dial_cb (World *self, EarLocation *location)
{
  g_assert_cmpstr (location->user, ==, "bob");
  g_assert_cmpuint (location->port, ==, 4500);
  self->n_dials++;
}

static void
set_keys (World *self, const char *password)
{
  guint8 salt[EAR_SCRAM_SALT_SIZE] = { 1, 2, 3 };
  EarScramSecret secret;

  g_assert_true (ear_scram_derive (password, salt, ITERATIONS, &secret, NULL));
  ear_scram_secret_get_keys (&secret, &self->keys);
}

static void
set_up (World *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;

  memset (self, 0, sizeof *self);
  self->clock = ear_clock_new_manual (0);
  self->deadlines = ear_deadlines_new (self->clock, NULL);
  self->poller = ear_poller_new (NULL, &error);
  self->server_identity = ear_identity_new (&error);
  self->client_identity = ear_identity_new (&error);
  self->server_tls = ear_tls_new (self->server_identity, EAR_TLS_TO_SERVER, &error);
  self->client_tls = ear_tls_new (self->client_identity, EAR_TLS_TO_SERVER, &error);
  g_assert_no_error (error);
  self->service = g_socket_service_new ();
  g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), any, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error);
  g_assert_no_error (error);
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_signal_connect (self->service, "incoming", G_CALLBACK (incoming_cb), self);
  self->session = ear_session_new (self->poller, self->deadlines, self->client_tls);
  g_signal_connect_swapped (self->session, "roster", G_CALLBACK (roster_cb), self);
  g_signal_connect_swapped (self->session, "taken-over", G_CALLBACK (taken_over_cb), self);
  g_signal_connect_swapped (self->session, "dial-asked", G_CALLBACK (dial_cb), self);
  set_keys (self, "secret");
}

static void
tear_down (World *self, gconstpointer data)
{
  ear_session_log_out (self->session);
  wait_until (self->link == NULL);
  settle ();
  g_assert_finalize_object (self->session);
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_object_unref (self->service);
  g_clear_pointer (&self->scram, ear_scram_server_free);
  g_clear_error (&self->error);
  g_free (self->status);
  g_strfreev (self->addresses);
  settle ();
  ear_tls_unref (self->server_tls);
  ear_tls_unref (self->client_tls);
  ear_identity_unref (self->server_identity);
  ear_identity_unref (self->client_identity);
  ear_poller_unref (self->poller);
  ear_deadlines_unref (self->deadlines);
  ear_clock_unref (self->clock);
}

static void
logged_in_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  World *self = user_data;

  self->n_done++;
  g_clear_error (&self->error);
  self->ok = ear_session_log_in_finish (EAR_SESSION (source), result, &self->error);
}

static void
signed_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  World *self = user_data;

  self->n_done++;
  g_clear_error (&self->error);
  self->ok = ear_session_sign_up_finish (EAR_SESSION (source), result, &self->error);
}

static void
log_in (World *self, const char *password, const char *fingerprint)
{
  g_autoptr (EarServerLink) link = ear_server_link_new ("127.0.0.1", self->port, fingerprint);
  guint n_done = self->n_done;

  ear_session_log_in_async (self->session, link, "alice", password, NULL, logged_in_cb, self);
  wait_until (self->n_done > n_done);
}

static void
sign_up (World *self, const char *user, const char *name)
{
  g_autoptr (EarServerLink) link = ear_server_link_new ("127.0.0.1", self->port, NULL);
  guint n_done = self->n_done;

  ear_session_sign_up_async (self->session, link, user, name, "new secret", NULL, signed_up_cb,
                             self);
  wait_until (self->n_done > n_done);
}

static void
assert_online (World *self)
{
  g_assert_no_error (self->error);
  g_assert_true (self->ok);
  g_assert_cmpint (ear_session_get_state (self->session), ==, EAR_SESSION_ONLINE);
}

static void
assert_failed (World *self, EarError code)
{
  g_assert_false (self->ok);
  g_assert_error (self->error, EAR_ERROR, (int) code);
  g_assert_cmpint (ear_session_get_state (self->session), ==, EAR_SESSION_IDLE);
}

/* -- Tests ------------------------------------------------------------------------------------ */

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
  g_assert_cmpuint (ear_session_get_retry_in (self->session), ==, 1);
  wait_until (self->link == NULL);
  ear_clock_advance (self->clock, 1100 * 1000);
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
  ear_clock_advance (self->clock, 1100 * 1000);
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
  ear_clock_advance (self->clock, 2 * G_USEC_PER_SEC); /* when the planned try was due */
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

static void
test_dial_asked (World *self, gconstpointer data)
{
  static const char line[] = "{\"type\":\"dial\",\"user\":\"bob\",\"name\":\"Bob\",\"fingerprint\":"
                             "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","
                             "\"addresses\":[\"192.0.2.1\"],\"port\":4500}\n";
  g_autoptr (GBytes) bytes = g_bytes_new_static (line, sizeof line - 1);

  log_in (self, "secret", NULL);
  ear_link_send_line (self->link, bytes);
  wait_until (self->n_dials == 1);
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
#define ADD(path, test) g_test_add (path, World, NULL, set_up, test, tear_down)
  ADD ("/session/log-in", test_log_in);
  ADD ("/session/bad-login", test_bad_login);
  ADD ("/session/sign-up", test_sign_up);
  ADD ("/session/upgrade", test_upgrade);
  ADD ("/session/pins", test_pins);
  ADD ("/session/prepare", test_prepare);
  ADD ("/session/comes-back", test_comes_back);
  ADD ("/session/retry-after", test_retry_after);
  g_test_add ("/session/retry-after-closed", World, "", set_up, test_retry_after, tear_down);
  ADD ("/session/network-returns", test_network_returns);
  ADD ("/session/taken-over", test_taken_over);
  ADD ("/session/requests", test_requests);
  ADD ("/session/change-password", test_change_password);
  ADD ("/session/dial-asked", test_dial_asked);
  ADD ("/session/cancel", test_cancel);
  ADD ("/session/unreachable", test_unreachable);
  ADD ("/session/silent-server", test_silent_server);
  return g_test_run ();
}
