/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What can be done from everywhere: every "app." action. Notifications use some of them, so each
 * copes with a window that is gone and with a request that is over. */

#include "config.h"

#include "gui/ear-application-private.h"

#include <glib/gi18n.h>

#include "client/ear-chat.h"
#include "client/ear-client.h"
#include "client/ear-session.h"
#include "gui/ear-preferences.h"
#include "gui/ear-secrets.h"

#define RESOURCES "/io/github/earshot/Earshot"

static void
about_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  EarApplication *self = user_data;
  const char *developers[] = { "The Earshot authors", NULL };

  adw_show_about_window (gtk_application_get_active_window (GTK_APPLICATION (self)),
                         "application-name", "Earshot", "application-icon",
                         "io.github.earshot.Earshot", "version", PACKAGE_VERSION, "comments",
                         _ ("Talk directly with people on your network."), "developer-name",
                         _ ("The Earshot authors"), "developers", developers, "license-type",
                         GTK_LICENSE_GPL_3_0, "copyright", "© 2026 The Earshot authors", NULL);
}

static void
preferences_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  EarApplication *self = user_data;
  GtkWindow *parent = gtk_application_get_active_window (GTK_APPLICATION (self));

  if (self->settings != NULL)
    gtk_window_present (
      GTK_WINDOW (ear_preferences_new (parent, self->settings, self->ready ? self->client : NULL)));
}

/* Made when it is wanted: GTK would make its help overlay with each main window. */
static void
shortcuts_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GtkApplication *self = user_data;
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource (RESOURCES "/ear-shortcuts.ui");
  GtkWindow *window = GTK_WINDOW (gtk_builder_get_object (builder, "window"));

  gtk_window_set_transient_for (window, gtk_application_get_active_window (self));
  gtk_window_present (window);
}

static void
quit_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ear_application_quit (user_data);
}

static void
log_out_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  EarApplication *self = user_data;

  if (self->window == NULL)
    return;
  if (self->settings != NULL)
    g_settings_set_boolean (self->settings, "keep-logged-in", FALSE);
  ear_secrets_forget (self->profile);
  ear_session_log_out (ear_client_get_session (self->client));
}

static void
activate_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  g_application_activate (user_data);
}

static void
open_chat_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  EarApplication *self = user_data;

  if (self->window != NULL)
    ear_window_open_chat (self->window, g_variant_get_string (parameter, NULL));
}

static void
answer (EarApplication *self, const char *account, gboolean accept)
{
  EarChat *chat = self->ready ? ear_client_get_chat (self->client, account) : NULL;

  if (chat == NULL || ear_chat_get_state (chat) != EAR_CHAT_ASKED)
    return;
  if (accept && ear_chat_get_key_changed (chat))
    ear_window_open_chat (self->window, account); /* asked anew since, with another key */
  else if (accept)
    ear_chat_accept (chat);
  else
    ear_chat_decline (chat);
}

static void
accept_chat_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  answer (user_data, g_variant_get_string (parameter, NULL), TRUE);
}

static void
decline_chat_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  answer (user_data, g_variant_get_string (parameter, NULL), FALSE);
}

/**
 * ear_application_quit:
 * @self: an application
 *
 * Ends the app as a person does.
 */
void
ear_application_quit (EarApplication *self)
{
  /* So that the window's size is kept. */
  if (self->window != NULL)
    gtk_window_close (GTK_WINDOW (self->window));
  ear_application_shut_down (self);
}

/**
 * ear_application_add_actions:
 * @self: an application
 *
 * Adds the actions and their keys.
 */
void
ear_application_add_actions (EarApplication *self)
{
  static const GActionEntry actions[] = {
    { .name = "about", .activate = about_action },
    { .name = "preferences", .activate = preferences_action },
    { .name = "shortcuts", .activate = shortcuts_action },
    { .name = "quit", .activate = quit_action },
    { .name = "log-out", .activate = log_out_action },
    { .name = "activate", .activate = activate_action },
    { .name = "open-chat", .activate = open_chat_action, .parameter_type = "s" },
    { .name = "accept-chat", .activate = accept_chat_action, .parameter_type = "s" },
    { .name = "decline-chat", .activate = decline_chat_action, .parameter_type = "s" },
  };
  static const char *const quit_keys[] = { "<Control>q", NULL };
  static const char *const preferences_keys[] = { "<Control>comma", NULL };
  static const char *const shortcuts_keys[] = { "<Control>question", "<Control>F1", NULL };

  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  ear_application_add_admin_actions (self);
  gtk_application_set_accels_for_action (GTK_APPLICATION (self), "app.quit", quit_keys);
  gtk_application_set_accels_for_action (GTK_APPLICATION (self), "app.preferences",
                                         preferences_keys);
  gtk_application_set_accels_for_action (GTK_APPLICATION (self), "app.shortcuts", shortcuts_keys);
}

/**
 * ear_application_add_presence_actions:
 * @self: an application whose client is open
 *
 * Adds the switch "do-not-disturb".
 */
void
ear_application_add_presence_actions (EarApplication *self)
{
  g_autoptr (GPropertyAction) action =
    g_property_action_new ("do-not-disturb", self->presence, "do-not-disturb");

  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (action));
}
