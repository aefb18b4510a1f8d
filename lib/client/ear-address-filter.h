/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"

G_BEGIN_DECLS

/* Whom not to dial, whatever the server or a peer says. Pure functions. */
typedef struct
{
  gboolean loopback;        /* the server is reached over loopback: so may peers be */
  guint16 own_port;         /* of our doorbell; 0: none */
  GPtrArray *own_addresses; /* of GInetAddress; nullable */
} EarAddressRules;

gboolean
ear_address_may_be_dialled (const EarAddressRules *rules, GInetAddress *address, guint16 port);
/* Array of GInetSocketAddress: those that may be dialled, in their order, each once, at most 8. */
GPtrArray *
ear_address_filter (const EarAddressRules *rules, const char *const *addresses, guint16 port);
/* Of this machine's interfaces: array of GInetAddress. */
GPtrArray *ear_address_list_own (void);
/* Whether one of them is where our end of a link is; nothing comes back on it otherwise. */
gboolean ear_address_is_here (GInetSocketAddress *address);
/* ::ffff:a.b.c.d as a.b.c.d; others as they are. */
GInetAddress *ear_address_unmap (GInetAddress *address);

G_END_DECLS
