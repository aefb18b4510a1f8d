/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-admin.h"

G_BEGIN_DECLS

/* Shared by the files of EarAdmin: ear-admin.c has the commands, ear-admin-socket.c the socket. */
struct _EarAdmin
{
  GObject parent_instance;

  EarRegistry *registry;
  EarAdminFunc log_out;
  gpointer user_data;
  EarAudit *audit;
  EarBulletin *bulletin;
  EarPolicy *policy;
  EarInvitations *invitations; /* nullable */
  EarServerLink *link;         /* what an invitation is written into */
  GSocketService *service;
  char *path;
};

G_END_DECLS
