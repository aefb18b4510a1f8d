/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* users: who is active; with --watch, and who comes and goes; with --long, where they are reached.
 */

#include "config.h"

#include <glib/gi18n.h>

#include "cli/ear-cli.h"
#include "cli/ear-listing.h"
#include "client/ear-user-list.h"
#include "client/ear-user.h"
#include "wire/ear-limits.h"
#include "wire/ear-message.h"

typedef struct
{
  EarCli *cli;
  gboolean started; /* the first list is being printed */
  gboolean first_done;
} Users;

static void
first_done_cb (const GError *error, gpointer user_data)
{
  Users *users = user_data;

  users->first_done = TRUE;
  if (error != NULL)
    ear_cli_fail (users->cli, error);
  else if (!users->cli->options->watch)
    ear_cli_quit (users->cli, EAR_EXIT_OK);
}

static void
print_names (Users *users, EarMessage *message, const char *field)
{
  EarUserList *list = ear_client_get_users (users->cli->client);

  for (guint i = 0; i < ear_message_get_n_entries (message, field); i++) {
    EarRosterEntry entry;
    EarUser *user;

    ear_message_get_entry (message, field, i, &entry);
    user = ear_user_list_lookup (list, entry.user);
    if (user != NULL)
      ear_listing_print_user (users->cli, field, user, NULL);
  }
}

static void
print_left (EarCli *cli, EarMessage *message)
{
  g_auto (GStrv) left = ear_message_dup_strings (message, "left");

  for (guint i = 0; left[i] != NULL; i++)
    ear_cli_print (cli, json_pack ("{s:s, s:s}", "event", "left", "user", left[i]), "- %s",
                   left[i]);
}

static void
roster_cb (Users *users, EarMessage *message)
{
  if (ear_message_get_type (message) == EAR_MESSAGE_ROSTER) {
    if (ear_message_get_boolean (message, "more") || users->started)
      return;
    users->started = TRUE;
    ear_listing_print_active (users->cli, users->cli->options->longer, first_done_cb, users);
  } else if (users->first_done) {
    print_left (users->cli, message);
    print_names (users, message, "joined");
    print_names (users, message, "changed");
  }
}

static void
users_free_cb (gpointer data, GClosure *closure)
{
  g_free (data);
}

static void
start (EarCli *cli)
{
  Users *users = g_new0 (Users, 1);

  users->cli = cli;
  /* After: the list has applied the message by then. */
  g_signal_connect_data (cli->session, "roster", G_CALLBACK (roster_cb), users, users_free_cb,
                         G_CONNECT_AFTER | G_CONNECT_SWAPPED);
  ear_session_set_watch (cli->session, "", EAR_LIMIT_WATCH);
}

const EarCommand ear_command_users = {
  .name = "users",
  .arguments = "[--watch] [--long]",
  .summary = N_ ("List who is active"),
  .start = start,
};
