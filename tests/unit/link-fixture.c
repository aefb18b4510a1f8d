/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Pairs of links for tests, or a link and a stranger. */

#include "link-fixture.h"

#include "wire/ear-identity-private.h"
#include "wire/ear-limits.h"

#include <string.h>

/* -- Waiting -------------------------------------------------------------------------------- */

typedef struct
{
  const char *where;
  const char *condition;
} Wait;

static gboolean
give_up_cb (gpointer user_data)
{
  Wait *wait = user_data;

  g_error ("%s: this never came true: %s", wait->where, wait->condition);
  return G_SOURCE_REMOVE;
}

guint
wait_begin (const char *where, const char *condition)
{
  Wait *wait = g_new (Wait, 1);

  wait->where = where;
  wait->condition = condition;
  return g_timeout_add_seconds_full (G_PRIORITY_DEFAULT, 30, give_up_cb, wait, g_free);
}

/* Until nobody has anything to do: over loopback, what was sent has then arrived. */
void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* -- Ends ----------------------------------------------------------------------------------- */

static void
opened_cb (EarLink *link, gpointer user_data)
{
  End *self = user_data;

  g_assert_true (ear_link_is_open (link));
  g_assert_cmpuint (self->n_opened, ==, 0);
  g_assert_cmpuint (self->n_closed, ==, 0);
  self->n_opened++;
  if (self->on_opened != NULL)
    self->on_opened (self);
}

static void
received_cb (EarLink *link, EarMessage *message, gpointer user_data)
{
  End *self = user_data;

  g_assert_cmpuint (self->n_closed, ==, 0);
  self->n_received++;
  if (ear_message_get_type (message) == EAR_MESSAGE_TEXT)
    g_ptr_array_add (self->texts, g_strdup (ear_message_get_string (message, "text")));
  if (self->n_received == self->pause_after)
    ear_link_set_paused (link, TRUE);
  if (self->on_received != NULL)
    self->on_received (self);
}

static void
closed_cb (EarLink *link, const GError *reason, gpointer user_data)
{
  End *self = user_data;

  g_assert_false (ear_link_is_open (link));
  g_assert_nonnull (reason);
  self->n_closed++;
  g_clear_error (&self->reason);
  self->reason = g_error_copy (reason);
  if (self->on_closed != NULL)
    self->on_closed (self);
}

static void
has_room_cb (EarLink *link, gpointer user_data)
{
  End *self = user_data;

  g_assert_true (ear_link_has_room (link));
  self->n_room++;
  if (self->on_room != NULL)
    self->on_room (self);
}

static const EarLinkEvents events = {
  .opened = opened_cb,
  .received = received_cb,
  .closed = closed_cb,
  .has_room = has_room_cb,
};

static void
end_clear (End *self)
{
  g_clear_object (&self->link);
  g_clear_error (&self->reason);
  g_clear_pointer (&self->texts, g_ptr_array_unref);
  memset (self, 0, sizeof *self);
}

static void
end_init (End *self)
{
  end_clear (self);
  self->texts = g_ptr_array_new_with_free_func (g_free);
}

void
end_send_text (End *self, const char *text)
{
  g_autoptr (EarMessage) message = ear_message_new (EAR_MESSAGE_TEXT);

  ear_message_set_string (message, "id", "0123456789");
  ear_message_set_string (message, "text", text);
  ear_message_set_integer (message, "age", 0);
  ear_link_send (self->link, message);
}

void
end_assert_closed (End *self, EarError code)
{
  g_assert_cmpuint (self->n_closed, ==, 1);
  g_assert_error (self->reason, EAR_ERROR, (int) code);
}

/* -- Fixture -------------------------------------------------------------------------------- */

/* Two sockets that are connected to each other over TCP. */
static void
connect_sockets (GSocket **accepted, GSocket **dialled)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GSocket) listener = NULL;

  listener =
    g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);
  g_assert_no_error (error);
  g_assert_true (g_socket_bind (listener, any, TRUE, &error));
  g_assert_true (g_socket_listen (listener, &error));
  address = g_socket_get_local_address (listener, &error);
  *dialled =
    g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);
  g_assert_true (g_socket_connect (*dialled, address, NULL, &error));
  *accepted = g_socket_accept (listener, NULL, &error);
  g_assert_no_error (error);
}

static void
start_link (Fixture *self, End *end, EarTls *tls, GSocket *socket, gboolean dialled)
{
  g_autoptr (GSocketConnection) connection = g_socket_connection_factory_create_connection (socket);

  end_init (end);
  end->link =
    dialled ? ear_link_new_dialled (self->poller, self->deadlines, tls, connection, &events, end)
            : ear_link_new_accepted (self->poller, self->deadlines, tls, connection, &events, end);
  ear_link_set_state (end->link, EAR_MESSAGE_AT_OPEN, EAR_LIMIT_LINE_PEER);
}

void
fixture_set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) accepted = NULL;
  g_autoptr (GSocket) dialled = NULL;

  memset (self, 0, sizeof *self);
  self->clock = ear_clock_new_manual (0);
  self->deadlines = ear_deadlines_new (self->clock, NULL);
  self->poller = ear_poller_new (NULL, &error);
  self->identity_a = ear_identity_new (&error);
  self->identity_b = ear_identity_new (&error);
  self->tls_a = ear_tls_new (self->identity_a, EAR_TLS_TO_PEER, &error);
  self->tls_b = ear_tls_new (self->identity_b, EAR_TLS_TO_PEER, &error);
  g_assert_no_error (error);
  connect_sockets (&accepted, &dialled);
  start_link (self, &self->a, self->tls_a, accepted, FALSE);
  start_link (self, &self->b, self->tls_b, dialled, TRUE);
}

void
fixture_tear_down (Fixture *self, gconstpointer data)
{
  settle ();
  if (self->a.link != NULL)
    g_assert_finalize_object (g_steal_pointer (&self->a.link));
  if (self->b.link != NULL)
    g_assert_finalize_object (g_steal_pointer (&self->b.link));
  end_clear (&self->a);
  end_clear (&self->b);
  ear_tls_unref (self->tls_a);
  ear_tls_unref (self->tls_b);
  ear_identity_unref (self->identity_a);
  ear_identity_unref (self->identity_b);
  ear_poller_unref (self->poller);
  ear_deadlines_unref (self->deadlines);
  ear_clock_unref (self->clock);
}

/* Waits for both handshakes. */
void
fixture_open (Fixture *self)
{
  wait_until (self->a.n_opened == 1 && self->b.n_opened == 1);
}

/* Starts again with a client that dials a peer and gets a server. */
void
fixture_mix_roles (Fixture *self)
{
  g_autoptr (GSocket) accepted = NULL;
  g_autoptr (GSocket) dialled = NULL;
  g_autoptr (EarTls) server = ear_tls_new (self->identity_a, EAR_TLS_TO_SERVER, NULL);

  connect_sockets (&accepted, &dialled);
  start_link (self, &self->a, server, accepted, FALSE);
  start_link (self, &self->b, self->tls_b, dialled, TRUE);
}

/* Starts the accepted link again, and returns the other side of its connection. */
GSocket *
fixture_accept_raw (Fixture *self)
{
  g_autoptr (GSocket) accepted = NULL;
  GSocket *dialled;

  connect_sockets (&accepted, &dialled);
  start_link (self, &self->a, self->tls_a, accepted, FALSE);
  end_clear (&self->b);
  return dialled;
}

/* -- Strangers ------------------------------------------------------------------------------ */

#define PROTOCOL \
  "\x0e"         \
  "earshot-peer/1"

/* A stranger who has connected to the accepted link. */
void
fixture_open_stranger (Fixture *self, Stranger *stranger, StrangerKind kind)
{
  stranger_init (stranger, kind, PROTOCOL, fixture_accept_raw (self), FALSE);
}

/* A stranger to whom the dialled link has connected. */
void
fixture_serve_stranger (Fixture *self, Stranger *stranger, StrangerKind kind)
{
  g_autoptr (GSocket) dialled = NULL;
  GSocket *accepted;

  connect_sockets (&accepted, &dialled);
  start_link (self, &self->b, self->tls_b, dialled, TRUE);
  end_clear (&self->a);
  stranger_init (stranger, kind, PROTOCOL, accepted, TRUE);
}
