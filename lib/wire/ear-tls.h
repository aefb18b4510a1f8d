/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-types.h"

G_BEGIN_DECLS

typedef enum {
  EAR_TLS_TO_SERVER, /* client and server; ALPN earshot/1 */
  EAR_TLS_TO_PEER,   /* two clients; ALPN earshot-peer/1 */
} EarTlsRole;

EarTls *ear_tls_new (EarIdentity *identity, EarTlsRole role, GError **error);
EarTls *ear_tls_ref (EarTls *self);
void ear_tls_unref (EarTls *self);
EarIdentity *ear_tls_get_identity (EarTls *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarTls, ear_tls_unref)

G_END_DECLS
