/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-session.h"
#include "link-fixture.h"
#include "wire/ear-limits.h"
#include "wire/ear-scram.h"

G_BEGIN_DECLS

/* A session and a small server in the same process, which says what each test wants. */

#define ITERATIONS EAR_LIMIT_ITERATIONS_MIN

typedef struct
{
  EarClock *clock;
  EarDeadlines *deadlines;
  EarPoller *poller;
  EarIdentity *server_identity;
  EarIdentity *client_identity;
  EarTls *server_tls;
  EarTls *client_tls;
  GSocketService *service;
  guint16 port;
  EarSession *session;

  /* The server */
  EarLink *link;
  EarScramServer *scram;
  EarScramKeys keys;
  gboolean digest;
  EarMessageType twice; /* what is said two times; 0: nothing */
  gboolean silent;      /* answers no `hello` */
  gboolean mute;        /* answers no `locate` */
  gboolean closes;      /* refuses with an error that answers nothing, and closes */
  gint64 retry_after;   /* ms; 0: no refusal */
  guint n_connections;
  guint n_presents;
  guint n_watches;
  guint n_passwords;
  gint64 last_broadcast;
  char *prefix; /* of the last watch */
  char *status;
  char **addresses;

  /* What the session told */
  guint n_done;
  gboolean ok;
  GError *error;
  guint n_rosters;
  guint n_taken_over;
  guint n_dials;
  guint n_prepares;
  guint ticket;
  gboolean hold; /* the preparation is not answered */
  gulong again;  /* a handler that logs in */
} World;

void set_keys (World *self, const char *password);
void world_set_up (World *self, gconstpointer data);
void world_tear_down (World *self, gconstpointer data);
void logged_in_cb (GObject *source, GAsyncResult *result, gpointer user_data);
void log_in (World *self, const char *password, const char *fingerprint);
void sign_up (World *self, const char *user, const char *name);
void assert_online (World *self);
void assert_failed (World *self, EarError code);

G_END_DECLS
