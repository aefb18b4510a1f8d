/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarRoster and its views: watchers who apply the lines they get, against a naive model. */

#include "server/ear-roster.h"

#include <string.h>

#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-limits.h"
#include "wire/ear-message.h"
#include "wire/ear-name.h"

/* Longer than a tick, with what the wheel may be late. */
#define TICK_US ((EAR_LIMIT_ROSTER_TICK_MS + 40) * G_GINT64_CONSTANT (1000))

typedef struct
{
  EarClock *clock;
  EarDeadlines *deadlines;
  EarRoster *roster;
  GTree *model; /* (element-type utf8 utf8): user → name NEWLINE status */
} Fixture;

typedef struct
{
  Fixture *fixture;
  GTree *users; /* as in the model, but only what was told */
  const char *prefix;
  guint limit;
  gint64 re;
  gint64 total;
  guint n_lines;
  gsize n_bytes;
  guint n_window_lines;
  guint n_most; /* entries in a line */
  gboolean complete;
  gboolean leaves; /* at the next line */
} Watcher;

static int
compare_cb (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return strcmp (a, b);
}

static GTree *
users_new (void)
{
  return g_tree_new_full (compare_cb, NULL, g_free, g_free);
}

/* -- Watchers -- */

static guint
apply_entries (Watcher *self, EarMessage *message, const char *field, gboolean known)
{
  guint n = ear_message_get_n_entries (message, field);

  for (guint i = 0; i < n; i++) {
    EarRosterEntry entry;

    ear_message_get_entry (message, field, i, &entry);
    g_assert_true ((g_tree_lookup (self->users, entry.user) != NULL) == known);
    g_tree_replace (self->users, g_strdup (entry.user),
                    g_strdup_printf ("%s\n%s", entry.name, entry.status));
  }
  return n;
}

static guint
apply_change (Watcher *self, EarMessage *message)
{
  g_auto (GStrv) left = ear_message_dup_strings (message, "left");
  guint n = apply_entries (self, message, "joined", FALSE);

  g_assert_true (self->complete);
  n += apply_entries (self, message, "changed", TRUE);
  for (guint i = 0; left[i] != NULL; i++)
    g_assert_true (g_tree_remove (self->users, left[i]));
  g_assert_cmpuint (g_strv_length (left), <=, 400);
  return n;
}

static void
send_cb (gpointer watcher, GBytes *line)
{
  Watcher *self = watcher;
  g_autoptr (GError) error = NULL;
  g_autoptr (EarMessage) message = NULL;
  gsize size;
  const char *data = g_bytes_get_data (line, &size);
  guint n;

  g_assert_cmpuint (size, <=, EAR_LIMIT_LINE_SERVER);
  g_assert_cmpint (data[size - 1], ==, '\n');
  message = ear_message_parse (data, size - 1, EAR_MESSAGE_AT_CLIENT, &error);
  g_assert_no_error (error);
  self->n_lines++;
  self->n_bytes += size;
  if (ear_message_get_type (message) == EAR_MESSAGE_ROSTER) {
    g_assert_false (self->complete);
    g_assert_cmpint (ear_message_get_integer (message, "re"), ==, self->re);
    n = apply_entries (self, message, "users", FALSE);
    self->complete = !ear_message_get_boolean (message, "more");
    self->n_window_lines++;
  } else {
    g_assert_cmpint (ear_message_get_type (message), ==, EAR_MESSAGE_ROSTER_CHANGE);
    n = apply_change (self, message);
  }
  g_assert_cmpuint (n, <=, EAR_LIMIT_ROSTER_LINE);
  self->n_most = MAX (self->n_most, n);
  self->total = ear_message_get_integer (message, "total");
  if (self->leaves)
    ear_roster_unwatch (self->fixture->roster, self);
}

static void
watch (Fixture *f, Watcher *self, const char *prefix, guint limit, gint64 re)
{
  g_clear_pointer (&self->users, g_tree_unref);
  *self = (Watcher){ .fixture = f, .users = users_new (), .prefix = prefix, .limit = limit };
  self->re = re;
  ear_roster_watch (f->roster, self, prefix, limit, re);
}

static void
unwatch (Watcher *self)
{
  if (self->users == NULL)
    return;
  ear_roster_unwatch (self->fixture->roster, self);
  g_clear_pointer (&self->users, g_tree_unref);
}

/* -- The model -- */

static void
set (Fixture *f, const char *user, const char *name, const char *status)
{
  ear_roster_set (f->roster, user, name, status);
  g_tree_replace (f->model, g_strdup (user), g_strdup_printf ("%s\n%s", name, status));
}

static void
leave (Fixture *f, const char *user)
{
  ear_roster_remove (f->roster, user);
  g_tree_remove (f->model, user);
}

static gboolean
matches (const char *user, const char *value, const char *prefix)
{
  g_autofree char *folded_prefix = ear_name_dup_folded (prefix);
  g_autofree char *name = g_strndup (value, strcspn (value, "\n"));
  g_autofree char *folded_name = ear_name_dup_folded (name);

  return g_str_has_prefix (user, folded_prefix) || g_str_has_prefix (folded_name, folded_prefix);
}

/* After a tick: the watcher knows the window of its view, and nothing else. */
static void
assert_window (Watcher *self)
{
  GTreeNode *known = g_tree_node_first (self->users);
  guint n = 0;

  g_assert_true (self->complete);
  for (GTreeNode *l = g_tree_node_first (self->fixture->model); l != NULL && n < self->limit;
       l = g_tree_node_next (l)) {
    if (!matches (g_tree_node_key (l), g_tree_node_value (l), self->prefix))
      continue;
    n++;
    g_assert_nonnull (known);
    g_assert_cmpstr (g_tree_node_key (known), ==, g_tree_node_key (l));
    g_assert_cmpstr (g_tree_node_value (known), ==, g_tree_node_value (l));
    known = g_tree_node_next (known);
  }
  g_assert_null (known);
}

static void
assert_total (Watcher *self)
{
  g_assert_cmpint (self->total, ==, g_tree_nnodes (self->fixture->model));
}

/* -- Fixture -- */

static void
set_up (Fixture *f, gconstpointer data)
{
  f->clock = ear_clock_new_manual (5000000);
  f->deadlines = ear_deadlines_new (f->clock, NULL);
  f->roster = ear_roster_new (f->deadlines, send_cb);
  f->model = users_new ();
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_assert_finalize_object (f->roster);
  ear_deadlines_unref (f->deadlines);
  ear_clock_unref (f->clock);
  g_tree_unref (f->model);
}

static void
tick (Fixture *f)
{
  ear_clock_advance (f->clock, TICK_US);
}

/* Long enough for what may wait, too. */
static void
tick_long (Fixture *f)
{
  ear_clock_advance (f->clock, EAR_LIMIT_ROSTER_TOTAL_MS * 1000);
}

/* -- Tests -- */

static void
test_simple (Fixture *f, gconstpointer data)
{
  Watcher w = { 0 };

  set (f, "bob", "Bob", "");
  watch (f, &w, "", 10, 7);
  assert_window (&w);
  g_assert_cmpuint (w.n_lines, ==, 1);
  tick (f); /* the one of bob's coming */
  g_assert_cmpuint (w.n_lines, ==, 1);
  set (f, "ann", "Ann", "here");
  leave (f, "bob");
  set (f, "cyd", "Cyd", "");
  g_assert_cmpuint (w.n_lines, ==, 1);
  tick (f);
  g_assert_cmpuint (w.n_lines, ==, 2);
  assert_window (&w);
  unwatch (&w);
  set (f, "dan", "Dan", "");
  tick (f);
  g_assert_cmpuint (ear_roster_get_n_users (f->roster), ==, 3);
}

static void
test_nothing_changed (Fixture *f, gconstpointer data)
{
  Watcher w = { 0 };

  set (f, "ann", "Ann", "here");
  watch (f, &w, "", 10, 7);
  tick (f);
  for (guint i = 0; i < 5; i++) {
    set (f, "ann", "Ann", "here"); /* the same */
    leave (f, "nobody");
    tick (f);
    set (f, "ann", "Anna", "there"); /* there and back */
    set (f, "ann", "Ann", "here");
    tick (f);
    leave (f, "ann"); /* off and on */
    set (f, "ann", "Ann", "here");
    set (f, "bob", "Bob", ""); /* on and off */
    leave (f, "bob");
    tick (f);
    g_assert_cmpuint (w.n_lines, ==, 1);
  }
  assert_window (&w);
  unwatch (&w);
}

/* Beyond the window only the total changes; that is told at once after a silence, and else waits.
 */
static void
test_total (Fixture *f, gconstpointer data)
{
  Watcher w = { 0 };

  set (f, "ann", "Ann", "");
  set (f, "bob", "Bob", "");
  watch (f, &w, "", 1, 7);
  tick (f);
  g_assert_cmpuint (w.n_lines, ==, 1);
  set (f, "cyd", "Cyd", "");
  tick (f);
  g_assert_cmpuint (w.n_lines, ==, 2);
  assert_window (&w);
  assert_total (&w);
  set (f, "cyd", "Cyd", "busy");
  tick (f);
  g_assert_cmpuint (w.n_lines, ==, 2);
  set (f, "dan", "Dan", "");
  set (f, "eve", "Eve", "");
  tick (f);
  tick (f);
  g_assert_cmpuint (w.n_lines, ==, 2);
  tick_long (f);
  g_assert_cmpuint (w.n_lines, ==, 3);
  assert_total (&w);
  leave (f, "eve");
  tick (f);
  g_assert_cmpuint (w.n_lines, ==, 3);
  leave (f, "ann"); /* the window moves on to bob */
  tick (f);
  g_assert_cmpuint (w.n_lines, ==, 4);
  assert_window (&w);
  assert_total (&w);
  tick_long (f);
  g_assert_cmpuint (w.n_lines, ==, 4); /* nothing is left to tell */
  unwatch (&w);
}

static void
random_change (Fixture *f, GRand *rand)
{
  static const char *const names[] = { "Ann", "ANNA", "Änne", "Bob", "bo", "Zoë", "x\"y\\z" };
  g_autofree char *user =
    g_strdup_printf ("%c%d", "abcz"[g_rand_int_range (rand, 0, 4)], g_rand_int_range (rand, 0, 60));
  const char *name = names[g_rand_int_range (rand, 0, G_N_ELEMENTS (names))];
  g_autofree char *status = g_strnfill ((gsize) g_rand_int_range (rand, 0, 3), 's');

  if (g_rand_int_range (rand, 0, 3) == 0)
    leave (f, user);
  else
    set (f, user, name, status);
}

static void
test_random (Fixture *f, gconstpointer data)
{
  static const char *const prefixes[] = { "", "a", "A", "än", "bo", "ANN", "x\"", "nobody" };
  static const guint limits[] = { 1, 2, 7, 50, 1000 };
  Watcher watchers[30] = { 0 };
  GRand *rand = g_rand_new_with_seed (1234);

  for (guint i = 0; i < 2000; i++) {
    gint n_changes = g_rand_int_range (rand, 0, i % 50 == 0 ? 300 : 12);

    for (gint j = 0; j < n_changes; j++) {
      Watcher *w = &watchers[g_rand_int_range (rand, 0, G_N_ELEMENTS (watchers))];

      random_change (f, rand);
      if (g_rand_int_range (rand, 0, 8) == 0)
        watch (f, w, prefixes[g_rand_int_range (rand, 0, G_N_ELEMENTS (prefixes))],
               limits[g_rand_int_range (rand, 0, G_N_ELEMENTS (limits))],
               g_rand_int_range (rand, 1, 4));
      else if (g_rand_int_range (rand, 0, 16) == 0)
        unwatch (w);
    }
    tick (f);
    for (guint j = 0; j < G_N_ELEMENTS (watchers); j++) {
      if (watchers[j].users != NULL)
        assert_window (&watchers[j]);
    }
    if (i % 10 != 0)
      continue;
    tick_long (f);
    for (guint j = 0; j < G_N_ELEMENTS (watchers); j++) {
      if (watchers[j].users != NULL)
        assert_total (&watchers[j]);
    }
  }
  for (guint j = 0; j < G_N_ELEMENTS (watchers); j++)
    unwatch (&watchers[j]);
  g_rand_free (rand);
}

/* Crowds with the longest names come, change and go: every line fits. */
static void
test_crowd (Fixture *f, gconstpointer data)
{
  g_autofree char *quotes = g_strnfill (EAR_LIMIT_DISPLAY, '"');
  g_autofree char *slashes = g_strnfill (EAR_LIMIT_DISPLAY, '\\');
  Watcher w = { 0 };
  Watcher late = { 0 };

  watch (f, &w, "", 5000, 7);
  for (guint round = 0; round < 3; round++) {
    for (guint i = 0; i < 800; i++) {
      g_autofree char *user = g_strdup_printf ("u%031u", i);
      g_autofree char *other = g_strdup_printf ("v%u%030u", round, i);

      set (f, user, quotes, round % 2 == 0 ? slashes : quotes);
      if (round < 2)
        set (f, other, slashes, quotes);
    }
    tick (f);
    assert_window (&w);
  }
  watch (f, &late, "", 5000, 8);
  g_assert_cmpuint (late.n_window_lines, ==, 24);
  assert_window (&late);
  for (guint i = 0; i < 800; i++) {
    g_autofree char *user = g_strdup_printf ("u%031u", i);

    leave (f, user);
  }
  tick (f);
  assert_window (&w);
  assert_window (&late);
  g_assert_cmpuint (w.n_most, ==, EAR_LIMIT_ROSTER_LINE);
  unwatch (&w);
  unwatch (&late);
}

/* Who is sent a line may be gone when the call comes back. */
static void
test_leave_while_told (Fixture *f, gconstpointer data)
{
  static const char *const prefixes[] = { "", "", "a", "b", "" };
  Watcher watchers[5] = { 0 };

  for (guint i = 0; i < 250; i++) {
    g_autofree char *user = g_strdup_printf ("a%u", i);

    set (f, user, "Name", "");
  }
  for (guint i = 0; i < G_N_ELEMENTS (watchers); i++)
    watch (f, &watchers[i], prefixes[i], 1000, 7);
  tick (f);
  for (guint i = 0; i < 4; i++) {
    watchers[i].n_lines = 0;
    watchers[i].leaves = TRUE;
  }
  for (guint i = 0; i < 250; i++) {
    g_autofree char *user = g_strdup_printf ("a%u", i);

    set (f, user, "Other", "");
  }
  set (f, "c", "See", "");
  tick (f);
  tick (f);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpuint (watchers[i].n_lines, ==, 1);
  assert_window (&watchers[4]);

  /* At once, in the answer: it is 3 lines, and it takes one. */
  unwatch (&watchers[0]);
  watchers[0] = (Watcher){ .fixture = f, .users = users_new (), .prefix = "a", .re = 9 };
  watchers[0].leaves = TRUE;
  ear_roster_watch (f->roster, &watchers[0], "a", 1000, 9);
  g_assert_cmpuint (watchers[0].n_lines, ==, 1);
  set (f, "d", "Dee", "");
  tick (f);
  g_assert_cmpuint (watchers[0].n_lines, ==, 1);
  assert_window (&watchers[4]);
  for (guint i = 0; i < G_N_ELEMENTS (watchers); i++)
    unwatch (&watchers[i]);
}

/* What a link lets wait at once bounds a window, too: whoever asks for everybody, at the longest
 * names, gets the first of them, and stays connected. */
static void
test_longest_names (Fixture *f, gconstpointer data)
{
  g_autofree char *name = g_strnfill (EAR_LIMIT_DISPLAY, '"');
  g_autofree char *first = g_strnfill (EAR_LIMIT_NAME, 'a');
  Watcher watcher = {
    .fixture = f, .users = users_new (), .prefix = "", .limit = EAR_LIMIT_WATCH, .re = 1
  };
  guint n_window;

  for (guint i = 0; i < EAR_LIMIT_WATCH; i++) {
    g_autofree char *user = g_strdup_printf ("user-with-a-rather-long-na-%05u", i);

    ear_roster_set (f->roster, user, name, name);
  }
  ear_roster_watch (f->roster, &watcher, "", EAR_LIMIT_WATCH, 1);
  g_assert_true (watcher.complete);
  g_assert_cmpint (watcher.total, ==, EAR_LIMIT_WATCH);
  g_assert_cmpuint (watcher.n_bytes, <, EAR_LIMIT_QUEUE_HARD);
  n_window = (guint) g_tree_nnodes (watcher.users);
  g_assert_cmpuint (n_window, >, EAR_LIMIT_WATCH / 5);
  g_assert_nonnull (g_tree_lookup (watcher.users, "user-with-a-rather-long-na-00000"));

  /* One who comes first pushes the last one out. */
  ear_roster_set (f->roster, first, name, name);
  tick (f);
  g_assert_nonnull (g_tree_lookup (watcher.users, first));
  g_assert_cmpuint ((guint) g_tree_nnodes (watcher.users), ==, n_window);
  /* When there is room, the next ones come. */
  ear_roster_remove (f->roster, first);
  tick (f);
  g_assert_cmpuint ((guint) g_tree_nnodes (watcher.users), ==, n_window);
  ear_roster_set (f->roster, "user-with-a-rather-long-na-00000", "Short", "");
  ear_roster_set (f->roster, "user-with-a-rather-long-na-00001", "Short", "");
  tick (f);
  g_assert_cmpuint ((guint) g_tree_nnodes (watcher.users), ==, n_window + 1);
  unwatch (&watcher);
}

static void
note_order_cb (gpointer watcher, GBytes *line)
{
  GString *order = *(GString **) watcher;

  g_string_append_printf (order, "%s ", ((const char **) watcher)[1]);
}

/* All are told in the order in which they came: so they stand in memory. */
static void
test_order (Fixture *f, gconstpointer data)
{
  g_autoptr (EarRoster) roster = ear_roster_new (f->deadlines, note_order_cb);
  g_autoptr (GString) order = g_string_new (NULL);
  gpointer watchers[][2] = {
    { order, (gpointer) "a" }, { order, (gpointer) "b" }, { order, (gpointer) "c" },
    { order, (gpointer) "d" }, { order, (gpointer) "e" },
  };

  for (guint i = G_N_ELEMENTS (watchers); i > 0; i--)
    ear_roster_watch (roster, watchers[i - 1], "", 10, i);
  ear_roster_watch (roster, watchers[2], "", 10, 1);
  g_assert_cmpstr (order->str, ==, "e d c b a c ");
  g_string_truncate (order, 0);
  ear_roster_set (roster, "ann", "Ann", "");
  tick (f);
  ear_roster_set (roster, "bob", "Bob", "");
  tick (f);
  g_assert_cmpstr (order->str, ==, "e d b a c e d b a c ");
  for (guint i = 0; i < G_N_ELEMENTS (watchers); i++)
    ear_roster_unwatch (roster, watchers[i]);
}

/* Makes a change, and returns how many comparisons all views took to tell it. */
static guint64
count_work (Fixture *f, const char *user, const char *status)
{
  guint64 before = ear_roster_get_n_compared (f->roster);

  if (status != NULL)
    set (f, user, "Name", status);
  else
    leave (f, user);
  tick (f);
  return ear_roster_get_n_compared (f->roster) - before;
}

/* However many views there are, nobody looks through all users again for each. */
static void
test_work (Fixture *f, gconstpointer data)
{
  static Watcher watchers[2][200];
  const guint n = G_N_ELEMENTS (watchers[0]);

  for (guint i = 0; i < 1000; i++) {
    g_autofree char *user = g_strdup_printf ("u%04u", i);

    set (f, user, "Name", "");
  }
  for (guint i = 0; i < n; i++) {
    g_autofree char *prefix = g_strdup_printf ("u0%03u", i);

    watch (f, &watchers[0][i], g_intern_string (prefix), 10000, 1); /* one user each */
    watch (f, &watchers[1][i], "u", i + 1, 1);                      /* the limit leaves most out */
  }
  tick (f);
  /* One comparison for each view where the user may belong. */
  g_assert_cmpuint (count_work (f, "u0100", "busy"), <=, 2 * n);
  g_assert_cmpuint (count_work (f, "u0999", "busy"), <=, n);
  g_assert_cmpuint (count_work (f, "t", ""), <=, 2 * n);
  /* Who leaves makes room, for which the next one is found at once. */
  g_assert_cmpuint (count_work (f, "u0000", NULL), <=, 2 * n);
  for (guint i = 0; i < n; i++) {
    assert_window (&watchers[0][i]);
    assert_window (&watchers[1][i]);
    unwatch (&watchers[0][i]);
    unwatch (&watchers[1][i]);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add ("/roster/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("simple", test_simple);
  ADD ("nothing-changed", test_nothing_changed);
  ADD ("total", test_total);
  ADD ("random", test_random);
  ADD ("crowd", test_crowd);
  ADD ("leave-while-told", test_leave_while_told);
  ADD ("longest-names", test_longest_names);
  ADD ("order", test_order);
  ADD ("work", test_work);
#undef ADD
  return g_test_run ();
}
