/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-types.h"

G_BEGIN_DECLS

#define EAR_FINGERPRINT_LENGTH 64 /* hex digits */

char *ear_fingerprint_new (const guint8 *public_key, gsize size);
gboolean ear_fingerprint_is_valid (const char *fingerprint);
gboolean ear_fingerprint_equal (const char *a, const char *b);
char *ear_fingerprint_format (const char *fingerprint);
char *ear_safety_number_new (const char *my_name,
                             const guint8 *my_key,
                             const char *their_name,
                             const guint8 *their_key);
char *ear_safety_number_new_from_fingerprints (const char *my_name,
                                               const char *my_fingerprint,
                                               const char *their_name,
                                               const char *their_fingerprint);

G_END_DECLS
