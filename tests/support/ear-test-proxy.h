/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A bad network: passes bytes on as they are, but may cut, stall or split what passes. Its settings
 * may be changed at any time. */
typedef struct
{
  guint16 port;
  guint16 target;        /* on loopback */
  gboolean single_bytes; /* each byte is a packet */
  gboolean resets;       /* cuts come as a reset, not as an end */
  gint64 cut_after;      /* bytes of a connection, both ways together; -1: never */
  guint n_connections;   /* that came */
  guint64 n_passed;      /* bytes, in all */

  gboolean stalled;
  GSocketService *service;
  GPtrArray *wires;
} EarTestProxy;

EarTestProxy *ear_test_proxy_new (guint16 target);
void ear_test_proxy_free (EarTestProxy *self);
void ear_test_proxy_cut (EarTestProxy *self);
void ear_test_proxy_set_stalled (EarTestProxy *self, gboolean stalled);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarTestProxy, ear_test_proxy_free)

G_END_DECLS
