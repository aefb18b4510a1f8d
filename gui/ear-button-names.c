/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* GTK 4.8 names a button with a mnemonic twice for assistive technology: by its raw text and by the
 * label inside, "_Accept Accept". AdwMessageDialog makes all its buttons so. */

#include "config.h"

#include "gui/ear-button-names.h"

/**
 * ear_button_names_fix:
 * @root: a widget
 *
 * Leaves every button in @root with a mnemonic the name of the label inside.
 */
void
ear_button_names_fix (GtkWidget *root)
{
  if (GTK_IS_BUTTON (root) && gtk_button_get_use_underline (GTK_BUTTON (root)))
    gtk_accessible_reset_property (GTK_ACCESSIBLE (root), GTK_ACCESSIBLE_PROPERTY_LABEL);
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    ear_button_names_fix (child);
}
