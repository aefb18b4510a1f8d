/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Where a user is, copied out of a message. Everything in it is the server's word: the dialler
 * filters the addresses, and the link proves the key. */

#include "client/ear-location.h"

#include "wire/ear-message.h"

/**
 * ear_location_new:
 * @message: a `located` or a `dial`
 *
 * Takes a location out of a message.
 *
 * Returns: (transfer full): the location
 */
EarLocation *
ear_location_new (EarMessage *message)
{
  EarLocation *self = g_new0 (EarLocation, 1);

  self->user = g_strdup (ear_message_get_string (message, "user"));
  self->name = g_strdup (ear_message_get_string (message, "name"));
  self->fingerprint = g_strdup (ear_message_get_string (message, "fingerprint"));
  self->addresses = ear_message_dup_strings (message, "addresses");
  self->port = (guint16) ear_message_get_integer (message, "port");
  return self;
}

/**
 * ear_location_copy:
 * @self: a location
 *
 * Returns: (transfer full): a copy
 */
EarLocation *
ear_location_copy (const EarLocation *self)
{
  EarLocation *copy = g_new0 (EarLocation, 1);

  copy->user = g_strdup (self->user);
  copy->name = g_strdup (self->name);
  copy->fingerprint = g_strdup (self->fingerprint);
  copy->addresses = g_strdupv (self->addresses);
  copy->port = self->port;
  return copy;
}

/**
 * ear_location_free:
 * @self: (transfer full): a location
 *
 * Frees it.
 */
void
ear_location_free (EarLocation *self)
{
  g_free (self->user);
  g_free (self->name);
  g_free (self->fingerprint);
  g_strfreev (self->addresses);
  g_free (self);
}

/**
 * ear_location_dup_address:
 * @self: a location
 *
 * Writes the first address with the port, as people read it: `192.0.2.1:4500`,
 * `[2001:db8::1]:4500`.
 *
 * Returns: (transfer full): the address; empty when there is none
 */
char *
ear_location_dup_address (const EarLocation *self)
{
  const char *first = self->addresses != NULL ? self->addresses[0] : NULL;

  if (first == NULL)
    return g_strdup ("");
  return g_strdup_printf (strchr (first, ':') != NULL ? "[%s]:%u" : "%s:%u", first, self->port);
}
