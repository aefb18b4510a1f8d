/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-identity.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

G_BEGIN_DECLS

/* For EarTls, and for tests that build a TLS context of their own. */
EVP_PKEY *ear_identity_get_key (EarIdentity *self);
X509 *ear_identity_get_certificate (EarIdentity *self);

G_END_DECLS
