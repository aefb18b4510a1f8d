/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-scram.h"

G_BEGIN_DECLS

typedef struct _EarKeyKinds EarKeyKinds;

EarKeyKinds *ear_key_kinds_new (void);
void ear_key_kinds_free (EarKeyKinds *self);
void ear_key_kinds_add (EarKeyKinds *self, guint32 iterations, gboolean digest);

gboolean ear_key_kinds_make_decoy (EarKeyKinds *self,
                                   const guint8 secret[32],
                                   const char *user,
                                   guint32 iterations,
                                   EarScramKeys *decoy);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarKeyKinds, ear_key_kinds_free)

G_END_DECLS
