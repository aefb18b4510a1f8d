/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The app: it reads the command line, owns the profile's EarClient and decides which window there
 * is; ear-application-login.c gets a person in, ear-application-actions.c has what can be done.
 * Each profile is an application of its own (an id of its own on the bus), so that several run on
 * one desktop and each is there once.
 *
 *   opening ──> logging in (EarLoginDialog) <──> online (EarWindow) ──> closing
 *
 * EarWindow hides when it is closed while chats have windows of their own, and can be shown again.
 * Closing the last window that is seen closes the client, which says goodbye to the server, and
 * then ends the process. */

#include "config.h"

#include "gui/ear-application-private.h"

#include <glib-unix.h>
#include <glib/gi18n.h>

#include "client/ear-client.h"
#include "client/ear-session.h"
#include "gui/ear-secrets.h"
#include "wire/ear-clock.h"
#include "wire/ear-error.h"
#include "wire/ear-server-link.h"

#define RESOURCES "/io/github/earshot/Earshot"
#define SCHEMA "io.github.earshot.Earshot"

G_DEFINE_FINAL_TYPE (EarApplication, ear_application, ADW_TYPE_APPLICATION)

static void
closed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarApplication) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!ear_client_close_finish (EAR_CLIENT (source), result, &error))
    g_warning ("the profile was not closed cleanly: %s", error->message);
  g_application_release (G_APPLICATION (self));
}

/* Ends the app; the hold of start() is released when the client is closed. */
void
ear_application_shut_down (EarApplication *self)
{
  GList *windows;

  if (self->closing)
    return;
  self->closing = TRUE;
  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->patience, g_source_remove);
  g_clear_object (&self->notifier);
  while ((windows = gtk_application_get_windows (GTK_APPLICATION (self))) != NULL)
    gtk_window_destroy (windows->data);
  if (self->client != NULL && self->ready)
    ear_client_close_async (self->client, NULL, closed_cb, g_object_ref (self));
  else
    g_application_release (G_APPLICATION (self));
}

/* Shows the main window, which there is at most once. */
void
ear_application_show_window (EarApplication *self)
{
  if (self->window == NULL) {
    g_set_weak_pointer (&self->window, ear_window_new (GTK_APPLICATION (self), self->client,
                                                       self->presence, self->settings));
    ear_placement_apply (self->placement, GTK_WINDOW (self->window));
  }
  gtk_window_present (GTK_WINDOW (self->window));
}

static void
apply_settings (EarApplication *self)
{
  ear_client_set_tells_reading (self->client,
                                g_settings_get_boolean (self->settings, "tell-reading"));
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarApplication) self = user_data;
  g_autoptr (GError) error = NULL;

  self->opening = FALSE;
  if (!ear_client_open_finish (EAR_CLIENT (source), result, &error)) {
    g_printerr (_ ("earshot: the profile can’t be opened: %s\n"), error->message);
    if (!self->closing)
      ear_application_show_broken (self, error);
    return;
  }
  self->ready = TRUE;
  if (self->closing) {
    ear_client_close_async (self->client, NULL, closed_cb, g_object_ref (self));
    g_application_hold (G_APPLICATION (self));
    return;
  }
  self->presence = ear_presence_new (ear_client_get_session (self->client), self->settings);
  self->notifier = ear_notifier_new (GTK_APPLICATION (self), self->client, self->presence);
  ear_application_add_presence_actions (self);
  if (self->settings != NULL) {
    g_signal_connect_object (self->settings, "changed::tell-reading", G_CALLBACK (apply_settings),
                             self, G_CONNECT_SWAPPED);
    apply_settings (self);
  }
  ear_application_follow_rights (self);
  ear_application_follow_session (self);
}

static void
open_settings (EarApplication *self)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema =
    source != NULL ? g_settings_schema_source_lookup (source, SCHEMA, TRUE) : NULL;
  g_autofree char *path = *self->profile != '\0'
                            ? g_strdup_printf ("/io/github/earshot/Earshot/%s/", self->profile)
                            : g_strdup ("/io/github/earshot/Earshot/");

  if (schema == NULL) {
    g_warning ("the settings' schema is not installed: nothing is remembered");
    return;
  }
  self->settings = g_settings_new_full (schema, NULL, path);
}

/* The state "opening"; once more, when it has failed and the user wants it. */
void
ear_application_open_profile (EarApplication *self)
{
  g_autoptr (EarClock) clock = ear_clock_new ();

  self->opening = TRUE;
  g_clear_object (&self->client);
  self->client = ear_client_new (self->directory, clock);
  ear_client_open_async (self->client, self->cancellable, opened_cb, g_object_ref (self));
}

static void
start (EarApplication *self)
{
  g_autoptr (GError) error = NULL;

  self->directory =
    ear_client_dup_directory (*self->profile != '\0' ? self->profile : NULL, &error);
  if (self->directory == NULL) {
    g_printerr (_ ("earshot: the profile can’t be opened: %s\n"), error->message);
    return;
  }
  g_application_hold (G_APPLICATION (self));
  open_settings (self);
  ear_application_open_profile (self);
}

static void
ear_application_activate (GApplication *application)
{
  EarApplication *self = EAR_APPLICATION (application);

  if (self->closing)
    return;
  if (self->client == NULL)
    start (self);
  else if (self->window != NULL)
    gtk_window_present (GTK_WINDOW (self->window));
  else if (self->dialog != NULL)
    gtk_window_present (GTK_WINDOW (self->dialog));
}

static void
take (char **place, const char *value)
{
  if (value == NULL)
    return;
  g_free (*place);
  *place = g_strdup (value);
}

static void
use_server (EarApplication *self, const char *server)
{
  take (&self->server, server);
  if (self->dialog != NULL && server != NULL)
    ear_login_dialog_set_server (self->dialog, server);
}

/* Links that the desktop hands over. */
static void
ear_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  g_autofree char *uri = n_files > 0 ? g_file_get_uri (files[0]) : NULL;

  if (uri != NULL && g_str_has_prefix (uri, "earshot:"))
    use_server (EAR_APPLICATION (application), uri);
  g_application_activate (application);
}

static int
ear_application_command_line (GApplication *application, GApplicationCommandLine *command_line)
{
  EarApplication *self = EAR_APPLICATION (application);
  GVariantDict *options = g_application_command_line_get_options_dict (command_line);
  const char *server = NULL, *user = NULL, *demo = NULL, *place = NULL;
  g_auto (GStrv) arguments = g_application_command_line_get_arguments (command_line, NULL);

  g_variant_dict_lookup (options, "server", "&s", &server);
  g_variant_dict_lookup (options, "user", "&s", &user);
  g_variant_dict_lookup (options, "demo-account", "&s", &demo);
  g_variant_dict_lookup (options, "place", "&s", &place);
  if (arguments[0] != NULL && arguments[1] != NULL)
    server = arguments[1];
  use_server (self, server);
  take (&self->user, user);
  take (&self->demo_account, demo);
  if (place != NULL)
    self->placement = ear_placement_parse (place);
  g_application_activate (application);
  return 0;
}

/* Parts of an id between dots are not empty, and begin with no digit. */
static char *
dup_id (const char *profile)
{
  g_auto (GStrv) parts = g_strsplit (profile, ".", -1);
  g_autofree char *joined = g_strjoinv ("._", parts);

  return g_strconcat (APP_ID ".profile_", joined, NULL);
}

static int
ear_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  EarApplication *self = EAR_APPLICATION (application);
  const char *profile;

  if (g_variant_dict_contains (options, "version")) {
    g_print ("earshot %s\n", PACKAGE_VERSION);
    return 0;
  }
  if (g_variant_dict_lookup (options, "profile", "&s", &profile)) {
    g_autoptr (GError) error = NULL;
    g_autofree char *directory = ear_client_dup_directory (profile, &error);

    if (directory == NULL) {
      g_printerr ("earshot: %s\n", error->message);
      return 2;
    }

    g_autofree char *id = dup_id (profile);

    take (&self->profile, profile);
    g_application_set_application_id (application, id);
  }
  return -1;
}

static gboolean
signal_cb (gpointer user_data)
{
  ear_application_quit (user_data);
  return G_SOURCE_CONTINUE;
}

static void
ear_application_startup (GApplication *application)
{
  EarApplication *self = EAR_APPLICATION (application);

  G_APPLICATION_CLASS (ear_application_parent_class)->startup (application);
  gtk_window_set_default_icon_name ("earshot-logo");
  ear_application_add_actions (self);
  self->on_interrupt = g_unix_signal_add (SIGINT, signal_cb, self);
  self->on_terminate = g_unix_signal_add (SIGTERM, signal_cb, self);
}

/* Only the main window may be left, which hides while chats have windows of their own. */
static gboolean
is_nothing_shown (EarApplication *self)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l != NULL; l = l->next)
    if (l->data != self->window || gtk_widget_get_visible (l->data))
      return FALSE;
  return TRUE;
}

static void
ear_application_window_removed (GtkApplication *application, GtkWindow *window)
{
  EarApplication *self = EAR_APPLICATION (application);

  GTK_APPLICATION_CLASS (ear_application_parent_class)->window_removed (application, window);
  if (is_nothing_shown (self) && !self->opening)
    ear_application_shut_down (self);
}

static void
ear_application_dispose (GObject *object)
{
  EarApplication *self = EAR_APPLICATION (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_handle_id (&self->patience, g_source_remove);
  g_clear_handle_id (&self->on_interrupt, g_source_remove);
  g_clear_handle_id (&self->on_terminate, g_source_remove);
  g_clear_weak_pointer (&self->dialog);
  g_clear_weak_pointer (&self->window);
  g_clear_weak_pointer (&self->undo_toast);
  g_clear_object (&self->notifier);
  g_clear_object (&self->presence);
  g_clear_object (&self->client);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (ear_application_parent_class)->dispose (object);
}

static void
ear_application_finalize (GObject *object)
{
  EarApplication *self = EAR_APPLICATION (object);

  g_free (self->profile);
  g_free (self->directory);
  g_free (self->server);
  g_free (self->user);
  ear_secrets_free_password (self->password);
  g_free (self->demo_account);
  G_OBJECT_CLASS (ear_application_parent_class)->finalize (object);
}

static void
ear_application_class_init (EarApplicationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  object_class->dispose = ear_application_dispose;
  object_class->finalize = ear_application_finalize;
  application_class->handle_local_options = ear_application_handle_local_options;
  application_class->startup = ear_application_startup;
  application_class->activate = ear_application_activate;
  application_class->open = ear_application_open;
  application_class->command_line = ear_application_command_line;
  GTK_APPLICATION_CLASS (klass)->window_removed = ear_application_window_removed;
}

static void
ear_application_init (EarApplication *self)
{
  static const GOptionEntry options[] = {
    { .long_name = "profile",
      .arg = G_OPTION_ARG_STRING,
      .description = N_ ("Use settings and history of their own"),
      .arg_description = N_ ("NAME") },
    { .long_name = "server",
      .arg = G_OPTION_ARG_STRING,
      .description = N_ ("Log in at this server"),
      .arg_description = N_ ("HOST:PORT|LINK") },
    { .long_name = "user",
      .arg = G_OPTION_ARG_STRING,
      .description = N_ ("Log in as this user; EARSHOT_PASSWORD may hold the password"),
      .arg_description = N_ ("NAME") },
    { .long_name = "demo-account", .flags = G_OPTION_FLAG_HIDDEN, .arg = G_OPTION_ARG_STRING },
    { .long_name = "place", .flags = G_OPTION_FLAG_HIDDEN, .arg = G_OPTION_ARG_STRING },
    { .long_name = "version",
      .arg = G_OPTION_ARG_NONE,
      .description = N_ ("Print the version and exit") },
    { NULL },
  };

  self->profile = g_strdup ("");
  self->cancellable = g_cancellable_new ();
  g_application_add_main_option_entries (G_APPLICATION (self), options);
  g_application_set_option_context_parameter_string (G_APPLICATION (self), _ ("[LINK]"));
}

/**
 * ear_application_new:
 * @password: (transfer full) (nullable): what to log in with
 *
 * Makes the application.
 *
 * Returns: (transfer full): the application
 */
EarApplication *
ear_application_new (char *password)
{
  EarApplication *self =
    g_object_new (EAR_TYPE_APPLICATION, "application-id", APP_ID, "resource-base-path", RESOURCES,
                  "flags", G_APPLICATION_HANDLES_OPEN | G_APPLICATION_HANDLES_COMMAND_LINE, NULL);

  self->password = password;
  return self;
}
