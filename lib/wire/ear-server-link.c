/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Where a server is, as people type and paste it: a host, a host and a port, or the link that
 * earshotd prints, earshot://HOST:PORT/?invite=CODE#FINGERPRINT. Strict, because links come from
 * strangers. */

#include "wire/ear-server-link.h"

#include <string.h>

#include "wire/ear-error.h"
#include "wire/ear-fingerprint.h"
#include "wire/ear-text.h"

#define MAX_HOST 253 /* RFC 1035, section 2.3.4, as text */
#define MAX_INVITE 64
#define MAX_TEXT 512

static EarServerLink *
refuse (GError **error)
{
  g_propagate_error (error, ear_error_new (EAR_ERROR_BAD_LINK));
  return NULL;
}

/* A name (RFC 1123, section 2.1) or an address; GLib folds and punycodes the rest away. */
static gboolean
is_host (const char *host)
{
  gsize length = strlen (host);

  if (length == 0 || length > MAX_HOST)
    return FALSE;
  if (ear_text_is_address (host))
    return TRUE;
  return strspn (host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") ==
           length &&
         g_ascii_isalnum (host[0]);
}

static gboolean
is_invite (const char *invite)
{
  gsize length = strlen (invite);

  return length > 0 && length <= MAX_INVITE &&
         strspn (invite, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") ==
           length;
}

static EarServerLink *
parse_uri (const char *text, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);
  g_autoptr (EarServerLink) self = NULL;
  const char *query, *fragment;
  int port;

  if (uri == NULL || g_uri_get_host (uri) == NULL || !is_host (g_uri_get_host (uri)) ||
      g_uri_get_userinfo (uri) != NULL ||
      !(g_str_equal (g_uri_get_path (uri), "") || g_str_equal (g_uri_get_path (uri), "/")))
    return refuse (error);
  port = g_uri_get_port (uri);
  if (port == 0)
    return refuse (error);
  self =
    ear_server_link_new (g_uri_get_host (uri), port > 0 ? (guint16) port : EAR_SERVER_PORT, NULL);

  query = g_uri_get_query (uri);
  if (query != NULL &&
      (!g_str_has_prefix (query, "invite=") || !is_invite (query + strlen ("invite="))))
    return refuse (error);
  if (query != NULL)
    self->invite = g_strdup (query + strlen ("invite="));

  fragment = g_uri_get_fragment (uri);
  if (fragment != NULL && fragment[0] != '\0') {
    self->fingerprint = g_ascii_strdown (fragment, -1);
    if (!ear_fingerprint_is_valid (self->fingerprint))
      return refuse (error);
  }
  return g_steal_pointer (&self);
}

static gboolean
parse_port (const char *text, guint16 *port)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT16, &number, NULL))
    return FALSE;
  *port = (guint16) number;
  return TRUE;
}

static EarServerLink *
parse_address (const char *text, GError **error)
{
  const char *colon = strrchr (text, ':');
  g_autofree char *host = NULL;
  guint16 port = EAR_SERVER_PORT;

  if (text[0] == '[') {
    const char *end = strchr (text, ']');

    if (end == NULL || (end[1] != '\0' && (end[1] != ':' || !parse_port (end + 2, &port))))
      return refuse (error);
    host = g_strndup (text + 1, (gsize) (end - text) - 1);
    if (strchr (host, ':') == NULL)
      return refuse (error);
  } else if (colon != NULL && strchr (text, ':') == colon) {
    if (!parse_port (colon + 1, &port))
      return refuse (error);
    host = g_strndup (text, (gsize) (colon - text));
  } else {
    host = g_strdup (text);
  }
  if (!is_host (host))
    return refuse (error);
  return ear_server_link_new (host, port, NULL);
}

/**
 * ear_server_link_parse:
 * @text: what somebody typed, pasted or clicked; spaces around it do not matter
 * @error: return location for an error
 *
 * Reads the place of a server.
 *
 * Returns: (transfer full) (nullable): the link. Fails with EAR_ERROR_BAD_LINK.
 */
EarServerLink *
ear_server_link_parse (const char *text, GError **error)
{
  g_autofree char *stripped = NULL;

  g_return_val_if_fail (text != NULL, NULL);

  if (strlen (text) > MAX_TEXT || !g_utf8_validate (text, -1, NULL))
    return refuse (error);
  stripped = g_strstrip (g_strdup (text));
  if (g_ascii_strncasecmp (stripped, "earshot://", strlen ("earshot://")) == 0)
    return parse_uri (stripped, error);
  return parse_address (stripped, error);
}

/**
 * ear_server_link_new:
 * @host: a name or an address
 * @port: a port
 * @fingerprint: (nullable): the fingerprint of the server's key
 *
 * Makes a link.
 *
 * Returns: (transfer full): the link
 */
EarServerLink *
ear_server_link_new (const char *host, guint16 port, const char *fingerprint)
{
  EarServerLink *self = g_new0 (EarServerLink, 1);

  self->host = g_ascii_strdown (host, -1);
  self->port = port;
  self->fingerprint = g_strdup (fingerprint);
  return self;
}

/**
 * ear_server_link_copy:
 * @self: a link
 *
 * Copies a link.
 *
 * Returns: (transfer full): the copy
 */
EarServerLink *
ear_server_link_copy (const EarServerLink *self)
{
  EarServerLink *copy = ear_server_link_new (self->host, self->port, self->fingerprint);

  copy->invite = g_strdup (self->invite);
  return copy;
}

/**
 * ear_server_link_free:
 * @self: (transfer full): a link
 *
 * Frees a link.
 */
void
ear_server_link_free (EarServerLink *self)
{
  g_free (self->host);
  g_free (self->fingerprint);
  g_free (self->invite);
  g_free (self);
}

/**
 * ear_server_link_to_uri:
 * @self: a link
 *
 * Writes a link as others can open it.
 *
 * Returns: (transfer full): earshot://…
 */
char *
ear_server_link_to_uri (const EarServerLink *self)
{
  g_autofree char *address = ear_server_link_to_address (self);

  return g_strconcat ("earshot://", address, "/", self->invite != NULL ? "?invite=" : "",
                      self->invite != NULL ? self->invite : "",
                      self->fingerprint != NULL ? "#" : "", self->fingerprint, NULL);
}

/**
 * ear_server_link_to_address:
 * @self: a link
 *
 * Writes host and port, an IPv6 address in brackets.
 *
 * Returns: (transfer full): HOST:PORT
 */
char *
ear_server_link_to_address (const EarServerLink *self)
{
  gboolean v6 = strchr (self->host, ':') != NULL;

  return g_strdup_printf ("%s%s%s:%u", v6 ? "[" : "", self->host, v6 ? "]" : "", self->port);
}
