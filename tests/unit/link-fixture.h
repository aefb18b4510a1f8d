/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-identity.h"
#include "wire/ear-link.h"
#include "wire/ear-poller.h"
#include "wire/ear-tls.h"

#include <openssl/ssl.h>

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

/* A stranger with a TLS of its own, good or bad. */
typedef enum {
  RAW_GOOD,
  RAW_DRIBBLE,
  RAW_NO_ALPN,
  RAW_TLS_1_2,
  RAW_NO_CERTIFICATE,
  RAW_RSA,
  RAW_EC,
  RAW_CHAIN,
  RAW_NOT_SELF_SIGNED,
} RawKind;

typedef struct
{
  SSL_CTX *context;
  SSL *ssl;
  BIO *in;  /* what came from the network */
  BIO *out; /* what goes to it */
  GSocket *socket;
  gboolean dribble;
} Raw;

void raw_open (Raw *self, Fixture *fixture, RawKind kind);
void raw_serve (Raw *self, Fixture *fixture, RawKind kind);
gboolean raw_handshake (Raw *self);
void raw_write (Raw *self, const char *data, gsize size);
void raw_read_line (Raw *self, char *line, gsize size);
int raw_read_reason (Raw *self);
void raw_close (Raw *self);
void raw_say (GSocket *socket, const char *data, gsize size);

G_END_DECLS
