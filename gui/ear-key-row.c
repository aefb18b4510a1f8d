/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A key's fingerprint, in groups that can be compared, and a button that copies it. */

#include "config.h"

#include "gui/ear-key-row.h"

#include <glib/gi18n.h>

#include "wire/ear-fingerprint.h"

struct _EarKeyRow
{
  AdwActionRow parent_instance;

  /* Owned */
  char *fingerprint;
};

G_DEFINE_FINAL_TYPE (EarKeyRow, ear_key_row, ADW_TYPE_ACTION_ROW)

static void
copy_cb (EarKeyRow *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->fingerprint);
}

static void
ear_key_row_finalize (GObject *object)
{
  g_free (EAR_KEY_ROW (object)->fingerprint);
  G_OBJECT_CLASS (ear_key_row_parent_class)->finalize (object);
}

static void
ear_key_row_class_init (EarKeyRowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ear_key_row_finalize;
}

static void
ear_key_row_init (EarKeyRow *self)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("edit-copy-symbolic");

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, _ ("Copy Key"));
  gtk_widget_add_css_class (button, "flat");
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Copy Key"), -1);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self), button);
  gtk_widget_add_css_class (GTK_WIDGET (self), "key");
  g_signal_connect_object (button, "clicked", G_CALLBACK (copy_cb), self, G_CONNECT_SWAPPED);
}

/**
 * ear_key_row_new:
 * @title: whose key it is
 * @fingerprint: (nullable): its fingerprint
 *
 * Makes a row, which is not seen before it has a key.
 *
 * Returns: (transfer floating): the row
 */
GtkWidget *
ear_key_row_new (const char *title, const char *fingerprint)
{
  EarKeyRow *self = g_object_new (EAR_TYPE_KEY_ROW, "use-markup", FALSE, "title", title, NULL);

  ear_key_row_set_fingerprint (self, fingerprint);
  return GTK_WIDGET (self);
}

/**
 * ear_key_row_set_fingerprint:
 * @self: a row
 * @fingerprint: (nullable): the fingerprint of the key
 *
 * Shows a key.
 */
void
ear_key_row_set_fingerprint (EarKeyRow *self, const char *fingerprint)
{
  g_autofree char *formatted = fingerprint != NULL ? ear_fingerprint_format (fingerprint) : NULL;

  g_return_if_fail (EAR_IS_KEY_ROW (self));

  g_free (self->fingerprint);
  self->fingerprint = g_strdup (fingerprint);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), formatted != NULL ? formatted : "");
  gtk_widget_set_visible (GTK_WIDGET (self), fingerprint != NULL);
}
