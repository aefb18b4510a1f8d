/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A users.csv, row by row. What is an account has valid names, and its row reads the same. */

#include "fuzz.h"

#include "server/ear-registry-csv.h"
#include "wire/ear-name.h"

static void
check (const EarAccount *account)
{
  g_autoptr (GString) row = g_string_new (NULL);
  EarAccount again;

  g_assert_true (ear_name_is_valid (account->user));
  g_assert_true (ear_name_is_valid_display (account->name));
  g_assert_false (account->pending);
  ear_registry_csv_append_row (row, account);
  g_assert_cmpuint (ear_registry_csv_find_end (row->str, row->len), ==, row->len - 1);
  g_assert_true (ear_registry_csv_read_row (row->str, row->len - 1, &again));
  g_assert_cmpstr (again.user, ==, account->user);
  g_assert_cmpstr (again.name, ==, account->name);
  g_assert_cmpuint (again.flags, ==, account->flags);
  g_assert_cmpint (again.created, ==, account->created);
  g_assert_cmpmem (&again.keys, sizeof again.keys, &account->keys, sizeof account->keys);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const char *file = (const char *) data;

  for (gsize start = 0; start < size;) {
    gsize length = ear_registry_csv_find_end (file + start, size - start);
    EarAccount account;

    g_assert_cmpuint (length, <=, size - start);
    if (ear_registry_csv_read_row (file + start, length, &account))
      check (&account);
    start += length + 1;
  }
  return 0;
}
