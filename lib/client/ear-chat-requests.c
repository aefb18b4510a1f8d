/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Who asks whom: requests, their answers, and what becomes of two that cross.
 *
 * A request comes on a spare, or on the link that we have asked on. On which link the conversation
 * goes on is decided here and only here, by what both sides know: of two links on which each side
 * asked, the one dialled by the lower fingerprint; of two links that the other side dialled, the
 * newer, because it gave the older one up. Who has asked and is asked has both answers.
 *
 * While the chat is open here, a request is the other side coming back: it is accepted unasked. But
 * never with another key than the pinned one: that is for the user to decide. So it is with
 * contacts whom our user always accepts: another key that rings takes that back (ear-contacts.c).
 * One that is turned away, because there is a chat or because it asks too often, changes nothing.
 *
 * Who is blocked cannot tell: the request rings as any other, and nobody hears it. */

#include "client/ear-chat-private.h"

#include "client/ear-contacts.h"
#include "client/ear-user.h"
#include "wire/ear-clock.h"
#include "wire/ear-limits.h"

#define CROSSING_US \
  (3 * G_USEC_PER_SEC) /* after it was opened: a request may have been under way */

static void
accept_on_peer (EarChat *self)
{
  ear_chat_send_type (self, EAR_MESSAGE_ACCEPT);
  ear_chat_open (self);
}

/* Puts a request before our user. One that takes the place of another was not let in by the gate:
 * it rings no longer than the first would have. */
static void
ask_user (EarChat *self, EarPeer *peer, EarMessage *request)
{
  gboolean again = self->state == EAR_CHAT_ASKED;
  const char *name = ear_peer_get_name (peer);

  ear_chat_choose_peer (self, peer);
  if (name != NULL && !ear_user_get_active (self->user))
    ear_user_set_name (self->user, name); /* the list does not have it yet */
  ear_chat_set_greeting (self, ear_message_has (request, "greeting")
                                 ? ear_message_get_string (request, "greeting")
                                 : NULL);
  ear_chat_set_last_error (self, NULL);
  if (again)
    return;
  ear_deadline_set (&self->ring, EAR_LIMIT_REQUEST_MS);
  ear_chat_set_state (self, EAR_CHAT_ASKED);
  ear_chat_emit_asked (self);
}

static void
handle_when_idle (EarChat *self, EarPeer *peer, EarMessage *request)
{
  if (self->owes_end) {
    self->owes_end = FALSE;
    ear_chat_drop_spare (self, peer, EAR_ERROR_ENDED);
  } else if (!self->gate (self, self->gate_data)) {
    ear_chat_refuse (peer, "busy");
    ear_chat_drop_spare (self, peer, EAR_ERROR_CLOSED);
  } else if (ear_chat_trusts (self, peer) &&
             ear_contacts_is_always_accepted (self->context->contacts, self->account)) {
    ear_chat_choose_peer (self, peer);
    accept_on_peer (self);
  } else {
    ask_user (self, peer, request);
  }
}

/* Whether a request on another link than the present one is to be answered there. */
static gboolean
is_kept (EarChat *self, EarPeer *peer)
{
  gint64 now_us = ear_clock_get_time (ear_deadlines_get_clock (self->context->deadlines));

  if (!ear_chat_trusts (self, self->peer))
    return TRUE; /* with whoever shows another key there was no crossing */
  if (ear_peer_is_dialled (peer) == ear_peer_is_dialled (self->peer))
    return TRUE;
  if (self->state == EAR_CHAT_OPEN && now_us - self->opened_us >= CROSSING_US)
    return TRUE; /* the other side has lost the present one */
  return ear_peer_is_dialled_by_lower (peer);
}

/* We want to talk, too. */
static void
handle_when_wanted (EarChat *self, EarPeer *peer)
{
  if (peer == self->peer) {
    accept_on_peer (self);
  } else if (self->peer == NULL || is_kept (self, peer)) {
    ear_chat_choose_peer (self, peer);
    accept_on_peer (self);
  } else {
    ear_chat_drop_spare (self, peer, EAR_ERROR_CROSSED);
    if (self->state != EAR_CHAT_OPEN)
      accept_on_peer (self);
  }
}

/* Another key, while we have to do with the one that we know. */
static void
turn_away (EarChat *self, EarPeer *peer)
{
  const char *fingerprint = ear_peer_get_fingerprint (peer);

  /* The one that the user shows in this chat has its line already. */
  if (g_strcmp0 (self->shown_key, fingerprint) != 0)
    ear_chat_note_other_key (self, EAR_DELIVERY_KEY_REFUSED, fingerprint);
  ear_chat_refuse (peer, "busy");
  ear_chat_drop_spare (self, peer, EAR_ERROR_WRONG_PEER);
}

/* Of several the newest counts, as in ask_user(). */
static void
ring_unheard (EarChat *self, EarPeer *peer)
{
  gboolean again = FALSE;

  for (guint i = self->spares->len; i > 0; i--) {
    EarPeer *other = self->spares->pdata[i - 1];

    if (other == peer || ear_peer_get_state (other) != EAR_MESSAGE_AT_ASKED)
      continue;
    ear_chat_drop_spare (self, other, EAR_ERROR_CROSSED);
    again = TRUE;
  }
  if (again)
    return;
  if (!self->gate (self, self->gate_data)) {
    ear_chat_refuse (peer, "busy");
    ear_chat_drop_spare (self, peer, EAR_ERROR_CLOSED);
    return;
  }
  ear_deadline_set (&self->unheard, EAR_LIMIT_REQUEST_MS);
}

/**
 * ear_chat_handle_request:
 * @self: a chat
 * @peer: its link, or a spare
 * @request: what came on it
 */
void
ear_chat_handle_request (EarChat *self, EarPeer *peer, EarMessage *request)
{
  gboolean first = peer != self->peer;

  if (first ? ear_peer_get_state (peer) == EAR_MESSAGE_AT_ASKED : !self->asked)
    return; /* asked twice */
  ear_peer_set_state (peer, EAR_MESSAGE_AT_ASKED);
  if (first && ear_contacts_is_blocked (self->context->contacts, self->account) && !self->asked) {
    ring_unheard (self, peer);
    return;
  }

  switch (self->state) {
  case EAR_CHAT_IDLE:
    handle_when_idle (self, peer, request);
    break;
  case EAR_CHAT_ASKED:
    ask_user (self, peer, request);
    break;
  default:
    if (first && !ear_chat_trusts (self, peer))
      turn_away (self, peer);
    else
      handle_when_wanted (self, peer);
    break;
  }
}

/**
 * ear_chat_handle_answer:
 * @self: a chat
 * @message: `accept` or `decline`, on its link
 */
void
ear_chat_handle_answer (EarChat *self, EarMessage *message)
{
  const char *reason;

  if (self->state == EAR_CHAT_OPEN)
    return; /* requests have crossed */
  if (!self->asked) {
    ear_peer_close (self->peer, EAR_ERROR_BAD_MESSAGE);
    return;
  }
  if (ear_message_get_type (message) == EAR_MESSAGE_ACCEPT) {
    ear_chat_open (self);
    return;
  }
  reason = ear_message_get_string (message, "reason");
  if (g_str_equal (reason, "busy"))
    ear_chat_fail (self, EAR_ERROR_BUSY);
  else if (g_str_equal (reason, "no-answer"))
    ear_chat_fail (self, EAR_ERROR_NO_ANSWER);
  else
    ear_chat_fail (self, EAR_ERROR_DECLINED);
}

/**
 * ear_chat_set_always_accepted:
 * @self: a chat with a user whose key we know
 * @accepted: whether the other need not ask any more
 *
 * Accepts the later requests of the other unasked, until another key comes or our user takes it
 * back. Nothing happens when the key is not pinned yet, or is another one now.
 */
void
ear_chat_set_always_accepted (EarChat *self, gboolean accepted)
{
  g_return_if_fail (EAR_IS_CHAT (self));

  if (!self->closed)
    ear_contacts_set_always_accepted (self->context->contacts, self->account, accepted);
}

/**
 * ear_chat_set_blocked:
 * @self: a chat
 * @blocked: whether the other may not reach us
 *
 * Blocks the other, which ends the chat, or lets them reach us again.
 */
void
ear_chat_set_blocked (EarChat *self, gboolean blocked)
{
  g_return_if_fail (EAR_IS_CHAT (self));

  if (!self->closed)
    ear_contacts_set_blocked (self->context->contacts, self->account, blocked);
}
