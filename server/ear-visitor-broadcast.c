/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A visitor's broadcasts: sending one, and getting those that were missed. */

#include "server/ear-broadcast.h"
#include "server/ear-bulletin.h"
#include "server/ear-roster.h"
#include "server/ear-server-log.h"
#include "server/ear-throttle.h"
#include "server/ear-visitor-private.h"
#include "wire/ear-clock.h"

/* Who is behind gets it in its turn, like who is not here, and is counted then. */
static gboolean
gets_it_now (EarVisitor *visitor, const EarBroadcast *broadcast)
{
  return !visitor->behind && visitor->told_number < broadcast->number;
}

/* Encoded once, sent to all; the sender gets it, too, but is not counted. Fanning out writes now
 * and then, which gives room to who is behind: its state moves while this walks. */
static void
deliver (EarServer *server, EarBroadcast *broadcast)
{
  g_autoptr (GBytes) line = ear_broadcast_encode (broadcast, ear_clock_get_time (server->clock));

  for (GList *node = server->active.next; node != &server->active; node = node->next) {
    EarVisitor *visitor = node->data;

    if (gets_it_now (visitor, broadcast))
      ear_server_fan_out (server, visitor, line);
  }
}

static guint
count_others (EarServer *server, const EarBroadcast *broadcast)
{
  guint n = 0;

  for (GList *node = server->active.next; node != &server->active; node = node->next) {
    EarVisitor *visitor = node->data;

    n += gets_it_now (visitor, broadcast) && ear_visitor_is_active (visitor) &&
         !g_str_equal (visitor->user, broadcast->user);
  }
  return n;
}

static void
durable_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarVisitorRequest) request = user_data;
  EarVisitor *self = request->visitor;
  g_autoptr (GError) error = NULL;
  g_autoptr (EarMessage) ok = NULL;
  EarBroadcast *broadcast = ear_bulletin_add_finish (EAR_BULLETIN (source), result, &error);

  if (broadcast == NULL) {
    ear_visitor_answer_error (self, request->request, (EarError) error->code, 0);
    return;
  }
  broadcast->n_reached += count_others (self->server, broadcast);
  ok = ear_message_new_answer (EAR_MESSAGE_OK, request->request);
  ear_message_set_integer (ok, "number", (gint64) broadcast->number);
  ear_message_set_integer (ok, "reached", broadcast->n_reached);
  ear_visitor_send (self, ok);
  deliver (self->server, broadcast);
  ear_server_log ("broadcast", broadcast->user, self->address, NULL);
}

void
ear_visitor_broadcast (EarVisitor *self, EarMessage *message)
{
  EarThrottle *throttle = self->server->throttle;
  gint64 retry_after_ms;

  if (!ear_visitor_may_broadcast (self)) {
    ear_visitor_answer_error (self, message, EAR_ERROR_NOT_ALLOWED, 0);
    return;
  }
  if (!ear_throttle_take (throttle, EAR_THROTTLE_BROADCAST, self->user, &retry_after_ms) ||
      !ear_throttle_take (throttle, EAR_THROTTLE_BROADCAST_LONG, self->user, &retry_after_ms)) {
    ear_visitor_answer_error (self, message, EAR_ERROR_SLOW_DOWN, retry_after_ms);
    return;
  }
  ear_bulletin_add_async (self->server->bulletin, self->user, self->name,
                          ear_message_get_string (message, "text"), durable_cb,
                          ear_visitor_request_new (self, message));
}

static void
send_removed (EarVisitor *self, guint64 number)
{
  g_autoptr (EarMessage) event = ear_message_new (EAR_MESSAGE_BROADCAST_REMOVED);

  ear_message_set_integer (event, "number", (gint64) number);
  ear_visitor_send (self, event);
}

/* Who comes again and has not kept what it got is counted again. */
static void
send_missed (EarVisitor *self, EarBroadcast *broadcast)
{
  g_autoptr (GBytes) line =
    ear_broadcast_encode (broadcast, ear_clock_get_time (self->server->clock));

  ear_visitor_send_line (self, line);
  self->told_number = broadcast->number;
  if (!g_str_equal (broadcast->user, self->user)) {
    broadcast->n_reached++;
    ear_server_note_reached (self->server, broadcast->number);
  }
}

/* Half an hour of broadcasts may be more than a link lets wait. */
void
ear_visitor_send_missed (EarVisitor *self)
{
  g_autoptr (GPtrArray) missed = ear_bulletin_get_newer (self->server->bulletin, self->told_number);
  guint n_sent = 0;

  while (n_sent < missed->len && ear_link_has_room (self->link))
    send_missed (self, g_ptr_array_index (missed, n_sent++));
  self->behind = n_sent < missed->len;
  if (self->behind)
    ear_link_await_room (self->link);
}

/* Who has them already and was away learns which ones were removed. */
void
ear_visitor_tell_missed (EarVisitor *self, guint64 last_number)
{
  g_autoptr (GPtrArray) removed = ear_bulletin_get_removed (self->server->bulletin, last_number);
  g_autoptr (GPtrArray) missed = ear_bulletin_get_newer (self->server->bulletin, last_number);

  for (guint i = 0; i < removed->len; i++)
    send_removed (self, ((EarBroadcast *) g_ptr_array_index (removed, i))->number);
  if (missed->len == 0)
    return;
  self->told_number = last_number;
  ear_visitor_send_missed (self);
}
