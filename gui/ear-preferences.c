/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What a person can choose, whom they know, and the keys of this device and its server. Each row of
 * the first page is bound to a key of the settings; who needs one follows the settings, not this
 * window. */

#include "config.h"

#include "gui/ear-preferences.h"

#include "client/ear-client.h"
#include "client/ear-session.h"
#include "gui/ear-contacts-page.h"
#include "gui/ear-device-page.h"

struct _EarPreferences
{
  AdwPreferencesWindow parent_instance;

  /* Template children */
  GtkWidget *quiet_switch;
  GtkWidget *reading_switch;
};

G_DEFINE_FINAL_TYPE (EarPreferences, ear_preferences, ADW_TYPE_PREFERENCES_WINDOW)

static void
ear_preferences_class_init (EarPreferencesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/earshot/Earshot/ear-preferences.ui");
  gtk_widget_class_bind_template_child (widget_class, EarPreferences, quiet_switch);
  gtk_widget_class_bind_template_child (widget_class, EarPreferences, reading_switch);
}

static void
ear_preferences_init (EarPreferences *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * ear_preferences_new:
 * @parent: (nullable): the window in front
 * @settings: the settings of the profile
 * @client: (nullable): the client, when it is open
 *
 * Makes a window for the settings.
 *
 * Returns: (transfer none): the window, owned by GTK until it is closed
 */
EarPreferences *
ear_preferences_new (GtkWindow *parent, GSettings *settings, EarClient *client)
{
  EarPreferences *self = g_object_new (EAR_TYPE_PREFERENCES, "transient-for", parent, NULL);
  AdwPreferencesWindow *window = ADW_PREFERENCES_WINDOW (self);

  g_settings_bind (settings, "do-not-disturb", self->quiet_switch, "active",
                   G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "tell-reading", self->reading_switch, "active",
                   G_SETTINGS_BIND_DEFAULT);
  if (client == NULL)
    return self;
  if (ear_session_get_user (ear_client_get_session (client)) != NULL) {
    EarContacts *contacts = ear_client_get_contacts (client);

    adw_preferences_window_add (window, ADW_PREFERENCES_PAGE (ear_contacts_page_new (contacts)));
    adw_preferences_window_set_search_enabled (window, TRUE);
  }
  adw_preferences_window_add (window, ear_device_page_new (client));
  return self;
}
