/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <string.h>

#include "server/ear-registry-csv.h"
#include "server/ear-registry.h"
#include "store-fixture.h"
#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-error.h"

/* A registry in a directory of its own. */

#define ITERATIONS 4096
#define HEADER EAR_REGISTRY_CSV_HEADER

typedef struct
{
  char *directory;
  EarClock *clock; /* by hand */
  EarDeadlines *deadlines;
  EarRegistry *registry;
} Fixture;

static inline EarAccount
make_account (const char *user, const char *name, guint8 seed)
{
  EarScramKeys keys = { .iterations = ITERATIONS };
  EarAccount account;

  memset (keys.salt, seed, sizeof keys.salt);
  memset (keys.stored_key, seed + 1, sizeof keys.stored_key);
  memset (keys.server_key, seed + 2, sizeof keys.server_key);
  g_assert_true (ear_account_init (&account, user, name, &keys));
  account.created = 1700000000 + seed;
  return account;
}

static inline char *
make_row (const EarAccount *account)
{
  GString *row = g_string_new (NULL);

  ear_registry_csv_append_row (row, account);
  return g_string_free (row, FALSE);
}

static inline void
open_registry (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  f->registry = ear_registry_new (f->directory, ITERATIONS, f->deadlines, &error);
  g_assert_no_error (error);
}

static inline void
close_registry (Fixture *f)
{
  ear_registry_close (f->registry);
  settle ();
  g_assert_finalize_object (g_steal_pointer (&f->registry));
}

static inline void
set_up (Fixture *f, gconstpointer data)
{
  f->directory = make_directory ();
  f->clock = ear_clock_new_manual (0);
  f->deadlines = ear_deadlines_new (f->clock, NULL);
  open_registry (f);
}

static inline void
tear_down (Fixture *f, gconstpointer data)
{
  close_registry (f);
  ear_deadlines_unref (f->deadlines);
  ear_clock_unref (f->clock);
  remove_directory (f->directory);
}

static inline void
assert_account (Fixture *f, const EarAccount *expected)
{
  const EarAccount *account = ear_registry_lookup (f->registry, expected->user);

  g_assert_nonnull (account);
  g_assert_cmpstr (account->user, ==, expected->user);
  g_assert_cmpstr (account->name, ==, expected->name);
  g_assert_cmpuint (account->flags, ==, expected->flags);
  g_assert_cmpint (account->created, ==, expected->created);
  g_assert_cmpmem (&account->keys, sizeof account->keys, &expected->keys, sizeof expected->keys);
}

static inline void
assert_result (Fixture *f, GAsyncResult **result, gint code)
{
  g_autoptr (GError) error = NULL;

  wait_until (*result != NULL);
  if (code < 0) {
    g_assert_true (ear_registry_finish (f->registry, *result, &error));
    g_assert_no_error (error);
  } else {
    g_assert_false (ear_registry_finish (f->registry, *result, &error));
    g_assert_error (error, EAR_ERROR, code);
  }
  g_clear_object (result);
}

static inline void
add (Fixture *f, const EarAccount *account)
{
  GAsyncResult *result = NULL;

  ear_registry_add_async (f->registry, account, result_cb, &result);
  assert_result (f, &result, -1);
}

static inline void
reopen_with (Fixture *f, const char *data, gsize size, guint n_rejected)
{
  close_registry (f);
  damage_file (f->directory, "users.csv", data, size, n_rejected);
  open_registry (f);
  g_test_assert_expected_messages ();
}
