/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_CONTACTS (ear_contacts_get_type ())
G_DECLARE_FINAL_TYPE (EarContacts, ear_contacts, EAR, CONTACTS, GObject)

/* Whom this account knows: pinned keys, what is verified or blocked; in memory, written through to
 * the history. Signal "changed" (account, detailed by nothing). */
typedef enum {
  EAR_TRUST_NEW,      /* never seen: pinned by ear_contacts_pin */
  EAR_TRUST_KNOWN,    /* the pinned key */
  EAR_TRUST_VERIFIED, /* the pinned key, compared by the users */
  EAR_TRUST_CHANGED,  /* another key than the pinned one */
} EarTrust;

EarContacts *ear_contacts_new (EarHistory *history, EarUserList *users);
void ear_contacts_load_async (EarContacts *self,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean ear_contacts_load_finish (EarContacts *self, GAsyncResult *result, GError **error);

EarTrust ear_contacts_check (EarContacts *self, const char *user, const char *fingerprint);
void
ear_contacts_pin (EarContacts *self, const char *user, const char *name, const char *fingerprint);
const char *ear_contacts_get_fingerprint (EarContacts *self, const char *user);
const char *ear_contacts_find_user (EarContacts *self, const char *fingerprint);
gboolean ear_contacts_is_known (EarContacts *self, const char *user);
gboolean ear_contacts_is_blocked (EarContacts *self, const char *user);
void ear_contacts_set_blocked (EarContacts *self, const char *user, gboolean blocked);
void ear_contacts_set_verified (EarContacts *self, const char *user, gboolean verified);
void ear_contacts_note_seen (EarContacts *self, const char *user);

G_END_DECLS
