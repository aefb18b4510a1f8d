/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Everybody who is slow, silent or deaf on purpose, from 64 addresses of loopback: connections that
 * never send, that send a byte every three seconds, or that finish TLS and say nothing more, each
 * made anew within a second when the server has ended it; members who read nothing, and members who
 * broadcast as fast as they may meanwhile. */

#include "attackers.h"

#include <string.h>

#include "support/ear-test-wait.h"
#include "wire/ear-scram.h"

#define N_ADDRESSES 64
#define BROADCASTS_A_SECOND 20
#define SECONDS_PER_BYTE 3

typedef struct
{
  EarTestServer *server;
  EarScramSecret secret;
  GPtrArray *silent;    /* (element-type GSocketConnection) */
  GPtrArray *dribbling; /* (element-type GSocketConnection) */
  GPtrArray *loitering; /* (element-type EarTestClient) */
  GPtrArray *deaf;      /* (element-type EarTestClient) */
  GPtrArray *loud;      /* (element-type EarTestClient) */
  guint n_connections;
} Attack;

static char *
make_address (Attack *self)
{
  return g_strdup_printf ("127.0.1.%u", self->n_connections++ % N_ADDRESSES + 1);
}

/* -- Who has not logged in -- */

static GSocketConnection *
connect_silently (Attack *self)
{
  g_autofree char *from = make_address (self);
  g_autoptr (GSocketAddress) local = g_inet_socket_address_new_from_string (from, 0);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection;

  g_socket_client_set_local_address (client, local);
  connection =
    g_socket_client_connect_to_host (client, "127.0.0.1", self->server->port, NULL, &error);
  g_assert_no_error (error);
  return connection;
}

static EarTestClient *
connect_and_loiter (Attack *self)
{
  g_autofree char *from = make_address (self);

  return ear_test_client_new_from (self->server, NULL, from);
}

static gboolean
is_closed (GSocketConnection *connection)
{
  GSocket *socket = g_socket_connection_get_socket (connection);

  return g_socket_condition_check (socket, G_IO_IN | G_IO_HUP | G_IO_ERR) != 0;
}

static void
renew (Attack *self, GPtrArray *connections)
{
  for (guint i = 0; i < connections->len; i++) {
    if (!is_closed (connections->pdata[i]))
      continue;
    g_object_unref (connections->pdata[i]);
    connections->pdata[i] = connect_silently (self);
  }
}

static void
renew_loitering (Attack *self)
{
  for (guint i = 0; i < self->loitering->len; i++) {
    EarTestClient *client = self->loitering->pdata[i];

    if (client->reason == NULL)
      continue;
    ear_test_client_free (client);
    self->loitering->pdata[i] = connect_and_loiter (self);
  }
}

/* Like a TLS record, as long as it lasts. */
static void
dribble (Attack *self, guint number)
{
  static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";

  for (guint i = 0; i < self->dribbling->len; i++) {
    GSocket *socket = g_socket_connection_get_socket (self->dribbling->pdata[i]);

    g_socket_send (socket, hello + number % (sizeof hello - 1), 1, NULL, NULL);
  }
}

/* -- Members -- */

static EarTestClient *
become_member (Attack *self, const char *name, guint number)
{
  g_autofree char *from = make_address (self);
  g_autofree char *user = g_strdup_printf ("%s%u", name, number);
  EarTestClient *client = ear_test_client_new_from (self->server, NULL, from);
  g_autofree char *proof = NULL;
  g_autoptr (EarMessage) ok = NULL;
  g_autoptr (EarMessage) authenticated = NULL;

  ear_test_client_hello (client);
  ear_test_client_sign_up_with_keys (client, user, &self->secret);
  ok = ear_test_client_expect (client, EAR_MESSAGE_OK);
  proof = ear_test_client_begin_auth_with_keys (client, user, &self->secret);
  ear_test_client_prove (client, proof);
  authenticated = ear_test_client_expect (client, EAR_MESSAGE_AUTHENTICATED);
  ear_test_client_present (client, 0);
  return client;
}

static void
shout (Attack *self, guint number)
{
  EarTestClient *client = self->loud->pdata[number % self->loud->len];
  g_autofree char *text = g_strnfill (200, 'x');

  g_assert_no_error (client->reason);
  ear_test_client_send (client, "{\"type\":\"broadcast\",\"id\":9,\"text\":\"%s\"}", text);
}

static void
forget_received (Attack *self)
{
  for (guint i = 0; i < self->loud->len; i++)
    g_queue_clear_full (&((EarTestClient *) self->loud->pdata[i])->received,
                        (GDestroyNotify) ear_message_unref);
}

/* As one of them is told. */
static guint
count_active (Attack *self)
{
  EarTestClient *client = self->loud->pdata[0];
  g_autoptr (EarMessage) roster = NULL;

  ear_test_client_send (client, "{\"type\":\"watch\",\"id\":8,\"prefix\":\"\",\"limit\":0}");
  roster = ear_test_client_expect (client, EAR_MESSAGE_ROSTER);
  return (guint) ear_message_get_integer (roster, "total");
}

/* -- All -- */

static void
begin (Attack *self, const AttackSize *size)
{
  ear_test_client_derive (ATTACK_PASSWORD, &self->secret);
  for (guint i = 0; i < ATTACK_LOUD; i++)
    g_ptr_array_add (self->loud, become_member (self, "loud", i));
  for (guint i = 0; i < size->n_deaf; i++) {
    EarTestClient *client = become_member (self, "deaf", i);

    ear_link_set_paused (client->link, TRUE);
    g_ptr_array_add (self->deaf, client);
  }
  for (guint i = 0; i < size->n_loitering; i++)
    g_ptr_array_add (self->loitering, connect_and_loiter (self));
  for (guint i = 0; i < size->n_dribbling; i++)
    g_ptr_array_add (self->dribbling, connect_silently (self));
  for (guint i = 0; i < size->n_silent; i++)
    g_ptr_array_add (self->silent, connect_silently (self));
}

static void
end (Attack *self)
{
  g_ptr_array_unref (self->silent);
  g_ptr_array_unref (self->dribbling);
  g_ptr_array_unref (self->loitering);
  g_ptr_array_unref (self->deaf);
  g_ptr_array_unref (self->loud);
}

/**
 * attack:
 * @server: where it runs; only its port is looked at
 * @size: how many
 *
 * Prints a line when everybody has come, attacks until all broadcasts are out, and prints how many
 * users are active then.
 */
void
attack (EarTestServer *server, const AttackSize *size)
{
  Attack self = {
    .server = server,
    .silent = g_ptr_array_new_with_free_func (g_object_unref),
    .dribbling = g_ptr_array_new_with_free_func (g_object_unref),
    .loitering = g_ptr_array_new_with_free_func ((GDestroyNotify) ear_test_client_free),
    .deaf = g_ptr_array_new_with_free_func ((GDestroyNotify) ear_test_client_free),
    .loud = g_ptr_array_new_with_free_func ((GDestroyNotify) ear_test_client_free),
  };

  begin (&self, size);
  g_print ("ready\n");
  for (guint i = 0; i < size->n_broadcasts; i++) {
    shout (&self, i);
    if (i % BROADCASTS_A_SECOND == 0) {
      renew (&self, self.silent);
      renew (&self, self.dribbling);
      renew_loitering (&self);
      forget_received (&self);
    }
    if (i % (BROADCASTS_A_SECOND * SECONDS_PER_BYTE) == 0)
      dribble (&self, i / (BROADCASTS_A_SECOND * SECONDS_PER_BYTE));
    ear_test_settle (1000 / BROADCASTS_A_SECOND);
  }
  g_print ("%u\n", count_active (&self));
  end (&self);
}
