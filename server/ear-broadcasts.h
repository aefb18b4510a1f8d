/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-broadcast.h"

G_BEGIN_DECLS

typedef struct _EarBroadcasts EarBroadcasts;

EarBroadcasts *ear_broadcasts_new (void);
void ear_broadcasts_free (EarBroadcasts *self);

void ear_broadcasts_append (EarBroadcasts *self, EarBroadcast *broadcast);
gsize ear_broadcasts_drop_oldest (EarBroadcasts *self);
EarBroadcast *ear_broadcasts_lookup (EarBroadcasts *self, guint64 number);
gsize ear_broadcasts_remove (EarBroadcasts *self, guint64 number);

GList *ear_broadcasts_get_list (EarBroadcasts *self);
const EarBroadcast *ear_broadcasts_get_oldest (EarBroadcasts *self);
const EarBroadcast *ear_broadcasts_get_newest (EarBroadcasts *self);
guint ear_broadcasts_get_n_live (EarBroadcasts *self);
gsize ear_broadcasts_get_size (EarBroadcasts *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarBroadcasts, ear_broadcasts_free)

G_END_DECLS
