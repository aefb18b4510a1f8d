/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Whom one knows, in the preferences: a row each, in the order of their accounts. The list is that
 * of the moment when the window was opened; what is known of each is followed. */

#include "config.h"

#include "gui/ear-contacts-page.h"

#include <glib/gi18n.h>

#include "client/ear-contacts.h"
#include "gui/ear-contact-row.h"

struct _EarContactsPage
{
  AdwPreferencesPage parent_instance;

  /* Children */
  GtkWidget *group;

  GHashTable *rows; /* (element-type utf8 EarContactRow): by account; the group owns the rows */
};

G_DEFINE_FINAL_TYPE (EarContactsPage, ear_contacts_page, ADW_TYPE_PREFERENCES_PAGE)

static void
describe (EarContactsPage *self)
{
  gboolean nobody = g_hash_table_size (self->rows) == 0;

  adw_preferences_group_set_description (
    ADW_PREFERENCES_GROUP (self->group),
    nobody ? _ ("Whom you chat with or block is listed here.")
           : _ ("Whom you have chatted with or blocked. Their keys are known on this device."));
}

static void
changed_cb (EarContactsPage *self, const char *account)
{
  GHashTableIter iter;
  gpointer key, row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &key, &row)) {
    if (account == NULL || g_str_equal (key, account))
      ear_contact_row_update (row);
  }
}

static void
forgotten_cb (EarContactsPage *self, const char *account)
{
  GtkWidget *row = g_hash_table_lookup (self->rows, account);

  if (row == NULL)
    return;
  g_hash_table_remove (self->rows, account);
  adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self->group), row);
  describe (self);
}

static void
ear_contacts_page_finalize (GObject *object)
{
  g_hash_table_unref (EAR_CONTACTS_PAGE (object)->rows);
  G_OBJECT_CLASS (ear_contacts_page_parent_class)->finalize (object);
}

static void
ear_contacts_page_class_init (EarContactsPageClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ear_contacts_page_finalize;
}

static void
ear_contacts_page_init (EarContactsPage *self)
{
  self->rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->group = adw_preferences_group_new ();
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (self), ADW_PREFERENCES_GROUP (self->group));
}

/**
 * ear_contacts_page_new:
 * @contacts: whom one knows
 *
 * Makes the page.
 *
 * Returns: (transfer floating): the page
 */
EarContactsPage *
ear_contacts_page_new (EarContacts *contacts)
{
  EarContactsPage *self = g_object_new (EAR_TYPE_CONTACTS_PAGE, "title", _ ("Contacts"),
                                        "icon-name", "system-users-symbolic", NULL);
  g_auto (GStrv) accounts = ear_contacts_list (contacts);

  for (guint i = 0; accounts[i] != NULL; i++) {
    GtkWidget *row = ear_contact_row_new (contacts, accounts[i]);

    g_hash_table_insert (self->rows, g_strdup (accounts[i]), row);
    adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->group), row);
  }
  describe (self);
  g_signal_connect_object (contacts, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (contacts, "forgotten", G_CALLBACK (forgotten_cb), self,
                           G_CONNECT_SWAPPED);
  return self;
}
