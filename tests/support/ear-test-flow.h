/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

#include "wire/ear-clock.h"

G_BEGIN_DECLS

/* Has a manual clock go while the main loop turns: @step_us every EAR_TEST_FLOW_MS of real time. It
 * stands still while the machine does something else, so that nothing is late for that. */
typedef struct
{
  EarClock *clock; /* borrowed */
  gint64 step_us;  /* may be changed at any time */
  guint source;
} EarTestFlow;

#define EAR_TEST_FLOW_MS 2

void ear_test_flow_start (EarTestFlow *self, EarClock *clock, gint64 step_us);
void ear_test_flow_stop (EarTestFlow *self);

G_END_DECLS
