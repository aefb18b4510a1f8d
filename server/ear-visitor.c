/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarVisitor: one connected client's state machine.
 *
 * greeting → stranger → proving → member → active; the link refuses what may not come in a state,
 * so a handler sees only valid messages of its state. A visitor has 20 s to become a member. The
 * handlers stand by topic in ear-visitor-*.c.
 *
 * The visitor's faults end the visitor; our own (a disk that cannot be written) only fail the
 * request. */

#include "server/ear-visitor-private.h"

#include "server/ear-roster.h"
#include "server/ear-server-log.h"
#include "server/ear-throttle.h"
#include "wire/ear-clock.h"
#include "wire/ear-limits.h"

static const struct
{
  EarVisitorFunc handle;
  gboolean free; /* not counted as a request: it has a limit of its own, or ends what it begins */
} handlers[EAR_N_MESSAGES] = {
  [EAR_MESSAGE_HELLO] = { ear_visitor_hello, TRUE },
  [EAR_MESSAGE_SIGNUP] = { ear_visitor_signup, TRUE },
  [EAR_MESSAGE_AUTH] = { ear_visitor_auth, TRUE },
  [EAR_MESSAGE_PROOF] = { ear_visitor_proof, TRUE },
  [EAR_MESSAGE_PASSWORD] = { ear_visitor_password, FALSE },
  [EAR_MESSAGE_RENAME] = { ear_visitor_rename, FALSE },
  [EAR_MESSAGE_LEAVE] = { ear_visitor_leave, FALSE },
  [EAR_MESSAGE_PRESENT] = { ear_visitor_present, FALSE },
  [EAR_MESSAGE_WATCH] = { ear_visitor_watch, FALSE },
  [EAR_MESSAGE_LOCATE] = { ear_visitor_locate, FALSE },
  [EAR_MESSAGE_IDENTIFY] = { ear_visitor_identify, FALSE },
  [EAR_MESSAGE_DIAL_BACK] = { ear_visitor_dial_back, FALSE },
  [EAR_MESSAGE_BROADCAST] = { ear_visitor_broadcast, FALSE },
  [EAR_MESSAGE_BROADCAST_POLICY] = { ear_visitor_administer, FALSE },
  [EAR_MESSAGE_REMOVE_BROADCAST] = { ear_visitor_administer, FALSE },
  [EAR_MESSAGE_DISABLE] = { ear_visitor_administer, FALSE },
  [EAR_MESSAGE_ENABLE] = { ear_visitor_administer, FALSE },
  [EAR_MESSAGE_MANAGE] = { ear_visitor_manage, FALSE },
};

/* -- What handlers use -- */

EarVisitor *
ear_visitor_ref (EarVisitor *self)
{
  g_ref_count_inc (&self->references);
  return self;
}

void
ear_visitor_unref (EarVisitor *self)
{
  if (!g_ref_count_dec (&self->references))
    return;
  ear_deadline_clear (&self->login);
  g_clear_pointer (&self->scram, ear_scram_server_free);
  g_free (self->address_key);
  g_free (self->address);
  g_free (self->user);
  g_free (self->name);
  g_free (self->status);
  g_strfreev (self->addresses);
  g_free (self);
}

/* Not while it is being ended: its user may be somebody else's by now. */
gboolean
ear_visitor_is_active (EarVisitor *self)
{
  return self->link != NULL && ear_link_is_open (self->link) &&
         ear_link_get_state (self->link) == EAR_MESSAGE_AT_ACTIVE;
}

/* The one place where the state moves; the table of messages holds what may come in each. */
void
ear_visitor_set_state (EarVisitor *self, EarMessageAt state)
{
  gboolean member = (state & (EAR_MESSAGE_AT_MEMBER | EAR_MESSAGE_AT_ACTIVE)) != 0;

  if (self->link == NULL)
    return;
  ear_link_set_state (self->link, state, member ? EAR_LIMIT_LINE_MEMBER : EAR_LIMIT_LINE_STRANGER);
  if (!member || !self->stranger)
    return;
  ear_deadline_clear (&self->login);
  ear_server_forget_stranger (self->server, self);
}

void
ear_visitor_send (EarVisitor *self, EarMessage *message)
{
  if (self->link != NULL)
    ear_link_send (self->link, message);
}

void
ear_visitor_answer_ok (EarVisitor *self, EarMessage *request)
{
  g_autoptr (EarMessage) ok = ear_message_new_answer (EAR_MESSAGE_OK, request);

  ear_visitor_send (self, ok);
}

void
ear_visitor_answer_error (EarVisitor *self,
                          EarMessage *request,
                          EarError code,
                          gint64 retry_after_ms)
{
  gint64 re = ear_message_has (request, "id") ? ear_message_get_integer (request, "id") : 0;
  g_autoptr (EarMessage) answer = ear_message_new_error (code, re);

  if (retry_after_ms > 0)
    ear_message_set_integer (answer, "retry_after", MIN (retry_after_ms, 86400000));
  ear_visitor_send (self, answer);
}

EarVisitorRequest *
ear_visitor_request_new (EarVisitor *visitor, EarMessage *request)
{
  EarVisitorRequest *self = g_new (EarVisitorRequest, 1);

  self->visitor = ear_visitor_ref (visitor);
  self->request = ear_message_ref (request);
  self->fingerprint = g_strdup (ear_link_get_fingerprint (visitor->link));
  return self;
}

void
ear_visitor_request_free (EarVisitorRequest *self)
{
  ear_visitor_unref (self->visitor);
  ear_message_unref (self->request);
  g_free (self->fingerprint);
  g_free (self);
}

/* -- The link -- */

static void
received_cb (EarLink *link, EarMessage *message, gpointer user_data)
{
  EarVisitor *self = user_data;
  EarMessageType type = ear_message_get_type (message);
  gint64 retry_after_ms;

  g_return_if_fail (handlers[type].handle != NULL);

  if (!handlers[type].free && !ear_throttle_take (self->server->throttle, EAR_THROTTLE_REQUEST,
                                                  self->user, &retry_after_ms)) {
    ear_visitor_answer_error (self, message, EAR_ERROR_SLOW_DOWN, retry_after_ms);
    return;
  }
  handlers[type].handle (self, message);
}

static void
closed_cb (EarLink *link, const GError *reason, gpointer user_data)
{
  EarVisitor *self = user_data;

  if (ear_link_get_state (link) & (EAR_MESSAGE_AT_MEMBER | EAR_MESSAGE_AT_ACTIVE))
    ear_server_log ("left", self->user, self->address, reason->message);
  else
    ear_server_log_debug ("closed", NULL, self->address, reason->message);
  ear_roster_unwatch (self->server->roster, self);
  self->link = NULL;
  ear_server_remove_visitor (self->server, self);
  g_object_unref (link); /* the fingerprint was its */
}

static void
has_room_cb (EarLink *link, gpointer user_data)
{
  ear_visitor_send_missed (user_data);
}

static const EarLinkEvents link_events = {
  .received = received_cb,
  .closed = closed_cb,
  .has_room = has_room_cb,
};

static void
login_too_slow_cb (gpointer user_data)
{
  ear_visitor_end (user_data, EAR_ERROR_TIMEOUT);
}

static char *
dup_address (EarLink *link)
{
  GInetSocketAddress *address = ear_link_get_remote_address (link);
  g_autofree char *text =
    address != NULL ? g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address)) : NULL;

  return g_strdup (text != NULL ? text : "unknown"); /* without GLib's room to grow */
}

/**
 * ear_visitor_new:
 * @server: the server; it holds the visitor and outlives it
 * @connection: where it came in
 * @address_key: what its address counts as
 *
 * Begins to serve a client.
 *
 * Returns: (transfer full): the visitor
 */
EarVisitor *
ear_visitor_new (EarServer *server, GSocketConnection *connection, const char *address_key)
{
  EarVisitor *self = g_new0 (EarVisitor, 1);

  g_ref_count_init (&self->references);
  self->server = server;
  self->address_key = g_strdup (address_key);
  self->place.data = self;
  self->came_us = ear_clock_get_time (server->clock);
  self->link = ear_link_new_accepted (server->poller, server->deadlines, server->tls, connection,
                                      &link_events, self);
  self->address = dup_address (self->link);
  ear_link_set_state (self->link, EAR_MESSAGE_AT_GREETING, EAR_LIMIT_LINE_STRANGER);
  ear_deadline_init (&self->login, server->deadlines, login_too_slow_cb, self);
  ear_deadline_set (&self->login, EAR_LIMIT_LOGIN_MS);
  ear_server_add_stranger (server, self);
  return self;
}

/**
 * ear_visitor_is_idle:
 * @self: a stranger
 *
 * Returns: whether it has been here for longer than who logs in needs
 */
gboolean
ear_visitor_is_idle (EarVisitor *self)
{
  gboolean greeting = ear_link_get_state (self->link) == EAR_MESSAGE_AT_GREETING;
  gint64 patience_ms = greeting ? EAR_LIMIT_IDLE_GREETING_MS : EAR_LIMIT_IDLE_STRANGER_MS;

  return ear_clock_get_time (self->server->clock) - self->came_us >= patience_ms * 1000;
}

/**
 * ear_visitor_make_room:
 * @self: a stranger
 *
 * Ends it, and leaves its place to another at once.
 */
void
ear_visitor_make_room (EarVisitor *self)
{
  ear_server_forget_stranger (self->server, self);
  ear_link_abort (self->link);
}

/**
 * ear_visitor_end:
 * @self: a visitor
 * @code: why
 *
 * Says `bye` and ends the link; the visitor goes when that is done.
 */
void
ear_visitor_end (EarVisitor *self, EarError code)
{
  if (self->link != NULL)
    ear_link_close (self->link, code);
}

/**
 * ear_visitor_send_line:
 * @self: a visitor
 * @line: a line that others get, too
 *
 * Sends a line.
 */
void
ear_visitor_send_line (EarVisitor *self, GBytes *line)
{
  if (self->link != NULL)
    ear_link_send_line (self->link, line);
}
