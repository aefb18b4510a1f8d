/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What a session is asked about, and what others are to know of us: status, doorbell, addresses,
 * and whom we watch. While online, a change is sent at once. */

#include "client/ear-session-private.h"

#include <string.h>

#include "client/ear-address-filter.h"
#include "client/ear-reconnect.h"
#include "wire/ear-limits.h"
#include "wire/ear-server-link.h"
#include "wire/ear-text.h"

static void
add_address (GPtrArray *addresses, GInetAddress *address)
{
  g_autoptr (GInetAddress) plain = ear_address_unmap (address);
  g_autofree char *text = g_inet_address_to_string (plain);

  if (addresses->len >= EAR_LIMIT_ADDRESSES || strchr (text, '%') != NULL ||
      g_inet_address_get_is_link_local (address) || g_inet_address_get_is_multicast (address) ||
      g_inet_address_get_is_any (address) ||
      g_ptr_array_find_with_equal_func (addresses, text, g_str_equal, NULL))
    return;
  g_ptr_array_add (addresses, g_steal_pointer (&text));
}

/* First the address that the server sees, which works at least on the way to it; it is a loopback
 * address exactly when the server is on loopback. */
static char **
dup_own_addresses (EarSession *self)
{
  GPtrArray *addresses = g_ptr_array_new ();
  g_autoptr (GPtrArray) own = ear_address_list_own ();
  GInetSocketAddress *local = ear_link_get_local_address (self->link);

  if (local != NULL)
    add_address (addresses, g_inet_socket_address_get_address (local));
  for (guint i = 0; i < own->len; i++) {
    if (!g_inet_address_get_is_loopback (own->pdata[i]))
      add_address (addresses, own->pdata[i]);
  }
  g_ptr_array_add (addresses, NULL);
  return (char **) g_ptr_array_free (addresses, FALSE);
}

EarMessage *
ear_session_new_present (EarSession *self)
{
  EarMessage *present = ear_message_new (EAR_MESSAGE_PRESENT);

  g_strfreev (self->addresses);
  self->addresses = dup_own_addresses (self);
  ear_message_set_integer (present, "port", self->port);
  ear_message_set_strings (present, "addresses", (const char *const *) self->addresses);
  ear_message_set_string (present, "status", self->status);
  ear_message_set_integer (present, "last_broadcast", (gint64) self->last_broadcast);
  return present;
}

void
ear_session_send_watch (EarSession *self)
{
  g_autoptr (EarMessage) watch = ear_message_new (EAR_MESSAGE_WATCH);

  ear_message_set_string (watch, "prefix", self->prefix);
  ear_message_set_integer (watch, "limit", self->limit);
  ear_session_send (self, watch);
}

EarSessionState
ear_session_get_state (EarSession *self)
{
  return self->state;
}

gboolean
ear_session_is_online (EarSession *self)
{
  return self->state == EAR_SESSION_ONLINE;
}

gboolean
ear_session_is_admin (EarSession *self)
{
  return self->admin;
}

gboolean
ear_session_may_broadcast (EarSession *self)
{
  return self->may_broadcast;
}

const char *
ear_session_get_user (EarSession *self)
{
  return self->user;
}

const char *
ear_session_get_name (EarSession *self)
{
  return self->name;
}

const char *
ear_session_get_server_name (EarSession *self)
{
  return self->server_name;
}

const char *
ear_session_get_server_fingerprint (EarSession *self)
{
  return self->fingerprint;
}

const char *
ear_session_get_wanted_fingerprint (EarSession *self)
{
  return self->server != NULL && self->server->fingerprint != NULL ? self->server->fingerprint
                                                                   : self->pin;
}

const char *
ear_session_get_seen_fingerprint (EarSession *self)
{
  return self->seen_fingerprint;
}

gboolean
ear_session_is_server_on_loopback (EarSession *self)
{
  return self->on_loopback;
}

const GError *
ear_session_get_last_error (EarSession *self)
{
  return self->last_error;
}

guint
ear_session_get_retry_in (EarSession *self)
{
  if (self->state != EAR_SESSION_WAITING)
    return 0;
  return ear_reconnect_get_seconds_left (self->reconnect);
}

/**
 * ear_session_dup_server_link:
 * @self: a session
 *
 * Returns: (transfer full) (nullable): where the server is, with its checked fingerprint and
 * without an invitation: to be shown, kept and handed on; %NULL before the first log-in
 */
EarServerLink *
ear_session_dup_server_link (EarSession *self)
{
  if (self->server == NULL)
    return NULL;
  return ear_server_link_new (self->server->host, self->server->port, self->fingerprint);
}

static void
send_present (EarSession *self)
{
  g_autoptr (EarMessage) present = NULL;

  if (self->state != EAR_SESSION_ONLINE)
    return;
  present = ear_session_new_present (self);
  ear_session_send (self, present);
}

/* Tells where we are, when it is somewhere else than before. */
void
ear_session_tell_addresses (EarSession *self)
{
  g_auto (GStrv) addresses = dup_own_addresses (self);

  if (!g_strv_equal ((const char *const *) addresses, (const char *const *) self->addresses))
    send_present (self);
}

/**
 * ear_session_set_status:
 * @self: a session
 * @status: (nullable): what others see; it is made one line of at most 64 bytes
 *
 * Changes the status.
 */
void
ear_session_set_status (EarSession *self, const char *status)
{
  g_autofree char *line = ear_text_dup_line (status != NULL ? status : "", EAR_LIMIT_DISPLAY);

  if (g_str_equal (line, self->status))
    return;
  ear_session_set_text (self, &self->status, line, "status");
  send_present (self);
}

/**
 * ear_session_set_doorbell_port:
 * @self: a session
 * @port: where peers reach us; 0: nowhere
 *
 * Changes the port that others are told.
 */
void
ear_session_set_doorbell_port (EarSession *self, guint16 port)
{
  if (self->port == port)
    return;
  self->port = port;
  send_present (self);
}

/**
 * ear_session_set_last_broadcast:
 * @self: a session
 * @number: the greatest number that was seen
 *
 * Says which broadcasts are not to come again at the next log-in.
 */
void
ear_session_set_last_broadcast (EarSession *self, guint64 number)
{
  self->last_broadcast = MIN (number, EAR_LIMIT_INTEGER);
}

/**
 * ear_session_set_watch:
 * @self: a session
 * @prefix: what the names begin with; it is made one line of at most 64 bytes
 * @limit: how many at most, up to 10,000; 0: nobody
 *
 * Chooses whom "roster" tells about.
 */
void
ear_session_set_watch (EarSession *self, const char *prefix, guint limit)
{
  g_autofree char *line = ear_text_dup_line (prefix, EAR_LIMIT_DISPLAY);

  limit = MIN (limit, EAR_LIMIT_WATCH);
  if (limit == self->limit && g_str_equal (line, self->prefix))
    return;
  g_free (self->prefix);
  self->prefix = g_steal_pointer (&line);
  self->limit = limit;
  if (self->state == EAR_SESSION_ONLINE)
    ear_session_send_watch (self);
}

/**
 * ear_session_search:
 * @self: a session
 * @prefix: what the names begin with; "": everybody
 *
 * Changes the watched view's prefix, and leaves its limit as it is.
 */
void
ear_session_search (EarSession *self, const char *prefix)
{
  ear_session_set_watch (self, prefix, self->limit);
}

/**
 * ear_session_set_pin:
 * @self: a session
 * @fingerprint: (nullable): of the key that the server must have; %NULL: none is stored, which
 *   changes nothing
 *
 * Pins the server's key for the next connections, unless the server's link names one. Without a pin
 * the first key is trusted, and pinned until the session is logged out.
 */
void
ear_session_set_pin (EarSession *self, const char *fingerprint)
{
  if (fingerprint == NULL || g_strcmp0 (self->pin, fingerprint) == 0)
    return;
  g_free (self->pin);
  self->pin = g_strdup (fingerprint);
}
