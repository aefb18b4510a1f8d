/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-identity.h"
#include "wire/ear-socket.h"
#include "wire/ear-tls.h"

#include <openssl/ssl.h>

G_BEGIN_DECLS

/* Between EarTls and EarLink: one connection. */
SSL *ear_tls_new_ssl (EarTls *self, EarSocket *socket, gboolean dialled);
int ear_tls_check_certificate (X509 *certificate);
gboolean ear_tls_get_key (X509 *certificate, guint8 key[EAR_IDENTITY_KEY_SIZE]);
gboolean
ear_tls_check_peer (EarTls *self, SSL *ssl, guint8 peer_key[EAR_IDENTITY_KEY_SIZE], GError **error);
gboolean ear_tls_export_binding (SSL *ssl, guint8 binding[32], GError **error);

/* What a call on @ssl that returned @result came to. */
typedef enum {
  EAR_TLS_WANT_READ,
  EAR_TLS_WANT_WRITE,
  EAR_TLS_FAILED,
} EarTlsOutcome;

EarTlsOutcome ear_tls_get_outcome (SSL *ssl, int result, GError **error);

G_END_DECLS
