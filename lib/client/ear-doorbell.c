/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarDoorbell: where other users ring.
 *
 * Listens on one port of every interface, for both IP versions. Whoever connects is a stranger
 * until its peer is met; there is room for EAR_LIMIT_RINGERS of them, and of
 * EAR_LIMIT_RINGERS_PER_ADDRESS from one address: others are turned away at once. A peer that is
 * met goes to the switchboard and costs the doorbell nothing any more. */

#include "client/ear-doorbell.h"

#include "client/ear-address-filter.h"
#include "client/ear-peer-context.h"
#include "client/ear-peer.h"
#include "wire/ear-limits.h"

#define BACKLOG 64 /* that the kernel keeps for us while the loop is busy */

struct _EarDoorbell
{
  GObject parent_instance;

  EarPeerContext *context;
  EarDoorbellFunc rung;
  gpointer user_data;

  GSocketService *service; /* NULL while it is shut */
  GHashTable *strangers;   /* EarPeer, owned → its address as text, owned */
  guint16 port;
};

G_DEFINE_FINAL_TYPE (EarDoorbell, ear_doorbell, G_TYPE_OBJECT)

static char *
dup_remote_address (GSocketConnection *connection)
{
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, NULL);
  g_autoptr (GInetAddress) address = NULL;

  if (!G_IS_INET_SOCKET_ADDRESS (remote))
    return NULL;
  address = ear_address_unmap (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (remote)));
  return g_inet_address_to_string (address);
}

static gboolean
has_room_for (EarDoorbell *self, const char *address)
{
  GHashTableIter iter;
  gpointer other;
  guint n = 0;

  if (g_hash_table_size (self->strangers) >= EAR_LIMIT_RINGERS)
    return FALSE;
  g_hash_table_iter_init (&iter, self->strangers);
  while (g_hash_table_iter_next (&iter, NULL, &other))
    n += g_str_equal (other, address);
  return n < EAR_LIMIT_RINGERS_PER_ADDRESS;
}

static void
met_cb (EarPeer *peer, gpointer user_data)
{
  EarDoorbell *self = EAR_DOORBELL (user_data);
  g_autoptr (EarPeer) met = g_object_ref (peer);

  g_hash_table_remove (self->strangers, peer);
  ear_peer_set_owner (met, NULL, NULL);
  self->rung (met, self->user_data);
}

static void
closed_cb (EarPeer *peer, const GError *reason, gpointer user_data)
{
  EarDoorbell *self = EAR_DOORBELL (user_data);

  g_debug ("Somebody rang in vain: %s", reason->message);
  g_hash_table_remove (self->strangers, peer);
}

static const EarPeerEvents peer_events = {
  .met = met_cb,
  .closed = closed_cb,
};

static gboolean
incoming_cb (EarDoorbell *self, GSocketConnection *connection)
{
  g_autofree char *address = dup_remote_address (connection);

  /* A connection that nobody takes is closed. */
  if (self->context->me == NULL || address == NULL || !has_room_for (self, address))
    return TRUE;
  g_hash_table_insert (self->strangers,
                       ear_peer_new_accepted (self->context, connection, &peer_events, self),
                       g_steal_pointer (&address));
  return TRUE;
}

static void
ear_doorbell_dispose (GObject *object)
{
  ear_doorbell_close (EAR_DOORBELL (object));

  G_OBJECT_CLASS (ear_doorbell_parent_class)->dispose (object);
}

static void
ear_doorbell_finalize (GObject *object)
{
  EarDoorbell *self = EAR_DOORBELL (object);

  g_hash_table_unref (self->strangers);
  ear_peer_context_unref (self->context);

  G_OBJECT_CLASS (ear_doorbell_parent_class)->finalize (object);
}

static void
ear_doorbell_class_init (EarDoorbellClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ear_doorbell_dispose;
  object_class->finalize = ear_doorbell_finalize;
}

static void
ear_doorbell_init (EarDoorbell *self)
{
  self->strangers = g_hash_table_new_full (NULL, NULL, g_object_unref, g_free);
}

/**
 * ear_doorbell_new:
 * @context: who we are
 * @rung: gets whoever is met; it takes a reference and the ownership, or the link ends
 * @user_data: for @rung
 *
 * Makes a doorbell that is shut.
 *
 * Returns: (transfer full): the doorbell
 */
EarDoorbell *
ear_doorbell_new (EarPeerContext *context, EarDoorbellFunc rung, gpointer user_data)
{
  EarDoorbell *self = g_object_new (EAR_TYPE_DOORBELL, NULL);

  self->context = ear_peer_context_ref (context);
  self->rung = rung;
  self->user_data = user_data;
  return self;
}

/**
 * ear_doorbell_open:
 * @self: a doorbell that is shut
 * @port: where to listen; 0: any free port
 * @error: return location for an error
 *
 * Begins to listen, on the same port of both IP versions.
 *
 * Fails with %EAR_ERROR_UNREACHABLE when the port cannot be had.
 *
 * Returns: whether it listens
 */
gboolean
ear_doorbell_open (EarDoorbell *self, guint16 port, GError **error)
{
  g_autoptr (GSocketService) service = g_socket_service_new ();
  g_autoptr (GError) cause = NULL;
  gboolean listens;

  g_return_val_if_fail (self->service == NULL, FALSE);

  g_socket_listener_set_backlog (G_SOCKET_LISTENER (service), BACKLOG);
  if (port == 0) {
    port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, &cause);
    listens = port != 0;
  } else {
    listens = g_socket_listener_add_inet_port (G_SOCKET_LISTENER (service), port, NULL, &cause);
  }
  if (!listens) {
    g_set_error (error, EAR_ERROR, EAR_ERROR_UNREACHABLE, "Others cannot reach this device: %s",
                 cause->message);
    return FALSE;
  }
  self->port = port;
  self->context->port = port;
  self->service = g_steal_pointer (&service);
  g_signal_connect_object (self->service, "incoming", G_CALLBACK (incoming_cb), self,
                           G_CONNECT_SWAPPED);
  return TRUE;
}

/**
 * ear_doorbell_close:
 * @self: a doorbell
 *
 * Stops to listen, and turns all strangers away.
 */
void
ear_doorbell_close (EarDoorbell *self)
{
  if (self->service == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->service, self);
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_clear_object (&self->service);
  ear_doorbell_turn_away (self);
  self->port = 0;
  self->context->port = 0;
}

/**
 * ear_doorbell_turn_away:
 * @self: a doorbell
 *
 * Ends the links of all who are not met yet, because they rang at another account.
 */
void
ear_doorbell_turn_away (EarDoorbell *self)
{
  g_hash_table_remove_all (self->strangers);
}

/**
 * ear_doorbell_get_port:
 * @self: a doorbell
 *
 * Returns: where it listens; 0 while it is shut
 */
guint16
ear_doorbell_get_port (EarDoorbell *self)
{
  return self->port;
}

/**
 * ear_doorbell_get_n_strangers:
 * @self: a doorbell
 *
 * Returns: how many have rung and are not met yet
 */
guint
ear_doorbell_get_n_strangers (EarDoorbell *self)
{
  return g_hash_table_size (self->strangers);
}
