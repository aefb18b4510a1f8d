/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarContacts by their keys: whose is the one that somebody shows? */

#include "client/ear-contacts-private.h"

void
ear_contacts_index_key (EarContacts *self, EarHistoryContact *contact)
{
  GPtrArray *owners;

  if (!contact->fingerprint)
    return;
  owners = g_hash_table_lookup (self->by_fingerprint, contact->fingerprint);
  if (!owners) {
    owners = g_ptr_array_new ();
    g_hash_table_insert (self->by_fingerprint, g_strdup (contact->fingerprint), owners);
  }
  g_ptr_array_add (owners, contact);
}

void
ear_contacts_unindex_key (EarContacts *self, EarHistoryContact *contact)
{
  GPtrArray *owners;

  if (!contact->fingerprint)
    return;
  owners = g_hash_table_lookup (self->by_fingerprint, contact->fingerprint);
  g_ptr_array_remove (owners, contact);
  if (owners->len == 0)
    g_hash_table_remove (self->by_fingerprint, contact->fingerprint);
}

/**
 * ear_contacts_find_user:
 * @fingerprint: of a key
 *
 * Returns: (transfer none) (nullable): whose pinned key this is; %NULL when it is nobody's, or that
 *     of several accounts on one device
 */
const char *
ear_contacts_find_user (EarContacts *self, const char *fingerprint)
{
  GPtrArray *owners;

  g_return_val_if_fail (EAR_IS_CONTACTS (self), NULL);
  g_return_val_if_fail (fingerprint != NULL, NULL);

  owners = g_hash_table_lookup (self->by_fingerprint, fingerprint);
  if (!owners || owners->len != 1)
    return NULL;
  return ((EarHistoryContact *) owners->pdata[0])->user;
}
