/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What a person can do in the main window: every "win." action, and when it can be done. */

#include "config.h"

#include <glib/gi18n.h>

#include "client/ear-announcement-list.h"
#include "client/ear-announcement.h"
#include "client/ear-chat.h"
#include "client/ear-client.h"
#include "client/ear-contacts.h"
#include "client/ear-session.h"
#include "client/ear-user-list.h"
#include "client/ear-user.h"
#include "gui/ear-accessible.h"
#include "gui/ear-announce-dialog.h"
#include "gui/ear-toast.h"
#include "gui/ear-window-private.h"
#include "wire/ear-limits.h"
#include "wire/ear-text.h"

static EarSession *
get_session (EarWindow *self)
{
  return ear_client_get_session (self->client);
}

static void
broadcast_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarAnnounceDialog) dialog = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (EarAnnouncement) announcement =
    ear_client_broadcast_finish (EAR_CLIENT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  ear_announce_dialog_set_busy (dialog, FALSE);
  if (announcement == NULL) {
    ear_announce_dialog_set_error (dialog, error);
    return;
  }

  /* The bar shows it, with the number that it has reached. */
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static void
announcement_submitted_cb (EarWindow *self, const char *text, EarAnnounceDialog *dialog)
{
  ear_announce_dialog_set_busy (dialog, TRUE);
  ear_client_broadcast_async (self->client, text, self->cancellable, broadcast_cb,
                              g_object_ref (dialog));
}

static void
n_active_cb (EarAnnounceDialog *dialog, GParamSpec *pspec, EarUserList *users)
{
  ear_announce_dialog_set_reach (dialog, ear_user_list_get_n_active (users));
}

static void
broadcast_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  EarWindow *self = EAR_WINDOW (widget);
  EarUserList *users = ear_client_get_users (self->client);
  EarAnnounceDialog *dialog = ear_announce_dialog_new (GTK_WINDOW (self));

  g_signal_connect_object (users, "notify::n-active", G_CALLBACK (n_active_cb), dialog,
                           G_CONNECT_SWAPPED);
  n_active_cb (dialog, NULL, users);
  g_signal_connect_object (dialog, "submitted", G_CALLBACK (announcement_submitted_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
search_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  EarWindow *self = EAR_WINDOW (widget);

  ear_window_show_people (self);
  ear_sidebar_focus_search (self->sidebar);
}

static void
back_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ear_window_show_people (EAR_WINDOW (widget));
}

/* Escape closes what is on top: in a narrow window that is the chat. */
static gboolean
escape_cb (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  EarWindow *self = EAR_WINDOW (widget);

  if (!adw_leaflet_get_folded (ADW_LEAFLET (self->leaflet)) || self->chat == NULL)
    return FALSE;
  ear_window_show_people (self);
  return TRUE;
}

static void
copy_server_link_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  EarWindow *self = EAR_WINDOW (widget);
  g_autofree char *link = ear_window_dup_server_link (self);

  if (link == NULL)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), link);
  ear_window_add_toast (self, ear_toast_new (_ ("Link copied")));
}

static void
status_response_cb (EarWindow *self, const char *response, AdwMessageDialog *dialog)
{
  GtkEditable *entry = GTK_EDITABLE (adw_message_dialog_get_extra_child (dialog));
  g_autofree char *status = g_strstrip (g_strdup (gtk_editable_get_text (entry)));

  if (g_str_equal (response, "set") &&
      (*status == '\0' || ear_text_is_single_line (status, EAR_LIMIT_DISPLAY)))
    ear_presence_set_status (self->presence, status);
}

static void
status_changed_cb (AdwMessageDialog *dialog, GtkEditable *entry)
{
  const char *status = gtk_editable_get_text (entry);

  adw_message_dialog_set_response_enabled (
    dialog, "set", *status == '\0' || ear_text_is_single_line (status, EAR_LIMIT_DISPLAY));
}

static void
set_status_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  EarWindow *self = EAR_WINDOW (widget);
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), _ ("Set Status"),
                                              _ ("Everybody who is here sees it."));
  GtkWidget *entry = gtk_entry_new ();

  gtk_editable_set_text (GTK_EDITABLE (entry), ear_presence_get_status (self->presence));
  gtk_entry_set_placeholder_text (GTK_ENTRY (entry), _ ("In the lab until four"));
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Status"), -1);
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), entry);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "set",
                                    _ ("_Set"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "set",
                                              ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "set");
  ear_accessible_fix_buttons (dialog);
  g_signal_connect_object (entry, "changed", G_CALLBACK (status_changed_cb), dialog,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (dialog, "response", G_CALLBACK (status_response_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
open_chat_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ear_window_open_chat (EAR_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
ask_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ear_window_ask (EAR_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
open_chat_window_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ear_window_open_chat_window (EAR_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
open_current_window_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  EarWindow *self = EAR_WINDOW (widget);

  if (self->chat != NULL)
    ear_window_open_chat_window (self, ear_user_get_account (ear_chat_get_user (self->chat)));
}

static void
block_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  EarWindow *self = EAR_WINDOW (widget);

  ear_contacts_set_blocked (ear_client_get_contacts (self->client),
                            g_variant_get_string (parameter, NULL),
                            g_str_equal (name, "win.block"));
}

static void
step_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  EarWindow *self = EAR_WINDOW (widget);
  EarUser *user =
    ear_sidebar_get_neighbour (self->sidebar, g_str_equal (name, "win.next-chat") ? 1 : -1);

  if (user != NULL)
    ear_window_open_chat (self, ear_user_get_account (user));
}

/* F6: from the people to the notices, if there are any, to the chat, and around; on the page of the
 * chat in a narrow window there are no people. */
static void
focus_next_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  EarWindow *self = EAR_WINDOW (widget);
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));
  gboolean folded = adw_leaflet_get_folded (ADW_LEAFLET (self->leaflet));
  GtkWidget *notices = GTK_WIDGET (folded ? self->narrow_notices : self->notices);
  gboolean in_notices = focus != NULL && gtk_widget_get_ancestor (focus, EAR_TYPE_NOTICES) != NULL;
  gboolean in_people =
    focus != NULL && !in_notices && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->sidebar));

  if (in_people && gtk_widget_child_focus (notices, GTK_DIR_TAB_FORWARD))
    return;
  if ((in_people || in_notices) && ear_window_focus_chat (self))
    return;
  if (!folded || self->chat == NULL)
    ear_sidebar_focus_list (self->sidebar);
  else
    gtk_widget_child_focus (GTK_WIDGET (self->notices), GTK_DIR_TAB_FORWARD);
}

/**
 * ear_window_update_actions:
 * @self: a window
 *
 * Enables what can be done now; the one place for it.
 */
void
ear_window_update_actions (EarWindow *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  EarSession *session = self->client != NULL ? get_session (self) : NULL;
  gboolean online = session != NULL && ear_session_is_online (session);
  gboolean may_broadcast = session == NULL || ear_session_may_broadcast (session);

  gtk_widget_action_set_enabled (widget, "win.broadcast", online && may_broadcast);
  ear_sidebar_set_may_broadcast (self->sidebar, may_broadcast);
  gtk_widget_action_set_enabled (widget, "win.set-status", online);
  gtk_widget_action_set_enabled (widget, "win.open-current-window", self->chat != NULL);
}

/**
 * ear_window_class_init_actions:
 * @widget_class: the class of the window
 *
 * Installs the actions and their keys.
 */
void
ear_window_class_init_actions (GtkWidgetClass *widget_class)
{
  const GdkModifierType control = GDK_CONTROL_MASK;

  gtk_widget_class_install_action (widget_class, "win.broadcast", NULL, broadcast_action);
  gtk_widget_class_install_action (widget_class, "win.search", NULL, search_action);
  gtk_widget_class_install_action (widget_class, "win.back", NULL, back_action);
  gtk_widget_class_install_action (widget_class, "win.copy-server-link", NULL,
                                   copy_server_link_action);
  gtk_widget_class_install_action (widget_class, "win.set-status", NULL, set_status_action);
  gtk_widget_class_install_action (widget_class, "win.open-chat", "s", open_chat_action);
  gtk_widget_class_install_action (widget_class, "win.ask", "s", ask_action);
  gtk_widget_class_install_action (widget_class, "win.open-chat-window", "s",
                                   open_chat_window_action);
  gtk_widget_class_install_action (widget_class, "win.open-current-window", NULL,
                                   open_current_window_action);
  gtk_widget_class_install_action (widget_class, "win.block", "s", block_action);
  gtk_widget_class_install_action (widget_class, "win.unblock", "s", block_action);
  gtk_widget_class_install_action (widget_class, "win.next-chat", NULL, step_action);
  gtk_widget_class_install_action (widget_class, "win.previous-chat", NULL, step_action);
  gtk_widget_class_install_action (widget_class, "win.focus-next", NULL, focus_next_action);

  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_k, control, "win.search", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_f, control, "win.search", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_b, control | GDK_SHIFT_MASK,
                                       "win.broadcast", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_n, control | GDK_SHIFT_MASK,
                                       "win.open-current-window", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_w, control, "window.close", NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, escape_cb, NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F6, 0, "win.focus-next", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Down, GDK_ALT_MASK, "win.next-chat",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Up, GDK_ALT_MASK, "win.previous-chat",
                                       NULL);
}
