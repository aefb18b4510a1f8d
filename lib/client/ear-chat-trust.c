/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the user says about the other's key. A key other than the pinned one puts a line into the
 * chat that stays, and blocks sending until the user trusts it; that of a contact who was verified,
 * until the two have compared their safety number again. */

#include "client/ear-chat-private.h"

#include "client/ear-chat-log.h"
#include "client/ear-contacts.h"
#include "wire/ear-error.h"
#include "wire/ear-fingerprint.h"

static void
take_key (EarChat *self)
{
  if (self->shown_key == NULL)
    return;
  ear_contacts_pin (self->context->contacts, self->account, NULL, self->shown_key);
  ear_chat_note_key (self, EAR_DELIVERY_KEY_TRUSTED, self->shown_key);
  ear_chat_set_shown_key (self, NULL);
  if (g_error_matches (self->last_error, EAR_ERROR, EAR_ERROR_KEY_CHANGED))
    ear_chat_set_last_error (self, NULL);
  ear_chat_pump (self);
}

/* Ends the chat, and empties it. */
void
ear_chat_forget (EarChat *self)
{
  ear_chat_end (self);
  ear_chat_set_shown_key (self, NULL);
  ear_chat_set_last_error (self, NULL);
  g_clear_pointer (&self->read_id, g_free);
  self->forgotten++;
  ear_chat_log_clear (self->log);
}

/**
 * ear_chat_accept_key:
 * @self: a chat
 *
 * Trusts the other key that the user shows now, if there is one. The key of a contact who was
 * verified is only taken by ear_chat_set_verified().
 */
void
ear_chat_accept_key (EarChat *self)
{
  g_return_if_fail (EAR_IS_CHAT (self));

  if (!ear_chat_needs_verifying (self))
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
 * ear_chat_set_verified:
 * @self: a chat with a user whose key we know
 * @verified: whether the users have compared their safety number
 *
 * Notes that the key that the user shows now was compared, and trusts it; or that it was not.
 */
void
ear_chat_set_verified (EarChat *self, gboolean verified)
{
  g_return_if_fail (EAR_IS_CHAT (self));

  if (verified)
    take_key (self);
  ear_contacts_set_verified (self->context->contacts, self->account, verified);
}

/**
 * ear_chat_dup_safety_number:
 * @self: a chat
 *
 * Makes the number for the two to compare: of the key that the user shows now, or else of the one
 * that is pinned.
 *
 * Returns: (transfer full) (nullable): 60 digits in twelve groups, with spaces between, or %NULL
 * when the key of the user is not known
 */
char *
ear_chat_dup_safety_number (EarChat *self)
{
  const char *fingerprint;

  g_return_val_if_fail (EAR_IS_CHAT (self), NULL);

  fingerprint = self->shown_key != NULL
                  ? self->shown_key
                  : ear_contacts_get_fingerprint (self->context->contacts, self->account);
  if (fingerprint == NULL || self->context->me == NULL)
    return NULL;
  return ear_safety_number_new_from_fingerprints (self->context->me,
                                                  ear_peer_context_get_fingerprint (self->context),
                                                  self->account, fingerprint);
}
