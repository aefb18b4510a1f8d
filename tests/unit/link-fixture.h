/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "support/stranger.h"
#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-identity.h"
#include "wire/ear-link.h"
#include "wire/ear-poller.h"
#include "wire/ear-tls.h"

G_BEGIN_DECLS

/* Two links that are connected over loopback, and what their owner saw. */
typedef struct _End End;

struct _End
{
  EarLink *link;
  guint n_opened;
  guint n_closed;
  guint n_received;
  GPtrArray *texts; /* of the `message`s received */
  GError *reason;
  guint n_room;
  guint pause_after; /* pause in this `received`; 0: never */
  void (*on_opened) (End *self);
  void (*on_received) (End *self);
  void (*on_closed) (End *self);
  void (*on_room) (End *self);
};

typedef struct
{
  EarClock *clock;
  EarDeadlines *deadlines;
  EarPoller *poller;
  EarIdentity *identity_a;
  EarIdentity *identity_b;
  EarTls *tls_a;
  EarTls *tls_b;
  End a; /* accepted */
  End b; /* dialled */
} Fixture;

void fixture_set_up (Fixture *self, gconstpointer data);
void fixture_tear_down (Fixture *self, gconstpointer data);
void fixture_open (Fixture *self);
void fixture_mix_roles (Fixture *self);
GSocket *fixture_accept_raw (Fixture *self);

void end_send_text (End *self, const char *text);
void end_assert_closed (End *self, EarError code);

/* Turns the main loop until @condition; gives up after half a minute. */
#define wait_until(condition)                             \
  do {                                                    \
    guint wait_timer = wait_begin (G_STRLOC, #condition); \
    while (!(condition))                                  \
      g_main_context_iteration (NULL, TRUE);              \
    g_source_remove (wait_timer);                         \
  } while (0)

guint wait_begin (const char *where, const char *condition);
void settle (void);

void fixture_open_stranger (Fixture *self, Stranger *stranger, StrangerKind kind);
void fixture_serve_stranger (Fixture *self, Stranger *stranger, StrangerKind kind);

G_END_DECLS
