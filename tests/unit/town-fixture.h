/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-chat-private.h"
#include "client/ear-location.h"
#include "client/ear-session.h"
#include "client/ear-switchboard.h"
#include "wire/ear-clock.h"

G_BEGIN_DECLS

/* A town: users with all that a client has for direct links, over loopback, and in the place of
 * EarSession and its server one that answers from a table. The clock is turned by the test. */

#define TOWN_DEAD_PORT 31998 /* where nobody listens: the kernel hands it out to nobody */

typedef struct
{
  EarClock *clock;
  EarPoller *poller;
  GPtrArray *inhabitants;
  char *fingerprint; /* the server's */
  guint n_dial_backs;
} Town;

typedef struct
{
  Town *town;
  char *name;
  char *directory;
  EarDeadlines *deadlines;
  EarIdentity *identity;
  EarHistory *history;
  EarUserList *users;
  EarContacts *contacts;
  EarSession *session;
  EarSwitchboard *switchboard;
  EarLocation *location; /* what the server says of this one; NULL: not there */
  guint n_asked;
  guint n_messages;
} Inhabitant;

void town_set_up (Town *self, gconstpointer data);
void town_tear_down (Town *self, gconstpointer data);
Inhabitant *town_add (Town *self, const char *name);
void town_set_online (Town *self, gboolean online);
void town_advance (Town *self, guint ms);

EarChat *inhabitant_get_chat (Inhabitant *self, Inhabitant *other);
/* Another device: the same account with a new key. */
void inhabitant_change_key (Inhabitant *self);

guint wait_begin (const char *where, const char *condition);

/* Turns the main loop until @condition; the program fails after half a minute. */
#define wait_until(condition)                             \
  do {                                                    \
    guint wait_timer = wait_begin (G_STRLOC, #condition); \
    while (!(condition))                                  \
      g_main_context_iteration (NULL, TRUE);              \
    g_source_remove (wait_timer);                         \
  } while (0)

/* The same, while the town's time runs, twenty times as fast as ours: delays pass, and what happens
 * in the kernel and in threads has its time, too. */
#define town_run_until(town, condition)         \
  do {                                          \
    guint town_clock = town_start_clock (town); \
    wait_until (condition);                     \
    g_source_remove (town_clock);               \
  } while (0)

guint town_start_clock (Town *self);

#define wait_for_state(chat, state) wait_until (ear_chat_get_state (chat) == (state))

G_END_DECLS
