/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-types.h"

G_BEGIN_DECLS

/* A deadline lives inside the thing that it belongs to; fields are private. */
typedef void (*EarDeadlineFunc) (gpointer user_data);

struct _EarDeadline
{
  EarDeadlines *wheel;
  GList link;
  gint64 due_us;
  EarDeadlineFunc func;
  gpointer user_data;
};

EarDeadlines *ear_deadlines_new (EarClock *clock, GMainContext *context);
EarDeadlines *ear_deadlines_ref (EarDeadlines *self);
void ear_deadlines_unref (EarDeadlines *self);
EarClock *ear_deadlines_get_clock (EarDeadlines *self);

void ear_deadline_init (EarDeadline *self,
                        EarDeadlines *wheel,
                        EarDeadlineFunc func,
                        gpointer user_data);
void ear_deadline_set (EarDeadline *self, gint64 after_ms);
void ear_deadline_clear (EarDeadline *self);
gboolean ear_deadline_is_set (EarDeadline *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarDeadlines, ear_deadlines_unref)

G_END_DECLS
