/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A wire is two connections and two directions. A direction has read what it has not yet written;
 * it waits for its source to be readable or its sink to be writable, never for both. Whatever ends
 * one connection ends the other. */

#include "support/ear-test-proxy.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define CHUNK 65536

typedef struct _Wire Wire;

typedef struct
{
  Wire *wire;
  GSocket *from; /* borrowed */
  GSocket *to;   /* borrowed */
  char bytes[CHUNK];
  gsize start;
  gsize size;
  GSource *source;
} Direction;

struct _Wire
{
  EarTestProxy *proxy;
  GSocketConnection *ends[2];
  Direction directions[2];
  gint64 n_passed;
};

static void
clear_source (Direction *self)
{
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

static void
wire_free (gpointer data)
{
  Wire *self = data;
  const struct linger at_once = { .l_onoff = 1 };

  for (guint i = 0; i < G_N_ELEMENTS (self->ends); i++) {
    int fd = g_socket_get_fd (g_socket_connection_get_socket (self->ends[i]));

    clear_source (&self->directions[i]);
    if (self->proxy->resets)
      setsockopt (fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    g_io_stream_close (G_IO_STREAM (self->ends[i]), NULL, NULL);
    g_object_unref (self->ends[i]);
  }
  g_free (self);
}

/* How much may be written now; 0: this is where the wire is cut. */
static gsize
get_allowance (Direction *self)
{
  EarTestProxy *proxy = self->wire->proxy;
  gsize size = proxy->single_bytes ? 1 : self->size;

  if (proxy->cut_after >= 0)
    size = (gsize) CLAMP (proxy->cut_after - self->wire->n_passed, 0, (gint64) size);
  return size;
}

static gboolean ready_cb (GSocket *socket, GIOCondition condition, gpointer user_data);

static void
wait_for_socket (Direction *self)
{
  gboolean writes = self->size > 0;

  clear_source (self);
  if (self->wire->proxy->stalled)
    return;
  self->source =
    g_socket_create_source (writes ? self->to : self->from, writes ? G_IO_OUT : G_IO_IN, NULL);
  g_source_set_callback (self->source, G_SOURCE_FUNC (ready_cb), self, NULL);
  g_source_attach (self->source, NULL);
}

/* FALSE when the connection is at its end. */
static gboolean
read_some (Direction *self)
{
  g_autoptr (GError) error = NULL;
  gssize size = g_socket_receive (self->from, self->bytes, sizeof self->bytes, NULL, &error);

  self->start = 0;
  self->size = size > 0 ? (gsize) size : 0;
  return size > 0 || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

static gboolean
write_some (Direction *self)
{
  g_autoptr (GError) error = NULL;
  gsize allowance = get_allowance (self);
  gssize size;

  if (allowance == 0)
    return FALSE;
  size = g_socket_send (self->to, self->bytes + self->start, allowance, NULL, &error);
  if (size < 0)
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  self->start += (gsize) size;
  self->size -= (gsize) size;
  self->wire->n_passed += size;
  self->wire->proxy->n_passed += (guint64) size;
  return TRUE;
}

static gboolean
ready_cb (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  Direction *self = user_data;
  gboolean writes = self->size > 0;

  if (!(writes ? write_some (self) : read_some (self))) {
    g_ptr_array_remove_fast (self->wire->proxy->wires, self->wire);
    return G_SOURCE_REMOVE;
  }
  if (writes == (self->size > 0))
    return G_SOURCE_CONTINUE;
  wait_for_socket (self);
  return G_SOURCE_REMOVE;
}

static gboolean
incoming_cb (GSocketService *service,
             GSocketConnection *connection,
             GObject *source,
             EarTestProxy *self)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  /* The kernel accepts for whoever is in this process. */
  GSocketConnection *onward =
    g_socket_client_connect_to_host (client, "127.0.0.1", self->target, NULL, NULL);
  Wire *wire;

  self->n_connections++;
  if (onward == NULL)
    return TRUE;
  wire = g_new0 (Wire, 1);
  wire->proxy = self;
  wire->ends[0] = g_object_ref (connection);
  wire->ends[1] = onward;
  g_ptr_array_add (self->wires, wire);
  for (guint i = 0; i < G_N_ELEMENTS (wire->ends); i++) {
    Direction *direction = &wire->directions[i];
    GSocket *socket = g_socket_connection_get_socket (wire->ends[i]);

    g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
    g_socket_set_blocking (socket, FALSE);
    direction->wire = wire;
    direction->from = socket;
    direction->to = g_socket_connection_get_socket (wire->ends[1 - i]);
    wait_for_socket (direction);
  }
  return TRUE;
}

EarTestProxy *
ear_test_proxy_new (guint16 target)
{
  EarTestProxy *self = g_new0 (EarTestProxy, 1);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;

  self->target = target;
  self->cut_after = -1;
  self->wires = g_ptr_array_new_with_free_func (wire_free);
  self->service = g_socket_service_new ();
  g_signal_connect (self->service, "incoming", G_CALLBACK (incoming_cb), self);
  g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), any, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error);
  g_assert_no_error (error);
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  return self;
}

void
ear_test_proxy_free (EarTestProxy *self)
{
  ear_test_proxy_cut (self);
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_object_unref (self->service);
  g_ptr_array_unref (self->wires);
  while (g_main_context_iteration (NULL, FALSE)) /* the service lets go in the next turn */
    ;
  g_free (self);
}

/* Ends all connections. */
void
ear_test_proxy_cut (EarTestProxy *self)
{
  g_ptr_array_set_size (self->wires, 0);
}

/* Lets nothing pass while stalled; connections stay as they are, and new ones are accepted. */
void
ear_test_proxy_set_stalled (EarTestProxy *self, gboolean stalled)
{
  self->stalled = stalled;
  for (guint i = 0; i < self->wires->len; i++) {
    Wire *wire = g_ptr_array_index (self->wires, i);

    for (guint j = 0; j < G_N_ELEMENTS (wire->directions); j++)
      wait_for_socket (&wire->directions[j]);
  }
}
