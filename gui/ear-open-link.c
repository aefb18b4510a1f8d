/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Opening a link that somebody else wrote: the person sees it, and above all its host, before it
 * opens. */

#include "config.h"

#include "gui/ear-open-link.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "gui/ear-accessible.h"
#include "gui/ear-format.h"

static void
response_cb (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  const char *uri = user_data;

  if (g_str_equal (response, "open"))
    gtk_show_uri (gtk_window_get_transient_for (GTK_WINDOW (dialog)), uri, GDK_CURRENT_TIME);
}

static void
free_uri_cb (gpointer data, GClosure *closure)
{
  g_free (data);
}

/**
 * ear_open_link:
 * @widget: where it was clicked
 * @uri: an http or https link as ear_web_links_find() gives it, its host in punycode
 *
 * Asks whether to open a link in the browser.
 */
void
ear_open_link (GtkWidget *widget, const char *uri)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_ENCODED, NULL);
  GtkRoot *root = gtk_widget_get_root (widget);
  g_autofree char *shown = ear_format_link (uri);
  AdwMessageDialog *dialog;

  if (parsed == NULL || g_uri_get_host (parsed) == NULL)
    return;

  dialog = ADW_MESSAGE_DIALOG (adw_message_dialog_new (GTK_WINDOW (root), NULL, NULL));
  /* Translators: %s is the name of a web site, such as example.org. */
  adw_message_dialog_format_heading (dialog, _ ("Open %s?"), g_uri_get_host (parsed));
  adw_message_dialog_format_body (dialog, "%s", shown);
  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "open", _ ("_Open in Browser"),
                                    NULL);
  adw_message_dialog_set_default_response (dialog, "cancel");
  adw_message_dialog_set_close_response (dialog, "cancel");
  ear_accessible_fix_buttons (GTK_WIDGET (dialog));
  g_signal_connect_data (dialog, "response", G_CALLBACK (response_cb), g_strdup (uri), free_uri_cb,
                         0);
  gtk_window_present (GTK_WINDOW (dialog));
}
