/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The server shows another key than before: nothing was said to it. The way on is to look at both
 * and to say so twice, by a switch and a button; Escape and Enter go back. */

#include "config.h"

#include "gui/ear-server-key-dialog.h"

#include <glib/gi18n.h>
#include <string.h>

#include "gui/ear-accessible.h"
#include "wire/ear-fingerprint.h"

#define GROUPS 4 /* of four digits in a line */

/* In lines of the same length, so that two can be compared. */
static char *
dup_lines (const char *fingerprint)
{
  g_autofree char *formatted = ear_fingerprint_format (fingerprint);

  for (guint i = GROUPS * 5 - 1; i < strlen (formatted); i += GROUPS * 5)
    formatted[i] = '\n';
  return g_steal_pointer (&formatted);
}

static GtkWidget *
new_column (const char *title, const char *fingerprint)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  g_autofree char *lines = dup_lines (fingerprint);
  GtkWidget *heading = gtk_label_new (title);
  GtkWidget *label = gtk_label_new (lines);

  gtk_widget_add_css_class (heading, "heading");
  gtk_widget_add_css_class (label, "monospace");
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_set_focusable (label, FALSE);
  gtk_widget_set_hexpand (box, TRUE);
  gtk_box_append (GTK_BOX (box), heading);
  gtk_box_append (GTK_BOX (box), label);
  return box;
}

static void
toggled_cb (AdwMessageDialog *dialog, GParamSpec *pspec, GtkCheckButton *check)
{
  adw_message_dialog_set_response_enabled (dialog, "trust", gtk_check_button_get_active (check));
}

/**
 * ear_server_key_dialog_new:
 * @parent: (nullable): the window in front
 * @server: its host and port
 * @known: the fingerprint that it should have
 * @shown: the one that it has
 *
 * Makes a dialog. Its response "trust" says that the person wants the new key.
 *
 * Returns: (transfer none): the window, owned by GTK until it is closed
 */
GtkWidget *
ear_server_key_dialog_new (GtkWindow *parent,
                           const char *server,
                           const char *known,
                           const char *shown)
{
  GtkWidget *window = adw_message_dialog_new (parent, _ ("The Server Has Another Key"), NULL);
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (window);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  GtkWidget *columns = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 18);
  GtkWidget *check = gtk_check_button_new_with_label (_ ("I have asked who runs the server"));

  adw_message_dialog_format_body (
    dialog,
    _ (
      "%s is not the server that you know, so nothing was sent to it. It was installed anew, or "
      "somebody stands between you and it and could pose as the people you chat with.\n\nThe chats "
      "and contacts that you know from the old key stay with it: with the new one you begin "
      "afresh."),
    server);
  gtk_box_append (GTK_BOX (columns), new_column (_ ("Known Key"), known));
  gtk_box_append (GTK_BOX (columns), new_column (_ ("New Key"), shown));
  gtk_box_append (GTK_BOX (box), columns);
  gtk_widget_set_halign (check, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), check);
  adw_message_dialog_set_extra_child (dialog, box);
  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "trust", _ ("_Trust New Key"),
                                    NULL);
  adw_message_dialog_set_response_appearance (dialog, "trust", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_response_enabled (dialog, "trust", FALSE);
  adw_message_dialog_set_default_response (dialog, "cancel");
  adw_message_dialog_set_close_response (dialog, "cancel");
  ear_accessible_fix_buttons (window);
  g_signal_connect_object (check, "notify::active", G_CALLBACK (toggled_cb), dialog,
                           G_CONNECT_SWAPPED);
  return window;
}
