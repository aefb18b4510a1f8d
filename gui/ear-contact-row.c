/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Somebody whom one knows, in the preferences: who it is, and when it is opened, what one lets them
 * do, their key, and how to forget them. What is inside is made when the row is first opened: there
 * may be hundreds of rows. */

#include "config.h"

#include "gui/ear-contact-row.h"

#include <glib/gi18n.h>

#include "client/ear-contacts.h"
#include "gui/ear-accessible.h"
#include "gui/ear-avatar.h"
#include "gui/ear-format.h"
#include "gui/ear-key-row.h"

#define AVATAR_SIZE 32

struct _EarContactRow
{
  AdwExpanderRow parent_instance;

  /* Children */
  GtkWidget *avatar;
  GtkWidget *verified_icon;
  GtkWidget *accept_switch; /* made when it is first opened, and those below */
  GtkWidget *block_switch;
  GtkWidget *key_row;

  /* Owned */
  EarContacts *contacts;
  char *account;
  gboolean updating; /* a switch moves by itself */
};

G_DEFINE_FINAL_TYPE (EarContactRow, ear_contact_row, ADW_TYPE_EXPANDER_ROW)

/* -- What is inside -- */

static void
accept_changed_cb (EarContactRow *self)
{
  if (!self->updating)
    ear_contacts_set_always_accepted (self->contacts, self->account,
                                      gtk_switch_get_active (GTK_SWITCH (self->accept_switch)));
}

static void
block_changed_cb (EarContactRow *self)
{
  if (!self->updating)
    ear_contacts_set_blocked (self->contacts, self->account,
                              gtk_switch_get_active (GTK_SWITCH (self->block_switch)));
}

static void
forget_response_cb (EarContactRow *self, const char *response)
{
  if (g_str_equal (response, "forget"))
    ear_contacts_forget (self->contacts, self->account);
}

static void
forget_clicked_cb (EarContactRow *self)
{
  GtkWindow *parent = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
  /* Translators: %s is an account name. */
  g_autofree char *heading = g_strdup_printf (_ ("Forget %s?"), self->account);
  GtkWidget *dialog = adw_message_dialog_new (
    parent, heading,
    _ ("The messages of this chat are deleted here, and the key is forgotten: who comes with this "
       "name then is a stranger to you."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "forget",
                                    _ ("_Forget"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "forget",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  ear_accessible_fix_buttons (dialog);
  g_signal_connect_object (dialog, "response", G_CALLBACK (forget_response_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static GtkWidget *
add_switch (EarContactRow *self, const char *title, const char *subtitle, GCallback callback)
{
  GtkWidget *row = g_object_new (ADW_TYPE_ACTION_ROW, "use-markup", FALSE, "title", title,
                                 "subtitle", subtitle, NULL);
  GtkWidget *button = gtk_switch_new ();

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  -1);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), button);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), row);
  g_signal_connect_object (button, "notify::active", callback, self, G_CONNECT_SWAPPED);
  return button;
}

static void
add_forget_row (EarContactRow *self)
{
  GtkWidget *row = g_object_new (ADW_TYPE_ACTION_ROW, "title", _ ("Forget This Contact"),
                                 "subtitle", _ ("Deletes the messages and the key"), NULL);
  GtkWidget *button = gtk_button_new_with_label (_ ("Forget…"));

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "destructive-action");
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), row);
  g_signal_connect_object (button, "clicked", G_CALLBACK (forget_clicked_cb), self,
                           G_CONNECT_SWAPPED);
}

static void
expanded_cb (EarContactRow *self)
{
  if (self->accept_switch != NULL || !adw_expander_row_get_expanded (ADW_EXPANDER_ROW (self)))
    return;
  self->accept_switch =
    add_switch (self, _ ("Accept Without Asking"), _ ("Their requests to chat open the chat"),
                G_CALLBACK (accept_changed_cb));
  self->block_switch = add_switch (self, _ ("Block"), _ ("Their requests are not shown"),
                                   G_CALLBACK (block_changed_cb));
  self->key_row = ear_key_row_new (_ ("Key of Their Device"), NULL);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), self->key_row);
  add_forget_row (self);
  ear_contact_row_update (self);
}

/* -- Who it is -- */

static char *
describe (EarContactRow *self)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();

  if (ear_contacts_has_changed_key (self->contacts, self->account))
    g_ptr_array_add (parts, (gpointer) _ ("New key"));
  else if (ear_contacts_was_verified (self->contacts, self->account))
    g_ptr_array_add (parts, (gpointer) _ ("Verified"));
  if (ear_contacts_is_blocked (self->contacts, self->account))
    g_ptr_array_add (parts, (gpointer) _ ("Blocked"));
  if (ear_contacts_is_always_accepted (self->contacts, self->account))
    g_ptr_array_add (parts, (gpointer) _ ("Accepted without asking"));
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (" · ", (char **) parts->pdata);
}

static void
ear_contact_row_dispose (GObject *object)
{
  g_clear_object (&EAR_CONTACT_ROW (object)->contacts);
  G_OBJECT_CLASS (ear_contact_row_parent_class)->dispose (object);
}

static void
ear_contact_row_finalize (GObject *object)
{
  g_free (EAR_CONTACT_ROW (object)->account);
  G_OBJECT_CLASS (ear_contact_row_parent_class)->finalize (object);
}

static void
ear_contact_row_class_init (EarContactRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ear_contact_row_dispose;
  G_OBJECT_CLASS (klass)->finalize = ear_contact_row_finalize;
}

static void
ear_contact_row_init (EarContactRow *self)
{
  self->avatar = ear_avatar_new (AVATAR_SIZE);
  adw_expander_row_add_prefix (ADW_EXPANDER_ROW (self), self->avatar);
  self->verified_icon = gtk_image_new_from_icon_name ("earshot-verified-symbolic");
  gtk_widget_set_tooltip_text (self->verified_icon, _ ("Verified"));
  gtk_widget_add_css_class (self->verified_icon, "success");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->verified_icon),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Verified"), -1);
  adw_expander_row_add_action (ADW_EXPANDER_ROW (self), self->verified_icon);
  g_signal_connect (self, "notify::expanded", G_CALLBACK (expanded_cb), NULL);
}

/**
 * ear_contact_row_new:
 * @contacts: whom one knows
 * @account: one of them
 *
 * Makes a row.
 *
 * Returns: (transfer floating): the row
 */
GtkWidget *
ear_contact_row_new (EarContacts *contacts, const char *account)
{
  EarContactRow *self = g_object_new (EAR_TYPE_CONTACT_ROW, NULL);

  self->contacts = g_object_ref (contacts);
  self->account = g_strdup (account);
  ear_contact_row_update (self);
  return GTK_WIDGET (self);
}

/**
 * ear_contact_row_update:
 * @self: a row
 *
 * Shows what is known now.
 */
void
ear_contact_row_update (EarContactRow *self)
{
  g_return_if_fail (EAR_IS_CONTACT_ROW (self));

  const char *account = self->account;
  g_autofree char *title =
    ear_format_sender (ear_contacts_get_name (self->contacts, account), account);
  g_autofree char *title_markup = g_markup_escape_text (title, -1);
  g_autofree char *subtitle = describe (self);
  g_autofree char *subtitle_markup = g_markup_escape_text (subtitle, -1);
  gboolean changed = ear_contacts_has_changed_key (self->contacts, account);

  /* Escaped instead of "use-markup" off: libadwaita 1.2 copies the title into a row of the search's
   * results, which reads it as markup in any case. */
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title_markup);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), subtitle_markup);
  ear_avatar_set_account (EAR_AVATAR (self->avatar), account);
  gtk_widget_set_visible (self->verified_icon,
                          ear_contacts_was_verified (self->contacts, account) && !changed);
  if (self->accept_switch == NULL)
    return;
  ear_key_row_set_fingerprint (EAR_KEY_ROW (self->key_row),
                               ear_contacts_get_fingerprint (self->contacts, account));
  self->updating = TRUE;
  gtk_switch_set_active (GTK_SWITCH (self->accept_switch),
                         ear_contacts_is_always_accepted (self->contacts, account));
  gtk_switch_set_active (GTK_SWITCH (self->block_switch),
                         ear_contacts_is_blocked (self->contacts, account));
  self->updating = FALSE;
}
