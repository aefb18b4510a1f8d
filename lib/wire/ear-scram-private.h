/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-error.h"
#include "wire/ear-scram.h"

G_BEGIN_DECLS

/* The GS2 header that both sides insist on (RFC 5802, section 7; RFC 9266, section 2). */
#define EAR_SCRAM_GS2 "p=tls-exporter,,"

#define EAR_SCRAM_NONCE_MIN 24
#define EAR_SCRAM_NONCE_MAX 64

void ear_scram_hmac (const guint8 key[EAR_SCRAM_KEY_SIZE],
                     const char *text,
                     guint8 mac[EAR_SCRAM_KEY_SIZE]);
void ear_scram_hash (const guint8 *data, gsize size, guint8 digest[EAR_SCRAM_KEY_SIZE]);
void ear_scram_xor (guint8 *a, const guint8 *b);
char *ear_scram_make_nonce (void);
gboolean ear_scram_is_nonce (const char *nonce, gsize max_length);
char *ear_scram_encode_binding (const guint8 binding[EAR_SCRAM_BINDING_SIZE]);
gboolean ear_scram_decode (const char *text, guint8 *data, gsize size);
gboolean ear_scram_refuse (GError **error, EarError code);

G_END_DECLS
