/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarDialler: which of several addresses wins, and when it gives up. */

#include "client/ear-dialler.h"
#include "town-fixture.h"
#include "wire/ear-error.h"
#include "wire/ear-identity.h"
#include "wire/ear-limits.h"
#include "wire/ear-tls.h"

#define RIGHT "127.0.0.1"   /* bob */
#define MUTE "127.0.0.2"    /* takes connections, and says nothing */
#define NOBODY "127.0.0.3"  /* refuses */
#define MALLORY "127.0.0.4" /* another key */

typedef struct
{
  Town town;
  EarPeerContext *alice;
  EarPeerContext *bob;
  EarPeerContext *mallory;
  GSocketService *right;
  GSocketService *wrong;
  GSocketListener *mute;
  GPtrArray *callees;
  EarLocation *location;
  EarDialler *dialler;
  EarPeer *peer;
  GError *error;
  guint n_done;
} Fixture;

static EarPeerContext *
new_context (Town *town, const char *name)
{
  Inhabitant *one = town_add (town, name);
  g_autoptr (EarTls) tls = ear_tls_new (one->identity, EAR_TLS_TO_PEER, NULL);
  EarPeerContext *context = ear_peer_context_new (town->poller, one->deadlines, tls, one->session,
                                                  one->contacts, one->history, one->users);

  ear_peer_context_set_account (context, name, town->fingerprint);
  context->port = ear_switchboard_get_port (one->switchboard);
  return context;
}

static gboolean
listen_at (gpointer listener, const char *address, guint16 *port)
{
  g_autoptr (GSocketAddress) place = g_inet_socket_address_new_from_string (address, *port);
  g_autoptr (GSocketAddress) effective = NULL;

  if (!g_socket_listener_add_address (listener, place, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP,
                                      NULL, &effective, NULL))
    return FALSE;
  *port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (effective));
  return TRUE;
}

/* Takes the same port at all addresses; returns 0 when another program has it at one of them. */
static guint16
listen_everywhere (Fixture *fixture)
{
  guint16 port = 0;

  g_clear_object (&fixture->right);
  g_clear_object (&fixture->wrong);
  g_clear_object (&fixture->mute);
  fixture->right = g_socket_service_new ();
  fixture->wrong = g_socket_service_new ();
  fixture->mute = g_socket_listener_new ();
  if (!listen_at (fixture->right, RIGHT, &port) || !listen_at (fixture->wrong, MALLORY, &port) ||
      !listen_at (fixture->mute, MUTE, &port))
    return 0;
  return port;
}

static gboolean
incoming_cb (GSocketService *service,
             GSocketConnection *connection,
             GObject *source,
             gpointer user_data)
{
  Fixture *fixture = user_data;
  EarPeerContext *callee = service == fixture->right ? fixture->bob : fixture->mallory;

  g_ptr_array_add (fixture->callees, ear_peer_new_accepted (callee, connection, NULL, NULL));
  return TRUE;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  guint16 port = 0;

  town_set_up (&fixture->town, data);
  fixture->alice = new_context (&fixture->town, "alice");
  fixture->bob = new_context (&fixture->town, "bob");
  fixture->mallory = new_context (&fixture->town, "mallory");
  fixture->callees = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint tries = 0; port == 0 && tries < 100; tries++)
    port = listen_everywhere (fixture);
  g_assert_cmpuint (port, !=, 0);
  g_signal_connect (fixture->right, "incoming", G_CALLBACK (incoming_cb), fixture);
  g_signal_connect (fixture->wrong, "incoming", G_CALLBACK (incoming_cb), fixture);

  fixture->location = g_new0 (EarLocation, 1);
  fixture->location->user = g_strdup ("bob");
  fixture->location->name = g_strdup ("Bob");
  fixture->location->fingerprint = g_strdup (ear_peer_context_get_fingerprint (fixture->bob));
  fixture->location->port = port;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->dialler);
  g_clear_object (&fixture->peer);
  g_clear_error (&fixture->error);
  g_ptr_array_unref (fixture->callees);
  g_socket_service_stop (fixture->right);
  g_socket_service_stop (fixture->wrong);
  g_socket_listener_close (G_SOCKET_LISTENER (fixture->right));
  g_socket_listener_close (G_SOCKET_LISTENER (fixture->wrong));
  g_socket_listener_close (fixture->mute);
  g_object_unref (fixture->right);
  g_object_unref (fixture->wrong);
  g_object_unref (fixture->mute);
  ear_location_free (fixture->location);
  town_advance (&fixture->town, 0); /* what was cancelled is told */
  ear_peer_context_unref (fixture->alice);
  ear_peer_context_unref (fixture->bob);
  ear_peer_context_unref (fixture->mallory);
  town_tear_down (&fixture->town, data);
}

static void
done_cb (EarPeer *peer, const GError *error, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->n_done++;
  if (peer != NULL)
    fixture->peer = g_object_ref (peer);
  else
    fixture->error = g_error_copy (error);
  g_clear_object (&fixture->dialler);
}

static void
dial (Fixture *fixture, const char *first, const char *second, gboolean dial_back)
{
  const char *const addresses[] = { first, second, NULL };

  fixture->location->addresses = g_strdupv ((char **) addresses);
  fixture->dialler = ear_dialler_new (fixture->alice, fixture->location, done_cb, fixture);
  ear_dialler_start (fixture->dialler, dial_back);
  g_assert_cmpuint (fixture->n_done, ==, 0);
}

static void
assert_bob (Fixture *fixture)
{
  g_autofree char *address = ear_peer_dup_address (fixture->peer);

  g_assert_cmpstr (ear_peer_get_user (fixture->peer), ==, "bob");
  g_assert_true (ear_peer_is_dialled (fixture->peer));
  g_assert_true (g_str_has_prefix (address, RIGHT ":"));
  g_assert_cmpuint (fixture->n_done, ==, 1);
}

static void
test_right (Fixture *fixture, gconstpointer data)
{
  dial (fixture, RIGHT, NULL, FALSE);
  wait_until (fixture->peer != NULL);
  assert_bob (fixture);
}

/* The next address does not wait when one refuses. */
static void
test_refused (Fixture *fixture, gconstpointer data)
{
  dial (fixture, NOBODY, RIGHT, FALSE);
  wait_until (fixture->peer != NULL);
  assert_bob (fixture);
}

static void
test_mute (Fixture *fixture, gconstpointer data)
{
  dial (fixture, MUTE, RIGHT, FALSE);
  town_advance (&fixture->town, 0); /* it starts in the next turn */
  town_advance (&fixture->town, EAR_LIMIT_DIAL_STAGGER_MS - 50);
  g_assert_cmpuint (fixture->callees->len, ==, 0);
  town_advance (&fixture->town, 100);
  wait_until (fixture->peer != NULL);
  assert_bob (fixture);
}

static void
test_mute_only (Fixture *fixture, gconstpointer data)
{
  dial (fixture, MUTE, NULL, FALSE);
  town_advance (&fixture->town, EAR_LIMIT_DIAL_MS - 100);
  g_assert_cmpuint (fixture->n_done, ==, 0);
  town_advance (&fixture->town, 200);
  wait_until (fixture->n_done > 0);
  g_assert_error (fixture->error, EAR_ERROR, EAR_ERROR_UNREACHABLE);
}

static void
test_wrong_key (Fixture *fixture, gconstpointer data)
{
  dial (fixture, MALLORY, NULL, FALSE);
  wait_until (fixture->n_done > 0);
  g_assert_error (fixture->error, EAR_ERROR, EAR_ERROR_WRONG_PEER);
}

static void
test_wrong_key_then_right (Fixture *fixture, gconstpointer data)
{
  dial (fixture, MALLORY, RIGHT, FALSE);
  wait_until (fixture->callees->len > 0); /* mallory's */
  wait_until (fixture->peer != NULL);
  assert_bob (fixture);
}

static void
test_nowhere (Fixture *fixture, gconstpointer data)
{
  dial (fixture, "224.0.0.1", "169.254.1.1", FALSE);
  wait_until (fixture->n_done > 0);
  g_assert_error (fixture->error, EAR_ERROR, EAR_ERROR_UNREACHABLE);
}

/* Loopback only where the server is on loopback. */
static void
test_not_loopback (Fixture *fixture, gconstpointer data)
{
  town_set_online (&fixture->town, FALSE); /* and it was never asked */
  dial (fixture, RIGHT, NULL, FALSE);
  wait_until (fixture->n_done > 0);
  g_assert_error (fixture->error, EAR_ERROR, EAR_ERROR_UNREACHABLE);
  g_assert_cmpuint (fixture->callees->len, ==, 0);
}

static void
test_dial_back (Fixture *fixture, gconstpointer data)
{
  dial (fixture, MUTE, NULL, TRUE);
  town_advance (&fixture->town, EAR_LIMIT_DIAL_BACK_MS - 50);
  g_assert_cmpuint (fixture->town.n_dial_backs, ==, 0);
  town_advance (&fixture->town, 100);
  g_assert_cmpuint (fixture->town.n_dial_backs, ==, 1);
  g_assert_true (ear_dialler_expects_call (fixture->dialler));
  town_advance (&fixture->town, EAR_LIMIT_DIAL_MS);
  wait_until (fixture->n_done > 0);
  g_assert_cmpuint (fixture->town.n_dial_backs, ==, 1);
  g_assert_error (fixture->error, EAR_ERROR, EAR_ERROR_UNREACHABLE);
}

static void
test_dial_back_refused (Fixture *fixture, gconstpointer data)
{
  Inhabitant *bob = fixture->town.inhabitants->pdata[1];

  g_clear_pointer (&bob->location, ear_location_free); /* the server does not know bob */
  dial (fixture, NOBODY, NULL, TRUE);
  wait_until (fixture->n_done > 0);
  g_assert_cmpuint (fixture->town.n_dial_backs, ==, 1);
  g_assert_error (fixture->error, EAR_ERROR, EAR_ERROR_UNREACHABLE);
}

static void
test_dropped (Fixture *fixture, gconstpointer data)
{
  dial (fixture, RIGHT, NULL, TRUE);
  g_clear_object (&fixture->dialler);
  g_clear_pointer (&fixture->location->addresses, g_strfreev);
  town_advance (&fixture->town, EAR_LIMIT_DIAL_MS);
  g_assert_cmpuint (fixture->callees->len, ==, 0);

  dial (fixture, RIGHT, NULL, TRUE);
  wait_until (fixture->callees->len > 0);
  g_clear_object (&fixture->dialler);
  town_advance (&fixture->town, EAR_LIMIT_DIAL_MS);
  g_assert_cmpuint (fixture->n_done, ==, 0);
}

static void
gone_cb (gpointer gone, GObject *dialler)
{
  *(gboolean *) gone = TRUE;
}

/* Dropped in any turn of the loop between the start and the end: nobody is told any more. */
static void
test_dropped_while_connecting (Fixture *fixture, gconstpointer data)
{
  for (guint n_turns = 0; fixture->n_done == 0; n_turns++) {
    gboolean gone = FALSE;

    dial (fixture, NOBODY, NULL, FALSE);
    g_clear_pointer (&fixture->location->addresses, g_strfreev);
    g_object_weak_ref (G_OBJECT (fixture->dialler), gone_cb, &gone);
    for (guint i = 0; i < n_turns && fixture->n_done == 0; i++)
      g_main_context_iteration (NULL, TRUE);
    if (fixture->n_done > 0)
      break;
    g_clear_object (&fixture->dialler);
    wait_until (gone);
    g_assert_cmpuint (fixture->n_done, ==, 0);
  }
  wait_until (fixture->dialler == NULL);
}

#define add(name, func) g_test_add ("/dialler/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("right", test_right);
  add ("refused", test_refused);
  add ("mute", test_mute);
  add ("mute-only", test_mute_only);
  add ("wrong-key", test_wrong_key);
  add ("wrong-key-then-right", test_wrong_key_then_right);
  add ("nowhere", test_nowhere);
  add ("not-loopback", test_not_loopback);
  add ("dial-back", test_dial_back);
  add ("dial-back-refused", test_dial_back_refused);
  add ("dropped", test_dropped);
  add ("dropped-while-connecting", test_dropped_while_connecting);
  return g_test_run ();
}
