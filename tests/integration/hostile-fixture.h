/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "support/ear-test-client.h"
#include "support/ear-test-process.h"

G_BEGIN_DECLS

/* A real earshotd with an honest client who is active, and the account of mallory, who is not
 * honest. Their passwords and salts are different. */
typedef struct
{
  EarTestServer *server;
  EarTestClient *honest;
  EarIdentity *mallory;   /* the key of mallory's device */
  EarTestFigures figures; /* of the server, before the attacks */
  char *stored;           /* before this attack */
  guint n_logged;
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
#define HONESTS_PASSWORD "battery staple"

void hostile_set_up (Fixture *self, gconstpointer data);
/* The same with a log that has no debug events. */
void hostile_set_up_terse (Fixture *self, gconstpointer data);
/* Nothing of the attacks is left in the server. */
void hostile_tear_down (Fixture *self, gconstpointer data);
EarTestClient *hostile_new_client (Fixture *self, At at);

/* Before an attack, and after it: nothing was stored, so many lines were logged, and the honest
 * client is served. */
void hostile_begin (Fixture *self);
void hostile_end (Fixture *self, guint n_lines);

/* The attack: bytes on a link of its own. It is refused with the code, by an error or at the end,
 * the link ends, nothing is stored, one line is logged, or none of a stranger in a terse log, and
 * the honest client is served. */
void hostile_attack (Fixture *self, At at, const char *bytes, gsize size, EarError code);
/* The same for one line. */
void hostile_attack_line (Fixture *self, At at, const char *line, EarError code);
/* The line is a request that is refused, and the link goes on; nothing is stored, a log-in that
 * failed is logged, and the honest client is served. */
void hostile_refuse (Fixture *self, EarTestClient *client, const char *line, EarError code);

/* All that the server keeps, to be compared. */
char *hostile_dup_stored (Fixture *self);
void hostile_assert_undisturbed (Fixture *self);

G_END_DECLS
