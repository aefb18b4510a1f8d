/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-clock.h"

G_BEGIN_DECLS

/* Between a clock and the wheels that follow it. */
gboolean ear_clock_is_manual (EarClock *self);
void ear_clock_add_wheel (EarClock *self, EarDeadlines *wheel);
void ear_clock_remove_wheel (EarClock *self, EarDeadlines *wheel);

gint64 ear_deadlines_get_next_due (EarDeadlines *self);
void ear_deadlines_run (EarDeadlines *self);

G_END_DECLS
