/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* chat USER: a conversation; each line of standard input is a message, its end ends the chat. */

#include "config.h"

#include <glib/gi18n.h>

#include "cli/ear-cli.h"
#include "cli/ear-conversation.h"
#include "cli/ear-output.h"
#include "cli/ear-terminal.h"
#include "client/ear-chat.h"
#include "wire/ear-error.h"
#include "wire/ear-name.h"

static EarChat *
get_chat (EarCli *cli)
{
  return ear_client_get_chat (cli->client, cli->arguments[0]);
}

/* The end of the input ends the chat, but not before what was said has arrived. */
static void
settled (EarCli *cli)
{
  EarChat *chat = get_chat (cli);

  if (ear_chat_get_state (chat) == EAR_CHAT_OPEN)
    ear_chat_end (chat);
  else
    ear_cli_quit (cli, cli->trouble);
}

static void
state_cb (EarChat *chat, GParamSpec *pspec, gpointer user_data)
{
  EarCli *cli = user_data;
  const GError *error = ear_chat_get_last_error (chat);

  if (ear_chat_get_state (chat) != EAR_CHAT_IDLE)
    return;
  if (error != NULL && !g_error_matches (error, EAR_ERROR, EAR_ERROR_ENDED))
    ear_cli_quit (cli, ear_exit_from_error (error));
  else
    ear_conversation_end_input (cli, settled);
}

static void
line_cb (const char *line, gpointer user_data)
{
  EarCli *cli = user_data;

  if (ear_cli_is_ending (cli))
    return;
  if (line == NULL)
    ear_conversation_end_input (cli, settled);
  else if (line[0] != '\0')
    ear_conversation_say (cli, get_chat (cli), line);
}

static void
start (EarCli *cli)
{
  EarChat *chat;

  if (!ear_name_is_valid (cli->arguments[0]) ||
      g_strcmp0 (cli->arguments[0], ear_session_get_user (cli->session)) == 0) {
    ear_output_note (_ ("That is no user to chat with."));
    ear_cli_quit (cli, EAR_EXIT_USAGE);
    return;
  }
  chat = get_chat (cli);
  ear_conversation_follow_all (cli, NULL);
  ear_conversation_follow (cli, chat);
  g_signal_connect (chat, "notify::state", G_CALLBACK (state_cb), cli);
  ear_terminal_watch_lines (line_cb, cli, NULL);
  ear_chat_request (chat, NULL);
}

const EarCommand ear_command_chat = {
  .name = "chat",
  .arguments = N_ ("USER"),
  .summary = N_ ("Ask for a chat and talk, line by line"),
  .n_arguments = 1,
  .lasting = TRUE,
  .start = start,
};
