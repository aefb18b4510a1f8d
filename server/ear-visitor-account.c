/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A visitor's account: hello, sign-up, log-in, and what a member changes about it. */

#include <string.h>

#include "server/ear-devices.h"
#include "server/ear-invitations.h"
#include "server/ear-registry.h"
#include "server/ear-roster.h"
#include "server/ear-server-log.h"
#include "server/ear-throttle.h"
#include "server/ear-visitor-private.h"
#include "wire/ear-limits.h"
#include "wire/ear-name.h"

#define VERSION 1

void
ear_visitor_hello (EarVisitor *self, EarMessage *message)
{
  const EarServerConfig *config = self->server->config;
  g_autoptr (EarMessage) welcome = ear_message_new (EAR_MESSAGE_WELCOME);

  ear_message_set_integer (welcome, "version", VERSION);
  ear_message_set_string (welcome, "name", config->name);
  ear_message_set_string (welcome, "signup", ear_signup_policy_to_string (config->signup));
  ear_message_set_integer (welcome, "iterations", config->iterations);
  ear_visitor_send (self, welcome);
  ear_visitor_set_state (self, EAR_MESSAGE_AT_STRANGER);
}

/* The table has checked the sizes. */
static void
get_keys (EarMessage *message, EarScramKeys *keys)
{
  g_autoptr (GBytes) salt = ear_message_dup_bytes (message, "salt");
  g_autoptr (GBytes) stored_key = ear_message_dup_bytes (message, "stored_key");
  g_autoptr (GBytes) server_key = ear_message_dup_bytes (message, "server_key");

  memset (keys, 0, sizeof *keys);
  memcpy (keys->salt, g_bytes_get_data (salt, NULL), sizeof keys->salt);
  memcpy (keys->stored_key, g_bytes_get_data (stored_key, NULL), sizeof keys->stored_key);
  memcpy (keys->server_key, g_bytes_get_data (server_key, NULL), sizeof keys->server_key);
  keys->iterations = (guint32) ear_message_get_integer (message, "iterations");
}

/* Answers a request when the registry has done it; whether it has. */
static gboolean
answer (EarVisitorRequest *request, GObject *registry, GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;

  if (!ear_registry_finish (EAR_REGISTRY (registry), result, &error)) {
    EarError code = error->domain == EAR_ERROR ? (EarError) error->code : EAR_ERROR_INTERNAL;

    ear_visitor_answer_error (request->visitor, request->request, code, 0);
    return FALSE;
  }
  ear_visitor_answer_ok (request->visitor, request->request);
  return TRUE;
}

/* -- Sign-up -- */

static gboolean
is_invited (EarVisitorRequest *request)
{
  return request->visitor->server->config->signup == EAR_SIGNUP_INVITE;
}

static void
signed_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarVisitorRequest) request = user_data;
  gboolean done = answer (request, source, result);

  if (is_invited (request))
    ear_invitations_settle (request->visitor->server->invitations,
                            ear_message_get_string (request->request, "invite"), done);
  if (done)
    ear_server_log ("signed-up", ear_message_get_string (request->request, "user"),
                    request->visitor->address, NULL);
}

/* FALSE when a name is not valid. */
static gboolean
get_account (EarMessage *message, EarAccount *account)
{
  EarScramKeys keys;

  get_keys (message, &keys);
  return ear_account_init (account, ear_message_get_string (message, "user"),
                           ear_message_get_string (message, "name"), &keys);
}

/* The invitation is this visitor's now, durably; the account comes next. */
static void
claimed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  EarVisitorRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  EarAccount account;

  if (ear_invitations_finish (EAR_INVITATIONS (source), result, &error)) {
    get_account (request->request, &account);
    ear_registry_add_async (request->visitor->server->registry, &account, signed_up_cb, request);
    return;
  }
  ear_server_log ("signup-failed", NULL, request->visitor->address, error->message);
  ear_visitor_answer_error (request->visitor, request->request, (EarError) error->code, 0);
  ear_visitor_request_free (request);
}

/* Who has no invitation where one is needed uses up his own address's share alone, so that he does
 * not keep those out who have. Nothing is taken of one share when the other is used up. */
static gboolean
take_share (EarVisitor *self, EarMessage *message, gint64 *retry_after_ms)
{
  EarServer *server = self->server;
  gboolean welcome =
    server->config->signup != EAR_SIGNUP_INVITE ||
    ear_invitations_is_open (server->invitations, ear_message_get_string (message, "invite"));

  if (welcome && !ear_throttle_check (server->throttle, EAR_THROTTLE_SIGNUP, "", retry_after_ms))
    return FALSE;
  if (!ear_throttle_take (server->throttle, EAR_THROTTLE_SIGNUP_ADDRESS, self->address_key,
                          retry_after_ms))
    return FALSE;
  return !welcome || ear_throttle_take (server->throttle, EAR_THROTTLE_SIGNUP, "", NULL);
}

void
ear_visitor_signup (EarVisitor *self, EarMessage *message)
{
  EarServer *server = self->server;
  EarSignupPolicy policy = server->config->signup;
  EarAccount account;
  gint64 retry_after_ms;

  if (policy == EAR_SIGNUP_CLOSED ||
      (policy == EAR_SIGNUP_INVITE && !ear_message_has (message, "invite"))) {
    ear_visitor_answer_error (self, message, EAR_ERROR_SIGNUP_CLOSED, 0);
    return;
  }
  if (!get_account (message, &account)) {
    ear_visitor_answer_error (self, message, EAR_ERROR_BAD_NAME, 0);
    return;
  }
  if (!take_share (self, message, &retry_after_ms)) {
    ear_visitor_answer_error (self, message, EAR_ERROR_SLOW_DOWN, retry_after_ms);
    return;
  }
  if (policy == EAR_SIGNUP_INVITE)
    ear_invitations_claim_async (server->invitations, ear_message_get_string (message, "invite"),
                                 account.user, claimed_cb, ear_visitor_request_new (self, message));
  else
    ear_registry_add_async (server->registry, &account, signed_up_cb,
                            ear_visitor_request_new (self, message));
}

/* -- Log-in -- */

/* A device that the user has logged in from; NULL when this is none. Its mistakes are counted
 * apart, so that nobody who guesses locks it out. */
static char *
dup_device_key (EarVisitor *self, const char *user)
{
  const char *fingerprint = ear_link_get_fingerprint (self->link);

  return ear_devices_knows (self->server->devices, user, fingerprint)
           ? g_strconcat (user, " ", fingerprint, NULL)
           : NULL;
}

/* What no account can be called counts as one: strangers do not choose how much is remembered. */
static const char *
get_account_key (const char *user)
{
  return ear_name_is_valid (user) ? user : "";
}

/* Others at the same account from elsewhere, and here at other accounts, are counted apart, too. */
static char *
dup_pair_key (EarVisitor *self, const char *user)
{
  return g_strconcat (get_account_key (user), " ", self->address_key, NULL);
}

static gboolean
may_try (EarVisitor *self, const char *user, gint64 *retry_after_ms)
{
  EarThrottle *throttle = self->server->throttle;
  g_autofree char *device = dup_device_key (self, user);
  g_autofree char *pair = dup_pair_key (self, user);

  if (device != NULL)
    return ear_throttle_check (throttle, EAR_THROTTLE_LOGIN_DEVICE, device, retry_after_ms);
  return ear_throttle_check (throttle, EAR_THROTTLE_LOGIN_PAIR, pair, retry_after_ms) &&
         ear_throttle_check (throttle, EAR_THROTTLE_LOGIN_ADDRESS, self->address_key,
                             retry_after_ms) &&
         ear_throttle_check (throttle, EAR_THROTTLE_LOGIN_ACCOUNT, get_account_key (user),
                             retry_after_ms);
}

static void
send_challenge (EarVisitor *self, EarMessage *message, const EarScramKeys *keys, gboolean digest)
{
  g_autofree char *data = ear_scram_server_challenge (self->scram, keys, NULL);
  g_autoptr (EarMessage) challenge = ear_message_new_answer (EAR_MESSAGE_CHALLENGE, message);

  memcpy (self->stored_key, keys->stored_key, sizeof self->stored_key);
  ear_message_set_string (challenge, "data", data);
  ear_message_set_string (challenge, "secret", digest ? "digest" : "password");
  ear_visitor_send (self, challenge);
  ear_visitor_set_state (self, EAR_MESSAGE_AT_PROVING);
}

void
ear_visitor_auth (EarVisitor *self, EarMessage *message)
{
  guint8 binding[EAR_SCRAM_BINDING_SIZE];
  g_autofree char *user = NULL;
  const EarAccount *account;
  EarScramKeys decoy;
  gboolean digest;
  gint64 retry_after_ms = 0;

  if (!ear_link_export_binding (self->link, binding, NULL)) {
    ear_visitor_end (self, EAR_ERROR_INTERNAL);
    return;
  }
  g_clear_pointer (&self->scram, ear_scram_server_free);
  self->scram = ear_scram_server_new (binding);
  if (!ear_scram_server_start (self->scram, ear_message_get_string (message, "data"), &user,
                               NULL)) {
    ear_visitor_end (self, EAR_ERROR_BAD_MESSAGE);
    return;
  }
  if (!may_try (self, user, &retry_after_ms)) {
    ear_visitor_answer_error (self, message, EAR_ERROR_SLOW_DOWN, retry_after_ms);
    return;
  }
  g_free (self->user);
  self->user = g_steal_pointer (&user);
  account = ear_registry_lookup (self->server->registry, self->user);
  /* Made for known users, too: who measures the time learns nothing. */
  digest = ear_key_kinds_make_decoy (ear_registry_get_key_kinds (self->server->registry),
                                     self->server->secret, self->user,
                                     self->server->config->iterations, &decoy);
  if (account != NULL)
    digest = (account->flags & EAR_ACCOUNT_DIGEST) != 0;
  send_challenge (self, message, account != NULL ? &account->keys : &decoy, digest);
}

static void
count_failure (EarVisitor *self)
{
  EarThrottle *throttle = self->server->throttle;
  g_autofree char *device = dup_device_key (self, self->user);
  g_autofree char *pair = dup_pair_key (self, self->user);

  if (device != NULL) {
    ear_throttle_take (throttle, EAR_THROTTLE_LOGIN_DEVICE, device, NULL);
    return;
  }
  ear_throttle_take (throttle, EAR_THROTTLE_LOGIN_PAIR, pair, NULL);
  ear_throttle_take (throttle, EAR_THROTTLE_LOGIN_ADDRESS, self->address_key, NULL);
  ear_throttle_take (throttle, EAR_THROTTLE_LOGIN_ACCOUNT, get_account_key (self->user), NULL);
}

static void
refuse_proof (EarVisitor *self, EarMessage *message, EarError code, gint64 retry_after_ms)
{
  ear_server_log ("login-failed", self->user, self->address, ear_error_get_code (code));
  if (code == EAR_ERROR_BAD_LOGIN)
    count_failure (self);
  g_clear_pointer (&self->user, g_free);
  ear_visitor_answer_error (self, message, code, retry_after_ms);
  ear_visitor_set_state (self, EAR_MESSAGE_AT_STRANGER);
  if (++self->n_tries >= EAR_LIMIT_LOGINS)
    ear_visitor_end (self, EAR_ERROR_BAD_LOGIN);
}

static void
accept_proof (EarVisitor *self, EarMessage *message, const EarAccount *account, const char *data)
{
  g_autoptr (EarMessage) authenticated =
    ear_message_new_answer (EAR_MESSAGE_AUTHENTICATED, message);

  self->name = g_strdup (account->name);
  ear_server_add_member (self->server, self);
  ear_visitor_set_state (self, EAR_MESSAGE_AT_MEMBER);
  ear_message_set_string (authenticated, "data", data);
  ear_message_set_string (authenticated, "user", self->user);
  ear_message_set_string (authenticated, "name", self->name);
  ear_message_set_boolean (authenticated, "upgrade", (account->flags & EAR_ACCOUNT_DIGEST) != 0);
  ear_visitor_send (self, authenticated);
  ear_devices_note (self->server->devices, self->user, ear_link_get_fingerprint (self->link));
  ear_server_log ("logged-in", self->user, self->address, ear_link_get_fingerprint (self->link));
}

/* Whether what was proved still opens the account when all that is being written is durable: the
 * password may have been changed since the challenge, and who leaves is as good as gone. */
static gboolean
stays_valid (EarVisitor *self)
{
  EarAccount account;

  return ear_registry_foresee (self->server->registry, self->user, &account) &&
         memcmp (self->stored_key, account.keys.stored_key, sizeof self->stored_key) == 0;
}

void
ear_visitor_proof (EarVisitor *self, EarMessage *message)
{
  const EarAccount *account = ear_registry_lookup (self->server->registry, self->user);
  g_autoptr (GError) error = NULL;
  g_autofree char *data =
    ear_scram_server_verify (self->scram, ear_message_get_string (message, "data"), &error);
  gint64 retry_after_ms = 0;

  g_clear_pointer (&self->scram, ear_scram_server_free);
  /* Others may have failed since the challenge: no proof is judged that could not be begun now. */
  if (!may_try (self, self->user, &retry_after_ms)) {
    refuse_proof (self, message, EAR_ERROR_SLOW_DOWN, retry_after_ms);
    return;
  }
  if (g_error_matches (error, EAR_ERROR, EAR_ERROR_BAD_MESSAGE))
    ear_visitor_end (self, EAR_ERROR_BAD_MESSAGE);
  else if (data == NULL || account == NULL || !stays_valid (self))
    refuse_proof (self, message, EAR_ERROR_BAD_LOGIN, 0);
  else if ((account->flags & EAR_ACCOUNT_DISABLED) != 0)
    refuse_proof (self, message, EAR_ERROR_DISABLED, 0);
  else
    accept_proof (self, message, account, data);
}

/* -- A member's changes -- */

static void
changed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarVisitorRequest) request = user_data;
  EarVisitor *self = request->visitor;

  if (!answer (request, source, result))
    return;
  ear_server_log (ear_message_get_name (request->request), self->user, self->address, NULL);
  if (ear_message_get_type (request->request) == EAR_MESSAGE_PASSWORD) {
    EarScramKeys keys;

    get_keys (request->request, &keys);
    memcpy (self->stored_key, keys.stored_key, sizeof self->stored_key);
    /* Others may have had the old one. */
    ear_devices_forget (self->server->devices, self->user, request->fingerprint);
  }
}

/* Whether the account may be changed now; says so when not. */
static gboolean
may_change (EarVisitor *self, EarMessage *message)
{
  gint64 retry_after_ms;

  if (ear_registry_lookup (self->server->registry, self->user) == NULL) {
    ear_visitor_end (self, EAR_ERROR_DISABLED);
    return FALSE;
  }
  if (!ear_throttle_take (self->server->throttle, EAR_THROTTLE_CHANGE, self->user,
                          &retry_after_ms)) {
    ear_visitor_answer_error (self, message, EAR_ERROR_SLOW_DOWN, retry_after_ms);
    return FALSE;
  }
  return TRUE;
}

static void
change (EarVisitor *self, EarMessage *message, const EarAccountChange *what)
{
  ear_registry_update_async (self->server->registry, self->user, what, changed_cb,
                             ear_visitor_request_new (self, message));
}

void
ear_visitor_password (EarVisitor *self, EarMessage *message)
{
  EarScramKeys keys;

  if (!may_change (self, message))
    return;
  /* The operator may be setting another one because of who is here; that one counts. */
  if (!stays_valid (self)) {
    ear_visitor_answer_error (self, message, EAR_ERROR_BAD_LOGIN, 0);
    return;
  }
  get_keys (message, &keys);
  change (self, message, &(EarAccountChange){ .keys = &keys, .clear = EAR_ACCOUNT_DIGEST });
}

void
ear_visitor_rename (EarVisitor *self, EarMessage *message)
{
  const char *name = ear_message_get_string (message, "name");

  if (!ear_name_is_valid_display (name))
    ear_visitor_answer_error (self, message, EAR_ERROR_BAD_NAME, 0);
  else if (may_change (self, message))
    change (self, message, &(EarAccountChange){ .name = name });
}

/* Who renamed himself may have come back before it was durable, and knows his old name. */
void
ear_visitor_take_name (EarVisitor *self, const char *name)
{
  if (g_str_equal (self->name, name))
    return;
  g_free (self->name);
  self->name = g_strdup (name);
  if (ear_visitor_is_active (self))
    ear_roster_set (self->server->roster, self->user, self->name, self->status);
}

static void
left_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarVisitorRequest) request = user_data;

  if (!answer (request, source, result))
    return;
  ear_server_log ("leave", request->visitor->user, request->visitor->address, NULL);
  ear_visitor_end (request->visitor, EAR_ERROR_CLOSED);
  ear_server_log_out (request->visitor->server, request->visitor->user, EAR_ERROR_DISABLED);
}

void
ear_visitor_leave (EarVisitor *self, EarMessage *message)
{
  if (ear_registry_lookup (self->server->registry, self->user) == NULL) {
    ear_visitor_end (self, EAR_ERROR_DISABLED);
    return;
  }
  ear_registry_remove_async (self->server->registry, self->user, left_cb,
                             ear_visitor_request_new (self, message));
}
