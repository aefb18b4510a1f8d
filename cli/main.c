/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* earshot-cli: the same client without a window, for terminals, scripts and bots. */

#include "config.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "cli/ear-cli.h"
#include "cli/ear-output.h"
#include "wire/ear-standard-files.h"

#define ACK_TIMEOUT 30 /* seconds */
#define ACK_TIMEOUT_MAX (24 * 60 * 60)

static const EarCommand *const commands[] = {
  &ear_command_signup, &ear_command_users,  &ear_command_broadcast,
  &ear_command_send,   &ear_command_chat,   &ear_command_listen,
  &ear_command_shell,  &ear_command_verify, &ear_command_trust,
};

static const EarCommand *
find_command (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    if (g_strcmp0 (commands[i]->name, name) == 0)
      return commands[i];
  }
  return NULL;
}

static char *
dup_description (void)
{
  GString *text = g_string_new (_ ("Commands:"));

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    g_autofree char *left = g_strconcat (commands[i]->name, " ", commands[i]->arguments, NULL);

    g_string_append_printf (text, "\n  %-28s %s", left, _ (commands[i]->summary));
  }
  g_string_append_printf (
    text, "\n\n%s",
    _ ("The password comes from the terminal, --password-file or EARSHOT_PASSWORD."));
  return g_string_free (text, FALSE);
}

static gboolean
parse (EarCliOptions *options, char ***arguments, GError **error)
{
  const GOptionEntry entries[] = {
    { "server", 's', 0, G_OPTION_ARG_STRING, &options->server,
      N_ ("The server, or its earshot:// link"), N_ ("HOST:PORT|LINK") },
    { "profile", 'p', 0, G_OPTION_ARG_STRING, &options->profile,
      N_ ("The profile: its own key, history and account"), N_ ("NAME") },
    { "user", 'u', 0, G_OPTION_ARG_STRING, &options->user,
      N_ ("The account name; remembered by the profile"), N_ ("NAME") },
    { "name", 0, 0, G_OPTION_ARG_STRING, &options->name, N_ ("The display name to sign up with"),
      N_ ("NAME") },
    { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &options->password_file,
      N_ ("A file whose first line is the password"), N_ ("FILE") },
    { "port", 0, 0, G_OPTION_ARG_INT, &options->port,
      N_ ("The port at which others reach this client; 0 is any"), N_ ("PORT") },
    { "accept", 0, 0, G_OPTION_ARG_STRING, &options->accept,
      N_ ("listen: whom to accept: ask, all or contacts"), N_ ("WHOM") },
    { "ack-timeout", 0, 0, G_OPTION_ARG_INT, &options->ack_timeout,
      N_ ("send, chat, shell: how long to wait for an acknowledgement"), N_ ("SECONDS") },
    { "watch", 'w', 0, G_OPTION_ARG_NONE, &options->watch,
      N_ ("users: go on and print each change"), NULL },
    { "long", 'l', 0, G_OPTION_ARG_NONE, &options->longer, N_ ("users: with address and port"),
      NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json, N_ ("Print one JSON object per line"),
      NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version, N_ ("Print the version"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (_ ("COMMAND [ARGUMENT…]"));
  g_autofree char *description = dup_description ();

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, _ ("Talk directly to the people on your network."));
  g_option_context_set_description (context, description);
  return g_option_context_parse_strv (context, arguments, error);
}

/* What GOption cannot know; NULL when all is well. */
static const char *
find_fault (const EarCliOptions *options)
{
  static const char *const whom[] = { "ask", "all", "contacts", NULL };

  if (options->port < 0 || options->port > G_MAXUINT16)
    return _ ("--port takes a number from 0 to 65535.");
  if (options->ack_timeout < 1 || options->ack_timeout > ACK_TIMEOUT_MAX)
    return _ ("--ack-timeout takes a number from 1 to 86400.");
  if (options->accept != NULL && !g_strv_contains (whom, options->accept))
    return _ ("--accept takes ask, all or contacts.");
  return NULL;
}

static EarExit
run (const EarCliOptions *options, char **arguments)
{
  guint n_arguments = g_strv_length (arguments);
  const EarCommand *command = n_arguments > 1 ? find_command (arguments[1]) : NULL;
  const char *fault = find_fault (options);

  if (fault != NULL) {
    ear_output_note ("%s", fault);
    return EAR_EXIT_USAGE;
  }
  if (command == NULL || n_arguments - 2 != command->n_arguments) {
    ear_output_note (
      _ ("Usage: earshot-cli [OPTION…] COMMAND [ARGUMENT…]; see earshot-cli --help"));
    return EAR_EXIT_USAGE;
  }
  return ear_cli_run (command, options, (const char *const *) arguments + 2);
}

static void
options_clear (EarCliOptions *options)
{
  g_free (options->server);
  g_free (options->profile);
  g_free (options->user);
  g_free (options->name);
  g_free (options->password_file);
  g_free (options->accept);
}

int
main (int argc, char **argv)
{
  EarCliOptions options = { .ack_timeout = ACK_TIMEOUT };
  g_auto (GStrv) arguments = g_strdupv (argv);
  g_autoptr (GError) error = NULL;
  EarExit status = EAR_EXIT_OK;

  ear_standard_files_open ();
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  /* The password is in memory: no core file, no debugger of the same user. */
  prctl (PR_SET_DUMPABLE, 0);

  if (!parse (&options, &arguments, &error)) {
    ear_output_note ("%s", error->message);
    status = EAR_EXIT_USAGE;
  } else if (options.version) {
    printf ("earshot-cli %s\n", PACKAGE_VERSION);
  } else {
    if (options.profile == NULL)
      options.profile = g_strdup ("default");
    status = run (&options, arguments);
  }
  options_clear (&options);
  return (int) status;
}
