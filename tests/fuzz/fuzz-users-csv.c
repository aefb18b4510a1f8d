/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A users.csv. What is an account has valid names, and its row reads the same; a file that is not
 * written anew says the same when it is made compact. */

#include "fuzz.h"

#include <string.h>

#include "server/ear-registry-csv.h"
#include "wire/ear-name.h"

static void
assert_equal (const EarAccount *a, const EarAccount *b)
{
  g_assert_cmpstr (a->user, ==, b->user);
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpuint (a->flags, ==, b->flags);
  g_assert_cmpint (a->created, ==, b->created);
  g_assert_cmpmem (&a->keys, sizeof a->keys, &b->keys, sizeof b->keys);
}

static void
check (const EarAccount *account)
{
  g_autoptr (GString) row = g_string_new (NULL);
  EarAccount again;

  g_assert_true (ear_name_is_valid (account->user));
  g_assert_true (ear_name_is_valid_display (account->name));
  ear_registry_csv_append_row (row, account);
  g_assert_true (memchr (row->str, '\n', row->len) == row->str + row->len - 1);
  g_assert_true (ear_registry_csv_read_row (row->str, row->len - 1, &again));
  assert_equal (&again, account);
}

static EarAccounts *
load (const char *data, gsize size, gboolean *clean, guint *n_dead)
{
  EarAccounts *accounts = ear_accounts_new ();
  g_autoptr (EarStoreFile) file = ear_store_file_new (data, size);

  *clean = ear_registry_csv_load (file, accounts, n_dead);
  return accounts;
}

/* As EarDiskWriter does it, of whole lines. */
static GString *
compact (const char *data, gsize size)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GString *kept = g_string_new (NULL);

  for (const char *end = data + size; end > data;) {
    const char *newline = memrchr (data, '\n', (gsize) (end - 1 - data));
    const char *start = newline != NULL ? newline + 1 : data;

    if (ear_registry_csv_keeps (start, (gsize) (end - 1 - start), seen))
      g_string_prepend_len (kept, start, end - start);
    end = start;
  }
  return kept;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  gboolean clean;
  guint n_dead;
  g_autoptr (EarAccounts) accounts = load ((const char *) data, size, &clean, &n_dead);
  g_autoptr (GString) kept = clean ? compact ((const char *) data, size) : NULL;
  g_autoptr (EarAccounts) again =
    kept != NULL ? load (kept->str, kept->len, &clean, &n_dead) : NULL;
  g_autoptr (GPtrArray) list = ear_accounts_list (accounts, 0);

  for (guint i = 0; i < list->len; i++) {
    const EarAccount *account = g_ptr_array_index (list, i);

    check (account);
    if (again != NULL)
      assert_equal (ear_accounts_lookup (again, account->user), account);
  }
  if (again != NULL) {
    g_assert_cmpuint (ear_accounts_get_size (again), ==, ear_accounts_get_size (accounts));
    g_assert_cmpuint (n_dead, ==, 0);
  }
  return 0;
}
