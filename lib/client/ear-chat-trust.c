/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Which key the other shows, and what our user says about it.
 *
 * It is the key of the link of the conversation, judged when the link is chosen and again when the
 * chat opens, whichever way the link came. Without a link it is what the last one showed, or what
 * the server named since. Only what the user is shown is trusted.
 *
 * A key other than the pinned one puts a line into the
 * chat that stays, and blocks sending until the user trusts it; that of a contact who was verified,
 * until the two have compared their safety number again. */

#include "client/ear-chat-private.h"

#include "client/ear-chat-log.h"
#include "client/ear-contacts.h"
#include "client/ear-location.h"
#include "client/ear-session.h"
#include "wire/ear-error.h"
#include "wire/ear-fingerprint.h"

#define NOTED_KEYS 8 /* lines about other keys, until our user decides */

/**
 * ear_chat_note_other_key:
 * @self: a chat
 * @what: %EAR_DELIVERY_KEY_CHANGED or %EAR_DELIVERY_KEY_REFUSED
 * @fingerprint: of a key that is not the pinned one
 *
 * Says so in the chat: once, however often the key is shown and others between, and no more than a
 * few times in all, so that who has many keys fills neither the chat nor the disk.
 */
void
ear_chat_note_other_key (EarChat *self, EarDelivery what, const char *fingerprint)
{
  g_autofree char *line = g_strdup_printf ("%d %s", (int) what, fingerprint);

  if (g_hash_table_size (self->noted_keys) < NOTED_KEYS &&
      g_hash_table_add (self->noted_keys, g_steal_pointer (&line)))
    ear_chat_note_key (self, what, fingerprint);
}

static void
take_key (EarChat *self)
{
  if (self->shown_key == NULL)
    return;
  ear_contacts_pin (self->context->contacts, self->account, NULL, self->shown_key);
  ear_chat_note_key (self, EAR_DELIVERY_KEY_TRUSTED, self->shown_key);
  g_hash_table_remove_all (self->noted_keys);
  ear_chat_set_shown_key (self, NULL);
  if (g_error_matches (self->last_error, EAR_ERROR, EAR_ERROR_KEY_CHANGED))
    ear_chat_set_last_error (self, NULL);
  ear_chat_pump (self);
}

/* Compares the key that the other shows now, on the link or by the server's word, with the pinned
 * one; returns whether it is another. */
gboolean
ear_chat_check_key (EarChat *self, const char *fingerprint)
{
  gboolean changed =
    ear_contacts_check (self->context->contacts, self->account, fingerprint) == EAR_TRUST_CHANGED;

  ear_chat_set_shown_key (self, changed ? fingerprint : NULL);
  return changed;
}

/* Whether a peer shows the pinned key, or is the first whose key we see. Who does not may ask, but
 * is neither asked nor let in unasked. Only looks: who is turned away leaves all as it was. */
gboolean
ear_chat_trusts (EarChat *self, EarPeer *peer)
{
  const char *pin = ear_contacts_get_fingerprint (self->context->contacts, self->account);

  return pin == NULL || ear_fingerprint_equal (pin, ear_peer_get_fingerprint (peer));
}

static void
located_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  EarChat *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (EarLocation) location =
    ear_session_locate_finish (EAR_SESSION (source), result, &error);

  if (location == NULL) {
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }
  /* While there is a link, its key is what counts. */
  if (self->peer == NULL && !self->closed && g_str_equal (location->user, self->account))
    ear_chat_check_key (self, location->fingerprint);
  g_task_return_boolean (task, TRUE);
}

/**
 * ear_chat_look_up_key_async:
 * @self: a chat
 *
 * Asks the server for the key of the other, without asking the other for anything: another one than
 * the pinned shows in "key-changed" then. The pinned one is all that is kept of a contact, so this
 * is how a key that changed in an earlier run is known again.
 */
void
ear_chat_look_up_key_async (EarChat *self,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task;

  g_return_if_fail (EAR_IS_CHAT (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_name (task, G_STRFUNC);
  ear_session_locate_async (self->context->session, self->account, cancellable, located_cb, task);
}

/**
 * ear_chat_look_up_key_finish:
 *
 * Returns: whether the key was looked up. Fails with [error@Ear.Error], such as
 *   %EAR_ERROR_UNKNOWN_USER when the other is away.
 */
gboolean
ear_chat_look_up_key_finish (EarChat *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* Ends the chat, and empties it. */
void
ear_chat_forget (EarChat *self)
{
  ear_chat_end (self);
  ear_chat_set_shown_key (self, NULL);
  ear_chat_set_last_error (self, NULL);
  g_clear_pointer (&self->read_id, g_free);
  self->their_read_row = 0;
  g_hash_table_remove_all (self->noted_keys);
  self->forgotten++;
  ear_chat_drop_unkept (self);
  ear_chat_log_clear (self->log);
}

/**
 * ear_chat_accept_key:
 * @self: a chat
 *
 * Trusts the other key that the user shows now, if there is one. The key of a contact who was
 * verified is only taken by ear_chat_set_verified(). Nothing happens once the account has logged
 * out.
 */
void
ear_chat_accept_key (EarChat *self)
{
  g_return_if_fail (EAR_IS_CHAT (self));

  if (!self->closed && !ear_chat_needs_verifying (self))
    take_key (self);
}

/**
 * ear_chat_needs_verifying:
 * @self: a chat
 *
 * Returns: whether the user, who was verified, shows another key now
 */
gboolean
ear_chat_needs_verifying (EarChat *self)
{
  g_return_val_if_fail (EAR_IS_CHAT (self), FALSE);

  return self->key_changed && ear_contacts_was_verified (self->context->contacts, self->account);
}

/**
 * ear_chat_misses_key:
 * @self: a chat
 *
 * Returns: whether the other was seen with another key than the pinned one, but that one is not
 *   known now: see ear_chat_look_up_key_async()
 */
gboolean
ear_chat_misses_key (EarChat *self)
{
  g_return_val_if_fail (EAR_IS_CHAT (self), FALSE);

  /* A link goes by the pinned one, or shows its own. */
  return self->shown_key == NULL && self->peer == NULL &&
         ear_contacts_has_changed_key (self->context->contacts, self->account);
}

/* The key that the other shows now; NULL when we do not know it. */
static const char *
get_present_key (EarChat *self)
{
  if (self->shown_key != NULL)
    return self->shown_key;
  if (ear_chat_misses_key (self))
    return NULL;
  return ear_contacts_get_fingerprint (self->context->contacts, self->account);
}

/**
 * ear_chat_get_shown_key:
 * @self: a chat
 *
 * Returns: (transfer none) (nullable): the fingerprint of the other key that the user shows now
 */
const char *
ear_chat_get_shown_key (EarChat *self)
{
  g_return_val_if_fail (EAR_IS_CHAT (self), NULL);

  return self->shown_key;
}

/**
 * ear_chat_set_verified:
 * @self: a chat with a user whose key we know
 * @verified: whether the users have compared their safety number
 *
 * Notes that the key that the user shows now was compared, and trusts it; or that it was not.
 * Nothing can be compared, and nothing happens, while ear_chat_dup_safety_number() has no number,
 * or once the account has logged out.
 */
void
ear_chat_set_verified (EarChat *self, gboolean verified)
{
  g_return_if_fail (EAR_IS_CHAT (self));

  if (self->closed || (verified && get_present_key (self) == NULL))
    return;
  if (verified)
    take_key (self);
  ear_contacts_set_verified (self->context->contacts, self->account, verified);
}

/**
 * ear_chat_dup_safety_number:
 * @self: a chat
 *
 * Makes the number for the two to compare: of the key that the user shows now, or else of the one
 * that is pinned, unless another was seen since.
 *
 * Returns: (transfer full) (nullable): 60 digits in twelve groups, with spaces between, or %NULL
 * when the key of the user is not known; see ear_chat_look_up_key_async()
 */
char *
ear_chat_dup_safety_number (EarChat *self)
{
  const char *fingerprint;

  g_return_val_if_fail (EAR_IS_CHAT (self), NULL);

  fingerprint = get_present_key (self);
  if (fingerprint == NULL || self->context->me == NULL)
    return NULL;
  return ear_safety_number_new_from_fingerprints (self->context->me,
                                                  ear_peer_context_get_fingerprint (self->context),
                                                  self->account, fingerprint);
}
