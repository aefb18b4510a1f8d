/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-types.h"

G_BEGIN_DECLS

EarOutQueue *ear_out_queue_new (void);
void ear_out_queue_free (EarOutQueue *self);

void ear_out_queue_push (EarOutQueue *self, GBytes *line);
void ear_out_queue_push_urgent (EarOutQueue *self, GBytes *line);
gsize ear_out_queue_peek (EarOutQueue *self, guint8 *buffer, gsize size);
void ear_out_queue_pop (EarOutQueue *self, gsize n_written);
gsize ear_out_queue_get_n_bytes (EarOutQueue *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarOutQueue, ear_out_queue_free)

G_END_DECLS
