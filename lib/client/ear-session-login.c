/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* From nothing to online, step by step:
 *
 *   pinning → connecting → welcome → (signup) → challenge → proof → (upgrade) → preparing → present
 *
 * At each step one answer is awaited, known by `step_id`; anything wrong with it ends the try with
 * ear_session_fail(). PBKDF2 runs in a thread of GTask, between these steps: nothing may come
 * meanwhile. The cancellable of the try keeps its result from a later one.
 *
 * The server's key is compared before anything is said to it. SCRAM (RFC 5802) proves the password
 * without telling it, bound to this TLS session (RFC 9266). */

#include "client/ear-session-private.h"

#include <openssl/crypto.h>
#include <string.h>

#include "client/ear-reconnect.h"
#include "wire/ear-error.h"
#include "wire/ear-fingerprint.h"
#include "wire/ear-limits.h"
#include "wire/ear-name.h"
#include "wire/ear-server-link.h"

#define AGENT "earshot"

/* One at a time: what comes meanwhile ends the try, or a server could have many of them run. */
static void
derive (EarSession *self,
        const char *password,
        const guint8 *salt,
        guint32 iterations,
        GAsyncReadyCallback callback)
{
  self->step = EAR_SESSION_STEP_DERIVING;
  ear_session_derive_async (self, password, salt, iterations, self->cancellable, callback, NULL);
}

/* FALSE when the try is over: nothing may be touched then. */
static gboolean
derived (EarSession *self, GAsyncResult *result, EarScramSecret *secret)
{
  GError *error = NULL;

  if (ear_session_derive_finish (result, secret, &error))
    return TRUE;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_error_free (error);
  else
    ear_session_fail (self, error);
  return FALSE;
}

static void
send_step (EarSession *self, EarSessionStep step, EarMessage *message)
{
  self->step = step;
  self->step_id = ear_session_send (self, message);
}

static void
go_online (EarSession *self)
{
  g_autoptr (GTask) task = ear_session_steal_task (self);

  self->step = EAR_SESSION_STEP_ONLINE;
  ear_deadline_clear (&self->patience);
  ear_reconnect_stop (self->reconnect);
  ear_session_set_pin (self, self->fingerprint);
  ear_session_send_watch (self);
  ear_session_set_last_error (self, NULL);
  ear_session_set_state (self, EAR_SESSION_ONLINE);
  if (task != NULL)
    g_task_return_boolean (task, TRUE);
}

static void
send_present (EarSession *self)
{
  g_autoptr (EarMessage) present = ear_session_new_present (self);

  send_step (self, EAR_SESSION_STEP_PRESENT, present);
}

static void
prepare_present (EarSession *self)
{
  self->step = EAR_SESSION_STEP_PREPARING;
  ear_session_call_prepare (self, EAR_SESSION_BEFORE_PRESENT);
}

/* -- SCRAM ------------------------------------------------------------------------------------ */

static void
start_auth (EarSession *self)
{
  g_autoptr (EarMessage) auth = ear_message_new (EAR_MESSAGE_AUTH);
  g_autofree char *data = NULL;
  guint8 binding[EAR_SCRAM_BINDING_SIZE];
  GError *error = NULL;

  if (!ear_link_export_binding (self->link, binding, &error)) {
    ear_session_fail (self, error);
    return;
  }
  g_clear_pointer (&self->scram, ear_scram_client_free);
  self->scram = ear_scram_client_new (self->user, binding);
  data = ear_scram_client_start (self->scram, &error);
  if (data == NULL) {
    ear_session_fail (self, error);
    return;
  }
  ear_message_set_string (auth, "data", data);
  send_step (self, EAR_SESSION_STEP_CHALLENGE, auth);
}

static void
prove (EarSession *self)
{
  g_autoptr (EarMessage) proof = ear_message_new (EAR_MESSAGE_PROOF);
  GError *error = NULL;
  g_autofree char *data = ear_scram_client_prove (self->scram, &self->secret, &error);

  if (data == NULL) {
    ear_session_fail (self, error);
    return;
  }
  ear_message_set_string (proof, "data", data);
  send_step (self, EAR_SESSION_STEP_PROOF, proof);
}

static void
secret_derived_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  EarSession *self = EAR_SESSION (source);

  if (!derived (self, result, &self->secret))
    return;
  self->has_secret = TRUE;
  self->secret_of_digest = self->digest;
  prove (self);
}

static void
challenged (EarSession *self, EarMessage *message)
{
  g_autofree char *digest = NULL;
  guint8 salt[EAR_SCRAM_SALT_SIZE];
  guint32 iterations;
  GError *error = NULL;

  if (!ear_scram_client_challenge (self->scram, ear_message_get_string (message, "data"), salt,
                                   &iterations, &error)) {
    ear_session_fail (self, error);
    return;
  }
  self->digest = g_str_equal (ear_message_get_string (message, "secret"), "digest");
  if (self->has_secret && self->secret.iterations == iterations &&
      self->secret_of_digest == self->digest &&
      memcmp (self->secret.salt, salt, sizeof salt) == 0) {
    prove (self);
    return;
  }
  if (self->digest)
    digest = ear_scram_digest_password (self->password);
  derive (self, self->digest ? digest : self->password, salt, iterations, secret_derived_cb);
  if (digest != NULL)
    OPENSSL_cleanse (digest, strlen (digest));
}

static void
upgrade_derived_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  EarSession *self = EAR_SESSION (source);
  g_autoptr (EarMessage) message = NULL;

  if (!derived (self, result, &self->fresh))
    return;
  message = ear_message_new (EAR_MESSAGE_PASSWORD);
  ear_session_set_keys (message, &self->fresh);
  send_step (self, EAR_SESSION_STEP_UPGRADE, message);
}

static void
authenticated (EarSession *self, EarMessage *message)
{
  GError *error = NULL;

  if (!ear_scram_client_finish (self->scram, ear_message_get_string (message, "data"), &error)) {
    ear_session_fail (self, error);
    return;
  }
  g_clear_pointer (&self->scram, ear_scram_client_free);
  ear_session_set_text (self, &self->user, ear_message_get_string (message, "user"), "user");
  ear_session_set_text (self, &self->name, ear_message_get_string (message, "name"), "name");
  if (self->digest && ear_message_get_boolean (message, "upgrade"))
    derive (self, self->password, NULL, self->iterations, upgrade_derived_cb);
  else
    prepare_present (self);
}

/* Whether the server took the new keys or not: the old ones did for this time. */
static void
upgraded (EarSession *self, EarMessage *message)
{
  if (ear_message_get_type (message) == EAR_MESSAGE_OK) {
    self->secret = self->fresh;
    self->secret_of_digest = FALSE;
  }
  OPENSSL_cleanse (&self->fresh, sizeof self->fresh);
  prepare_present (self);
}

/* -- Signing up ------------------------------------------------------------------------------- */

static void
signup_derived_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  EarSession *self = EAR_SESSION (source);
  g_autoptr (EarMessage) signup = NULL;

  if (!derived (self, result, &self->fresh))
    return;
  signup = ear_message_new (EAR_MESSAGE_SIGNUP);
  ear_message_set_string (signup, "user", self->user);
  if (self->signup_name != NULL)
    ear_message_set_string (signup, "name", self->signup_name);
  if (self->server->invite != NULL)
    ear_message_set_string (signup, "invite", self->server->invite);
  ear_session_set_keys (signup, &self->fresh);
  send_step (self, EAR_SESSION_STEP_SIGNUP, signup);
}

static void
signed_up (EarSession *self)
{
  self->signs_up = FALSE;
  self->secret = self->fresh;
  self->has_secret = TRUE;
  self->secret_of_digest = FALSE;
  OPENSSL_cleanse (&self->fresh, sizeof self->fresh);
  start_auth (self);
}

static void
welcomed (EarSession *self, EarMessage *message)
{
  self->iterations = (guint32) ear_message_get_integer (message, "iterations");
  ear_session_set_text (self, &self->server_name, ear_message_get_string (message, "name"),
                        "server-name");
  ear_session_set_text (self, &self->signup_policy, ear_message_get_string (message, "signup"),
                        "signup-policy");
  if (self->signs_up)
    derive (self, self->password, NULL, self->iterations, signup_derived_cb);
  else
    start_auth (self);
}

/* -- Steps ------------------------------------------------------------------------------------ */

static EarMessageType
get_awaited (EarSession *self)
{
  switch (self->step) {
  case EAR_SESSION_STEP_WELCOME:
    return EAR_MESSAGE_WELCOME;
  case EAR_SESSION_STEP_CHALLENGE:
    return EAR_MESSAGE_CHALLENGE;
  case EAR_SESSION_STEP_PROOF:
    return EAR_MESSAGE_AUTHENTICATED;
  default:
    return EAR_MESSAGE_OK;
  }
}

/* What comes before the session is online. */
void
ear_session_login_received (EarSession *self, EarMessage *message)
{
  EarMessageType type = ear_message_get_type (message);

  if (type == EAR_MESSAGE_ERROR && self->step != EAR_SESSION_STEP_UPGRADE) {
    ear_session_fail (self, ear_message_to_error (message));
    return;
  }
  if (type != get_awaited (self) && type != EAR_MESSAGE_ERROR) {
    ear_session_fail (self, ear_error_new (EAR_ERROR_BAD_MESSAGE));
    return;
  }
  if (self->step != EAR_SESSION_STEP_WELCOME &&
      ear_message_get_integer (message, "re") != self->step_id) {
    ear_session_fail (self, ear_error_new (EAR_ERROR_BAD_MESSAGE));
    return;
  }
  switch (self->step) {
  case EAR_SESSION_STEP_WELCOME:
    welcomed (self, message);
    break;
  case EAR_SESSION_STEP_SIGNUP:
    signed_up (self);
    break;
  case EAR_SESSION_STEP_CHALLENGE:
    challenged (self, message);
    break;
  case EAR_SESSION_STEP_PROOF:
    authenticated (self, message);
    break;
  case EAR_SESSION_STEP_UPGRADE:
    upgraded (self, message);
    break;
  case EAR_SESSION_STEP_PRESENT:
    go_online (self);
    break;
  default:
    ear_session_fail (self, ear_error_new (EAR_ERROR_BAD_MESSAGE));
    break;
  }
}

/* -- Connecting ------------------------------------------------------------------------------- */

static void
link_opened_cb (EarLink *link, gpointer user_data)
{
  EarSession *self = user_data;
  g_autoptr (EarMessage) hello = ear_message_new (EAR_MESSAGE_HELLO);
  const char *seen = ear_link_get_fingerprint (link);
  const char *wanted = ear_session_get_wanted_fingerprint (self);

  g_free (self->seen_fingerprint);
  self->seen_fingerprint = g_strdup (seen);
  if (wanted != NULL && !ear_fingerprint_equal (wanted, seen)) {
    ear_session_fail (self, ear_error_new (EAR_ERROR_KEY_CHANGED));
    return;
  }
  ear_session_set_text (self, &self->fingerprint, seen, "server-fingerprint");
  ear_deadline_set (&self->patience, EAR_LIMIT_LOGIN_MS);
  ear_message_set_integer (hello, "version", 1);
  ear_message_set_string (hello, "agent", AGENT);
  self->step = EAR_SESSION_STEP_WELCOME;
  ear_link_send (link, hello);
}

static void
link_received_cb (EarLink *link, EarMessage *message, gpointer user_data)
{
  g_autoptr (EarSession) self = g_object_ref (EAR_SESSION (user_data));

  ear_session_received (self, message);
}

static void
link_closed_cb (EarLink *link, const GError *reason, gpointer user_data)
{
  EarSession *self = user_data;
  gboolean plain = g_error_matches (reason, EAR_ERROR, EAR_ERROR_CLOSED);

  if (plain && self->link_error != NULL)
    ear_session_fail (self, g_steal_pointer (&self->link_error));
  else
    ear_session_fail (self, g_error_copy (reason));
}

static const EarLinkEvents link_events = {
  .opened = link_opened_cb,
  .received = link_received_cb,
  .closed = link_closed_cb,
};

static void
note_loopback (EarSession *self)
{
  GInetSocketAddress *remote = ear_link_get_remote_address (self->link);

  self->on_loopback =
    remote != NULL && g_inet_address_get_is_loopback (g_inet_socket_address_get_address (remote));
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarSession) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection =
    g_socket_client_connect_to_host_finish (G_SOCKET_CLIENT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (connection == NULL) {
    g_debug ("No connection to the server: %s", error->message);
    ear_session_fail (self, ear_error_new (EAR_ERROR_UNREACHABLE));
    return;
  }
  self->link =
    ear_link_new_dialled (self->poller, self->deadlines, self->tls, connection, &link_events, self);
  ear_link_set_state (self->link, EAR_MESSAGE_AT_CLIENT, EAR_LIMIT_LINE_SERVER);
  note_loopback (self);
}

static void
start_connecting (EarSession *self)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();

  self->step = EAR_SESSION_STEP_CONNECTING;
  ear_deadline_set (&self->patience, EAR_LIMIT_HANDSHAKE_MS);
  g_socket_client_set_enable_proxy (client, FALSE); /* the server is in this network */
  g_socket_client_connect_to_host_async (client, self->server->host, self->server->port,
                                         self->cancellable, connected_cb, g_object_ref (self));
}

void
ear_session_login_proceed (EarSession *self)
{
  if (self->step == EAR_SESSION_STEP_PINNING)
    start_connecting (self);
  else if (self->step == EAR_SESSION_STEP_PREPARING)
    send_present (self);
}

/* Begins a try. */
void
ear_session_try (EarSession *self)
{
  self->cancellable = g_cancellable_new ();
  self->step = EAR_SESSION_STEP_PINNING;
  ear_session_set_state (self, EAR_SESSION_CONNECTING);
  ear_session_call_prepare (self, EAR_SESSION_BEFORE_CONNECT);
}

/* -- Log-in and sign-up ----------------------------------------------------------------------- */

static gboolean
task_cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  ear_session_fail (EAR_SESSION (user_data),
                    g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled"));
  return G_SOURCE_REMOVE;
}

static void
watch_cancellable (EarSession *self, GCancellable *cancellable)
{
  if (cancellable == NULL)
    return;
  self->task_cancelled = g_cancellable_source_new (cancellable);
  g_source_set_callback (self->task_cancelled, G_SOURCE_FUNC (task_cancelled_cb), self, NULL);
  g_source_attach (self->task_cancelled, g_main_context_get_thread_default ());
}

static void
begin (EarSession *self,
       GTask *task,
       const EarServerLink *server,
       const char *user,
       const char *password)
{
  ear_session_log_out (self);
  g_clear_pointer (&self->server, ear_server_link_free);
  self->server = ear_server_link_copy (server);
  g_object_notify (G_OBJECT (self), "server-address");
  ear_session_set_text (self, &self->fingerprint, NULL, "server-fingerprint");
  ear_session_set_text (self, &self->user, user, "user");
  ear_session_set_text (self, &self->name, user, "name");
  self->password = g_strdup (password);
  self->last_broadcast = 0;
  self->task = g_object_ref (task);
  watch_cancellable (self, g_task_get_cancellable (task));
  ear_session_try (self);
}

/**
 * ear_session_log_in_async:
 * @self: a session; whoever is logged in is logged out first
 * @server: where the server is, maybe with the fingerprint that it must have
 * @user: the account
 * @password: the password
 * @cancellable: (nullable): ends the try
 * @callback: called when it is online, or has failed
 * @user_data: for @callback
 *
 * Logs in. Once this has succeeded, the session comes back by itself whenever it is lost.
 */
void
ear_session_log_in_async (EarSession *self,
                          const EarServerLink *server,
                          const char *user,
                          const char *password,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_name (task, G_STRFUNC);
  /* Nobody has such a name: the same answer as the server would give. */
  if (!ear_name_is_valid (user)) {
    g_task_return_error (task, ear_error_new (EAR_ERROR_BAD_LOGIN));
    return;
  }
  self->signs_up = FALSE;
  begin (self, task, server, user, password);
}

/**
 * ear_session_log_in_finish:
 *
 * Returns: whether the session is online. Fails with EAR_ERROR_BAD_LOGIN, _DISABLED, _KEY_CHANGED,
 *   _BAD_FILE when the owner gave up, _UNREACHABLE, _TLS, _TIMEOUT, _SLOW_DOWN, _FULL, other codes
 *   of the server, or G_IO_ERROR_CANCELLED.
 */
gboolean
ear_session_log_in_finish (EarSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ear_session_sign_up_async:
 * @self: a session; whoever is logged in is logged out first
 * @server: where the server is, maybe with an invitation
 * @user: the account to be made
 * @name: (nullable): the display name; the account's name when empty
 * @password: the password
 * @cancellable: (nullable): ends the try
 * @callback: called when it is online, or has failed
 * @user_data: for @callback
 *
 * Makes an account and logs in with it.
 */
void
ear_session_sign_up_async (EarSession *self,
                           const EarServerLink *server,
                           const char *user,
                           const char *name,
                           const char *password,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  gboolean named = name != NULL && name[0] != '\0';

  g_task_set_name (task, G_STRFUNC);
  if (!ear_name_is_valid (user) || (named && !ear_name_is_valid_display (name))) {
    g_task_return_error (task, ear_error_new (EAR_ERROR_BAD_NAME));
    return;
  }
  self->signs_up = TRUE;
  g_free (self->signup_name);
  self->signup_name = named ? g_strdup (name) : NULL;
  begin (self, task, server, user, password);
}

/**
 * ear_session_sign_up_finish:
 *
 * Returns: whether the account was made and the session is online. Fails like the log-in, and with
 *   EAR_ERROR_BAD_NAME, _NAME_TAKEN, _SIGNUP_CLOSED, _BAD_KEYS or _READ_ONLY.
 */
gboolean
ear_session_sign_up_finish (EarSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
