/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Of which kind the keys of names without an account look. */

#include "server/ear-key-kinds.h"

#include <string.h>

#include "server/ear-accounts.h"

#define N_NAMES 1000
#define OLD 100000
#define NOW 600000

static const guint8 secret[32] = { 42 };

/* Draws for all names; counts those that are of a kind. */
static guint
draw (EarKeyKinds *kinds, EarScramKeys decoys[N_NAMES], guint32 iterations, gboolean digest)
{
  guint n = 0;

  for (guint i = 0; i < N_NAMES; i++) {
    g_autofree char *user = g_strdup_printf ("user%u", i);
    gboolean is_digest = ear_key_kinds_make_decoy (kinds, secret, user, NOW, &decoys[i]);

    n += is_digest == digest && decoys[i].iterations == iterations;
  }
  return n;
}

static void
add (EarKeyKinds *kinds, guint n, guint32 iterations, gboolean digest)
{
  for (guint i = 0; i < n; i++)
    ear_key_kinds_add (kinds, iterations, digest);
}

static void
test_none (void)
{
  g_autoptr (EarKeyKinds) kinds = ear_key_kinds_new ();
  EarScramKeys decoys[N_NAMES];

  g_assert_cmpuint (draw (kinds, decoys, NOW, FALSE), ==, N_NAMES);
  ear_key_kinds_add (kinds, OLD, TRUE);
  g_assert_cmpuint (draw (kinds, decoys, OLD, TRUE), ==, N_NAMES);
}

/* As many names of each kind as there are accounts, about. */
static void
test_share (void)
{
  g_autoptr (EarKeyKinds) kinds = ear_key_kinds_new ();
  EarScramKeys decoys[N_NAMES];

  add (kinds, 50, NOW, FALSE);
  add (kinds, 30, OLD, FALSE);
  add (kinds, 20, NOW, TRUE);
  g_assert_cmpuint (draw (kinds, decoys, NOW, FALSE), >, 400);
  g_assert_cmpuint (draw (kinds, decoys, NOW, FALSE), <, 600);
  g_assert_cmpuint (draw (kinds, decoys, OLD, FALSE), >, 200);
  g_assert_cmpuint (draw (kinds, decoys, OLD, FALSE), <, 400);
  g_assert_cmpuint (draw (kinds, decoys, NOW, TRUE), >, 100);
  g_assert_cmpuint (draw (kinds, decoys, NOW, TRUE), <, 300);
}

/* From one start to the next accounts change to new keys: names, too, change once at most, to new
 * keys with another salt, and never back. */
static void
test_change (void)
{
  EarScramKeys before[N_NAMES], after[N_NAMES];
  guint n_changed = 0;

  for (guint n_old = 60; n_old <= 60; n_old--) {
    g_autoptr (EarKeyKinds) kinds = ear_key_kinds_new ();

    add (kinds, n_old, OLD, FALSE);
    add (kinds, 100 - n_old, NOW, FALSE);
    draw (kinds, after, NOW, FALSE);
    for (guint j = 0; n_old < 60 && j < N_NAMES; j++) {
      if (memcmp (&before[j], &after[j], sizeof before[j]) == 0)
        continue;
      g_assert_cmpuint (before[j].iterations, ==, OLD);
      g_assert_cmpuint (after[j].iterations, ==, NOW);
      g_assert_cmpint (memcmp (before[j].salt, after[j].salt, sizeof after[j].salt), !=, 0);
      n_changed++;
    }
    memcpy (before, after, sizeof before);
  }
  g_assert_cmpuint (n_changed, >, 500);
  for (guint j = 0; j < N_NAMES; j++)
    g_assert_cmpuint (after[j].iterations, ==, NOW);
}

/* A file may have a kind for each row. */
static void
test_many (void)
{
  g_autoptr (EarKeyKinds) kinds = ear_key_kinds_new ();
  EarScramKeys decoys[N_NAMES];

  for (guint i = 0; i < 1000; i++)
    ear_key_kinds_add (kinds, OLD + i, FALSE);
  g_assert_cmpuint (draw (kinds, decoys, OLD, FALSE), >, 0);
}

static void
insert (EarAccounts *accounts, const char *user, guint32 iterations)
{
  const EarScramKeys keys = { .iterations = iterations };
  EarAccount account;

  g_assert_true (ear_account_init (&account, user, NULL, &keys));
  ear_accounts_insert (accounts, &account);
}

/* Whoever signs up and leaves again, as often as he may, changes no name's challenge. */
static void
test_steady (void)
{
  g_autoptr (EarAccounts) accounts = ear_accounts_new ();
  EarScramKeys before[N_NAMES], after[N_NAMES];

  insert (accounts, "ann", NOW);
  insert (accounts, "bob", OLD);
  draw (ear_accounts_get_key_kinds (accounts), before, NOW, FALSE);
  for (guint i = 0; i < 20; i++) {
    g_autofree char *user = g_strdup_printf ("eve%u", i);

    insert (accounts, user, NOW);
  }
  ear_accounts_remove (accounts, "bob");
  draw (ear_accounts_get_key_kinds (accounts), after, NOW, FALSE);
  g_assert_cmpmem (before, sizeof before, after, sizeof after);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/key-kinds/none", test_none);
  g_test_add_func ("/key-kinds/share", test_share);
  g_test_add_func ("/key-kinds/change", test_change);
  g_test_add_func ("/key-kinds/many", test_many);
  g_test_add_func ("/key-kinds/steady", test_steady);
  return g_test_run ();
}
