/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "session-fixture.h"

#include <string.h>

#include "client/ear-location.h"
#include "wire/ear-server-link.h"

#define SERVER_STATES                                                           \
  (EAR_MESSAGE_AT_GREETING | EAR_MESSAGE_AT_STRANGER | EAR_MESSAGE_AT_PROVING | \
   EAR_MESSAGE_AT_MEMBER | EAR_MESSAGE_AT_ACTIVE)

/* -- The server ------------------------------------------------------------------------------- */

static void
say (World *self, EarMessage *message)
{
  ear_link_send (self->link, message);
  if (self->twice != 0 && ear_message_get_type (message) == self->twice)
    ear_link_send (self->link, message);
}

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
  say (self, welcome);
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
  say (self, challenge);
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
  say (self, answer);
}

static void
serve_watch (World *self, EarMessage *message)
{
  g_autoptr (EarMessage) roster = ear_message_new_answer (EAR_MESSAGE_ROSTER, message);

  self->n_watches++;
  g_free (self->prefix);
  self->prefix = g_strdup (ear_message_get_string (message, "prefix"));
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

void
set_keys (World *self, const char *password)
{
  guint8 salt[EAR_SCRAM_SALT_SIZE] = { 1, 2, 3 };
  EarScramSecret secret;

  g_assert_true (ear_scram_derive (password, salt, ITERATIONS, &secret, NULL));
  ear_scram_secret_get_keys (&secret, &self->keys);
}

void
world_set_up (World *self, gconstpointer data)
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

void
world_tear_down (World *self, gconstpointer data)
{
  if (self->session != NULL)
    ear_session_log_out (self->session);
  wait_until (self->link == NULL);
  settle ();
  if (self->session != NULL)
    g_assert_finalize_object (self->session);
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_object_unref (self->service);
  g_clear_pointer (&self->scram, ear_scram_server_free);
  g_clear_error (&self->error);
  g_free (self->prefix);
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

void
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

void
log_in (World *self, const char *password, const char *fingerprint)
{
  g_autoptr (EarServerLink) link = ear_server_link_new ("127.0.0.1", self->port, fingerprint);
  guint n_done = self->n_done;

  ear_session_log_in_async (self->session, link, "alice", password, NULL, logged_in_cb, self);
  wait_until (self->n_done > n_done);
}

void
sign_up (World *self, const char *user, const char *name)
{
  g_autoptr (EarServerLink) link = ear_server_link_new ("127.0.0.1", self->port, NULL);
  guint n_done = self->n_done;

  ear_session_sign_up_async (self->session, link, user, name, "new secret", NULL, signed_up_cb,
                             self);
  wait_until (self->n_done > n_done);
}

void
assert_online (World *self)
{
  g_assert_no_error (self->error);
  g_assert_true (self->ok);
  g_assert_cmpint (ear_session_get_state (self->session), ==, EAR_SESSION_ONLINE);
}

void
assert_failed (World *self, EarError code)
{
  g_assert_false (self->ok);
  g_assert_error (self->error, EAR_ERROR, (int) code);
  g_assert_cmpint (ear_session_get_state (self->session), ==, EAR_SESSION_IDLE);
}
