/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "town-fixture.h"

G_BEGIN_DECLS

/* Two users and their chats. */
typedef struct
{
  Town town;
  Inhabitant *alice;
  Inhabitant *bob;
  EarChat *a; /* alice's, with bob */
  EarChat *b; /* bob's, with alice */
  guint n_ended;
  guint n_withdrawn; /* of bob's chat */
} Pair;

void pair_set_up (Pair *pair, gconstpointer data);
void pair_tear_down (Pair *pair, gconstpointer data);
void ring (Pair *pair);
void open_chat (Pair *pair);
void say (EarChat *chat, const char *text);
guint count (EarChat *chat);
gboolean all_received (EarChat *chat);
/* The whole log as one string. */
char *dup_texts (EarChat *chat);
void assert_texts (EarChat *chat, const char *expected);
void break_link (Pair *pair);

G_END_DECLS
