/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "support/ear-test-flow.h"

static gboolean
flow_cb (gpointer user_data)
{
  EarTestFlow *self = user_data;

  ear_clock_advance (self->clock, self->step_us);
  return G_SOURCE_CONTINUE;
}

void
ear_test_flow_start (EarTestFlow *self, EarClock *clock, gint64 step_us)
{
  self->clock = clock;
  self->step_us = step_us;
  self->source = g_timeout_add (EAR_TEST_FLOW_MS, flow_cb, self);
}

void
ear_test_flow_stop (EarTestFlow *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
}
