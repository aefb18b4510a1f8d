/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Whom an account knows: the pinned key of each contact, whether it was verified, who is blocked.
 *
 * All of it is in memory, so that a link can be judged at once; each change is written through to
 * the history (ear-contacts-store.c) and shown in the EarUser of the list. Before the history was
 * loaded everybody is new; what is noted until then is kept here and merged with what is loaded,
 * and the stored key wins.
 *
 * Trust: the first key of a user is pinned (NEW → KNOWN) and may be verified (→ VERIFIED). Another
 * key is CHANGED, however often it is shown, until the user decides and ear_contacts_pin() takes
 * it; what was verified is not any more then.
 *
 * Who is always accepted is so with the pinned key alone: as soon as another one is shown, or the
 * user is blocked, it is taken back, and our user is asked again.
 *
 * A user who was only blocked is remembered here, but is no contact in the list. */

#include "client/ear-contacts-private.h"

#include "client/ear-user-list.h"
#include "client/ear-user.h"
#include "wire/ear-fingerprint.h"

G_DEFINE_FINAL_TYPE (EarContacts, ear_contacts, G_TYPE_OBJECT)

enum {
  CHANGED,
  BLOCKED,
  FORGOTTEN,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static EarHistoryContact *
lookup (EarContacts *self, const char *user)
{
  return g_hash_table_lookup (self->by_user, user);
}

GHashTable *
ear_contacts_table_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                (GDestroyNotify) ear_history_contact_free);
}

/* Met, or talked to; not only blocked. */
static gboolean
is_known (const EarHistoryContact *contact)
{
  return contact->fingerprint || contact->last_message;
}

/* Writes what we know of a user into the item of the list. */
void
ear_contacts_show_in (EarHistoryContact *contact, EarUser *user)
{
  g_autoptr (GDateTime) last_seen = NULL;

  if (contact->last_seen_us > 0)
    last_seen = ear_history_time_new (contact->last_seen_us);
  /* An active user's name comes from the server and is newer than ours. */
  if (!ear_user_get_active (user))
    ear_user_set_name (user, contact->name);
  ear_user_set_contact (user, is_known (contact));
  ear_user_set_verified (user, contact->verified && !contact->key_changed);
  ear_user_set_blocked (user, contact->blocked);
  ear_user_set_last_seen (user, last_seen);
  ear_user_set_unread (user, contact->unread);
  ear_user_set_last_message (user, contact->last_message);
}

void
ear_contacts_show (EarContacts *self, EarHistoryContact *contact)
{
  EarUser *user;

  if (is_known (contact))
    user = ear_user_list_add_contact (self->users, contact->user);
  else
    user = ear_user_list_lookup (self->users, contact->user);
  if (user)
    ear_contacts_show_in (contact, user);
}

/* Who comes into the list from the roster may be blocked, or known. */
static void
user_added_cb (EarContacts *self, EarUser *user)
{
  EarHistoryContact *contact = lookup (self, ear_user_get_account (user));

  if (contact)
    ear_contacts_show_in (contact, user);
}

static void
save (EarContacts *self, EarHistoryContact *contact)
{
  ear_contacts_store (self, contact->user);
  ear_contacts_show (self, contact);
  g_signal_emit (self, signals[CHANGED], 0, contact->user);
}

static EarHistoryContact *
ensure (EarContacts *self, const char *user)
{
  EarHistoryContact *contact = lookup (self, user);

  if (contact)
    return contact;
  /* What the disk still has of somebody who was forgotten goes before anything new comes. */
  if (g_hash_table_contains (self->unstored, user))
    ear_contacts_store (self, user);
  contact = g_new0 (EarHistoryContact, 1);
  contact->user = g_strdup (user);
  contact->name = g_strdup (user);
  g_hash_table_insert (self->by_user, contact->user, contact);
  return contact;
}

static void
ear_contacts_dispose (GObject *object)
{
  EarContacts *self = EAR_CONTACTS (object);

  if (self->users)
    g_signal_handlers_disconnect_by_data (self->users, self);
  self->generation++; /* what comes back from the disk is for nobody */
  ear_contacts_store_clear (self);
  g_clear_object (&self->users);
  g_clear_object (&self->history);

  G_OBJECT_CLASS (ear_contacts_parent_class)->dispose (object);
}

static void
ear_contacts_finalize (GObject *object)
{
  EarContacts *self = EAR_CONTACTS (object);

  g_hash_table_unref (self->unstored);
  g_hash_table_unref (self->by_fingerprint);
  g_hash_table_unref (self->by_user);
  ear_deadlines_unref (self->deadlines);

  G_OBJECT_CLASS (ear_contacts_parent_class)->finalize (object);
}

static void
ear_contacts_class_init (EarContactsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ear_contacts_dispose;
  object_class->finalize = ear_contacts_finalize;

  /**
   * EarContacts::changed:
   * @account: (nullable): whose entry it is, or %NULL for all
   */
  signals[CHANGED] = g_signal_new ("changed", EAR_TYPE_CONTACTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  /**
   * EarContacts::blocked:
   * @account: who may not reach us any more, from now on
   */
  signals[BLOCKED] = g_signal_new ("blocked", EAR_TYPE_CONTACTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  /**
   * EarContacts::forgotten:
   * @account: who is about to be no contact any more
   */
  signals[FORGOTTEN] = g_signal_new ("forgotten", EAR_TYPE_CONTACTS, G_SIGNAL_RUN_LAST, 0, NULL,
                                     NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
ear_contacts_init (EarContacts *self)
{
  self->by_user = ear_contacts_table_new ();
  self->by_fingerprint =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
}

/**
 * ear_contacts_new:
 * @history: where they are kept
 * @users: the list that shows them
 * @deadlines: where the time to store once more runs
 *
 * Makes an empty set of contacts.
 *
 * Returns: (transfer full): the contacts
 */
EarContacts *
ear_contacts_new (EarHistory *history, EarUserList *users, EarDeadlines *deadlines)
{
  EarContacts *self;

  g_return_val_if_fail (EAR_IS_HISTORY (history), NULL);
  g_return_val_if_fail (EAR_IS_USER_LIST (users), NULL);

  self = g_object_new (EAR_TYPE_CONTACTS, NULL);
  self->history = g_object_ref (history);
  self->users = g_object_ref (users);
  self->deadlines = ear_deadlines_ref (deadlines);
  ear_contacts_store_init (self);
  g_signal_connect_object (users, "user-added", G_CALLBACK (user_added_cb), self,
                           G_CONNECT_SWAPPED);
  return self;
}

/**
 * ear_contacts_clear:
 *
 * Forgets all contacts in memory, because the account changes. The history keeps them.
 */
void
ear_contacts_clear (EarContacts *self)
{
  g_autoptr (GHashTable) old = NULL;
  GHashTableIter iter;
  gpointer account;

  g_return_if_fail (EAR_IS_CONTACTS (self));

  ear_contacts_store_again (self); /* the last time */
  ear_contacts_store_clear (self);
  self->generation++;
  self->loaded = FALSE;
  g_hash_table_remove_all (self->by_fingerprint);
  old = g_steal_pointer (&self->by_user);
  self->by_user = ear_contacts_table_new ();

  g_hash_table_iter_init (&iter, old);
  while (g_hash_table_iter_next (&iter, &account, NULL)) {
    EarUser *user = ear_user_list_lookup (self->users, account);

    if (user) {
      EarHistoryContact nobody = { .user = account, .name = account };

      ear_contacts_show_in (&nobody, user);
    }
  }
  g_signal_emit (self, signals[CHANGED], 0, NULL);
}

/**
 * ear_contacts_check:
 * @user: an account
 * @fingerprint: of the key that the user shows now
 *
 * Compares a key with the pinned one.
 *
 * Returns: how far the key can be trusted
 */
EarTrust
ear_contacts_check (EarContacts *self, const char *user, const char *fingerprint)
{
  EarHistoryContact *contact;
  gboolean changed;

  g_return_val_if_fail (EAR_IS_CONTACTS (self), EAR_TRUST_CHANGED);
  g_return_val_if_fail (user != NULL && fingerprint != NULL, EAR_TRUST_CHANGED);

  contact = lookup (self, user);
  if (!contact || !contact->fingerprint)
    return EAR_TRUST_NEW;
  changed = !ear_fingerprint_equal (contact->fingerprint, fingerprint);
  if (contact->key_changed != changed) {
    contact->key_changed = changed;
    contact->always_accepted &= !changed;
    save (self, contact);
  }
  if (changed)
    return EAR_TRUST_CHANGED;
  return contact->verified ? EAR_TRUST_VERIFIED : EAR_TRUST_KNOWN;
}

/**
 * ear_contacts_pin:
 * @user: an account
 * @name: (nullable): the display name; %NULL keeps the one we know
 * @fingerprint: of the key to be trusted from now on
 *
 * Pins a key, at first sight or because the user of this program decided so. Another key than
 * before is not verified.
 */
void
ear_contacts_pin (EarContacts *self, const char *user, const char *name, const char *fingerprint)
{
  EarHistoryContact *contact;

  g_return_if_fail (EAR_IS_CONTACTS (self));
  g_return_if_fail (user != NULL);
  g_return_if_fail (ear_fingerprint_is_valid (fingerprint));

  contact = ensure (self, user);
  if (g_strcmp0 (contact->fingerprint, fingerprint) == 0 && !contact->key_changed &&
      (!name || g_str_equal (name, contact->name)))
    return;
  if (g_strcmp0 (contact->fingerprint, fingerprint) != 0) {
    ear_contacts_unindex_key (self, contact);
    g_free (contact->fingerprint);
    contact->fingerprint = g_strdup (fingerprint);
    contact->verified = FALSE;
    contact->always_accepted = FALSE;
    ear_contacts_index_key (self, contact);
  }
  contact->key_changed = FALSE;
  if (name && !g_str_equal (name, contact->name)) {
    g_free (contact->name);
    contact->name = g_strdup (name);
  }
  save (self, contact);
}

/**
 * ear_contacts_get_fingerprint:
 * @user: an account
 *
 * Returns: (transfer none) (nullable): the fingerprint of the pinned key
 */
const char *
ear_contacts_get_fingerprint (EarContacts *self, const char *user)
{
  EarHistoryContact *contact;

  g_return_val_if_fail (EAR_IS_CONTACTS (self), NULL);
  g_return_val_if_fail (user != NULL, NULL);

  contact = lookup (self, user);
  return contact ? contact->fingerprint : NULL;
}

/**
 * ear_contacts_is_known:
 * @user: an account
 *
 * Returns: whether we have met or talked to the user
 */
gboolean
ear_contacts_is_known (EarContacts *self, const char *user)
{
  EarHistoryContact *contact;

  g_return_val_if_fail (EAR_IS_CONTACTS (self), FALSE);
  g_return_val_if_fail (user != NULL, FALSE);

  contact = lookup (self, user);
  return contact && is_known (contact);
}

/**
 * ear_contacts_is_blocked:
 * @user: an account
 *
 * Returns: whether requests of the user are to be declined unseen
 */
gboolean
ear_contacts_is_blocked (EarContacts *self, const char *user)
{
  EarHistoryContact *contact;

  g_return_val_if_fail (EAR_IS_CONTACTS (self), FALSE);
  g_return_val_if_fail (user != NULL, FALSE);

  contact = lookup (self, user);
  return contact && contact->blocked;
}

/**
 * ear_contacts_set_blocked:
 * @user: an account, known or not
 * @blocked: whether it may not reach us
 *
 * Blocks a user, or lets them reach us again. A chat with a user who is blocked ends.
 */
void
ear_contacts_set_blocked (EarContacts *self, const char *user, gboolean blocked)
{
  EarHistoryContact *contact;

  g_return_if_fail (EAR_IS_CONTACTS (self));
  g_return_if_fail (user != NULL);

  if (ear_contacts_is_blocked (self, user) == !!blocked)
    return;
  contact = ensure (self, user);
  contact->blocked = !!blocked;
  contact->always_accepted &= !contact->blocked;
  save (self, contact);
  if (blocked)
    g_signal_emit (self, signals[BLOCKED], 0, contact->user);
}

/**
 * ear_contacts_set_verified:
 * @user: an account with a pinned key; nothing happens to another
 * @verified: whether the users have compared their keys
 *
 * Notes that the pinned key of a user was compared, which makes it the user's again when another
 * one was seen.
 */
void
ear_contacts_set_verified (EarContacts *self, const char *user, gboolean verified)
{
  EarHistoryContact *contact;

  g_return_if_fail (EAR_IS_CONTACTS (self));
  g_return_if_fail (user != NULL);

  contact = lookup (self, user);
  if (!contact || !contact->fingerprint ||
      (contact->verified == !!verified && !(verified && contact->key_changed)))
    return;
  contact->verified = !!verified;
  contact->key_changed &= !verified;
  save (self, contact);
}

/**
 * ear_contacts_was_verified:
 * @user: an account
 *
 * Returns: whether the pinned key was verified, also when the user shows another one now
 */
gboolean
ear_contacts_was_verified (EarContacts *self, const char *user)
{
  EarHistoryContact *contact;

  g_return_val_if_fail (EAR_IS_CONTACTS (self), FALSE);
  g_return_val_if_fail (user != NULL, FALSE);

  contact = lookup (self, user);
  return contact && contact->verified;
}

/**
 * ear_contacts_is_always_accepted:
 * @user: an account
 *
 * Returns: whether requests of the user are to be accepted unasked, as long as they come with the
 *     pinned key
 */
gboolean
ear_contacts_is_always_accepted (EarContacts *self, const char *user)
{
  EarHistoryContact *contact;

  g_return_val_if_fail (EAR_IS_CONTACTS (self), FALSE);
  g_return_val_if_fail (user != NULL, FALSE);

  contact = lookup (self, user);
  return contact && contact->always_accepted;
}

/**
 * ear_contacts_set_always_accepted:
 * @user: an account with a pinned key, who shows that key and is not blocked; nothing happens to
 *     another
 * @accepted: whether requests of the user are to be accepted unasked
 *
 * Notes that our user wants to be asked no more by somebody, or again.
 */
void
ear_contacts_set_always_accepted (EarContacts *self, const char *user, gboolean accepted)
{
  EarHistoryContact *contact;

  g_return_if_fail (EAR_IS_CONTACTS (self));
  g_return_if_fail (user != NULL);

  contact = lookup (self, user);
  if (!contact || contact->always_accepted == !!accepted ||
      (accepted && (!contact->fingerprint || contact->key_changed || contact->blocked)))
    return;
  contact->always_accepted = !!accepted;
  save (self, contact);
}

/**
 * ear_contacts_note_seen:
 * @user: an account; nothing happens when it is not a known one
 *
 * Notes that a contact is there now, once a second at most: a server may say so very often.
 */
void
ear_contacts_note_seen (EarContacts *self, const char *user)
{
  gint64 now_us = g_get_real_time ();
  EarHistoryContact *contact;

  g_return_if_fail (EAR_IS_CONTACTS (self));
  g_return_if_fail (user != NULL);

  contact = lookup (self, user);
  if (!contact || !is_known (contact) ||
      (contact->last_seen_us > now_us - G_USEC_PER_SEC && contact->last_seen_us <= now_us))
    return;
  contact->last_seen_us = now_us;
  save (self, contact);
}

/**
 * ear_contacts_note_message:
 * @user: an account
 * @text: of a message that was exchanged
 * @unread: whether it came in and was not seen yet
 *
 * Shows a message as the last one of a contact. Who exchanges messages with us is one.
 */
void
ear_contacts_note_message (EarContacts *self, const char *user, const char *text, gboolean unread)
{
  EarHistoryContact *contact;

  g_return_if_fail (EAR_IS_CONTACTS (self));
  g_return_if_fail (user != NULL && text != NULL);

  contact = ensure (self, user);
  g_free (contact->last_message);
  contact->last_message = g_strdup (text);
  if (unread && contact->unread < G_MAXINT32)
    contact->unread++;
  ear_contacts_show (self, contact);
  g_signal_emit (self, signals[CHANGED], 0, contact->user);
}

/**
 * ear_contacts_note_read:
 * @user: an account
 *
 * Notes that all messages of a contact were seen, here and in the history.
 */
void
ear_contacts_note_read (EarContacts *self, const char *user)
{
  EarHistoryContact *contact;

  g_return_if_fail (EAR_IS_CONTACTS (self));
  g_return_if_fail (user != NULL);

  contact = lookup (self, user);
  if (!contact || contact->unread == 0)
    return;
  contact->unread = 0;
  ear_history_mark_read (self->history, user);
  ear_contacts_show (self, contact);
  g_signal_emit (self, signals[CHANGED], 0, contact->user);
}
