/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client.h"
#include "client/ear-session.h"
#include "wire/ear-deadlines.h"

G_BEGIN_DECLS

/* Shared by the files of EarClient: ear-client.c puts the parts together, ear-client-account.c
 * follows who is logged in, ear-client-announcements.c follows broadcasts, ear-client-admin.c asks
 * what admins may ask. */
struct _EarClient
{
  GObject parent_instance;

  /* Owned; the parts are NULL before open */
  char *directory;
  EarClock *clock;
  EarIdentity *identity;
  EarPoller *poller;
  EarDeadlines *deadlines;
  EarHistory *history;
  EarSession *session;
  EarUserList *users;
  EarContacts *contacts;
  EarAnnouncementList *announcements;
  EarSwitchboard *switchboard;
  guint16 port; /* wanted for the doorbell */

  /* The account whose contacts and announcements are loaded; NULL: none */
  char *me;
  char *server;
  EarDeadline save_pin_again; /* that of the server, which the disk did not take */
  guint ticket;               /* of the preparation at hand */
  guint64 first_number;       /* broadcasts up to here were seen in earlier runs */
  guint64 last_number;
  GHashTable *seen; /* numbers of the broadcasts of this run */
};

/* ear-client-account.c */
void
ear_client_prepare (EarSession *session, EarSessionStage stage, guint ticket, gpointer user_data);
void ear_client_follow_session (EarClient *self);

/* ear-client-announcements.c */
void ear_client_follow_announcements (EarClient *self);
void ear_client_take_announcements (EarClient *self, GPtrArray *announcements, guint64 last_number);
void ear_client_forget_announcements (EarClient *self);

/* ear-client.c */
void ear_client_tell_announced (EarClient *self, EarAnnouncement *announcement);
void ear_client_tell_retracted (EarClient *self, EarAnnouncement *announcement);
void ear_client_tell_administered (EarClient *self);

G_END_DECLS
