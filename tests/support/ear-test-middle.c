/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "support/ear-test-middle.h"

#include <string.h>

#include "support/ear-test-wait.h"
#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-identity.h"
#include "wire/ear-limits.h"
#include "wire/ear-link.h"
#include "wire/ear-poller.h"

#define AT_SERVER                                                               \
  (EAR_MESSAGE_AT_GREETING | EAR_MESSAGE_AT_STRANGER | EAR_MESSAGE_AT_PROVING | \
   EAR_MESSAGE_AT_MEMBER | EAR_MESSAGE_AT_ACTIVE)
#define AT_PEER \
  (EAR_MESSAGE_AT_MEETING | EAR_MESSAGE_AT_MET | EAR_MESSAGE_AT_ASKED | EAR_MESSAGE_AT_OPEN)

/* Index 0: whoever dialled; 1: the real one. */
typedef struct
{
  EarTestMiddle *middle;
  EarLink *links[2];
} Relay;

static guint
find_side (Relay *relay, EarLink *link)
{
  return link == relay->links[0] ? 0 : 1;
}

static void
opened_cb (EarLink *link, gpointer user_data)
{
  Relay *relay = user_data;

  relay->middle->n_links += link == relay->links[0];
}

static void
received_cb (EarLink *link, EarMessage *message, gpointer user_data)
{
  Relay *relay = user_data;
  EarLink *other = relay->links[1 - find_side (relay, link)];
  g_autoptr (GBytes) line = ear_message_to_line (message);

  g_string_append_len (relay->middle->heard, g_bytes_get_data (line, NULL),
                       (gssize) g_bytes_get_size (line));
  if (other != NULL)
    ear_link_send_line (other, line);
}

/* One side's end is passed on, too. */
static void
closed_cb (EarLink *link, const GError *reason, gpointer user_data)
{
  Relay *relay = user_data;
  guint side = find_side (relay, link);
  EarLink *other = relay->links[1 - side];

  g_clear_object (&relay->links[side]);
  if (other != NULL)
    ear_link_close (other, reason->domain == EAR_ERROR ? (EarError) reason->code : EAR_ERROR_TLS);
  else
    g_ptr_array_remove_fast (relay->middle->relays, relay);
}

static const EarLinkEvents events = {
  .opened = opened_cb,
  .received = received_cb,
  .closed = closed_cb,
};

static gboolean
incoming_cb (GSocketService *service,
             GSocketConnection *connection,
             GObject *source,
             EarTestMiddle *self)
{
  Relay *relay = g_new0 (Relay, 1);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;
  /* The kernel accepts for whoever is in this process. */
  g_autoptr (GSocketConnection) onward =
    g_socket_client_connect_to_host (client, "127.0.0.1", self->target, NULL, &error);
  gboolean peers = self->role == EAR_TLS_TO_PEER;

  g_assert_no_error (error);
  relay->middle = self;
  relay->links[0] =
    ear_link_new_accepted (self->poller, self->deadlines, self->tls, connection, &events, relay);
  relay->links[1] =
    ear_link_new_dialled (self->poller, self->deadlines, self->tls, onward, &events, relay);
  ear_link_set_state (relay->links[0], (EarMessageAt) (peers ? AT_PEER : AT_SERVER),
                      EAR_LIMIT_LINE_PEER);
  ear_link_set_state (relay->links[1], peers ? (EarMessageAt) AT_PEER : EAR_MESSAGE_AT_CLIENT,
                      EAR_LIMIT_LINE_PEER);
  g_ptr_array_add (self->relays, relay);
  return TRUE;
}

static void
relay_free (gpointer data)
{
  Relay *relay = data;

  for (guint i = 0; i < G_N_ELEMENTS (relay->links); i++) {
    if (relay->links[i] == NULL)
      continue;
    ear_link_set_owner (relay->links[i], NULL, NULL);
    ear_link_abort (relay->links[i]);
    g_object_unref (relay->links[i]);
  }
  g_free (relay);
}

EarTestMiddle *
ear_test_middle_new (EarTlsRole role, guint16 target)
{
  EarTestMiddle *self = g_new0 (EarTestMiddle, 1);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (EarIdentity) identity = ear_identity_new (&error);

  g_assert_no_error (error);
  self->role = role;
  self->target = target;
  self->fingerprint = g_strdup (ear_identity_get_fingerprint (identity));
  self->heard = g_string_new (NULL);
  self->clock = ear_clock_new ();
  self->deadlines = ear_deadlines_new (self->clock, NULL);
  self->poller = ear_poller_new (NULL, &error);
  self->tls = ear_tls_new (identity, role, &error);
  g_assert_no_error (error);
  self->relays = g_ptr_array_new_with_free_func (relay_free);
  self->service = g_socket_service_new ();
  g_signal_connect (self->service, "incoming", G_CALLBACK (incoming_cb), self);
  g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), any, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error);
  g_assert_no_error (error);
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  return self;
}

void
ear_test_middle_free (EarTestMiddle *self)
{
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_object_unref (self->service);
  g_ptr_array_unref (self->relays);
  ear_test_settle (1);
  ear_tls_unref (self->tls);
  ear_poller_unref (self->poller);
  ear_deadlines_unref (self->deadlines);
  ear_clock_unref (self->clock);
  g_string_free (self->heard, TRUE);
  g_free (self->fingerprint);
  g_free (self);
}

/* Whether a text was in any message. */
gboolean
ear_test_middle_heard (EarTestMiddle *self, const char *text)
{
  return strstr (self->heard->str, text) != NULL;
}
