/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarServerConfig: the command line, the file, and values that are none. */

#include "server/ear-server-config.h"

#include <string.h>

#include "store-fixture.h"
#include "wire/ear-limits.h"
#include "wire/ear-server-link.h"

/* Parses a command line, of which the first word is the program. */
static gboolean
parse (EarServerConfig *config, const char *const *words, char ***rest, GError **error)
{
  g_auto (GStrv) arguments = g_strdupv ((char **) words);
  gboolean parsed = ear_server_config_parse (config, &arguments, error);

  if (rest != NULL)
    *rest = g_steal_pointer (&arguments);
  return parsed;
}

#define WORDS(...) ((const char *const[]){ "earshotd", __VA_ARGS__, NULL })

static gboolean
parse_file (EarServerConfig *config, const char *text, const char *more, GError **error)
{
  char *directory = make_directory ();
  g_autofree char *path = g_build_filename (directory, "earshotd.conf", NULL);
  gboolean parsed;

  write_file (directory, "earshotd.conf", text, strlen (text));
  parsed = parse (config, WORDS ("--config", path, more), NULL, error);
  remove_directory (directory);
  return parsed;
}

static void
test_defaults (void)
{
  g_autoptr (EarServerConfig) config = ear_server_config_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (parse (config, WORDS (NULL), NULL, &error));
  g_assert_no_error (error);
  g_assert_null (config->listen[0]);
  g_assert_cmpuint (config->port, ==, EAR_SERVER_PORT);
  g_assert_true (g_path_is_absolute (config->data_dir));
  g_assert_cmpint (config->signup, ==, EAR_SIGNUP_OPEN);
  g_assert_cmpuint (config->iterations, ==, EAR_LIMIT_ITERATIONS);
  g_assert_cmpuint (config->max_strangers, ==, EAR_LIMIT_STRANGERS);
  g_assert_cmpuint (config->max_per_address, ==, EAR_LIMIT_PER_ADDRESS);
  g_assert_false (config->verbose);
}

/* Each option sets what it is called after. */
static void
test_command_line (void)
{
  g_autoptr (EarServerConfig) config = ear_server_config_new ();
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) rest = NULL;

  parse (config,
         WORDS ("--listen", "127.0.0.1", "-l", "::1", "--port", "4401", "--data-dir", "/srv/x/../y",
                "--name", "Office", "--signup", "closed", "--iterations", "100001",
                "--signups-per-hour", "3", "--signups-per-address", "4", "--max-strangers", "5",
                "--max-per-address", "6", "--verbose", "user", "add", "--password-file", "-"),
         &rest, &error);
  g_assert_no_error (error);
  g_assert_cmpstrv (config->listen, ((const char *const[]){ "127.0.0.1", "::1", NULL }));
  g_assert_cmpuint (config->port, ==, 4401);
  g_assert_cmpstr (config->data_dir, ==, "/srv/y");
  g_assert_cmpstr (config->name, ==, "Office");
  g_assert_cmpint (config->signup, ==, EAR_SIGNUP_CLOSED);
  g_assert_cmpuint (config->iterations, ==, 100001);
  g_assert_cmpuint (config->signups_per_hour, ==, 3);
  g_assert_cmpuint (config->signups_per_address, ==, 4);
  g_assert_cmpuint (config->max_strangers, ==, 5);
  g_assert_cmpuint (config->max_per_address, ==, 6);
  g_assert_true (config->verbose);
  /* The command keeps its own options. */
  g_assert_cmpstrv (
    rest, ((const char *const[]){ "earshotd", "user", "add", "--password-file", "-", NULL }));
}

static void
test_file (void)
{
  g_autoptr (EarServerConfig) config = ear_server_config_new ();
  g_autoptr (GError) error = NULL;

  parse_file (config,
              "# a comment\n[server]\nlisten=127.0.0.1;::1\nport=4402\nname=Office; second floor\n"
              "signup=invite\nmax-strangers=7\n",
              NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstrv (config->listen, ((const char *const[]){ "127.0.0.1", "::1", NULL }));
  g_assert_cmpuint (config->port, ==, 4402);
  g_assert_cmpstr (config->name, ==, "Office; second floor");
  g_assert_cmpint (config->signup, ==, EAR_SIGNUP_INVITE);
  g_assert_cmpuint (config->max_strangers, ==, 7);
}

static void
test_command_line_wins (void)
{
  char *directory = make_directory ();
  g_autofree char *path = g_build_filename (directory, "f", NULL);
  static const char text[] = "[server]\nlisten=127.0.0.1\nport=4402\nname=File\n";
  g_autoptr (EarServerConfig) config = ear_server_config_new ();
  g_autoptr (GError) error = NULL;

  write_file (directory, "f", text, strlen (text));
  parse (config, WORDS ("--port", "0", "--listen", "::1", "--config", path), NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (config->port, ==, 0);
  g_assert_cmpstrv (config->listen, ((const char *const[]){ "::1", NULL }));
  g_assert_cmpstr (config->name, ==, "File");
  remove_directory (directory);
}

static void
test_bad_values (void)
{
  static const struct
  {
    const char *key;
    const char *value;
  } cases[] = {
    { "port", "65536" },
    { "port", "-1" },
    { "port", "44 00" },
    { "port", "0x10" },
    { "port", "" },
    { "port", "4400;4401" },
    { "listen", "localhost" },
    { "listen", "127.0.0.1:80" },
    { "listen", "" },
    { "listen", "fe80::1%lo" },
    { "data-dir", "" },
    { "name", "" },
    { "name", "two\nlines" },
    { "name", "\xff" },
    { "name", " spaced" },
    { "signup", "Open" },
    { "signup", "" },
    { "iterations", "99999" },
    { "iterations", "5000001" },
    { "iterations", "18446744073709551617" },
    { "signups-per-hour", "0" },
    { "signups-per-address", "1000001" },
    { "max-strangers", "0" },
    { "max-per-address", "many" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (EarServerConfig) config = ear_server_config_new ();
    g_autoptr (GError) error = NULL;

    g_autofree char *printable = g_strescape (cases[i].value, NULL);

    g_test_message ("%s=%s", cases[i].key, printable);
    g_assert_false (ear_server_config_set (config, cases[i].key, cases[i].value, &error));
    g_assert_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE);
    g_assert_nonnull (strstr (error->message, cases[i].key));
  }
}

static void
test_bad_command_lines (void)
{
  static const char *const cases[] = {
    "--no-such-option", "--port=x", "--listen=nowhere", "--config=/nonexistent/earshotd.conf",
    "--iterations=1",
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (EarServerConfig) config = ear_server_config_new ();
    g_autoptr (GError) error = NULL;

    g_assert_false (parse (config, WORDS (cases[i]), NULL, &error));
    g_assert_nonnull (error);
  }
}

static void
test_bad_files (void)
{
  static const char *const cases[] = {
    "",
    "port=4400\n",
    "[client]\nport=4400\n",
    "[server]\nport\n",
    "[server]\nport=\n",
    "[server]\nport=4400;4401\n",
    "[server]\nlisten=127.0.0.1;everywhere\n",
    "[server]\ncolour=red\n",
    "[server]\nname=\xff\n",
    "[server\nport=4400\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (EarServerConfig) config = ear_server_config_new ();
    g_autoptr (GError) error = NULL;

    g_test_message ("case %u", i);
    g_assert_false (parse_file (config, cases[i], NULL, &error));
    g_assert_nonnull (error);
  }
}

static void
test_state_directory (void)
{
  g_autoptr (EarServerConfig) config = NULL;

  g_setenv ("STATE_DIRECTORY", "/var/lib/earshotd", TRUE);
  config = ear_server_config_new ();
  g_unsetenv ("STATE_DIRECTORY");
  g_assert_cmpstr (config->data_dir, ==, "/var/lib/earshotd");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server-config/defaults", test_defaults);
  g_test_add_func ("/server-config/command-line", test_command_line);
  g_test_add_func ("/server-config/file", test_file);
  g_test_add_func ("/server-config/command-line-wins", test_command_line_wins);
  g_test_add_func ("/server-config/bad-values", test_bad_values);
  g_test_add_func ("/server-config/bad-command-lines", test_bad_command_lines);
  g_test_add_func ("/server-config/bad-files", test_bad_files);
  g_test_add_func ("/server-config/state-directory", test_state_directory);
  return g_test_run ();
}
