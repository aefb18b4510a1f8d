/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-types.h"

G_BEGIN_DECLS

EarClock *ear_clock_new (void);
EarClock *ear_clock_new_manual (gint64 now_us);
EarClock *ear_clock_ref (EarClock *self);
void ear_clock_unref (EarClock *self);

gint64 ear_clock_get_time (EarClock *self);
gint64 ear_clock_get_real_time (EarClock *self);
void ear_clock_advance (EarClock *self, gint64 by_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarClock, ear_clock_unref)

G_END_DECLS
