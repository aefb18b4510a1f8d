/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarRoster: who is active, in the order of account names, and the views on it.
 *
 * Changes are told in ticks: the first change starts one, and at its end every view tells its
 * watchers once. Nothing is computed while nothing changes. */

#include "server/ear-roster.h"

#include <string.h>

#include "server/ear-roster-view.h"
#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-limits.h"
#include "wire/ear-name.h"
#include "wire/ear-ring.h"

/* Somebody who watches. */
typedef struct
{
  EarRosterView *view;
  GList place; /* in the view's ring; its data is the watcher */
} Watch;

struct _EarRoster
{
  GObject parent_instance;

  EarRosterFunc send;
  EarClock *clock; /* of the deadlines */
  EarDeadline tick;
  GSequence *presences; /* (element-type EarPresence): sorted by user */
  GHashTable *iters;    /* (element-type utf8 GSequenceIter) */
  GHashTable *views;    /* (element-type utf8 EarRosterView): by "LIMIT PREFIX" */
  GHashTable *watches;  /* (element-type gpointer Watch): by watcher */
  GHashTable *touched;  /* (element-type utf8): a set: who changed since the last tick */
  guint64 n_compared;   /* presences with prefixes */
  guint n_sending;      /* while it is not 0, no view is freed */
};

G_DEFINE_FINAL_TYPE (EarRoster, ear_roster, G_TYPE_OBJECT)

/* -- Presences -- */

/* In JSON, where quotes and backslashes take two. */
static guint
get_encoded_size (const char *text)
{
  guint size = 0;

  for (const char *p = text; *p != '\0'; p++)
    size += *p == '"' || *p == '\\' ? 2 : 1;
  return size;
}

static char *
put (char **place, const char *text)
{
  char *copy = *place;

  *place = g_stpcpy (copy, text) + 1;
  return copy;
}

/* One block with its texts: there are thousands. */
static EarPresence *
presence_new (const char *user, const char *name, const char *status)
{
  g_autofree char *folded = ear_name_dup_folded (name);
  gsize text_size = strlen (user) + strlen (name) + strlen (status) + strlen (folded) + 4;
  EarPresence *self = g_malloc (sizeof *self + text_size);
  char *place = (char *) (self + 1);

  g_ref_count_init (&self->references);
  self->user = put (&place, user);
  self->name = put (&place, name);
  self->status = put (&place, status);
  self->folded_name = put (&place, folded);
  self->size = (guint) strlen ("{'user':'','name':'','status':''},") + get_encoded_size (user) +
               get_encoded_size (name) + get_encoded_size (status);
  return self;
}

/**
 * ear_presence_ref:
 * @self: a presence
 *
 * Adds a reference.
 *
 * Returns: (transfer full): the presence
 */
EarPresence *
ear_presence_ref (EarPresence *self)
{
  g_ref_count_inc (&self->references);
  return self;
}

/**
 * ear_presence_unref:
 * @self: (transfer full): a presence
 *
 * Lets a reference go.
 */
void
ear_presence_unref (EarPresence *self)
{
  if (g_ref_count_dec (&self->references))
    g_free (self);
}

static int
compare_users (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return strcmp (((const EarPresence *) a)->user, ((const EarPresence *) b)->user);
}

/* -- Ticks -- */

static gboolean
is_unwatched_cb (gpointer key, gpointer view, gpointer user_data)
{
  return !ear_roster_view_is_watched (view);
}

static void
drop_unwatched (EarRoster *self)
{
  if (self->n_sending == 0)
    g_hash_table_foreach_remove (self->views, is_unwatched_cb, NULL);
}

static void
start_tick (EarRoster *self)
{
  if (!ear_deadline_is_set (&self->tick))
    ear_deadline_set (&self->tick, EAR_LIMIT_ROSTER_TICK_MS);
}

static void
touch (EarRoster *self, const char *user)
{
  if (!g_hash_table_contains (self->touched, user))
    g_hash_table_add (self->touched, g_strdup (user));
  start_tick (self);
}

static int
compare_changes (gconstpointer a, gconstpointer b)
{
  return strcmp (((const EarRosterChange *) a)->user, ((const EarRosterChange *) b)->user);
}

static void
clear_change (gpointer change)
{
  g_clear_pointer (&((EarRosterChange *) change)->presence, ear_presence_unref);
}

/* In the order of the windows. */
static GArray *
list_changes (EarRoster *self, GHashTable *touched)
{
  GArray *changes = g_array_new (FALSE, FALSE, sizeof (EarRosterChange));
  GHashTableIter iter;
  gpointer user;

  g_array_set_clear_func (changes, clear_change);
  g_hash_table_iter_init (&iter, touched);
  while (g_hash_table_iter_next (&iter, &user, NULL)) {
    GSequenceIter *place = g_hash_table_lookup (self->iters, user);
    EarRosterChange change = { .user = user };

    if (place != NULL)
      change.presence = ear_presence_ref (g_sequence_get (place));
    g_array_append_val (changes, change);
  }
  g_array_sort (changes, compare_changes);
  return changes;
}

static GHashTable *
touched_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static void
tick_cb (gpointer user_data)
{
  EarRoster *self = user_data;
  g_autoptr (GHashTable) touched = g_steal_pointer (&self->touched);
  g_autoptr (GArray) changes = list_changes (self, touched);
  g_autoptr (GList) views = g_hash_table_get_values (self->views);
  gint64 now_us = ear_clock_get_time (self->clock);
  gboolean again = FALSE;

  self->touched = touched_new ();
  /* Whoever cannot be reached may leave at once, and its view with it. */
  self->n_sending++;
  for (GList *l = views; l != NULL; l = l->next)
    again = ear_roster_view_tick (l->data, changes, self->send, now_us) || again;
  self->n_sending--;
  drop_unwatched (self);
  if (again)
    start_tick (self);
}

/* -- Life -- */

static void
ear_roster_finalize (GObject *object)
{
  EarRoster *self = EAR_ROSTER (object);

  ear_deadline_clear (&self->tick);
  g_hash_table_unref (self->watches);
  g_hash_table_unref (self->touched);
  g_hash_table_unref (self->views);
  g_hash_table_unref (self->iters);
  g_sequence_free (self->presences);
  G_OBJECT_CLASS (ear_roster_parent_class)->finalize (object);
}

static void
ear_roster_class_init (EarRosterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ear_roster_finalize;
}

static void
ear_roster_init (EarRoster *self)
{
  self->presences = g_sequence_new ((GDestroyNotify) ear_presence_unref);
  self->iters = g_hash_table_new (g_str_hash, g_str_equal);
  self->views =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) ear_roster_view_free);
  self->watches = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->touched = touched_new ();
}

/**
 * ear_roster_new:
 * @deadlines: the deadlines of the main loop; they must outlive the roster
 * @send: how to reach a watcher
 *
 * Makes an empty roster.
 *
 * Returns: (transfer full): the roster
 */
EarRoster *
ear_roster_new (EarDeadlines *deadlines, EarRosterFunc send)
{
  EarRoster *self = g_object_new (EAR_TYPE_ROSTER, NULL);

  self->send = send;
  self->clock = ear_deadlines_get_clock (deadlines);
  ear_deadline_init (&self->tick, deadlines, tick_cb, self);
  return self;
}

/**
 * ear_roster_set:
 * @self: a roster
 * @user: an account name
 * @name: the display name
 * @status: the status, maybe empty
 *
 * Makes a user active, or changes what is told of one who is.
 */
void
ear_roster_set (EarRoster *self, const char *user, const char *name, const char *status)
{
  GSequenceIter *iter = g_hash_table_lookup (self->iters, user);
  const EarPresence *before = iter != NULL ? g_sequence_get (iter) : NULL;
  EarPresence *presence;

  if (before != NULL && g_str_equal (before->name, name) && g_str_equal (before->status, status))
    return;
  presence = presence_new (user, name, status);
  /* The key belongs to the presence: it leaves before the presence does. */
  g_hash_table_remove (self->iters, user);
  if (iter != NULL)
    g_sequence_set (iter, presence);
  else
    iter = g_sequence_insert_sorted (self->presences, presence, compare_users, NULL);
  g_hash_table_insert (self->iters, presence->user, iter);
  touch (self, user);
}

/**
 * ear_roster_remove:
 * @self: a roster
 * @user: an account name
 *
 * Makes a user inactive.
 */
void
ear_roster_remove (EarRoster *self, const char *user)
{
  GSequenceIter *iter = g_hash_table_lookup (self->iters, user);

  if (iter == NULL)
    return;
  touch (self, user);
  g_hash_table_remove (self->iters, user);
  g_sequence_remove (iter);
}

/**
 * ear_roster_get_n_users:
 * @self: a roster
 *
 * Counts who is active.
 *
 * Returns: how many
 */
guint
ear_roster_get_n_users (EarRoster *self)
{
  return g_hash_table_size (self->iters);
}

/**
 * ear_roster_matches:
 * @self: a roster
 * @presence: somebody
 * @folded_prefix: the beginning of account or display names, folded
 *
 * Checks whether somebody belongs into a window.
 *
 * Returns: whether the account or display name begins so
 */
gboolean
ear_roster_matches (EarRoster *self, const EarPresence *presence, const char *folded_prefix)
{
  self->n_compared++;
  return g_str_has_prefix (presence->user, folded_prefix) ||
         g_str_has_prefix (presence->folded_name, folded_prefix);
}

/* Who comes after all of a window. */
static GSequenceIter *
find_next (EarRoster *self, GPtrArray *window)
{
  if (window->len == 0)
    return g_sequence_get_begin_iter (self->presences);
  return g_sequence_search (self->presences, g_ptr_array_index (window, window->len - 1),
                            compare_users, NULL);
}

/**
 * ear_roster_extend_window:
 * @self: a roster
 * @folded_prefix: the beginning of account or display names, folded
 * @limit: the most users in the window
 * @window: (element-type EarPresence): the first users whose account or display name begins so, in
 *   the order of their account names; maybe none
 * @n_bytes: (inout): of their entries
 *
 * Adds those who come next, and of them no more than a link can let wait.
 *
 * Returns: whether nobody is left who could be added
 */
gboolean
ear_roster_extend_window (EarRoster *self,
                          const char *folded_prefix,
                          guint limit,
                          GPtrArray *window,
                          gsize *n_bytes)
{
  GSequenceIter *iter;

  if (window->len >= limit)
    return FALSE;
  for (iter = find_next (self, window); window->len < limit && !g_sequence_iter_is_end (iter);
       iter = g_sequence_iter_next (iter)) {
    EarPresence *presence = g_sequence_get (iter);

    if (!ear_roster_matches (self, presence, folded_prefix))
      continue;
    if (*n_bytes + presence->size > EAR_LIMIT_WATCH_BYTES)
      return FALSE;
    *n_bytes += presence->size;
    g_ptr_array_add (window, ear_presence_ref (presence));
  }
  return g_sequence_iter_is_end (iter);
}

/**
 * ear_roster_get_n_compared:
 * @self: a roster
 *
 * Counts how often somebody was compared with a prefix: how much the views have cost.
 *
 * Returns: how often, since the beginning
 */
guint64
ear_roster_get_n_compared (EarRoster *self)
{
  return self->n_compared;
}

static EarRosterView *
get_view (EarRoster *self, const char *folded_prefix, guint limit)
{
  g_autofree char *key = g_strdup_printf ("%u %s", limit, folded_prefix);
  EarRosterView *view = g_hash_table_lookup (self->views, key);

  if (view == NULL) {
    view = ear_roster_view_new (self, folded_prefix, limit);
    g_hash_table_insert (self->views, g_steal_pointer (&key), view);
  }
  return view;
}

/**
 * ear_roster_watch:
 * @self: a roster
 * @watcher: who watches; a pointer for the roster's send function
 * @prefix: the beginning of account or display names, in any case
 * @limit: the most users
 * @re: the id of the request that is answered
 *
 * Makes a watcher see a view, instead of the one it had.
 */
void
ear_roster_watch (EarRoster *self, gpointer watcher, const char *prefix, guint limit, gint64 re)
{
  g_autofree char *folded = ear_name_dup_folded (prefix);
  g_autoptr (GPtrArray) lines = NULL;
  Watch *watch = g_new0 (Watch, 1);

  ear_roster_unwatch (self, watcher);
  watch->view = get_view (self, folded, limit);
  watch->place.data = watcher;
  ear_roster_view_add (watch->view, &watch->place);
  g_hash_table_insert (self->watches, watcher, watch);
  lines = ear_roster_view_dup_lines (watch->view, re);
  /* Whoever cannot be reached may leave at once. */
  for (guint i = 0; i < lines->len && g_hash_table_contains (self->watches, watcher); i++)
    self->send (watcher, g_ptr_array_index (lines, i));
}

/**
 * ear_roster_unwatch:
 * @self: a roster
 * @watcher: who watches no more
 *
 * Ends what ear_roster_watch() began; no harm when nothing was begun.
 */
void
ear_roster_unwatch (EarRoster *self, gpointer watcher)
{
  Watch *watch = g_hash_table_lookup (self->watches, watcher);
  EarRosterView *view;

  if (watch == NULL)
    return;
  view = watch->view;
  ear_ring_unlink (&watch->place);
  g_hash_table_remove (self->watches, watcher);
  if (!ear_roster_view_is_watched (view))
    drop_unwatched (self);
}
