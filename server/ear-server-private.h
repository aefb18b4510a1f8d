/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-server.h"
#include "wire/ear-deadlines.h"

G_BEGIN_DECLS

/* What the visitors use of their server; ear-server.c owns it all. */
struct _EarServer
{
  GObject parent_instance;

  const EarServerConfig *config; /* borrowed from main() */
  EarClock *clock;
  EarPoller *poller;
  EarDeadlines *deadlines;
  EarIdentity *identity;
  EarTls *tls;
  guint8 secret[32];

  EarRegistry *registry;
  EarDevices *devices;
  EarInvitations *invitations;
  EarPolicy *policy;
  EarAudit *audit;
  EarBulletin *bulletin;
  EarRoster *roster;
  EarThrottle *throttle;

  GSocketService *service;
  guint16 port;
  gboolean accepting;
  gboolean stopping;
  guint max_visitors;

  GHashTable *visitors;     /* (element-type EarVisitor): a set of all */
  GHashTable *members;      /* (element-type utf8 EarVisitor): logged in, by user */
  GHashTable *fingerprints; /* (element-type utf8 EarVisitor): active, by fingerprint */
  GHashTable *addresses;    /* (element-type utf8 guint): strangers, by address */
  GList active;             /* ring of EarVisitor, in the order of their coming, as in memory */
  GList strangers;          /* ring of EarVisitor, in the order of their coming */
  guint n_strangers;

  guint n_fanned_out; /* lines, to whomever */

  GHashTable
    *reached; /* (element-type guint64): numbers of broadcasts whose senders are to be told */
  EarDeadline reached_tick;
};

void ear_server_follow_stores (EarServer *self);
void ear_server_log_out (EarServer *self, const char *user, EarError code);
void ear_server_add_member (EarServer *self, EarVisitor *visitor);
void ear_server_remove_visitor (EarServer *self, EarVisitor *visitor);
void ear_server_add_stranger (EarServer *self, EarVisitor *visitor);
void ear_server_forget_stranger (EarServer *self, EarVisitor *visitor);
void ear_server_fan_out (EarServer *self, EarVisitor *visitor, GBytes *line);
EarVisitor *ear_server_find_active (EarServer *self, const char *user);
void ear_server_note_reached (EarServer *self, guint64 number);

G_END_DECLS
