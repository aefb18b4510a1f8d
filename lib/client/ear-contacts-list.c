/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarContacts as a list that a person looks through, and takes somebody out of. */

#include "client/ear-contacts-private.h"

#include "client/ear-user-list.h"
#include "client/ear-user.h"

static int
compare_cb (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/**
 * ear_contacts_list:
 *
 * Lists whom the account knows: those who were met or talked to, and those who were only blocked.
 *
 * Returns: (transfer full): their accounts, in the order of their bytes
 */
char **
ear_contacts_list (EarContacts *self)
{
  GPtrArray *accounts;
  GHashTableIter iter;
  gpointer account, contact;

  g_return_val_if_fail (EAR_IS_CONTACTS (self), NULL);

  accounts = g_ptr_array_new ();
  g_hash_table_iter_init (&iter, self->by_user);
  while (g_hash_table_iter_next (&iter, &account, &contact)) {
    if (ear_contacts_is_known (self, account) || ear_contacts_is_blocked (self, account))
      g_ptr_array_add (accounts, g_strdup (account));
  }
  g_ptr_array_sort (accounts, compare_cb);
  g_ptr_array_add (accounts, NULL);
  return (char **) g_ptr_array_free (accounts, FALSE);
}

/**
 * ear_contacts_get_name:
 * @user: an account
 *
 * Returns: (transfer none): the display name that we know; the account when we know none
 */
const char *
ear_contacts_get_name (EarContacts *self, const char *user)
{
  EarHistoryContact *contact;

  g_return_val_if_fail (EAR_IS_CONTACTS (self), NULL);
  g_return_val_if_fail (user != NULL, NULL);

  contact = g_hash_table_lookup (self->by_user, user);
  return contact != NULL && contact->name != NULL ? contact->name : user;
}

/**
 * ear_contacts_has_changed_key:
 * @user: an account
 *
 * Returns: whether the key that the user showed last is another than the pinned one
 */
gboolean
ear_contacts_has_changed_key (EarContacts *self, const char *user)
{
  EarHistoryContact *contact;

  g_return_val_if_fail (EAR_IS_CONTACTS (self), FALSE);
  g_return_val_if_fail (user != NULL, FALSE);

  contact = g_hash_table_lookup (self->by_user, user);
  return contact != NULL && contact->key_changed;
}

/**
 * ear_contacts_forget:
 * @user: an account; nothing happens when it is not in the list
 *
 * Forgets all about a user, here and in the history: the messages, the key and whether it was
 * verified, whether the user was blocked. A chat with the user ends. Who asks again is a stranger.
 */
void
ear_contacts_forget (EarContacts *self, const char *user)
{
  g_autofree char *account = g_strdup (user);
  EarHistoryContact *contact;
  EarUser *item;

  g_return_if_fail (EAR_IS_CONTACTS (self));
  g_return_if_fail (user != NULL);

  if (!g_hash_table_contains (self->by_user, account))
    return;
  g_signal_emit_by_name (self, "forgotten", account);
  contact = g_hash_table_lookup (self->by_user, account);
  ear_contacts_unindex_key (self, contact);
  g_hash_table_remove (self->by_user, account);
  item = ear_user_list_lookup (self->users, account);
  if (item != NULL) {
    EarHistoryContact nobody = { .user = account, .name = account };

    ear_contacts_show_in (&nobody, item);
    ear_user_list_remove_contact (self->users, account);
  }
  ear_contacts_store (self, account);
  g_signal_emit_by_name (self, "changed", account);
}
