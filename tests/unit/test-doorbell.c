/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarDoorbell: who may stand at the door, and for how long. */

#include "client/ear-doorbell.h"
#include "town-fixture.h"
#include "wire/ear-error.h"
#include "wire/ear-identity.h"
#include "wire/ear-limits.h"
#include "wire/ear-tls.h"

#include <string.h>

typedef struct
{
  Town town;
  EarPeerContext *context;
  EarDoorbell *doorbell;
  GPtrArray *connections;
  guint n_rung;
} Fixture;

static void
rung_cb (EarPeer *peer, gpointer user_data)
{
  ((Fixture *) user_data)->n_rung++;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  Inhabitant *alice;
  g_autoptr (EarTls) tls = NULL;
  g_autoptr (GError) error = NULL;

  town_set_up (&fixture->town, data);
  alice = town_add (&fixture->town, "alice");
  tls = ear_tls_new (alice->identity, EAR_TLS_TO_PEER, NULL);
  fixture->context =
    ear_peer_context_new (fixture->town.poller, alice->deadlines, tls, alice->session,
                          alice->contacts, alice->history, alice->users);
  ear_peer_context_set_account (fixture->context, "alice", fixture->town.fingerprint);
  fixture->doorbell = ear_doorbell_new (fixture->context, rung_cb, fixture);
  g_assert_true (ear_doorbell_open (fixture->doorbell, 0, &error));
  g_assert_no_error (error);
  fixture->connections = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_ptr_array_unref (fixture->connections);
  g_assert_finalize_object (fixture->doorbell);
  ear_peer_context_unref (fixture->context);
  town_tear_down (&fixture->town, data);
}

static GSocket *
connect_from (Fixture *fixture, const char *from, const char *to, GError **error)
{
  guint16 port = ear_doorbell_get_port (fixture->doorbell);
  g_autoptr (GSocketAddress) local = g_inet_socket_address_new_from_string (from, 0);
  g_autoptr (GSocketAddress) place = g_inet_socket_address_new_from_string (to, port);
  g_autoptr (GSocket) socket = g_socket_new (g_socket_address_get_family (place),
                                             G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);

  if (socket == NULL || !g_socket_bind (socket, local, FALSE, error) ||
      !g_socket_connect (socket, place, NULL, error))
    return NULL;
  g_ptr_array_add (fixture->connections, g_object_ref (socket));
  return socket;
}

static GSocket *
ring (Fixture *fixture, const char *from)
{
  g_autoptr (GError) error = NULL;
  GSocket *socket = connect_from (fixture, from, "127.0.0.1", &error);

  g_assert_no_error (error);
  return socket;
}

static gboolean
is_closed (GSocket *socket)
{
  char byte;

  return (g_socket_condition_check (socket, G_IO_IN | G_IO_HUP) & (G_IO_IN | G_IO_HUP)) != 0 &&
         g_socket_receive (socket, &byte, 1, NULL, NULL) <= 0;
}

static void
wait_until_closed (Fixture *fixture, GSocket *socket)
{
  while (!is_closed (socket))
    town_advance (&fixture->town, 0);
}

#define n_strangers(fixture) ear_doorbell_get_n_strangers ((fixture)->doorbell)

static void
test_silent (Fixture *fixture, gconstpointer data)
{
  GSocket *socket = ring (fixture, "127.0.0.1");

  wait_until (n_strangers (fixture) == 1);
  town_advance (&fixture->town, EAR_LIMIT_FIRST_BYTE_MS + 100);
  wait_until_closed (fixture, socket);
  g_assert_cmpuint (n_strangers (fixture), ==, 0);
}

static void
test_garbage (Fixture *fixture, gconstpointer data)
{
  const char *text = "GET / HTTP/1.1\r\n\r\n";
  GSocket *socket = ring (fixture, "127.0.0.1");
  char byte;

  g_assert_cmpint (g_socket_send (socket, text, strlen (text), NULL, NULL), >, 0);
  wait_until (n_strangers (fixture) == 1);
  wait_until (n_strangers (fixture) == 0);
  /* An alert, and the end. */
  while (g_socket_receive (socket, &byte, 1, NULL, NULL) > 0)
    ;
  g_assert_cmpuint (fixture->n_rung, ==, 0);
}

static void
test_too_many_from_one_address (Fixture *fixture, gconstpointer data)
{
  GSocket *socket;

  for (guint i = 0; i < EAR_LIMIT_RINGERS_PER_ADDRESS; i++)
    ring (fixture, "127.0.0.1");
  wait_until (n_strangers (fixture) == EAR_LIMIT_RINGERS_PER_ADDRESS);
  socket = ring (fixture, "127.0.0.1");
  wait_until_closed (fixture, socket);
  g_assert_cmpuint (n_strangers (fixture), ==, EAR_LIMIT_RINGERS_PER_ADDRESS);

  ring (fixture, "127.0.0.2"); /* others are not kept out by that */
  wait_until (n_strangers (fixture) == EAR_LIMIT_RINGERS_PER_ADDRESS + 1);
}

static void
test_too_many (Fixture *fixture, gconstpointer data)
{
  GSocket *socket;

  for (guint i = 0; i < EAR_LIMIT_RINGERS; i++) {
    g_autofree char *from = g_strdup_printf ("127.0.0.%u", 2 + i / EAR_LIMIT_RINGERS_PER_ADDRESS);

    ring (fixture, from);
    wait_until (n_strangers (fixture) == i + 1);
  }
  socket = ring (fixture, "127.0.0.100");
  wait_until_closed (fixture, socket);

  g_ptr_array_set_size (fixture->connections, 0);
  wait_until (n_strangers (fixture) == 0);
  ring (fixture, "127.0.0.100");
  wait_until (n_strangers (fixture) == 1);
}

static void
test_logged_out (Fixture *fixture, gconstpointer data)
{
  GSocket *socket;

  ear_peer_context_set_account (fixture->context, NULL, NULL);
  socket = ring (fixture, "127.0.0.1");
  wait_until_closed (fixture, socket);
  g_assert_cmpuint (n_strangers (fixture), ==, 0);
}

static void
test_ipv6 (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  if (connect_from (fixture, "::1", "::1", &error) == NULL) {
    g_test_skip (error->message);
    return;
  }
  wait_until (n_strangers (fixture) == 1);
}

static void
test_port_taken (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarDoorbell) other = ear_doorbell_new (fixture->context, rung_cb, fixture);
  g_autoptr (GError) error = NULL;

  g_assert_false (ear_doorbell_open (other, ear_doorbell_get_port (fixture->doorbell), &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_UNREACHABLE);
  g_assert_cmpuint (ear_doorbell_get_port (other), ==, 0);
}

static void
test_shut (Fixture *fixture, gconstpointer data)
{
  guint16 port = ear_doorbell_get_port (fixture->doorbell);
  GSocket *socket = ring (fixture, "127.0.0.1");
  g_autoptr (GError) error = NULL;

  wait_until (n_strangers (fixture) == 1);
  ear_doorbell_close (fixture->doorbell);
  wait_until_closed (fixture, socket);
  g_assert_cmpuint (ear_doorbell_get_port (fixture->doorbell), ==, 0);
  g_assert_true (ear_doorbell_open (fixture->doorbell, port, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (ear_doorbell_get_port (fixture->doorbell), ==, port);
}

#define add(name, func) g_test_add ("/doorbell/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("silent", test_silent);
  add ("garbage", test_garbage);
  add ("too-many-from-one-address", test_too_many_from_one_address);
  add ("too-many", test_too_many);
  add ("logged-out", test_logged_out);
  add ("ipv6", test_ipv6);
  add ("port-taken", test_port_taken);
  add ("shut", test_shut);
  return g_test_run ();
}
