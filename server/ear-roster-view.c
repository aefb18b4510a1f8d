/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarRosterView: a window on the roster, (prefix, limit), shared by all who watch the same.
 *
 * At a tick only those are looked at who have changed since the last one: each has its place in the
 * window, or none. Nobody else is, unless the limit leaves somebody out who has a place now. The
 * lines are encoded once and sent to all, in the order of their coming. Who comes between two ticks
 * gets the window of the last one, so that the next change fits. */

#include "server/ear-roster-view.h"

#include <string.h>

#include "wire/ear-limits.h"
#include "wire/ear-message.h"
#include "wire/ear-ring.h"

/* Names in one roster-change line. */
#define MAX_LEFT 400

struct _EarRosterView
{
  EarRoster *roster; /* borrowed: it owns the view */
  char *folded_prefix;
  guint limit;
  GList watchers;    /* ring of watchers, in the order of their coming */
  GPtrArray *window; /* (element-type EarPresence): sorted by user */
  gsize n_bytes;     /* of its entries */
  gboolean complete; /* the limit leaves nobody out */
  guint total;
  gint64 told_us; /* when anything was told last */

  /* The lines of the window, as long as it stays the same: without `re`, and with the last one. */
  GPtrArray *bodies; /* (element-type GBytes) (nullable) */
  GPtrArray *lines;  /* (element-type GBytes) (nullable) */
  gint64 lines_re;
};

/* The difference of two windows. */
typedef struct
{
  GPtrArray *joined;  /* (element-type EarPresence): in the window */
  GPtrArray *changed; /* (element-type EarPresence): in the window */
  GPtrArray *left;    /* (element-type EarPresence): owned */
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
encode_window (EarRosterView *self)
{
  guint from = 0;

  self->bodies = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  do {
    g_autoptr (EarMessage) message = ear_message_new (EAR_MESSAGE_ROSTER);

    add_entries (message, "users", self->window, from, EAR_LIMIT_ROSTER_LINE);
    from += EAR_LIMIT_ROSTER_LINE;
    ear_message_set_integer (message, "total", self->total);
    ear_message_set_boolean (message, "more", from < self->window->len);
    g_ptr_array_add (self->bodies, ear_message_to_line (message));
  } while (from < self->window->len);
}

/* Encoding thousands of entries takes long; this, behind the type, does not. */
static GBytes *
insert_re (GBytes *body, gint64 re)
{
  gsize size;
  const char *object = g_bytes_get_data (body, &size);
  gsize n_head = strlen ("{\"type\":\"roster\",");
  GString *line = g_string_sized_new (size + 32);

  g_string_append_len (line, object, (gssize) n_head);
  g_string_append_printf (line, "\"re\":%" G_GINT64_FORMAT ",", re);
  g_string_append_len (line, object + n_head, (gssize) (size - n_head));
  return g_string_free_to_bytes (line);
}

static void
address_lines (EarRosterView *self, gint64 re)
{
  g_clear_pointer (&self->lines, g_ptr_array_unref);
  self->lines = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->lines_re = re;
  for (guint i = 0; i < self->bodies->len; i++)
    g_ptr_array_add (self->lines, insert_re (g_ptr_array_index (self->bodies, i), re));
}

static void
forget_lines (EarRosterView *self)
{
  g_clear_pointer (&self->bodies, g_ptr_array_unref);
  g_clear_pointer (&self->lines, g_ptr_array_unref);
}

/* -- What changed -- */

/* Who changed and changed back within one tick did not change. */
static gboolean
is_same (const EarPresence *a, const EarPresence *b)
{
  return a == b || (g_str_equal (a->name, b->name) && g_str_equal (a->status, b->status));
}

/* Where a user is in the window, or would be, at @from or after it. */
static guint
find (GPtrArray *window, guint from, const char *user)
{
  guint to = window->len;

  while (from < to) {
    guint middle = from + (to - from) / 2;

    if (strcmp (((EarPresence *) g_ptr_array_index (window, middle))->user, user) < 0)
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

static void
move (GPtrArray *to, GPtrArray *from, guint begin, guint end)
{
  guint n = to->len;

  if (begin == end)
    return;
  g_ptr_array_set_size (to, (int) (n + end - begin));
  memcpy (to->pdata + n, from->pdata + begin, (end - begin) * sizeof (gpointer));
}

/* Puts one into the window in another's place; either may be NULL. */
static void
replace (EarRosterView *self,
         GPtrArray *window,
         EarPresence *before,
         EarPresence *after,
         Difference *difference)
{
  if (after != NULL) {
    g_ptr_array_add (window, ear_presence_ref (after));
    g_ptr_array_add (before != NULL ? difference->changed : difference->joined, after);
    self->n_bytes += after->size;
  }
  if (before == NULL)
    return;
  self->n_bytes -= before->size;
  if (after != NULL)
    ear_presence_unref (before);
  else
    g_ptr_array_add (difference->left, before);
}

/* Makes a window in which the changes are made. Who stays is moved there and not looked at. */
static void
apply (EarRosterView *self, GArray *changes, Difference *difference)
{
  GPtrArray *window = g_ptr_array_new_with_free_func ((GDestroyNotify) ear_presence_unref);
  gboolean changed = FALSE;
  guint from = 0;

  for (guint i = 0; i < changes->len; i++) {
    const EarRosterChange *change = &g_array_index (changes, EarRosterChange, i);
    guint at = find (self->window, from, change->user);
    EarPresence *before = at < self->window->len ? g_ptr_array_index (self->window, at) : NULL;
    EarPresence *after = change->presence;

    if (before == NULL && !self->complete)
      break; /* beyond the window */
    if (before != NULL && !g_str_equal (before->user, change->user))
      before = NULL;
    if (after != NULL && !ear_roster_matches (self->roster, after, self->folded_prefix))
      after = NULL;
    if (before == after || (before != NULL && after != NULL && is_same (before, after)))
      continue;
    move (window, self->window, from, at);
    from = at + (before != NULL);
    replace (self, window, before, after, difference);
    changed = TRUE;
  }
  if (changed) {
    move (window, self->window, from, self->window->len);
    g_ptr_array_set_free_func (self->window, NULL);
    g_ptr_array_unref (self->window);
    self->window = window;
  } else {
    g_ptr_array_unref (window);
  }
}

static gboolean
drop_last (GPtrArray *presences, EarPresence *presence)
{
  if (presences->len == 0 || g_ptr_array_index (presences, presences->len - 1) != presence)
    return FALSE;
  g_ptr_array_set_size (presences, (int) presences->len - 1);
  return TRUE;
}

/* Whom the limit leaves out goes from the end. */
static void
shorten (EarRosterView *self, Difference *difference)
{
  while (self->window->len > self->limit || self->n_bytes > EAR_LIMIT_WATCH_BYTES) {
    EarPresence *last = g_ptr_array_steal_index (self->window, self->window->len - 1);

    self->n_bytes -= last->size;
    self->complete = FALSE;
    if (drop_last (difference->joined, last)) {
      ear_presence_unref (last);
      continue;
    }
    drop_last (difference->changed, last);
    g_ptr_array_add (difference->left, last);
  }
}

/* There may be room now for some whom the limit left out. */
static void
lengthen (EarRosterView *self, Difference *difference)
{
  guint n = self->window->len;

  if (self->complete)
    return;
  self->complete = ear_roster_extend_window (self->roster, self->folded_prefix, self->limit,
                                             self->window, &self->n_bytes);
  for (; n < self->window->len; n++)
    g_ptr_array_add (difference->joined, g_ptr_array_index (self->window, n));
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

/* One that is sent to may leave, or make another leave. */
static void
send_to_all (EarRosterView *self, GBytes *line, EarRosterFunc send)
{
  GList todo, *node;

  ear_ring_init (&todo);
  ear_ring_splice (&todo, &self->watchers);
  while ((node = ear_ring_pop (&todo)) != NULL) {
    ear_ring_append (&self->watchers, node);
    send (node->data, line);
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
  ear_ring_init (&self->watchers);
  self->window = g_ptr_array_new_with_free_func ((GDestroyNotify) ear_presence_unref);
  self->complete =
    ear_roster_extend_window (roster, self->folded_prefix, limit, self->window, &self->n_bytes);
  self->total = ear_roster_get_n_users (roster);
  return self;
}

/**
 * ear_roster_view_free:
 * @self: (transfer full): a view that nobody watches
 *
 * Frees a view.
 */
void
ear_roster_view_free (EarRosterView *self)
{
  g_free (self->folded_prefix);
  g_ptr_array_unref (self->window);
  forget_lines (self);
  g_free (self);
}

/**
 * ear_roster_view_add:
 * @self: a view
 * @place: of a watcher, which is its data, in no ring
 *
 * Adds a watcher, who is told of changes until its place is taken out of the view's ring. It has to
 * be told the window first.
 */
void
ear_roster_view_add (EarRosterView *self, GList *place)
{
  ear_ring_append (&self->watchers, place);
}

/**
 * ear_roster_view_dup_lines:
 * @self: a view
 * @re: the id of the request that is answered
 *
 * Encodes the window as of the last tick.
 *
 * Returns: (transfer container) (element-type GBytes): the lines
 */
GPtrArray *
ear_roster_view_dup_lines (EarRosterView *self, gint64 re)
{
  if (self->bodies == NULL)
    encode_window (self);
  if (self->lines == NULL || self->lines_re != re)
    address_lines (self, re);
  return g_ptr_array_ref (self->lines);
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
  return !ear_ring_is_empty (&self->watchers);
}

/**
 * ear_roster_view_tick:
 * @self: a view
 * @changes: (element-type EarRosterChange): since the last tick, sorted by user
 * @send: how to reach its watchers
 * @now_us: the time, in microseconds
 *
 * Tells all watchers what has changed since the last tick. When it is only how many users there
 * are, which is so for most views while a crowd logs in, that may wait.
 *
 * Returns: whether it waits, for a tick to come
 */
gboolean
ear_roster_view_tick (EarRosterView *self, GArray *changes, EarRosterFunc send, gint64 now_us)
{
  Difference difference = { g_ptr_array_new (), g_ptr_array_new (),
                            g_ptr_array_new_with_free_func ((GDestroyNotify) ear_presence_unref) };
  guint total = ear_roster_get_n_users (self->roster);
  gboolean changed, may_wait;

  apply (self, changes, &difference);
  shorten (self, &difference);
  lengthen (self, &difference);
  changed = difference.joined->len + difference.changed->len + difference.left->len > 0;
  may_wait = !changed && now_us - self->told_us < EAR_LIMIT_ROSTER_TOTAL_MS * 1000;
  if (changed || (total != self->total && !may_wait)) {
    self->total = total;
    self->told_us = now_us;
    forget_lines (self);
    send_difference (self, &difference, send);
  }
  g_ptr_array_unref (difference.joined);
  g_ptr_array_unref (difference.changed);
  g_ptr_array_unref (difference.left);
  return total != self->total;
}
