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

struct _EarRoster
{
  GObject parent_instance;

  EarRosterFunc send;
  EarClock *clock; /* of the deadlines */
  EarDeadline tick;
  GSequence *presences; /* (element-type EarPresence): sorted by user */
  GHashTable *iters;    /* (element-type utf8 GSequenceIter) */
  GHashTable *views;    /* (element-type utf8 EarRosterView): by "LIMIT PREFIX" */
  GHashTable *watched;  /* (element-type gpointer EarRosterView): by watcher */
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
changed (EarRoster *self)
{
  if (!ear_deadline_is_set (&self->tick))
    ear_deadline_set (&self->tick, EAR_LIMIT_ROSTER_TICK_MS);
}

static void
tick_cb (gpointer user_data)
{
  EarRoster *self = user_data;
  g_autoptr (GList) views = g_hash_table_get_values (self->views);
  gint64 now_us = ear_clock_get_time (self->clock);
  gboolean again = FALSE;

  /* Whoever cannot be reached may leave at once, and its view with it. */
  self->n_sending++;
  for (GList *l = views; l != NULL; l = l->next)
    again = ear_roster_view_tick (l->data, self->send, now_us) || again;
  self->n_sending--;
  drop_unwatched (self);
  if (again)
    changed (self);
}

/* -- Life -- */

static void
ear_roster_finalize (GObject *object)
{
  EarRoster *self = EAR_ROSTER (object);

  ear_deadline_clear (&self->tick);
  g_hash_table_unref (self->watched);
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
  self->watched = g_hash_table_new (NULL, NULL);
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
  changed (self);
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
  g_hash_table_remove (self->iters, user);
  g_sequence_remove (iter);
  changed (self);
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
 * ear_roster_dup_window:
 * @self: a roster
 * @folded_prefix: the beginning of account or display names, folded
 * @limit: the most users
 *
 * Finds the first users whose account or display name begins so, and of them no more than a link
 * can let wait.
 *
 * Returns: (transfer full) (element-type EarPresence): them, in the order of their account names
 */
GPtrArray *
ear_roster_dup_window (EarRoster *self, const char *folded_prefix, guint limit)
{
  GPtrArray *window = g_ptr_array_new_with_free_func ((GDestroyNotify) ear_presence_unref);
  GSequenceIter *iter = g_sequence_get_begin_iter (self->presences);
  gsize n_bytes = 0;

  for (; window->len < limit && !g_sequence_iter_is_end (iter);
       iter = g_sequence_iter_next (iter)) {
    EarPresence *presence = g_sequence_get (iter);

    if (!g_str_has_prefix (presence->user, folded_prefix) &&
        !g_str_has_prefix (presence->folded_name, folded_prefix))
      continue;
    n_bytes += presence->size;
    if (n_bytes > EAR_LIMIT_WATCH_BYTES)
      break;
    g_ptr_array_add (window, ear_presence_ref (presence));
  }
  return window;
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
  g_autofree char *key = g_strdup_printf ("%u %s", limit, folded);
  EarRosterView *view;

  ear_roster_unwatch (self, watcher);
  view = g_hash_table_lookup (self->views, key);
  if (view == NULL) {
    view = ear_roster_view_new (self, folded, limit);
    g_hash_table_insert (self->views, g_steal_pointer (&key), view);
  }
  g_hash_table_insert (self->watched, watcher, view);
  self->n_sending++;
  ear_roster_view_add (view, watcher, self->send, re);
  self->n_sending--;
  drop_unwatched (self);
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
  EarRosterView *view = g_hash_table_lookup (self->watched, watcher);

  if (view == NULL)
    return;
  g_hash_table_remove (self->watched, watcher);
  ear_roster_view_remove (view, watcher);
  if (!ear_roster_view_is_watched (view))
    drop_unwatched (self);
}
