/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The links of a chat: which one it uses, what comes on it, and what is done when it is lost.
 *
 * The link of the conversation is `peer`. Others that are met are spares; one of them is chosen
 * when it is the one that both sides would keep, when our own dialling has no result within
 * GRACE_MS, or when the other asks on it (ear-chat-requests.c).
 *
 * A chat whose link broke is reached again with the delays of EarReconnect, and at once when the
 * server is back, until EAR_LIMIT_REDIAL_MS are over. */

#include "config.h"

#include "client/ear-chat-private.h"

#include <glib/gi18n-lib.h>

#include "client/ear-contacts.h"
#include "client/ear-dialler.h"
#include "client/ear-reconnect.h"
#include "client/ear-session.h"
#include "wire/ear-clock.h"
#include "wire/ear-limits.h"

#define GRACE_MS 500
#define SPARES_MAX 4

static const EarPeerEvents peer_events;

void
ear_chat_send_type (EarChat *self, EarMessageType type)
{
  g_autoptr (EarMessage) message = ear_message_new (type);

  ear_peer_send (self->peer, message);
}

/* Declines whatever a peer asks for, and ends the link. */
void
ear_chat_refuse (EarPeer *peer, const char *reason)
{
  g_autoptr (EarMessage) message = ear_message_new (EAR_MESSAGE_DECLINE);

  ear_message_set_string (message, "reason", reason);
  ear_peer_send (peer, message);
  ear_peer_close (peer, EAR_ERROR_CLOSED);
}

/**
 * ear_chat_refuse_unheard:
 * @self: a chat
 * @reason: of the message `decline`
 *
 * Answers the requests that our user did not hear, because the other is blocked.
 */
void
ear_chat_refuse_unheard (EarChat *self, const char *reason)
{
  ear_deadline_clear (&self->unheard);
  for (guint i = self->spares->len; i > 0; i--) {
    EarPeer *peer = self->spares->pdata[i - 1];

    if (ear_peer_get_state (peer) != EAR_MESSAGE_AT_ASKED)
      continue;
    ear_chat_refuse (peer, reason);
    ear_chat_drop_spare (self, peer, EAR_ERROR_CLOSED);
  }
}

/* -- Letting go -- */

static void
release_peer (EarChat *self, EarError code)
{
  g_autoptr (EarPeer) peer = g_steal_pointer (&self->peer);

  self->asked = FALSE;
  if (peer == NULL)
    return;
  ear_peer_set_owner (peer, NULL, NULL);
  ear_peer_close (peer, code);
  ear_chat_notify_address (self);
}

static void
drop_spares (EarChat *self)
{
  for (guint i = 0; i < self->spares->len; i++) {
    ear_peer_set_owner (self->spares->pdata[i], NULL, NULL);
    ear_peer_close (self->spares->pdata[i], EAR_ERROR_CLOSED);
  }
  g_ptr_array_set_size (self->spares, 0);
}

/* What rang unheard is over: no link beside it stays, as when our user has heard it. */
static void
end_unheard (EarChat *self)
{
  ear_deadline_clear (&self->unheard);
  if (self->state == EAR_CHAT_IDLE)
    drop_spares (self);
}

/**
 * ear_chat_hang_up:
 * @self: a chat
 * @code: what to tell the other side
 *
 * Ends all that there is: the chat is idle.
 */
void
ear_chat_hang_up (EarChat *self, EarError code)
{
  g_autoptr (EarChat) keep = g_object_ref (self);

  ear_chat_stop_reaching (self);
  release_peer (self, code);
  ear_deadline_clear (&self->ring);
  drop_spares (self);
  ear_reconnect_stop (self->reconnect);
  ear_deadline_clear (&self->give_up);
  self->owes_end = FALSE;
  ear_chat_stop_carrying (self);
  ear_chat_set_greeting (self, NULL);
  ear_chat_set_state (self, EAR_CHAT_IDLE);
}

/**
 * ear_chat_fail:
 * @self: a chat
 * @code: why
 *
 * Ends what our own request has come to.
 */
void
ear_chat_fail (EarChat *self, EarError code)
{
  g_autoptr (GError) error = ear_error_new (code);

  if (code == EAR_ERROR_UNREACHABLE) {
    g_free (error->message);
    error->message =
      g_strdup_printf (_ ("Can’t connect directly to %s: both machines must be on the "
                          "same network, and a firewall may stand between them"),
                       self->account);
  }
  ear_chat_set_last_error (self, error);
  ear_chat_hang_up (self, EAR_ERROR_CLOSED);
}

/* -- Links -- */

/**
 * ear_chat_choose_peer:
 * @self: a chat
 * @peer: one of its spares
 *
 * Makes a link the one of the conversation, and its key the one that the other shows now; the link
 * before is closed as crossed. When we want to talk and have not been asked on it, this asks.
 */
void
ear_chat_choose_peer (EarChat *self, EarPeer *peer)
{
  g_autoptr (EarPeer) keep = g_object_ref (peer);
  g_autoptr (EarMessage) request = NULL;
  gboolean met = ear_peer_get_state (peer) == EAR_MESSAGE_AT_MET;

  ear_chat_stop_reaching (self);
  ear_reconnect_stop (self->reconnect);
  release_peer (self, EAR_ERROR_CROSSED);
  g_ptr_array_remove (self->spares, peer);
  self->peer = g_object_ref (peer);
  ear_chat_check_key (self, ear_peer_get_fingerprint (peer));
  ear_chat_notify_address (self);
  if (!met)
    return;

  request = ear_message_new (EAR_MESSAGE_REQUEST);
  if (self->our_greeting != NULL)
    ear_message_set_string (request, "greeting", self->our_greeting);
  ear_peer_send (peer, request);
  ear_peer_set_state (peer, EAR_MESSAGE_AT_ASKED);
  self->asked = TRUE;
  ear_deadline_set (&self->ring, EAR_LIMIT_REQUEST_MS);
  if (self->state == EAR_CHAT_CALLING)
    ear_chat_set_state (self, EAR_CHAT_RINGING);
}

/**
 * ear_chat_drop_spare:
 * @self: a chat
 * @peer: one of its spares
 * @code: what to tell the other side
 */
void
ear_chat_drop_spare (EarChat *self, EarPeer *peer, EarError code)
{
  ear_peer_set_owner (peer, NULL, NULL);
  ear_peer_close (peer, code);
  g_ptr_array_remove (self->spares, peer);
}

/**
 * ear_chat_add_spare:
 * @self: a chat
 * @peer: a link to its user that is met
 *
 * Becomes the owner of a link.
 */
void
ear_chat_add_spare (EarChat *self, EarPeer *peer)
{
  g_ptr_array_add (self->spares, g_object_ref (peer));
  ear_peer_set_owner (peer, &peer_events, self);
}

static gboolean
wants_peer (EarChat *self)
{
  return self->peer == NULL && !ear_deadline_is_set (&self->ring) &&
         (self->state == EAR_CHAT_CALLING || self->state == EAR_CHAT_BROKEN);
}

/* A spare on which the other asks unheard has its place, as the link has that our user hears. */
static void
make_room (EarChat *self)
{
  EarPeer *oldest = NULL;
  guint n = 0;

  for (guint i = self->spares->len; i > 0; i--) {
    if (ear_peer_get_state (self->spares->pdata[i - 1]) == EAR_MESSAGE_AT_ASKED)
      continue;
    oldest = self->spares->pdata[i - 1];
    n++;
  }
  if (n >= SPARES_MAX)
    ear_chat_drop_spare (self, oldest, EAR_ERROR_CROSSED);
}

/**
 * ear_chat_take_peer:
 * @self: a chat
 * @peer: a link to its user that is met
 *
 * Becomes the owner of a link that did not come from our own request.
 */
void
ear_chat_take_peer (EarChat *self, EarPeer *peer)
{
  make_room (self);
  ear_chat_add_spare (self, peer);
  if (!wants_peer (self) || !ear_chat_trusts (self, peer))
    return;
  if (self->dialler == NULL || ear_dialler_expects_call (self->dialler) ||
      ear_peer_is_dialled_by_lower (peer))
    ear_chat_choose_peer (self, peer);
  else if (!ear_deadline_is_set (&self->grace))
    ear_deadline_set (&self->grace, GRACE_MS);
}

/**
 * ear_chat_open:
 * @self: a chat both of whose users agreed
 *
 * Goes on to messages, on its present link.
 */
void
ear_chat_open (EarChat *self)
{
  EarPeerContext *context = self->context;
  const char *fingerprint = ear_peer_get_fingerprint (self->peer);

  ear_peer_set_state (self->peer, EAR_MESSAGE_AT_OPEN);
  self->asked = FALSE;
  self->retried = FALSE;
  self->opened_us = ear_clock_get_time (ear_deadlines_get_clock (context->deadlines));
  ear_deadline_clear (&self->ring);
  ear_deadline_clear (&self->give_up);
  g_clear_pointer (&self->our_greeting, g_free);
  ear_chat_set_greeting (self, NULL);
  ear_chat_set_last_error (self, NULL);
  /* Only our user replaces a pin: see ear_chat_accept_key(). */
  if (!ear_chat_check_key (self, fingerprint))
    ear_contacts_pin (context->contacts, self->account, ear_peer_get_name (self->peer),
                      fingerprint);
  ear_contacts_note_seen (context->contacts, self->account);
  /* For the case that the link breaks when the server is gone. */
  if (self->location == NULL && self->locating == NULL && ear_session_is_online (context->session))
    ear_chat_locate (self);
  ear_chat_set_state (self, EAR_CHAT_OPEN);
  ear_chat_start_carrying (self);
}

/* The other has ended the chat. */
static void
end_by_other (EarChat *self)
{
  g_autoptr (GError) error = ear_error_new (EAR_ERROR_ENDED);

  ear_chat_set_last_error (self, error);
  ear_chat_hang_up (self, EAR_ERROR_CLOSED);
}

static void
mend (EarChat *self)
{
  ear_chat_stop_carrying (self);
  ear_deadline_set (&self->give_up, EAR_LIMIT_REDIAL_MS);
  ear_chat_set_state (self, EAR_CHAT_BROKEN);
  ear_reconnect_start (self->reconnect);
}

/* Lost while our request was with the other: once that is an accident. */
static void
lose_ringing (EarChat *self, const GError *reason)
{
  if (self->retried) {
    ear_chat_fail (self, EAR_ERROR_UNREACHABLE);
    return;
  }
  self->retried = TRUE;
  ear_chat_set_state (self, EAR_CHAT_CALLING);
  if (g_error_matches (reason, EAR_ERROR, EAR_ERROR_CROSSED))
    ear_deadline_set (&self->ring, EAR_LIMIT_CROSSED_MS); /* the request is on the other link */
  else
    ear_chat_reach (self);
}

static gboolean
is_their_fault (const GError *reason)
{
  return reason->domain == EAR_ERROR &&
         (reason->code == EAR_ERROR_BAD_MESSAGE || reason->code == EAR_ERROR_TOO_LONG);
}

static void
lose_peer (EarChat *self, const GError *reason)
{
  gboolean ended = g_error_matches (reason, EAR_ERROR, EAR_ERROR_ENDED);

  self->asked = FALSE;
  ear_deadline_clear (&self->ring);
  ear_chat_notify_address (self);
  switch (self->state) {
  case EAR_CHAT_OPEN:
  case EAR_CHAT_BROKEN:
    if (ended)
      end_by_other (self);
    else if (is_their_fault (reason))
      ear_chat_fail (self, EAR_ERROR_UNREACHABLE);
    else if (self->state == EAR_CHAT_OPEN)
      mend (self);
    else
      ear_reconnect_start (self->reconnect);
    break;
  case EAR_CHAT_ASKED:
    ear_chat_hang_up (self, EAR_ERROR_CLOSED);
    ear_chat_emit_ask_withdrawn (self);
    break;
  case EAR_CHAT_CALLING:
  case EAR_CHAT_RINGING:
    lose_ringing (self, reason);
    break;
  default:
    break;
  }
}

static void
closed_cb (EarPeer *peer, const GError *reason, gpointer user_data)
{
  g_autoptr (EarChat) self = g_object_ref (EAR_CHAT (user_data));

  if (peer != self->peer) {
    gboolean unheard = ear_peer_get_state (peer) == EAR_MESSAGE_AT_ASKED;

    g_ptr_array_remove (self->spares, peer);
    if (unheard)
      end_unheard (self);
    return;
  }
  g_clear_object (&self->peer);
  lose_peer (self, reason);
}

/* Cancelled before we looked, or unheard; on a link of a chat, ear_chat_handle_answer() says the
 * same to who answers without having been asked. */
static void
end_spare (EarChat *self, EarPeer *peer, EarMessage *message)
{
  gboolean cancelled = ear_message_get_type (message) == EAR_MESSAGE_CANCEL;
  gboolean unheard = ear_peer_get_state (peer) == EAR_MESSAGE_AT_ASKED;

  ear_chat_drop_spare (self, peer, cancelled ? EAR_ERROR_CLOSED : EAR_ERROR_BAD_MESSAGE);
  if (unheard)
    end_unheard (self);
}

static void
received_cb (EarPeer *peer, EarMessage *message, gpointer user_data)
{
  ear_chat_receive (EAR_CHAT (user_data), peer, message);
}

static const EarPeerEvents peer_events = {
  .received = received_cb,
  .closed = closed_cb,
};

/**
 * ear_chat_receive:
 * @self: a chat
 * @peer: its link, or a spare
 * @message: what came
 *
 * Does what the other side asks for.
 */
void
ear_chat_receive (EarChat *self, EarPeer *peer, EarMessage *message)
{
  g_autoptr (EarChat) keep = g_object_ref (self);
  g_autoptr (EarPeer) keep_peer = g_object_ref (peer);

  if (ear_message_get_type (message) == EAR_MESSAGE_REQUEST) {
    ear_chat_handle_request (self, peer, message);
    return;
  }
  if (peer != self->peer) {
    end_spare (self, peer, message);
    return;
  }
  switch (ear_message_get_type (message)) {
  case EAR_MESSAGE_ACCEPT:
  case EAR_MESSAGE_DECLINE:
    ear_chat_handle_answer (self, message);
    break;
  case EAR_MESSAGE_CANCEL:
    if (self->state == EAR_CHAT_ASKED) {
      ear_chat_hang_up (self, EAR_ERROR_CLOSED);
      ear_chat_emit_ask_withdrawn (self);
    } else if (self->state == EAR_CHAT_OPEN) {
      end_by_other (self);
    }
    break;
  case EAR_MESSAGE_TEXT:
    ear_chat_handle_text (self, message);
    break;
  case EAR_MESSAGE_ACK:
    ear_chat_handle_ack (self, message);
    break;
  case EAR_MESSAGE_TYPING:
    ear_chat_handle_typing (self, message);
    break;
  case EAR_MESSAGE_READ:
    ear_chat_handle_read (self, message);
    break;
  default:
    break;
  }
}

/* -- Deadlines -- */

static void
ring_cb (gpointer user_data)
{
  g_autoptr (EarChat) self = g_object_ref (EAR_CHAT (user_data));

  if (self->peer == NULL) {
    ear_chat_reach (self); /* the link that was to be kept has not come */
  } else if (self->state == EAR_CHAT_ASKED) {
    ear_chat_refuse (self->peer, "no-answer");
    ear_chat_hang_up (self, EAR_ERROR_CLOSED);
    ear_chat_emit_ask_withdrawn (self);
  } else {
    ear_chat_send_type (self, EAR_MESSAGE_CANCEL);
    ear_chat_fail (self, EAR_ERROR_NO_ANSWER);
  }
}

static void
unheard_cb (gpointer user_data)
{
  EarChat *self = EAR_CHAT (user_data);

  ear_chat_refuse_unheard (self, "no-answer");
  end_unheard (self);
}

static void
grace_cb (gpointer user_data)
{
  EarChat *self = EAR_CHAT (user_data);

  if (self->peer == NULL)
    ear_chat_choose_spare (self);
}

static void
give_up_cb (gpointer user_data)
{
  EarChat *self = EAR_CHAT (user_data);

  self->owes_end = FALSE;
  if (self->state == EAR_CHAT_BROKEN)
    ear_chat_fail (self, EAR_ERROR_UNREACHABLE);
}

static void
retry_cb (gpointer user_data)
{
  EarChat *self = EAR_CHAT (user_data);

  if (self->state == EAR_CHAT_BROKEN)
    ear_chat_reach (self);
}

/* Who has lost the server may have moved: a link that stayed behind is found out by its silence,
 * which takes long. */
static void
online_cb (EarChat *self)
{
  if (self->state == EAR_CHAT_OPEN && self->peer != NULL && !ear_peer_is_here (self->peer))
    ear_peer_abort (self->peer);
  if (self->state == EAR_CHAT_BROKEN && ear_session_is_online (self->context->session))
    ear_chat_reach (self);
}

void
ear_chat_links_init (EarChat *self)
{
  EarDeadlines *deadlines = self->context->deadlines;

  ear_deadline_init (&self->ring, deadlines, ring_cb, self);
  ear_deadline_init (&self->unheard, deadlines, unheard_cb, self);
  ear_deadline_init (&self->grace, deadlines, grace_cb, self);
  ear_deadline_init (&self->give_up, deadlines, give_up_cb, self);
  self->reconnect = ear_reconnect_new (deadlines, retry_cb, self);
  g_signal_connect_object (self->context->session, "notify::online", G_CALLBACK (online_cb), self,
                           G_CONNECT_SWAPPED);
}

void
ear_chat_links_clear (EarChat *self)
{
  ear_chat_stop_reaching (self);
  release_peer (self, EAR_ERROR_CLOSED);
  for (guint i = 0; i < self->spares->len; i++)
    ear_peer_set_owner (self->spares->pdata[i], NULL, NULL);
  g_ptr_array_set_size (self->spares, 0);
  ear_deadline_clear (&self->ring);
  ear_deadline_clear (&self->unheard);
  ear_deadline_clear (&self->give_up);
  g_clear_pointer (&self->reconnect, ear_reconnect_free);
  ear_chat_note_location (self, NULL);
}
