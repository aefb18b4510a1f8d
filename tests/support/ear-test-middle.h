/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "wire/ear-message.h"
#include "wire/ear-tls.h"

G_BEGIN_DECLS

/* Somebody in the middle: ends the TLS of whoever dials it with a key of its own, dials the real
 * one with the same key, and passes every message on that it has read. */
typedef struct
{
  guint16 port;
  guint16 target; /* on loopback */
  char *fingerprint;
  guint n_links;  /* that were opened to it */
  GString *heard; /* every line, from both sides */

  EarTlsRole role;
  GSocketService *service;
  EarClock *clock;
  EarDeadlines *deadlines;
  EarPoller *poller;
  EarTls *tls;
  GPtrArray *relays;
} EarTestMiddle;

EarTestMiddle *ear_test_middle_new (EarTlsRole role, guint16 target);
void ear_test_middle_free (EarTestMiddle *self);
gboolean ear_test_middle_heard (EarTestMiddle *self, const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarTestMiddle, ear_test_middle_free)

G_END_DECLS
