/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* listen: be there for others; print what they say. --accept says who may chat without being asked
 * about. Who comes with a contact's name and another key is no contact. */

#include "config.h"

#include <glib/gi18n.h>

#include "cli/ear-cli.h"
#include "cli/ear-conversation.h"
#include "cli/ear-output.h"
#include "cli/ear-terminal.h"
#include "client/ear-chat.h"
#include "client/ear-contacts.h"
#include "client/ear-user.h"

static gboolean
is_for_all (EarCli *cli)
{
  return g_strcmp0 (cli->options->accept, "all") == 0;
}

static gboolean
is_for_contacts (EarCli *cli)
{
  return g_strcmp0 (cli->options->accept, "contacts") == 0;
}

static gboolean
asks (EarCli *cli)
{
  return cli->options->accept == NULL || g_strcmp0 (cli->options->accept, "ask") == 0;
}

static void
asked (EarCli *cli, EarChat *chat)
{
  const char *account = ear_user_get_account (ear_chat_get_user (chat));
  gboolean known =
    ear_user_get_contact (ear_chat_get_user (chat)) && !ear_chat_get_key_changed (chat);

  if (is_for_all (cli) || (is_for_contacts (cli) && known))
    ear_chat_accept (chat);
  else if (asks (cli))
    ear_output_note (_ ("Accept %s? Type: yes %s, or: no %s"), account, account, account);
  else
    ear_chat_decline (chat);
}

static EarChat *
find_asked (EarCli *cli, const char *account)
{
  GListModel *chats = ear_client_get_chats (cli->client);

  for (guint i = 0; i < g_list_model_get_n_items (chats); i++) {
    g_autoptr (EarChat) chat = g_list_model_get_item (chats, i);

    if (ear_chat_get_state (chat) == EAR_CHAT_ASKED &&
        g_str_equal (ear_user_get_account (ear_chat_get_user (chat)), account))
      return chat; /* the list keeps it */
  }
  return NULL;
}

static void
line_cb (const char *line, gpointer user_data)
{
  EarCli *cli = user_data;
  EarChat *chat = NULL;

  /* The end of the input is no reason to stop listening: a service has none. */
  if (line == NULL || ear_cli_is_ending (cli))
    return;
  if (g_str_has_prefix (line, "yes ") && (chat = find_asked (cli, line + 4)) != NULL)
    ear_conversation_accept (cli, chat);
  else if (g_str_has_prefix (line, "no ") && (chat = find_asked (cli, line + 3)) != NULL)
    ear_chat_decline (chat);
  else
    ear_output_note (_ ("Nobody of that name asks now."));
}

static void
start (EarCli *cli)
{
  const char *user = ear_session_get_user (cli->session);

  ear_conversation_follow_all (cli, asked);
  ear_terminal_watch_lines (line_cb, cli, NULL);
  ear_cli_print (cli, json_pack ("{s:s, s:s}", "event", "listening", "user", user),
                 _ ("* listening as %s"), user);
}

const EarCommand ear_command_listen = {
  .name = "listen",
  .arguments = "[--accept WHOM]",
  .summary = N_ ("Be reached, and print what comes"),
  .lasting = TRUE,
  .start = start,
};
