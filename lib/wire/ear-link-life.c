/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The half of EarLink that moves a link from phase to phase: deadlines, the lines that the link
 * answers itself, and its end. */

#include "wire/ear-limits.h"
#include "wire/ear-link-private.h"

#include <openssl/err.h>
#include <sys/epoll.h>
#include <unistd.h>

#define CLOSE_MS 2000

/* Notes why the link ends and has `closed` follow. The first reason counts; %NULL adds none. */
void
ear_link_die (EarLink *self, GError *reason)
{
  if (self->phase >= EAR_LINK_DEAD || self->reason != NULL)
    g_clear_error (&reason);
  else
    self->reason = reason;
  if (self->phase >= EAR_LINK_DEAD)
    return;
  self->phase = EAR_LINK_DEAD;
  ear_deadline_clear (&self->stall);
  ear_deadline_clear (&self->swamped);
  if (self->file.poller != NULL) {
    ear_deadline_clear (&self->patience);
    ear_poll_file_wake (&self->file);
  } else {
    ear_deadline_set (&self->patience, 1);
  }
}

/* Whether nobody holds the link any more but the turn that is calling: an owner that dropped it in
 * a callback is told nothing more. */
gboolean
ear_link_is_abandoned (EarLink *self)
{
  return g_atomic_int_get (&G_OBJECT (self)->ref_count) == 1;
}

void
ear_link_close_socket (EarLink *self)
{
  ear_poll_file_detach (&self->file);
  g_clear_pointer (&self->ssl, SSL_free);
  ear_socket_clear (&self->socket);
  if (self->socket.fd >= 0)
    close (self->socket.fd);
  self->socket.fd = -1;
}

/* Lets the socket go and tells the owner. The caller holds a reference. */
void
ear_link_finish (EarLink *self)
{
  g_autoptr (GError) none = NULL;

  self->phase = EAR_LINK_CLOSED;
  ear_deadline_clear (&self->patience);
  ear_link_close_socket (self);
  if (self->reason == NULL)
    self->reason = ear_error_new (EAR_ERROR_CLOSED);
  if (self->has_owner && self->events.closed != NULL && !ear_link_is_abandoned (self))
    self->events.closed (self, self->reason, self->user_data);
  self->has_owner = FALSE;
  if (self->keeps_itself) {
    self->keeps_itself = FALSE;
    g_object_unref (self);
  }
}

static void
send_ping (EarLink *self)
{
  g_autoptr (EarMessage) ping = ear_message_new (EAR_MESSAGE_PING);

  self->pinged = TRUE;
  ear_link_send (self, ping);
  ear_deadline_set (&self->patience, EAR_LIMIT_DEAD_MS - EAR_LIMIT_PING_MS);
}

void
ear_link_patience_cb (gpointer user_data)
{
  g_autoptr (EarLink) self = g_object_ref (EAR_LINK (user_data));

  switch (self->phase) {
  case EAR_LINK_OPEN:
    if (self->paused) /* it is we who do not listen */
      ear_deadline_set (&self->patience, EAR_LIMIT_PING_MS);
    else if (!self->pinged)
      send_ping (self);
    else
      ear_link_die (self, ear_error_new (EAR_ERROR_TIMEOUT));
    break;
  case EAR_LINK_DEAD:
    ear_link_finish (self);
    break;
  case EAR_LINK_CLOSED:
    break;
  default:
    ear_link_die (self, ear_error_new (EAR_ERROR_TIMEOUT));
    break;
  }
}

void
ear_link_overdue_cb (gpointer user_data)
{
  ear_link_die (EAR_LINK (user_data), ear_error_new (EAR_ERROR_TIMEOUT));
}

/* Something came: the other side lives. */
void
ear_link_hear (EarLink *self)
{
  self->pinged = FALSE;
  ear_deadline_set (&self->patience, EAR_LIMIT_PING_MS);
}

void
ear_link_handle_opened (EarLink *self)
{
  if (self->has_owner && self->events.opened != NULL)
    self->events.opened (self, self->user_data);
}

/* A closing link that nobody listens to may be dropped by everybody; it ends by itself. */
void
ear_link_keep_while_closing (EarLink *self)
{
  gboolean closing = self->phase == EAR_LINK_CLOSING || self->phase == EAR_LINK_DRAINING;

  if (!closing || self->has_owner || self->keeps_itself)
    return;
  self->keeps_itself = TRUE;
  g_object_ref (self);
}

/* Has what waits written, and then ends with @reason. */
void
ear_link_begin_to_close (EarLink *self, GError *reason)
{
  self->reason = reason;
  self->phase = EAR_LINK_CLOSING;
  ear_deadline_clear (&self->stall);
  ear_deadline_clear (&self->swamped);
  ear_deadline_set (&self->patience, CLOSE_MS);
  ear_poll_file_deselect (&self->file, EPOLLIN);
  ear_poll_file_mark_dirty (&self->file);
  ear_link_keep_while_closing (self);
}

/* Ends an open link because of what the other side sent, and tells it so. */
void
ear_link_refuse (EarLink *self, GError *reason)
{
  gboolean known = reason->domain == EAR_ERROR && ear_error_get_code (reason->code) != NULL;
  g_autoptr (EarMessage) error =
    ear_message_new_error (known ? (EarError) reason->code : EAR_ERROR_BAD_MESSAGE, 0);

  ear_link_send (self, error);
  if (self->phase == EAR_LINK_OPEN)
    ear_link_begin_to_close (self, reason);
  else
    g_error_free (reason);
}

static void
send_pong (EarLink *self)
{
  static GBytes *line;

  if (g_once_init_enter (&line)) {
    g_autoptr (EarMessage) pong = ear_message_new (EAR_MESSAGE_PONG);

    g_once_init_leave (&line, ear_message_to_line (pong));
  }
  ear_link_push (self, line, TRUE);
}

static void
handle_bye (EarLink *self, EarMessage *bye)
{
  GError *reason = NULL;

  if (ear_message_has (bye, "code"))
    reason = ear_message_to_error (bye);
  ERR_clear_error ();
  if (SSL_shutdown (self->ssl) < 0)
    ERR_clear_error ();
  ear_link_die (self, reason != NULL ? reason : ear_error_new (EAR_ERROR_CLOSED));
}

void
ear_link_handle_line (EarLink *self, const char *line, gsize size)
{
  GError *error = NULL;
  g_autoptr (EarMessage) message = ear_message_parse (line, size, self->at, &error);

  if (message == NULL) {
    ear_link_refuse (self, error);
    return;
  }
  switch (ear_message_get_type (message)) {
  case EAR_MESSAGE_PING:
    send_pong (self);
    break;
  case EAR_MESSAGE_PONG:
    break;
  case EAR_MESSAGE_BYE:
    handle_bye (self, message);
    break;
  default:
    if (self->has_owner && self->events.received != NULL)
      self->events.received (self, message, self->user_data);
    break;
  }
}
