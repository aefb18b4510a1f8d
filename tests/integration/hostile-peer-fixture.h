/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-chat.h"
#include "support/ear-test-client.h"
#include "support/ear-test-person.h"

G_BEGIN_DECLS

/* Alice and bob are real clients in a chat; mallory has an account and a key, knows where alice's
 * doorbell is, and speaks the protocol line by line. */
typedef struct
{
  EarTestServer *server;
  EarTestPerson *alice;
  EarTestPerson *bob;
  EarTestClient *mallory; /* active at the server */
  guint16 port;           /* of alice's doorbell */
  guint n_asked;          /* of alice's */
  guint n_messages;       /* that alice got */
} Fixture;

void peer_set_up (Fixture *f, gconstpointer data);
void peer_tear_down (Fixture *f, gconstpointer data);
/* Alice is another client with the same profile, whose clock the test turns. */
void peer_stop_clock (Fixture *f);

/* The honest chat goes on. */
void peer_assert_undisturbed (Fixture *f);
void peer_wait_until_read (EarTestClient *link);
/* The chat that a user's requests make on alice's side. */
EarChat *peer_get_chat (Fixture *f, const char *user);

void peer_say_hello (Fixture *f, EarTestClient *link, const char *user, const char *to);
/* A link to alice's doorbell. When her clock stands still, so much of her time goes by that she
 * asks the server about all who ring. */
EarTestClient *peer_ring (Fixture *f, EarIdentity *identity);
/* A link to alice of somebody who is who he says. */
EarTestClient *peer_meet (Fixture *f, EarTestClient *as, const char *user);

G_END_DECLS
