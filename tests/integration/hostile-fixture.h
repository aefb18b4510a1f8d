/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "support/ear-test-client.h"

G_BEGIN_DECLS

/* A real earshotd with an honest client who is active, and the account of mallory, who is not
 * honest. */
typedef struct
{
  EarTestServer *server;
  EarTestClient *honest;
} Fixture;

/* How far mallory gets before the attack. */
typedef enum {
  AT_GREETING,
  AT_STRANGER,
  AT_PROVING,
  AT_MEMBER,
  AT_ACTIVE,
} At;

#define MALLORY "mallory"
#define MALLORYS_PASSWORD "correct horse"

void hostile_set_up (Fixture *self, gconstpointer data);
void hostile_tear_down (Fixture *self, gconstpointer data);
EarTestClient *hostile_new_client (Fixture *self, At at);

/* The attack: bytes on a link of its own. It is refused with the code, by an error or at the end,
 * the link ends, nothing is stored, one line is logged, and the honest client is served. */
void hostile_attack (Fixture *self, At at, const char *bytes, gsize size, EarError code);
/* The same for one line. */
void hostile_attack_line (Fixture *self, At at, const char *line, EarError code);
/* The request is refused, and the link goes on. */
void hostile_refuse (Fixture *self, EarTestClient *client, EarError code);

/* All that the server keeps, to be compared. */
char *hostile_dup_stored (Fixture *self);
void hostile_assert_undisturbed (Fixture *self);

G_END_DECLS
