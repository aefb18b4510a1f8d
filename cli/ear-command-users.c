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
  GHashTable *printed; /* (element-type char*): the accounts that are there, as far as is said */
} Users;

static GHashTable *
list_active (Users *users)
{
  GListModel *list = G_LIST_MODEL (ear_client_get_users (users->cli->client));
  GHashTable *active = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < g_list_model_get_n_items (list); i++) {
    g_autoptr (EarUser) user = g_list_model_get_item (list, i);

    if (ear_user_get_active (user))
      g_hash_table_add (active, g_strdup (ear_user_get_account (user)));
  }
  return active;
}

/* Says who has left and who has come since it was said last, however that was learned. */
static void
print_news (Users *users)
{
  EarUserList *list = ear_client_get_users (users->cli->client);
  g_autoptr (GHashTable) before = users->printed;
  GHashTableIter iter;
  gpointer account;

  users->printed = list_active (users);
  g_hash_table_iter_init (&iter, before);
  while (g_hash_table_iter_next (&iter, &account, NULL)) {
    if (!g_hash_table_contains (users->printed, account))
      ear_cli_print (users->cli,
                     json_pack ("{s:s, s:s}", "event", "left", "user", (char *) account), "- %s",
                     (char *) account);
  }
  g_hash_table_iter_init (&iter, users->printed);
  while (g_hash_table_iter_next (&iter, &account, NULL)) {
    if (!g_hash_table_contains (before, account))
      ear_listing_print_user (users->cli, "joined", ear_user_list_lookup (list, account), NULL);
  }
}

static void
first_done_cb (const GError *error, gpointer user_data)
{
  Users *users = user_data;

  users->first_done = TRUE;
  if (error != NULL)
    ear_cli_fail (users->cli, error);
  else if (!users->cli->options->watch)
    ear_cli_quit (users->cli, EAR_EXIT_OK);
  else
    print_news (users);
}

static void
print_changed (Users *users, EarMessage *message)
{
  EarUserList *list = ear_client_get_users (users->cli->client);

  for (guint i = 0; i < ear_message_get_n_entries (message, "changed"); i++) {
    EarRosterEntry entry;
    EarUser *user;

    ear_message_get_entry (message, "changed", i, &entry);
    user = ear_user_list_lookup (list, entry.user);
    if (user != NULL)
      ear_listing_print_user (users->cli, "changed", user, NULL);
  }
}

static void
roster_cb (Users *users, EarMessage *message)
{
  gboolean whole = ear_message_get_type (message) == EAR_MESSAGE_ROSTER;

  if (whole && ear_message_get_boolean (message, "more"))
    return;
  if (whole && !users->started) {
    users->started = TRUE;
    users->printed = list_active (users);
    ear_listing_print_active (users->cli, users->cli->options->longer, first_done_cb, users);
  } else if (users->first_done) {
    print_news (users);
    if (!whole)
      print_changed (users, message);
  }
}

static void
users_free_cb (gpointer data, GClosure *closure)
{
  Users *users = data;

  g_clear_pointer (&users->printed, g_hash_table_unref);
  g_free (users);
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
