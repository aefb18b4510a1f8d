/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarContacts at the start of an account: what the history knows is put together with what was
 * noted before it was read. A peer may be faster than the disk; it must not get the better of a
 * stored key or block by that. */

#include "client/ear-contacts-private.h"

#include "client/ear-user-list.h"
#include "wire/ear-fingerprint.h"

/* Puts into a loaded contact what was noted before it was loaded. */
static void
merge (EarHistoryContact *contact, EarHistoryContact *noted)
{
  if (!contact->fingerprint)
    contact->fingerprint = g_strdup (noted->fingerprint);
  if (noted->fingerprint && !ear_fingerprint_equal (contact->fingerprint, noted->fingerprint))
    contact->key_changed = TRUE;
  else
    contact->verified |= noted->verified;
  contact->blocked |= noted->blocked;
  contact->always_accepted &= !contact->key_changed && !contact->blocked;
  contact->last_seen_us = MAX (contact->last_seen_us, noted->last_seen_us);
  contact->unread = MAX (contact->unread, noted->unread);
  if (noted->last_message) {
    g_free (contact->last_message);
    contact->last_message = g_strdup (noted->last_message);
  }
}

static void
take_contact (EarContacts *self, EarHistoryContact *contact)
{
  g_hash_table_insert (self->by_user, contact->user, contact);
  ear_contacts_index_key (self, contact);
  ear_contacts_show (self, contact);
}

static void
take_loaded (EarContacts *self, GPtrArray *contacts)
{
  g_autoptr (GHashTable) noted = g_steal_pointer (&self->by_user);
  GHashTableIter iter;
  gpointer contact;

  self->by_user = ear_contacts_table_new ();
  g_hash_table_remove_all (self->by_fingerprint);
  self->loaded = TRUE;
  ear_user_list_begin_change (self->users);
  while (contacts->len > 0) {
    EarHistoryContact *stored = g_ptr_array_steal_index (contacts, contacts->len - 1);

    if (stored->fingerprint && !ear_fingerprint_is_valid (stored->fingerprint))
      g_clear_pointer (&stored->fingerprint, g_free);
    contact = g_hash_table_lookup (noted, stored->user);
    if (contact)
      merge (stored, contact);
    take_contact (self, stored);
    if (g_hash_table_remove (noted, stored->user))
      ear_contacts_store (self, stored->user);
  }
  g_hash_table_iter_init (&iter, noted);
  while (g_hash_table_iter_next (&iter, NULL, &contact)) {
    g_hash_table_iter_steal (&iter);
    take_contact (self, contact);
    ear_contacts_store (self, ((EarHistoryContact *) contact)->user);
  }
  ear_user_list_end_change (self->users);
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  EarContacts *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) contacts =
    ear_history_load_contacts_finish (EAR_HISTORY (source), result, &error);

  if (!contacts) {
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }
  if (GPOINTER_TO_UINT (g_task_get_task_data (task)) == self->generation && self->users) {
    take_loaded (self, contacts);
    g_signal_emit_by_name (self, "changed", NULL);
  }
  g_task_return_boolean (task, TRUE);
}

/**
 * ear_contacts_load_async:
 *
 * Loads the contacts of the account that the history was set to, and puts them into the list. Until
 * it is done nothing is written, and everybody is new: who can should wait for it before going
 * online.
 */
void
ear_contacts_load_async (EarContacts *self,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task;

  g_return_if_fail (EAR_IS_CONTACTS (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_name (task, G_STRFUNC);
  g_task_set_task_data (task, GUINT_TO_POINTER (self->generation), NULL);
  ear_history_load_contacts_async (self->history, cancellable, loaded_cb, task);
}

/**
 * ear_contacts_load_finish:
 *
 * Returns: whether the contacts could be loaded
 *
 * Fails with EAR_ERROR_BAD_FILE.
 */
gboolean
ear_contacts_load_finish (EarContacts *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
