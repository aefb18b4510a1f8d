/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A client's side of the server: log in, stay in, come back.
 *
 *   IDLE ──log in──▸ CONNECTING ──▸ ONLINE ──connection lost──▸ WAITING ──time to try──▸ CONNECTING
 *
 * A first log-in that fails goes back to IDLE with its error in the task. Later everything leads to
 * WAITING and comes back by itself, but for what only the user can decide: bad-login, disabled,
 * taken-over, a changed key, another version, a file of ours that does not work. Those lead to IDLE
 * with "last-error".
 *
 * A refusal that says how long to wait is obeyed. When the network comes back there is a try at
 * once, but never a second one beside another: only WAITING leads to a try. When it changes while
 * ONLINE, the server is told our new addresses, over a new connection when the old one's is gone.
 *
 * Within CONNECTING there are steps (ear-session-login.c). Whatever ends a try or a connection goes
 * through ear_session_fail(), the one place that lets the link go and says what comes next.
 *
 * The session owns its link. The password is in memory while logged in, because the server may have
 * another salt at the next try; it is wiped at the end. What is derived from it is kept by salt and
 * iterations, so that coming back costs nothing. */

#include "client/ear-session-private.h"

#include <openssl/crypto.h>
#include <string.h>

#include "client/ear-address-filter.h"
#include "client/ear-reconnect.h"
#include "wire/ear-error.h"
#include "wire/ear-limits.h"
#include "wire/ear-poller.h"
#include "wire/ear-server-link.h"
#include "wire/ear-tls.h"

#define TICK_MS 1000
#define WATCH_LIMIT 500
#define SPREAD_MS 3000  /* a thousand clients come back within this */
#define NETWORK_MS 1000 /* until a change of the network is over */

G_DEFINE_FINAL_TYPE (EarSession, ear_session, G_TYPE_OBJECT)

G_DEFINE_ENUM_TYPE (EarSessionState,
                    ear_session_state,
                    G_DEFINE_ENUM_VALUE (EAR_SESSION_IDLE, "idle"),
                    G_DEFINE_ENUM_VALUE (EAR_SESSION_CONNECTING, "connecting"),
                    G_DEFINE_ENUM_VALUE (EAR_SESSION_ONLINE, "online"),
                    G_DEFINE_ENUM_VALUE (EAR_SESSION_WAITING, "waiting"))

enum {
  PROP_0,
  PROP_STATE,
  PROP_ONLINE,
  PROP_USER,
  PROP_NAME,
  PROP_SERVER_NAME,
  PROP_SERVER_ADDRESS,
  PROP_SERVER_FINGERPRINT,
  PROP_SIGNUP_POLICY,
  PROP_STATUS,
  PROP_RETRY_IN,
  PROP_LAST_ERROR,
  PROP_ADMIN,
  PROP_MAY_BROADCAST,
  N_PROPS,
};

enum {
  TAKEN_OVER,
  DIAL_ASKED,
  BROADCAST,
  REACHED,
  BROADCAST_REMOVED,
  ROSTER,
  N_SIGNALS,
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

/* -- State ------------------------------------------------------------------------------------ */

void
ear_session_set_text (EarSession *self, char **field, const char *value, const char *property)
{
  if (g_strcmp0 (*field, value) == 0)
    return;
  g_free (*field);
  *field = g_strdup (value);
  g_object_notify (G_OBJECT (self), property);
}

void
ear_session_set_last_error (EarSession *self, const GError *error)
{
  if (error == NULL && self->last_error == NULL)
    return;
  g_clear_error (&self->last_error);
  if (error != NULL)
    self->last_error = g_error_copy (error);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LAST_ERROR]);
}

void
ear_session_set_state (EarSession *self, EarSessionState state)
{
  gboolean was_online = self->state == EAR_SESSION_ONLINE;

  if (self->state == state)
    return;
  self->state = state;
  g_object_freeze_notify (G_OBJECT (self));
  if (state == EAR_SESSION_WAITING)
    ear_deadline_set (&self->tick, TICK_MS);
  else
    ear_deadline_clear (&self->tick);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_RETRY_IN]);
  if (was_online != (state == EAR_SESSION_ONLINE))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ONLINE]);
  if (state == EAR_SESSION_IDLE)
    ear_session_set_rights (self, FALSE, TRUE); /* until a server says so */
  g_object_thaw_notify (G_OBJECT (self));
}

void
ear_session_set_rights (EarSession *self, gboolean admin, gboolean may_broadcast)
{
  gboolean admin_changes = self->admin != admin;
  gboolean broadcast_changes = self->may_broadcast != may_broadcast;

  self->admin = admin;
  self->may_broadcast = may_broadcast;
  if (admin_changes)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ADMIN]);
  if (broadcast_changes)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MAY_BROADCAST]);
}

static void
tick_cb (gpointer user_data)
{
  EarSession *self = user_data;

  ear_deadline_set (&self->tick, TICK_MS);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_RETRY_IN]);
}

/* The link no longer has our ear, but lives until it said goodbye. */
static void
left_cb (EarLink *link, const GError *reason, gpointer user_data)
{
  EarSession *self = user_data;

  g_clear_object (&self->leaving);
}

static void
drop_link (EarSession *self)
{
  static const EarLinkEvents leaving_events = { .closed = left_cb };

  if (self->link == NULL)
    return;
  g_clear_object (&self->leaving);
  self->leaving = g_steal_pointer (&self->link);
  ear_link_set_owner (self->leaving, &leaving_events, self);
  ear_link_close (self->leaving, EAR_ERROR_CLOSED);
}

/* Lets go of everything that belongs to one try or one connection. What was asked on it fails at
 * the very end, when the state is the new one: whoever hears of it may ask again, log in, or log
 * out. */
static void
drop_try (EarSession *self)
{
  self->ticket++;
  self->step = EAR_SESSION_STEP_NONE;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  ear_deadline_clear (&self->patience);
  g_clear_pointer (&self->scram, ear_scram_client_free);
  OPENSSL_cleanse (&self->fresh, sizeof self->fresh);
  self->retry_after_ms = 0;
  g_clear_error (&self->link_error);
  drop_link (self);
}

/* Forgets the password and what was made of it. */
void
ear_session_wipe (EarSession *self)
{
  if (self->password != NULL)
    OPENSSL_cleanse (self->password, strlen (self->password));
  g_clear_pointer (&self->password, g_free);
  OPENSSL_cleanse (&self->secret, sizeof self->secret);
  self->has_secret = FALSE;
}

/* Only the user can do something about it. */
static gboolean
is_final (const GError *error)
{
  static const EarError finals[] = {
    EAR_ERROR_BAD_LOGIN,   EAR_ERROR_DISABLED,    EAR_ERROR_TAKEN_OVER,
    EAR_ERROR_KEY_CHANGED, EAR_ERROR_BAD_VERSION, EAR_ERROR_BAD_FILE,
  };

  for (guint i = 0; i < G_N_ELEMENTS (finals); i++) {
    if (g_error_matches (error, EAR_ERROR, (int) finals[i]))
      return TRUE;
  }
  return FALSE;
}

/* The log-in under way, which the caller ends once all is told: whoever hears what is told may
 * begin the next one. */
GTask *
ear_session_steal_task (EarSession *self)
{
  if (self->task_cancelled != NULL)
    g_source_destroy (self->task_cancelled);
  g_clear_pointer (&self->task_cancelled, g_source_unref);
  return g_steal_pointer (&self->task);
}

/* Ends the try or the connection, and says what comes next. Takes @error. */
void
ear_session_fail (EarSession *self, GError *error)
{
  g_autoptr (EarSession) held = g_object_ref (self);
  g_autoptr (GError) reason = error;
  g_autoptr (GTask) task = ear_session_steal_task (self);
  gint64 retry_after_ms = self->retry_after_ms;

  drop_try (self);
  g_object_freeze_notify (G_OBJECT (self)); /* nobody is to see a state without its link */
  ear_session_set_last_error (self, reason);
  if (task != NULL || is_final (reason)) {
    ear_reconnect_stop (self->reconnect);
    ear_session_wipe (self);
    ear_session_set_state (self, EAR_SESSION_IDLE);
  } else {
    ear_reconnect_start_after (self->reconnect, retry_after_ms);
    ear_session_set_state (self, EAR_SESSION_WAITING);
  }
  g_object_thaw_notify (G_OBJECT (self));
  if (g_error_matches (reason, EAR_ERROR, EAR_ERROR_TAKEN_OVER))
    g_signal_emit (self, signals[TAKEN_OVER], 0);
  if (task != NULL)
    g_task_return_error (task, g_steal_pointer (&reason));
  ear_session_fail_requests (self);
}

void
ear_session_call_prepare (EarSession *self, EarSessionStage stage)
{
  guint ticket = ++self->ticket;

  if (self->prepare != NULL)
    self->prepare (self, stage, ticket, self->prepare_data);
  else
    ear_session_proceed (self, ticket);
}

static void
patience_cb (gpointer user_data)
{
  EarSession *self = user_data;
  gboolean connected = self->step > EAR_SESSION_STEP_CONNECTING;

  ear_session_fail (self, ear_error_new (connected ? EAR_ERROR_TIMEOUT : EAR_ERROR_UNREACHABLE));
}

static void
retry_cb (gpointer user_data)
{
  ear_session_try (EAR_SESSION (user_data));
}

/* A change brings many of these. It may also come while the connection is made. */
static void
network_changed_cb (EarSession *self, gboolean available)
{
  if (available && self->state == EAR_SESSION_WAITING)
    ear_reconnect_hurry (self->reconnect);
  else if (!ear_deadline_is_set (&self->network))
    ear_deadline_set (&self->network, NETWORK_MS);
}

/* A link without its address would be found out only when it was silent for long. */
static void
network_cb (gpointer user_data)
{
  g_autoptr (EarSession) self = g_object_ref (EAR_SESSION (user_data));

  if (self->state != EAR_SESSION_ONLINE)
    return;
  if (ear_address_is_here (ear_link_get_local_address (self->link))) {
    ear_session_tell_addresses (self);
    return;
  }
  ear_session_fail (self, ear_error_new (EAR_ERROR_CLOSED));
  ear_reconnect_hurry (self->reconnect);
}

/* -- Object ----------------------------------------------------------------------------------- */

static void
get_server_address (EarSession *self, GValue *value)
{
  if (self->server != NULL)
    g_value_take_string (value, ear_server_link_to_address (self->server));
}

static void
ear_session_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  EarSession *self = EAR_SESSION (object);

  switch (id) {
  case PROP_STATE:
    g_value_set_enum (value, (int) self->state);
    break;
  case PROP_ONLINE:
    g_value_set_boolean (value, ear_session_is_online (self));
    break;
  case PROP_USER:
    g_value_set_string (value, self->user);
    break;
  case PROP_NAME:
    g_value_set_string (value, self->name);
    break;
  case PROP_SERVER_NAME:
    g_value_set_string (value, self->server_name);
    break;
  case PROP_SERVER_ADDRESS:
    get_server_address (self, value);
    break;
  case PROP_SERVER_FINGERPRINT:
    g_value_set_string (value, self->fingerprint);
    break;
  case PROP_SIGNUP_POLICY:
    g_value_set_string (value, self->signup_policy);
    break;
  case PROP_STATUS:
    g_value_set_string (value, self->status);
    break;
  case PROP_RETRY_IN:
    g_value_set_uint (value, ear_session_get_retry_in (self));
    break;
  case PROP_LAST_ERROR:
    g_value_set_boxed (value, self->last_error);
    break;
  case PROP_ADMIN:
    g_value_set_boolean (value, self->admin);
    break;
  case PROP_MAY_BROADCAST:
    g_value_set_boolean (value, self->may_broadcast);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    break;
  }
}

static void
ear_session_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  switch (id) {
  case PROP_STATUS:
    ear_session_set_status (EAR_SESSION (object), g_value_get_string (value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    break;
  }
}

static void
ear_session_dispose (GObject *object)
{
  EarSession *self = EAR_SESSION (object);

  /* No task is under way: each holds the session. */
  if (self->reconnect != NULL)
    drop_try (self);
  g_clear_object (&self->leaving);
  ear_deadline_clear (&self->tick);
  ear_deadline_clear (&self->network);
  g_clear_pointer (&self->reconnect, ear_reconnect_free);
  ear_session_wipe (self);
  G_OBJECT_CLASS (ear_session_parent_class)->dispose (object);
}

static void
ear_session_finalize (GObject *object)
{
  EarSession *self = EAR_SESSION (object);

  g_clear_pointer (&self->requests, g_hash_table_unref);
  g_clear_pointer (&self->server, ear_server_link_free);
  g_clear_error (&self->last_error);
  g_free (self->user);
  g_free (self->signup_name);
  g_free (self->pin);
  g_free (self->name);
  g_free (self->server_name);
  g_free (self->signup_policy);
  g_free (self->fingerprint);
  g_free (self->seen_fingerprint);
  g_free (self->status);
  g_free (self->prefix);
  g_strfreev (self->addresses);
  g_clear_pointer (&self->tls, ear_tls_unref);
  g_clear_pointer (&self->deadlines, ear_deadlines_unref);
  g_clear_pointer (&self->poller, ear_poller_unref);
  G_OBJECT_CLASS (ear_session_parent_class)->finalize (object);
}

static guint
new_signal (const char *name, guint n_params, GType first, GType second)
{
  return g_signal_new (name, EAR_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                       n_params, first, second);
}

static void
ear_session_class_init (EarSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags r = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  const GParamFlags rw = r | G_PARAM_WRITABLE | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = ear_session_get_property;
  object_class->set_property = ear_session_set_property;
  object_class->dispose = ear_session_dispose;
  object_class->finalize = ear_session_finalize;

  props[PROP_STATE] =
    g_param_spec_enum ("state", NULL, NULL, EAR_TYPE_SESSION_STATE, EAR_SESSION_IDLE, r);
  props[PROP_ONLINE] = g_param_spec_boolean ("online", NULL, NULL, FALSE, r);
  props[PROP_USER] = g_param_spec_string ("user", NULL, NULL, NULL, r);
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, r);
  props[PROP_SERVER_NAME] = g_param_spec_string ("server-name", NULL, NULL, NULL, r);
  props[PROP_SERVER_ADDRESS] = g_param_spec_string ("server-address", NULL, NULL, NULL, r);
  props[PROP_SERVER_FINGERPRINT] = g_param_spec_string ("server-fingerprint", NULL, NULL, NULL, r);
  props[PROP_SIGNUP_POLICY] = g_param_spec_string ("signup-policy", NULL, NULL, NULL, r);
  props[PROP_STATUS] = g_param_spec_string ("status", NULL, NULL, "", rw);
  props[PROP_RETRY_IN] = g_param_spec_uint ("retry-in", NULL, NULL, 0, G_MAXUINT, 0, r);
  props[PROP_LAST_ERROR] = g_param_spec_boxed ("last-error", NULL, NULL, G_TYPE_ERROR, r);
  props[PROP_ADMIN] = g_param_spec_boolean ("admin", NULL, NULL, FALSE, r);
  props[PROP_MAY_BROADCAST] = g_param_spec_boolean ("may-broadcast", NULL, NULL, TRUE, r);
  g_object_class_install_properties (object_class, N_PROPS, props);

  signals[TAKEN_OVER] = new_signal ("taken-over", 0, G_TYPE_NONE, G_TYPE_NONE);
  signals[DIAL_ASKED] = new_signal ("dial-asked", 1, G_TYPE_POINTER, G_TYPE_NONE);
  signals[BROADCAST] = new_signal ("broadcast", 1, G_TYPE_POINTER, G_TYPE_NONE);
  signals[REACHED] = new_signal ("reached", 2, G_TYPE_UINT64, G_TYPE_UINT);
  signals[BROADCAST_REMOVED] = new_signal ("broadcast-removed", 1, G_TYPE_UINT64, G_TYPE_NONE);
  signals[ROSTER] = new_signal ("roster", 1, G_TYPE_POINTER, G_TYPE_NONE);
}

static void
ear_session_init (EarSession *self)
{
  self->requests = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_object_unref);
  self->status = g_strdup ("");
  self->prefix = g_strdup ("");
  self->limit = WATCH_LIMIT;
  self->may_broadcast = TRUE;
}

/**
 * ear_session_new:
 * @poller: what watches the socket
 * @deadlines: where the session's deadlines run
 * @tls: our identity, towards servers
 *
 * Makes a session that is logged out.
 *
 * Returns: (transfer full): the session
 */
EarSession *
ear_session_new (EarPoller *poller, EarDeadlines *deadlines, EarTls *tls)
{
  EarSession *self = g_object_new (EAR_TYPE_SESSION, NULL);

  self->poller = ear_poller_ref (poller);
  self->deadlines = ear_deadlines_ref (deadlines);
  self->tls = ear_tls_ref (tls);
  self->reconnect = ear_reconnect_new (deadlines, retry_cb, self);
  ear_reconnect_set_spread (self->reconnect, SPREAD_MS);
  ear_deadline_init (&self->patience, deadlines, patience_cb, self);
  ear_deadline_init (&self->tick, deadlines, tick_cb, self);
  ear_deadline_init (&self->network, deadlines, network_cb, self);
  g_signal_connect_object (g_network_monitor_get_default (), "network-changed",
                           G_CALLBACK (network_changed_cb), self, G_CONNECT_SWAPPED);
  return self;
}

/**
 * ear_session_log_out:
 * @self: a session
 *
 * Says goodbye to the server and forgets the password and the search. A log-in under way fails with
 * EAR_ERROR_OFFLINE.
 */
void
ear_session_log_out (EarSession *self)
{
  g_autoptr (EarSession) held = g_object_ref (self);
  g_autoptr (GTask) task = ear_session_steal_task (self);

  drop_try (self);
  ear_reconnect_stop (self->reconnect);
  ear_session_wipe (self);
  g_clear_pointer (&self->pin, g_free);
  g_free (self->prefix);
  self->prefix = g_strdup ("");
  g_object_freeze_notify (G_OBJECT (self));
  ear_session_set_last_error (self, NULL);
  ear_session_set_state (self, EAR_SESSION_IDLE);
  g_object_thaw_notify (G_OBJECT (self));
  if (task != NULL)
    g_task_return_error (task, ear_error_new (EAR_ERROR_OFFLINE));
  ear_session_fail_requests (self);
}

/**
 * ear_session_retry_now:
 * @self: a session
 *
 * Tries to come back at once, when the session waits for that.
 */
void
ear_session_retry_now (EarSession *self)
{
  if (self->state != EAR_SESSION_WAITING)
    return;
  ear_reconnect_stop (self->reconnect);
  ear_session_try (self);
}

/**
 * ear_session_set_prepare:
 * @self: a session
 * @prepare: (nullable): called before each connection and before others learn that we are here
 * @user_data: for @prepare
 *
 * Sets who prepares what the session needs; each call is answered with ear_session_proceed().
 */
void
ear_session_set_prepare (EarSession *self, EarSessionPrepareFunc prepare, gpointer user_data)
{
  self->prepare = prepare;
  self->prepare_data = user_data;
}

/**
 * ear_session_proceed:
 * @self: a session
 * @ticket: what `prepare` was called with; one that is no longer current does nothing
 *
 * Goes on: everything is prepared.
 */
void
ear_session_proceed (EarSession *self, guint ticket)
{
  if (ticket == self->ticket)
    ear_session_login_proceed (self);
}

/**
 * ear_session_give_up:
 * @self: a session
 * @ticket: what `prepare` was called with; one that is no longer current does nothing
 * @error: why it could not be prepared
 *
 * Ends the try: without what was to be prepared the session cannot go on.
 */
void
ear_session_give_up (EarSession *self, guint ticket, const GError *error)
{
  if (ticket == self->ticket)
    ear_session_fail (self, g_error_copy (error));
}
