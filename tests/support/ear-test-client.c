/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "support/ear-test-client.h"

#include <string.h>

#include "support/ear-test-wait.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-identity.h"
#include "wire/ear-limits.h"
#include "wire/ear-poller.h"
#include "wire/ear-scram.h"
#include "wire/ear-tls.h"

#define PASSWORD "correct horse"

static void
received_cb (EarLink *link, EarMessage *message, gpointer user_data)
{
  EarTestClient *self = user_data;

  g_queue_push_tail (&self->received, ear_message_ref (message));
}

static void
closed_cb (EarLink *link, const GError *reason, gpointer user_data)
{
  EarTestClient *self = user_data;

  self->reason = g_error_copy (reason);
}

static const EarLinkEvents events = { .received = received_cb, .closed = closed_cb };

static EarTestClient *
dial (EarTestServer *server, EarIdentity *identity, EarTlsRole role, const char *from, guint16 port)
{
  EarTestClient *self = g_new0 (EarTestClient, 1);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GError) error = NULL;

  self->server = server;
  self->clock = ear_clock_new ();
  self->deadlines = ear_deadlines_new (self->clock, NULL);
  self->poller = ear_poller_new (NULL, &error);
  g_assert_no_error (error);
  self->identity = identity;
  self->tls = ear_tls_new (self->identity, role, &error);
  g_assert_no_error (error);
  g_queue_init (&self->received);
  self->next_id = 1;

  if (from != NULL) {
    g_autoptr (GSocketAddress) local = g_inet_socket_address_new_from_string (from, 0);

    g_socket_client_set_local_address (client, local);
  }
  /* The kernel accepts for a server in this process, too. */
  connection = g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, &error);
  g_assert_no_error (error);
  self->link =
    ear_link_new_dialled (self->poller, self->deadlines, self->tls, connection, &events, self);
  return self;
}

EarTestClient *
ear_test_client_new (EarTestServer *server)
{
  return ear_test_client_new_from (server, NULL, NULL);
}

/* With a key, or a new one, and from one of loopback's addresses, or the usual one. */
EarTestClient *
ear_test_client_new_from (EarTestServer *server, EarIdentity *identity, const char *from)
{
  g_autoptr (GError) error = NULL;
  EarIdentity *key = identity != NULL ? ear_identity_ref (identity) : ear_identity_new (&error);
  EarTestClient *self;

  g_assert_no_error (error);
  self = dial (server, key, EAR_TLS_TO_SERVER, from, server->port);
  ear_link_set_state (self->link, EAR_MESSAGE_AT_CLIENT, EAR_LIMIT_LINE_SERVER);
  ear_test_wait (ear_link_is_open (self->link) || self->reason != NULL);
  return self;
}

/* Dials a user's doorbell with some key. */
EarTestClient *
ear_test_client_new_peer (EarTestServer *server, EarIdentity *identity, guint16 port)
{
  EarTestClient *self = dial (server, ear_identity_ref (identity), EAR_TLS_TO_PEER, NULL, port);

  ear_link_set_state (self->link, EAR_MESSAGE_AT_MEETING, EAR_LIMIT_LINE_PEER);
  ear_test_wait (ear_link_is_open (self->link) || self->reason != NULL);
  return self;
}

void
ear_test_client_free (EarTestClient *self)
{
  if (self->reason == NULL) {
    ear_link_abort (self->link);
    ear_test_wait (self->reason != NULL);
  }
  g_clear_object (&self->link);
  g_clear_error (&self->reason);
  g_queue_clear_full (&self->received, (GDestroyNotify) ear_message_unref);
  ear_tls_unref (self->tls);
  ear_identity_unref (self->identity);
  ear_poller_unref (self->poller);
  ear_deadlines_unref (self->deadlines);
  ear_clock_unref (self->clock);
  g_free (self);
}

/* Sends a line just as it stands, so that it may be wrong. */
void
ear_test_client_send (EarTestClient *self, const char *format, ...)
{
  g_autofree char *line = NULL;
  g_autofree char *with_newline = NULL;
  g_autoptr (GBytes) bytes = NULL;
  va_list args;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  with_newline = g_strconcat (line, "\n", NULL);
  bytes = g_bytes_new (with_newline, strlen (with_newline));
  ear_link_send_line (self->link, bytes);
}

static GList *
find (EarTestClient *self, EarMessageType type)
{
  for (GList *l = self->received.head; l != NULL; l = l->next) {
    if (ear_message_get_type (l->data) == type)
      return l;
  }
  return NULL;
}

/* Takes the first message of a type that has come, or comes. */
EarMessage *
ear_test_client_expect (EarTestClient *self, EarMessageType type)
{
  EarMessage *message;
  GList *link;

  ear_test_wait (find (self, type) != NULL || self->reason != NULL);
  link = find (self, type);
  if (link == NULL)
    g_error ("the link ended: %s", self->reason->message);
  message = link->data;
  g_queue_delete_link (&self->received, link);
  return message;
}

void
ear_test_client_expect_error (EarTestClient *self, EarError code)
{
  g_autoptr (EarMessage) message = ear_test_client_expect (self, EAR_MESSAGE_ERROR);
  g_autoptr (GError) error = ear_message_to_error (message);

  g_assert_error (error, EAR_ERROR, (int) code);
}

void
ear_test_client_expect_closed (EarTestClient *self, EarError code)
{
  ear_test_wait (self->reason != NULL);
  g_assert_error (self->reason, EAR_ERROR, (int) code);
}

guint
ear_test_client_count (EarTestClient *self, EarMessageType type)
{
  guint n = 0;

  for (GList *l = self->received.head; l != NULL; l = l->next)
    n += ear_message_get_type (l->data) == type;
  return n;
}

void
ear_test_client_hello (EarTestClient *self)
{
  g_autoptr (EarMessage) welcome = NULL;

  ear_test_client_send (self, "{\"type\":\"hello\",\"version\":1}");
  welcome = ear_test_client_expect (self, EAR_MESSAGE_WELCOME);
}

static void
derive (const guint8 salt[EAR_SCRAM_SALT_SIZE], const char *password, EarScramSecret *secret)
{
  ear_scram_derive (password, salt, EAR_LIMIT_ITERATIONS_MIN, secret, NULL);
}

/* What a password makes with the salt that all accounts of tests have: it is the same for all. */
void
ear_test_client_derive (const char *password, EarScramSecret *secret)
{
  const guint8 salt[EAR_SCRAM_SALT_SIZE] = { 7 };

  derive (salt, password, secret);
}

void
ear_test_client_sign_up_with_keys (EarTestClient *self,
                                   const char *user,
                                   const EarScramSecret *secret)
{
  EarScramKeys keys;
  g_autofree char *salt = NULL;
  g_autofree char *stored = NULL;
  g_autofree char *server = NULL;

  ear_scram_secret_get_keys (secret, &keys);
  salt = g_base64_encode (keys.salt, sizeof keys.salt);
  stored = g_base64_encode (keys.stored_key, sizeof keys.stored_key);
  server = g_base64_encode (keys.server_key, sizeof keys.server_key);
  ear_test_client_send (
    self,
    "{\"type\":\"signup\",\"id\":%d,\"user\":\"%s\",\"salt\":\"%s\",\"iterations\":%d,"
    "\"stored_key\":\"%s\",\"server_key\":\"%s\"}",
    (int) self->next_id++, user, salt, EAR_LIMIT_ITERATIONS_MIN, stored, server);
}

void
ear_test_client_sign_up (EarTestClient *self, const char *user, const char *password)
{
  EarScramSecret secret;

  ear_test_client_derive (password, &secret);
  ear_test_client_sign_up_with_keys (self, user, &secret);
}

/* Up to the challenge; NULL when there is an error in its place, which the test may expect. */
static EarScramClient *
ask_to_log_in (EarTestClient *self,
               const char *user,
               guint8 salt[EAR_SCRAM_SALT_SIZE],
               guint32 *iterations)
{
  guint8 binding[EAR_SCRAM_BINDING_SIZE];
  EarScramClient *scram;
  g_autoptr (EarMessage) challenge = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *first = NULL;

  ear_link_export_binding (self->link, binding, &error);
  g_assert_no_error (error);
  scram = ear_scram_client_new (user, binding);
  first = ear_scram_client_start (scram, &error);
  ear_test_client_send (self, "{\"type\":\"auth\",\"id\":%d,\"data\":\"%s\"}",
                        (int) self->next_id++, first);
  ear_test_wait (find (self, EAR_MESSAGE_CHALLENGE) != NULL ||
                 find (self, EAR_MESSAGE_ERROR) != NULL || self->reason != NULL);
  if (find (self, EAR_MESSAGE_ERROR) != NULL) {
    ear_scram_client_free (scram);
    return NULL;
  }
  challenge = ear_test_client_expect (self, EAR_MESSAGE_CHALLENGE);
  ear_scram_client_challenge (scram, ear_message_get_string (challenge, "data"), salt, iterations,
                              &error);
  g_assert_no_error (error);
  return scram;
}

/* Asks to log in; returns the proof, which the test may send, or NULL when there was an error. */
char *
ear_test_client_begin_auth (EarTestClient *self, const char *user, const char *password)
{
  guint8 salt[EAR_SCRAM_SALT_SIZE];
  guint32 iterations;
  g_autoptr (EarScramClient) scram = ask_to_log_in (self, user, salt, &iterations);
  EarScramSecret secret;

  if (scram == NULL)
    return NULL;
  derive (salt, password, &secret);
  return ear_scram_client_prove (scram, &secret, NULL);
}

/* The same with keys that the test has from somewhere, without a password. */
char *
ear_test_client_begin_auth_with_keys (EarTestClient *self,
                                      const char *user,
                                      const EarScramSecret *keys)
{
  EarScramSecret secret = *keys;
  g_autoptr (EarScramClient) scram = ask_to_log_in (self, user, secret.salt, &secret.iterations);

  return scram != NULL ? ear_scram_client_prove (scram, &secret, NULL) : NULL;
}

void
ear_test_client_prove (EarTestClient *self, const char *proof)
{
  ear_test_client_send (self, "{\"type\":\"proof\",\"id\":%d,\"data\":\"%s\"}",
                        (int) self->next_id++, proof);
}

void
ear_test_client_auth (EarTestClient *self, const char *user, const char *password)
{
  g_autofree char *proof = ear_test_client_begin_auth (self, user, password);

  if (proof != NULL)
    ear_test_client_prove (self, proof);
}

EarMessage *
ear_test_client_log_in (EarTestClient *self, const char *user, const char *password)
{
  ear_test_client_auth (self, user, password);
  return ear_test_client_expect (self, EAR_MESSAGE_AUTHENTICATED);
}

void
ear_test_client_present (EarTestClient *self, guint64 last_broadcast)
{
  g_autoptr (EarMessage) ok = NULL;

  ear_test_client_send (
    self,
    "{\"type\":\"present\",\"id\":%d,\"port\":4401,\"addresses\":[],\"status\":\"\","
    "\"last_broadcast\":%" G_GUINT64_FORMAT "}",
    (int) self->next_id++, last_broadcast);
  ok = ear_test_client_expect (self, EAR_MESSAGE_OK);
}

static void
become_active (EarTestClient *self, const char *user, guint64 last_broadcast)
{
  g_autoptr (EarMessage) authenticated = ear_test_client_log_in (self, user, PASSWORD);

  ear_test_client_present (self, last_broadcast);
}

/* Signs up, logs in and is active. */
EarTestClient *
ear_test_client_new_active (EarTestServer *server, const char *user)
{
  EarTestClient *self = ear_test_client_new (server);
  g_autoptr (EarMessage) ok = NULL;

  ear_test_client_hello (self);
  ear_test_client_sign_up (self, user, PASSWORD);
  ok = ear_test_client_expect (self, EAR_MESSAGE_OK);
  become_active (self, user, 0);
  return self;
}

/* Logs somebody in who has signed up so before, and is active. */
EarTestClient *
ear_test_client_new_again (EarTestServer *server, const char *user, guint64 last_broadcast)
{
  EarTestClient *self = ear_test_client_new (server);

  ear_test_client_hello (self);
  become_active (self, user, last_broadcast);
  return self;
}
