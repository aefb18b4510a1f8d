/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "support/ear-test-client.h"

G_BEGIN_DECLS

#define ATTACK_PASSWORD "correct horse"
#define ATTACK_LOUD 40 /* members who broadcast in turn, as each has its limits */

/* How many attack, and how much they say. */
typedef struct
{
  guint n_silent;
  guint n_dribbling;
  guint n_loitering;
  guint n_deaf;
  guint n_broadcasts;
} AttackSize;

void attack (EarTestServer *server, const AttackSize *size);

G_END_DECLS
