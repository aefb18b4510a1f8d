/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Toasts that answer what was just done. A toast's title is markup before libadwaita 1.4, so this
 * is the one place that makes toasts: it takes plain text. */

#include "config.h"

#include "gui/ear-toast.h"

#include "gui/ear-accessible.h"

/**
 * ear_toast_new:
 * @text: plain text
 *
 * Makes a toast that stays for a few seconds and does not wait for others.
 *
 * Returns: (transfer full): a new toast
 */
AdwToast *
ear_toast_new (const char *text)
{
  g_autofree char *markup = g_markup_escape_text (text, -1);
  AdwToast *toast = adw_toast_new (markup);

  adw_toast_set_priority (toast, ADW_TOAST_PRIORITY_HIGH);
  return toast;
}

/**
 * ear_toast_new_with_button:
 * @text: plain text
 * @label: what the button says
 * @action: what it does
 * @target: a string that the action takes
 *
 * Makes a toast with a button. It stays until it is answered: nobody has to be quick.
 *
 * Returns: (transfer full): a new toast
 */
AdwToast *
ear_toast_new_with_button (const char *text,
                           const char *label,
                           const char *action,
                           const char *target)
{
  AdwToast *toast = ear_toast_new (text);

  adw_toast_set_button_label (toast, label);
  adw_toast_set_action_name (toast, action);
  adw_toast_set_action_target (toast, "s", target);
  adw_toast_set_timeout (toast, 0);
  return toast;
}

/**
 * ear_toast_show:
 * @toast: (transfer full): a toast
 * @overlay: what it is shown in
 *
 * Shows @toast, whose button has its name.
 */
void
ear_toast_show (AdwToast *toast, AdwToastOverlay *overlay)
{
  GtkWidget *below = adw_toast_overlay_get_child (overlay);

  adw_toast_overlay_add_toast (overlay, toast);
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (overlay)); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (child != below)
      ear_accessible_fix_buttons (child);
}
