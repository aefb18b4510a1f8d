/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What a person can choose. Each row is bound to a key of the settings; who needs one follows the
 * settings, not this window. */

#include "config.h"

#include "gui/ear-preferences.h"

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
 *
 * Makes a window for the settings.
 *
 * Returns: (transfer none): the window, owned by GTK until it is closed
 */
EarPreferences *
ear_preferences_new (GtkWindow *parent, GSettings *settings)
{
  EarPreferences *self = g_object_new (EAR_TYPE_PREFERENCES, "transient-for", parent, NULL);

  g_settings_bind (settings, "do-not-disturb", self->quiet_switch, "active",
                   G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "tell-reading", self->reading_switch, "active",
                   G_SETTINGS_BIND_DEFAULT);
  return self;
}
