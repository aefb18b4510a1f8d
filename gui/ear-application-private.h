/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"
#include "gui/ear-application.h"
#include "gui/ear-login-dialog.h"
#include "gui/ear-notifier.h"
#include "gui/ear-placement.h"
#include "gui/ear-presence.h"
#include "gui/ear-window.h"

G_BEGIN_DECLS

/* Shared by ear-application.c (which window there is), ear-application-login.c (how a person gets
 * in), ear-application-actions.c (what can be done from everywhere, also from a notification) and
 * ear-application-admin.c (what only admins can do). */
struct _EarApplication
{
  AdwApplication parent_instance;

  /* Owned */
  char *profile; /* "" is the usual one */
  char *directory;
  char *server; /* of the command line, nullable */
  char *user;
  char *password;
  char *demo_account;
  GSettings *settings; /* nullable: the schema is not installed */
  EarClient *client;
  EarPresence *presence; /* NULL until the client is open */
  EarNotifier *notifier;
  GCancellable *cancellable;
  guint patience;
  guint on_interrupt;
  guint on_terminate;

  /* Borrowed: weak pointers */
  EarLoginDialog *dialog;
  EarWindow *window;
  AdwToast *undo_toast; /* takes back what an admin did last */

  EarPlacement placement;
  gboolean opening; /* the client, or waiting whether to try again: without a window */
  gboolean ready;   /* the client is open */
  gboolean closing;
};

void ear_application_add_actions (EarApplication *self);
void ear_application_add_presence_actions (EarApplication *self);
void ear_application_show_window (EarApplication *self);
void ear_application_open_profile (EarApplication *self);
void ear_application_shut_down (EarApplication *self);
void ear_application_quit (EarApplication *self);

/* ear-application-admin.c */
void ear_application_add_admin_actions (EarApplication *self);
void ear_application_follow_rights (EarApplication *self);

/* ear-application-login.c */
void ear_application_follow_session (EarApplication *self);
void ear_application_log_in (EarApplication *self, const GError *error);
void ear_application_show_broken (EarApplication *self, const GError *error);

G_END_DECLS
