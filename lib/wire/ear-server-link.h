/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-types.h"

G_BEGIN_DECLS

/* Where a server is: HOST:PORT, or earshot://HOST:PORT/#FINGERPRINT with an optional ?invite=CODE
 * before the #. */
struct _EarServerLink
{
  char *host;
  guint16 port;
  char *fingerprint; /* nullable */
  char *invite;      /* nullable */
};

#define EAR_SERVER_PORT 4400

EarServerLink *ear_server_link_parse (const char *text, GError **error);
EarServerLink *ear_server_link_new (const char *host, guint16 port, const char *fingerprint);
EarServerLink *ear_server_link_copy (const EarServerLink *self);
void ear_server_link_free (EarServerLink *self);
char *ear_server_link_to_uri (const EarServerLink *self);
char *ear_server_link_to_address (const EarServerLink *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarServerLink, ear_server_link_free)

G_END_DECLS
