/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-contacts.h"
#include "client/ear-history.h"
#include "wire/ear-deadlines.h"

G_BEGIN_DECLS

struct _EarContacts
{
  GObject parent_instance;

  /* Owned */
  EarHistory *history;
  EarUserList *users;
  EarDeadlines *deadlines;
  GHashTable *by_user;        /* account → EarHistoryContact, owned */
  GHashTable *by_fingerprint; /* fingerprint → GPtrArray of EarHistoryContact, borrowed */

  GHashTable *unstored; /* accounts of which the disk has something else, or too much */
  EarDeadline store_again;

  guint generation; /* grows at each clear: what was loaded before is of another account */
  gboolean loaded;  /* else nothing is written: it could replace what was not read yet */
};

/* ear-contacts.c */
GHashTable *ear_contacts_table_new (void);
void ear_contacts_show_in (EarHistoryContact *contact, EarUser *user);
void ear_contacts_show (EarContacts *self, EarHistoryContact *contact);

/* ear-contacts-keys.c */
void ear_contacts_index_key (EarContacts *self, EarHistoryContact *contact);
void ear_contacts_unindex_key (EarContacts *self, EarHistoryContact *contact);

/* ear-contacts-store.c */
void ear_contacts_store_init (EarContacts *self);
void ear_contacts_store_clear (EarContacts *self);
void ear_contacts_store (EarContacts *self, const char *user);
void ear_contacts_store_again (EarContacts *self);

G_END_DECLS
