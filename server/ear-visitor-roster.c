/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A visitor among the others: being active, seeing who is, and finding where they are. */

#include <string.h>

#include "server/ear-roster.h"
#include "server/ear-throttle.h"
#include "server/ear-visitor-private.h"
#include "wire/ear-limits.h"
#include "wire/ear-ring.h"
#include "wire/ear-text.h"

/* -- Addresses -- */

/* The bytes of an address; one of IPv4 that came through an IPv6 socket is what it is. */
static const guint8 *
get_plain_bytes (GInetAddress *address, gsize *size)
{
  static const guint8 mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
  const guint8 *bytes = g_inet_address_to_bytes (address);

  *size = g_inet_address_get_native_size (address);
  if (*size <= sizeof mapped || memcmp (bytes, mapped, sizeof mapped) != 0)
    return bytes;
  *size -= sizeof mapped;
  return bytes + sizeof mapped;
}

static char *
dup_plain (GInetAddress *address)
{
  gsize size;
  const guint8 *bytes = get_plain_bytes (address, &size);
  g_autoptr (GInetAddress) plain =
    g_inet_address_new_from_bytes (bytes, size == 4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);

  return g_inet_address_to_string (plain);
}

static char *
dup_seen_address (EarVisitor *self)
{
  GInetSocketAddress *remote = self->link != NULL ? ear_link_get_remote_address (self->link) : NULL;

  return remote != NULL ? dup_plain (g_inet_socket_address_get_address (remote)) : NULL;
}

/* What a visitor says of itself; the table has checked that they are addresses. */
static char **
dup_plain_claims (EarMessage *message)
{
  char **addresses = ear_message_dup_strings (message, "addresses");

  for (guint i = 0; addresses[i] != NULL; i++) {
    g_autofree char *claimed = addresses[i];
    g_autoptr (GInetAddress) address = g_inet_address_new_from_string (claimed);

    addresses[i] = dup_plain (address);
  }
  return addresses;
}

/* All that are judged are plain: no other spelling gets by. */
static gboolean
is_loopback (const char *text)
{
  g_autoptr (GInetAddress) address = text != NULL ? g_inet_address_new_from_string (text) : NULL;

  return address != NULL && g_inet_address_get_is_loopback (address);
}

/* What nobody should be sent to (docs/protocol.md, section 4). */
static gboolean
is_reachable (const char *text)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);

  return address != NULL && !g_inet_address_get_is_any (address) &&
         !g_inet_address_get_is_multicast (address) && !g_str_equal (text, "255.255.255.255") &&
         !(g_inet_address_get_is_link_local (address) &&
           g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4);
}

static void
add_address (GPtrArray *addresses, const char *text, gboolean loopback_too)
{
  if (text == NULL || addresses->len >= EAR_LIMIT_ADDRESSES || !is_reachable (text) ||
      (is_loopback (text) && !loopback_too) ||
      g_ptr_array_find_with_equal_func (addresses, text, g_str_equal, NULL))
    return;
  g_ptr_array_add (addresses, g_strdup (text));
}

/* Where a visitor is, for another one: first where we see it, then what it says. */
char **
ear_visitor_dup_addresses (EarVisitor *self, EarVisitor *asker)
{
  GPtrArray *addresses = g_ptr_array_new ();
  g_autofree char *seen = dup_seen_address (self);
  g_autofree char *askers = dup_seen_address (asker);
  gboolean loopback_too = is_loopback (seen) && is_loopback (askers);

  add_address (addresses, seen, loopback_too);
  for (guint i = 0; self->addresses != NULL && self->addresses[i] != NULL; i++)
    add_address (addresses, self->addresses[i], loopback_too);
  g_ptr_array_add (addresses, NULL);
  return (char **) g_ptr_array_free (addresses, FALSE);
}

void
ear_visitor_fill_location (EarVisitor *self, EarVisitor *asker, EarMessage *message)
{
  g_auto (GStrv) addresses = ear_visitor_dup_addresses (self, asker);

  ear_message_set_string (message, "user", self->user);
  ear_message_set_string (message, "name", self->name);
  ear_message_set_string (message, "fingerprint", ear_link_get_fingerprint (self->link));
  ear_message_set_strings (message, "addresses", (const char *const *) addresses);
  ear_message_set_integer (message, "port", self->port);
}

/* -- Being active -- */

void
ear_visitor_present (EarVisitor *self, EarMessage *message)
{
  gboolean first = !ear_visitor_is_active (self);

  g_free (self->status);
  self->status = g_strdup (ear_message_get_string (message, "status"));
  g_strfreev (self->addresses);
  self->addresses = dup_plain_claims (message);
  if (self->addresses[0] == NULL)
    g_clear_pointer (&self->addresses, g_strfreev);
  self->port = (guint16) ear_message_get_integer (message, "port");
  ear_roster_set (self->server->roster, self->user, self->name, self->status);
  ear_visitor_answer_ok (self, message);
  if (!first)
    return;
  ear_visitor_set_state (self, EAR_MESSAGE_AT_ACTIVE);
  ear_ring_append (&self->server->active, &self->place);
  self->fingerprint = ear_link_get_fingerprint (self->link);
  g_hash_table_replace (self->server->fingerprints, (gpointer) self->fingerprint, self);
  ear_visitor_tell_rights (self);
  ear_visitor_tell_missed (self, (guint64) ear_message_get_integer (message, "last_broadcast"));
}

void
ear_visitor_watch (EarVisitor *self, EarMessage *message)
{
  guint limit = (guint) ear_message_get_integer (message, "limit");

  ear_roster_watch (self->server->roster, self, ear_message_get_string (message, "prefix"), limit,
                    ear_message_get_integer (message, "id"));
  if (limit == 0)
    ear_roster_unwatch (self->server->roster, self);
}

/* -- Finding others -- */

/* Both are asked of all who are active, so without copies. */
static gboolean
is_seen_at (EarVisitor *self, GInetAddress *wanted)
{
  GInetSocketAddress *remote = ear_link_get_remote_address (self->link);
  gsize wanted_size, seen_size;
  const guint8 *wanted_bytes = get_plain_bytes (wanted, &wanted_size);
  const guint8 *seen_bytes;

  if (remote == NULL)
    return FALSE;
  seen_bytes = get_plain_bytes (g_inet_socket_address_get_address (remote), &seen_size);
  return seen_size == wanted_size && memcmp (seen_bytes, wanted_bytes, seen_size) == 0;
}

static gboolean
claims (EarVisitor *self, const char *plain)
{
  return self->addresses != NULL && g_strv_contains ((const char *const *) self->addresses, plain);
}

/* Anybody can claim any address: that counts only when nobody is seen there. */
static EarVisitor *
find_by_address (EarVisitor *self, const char *address, guint16 port)
{
  g_autoptr (GInetAddress) wanted = g_inet_address_new_from_string (address);
  g_autofree char *plain = dup_plain (wanted);
  GList *active = &self->server->active;
  EarVisitor *claimant = NULL;

  for (GList *node = active->next; node != active; node = node->next) {
    EarVisitor *other = node->data;
    g_auto (GStrv) addresses = NULL;
    gboolean seen;

    if (other->port != port || !ear_visitor_is_active (other))
      continue;
    seen = is_seen_at (other, wanted);
    if (!seen && (claimant != NULL || !claims (other, plain)))
      continue;
    addresses = ear_visitor_dup_addresses (other, self);
    if (!g_strv_contains ((const char *const *) addresses, plain))
      continue;
    if (seen)
      return other;
    claimant = other;
  }
  return claimant;
}

static EarVisitor *
find (EarVisitor *self, EarMessage *message)
{
  if (ear_message_has (message, "user"))
    return ear_server_find_active (self->server, ear_message_get_string (message, "user"));
  return find_by_address (self, ear_message_get_string (message, "address"),
                          (guint16) ear_message_get_integer (message, "port"));
}

void
ear_visitor_locate (EarVisitor *self, EarMessage *message)
{
  g_autoptr (EarMessage) located = NULL;
  g_auto (GStrv) addresses = NULL;
  EarVisitor *other;

  /* One user, or one place: the table cannot say that. */
  if (ear_message_has (message, "user") == ear_message_has (message, "address") ||
      ear_message_has (message, "address") != ear_message_has (message, "port")) {
    ear_visitor_end (self, EAR_ERROR_BAD_MESSAGE);
    return;
  }
  other = find (self, message);
  if (other == NULL) {
    ear_visitor_answer_error (self, message, EAR_ERROR_UNKNOWN_USER, 0);
    return;
  }
  addresses = ear_visitor_dup_addresses (other, self);
  if (addresses[0] == NULL) {
    ear_visitor_answer_error (self, message, EAR_ERROR_NO_DOORBELL, 0);
    return;
  }
  located = ear_message_new_answer (EAR_MESSAGE_LOCATED, message);
  ear_visitor_fill_location (other, self, located);
  ear_visitor_send (self, located);
}

void
ear_visitor_identify (EarVisitor *self, EarMessage *message)
{
  EarVisitor *other = g_hash_table_lookup (self->server->fingerprints,
                                           ear_message_get_string (message, "fingerprint"));
  g_autoptr (EarMessage) identified = NULL;

  if (other == NULL || !ear_visitor_is_active (other)) {
    ear_visitor_answer_error (self, message, EAR_ERROR_UNKNOWN_USER, 0);
    return;
  }
  identified = ear_message_new_answer (EAR_MESSAGE_IDENTIFIED, message);
  ear_message_set_string (identified, "user", other->user);
  ear_message_set_string (identified, "name", other->name);
  ear_visitor_send (self, identified);
}

void
ear_visitor_dial_back (EarVisitor *self, EarMessage *message)
{
  EarVisitor *other =
    ear_server_find_active (self->server, ear_message_get_string (message, "user"));
  g_auto (GStrv) addresses = NULL;
  g_autoptr (EarMessage) dial = NULL;
  gint64 retry_after_ms;

  if (!ear_throttle_take (self->server->throttle, EAR_THROTTLE_DIAL_BACK, self->user,
                          &retry_after_ms)) {
    ear_visitor_answer_error (self, message, EAR_ERROR_SLOW_DOWN, retry_after_ms);
    return;
  }
  if (other == NULL) {
    ear_visitor_answer_error (self, message, EAR_ERROR_UNKNOWN_USER, 0);
    return;
  }
  addresses = ear_visitor_dup_addresses (self, other);
  if (self->port == 0 || addresses[0] == NULL) {
    ear_visitor_answer_error (self, message, EAR_ERROR_NO_DOORBELL, 0);
    return;
  }
  dial = ear_message_new (EAR_MESSAGE_DIAL);
  ear_visitor_fill_location (self, other, dial);
  ear_visitor_send (other, dial);
  ear_visitor_answer_ok (self, message);
}
