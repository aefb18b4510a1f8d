/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"

G_BEGIN_DECLS

EarRateLimit *
ear_rate_limit_new (EarClock *clock, gint64 window_ms, guint max_per_key, guint max_in_all);
void ear_rate_limit_free (EarRateLimit *self);
gboolean ear_rate_limit_take (EarRateLimit *self, const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarRateLimit, ear_rate_limit_free)

G_END_DECLS
