/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "support/ear-test-server.h"
#include "wire/ear-link.h"
#include "wire/ear-scram.h"

G_BEGIN_DECLS

/* A client that speaks the protocol line by line, as a test tells it; for what a real client would
 * never do. */
typedef struct
{
  EarTestServer *server;
  EarClock *clock;
  EarDeadlines *deadlines;
  EarPoller *poller;
  EarIdentity *identity;
  EarTls *tls;
  EarLink *link;
  GQueue received; /* (element-type EarMessage) */
  GError *reason;  /* why it was closed */
  gint64 next_id;
} EarTestClient;

EarTestClient *ear_test_client_new (EarTestServer *server);
EarTestClient *
ear_test_client_new_from (EarTestServer *server, EarIdentity *identity, const char *from);
EarTestClient *
ear_test_client_new_peer (EarTestServer *server, EarIdentity *identity, guint16 port);
void ear_test_client_free (EarTestClient *self);

void ear_test_client_send (EarTestClient *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
EarMessage *ear_test_client_expect (EarTestClient *self, EarMessageType type);
void ear_test_client_expect_error (EarTestClient *self, EarError code);
void ear_test_client_expect_closed (EarTestClient *self, EarError code);
guint ear_test_client_count (EarTestClient *self, EarMessageType type);

void ear_test_client_hello (EarTestClient *self);
void ear_test_client_derive (const char *password, EarScramSecret *secret);
void ear_test_client_sign_up_with_keys (EarTestClient *self,
                                        const char *user,
                                        const EarScramSecret *secret);
void ear_test_client_sign_up (EarTestClient *self, const char *user, const char *password);
char *ear_test_client_begin_auth (EarTestClient *self, const char *user, const char *password);
char *ear_test_client_begin_auth_with_keys (EarTestClient *self,
                                            const char *user,
                                            const EarScramSecret *keys);
void ear_test_client_prove (EarTestClient *self, const char *proof);
void ear_test_client_auth (EarTestClient *self, const char *user, const char *password);
EarMessage *ear_test_client_log_in (EarTestClient *self, const char *user, const char *password);
void ear_test_client_present (EarTestClient *self, guint64 last_broadcast);
EarTestClient *ear_test_client_new_active (EarTestServer *server, const char *user);
EarTestClient *
ear_test_client_new_again (EarTestServer *server, const char *user, guint64 last_broadcast);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarTestClient, ear_test_client_free)

G_END_DECLS
