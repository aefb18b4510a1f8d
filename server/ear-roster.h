/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-server-types.h"

G_BEGIN_DECLS

/* Somebody who is active. Immutable: a change makes a new one, and who holds the one before still
 * has it as it was. */
struct _EarPresence
{
  grefcount references;
  char *user;
  char *name;
  char *status;
  char *folded_name;
  guint size; /* bytes of its entry in a line */
};

EarPresence *ear_presence_ref (EarPresence *self);
void ear_presence_unref (EarPresence *self);

/* What has become of a user since the last tick. */
typedef struct
{
  const char *user;
  EarPresence *presence; /* (nullable): not active any more */
} EarRosterChange;

#define EAR_TYPE_ROSTER (ear_roster_get_type ())
G_DECLARE_FINAL_TYPE (EarRoster, ear_roster, EAR, ROSTER, GObject)

/* How a view reaches a watcher. */
typedef void (*EarRosterFunc) (gpointer watcher, GBytes *line);

EarRoster *ear_roster_new (EarDeadlines *deadlines, EarRosterFunc send);
void ear_roster_set (EarRoster *self, const char *user, const char *name, const char *status);
void ear_roster_remove (EarRoster *self, const char *user);
guint ear_roster_get_n_users (EarRoster *self);

gboolean
ear_roster_matches (EarRoster *self, const EarPresence *presence, const char *folded_prefix);
gboolean ear_roster_extend_window (EarRoster *self,
                                   const char *folded_prefix,
                                   guint limit,
                                   GPtrArray *window,
                                   gsize *n_bytes);
guint64 ear_roster_get_n_compared (EarRoster *self);

void
ear_roster_watch (EarRoster *self, gpointer watcher, const char *prefix, guint limit, gint64 re);
void ear_roster_unwatch (EarRoster *self, gpointer watcher);

G_END_DECLS
