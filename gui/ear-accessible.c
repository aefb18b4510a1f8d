/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What GTK 4.8 and libadwaita 1.2 tell assistive technology badly, told well. */

#include "config.h"

#include "gui/ear-accessible.h"

static void
follow_tooltip_cb (GtkWidget *button)
{
  const char *tooltip = gtk_widget_get_tooltip_text (button);

  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  tooltip != NULL ? tooltip : "", -1);
}

/**
 * ear_accessible_fix_buttons:
 * @root: a widget
 *
 * Names the buttons in @root that GTK names badly. One with a mnemonic has its raw text and the
 * label inside for a name, "_Accept Accept", and keeps the latter: AdwMessageDialog makes all its
 * buttons so. The eye of an AdwPasswordEntryRow has none, and gets that of its tooltip.
 */
void
ear_accessible_fix_buttons (GtkWidget *root)
{
  if (GTK_IS_BUTTON (root)) {
    if (gtk_button_get_use_underline (GTK_BUTTON (root)))
      gtk_accessible_reset_property (GTK_ACCESSIBLE (root), GTK_ACCESSIBLE_PROPERTY_LABEL);
    else if (gtk_widget_get_ancestor (root, ADW_TYPE_PASSWORD_ENTRY_ROW) != NULL) {
      g_signal_connect (root, "notify::tooltip-text", G_CALLBACK (follow_tooltip_cb), NULL);
      follow_tooltip_cb (root);
    }
  }
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    ear_accessible_fix_buttons (child);
}

/**
 * ear_accessible_set_row:
 * @child: what a row of a GtkListView shows
 * @label: the name of the row
 * @description: what else there is to know of it, or ""
 *
 * Names a row. GtkListItem has no property for that before GTK 4.12, and the widget that it makes
 * is only known as the parent of its child.
 */
void
ear_accessible_set_row (GtkWidget *child, const char *label, const char *description)
{
  GtkWidget *parent = gtk_widget_get_parent (child);

  gtk_accessible_update_property (GTK_ACCESSIBLE (child), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
  if (parent != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (parent), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                    GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
}

static void
follow_revealer_cb (GtkRevealer *revealer)
{
  GtkWidget *child = gtk_revealer_get_child (revealer);
  gboolean revealed = gtk_revealer_get_reveal_child (revealer);

  gtk_widget_set_can_focus (child, revealed);
  gtk_accessible_update_state (GTK_ACCESSIBLE (child), GTK_ACCESSIBLE_STATE_HIDDEN, !revealed, -1);
}

/**
 * ear_accessible_follow_revealer:
 * @revealer: a revealer that has its child
 *
 * Hides what is not revealed, which GTK tells to who can't see, and gives no focus to what slides
 * away.
 */
void
ear_accessible_follow_revealer (GtkRevealer *revealer)
{
  g_signal_connect (revealer, "notify::reveal-child", G_CALLBACK (follow_revealer_cb), NULL);
  follow_revealer_cb (revealer);
}
