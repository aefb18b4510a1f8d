/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarAccounts: the accounts in memory, by their names, and of which kinds their keys were. */

#include "server/ear-accounts.h"

#include <string.h>

struct _EarAccounts
{
  GHashTable *table;  /* (element-type utf8 EarAccount): the key is the account's own user */
  EarKeyKinds *kinds; /* NULL until they are asked for */
};

/**
 * ear_accounts_new:
 *
 * Makes an empty table.
 *
 * Returns: (transfer full): the table
 */
EarAccounts *
ear_accounts_new (void)
{
  EarAccounts *self = g_new0 (EarAccounts, 1);

  self->table = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  return self;
}

/**
 * ear_accounts_free:
 * @self: (transfer full): a table
 *
 * Frees a table.
 */
void
ear_accounts_free (EarAccounts *self)
{
  g_hash_table_unref (self->table);
  g_clear_pointer (&self->kinds, ear_key_kinds_free);
  g_free (self);
}

/**
 * ear_accounts_insert:
 * @self: a table
 * @account: (transfer none): an account
 *
 * Puts in a copy of @account, in the place of one of the same name.
 *
 * Returns: whether there was one
 */
gboolean
ear_accounts_insert (EarAccounts *self, const EarAccount *account)
{
  EarAccount *copy = g_memdup2 (account, sizeof *account);
  gboolean replaced = ear_accounts_remove (self, account->user);

  g_hash_table_insert (self->table, copy->user, copy);
  return replaced;
}

/**
 * ear_accounts_remove:
 * @self: a table
 * @user: an account name
 *
 * Takes an account out.
 *
 * Returns: whether there was one
 */
gboolean
ear_accounts_remove (EarAccounts *self, const char *user)
{
  return g_hash_table_remove (self->table, user);
}

/**
 * ear_accounts_lookup:
 * @self: a table
 * @user: an account name
 *
 * Finds an account.
 *
 * Returns: (transfer none) (nullable): the account, valid until it is replaced or removed
 */
const EarAccount *
ear_accounts_lookup (EarAccounts *self, const char *user)
{
  return g_hash_table_lookup (self->table, user);
}

/**
 * ear_accounts_get_size:
 * @self: a table
 *
 * Counts the accounts.
 *
 * Returns: how many
 */
guint
ear_accounts_get_size (EarAccounts *self)
{
  return g_hash_table_size (self->table);
}

static int
compare_accounts (gconstpointer a, gconstpointer b)
{
  const EarAccount *const *account_a = a;
  const EarAccount *const *account_b = b;

  return strcmp ((*account_a)->user, (*account_b)->user);
}

/**
 * ear_accounts_list:
 * @self: a table
 * @flags: what they have in common, 0 for all
 *
 * Lists accounts in the order of their names.
 *
 * Returns: (transfer container) (element-type EarAccount): the accounts, valid until the table
 * changes
 */
GPtrArray *
ear_accounts_list (EarAccounts *self, EarAccountFlags flags)
{
  GPtrArray *list = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer account;

  g_hash_table_iter_init (&iter, self->table);
  while (g_hash_table_iter_next (&iter, NULL, &account)) {
    const EarAccount *candidate = account;

    if ((candidate->flags & flags) == flags)
      g_ptr_array_add (list, account);
  }
  g_ptr_array_sort (list, compare_accounts);
  return list;
}

/**
 * ear_accounts_get_key_kinds:
 * @self: a table
 *
 * Gets of which kinds the accounts' keys were when this was asked first.
 *
 * Returns: (transfer none): the kinds
 */
EarKeyKinds *
ear_accounts_get_key_kinds (EarAccounts *self)
{
  GHashTableIter iter;
  gpointer value;

  if (self->kinds != NULL)
    return self->kinds;
  self->kinds = ear_key_kinds_new ();
  g_hash_table_iter_init (&iter, self->table);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const EarAccount *account = value;

    ear_key_kinds_add (self->kinds, account->keys.iterations,
                       (account->flags & EAR_ACCOUNT_DIGEST) != 0);
  }
  return self->kinds;
}
