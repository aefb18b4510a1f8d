/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarDialler: the way out to one user, "happy eyeballs" (RFC 8305).
 *
 * Tries the addresses of a location in their order, a new one every EAR_LIMIT_DIAL_STAGGER_MS, or
 * at once when the last one failed. An attempt is first a GSocketClient's connection and then an
 * EarPeer; the first peer that is met wins, and all others are dropped. Nobody has won as long as
 * only TCP or TLS is up: the far side may be anybody, and may not want us.
 *
 * Without a winner after EAR_LIMIT_DIAL_BACK_MS, or when all attempts failed before, the server is
 * asked to have the other dial us. That link comes to the doorbell, and whoever owns this dialler
 * drops it then. After EAR_LIMIT_DIAL_MS all is over. */

#include "client/ear-dialler.h"

#include "client/ear-address-filter.h"
#include "client/ear-location.h"
#include "client/ear-peer-context.h"
#include "client/ear-peer.h"
#include "client/ear-session.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-limits.h"

typedef enum {
  DIAL_BACK_NEVER, /* not wanted, or refused by the server */
  DIAL_BACK_LATER, /* when there is no answer soon */
  DIAL_BACK_ASKED, /* the other may be dialling us */
} DialBack;

struct _EarDialler
{
  GObject parent_instance;

  EarPeerContext *context;
  EarLocation *location;
  EarDiallerFunc done; /* NULL when it was called */
  gpointer user_data;

  GSocketClient *client;
  GCancellable *cancellable;
  GPtrArray *places; /* of GInetSocketAddress */
  GPtrArray *peers;  /* of EarPeer: connected, not yet met */
  guint next_place;
  guint n_connecting;
  DialBack dial_back;
  gboolean wrong_peer; /* somebody else was at one of the addresses */

  EarDeadline stagger;
  EarDeadline impatience;
  EarDeadline end;
  GSource *start; /* a turn later */
};

G_DEFINE_FINAL_TYPE (EarDialler, ear_dialler, G_TYPE_OBJECT)

static void try_next (EarDialler *self);

/* For what is under way: it must not keep a dialler at work that its owner has dropped. */
static GWeakRef *
dup_weak (EarDialler *self)
{
  GWeakRef *weak = g_new (GWeakRef, 1);

  g_weak_ref_init (weak, self);
  return weak;
}

/* NULL when it is gone. */
static EarDialler *
take_weak (GWeakRef *weak)
{
  EarDialler *self = g_weak_ref_get (weak);

  g_weak_ref_clear (weak);
  g_free (weak);
  return self;
}

/* Stops all attempts. */
static void
stop (EarDialler *self)
{
  g_cancellable_cancel (self->cancellable);
  ear_deadline_clear (&self->stagger);
  ear_deadline_clear (&self->impatience);
  ear_deadline_clear (&self->end);
  if (self->start != NULL)
    g_source_destroy (self->start);
  g_clear_pointer (&self->start, g_source_unref);
  g_ptr_array_set_size (self->peers, 0);
}

/* Says how it ended; the owner may drop the dialler from within. */
static void
finish (EarDialler *self, EarPeer *peer, const GError *error)
{
  EarDiallerFunc done = self->done;

  self->done = NULL;
  stop (self);
  if (done != NULL)
    done (peer, error, self->user_data);
}

static void
fail (EarDialler *self)
{
  g_autoptr (GError) error =
    ear_error_new (self->wrong_peer ? EAR_ERROR_WRONG_PEER : EAR_ERROR_UNREACHABLE);

  finish (self, NULL, error);
}

static gboolean
is_exhausted (EarDialler *self)
{
  return self->next_place == self->places->len && self->n_connecting == 0 && self->peers->len == 0;
}

static void
dial_back_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarDialler) self = take_weak (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (EarMessage) answer = ear_session_request_finish (EAR_SESSION (source), result, &error);

  if (self == NULL || self->done == NULL || answer != NULL)
    return;
  g_debug ("The other cannot be asked to dial: %s", error->message);
  self->dial_back = DIAL_BACK_NEVER;
  if (is_exhausted (self))
    fail (self);
}

static void
ask_to_dial_back (EarDialler *self)
{
  g_autoptr (EarMessage) request = NULL;

  if (self->dial_back != DIAL_BACK_LATER)
    return;
  self->dial_back = DIAL_BACK_ASKED;
  ear_deadline_clear (&self->impatience);
  request = ear_message_new (EAR_MESSAGE_DIAL_BACK);
  ear_message_set_string (request, "user", self->location->user);
  ear_session_request_async (self->context->session, request, self->cancellable, dial_back_cb,
                             dup_weak (self));
}

/* An attempt has failed. */
static void
go_on (EarDialler *self)
{
  if (self->next_place < self->places->len) {
    try_next (self);
  } else if (is_exhausted (self)) {
    if (self->dial_back == DIAL_BACK_NEVER)
      fail (self);
    else
      ask_to_dial_back (self);
  }
}

static void
peer_met_cb (EarPeer *peer, gpointer user_data)
{
  g_autoptr (EarDialler) self = g_object_ref (EAR_DIALLER (user_data));
  g_autoptr (EarPeer) winner = g_object_ref (peer);

  ear_peer_set_owner (winner, NULL, NULL);
  finish (self, winner, NULL);
}

static void
peer_closed_cb (EarPeer *peer, const GError *reason, gpointer user_data)
{
  g_autoptr (EarDialler) self = g_object_ref (EAR_DIALLER (user_data));

  g_debug ("An address does not lead to %s: %s", self->location->user, reason->message);
  if (g_error_matches (reason, EAR_ERROR, EAR_ERROR_WRONG_PEER))
    self->wrong_peer = TRUE;
  g_ptr_array_remove (self->peers, peer);
  go_on (self);
}

static const EarPeerEvents peer_events = {
  .met = peer_met_cb,
  .closed = peer_closed_cb,
};

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarDialler) self = take_weak (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection =
    g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);

  if (self == NULL)
    return;
  self->n_connecting--;
  if (self->done == NULL)
    return;
  if (connection == NULL) {
    g_debug ("No way to %s: %s", self->location->user, error->message);
    go_on (self);
    return;
  }
  g_ptr_array_add (self->peers, ear_peer_new_dialled (self->context, connection, self->location,
                                                      &peer_events, self));
}

static void
try_next (EarDialler *self)
{
  GSocketConnectable *place;

  if (self->next_place == self->places->len) {
    go_on (self);
    return;
  }
  place = self->places->pdata[self->next_place++];
  self->n_connecting++;
  g_socket_client_connect_async (self->client, place, self->cancellable, connected_cb,
                                 dup_weak (self));
  if (self->next_place < self->places->len)
    ear_deadline_set (&self->stagger, EAR_LIMIT_DIAL_STAGGER_MS);
  else
    ear_deadline_clear (&self->stagger);
}

static gboolean
start_cb (gpointer user_data)
{
  g_autoptr (EarDialler) self = g_object_ref (EAR_DIALLER (user_data));

  g_clear_pointer (&self->start, g_source_unref);
  try_next (self);
  return G_SOURCE_REMOVE;
}

static void
stagger_cb (gpointer user_data)
{
  try_next (EAR_DIALLER (user_data));
}

static void
impatience_cb (gpointer user_data)
{
  ask_to_dial_back (EAR_DIALLER (user_data));
}

static void
end_cb (gpointer user_data)
{
  g_autoptr (EarDialler) self = g_object_ref (EAR_DIALLER (user_data));

  fail (self);
}

static void
ear_dialler_dispose (GObject *object)
{
  EarDialler *self = EAR_DIALLER (object);

  self->done = NULL;
  stop (self);

  G_OBJECT_CLASS (ear_dialler_parent_class)->dispose (object);
}

static void
ear_dialler_finalize (GObject *object)
{
  EarDialler *self = EAR_DIALLER (object);

  g_object_unref (self->cancellable);
  g_object_unref (self->client);
  g_ptr_array_unref (self->peers);
  g_ptr_array_unref (self->places);
  ear_location_free (self->location);
  ear_peer_context_unref (self->context);

  G_OBJECT_CLASS (ear_dialler_parent_class)->finalize (object);
}

static void
ear_dialler_class_init (EarDiallerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ear_dialler_dispose;
  object_class->finalize = ear_dialler_finalize;
}

static void
ear_dialler_init (EarDialler *self)
{
  self->cancellable = g_cancellable_new ();
  self->peers = g_ptr_array_new_with_free_func (g_object_unref);
  self->client = g_socket_client_new ();
  g_socket_client_set_enable_proxy (self->client, FALSE); /* direct means direct */
}

/**
 * ear_dialler_new:
 * @context: who we are
 * @location: whom to dial, and where; copied
 * @done: what to tell; called once, unless the dialler is dropped before
 * @user_data: for @done
 *
 * Makes a dialler. It tells %EAR_ERROR_WRONG_PEER when nobody but somebody else was there, or
 * %EAR_ERROR_UNREACHABLE.
 *
 * Returns: (transfer full): the dialler
 */
EarDialler *
ear_dialler_new (EarPeerContext *context,
                 const EarLocation *location,
                 EarDiallerFunc done,
                 gpointer user_data)
{
  EarDialler *self = g_object_new (EAR_TYPE_DIALLER, NULL);
  g_autoptr (GPtrArray) own = ear_address_list_own ();
  EarAddressRules rules = {
    .loopback = ear_peer_context_is_on_loopback (context),
    .own_port = context->port,
    .own_addresses = own,
  };

  self->context = ear_peer_context_ref (context);
  self->location = ear_location_copy (location);
  self->done = done;
  self->user_data = user_data;
  self->places =
    ear_address_filter (&rules, (const char *const *) location->addresses, location->port);
  ear_deadline_init (&self->stagger, context->deadlines, stagger_cb, self);
  ear_deadline_init (&self->impatience, context->deadlines, impatience_cb, self);
  ear_deadline_init (&self->end, context->deadlines, end_cb, self);
  return self;
}

/**
 * ear_dialler_start:
 * @self: a dialler that was not started
 * @dial_back: whether to ask the server to have the other dial us
 *
 * Begins to dial, in the next turn of the loop.
 */
void
ear_dialler_start (EarDialler *self, gboolean dial_back)
{
  g_return_if_fail (self->start == NULL && self->next_place == 0);

  self->dial_back = dial_back && self->context->port != 0 ? DIAL_BACK_LATER : DIAL_BACK_NEVER;
  if (self->dial_back == DIAL_BACK_LATER)
    ear_deadline_set (&self->impatience, EAR_LIMIT_DIAL_BACK_MS);
  ear_deadline_set (&self->end, EAR_LIMIT_DIAL_MS);
  self->start = g_idle_source_new ();
  g_source_set_priority (self->start, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->start, start_cb, self, NULL);
  g_source_attach (self->start, g_main_context_get_thread_default ());
}

/**
 * ear_dialler_expects_call:
 * @self: a dialler
 *
 * Returns: whether the other was asked to dial us
 */
gboolean
ear_dialler_expects_call (EarDialler *self)
{
  return self->dial_back == DIAL_BACK_ASKED;
}
