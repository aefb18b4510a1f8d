/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Finds the web addresses in what a stranger wrote.
 *
 * A link is what begins with http:// or https:// and goes on to a blank, a quote or an angle
 * bracket, without the punctuation of the sentence around it. It is strict rather than clever: what
 * could look like another place than it leads to is no link at all. That is a user name before the
 * host ("https://bank.example@evil.example"), a backslash, characters that nobody sees or that turn
 * the direction of writing, and a host that is neither a name nor an address (RFC 3986, RFC 5890).
 * Nothing is guessed: "www.example.org" is text. */

#include "client/ear-web-links.h"

#include "wire/ear-text.h"

#define MAX_HOST 253 /* bytes, RFC 1035 */
#define MAX_LABEL 63

/* Length of "http://" or "https://" at the start of a text, or 0. */
static gsize
get_scheme_length (const char *text)
{
  if (g_ascii_strncasecmp (text, "https://", 8) == 0)
    return 8;
  if (g_ascii_strncasecmp (text, "http://", 7) == 0)
    return 7;
  return 0;
}

/* Ends a link: a blank, or what never stands in a URI and often around one. */
static gboolean
is_end (gunichar c)
{
  return c == '\0' || c == '\t' || c == '\n' || g_unichar_isspace (c) ||
         (c < 0x80 && strchr ("<>\"`{}|^", (int) c));
}

/* Makes a link no link. Among what nobody sees is all that turns the direction of writing. */
static gboolean
is_forbidden (gunichar c)
{
  return c == '\\' || ear_text_is_invisible (c);
}

/* May the last character of a link belong to the sentence instead? */
static gboolean
is_trailing (gunichar c)
{
  if (c < 0x80)
    return strchr (".,;:!?'*_~", (int) c) != NULL;
  return g_unichar_ispunct (c);
}

/* Cuts off what belongs to the sentence: "(see https://a.example/b_(c))." gives …/b_(c). */
static gsize
trim (const char *link, gsize length)
{
  int round = 0;
  int square = 0;

  for (gsize i = 0; i < length; i++) {
    round += link[i] == '(' ? 1 : link[i] == ')' ? -1 : 0;
    square += link[i] == '[' ? 1 : link[i] == ']' ? -1 : 0;
  }
  while (length > 0) {
    const char *last = g_utf8_find_prev_char (link, link + length);
    gunichar c = g_utf8_get_char (last);

    if (c == ')' && round < 0)
      round++;
    else if (c == ']' && square < 0)
      square++;
    else if (!is_trailing (c))
      break;
    length = (gsize) (last - link);
  }
  return length;
}

/* A name as DNS has it: letters, digits, hyphens; underscores are not allowed, but in use. */
static gboolean
is_host_name (const char *host)
{
  g_auto (GStrv) labels = NULL;
  const char *last;
  guint n_labels;

  if (strlen (host) > MAX_HOST)
    return FALSE;
  labels = g_strsplit (host, ".", -1);
  n_labels = g_strv_length (labels);
  for (guint i = 0; i < n_labels; i++) {
    gsize length = strlen (labels[i]);

    if (length == 0 || length > MAX_LABEL || labels[i][0] == '-' || labels[i][length - 1] == '-' ||
        strspn (labels[i], "abcdefghijklmnopqrstuvwxyz0123456789-_") != length)
      return FALSE;
  }
  /* Browsers take 2130706433, 0x7f.1 and the like as addresses. */
  last = n_labels > 0 ? labels[n_labels - 1] : "0";
  return !g_ascii_isdigit (last[0]);
}

/* The host of a link as it is looked up, or NULL. */
static char *
dup_host (const char *host, gsize length)
{
  g_autofree char *name = g_strndup (host, length);
  g_autofree char *ascii = NULL;
  g_autofree char *lower = NULL;

  if (length > 2 && name[0] == '[' && name[length - 1] == ']') {
    g_autofree char *address = g_strndup (name + 1, length - 2);

    if (strchr (address, ':') && ear_text_is_address (address))
      return g_steal_pointer (&name);
    return NULL;
  }
  if (strchr (name, ':'))
    return NULL;
  ascii = g_hostname_to_ascii (name);
  if (!ascii)
    return NULL;
  lower = g_ascii_strdown (ascii, -1);
  if (ear_text_is_address (lower) || is_host_name (lower))
    return g_steal_pointer (&lower);
  return NULL;
}

/* ":8080" is a port, "" is none. */
static gboolean
is_port (const char *port, gsize length)
{
  g_autofree char *digits = NULL;
  guint64 number;

  if (length == 0)
    return TRUE;
  digits = g_strndup (port + 1, length - 1);
  return g_ascii_string_to_unsigned (digits, 10, 1, G_MAXUINT16, &number, NULL);
}

/* What to open for a link, or NULL when it is none. */
static char *
dup_uri (const char *link, gsize length)
{
  gsize scheme = get_scheme_length (link);
  g_autofree char *authority = NULL;
  g_autofree char *host = NULL;
  g_autofree char *rest = NULL;
  g_autofree char *tail = NULL;
  g_autofree char *uri = NULL;
  const char *port;

  if (length <= scheme)
    return NULL;
  rest = g_strndup (link + scheme, length - scheme);
  authority = g_strndup (rest, strcspn (rest, "/?#"));
  if (strpbrk (authority, "@%"))
    return NULL;
  port = strrchr (authority, ':');
  if (!port || strchr (port, ']'))
    port = authority + strlen (authority);
  host = dup_host (authority, (gsize) (port - authority));
  if (!host || !is_port (port, strlen (port)))
    return NULL;
  tail = g_uri_escape_string (
    rest + strlen (authority),
    G_URI_RESERVED_CHARS_GENERIC_DELIMITERS G_URI_RESERVED_CHARS_SUBCOMPONENT_DELIMITERS "%",
    FALSE);
  uri = g_strconcat (scheme == 8 ? "https://" : "http://", host, port, tail, NULL);
  if (!g_uri_is_valid (uri, G_URI_FLAGS_ENCODED, NULL))
    return NULL;
  return g_steal_pointer (&uri);
}

/**
 * ear_web_links_find:
 * @text: valid UTF-8, plain text
 *
 * Finds the web addresses in a text.
 *
 * Returns: (transfer full) (element-type EarWebLink): the links, in the order of the text
 */
GPtrArray *
ear_web_links_find (const char *text)
{
  GPtrArray *links = g_ptr_array_new_with_free_func ((GDestroyNotify) ear_web_link_free);
  gunichar before = ' ';
  const char *p = text;

  g_return_val_if_fail (text != NULL && g_utf8_validate (text, -1, NULL), links);

  while (*p != '\0') {
    gboolean forbidden = FALSE;
    const char *end = p;
    gsize length;
    char *uri;

    if (get_scheme_length (p) == 0 || g_unichar_isalnum (before)) {
      before = g_utf8_get_char (p);
      p = g_utf8_next_char (p);
      continue;
    }
    for (; !is_end (g_utf8_get_char (end)); end = g_utf8_next_char (end))
      forbidden |= is_forbidden (g_utf8_get_char (end));
    length = trim (p, (gsize) (end - p));
    uri = forbidden ? NULL : dup_uri (p, length);
    if (uri) {
      EarWebLink *link = g_new (EarWebLink, 1);

      link->start = (gsize) (p - text);
      link->end = link->start + length;
      link->uri = uri;
      g_ptr_array_add (links, link);
    }
    before = ' ';
    p = end;
  }
  return links;
}

void
ear_web_link_free (EarWebLink *self)
{
  g_free (self->uri);
  g_free (self);
}
