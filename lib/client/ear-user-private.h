/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-user.h"

G_BEGIN_DECLS

struct _EarUser
{
  GObject parent_instance;

  char *account;
  char *name;
  char *folded; /* the name; NULL until it is searched (ear-user-search.c) */
  char *status; /* NULL: empty */
  char *last_message;
  GDateTime *last_seen;
  const EarUserKeeper *keeper; /* borrowed */
  guint unread;
  guint active : 1;
  guint uncertain : 1;
  guint contact : 1;
  guint verified : 1;
  guint blocked : 1;
  guint chatting : 1;
  guint asking : 1;
};

G_END_DECLS
