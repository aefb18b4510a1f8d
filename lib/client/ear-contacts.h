/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_CONTACTS (ear_contacts_get_type ())
G_DECLARE_FINAL_TYPE (EarContacts, ear_contacts, EAR, CONTACTS, GObject)

/* Whom this account knows: pinned keys, what is verified or blocked; in memory, written through to
 * the history. Keeps the EarUsers of the list in step. Signals: "changed" (account; NULL: all),
 * "blocked" (account), "forgotten" (account). */
typedef enum {
  EAR_TRUST_NEW,      /* never seen: pinned by ear_contacts_pin */
  EAR_TRUST_KNOWN,    /* the pinned key */
  EAR_TRUST_VERIFIED, /* the pinned key, compared by the users */
  EAR_TRUST_CHANGED,  /* another key than the pinned one */
} EarTrust;

EarContacts *ear_contacts_new (EarHistory *history, EarUserList *users, EarDeadlines *deadlines);
void ear_contacts_load_async (EarContacts *self,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean ear_contacts_load_finish (EarContacts *self, GAsyncResult *result, GError **error);

/* When the account changes or logs out: forgets all here, nothing in the history. */
void ear_contacts_clear (EarContacts *self);

EarTrust ear_contacts_check (EarContacts *self, const char *user, const char *fingerprint);
void
ear_contacts_pin (EarContacts *self, const char *user, const char *name, const char *fingerprint);
const char *ear_contacts_get_fingerprint (EarContacts *self, const char *user);
/* NULL also when several users have this key (two accounts on one device): check() the one that the
 * other side claims to be. */
const char *ear_contacts_find_user (EarContacts *self, const char *fingerprint);
char **ear_contacts_list (EarContacts *self);
void ear_contacts_forget (EarContacts *self, const char *user);
const char *ear_contacts_get_name (EarContacts *self, const char *user);
gboolean ear_contacts_has_changed_key (EarContacts *self, const char *user);
gboolean ear_contacts_is_known (EarContacts *self, const char *user);
gboolean ear_contacts_is_blocked (EarContacts *self, const char *user);
void ear_contacts_set_blocked (EarContacts *self, const char *user, gboolean blocked);
gboolean ear_contacts_was_verified (EarContacts *self, const char *user);
void ear_contacts_set_verified (EarContacts *self, const char *user, gboolean verified);
gboolean ear_contacts_is_always_accepted (EarContacts *self, const char *user);
void ear_contacts_set_always_accepted (EarContacts *self, const char *user, gboolean accepted);
void ear_contacts_note_seen (EarContacts *self, const char *user);
/* For the sidebar; the message itself is stored by ear_history_add_message_async. */
void
ear_contacts_note_message (EarContacts *self, const char *user, const char *text, gboolean unread);
/* The unread messages of user were read: here, in the list and in the history. */
void ear_contacts_note_read (EarContacts *self, const char *user);

G_END_DECLS
