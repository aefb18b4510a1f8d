/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarRosterView: a window on the roster, (prefix, limit), shared by all who watch the same.
 *
 * At a tick the window is computed anew and compared with the last one: both are sorted and hold
 * immutable presences, so one walk finds who left, who joined and who changed. The lines are
 * encoded once and sent to all. Who comes between two ticks gets the window of the last one, so
 * that the next change fits. */

#include "server/ear-roster-view.h"

#include <string.h>

#include "wire/ear-limits.h"
#include "wire/ear-message.h"

/* Names in one roster-change line. */
#define MAX_LEFT 400

struct _EarRosterView
{
  EarRoster *roster; /* borrowed: it owns the view */
  char *folded_prefix;
  guint limit;
  GHashTable *watchers; /* (element-type gpointer): a set */
  GPtrArray *window;    /* (element-type EarPresence) */
  guint total;
  gint64 told_us; /* when anything was told last */

  /* The lines of the window, as long as it and the request's id stay the same. */
  GPtrArray *lines; /* (element-type GBytes) (nullable) */
  gint64 lines_re;
};

/* The difference of two windows. */
typedef struct
{
  GPtrArray *joined;
  GPtrArray *changed;
  GPtrArray *left;
} Difference;

static void
add_entries (EarMessage *message, const char *field, GPtrArray *presences, guint from, guint n_most)
{
  ear_message_add_entry (message, field, NULL);
  for (guint i = from; i < presences->len && i - from < n_most; i++) {
    const EarPresence *presence = g_ptr_array_index (presences, i);
    const EarRosterEntry entry = { presence->user, presence->name, presence->status };

    ear_message_add_entry (message, field, &entry);
  }
}

/* -- The window as it is -- */

static void
encode_window (EarRosterView *self, gint64 re)
{
  guint from = 0;

  g_clear_pointer (&self->lines, g_ptr_array_unref);
  self->lines = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->lines_re = re;
  do {
    g_autoptr (EarMessage) message = ear_message_new (EAR_MESSAGE_ROSTER);

    ear_message_set_integer (message, "re", re);
    add_entries (message, "users", self->window, from, EAR_LIMIT_ROSTER_LINE);
    from += EAR_LIMIT_ROSTER_LINE;
    ear_message_set_integer (message, "total", self->total);
    ear_message_set_boolean (message, "more", from < self->window->len);
    g_ptr_array_add (self->lines, ear_message_to_line (message));
  } while (from < self->window->len);
}

/* -- What changed -- */

/* Who changed and changed back within one tick did not change. */
static gboolean
is_same (const EarPresence *a, const EarPresence *b)
{
  return a == b || (g_str_equal (a->name, b->name) && g_str_equal (a->status, b->status));
}

static Difference
compare (GPtrArray *before, GPtrArray *after)
{
  Difference difference = { g_ptr_array_new (), g_ptr_array_new (), g_ptr_array_new () };
  guint i = 0, j = 0;

  while (i < before->len || j < after->len) {
    EarPresence *old = i < before->len ? g_ptr_array_index (before, i) : NULL;
    EarPresence *new = j < after->len ? g_ptr_array_index (after, j) : NULL;
    int order = old == NULL ? 1 : new == NULL ? -1 : strcmp (old->user, new->user);

    if (order < 0)
      g_ptr_array_add (difference.left, old);
    else if (order > 0)
      g_ptr_array_add (difference.joined, new);
    else if (!is_same (old, new))
      g_ptr_array_add (difference.changed, new);
    i += order <= 0;
    j += order >= 0;
  }
  return difference;
}

static void
set_left (EarMessage *message, GPtrArray *left, guint from)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = from; i < left->len && i - from < MAX_LEFT; i++)
    g_ptr_array_add (names, ((EarPresence *) g_ptr_array_index (left, i))->user);
  g_ptr_array_add (names, NULL);
  ear_message_set_strings (message, "left", (const char *const *) names->pdata);
}

static void
send_to_all (EarRosterView *self, GBytes *line, EarRosterFunc send)
{
  guint n_watchers;
  g_autofree gpointer *watchers = g_hash_table_get_keys_as_array (self->watchers, &n_watchers);

  /* One that is sent to may leave, or make another leave. */
  for (guint i = 0; i < n_watchers; i++) {
    if (g_hash_table_contains (self->watchers, watchers[i]))
      send (watchers[i], line);
  }
}

/* A line holds at most EAR_LIMIT_ROSTER_LINE entries, joined and changed together, so that the
 * longest names fit in a line. */
static void
send_difference (EarRosterView *self, const Difference *difference, EarRosterFunc send)
{
  guint joined = 0, changed = 0, left = 0;

  do {
    g_autoptr (EarMessage) message = ear_message_new (EAR_MESSAGE_ROSTER_CHANGE);
    g_autoptr (GBytes) line = NULL;
    guint n_joined = MIN (difference->joined->len - joined, EAR_LIMIT_ROSTER_LINE);
    guint n_changed = MIN (difference->changed->len - changed, EAR_LIMIT_ROSTER_LINE - n_joined);

    add_entries (message, "joined", difference->joined, joined, n_joined);
    add_entries (message, "changed", difference->changed, changed, n_changed);
    set_left (message, difference->left, left);
    ear_message_set_integer (message, "total", self->total);
    line = ear_message_to_line (message);
    send_to_all (self, line, send);
    joined += n_joined;
    changed += n_changed;
    left += MIN (difference->left->len - left, MAX_LEFT);
  } while (joined < difference->joined->len || changed < difference->changed->len ||
           left < difference->left->len);
}

/**
 * ear_roster_view_new:
 * @roster: the roster; it must outlive the view
 * @folded_prefix: the beginning of account or display names, folded
 * @limit: the most users in the window
 *
 * Makes a view of the roster as it is now.
 *
 * Returns: (transfer full): the view
 */
EarRosterView *
ear_roster_view_new (EarRoster *roster, const char *folded_prefix, guint limit)
{
  EarRosterView *self = g_new0 (EarRosterView, 1);

  self->roster = roster;
  self->folded_prefix = g_strdup (folded_prefix);
  self->limit = limit;
  self->watchers = g_hash_table_new (NULL, NULL);
  self->window = ear_roster_dup_window (roster, folded_prefix, limit);
  self->total = ear_roster_get_n_users (roster);
  return self;
}

/**
 * ear_roster_view_free:
 * @self: (transfer full): a view
 *
 * Frees a view.
 */
void
ear_roster_view_free (EarRosterView *self)
{
  g_free (self->folded_prefix);
  g_hash_table_unref (self->watchers);
  g_ptr_array_unref (self->window);
  g_clear_pointer (&self->lines, g_ptr_array_unref);
  g_free (self);
}

/**
 * ear_roster_view_add:
 * @self: a view
 * @watcher: who watches from now on
 * @send: how to reach the watcher
 * @re: the id of the request that is answered
 *
 * Adds a watcher, who gets the window as of the last tick.
 */
void
ear_roster_view_add (EarRosterView *self, gpointer watcher, EarRosterFunc send, gint64 re)
{
  g_autoptr (GPtrArray) lines = NULL;

  g_hash_table_add (self->watchers, watcher);
  if (self->lines == NULL || self->lines_re != re)
    encode_window (self, re);
  lines = g_ptr_array_ref (self->lines);
  for (guint i = 0; i < lines->len && g_hash_table_contains (self->watchers, watcher); i++)
    send (watcher, g_ptr_array_index (lines, i));
}

/**
 * ear_roster_view_remove:
 * @self: a view
 * @watcher: who watches no more
 *
 * Removes a watcher.
 */
void
ear_roster_view_remove (EarRosterView *self, gpointer watcher)
{
  g_hash_table_remove (self->watchers, watcher);
}

/**
 * ear_roster_view_is_watched:
 * @self: a view
 *
 * Checks whether anybody watches.
 *
 * Returns: whether somebody does
 */
gboolean
ear_roster_view_is_watched (EarRosterView *self)
{
  return g_hash_table_size (self->watchers) > 0;
}

/**
 * ear_roster_view_tick:
 * @self: a view
 * @send: how to reach its watchers
 * @now_us: the time, in microseconds
 *
 * Tells all watchers what has changed since the last tick. When it is only how many users there
 * are, which is so for most views while a crowd logs in, that may wait.
 *
 * Returns: whether it waits, for a tick to come
 */
gboolean
ear_roster_view_tick (EarRosterView *self, EarRosterFunc send, gint64 now_us)
{
  GPtrArray *after = ear_roster_dup_window (self->roster, self->folded_prefix, self->limit);
  guint total = ear_roster_get_n_users (self->roster);
  Difference difference = compare (self->window, after);
  gboolean changed = difference.joined->len + difference.changed->len + difference.left->len > 0;
  gboolean may_wait = !changed && now_us - self->told_us < EAR_LIMIT_ROSTER_TOTAL_MS * 1000;

  if (changed || (total != self->total && !may_wait)) {
    self->total = total;
    self->told_us = now_us;
    g_clear_pointer (&self->lines, g_ptr_array_unref);
    send_difference (self, &difference, send);
  }
  g_ptr_array_unref (difference.joined);
  g_ptr_array_unref (difference.changed);
  g_ptr_array_unref (difference.left);
  g_ptr_array_unref (self->window);
  self->window = after;
  return total != self->total;
}
