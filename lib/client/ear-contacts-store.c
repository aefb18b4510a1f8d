/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarContacts on their way to the disk. What it does not take is not given up: a block or a pinned
 * key that is in memory alone would let somebody in after the next log-in. Whose entry that is is
 * noted, and it is stored again, as it is by then: after a while, when it changes, and for the last
 * time when the account logs out.
 *
 * Who was forgotten is removed in the same way, until that is done or they are a contact again:
 * then something new may be stored, which must not be removed. */

#include "client/ear-contacts-private.h"

#include "wire/ear-deadlines.h"

/* An entry on its way. */
typedef struct
{
  EarContacts *contacts;
  char *user;
  guint generation;
} Errand;

static Errand *
errand_new (EarContacts *contacts, const char *user)
{
  Errand *errand = g_new0 (Errand, 1);

  errand->contacts = g_object_ref (contacts);
  errand->user = g_strdup (user);
  errand->generation = contacts->generation;
  return errand;
}

static void
errand_free (Errand *errand)
{
  g_object_unref (errand->contacts);
  g_free (errand->user);
  g_free (errand);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Errand, errand_free)

/* Results come in the order of the calls: the last one says what the disk has. */
static void
note_result (Errand *errand, const GError *error)
{
  EarContacts *self = errand->contacts;
  gboolean ours = errand->generation == self->generation;

  if (error == NULL) {
    if (ours)
      g_hash_table_remove (self->unstored, errand->user);
    return;
  }
  /* Once for each: it is tried again often. */
  if (!ours || g_hash_table_add (self->unstored, g_strdup (errand->user)))
    g_warning ("What is known of a contact cannot be kept: %s", error->message);
  if (ours && !ear_deadline_is_set (&self->store_again))
    ear_deadline_set (&self->store_again, EAR_HISTORY_AGAIN_MS);
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Errand) errand = user_data;
  g_autoptr (GError) error = NULL;

  ear_history_save_contact_finish (EAR_HISTORY (source), result, &error);
  note_result (errand, error);
}

static void
removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Errand) errand = user_data;
  g_autoptr (GError) error = NULL;

  ear_history_remove_contact_finish (EAR_HISTORY (source), result, &error);
  note_result (errand, error);
}

/* Brings the disk up to date: with what is known of a user, or with that nothing is. */
void
ear_contacts_store (EarContacts *self, const char *user)
{
  EarHistoryContact *contact = g_hash_table_lookup (self->by_user, user);

  if (contact == NULL)
    ear_history_remove_contact_async (self->history, user, NULL, removed_cb,
                                      errand_new (self, user));
  else if (self->loaded)
    ear_history_save_contact_async (self->history, contact, NULL, saved_cb,
                                    errand_new (self, user));
}

/* Tries once more to store what the disk did not take. */
void
ear_contacts_store_again (EarContacts *self)
{
  GHashTableIter iter;
  gpointer user;

  ear_deadline_clear (&self->store_again);
  g_hash_table_iter_init (&iter, self->unstored);
  while (g_hash_table_iter_next (&iter, &user, NULL))
    ear_contacts_store (self, user);
}

static void
store_again_cb (gpointer user_data)
{
  ear_contacts_store_again (EAR_CONTACTS (user_data));
}

void
ear_contacts_store_init (EarContacts *self)
{
  self->unstored = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  ear_deadline_init (&self->store_again, self->deadlines, store_again_cb, self);
}

/* Forgets it all: it belongs to an account that has logged out. */
void
ear_contacts_store_clear (EarContacts *self)
{
  ear_deadline_clear (&self->store_again);
  g_hash_table_remove_all (self->unstored);
}
