/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-types.h"

G_BEGIN_DECLS

#define EAR_IDENTITY_KEY_SIZE 32

EarIdentity *ear_identity_new (GError **error);
EarIdentity *ear_identity_load_or_create (const char *path, GError **error);
EarIdentity *ear_identity_ref (EarIdentity *self);
void ear_identity_unref (EarIdentity *self);

const char *ear_identity_get_fingerprint (EarIdentity *self);
const guint8 *ear_identity_get_public_key (EarIdentity *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarIdentity, ear_identity_unref)

G_END_DECLS
