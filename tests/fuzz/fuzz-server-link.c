/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What somebody pastes as a server's link. What is accepted makes a link that reads the same. */

#include "fuzz.h"

#include "wire/ear-server-link.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *raw = g_strndup ((const char *) data, size);
  g_autofree char *text = g_utf8_make_valid (raw, -1);
  g_autoptr (GError) error = NULL;
  g_autoptr (EarServerLink) link = ear_server_link_parse (text, &error);
  g_autoptr (EarServerLink) again = NULL;
  g_autofree char *uri = NULL;
  g_autofree char *address = NULL;

  g_assert_true ((link == NULL) == (error != NULL));
  if (link == NULL)
    return 0;
  address = ear_server_link_to_address (link);
  g_assert_nonnull (address);
  if (link->fingerprint == NULL)
    return 0;
  uri = ear_server_link_to_uri (link);
  again = ear_server_link_parse (uri, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again->host, ==, link->host);
  g_assert_cmpuint (again->port, ==, link->port);
  g_assert_cmpstr (again->fingerprint, ==, link->fingerprint);
  g_assert_cmpstr (again->invite, ==, link->invite);
  return 0;
}
