/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarPeer: one direct link to another user, and the proof of who that is.
 *
 * Meeting: the dialler compares the callee's key with the one that it expects and says `hello`; the
 * callee then finds out whose key the dialler's is, among its pins or from the server (`identify`),
 * and answers with its own `hello`. Both compare the names in `hello` with what the key says. From
 * then on it is met, and the owner says what may come: met → asked → open.
 *
 * A peer that stays too long in meeting, or in met without anybody asking for a chat, is closed.
 *
 * The owner holds the peer, the peer holds the link. A peer that is dropped while it is being
 * closed leaves the link to end by itself. */

#include "client/ear-peer.h"

#include "client/ear-address-filter.h"
#include "client/ear-contacts.h"
#include "client/ear-location.h"
#include "client/ear-peer-context.h"
#include "client/ear-rate-limit.h"
#include "client/ear-session.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-fingerprint.h"
#include "wire/ear-limits.h"
#include "wire/ear-link.h"

#include <string.h>

struct _EarPeer
{
  GObject parent_instance;

  EarPeerContext *context;
  EarLink *link;
  GCancellable *cancellable; /* of `identify` */
  EarDeadline patience;

  EarPeerEvents events;
  gpointer user_data;

  char *user; /* when dialled: who it must be; else: who it says it is, until it is met */
  char *name;
  char *fingerprint; /* when dialled: that we expect; else: that we saw */
  gboolean dialled;
  gboolean greeted; /* its `hello` has come */
};

G_DEFINE_FINAL_TYPE (EarPeer, ear_peer, G_TYPE_OBJECT)

static void
send_hello (EarPeer *self)
{
  g_autoptr (EarMessage) hello = ear_message_new (EAR_MESSAGE_PEER_HELLO);

  ear_message_set_string (hello, "user", self->context->me);
  ear_message_set_string (hello, "to", self->user);
  ear_message_set_string (hello, "server", self->context->server);
  ear_link_send (self->link, hello);
}

static void
meet (EarPeer *self)
{
  ear_peer_set_state (self, EAR_MESSAGE_AT_MET);
  if (!self->dialled)
    send_hello (self);
  if (self->events.met != NULL)
    self->events.met (self, self->user_data);
}

static void
identified_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarPeer) self = EAR_PEER (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (EarMessage) answer = ear_session_request_finish (EAR_SESSION (source), result, &error);

  if (g_cancellable_is_cancelled (self->cancellable) || !ear_link_is_open (self->link))
    return;
  if (answer == NULL) {
    g_debug ("It cannot be found out who rings: %s", error->message);
    ear_peer_close (self, EAR_ERROR_UNKNOWN_USER);
    return;
  }
  if (self->context->me == NULL ||
      g_strcmp0 (ear_message_get_string (answer, "user"), self->user) != 0) {
    ear_peer_close (self, EAR_ERROR_WRONG_PEER);
    return;
  }
  self->name = g_strdup (ear_message_get_string (answer, "name"));
  meet (self);
}

static gboolean
may_identify (EarPeer *self)
{
  GInetSocketAddress *place = ear_link_get_remote_address (self->link);
  g_autofree char *address = NULL;

  if (place == NULL)
    return FALSE;
  address = g_inet_address_to_string (g_inet_socket_address_get_address (place));
  return ear_rate_limit_take (self->context->identifies, address);
}

/* Whose key is it? A pin needs no server; what the server says counts for all others, also when it
 * is another key than the pinned one: the chat then says so. A crowd of strangers may not use up
 * what the server grants our user. */
static void
identify (EarPeer *self)
{
  const char *pin = ear_contacts_get_fingerprint (self->context->contacts, self->user);
  g_autoptr (EarMessage) request = NULL;

  if (pin != NULL && ear_fingerprint_equal (pin, self->fingerprint)) {
    meet (self);
    return;
  }
  if (!may_identify (self)) {
    ear_peer_close (self, EAR_ERROR_SLOW_DOWN);
    return;
  }
  request = ear_message_new (EAR_MESSAGE_IDENTIFY);
  ear_message_set_string (request, "fingerprint", self->fingerprint);
  ear_session_request_async (self->context->session, request, self->cancellable, identified_cb,
                             g_object_ref (self));
}

static gboolean
is_to_us (EarPeer *self, EarMessage *hello)
{
  EarPeerContext *context = self->context;

  return context->me != NULL && g_str_equal (ear_message_get_string (hello, "to"), context->me) &&
         !g_str_equal (ear_message_get_string (hello, "user"), context->me) &&
         ear_fingerprint_equal (ear_message_get_string (hello, "server"), context->server);
}

static void
handle_hello (EarPeer *self, EarMessage *hello)
{
  const char *user = ear_message_get_string (hello, "user");

  if (self->greeted) {
    ear_peer_close (self, EAR_ERROR_BAD_MESSAGE);
    return;
  }
  self->greeted = TRUE;
  if (!is_to_us (self, hello) || (self->dialled && !g_str_equal (user, self->user))) {
    ear_peer_close (self, EAR_ERROR_WRONG_PEER);
    return;
  }
  if (self->dialled) {
    meet (self);
    return;
  }
  self->user = g_strdup (user);
  identify (self);
}

static void
opened_cb (EarLink *link, gpointer user_data)
{
  EarPeer *self = EAR_PEER (user_data);
  const char *fingerprint = ear_link_get_fingerprint (link);

  ear_deadline_set (&self->patience, EAR_LIMIT_MEET_MS);
  if (!self->dialled) {
    self->fingerprint = g_strdup (fingerprint);
  } else if (self->context->me == NULL || !ear_fingerprint_equal (fingerprint, self->fingerprint)) {
    ear_peer_close (self, EAR_ERROR_WRONG_PEER);
  } else {
    send_hello (self);
  }
}

static void
received_cb (EarLink *link, EarMessage *message, gpointer user_data)
{
  g_autoptr (EarPeer) self = g_object_ref (EAR_PEER (user_data));

  switch (ear_message_get_type (message)) {
  case EAR_MESSAGE_PEER_HELLO:
    handle_hello (self, message);
    break;
  case EAR_MESSAGE_ERROR:
    /* No request of ours has an answer of this kind: the other side is about to close. */
    break;
  default:
    if (self->events.received != NULL)
      self->events.received (self, message, self->user_data);
    break;
  }
}

static void
closed_cb (EarLink *link, const GError *reason, gpointer user_data)
{
  g_autoptr (EarPeer) self = g_object_ref (EAR_PEER (user_data));

  ear_deadline_clear (&self->patience);
  g_cancellable_cancel (self->cancellable);
  if (self->events.closed != NULL)
    self->events.closed (self, reason, self->user_data);
}

static void
patience_cb (gpointer user_data)
{
  ear_peer_close (EAR_PEER (user_data), EAR_ERROR_TIMEOUT);
}

static const EarLinkEvents link_events = {
  .opened = opened_cb,
  .received = received_cb,
  .closed = closed_cb,
};

static void
ear_peer_dispose (GObject *object)
{
  EarPeer *self = EAR_PEER (object);

  g_cancellable_cancel (self->cancellable);
  ear_deadline_clear (&self->patience);
  if (self->link != NULL)
    ear_link_set_owner (self->link, NULL, NULL);
  g_clear_object (&self->link);

  G_OBJECT_CLASS (ear_peer_parent_class)->dispose (object);
}

static void
ear_peer_finalize (GObject *object)
{
  EarPeer *self = EAR_PEER (object);

  g_object_unref (self->cancellable);
  g_free (self->user);
  g_free (self->name);
  g_free (self->fingerprint);
  ear_peer_context_unref (self->context);

  G_OBJECT_CLASS (ear_peer_parent_class)->finalize (object);
}

static void
ear_peer_class_init (EarPeerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ear_peer_dispose;
  object_class->finalize = ear_peer_finalize;
}

static void
ear_peer_init (EarPeer *self)
{
  self->cancellable = g_cancellable_new ();
}

static EarPeer *
new_peer (EarPeerContext *context, const EarPeerEvents *events, gpointer user_data)
{
  EarPeer *self = g_object_new (EAR_TYPE_PEER, NULL);

  self->context = ear_peer_context_ref (context);
  ear_deadline_init (&self->patience, context->deadlines, patience_cb, self);
  ear_peer_set_owner (self, events, user_data);
  return self;
}

/**
 * ear_peer_new_accepted:
 * @context: who we are
 * @connection: from the doorbell
 * @events: (nullable): what to tell; copied
 * @user_data: for @events
 *
 * Makes a peer of somebody who has rung and says who that is.
 *
 * Returns: (transfer full): the peer
 */
EarPeer *
ear_peer_new_accepted (EarPeerContext *context,
                       GSocketConnection *connection,
                       const EarPeerEvents *events,
                       gpointer user_data)
{
  EarPeer *self = new_peer (context, events, user_data);

  self->link = ear_link_new_accepted (context->poller, context->deadlines, context->tls, connection,
                                      &link_events, self);
  ear_link_set_state (self->link, EAR_MESSAGE_AT_MEETING, EAR_LIMIT_LINE_PEER);
  return self;
}

/**
 * ear_peer_new_dialled:
 * @context: who we are
 * @connection: to one of the addresses of @location
 * @location: whom we expect, with which key
 * @events: (nullable): what to tell; copied
 * @user_data: for @events
 *
 * Makes a peer of somebody whom we have dialled. It closes with %EAR_ERROR_WRONG_PEER when another
 * key is there.
 *
 * Returns: (transfer full): the peer
 */
EarPeer *
ear_peer_new_dialled (EarPeerContext *context,
                      GSocketConnection *connection,
                      const EarLocation *location,
                      const EarPeerEvents *events,
                      gpointer user_data)
{
  EarPeer *self = new_peer (context, events, user_data);

  self->dialled = TRUE;
  self->user = g_strdup (location->user);
  self->name = g_strdup (location->name);
  self->fingerprint = g_strdup (location->fingerprint);
  self->link = ear_link_new_dialled (context->poller, context->deadlines, context->tls, connection,
                                     &link_events, self);
  ear_link_set_state (self->link, EAR_MESSAGE_AT_MEETING, EAR_LIMIT_LINE_PEER);
  return self;
}

/**
 * ear_peer_set_owner:
 * @self: a peer
 * @events: (nullable): what to tell from now on; copied
 * @user_data: for @events
 *
 * Hands the peer to another owner, or takes the owner off.
 */
void
ear_peer_set_owner (EarPeer *self, const EarPeerEvents *events, gpointer user_data)
{
  self->events = events != NULL ? *events : (EarPeerEvents){ NULL };
  self->user_data = user_data;
}

/**
 * ear_peer_set_state:
 * @self: a peer that is met
 * @at: %EAR_MESSAGE_AT_MET, %EAR_MESSAGE_AT_ASKED or %EAR_MESSAGE_AT_OPEN
 *
 * Says what may come from now on. One that stays met is closed after %EAR_LIMIT_MET_MS.
 */
void
ear_peer_set_state (EarPeer *self, EarMessageAt at)
{
  ear_link_set_state (self->link, at, EAR_LIMIT_LINE_PEER);
  if (at == EAR_MESSAGE_AT_MET)
    ear_deadline_set (&self->patience, EAR_LIMIT_MET_MS);
  else
    ear_deadline_clear (&self->patience);
}

EarMessageAt
ear_peer_get_state (EarPeer *self)
{
  return ear_link_get_state (self->link);
}

void
ear_peer_send (EarPeer *self, EarMessage *message)
{
  ear_link_send (self->link, message);
}

/**
 * ear_peer_set_paused:
 * @self: a peer
 * @paused: whether to read nothing for a while
 */
void
ear_peer_set_paused (EarPeer *self, gboolean paused)
{
  ear_link_set_paused (self->link, paused);
}

/**
 * ear_peer_close:
 * @self: a peer
 * @code: why
 *
 * Ends the link in peace, after what was sent. `closed` follows, unless the peer is dropped.
 */
void
ear_peer_close (EarPeer *self, EarError code)
{
  ear_deadline_clear (&self->patience);
  ear_link_close (self->link, code);
}

/**
 * ear_peer_abort:
 * @self: a peer
 *
 * Ends the link without a word.
 */
void
ear_peer_abort (EarPeer *self)
{
  ear_deadline_clear (&self->patience);
  ear_link_abort (self->link);
}

/**
 * ear_peer_is_here:
 * @self: a peer
 *
 * Returns: whether this machine still has the address of our end of the link
 */
gboolean
ear_peer_is_here (EarPeer *self)
{
  return ear_address_is_here (ear_link_get_local_address (self->link));
}

const char *
ear_peer_get_user (EarPeer *self)
{
  return self->user;
}

const char *
ear_peer_get_name (EarPeer *self)
{
  return self->name;
}

const char *
ear_peer_get_fingerprint (EarPeer *self)
{
  return self->fingerprint;
}

/**
 * ear_peer_is_dialled:
 * @self: a peer
 *
 * Returns: whether it is we who dialled
 */
gboolean
ear_peer_is_dialled (EarPeer *self)
{
  return self->dialled;
}

/**
 * ear_peer_is_dialled_by_lower:
 * @self: a peer that is met
 *
 * Returns: whether it was dialled by the one with the lower fingerprint: of two crossed links, the
 *   one that both sides keep
 */
gboolean
ear_peer_is_dialled_by_lower (EarPeer *self)
{
  const char *ours = ear_peer_context_get_fingerprint (self->context);
  gboolean we_are_lower = strcmp (ours, self->fingerprint) < 0;

  return we_are_lower == self->dialled;
}

/**
 * ear_peer_dup_address:
 * @self: a peer
 *
 * Returns: (transfer full) (nullable): where the other side is, as address and port
 */
char *
ear_peer_dup_address (EarPeer *self)
{
  GInetSocketAddress *place = ear_link_get_remote_address (self->link);
  g_autoptr (GInetAddress) address = NULL;
  g_autofree char *text = NULL;
  guint port;

  if (place == NULL)
    return NULL;
  address = ear_address_unmap (g_inet_socket_address_get_address (place));
  text = g_inet_address_to_string (address);
  port = g_inet_socket_address_get_port (place);
  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6)
    return g_strdup_printf ("[%s]:%u", text, port);
  return g_strdup_printf ("%s:%u", text, port);
}
