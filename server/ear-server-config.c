/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The settings of earshotd. Each has one name, on the command line (--max-strangers 100) and in the
 * file that --config names (max-strangers=100 in the group [server]); the command line wins. Every
 * value is checked, wherever it comes from. */

#include "config.h"

#include "server/ear-server-config.h"

#include <glib/gi18n.h>

#include "wire/ear-error.h"
#include "wire/ear-limits.h"
#include "wire/ear-name.h"
#include "wire/ear-server-link.h"

#define GROUP "server"

static gboolean
refuse (GError **error, const char *key, const char *value)
{
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _ ("%s: “%s” is not a value for it"), key, value);
  return FALSE;
}

static gboolean
set_number (guint *number, guint64 min, guint64 max, const char *value)
{
  guint64 parsed;

  if (!g_ascii_string_to_unsigned (value, 10, min, max, &parsed, NULL))
    return FALSE;
  *number = (guint) parsed;
  return TRUE;
}

/* No scope (fe80::1%eth0): the address goes into the link for others, where it means nothing. */
static gboolean
set_listen (EarServerConfig *self, const char *value)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (value);
  GStrvBuilder *builder;

  if (address == NULL)
    return FALSE;
  builder = g_strv_builder_new ();
  g_strv_builder_addv (builder, (const char **) self->listen);
  g_strv_builder_add (builder, value);
  g_strfreev (self->listen);
  self->listen = g_strv_builder_end (builder);
  g_strv_builder_unref (builder);
  return TRUE;
}

static gboolean
set_port (EarServerConfig *self, const char *value)
{
  guint port;

  if (!set_number (&port, 0, G_MAXUINT16, value))
    return FALSE;
  self->port = (guint16) port;
  return TRUE;
}

static gboolean
set_data_dir (EarServerConfig *self, const char *value)
{
  g_free (self->data_dir);
  self->data_dir = g_canonicalize_filename (value, NULL);
  return value[0] != '\0';
}

static gboolean
set_name (EarServerConfig *self, const char *value)
{
  if (!ear_name_is_valid_display (value))
    return FALSE;
  g_free (self->name);
  self->name = g_strdup (value);
  return TRUE;
}

static const char *const policies[] = {
  [EAR_SIGNUP_OPEN] = "open",
  [EAR_SIGNUP_INVITE] = "invite",
  [EAR_SIGNUP_CLOSED] = "closed",
};

static gboolean
set_signup (EarServerConfig *self, const char *value)
{
  for (guint i = 0; i < G_N_ELEMENTS (policies); i++) {
    if (g_str_equal (policies[i], value)) {
      self->signup = (EarSignupPolicy) i;
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
set_iterations (EarServerConfig *self, const char *value)
{
  return set_number (&self->iterations, EAR_LIMIT_ITERATIONS_MIN, EAR_LIMIT_ITERATIONS_MAX, value);
}

static gboolean
set_signups_per_hour (EarServerConfig *self, const char *value)
{
  return set_number (&self->signups_per_hour, 1, 1000000, value);
}

static gboolean
set_signups_per_address (EarServerConfig *self, const char *value)
{
  return set_number (&self->signups_per_address, 1, 1000000, value);
}

static gboolean
set_max_strangers (EarServerConfig *self, const char *value)
{
  return set_number (&self->max_strangers, 1, 1000000, value);
}

static gboolean
set_max_per_address (EarServerConfig *self, const char *value)
{
  return set_number (&self->max_per_address, 1, 1000000, value);
}

static const struct
{
  const char *key;
  gboolean (*set) (EarServerConfig *self, const char *value);
} settings[] = {
  { "listen", set_listen },
  { "port", set_port },
  { "data-dir", set_data_dir },
  { "name", set_name },
  { "signup", set_signup },
  { "iterations", set_iterations },
  { "signups-per-hour", set_signups_per_hour },
  { "signups-per-address", set_signups_per_address },
  { "max-strangers", set_max_strangers },
  { "max-per-address", set_max_per_address },
};

/**
 * ear_server_config_new:
 *
 * Makes a configuration with the defaults.
 *
 * Returns: (transfer full): the configuration
 */
EarServerConfig *
ear_server_config_new (void)
{
  EarServerConfig *self = g_new0 (EarServerConfig, 1);
  const char *state_directory = g_getenv ("STATE_DIRECTORY");

  self->listen = g_new0 (char *, 1);
  self->port = EAR_SERVER_PORT;
  /* systemd gives the service its directory in the environment. */
  self->data_dir = state_directory != NULL
                     ? g_strdup (state_directory)
                     : g_build_filename (g_get_user_data_dir (), "earshotd", NULL);
  self->name = g_strdup ("Earshot");
  self->iterations = EAR_LIMIT_ITERATIONS;
  self->signups_per_hour = EAR_LIMIT_SIGNUPS;
  self->signups_per_address = EAR_LIMIT_SIGNUPS_PER_ADDRESS;
  self->max_strangers = EAR_LIMIT_STRANGERS;
  self->max_per_address = EAR_LIMIT_PER_ADDRESS;
  return self;
}

/**
 * ear_server_config_free:
 * @self: (transfer full): a configuration
 *
 * Frees a configuration.
 */
void
ear_server_config_free (EarServerConfig *self)
{
  g_strfreev (self->listen);
  g_free (self->data_dir);
  g_free (self->name);
  g_free (self);
}

/**
 * ear_server_config_set:
 * @self: a configuration
 * @key: the name of a setting
 * @value: its value as text
 * @error: return location for an error
 *
 * Changes one setting; `listen` adds an address.
 *
 * Returns: whether it could be done. Fails with [error@GLib.OptionError].
 */
gboolean
ear_server_config_set (EarServerConfig *self, const char *key, const char *value, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
    if (g_str_equal (settings[i].key, key))
      return settings[i].set (self, value) || refuse (error, key, value);
  }
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION,
               _ ("%s: there is no such setting"), key);
  return FALSE;
}

/* Only `listen` is a list: a name may hold what separates its items. */
static char **
dup_values (GKeyFile *file, const char *key, GError **error)
{
  g_auto (GStrv) single = NULL;

  if (g_str_equal (key, "listen"))
    return g_key_file_get_string_list (file, GROUP, key, NULL, error);
  single = g_new0 (char *, 2);
  single[0] = g_key_file_get_string (file, GROUP, key, error);
  return single[0] != NULL ? g_steal_pointer (&single) : NULL;
}

static gboolean
load_file (EarServerConfig *self, const char *path, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_auto (GStrv) keys = NULL;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, error)) {
    g_prefix_error (error, "%s: ", path);
    return FALSE;
  }
  keys = g_key_file_get_keys (file, GROUP, NULL, error);
  if (keys == NULL)
    return FALSE;
  for (guint i = 0; keys[i] != NULL; i++) {
    g_auto (GStrv) values = dup_values (file, keys[i], error);

    if (values == NULL)
      return FALSE;
    for (guint j = 0; values[j] != NULL; j++) {
      if (!ear_server_config_set (self, keys[i], values[j], error))
        return FALSE;
    }
  }
  return TRUE;
}

/**
 * ear_server_config_parse:
 * @self: a configuration
 * @arguments: (inout): the command line; what is left is the operator's command
 * @error: return location for an error
 *
 * Reads the command line, and the file that it names.
 *
 * Returns: whether all of it is understood. Fails with [error@GLib.OptionError] or
 * [error@GLib.KeyFileError].
 */
gboolean
ear_server_config_parse (EarServerConfig *self, char ***arguments, GError **error)
{
  g_auto (GStrv) listen = NULL;
  g_autofree char *file = NULL;
  char *values[G_N_ELEMENTS (settings)] = { NULL };
  const GOptionEntry entries[] = {
    { "config", 'c', 0, G_OPTION_ARG_FILENAME, &file, N_ ("Read settings from a file"),
      N_ ("FILE") },
    { "listen", 'l', 0, G_OPTION_ARG_STRING_ARRAY, &listen,
      N_ ("Listen on this address; may be repeated"), N_ ("ADDRESS") },
    { "port", 'p', 0, G_OPTION_ARG_STRING, &values[1], N_ ("Listen on this TCP port (4400)"),
      N_ ("PORT") },
    { "data-dir", 'd', 0, G_OPTION_ARG_FILENAME, &values[2],
      N_ ("Keep accounts and broadcasts here"), N_ ("DIRECTORY") },
    { "name", 'n', 0, G_OPTION_ARG_STRING, &values[3], N_ ("The name that people see"),
      N_ ("NAME") },
    { "signup", 0, 0, G_OPTION_ARG_STRING, &values[4],
      N_ ("Who may sign up: open, invite or closed"), N_ ("POLICY") },
    { "iterations", 0, 0, G_OPTION_ARG_STRING, &values[5],
      N_ ("PBKDF2 iterations of new passwords (600000)"), N_ ("COUNT") },
    { "signups-per-hour", 0, 0, G_OPTION_ARG_STRING, &values[6], N_ ("Sign-ups in an hour (200)"),
      N_ ("COUNT") },
    { "signups-per-address", 0, 0, G_OPTION_ARG_STRING, &values[7], N_ ("… from one address (20)"),
      N_ ("COUNT") },
    { "max-strangers", 0, 0, G_OPTION_ARG_STRING, &values[8],
      N_ ("Connections not yet logged in (512)"), N_ ("COUNT") },
    { "max-per-address", 0, 0, G_OPTION_ARG_STRING, &values[9], N_ ("… from one address (32)"),
      N_ ("COUNT") },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &self->verbose, N_ ("Log more"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &self->version, N_ ("Print the version"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (_ ("[COMMAND …]"));
  gboolean valid;

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_set_strict_posix (context, TRUE); /* a command has options of its own */
  g_option_context_set_summary (context, _ ("Introduces the users of Earshot to each other."));
  g_option_context_set_description (context,
                                    _ ("Commands:\n"
                                       "  user add|set-password NAME [--password-file FILE]\n"
                                       "  user remove|disable|enable NAME\n"
                                       "  user list\n"
                                       "  invite [--days COUNT]\n"
                                       "  invite list | invite revoke ID\n"
                                       "  import FILE\n"
                                       "Without a command the server runs."));
  valid = g_option_context_parse_strv (context, arguments, error) &&
          (file == NULL || load_file (self, file, error));
  if (valid && listen != NULL) {
    g_clear_pointer (&self->listen, g_strfreev);
    self->listen = g_new0 (char *, 1);
    for (guint i = 0; valid && listen[i] != NULL; i++)
      valid = ear_server_config_set (self, "listen", listen[i], error);
  }
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
    if (valid && values[i] != NULL)
      valid = ear_server_config_set (self, settings[i].key, values[i], error);
    g_free (values[i]);
  }
  return valid;
}

/**
 * ear_signup_policy_to_string:
 * @policy: a policy
 *
 * Names a policy as the protocol does.
 *
 * Returns: the name
 */
const char *
ear_signup_policy_to_string (EarSignupPolicy policy)
{
  return policies[policy];
}
