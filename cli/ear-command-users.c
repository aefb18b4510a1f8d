/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* users: who is active; with --watch, and who comes and goes; with --long, where they are reached.
 */

#include "config.h"

#include <glib/gi18n.h>

#include "cli/ear-cli.h"
#include "cli/ear-output.h"
#include "client/ear-location.h"
#include "client/ear-user-list.h"
#include "client/ear-user.h"
#include "wire/ear-limits.h"
#include "wire/ear-message.h"

/* The server's pace for requests is ten a second; asked to slow down, wait this long, in
 * milliseconds. */
#define SLOW_DOWN_MS 1000

typedef struct
{
  EarCli *cli;
  GPtrArray *pending; /* (element-type EarUser): still to be printed, last first */
  gboolean started;   /* the first list is being printed */
  gboolean first_done;
} Users;

static void print_next (Users *users);

static void
print_user (EarCli *cli, const char *event, EarUser *user, const char *address)
{
  const char *account = ear_user_get_account (user);
  g_autofree char *name = ear_output_dup_safe (ear_user_get_name (user));
  g_autofree char *status = ear_output_dup_safe (ear_user_get_status (user));
  const char *sign = g_str_equal (event, "left") ? "- " : g_str_equal (event, "joined") ? "+ " : "";
  json_t *object = json_pack ("{s:s, s:s, s:s, s:s}", "event", event, "user", account, "name",
                              ear_user_get_name (user), "status", ear_user_get_status (user));

  if (address != NULL)
    json_object_set_new (object, "address", json_string (address));
  ear_cli_print (cli, object, "%s%-20s %-24s %s%s%s", sign, account, name,
                 address != NULL ? address : "", address != NULL ? "  " : "", status);
}

static void
finish_first (Users *users)
{
  users->first_done = TRUE;
  if (!users->cli->options->watch)
    ear_cli_quit (users->cli, EAR_EXIT_OK);
}

static gboolean
retry_cb (gpointer user_data)
{
  print_next (user_data);
  return G_SOURCE_REMOVE;
}

static void
located_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Users *users = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (EarLocation) location =
    ear_session_locate_finish (EAR_SESSION (source), result, &error);

  if (g_error_matches (error, EAR_ERROR, EAR_ERROR_SLOW_DOWN)) {
    g_timeout_add (SLOW_DOWN_MS, retry_cb, users);
    return;
  }
  if (location != NULL) {
    g_autofree char *address = ear_location_dup_address (location);

    print_user (users->cli, "user", g_ptr_array_index (users->pending, users->pending->len - 1),
                address);
  } else if (!g_error_matches (error, EAR_ERROR, EAR_ERROR_UNKNOWN_USER)) {
    ear_cli_fail (users->cli, error);
    return;
  }
  g_ptr_array_set_size (users->pending, (int) users->pending->len - 1);
  print_next (users);
}

static void
print_next (Users *users)
{
  while (users->pending->len > 0) {
    EarUser *user = g_ptr_array_index (users->pending, users->pending->len - 1);

    if (users->cli->options->longer) {
      ear_session_locate_async (users->cli->session, ear_user_get_account (user), NULL, located_cb,
                                users);
      return;
    }
    print_user (users->cli, "user", user, NULL);
    g_ptr_array_set_size (users->pending, (int) users->pending->len - 1);
  }
  finish_first (users);
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
      print_user (users->cli, field, user, NULL);
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
start_first (Users *users)
{
  GListModel *list = G_LIST_MODEL (ear_client_get_users (users->cli->client));

  users->started = TRUE;
  for (guint i = g_list_model_get_n_items (list); i > 0; i--) {
    g_autoptr (EarUser) user = g_list_model_get_item (list, i - 1);

    if (ear_user_get_active (user))
      g_ptr_array_add (users->pending, g_steal_pointer (&user));
  }
  print_next (users);
}

static void
roster_cb (Users *users, EarMessage *message)
{
  if (ear_message_get_type (message) == EAR_MESSAGE_ROSTER) {
    if (!ear_message_get_boolean (message, "more") && !users->started)
      start_first (users);
  } else if (users->first_done) {
    print_left (users->cli, message);
    print_names (users, message, "joined");
    print_names (users, message, "changed");
  }
}

static void
users_free_cb (gpointer data, GClosure *closure)
{
  Users *users = data;

  g_ptr_array_unref (users->pending);
  g_free (users);
}

static void
start (EarCli *cli)
{
  Users *users = g_new0 (Users, 1);

  users->cli = cli;
  users->pending = g_ptr_array_new_with_free_func (g_object_unref);
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
