/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* chat USER: a conversation; each line of standard input is a message, its end ends the chat. */

#include "config.h"

#include <glib/gi18n.h>

#include "cli/ear-cli.h"
#include "cli/ear-conversation.h"
#include "cli/ear-output.h"
#include "cli/ear-terminal.h"
#include "client/ear-chat-message.h"
#include "client/ear-chat.h"
#include "wire/ear-name.h"

static EarChat *
get_chat (EarCli *cli)
{
  return ear_client_get_chat (cli->client, cli->arguments[0]);
}

static void
state_cb (EarChat *chat, GParamSpec *pspec, gpointer user_data)
{
  EarCli *cli = user_data;
  const GError *error = ear_chat_get_last_error (chat);

  if (ear_chat_get_state (chat) != EAR_CHAT_IDLE)
    return;
  if (error != NULL)
    ear_cli_quit (cli, ear_exit_from_error (error));
  else
    ear_cli_quit (cli, EAR_EXIT_OK);
}

/* The end of the input ends the chat, but not before what was said has arrived. */
static void
delivery_cb (EarChatMessage *message, GParamSpec *pspec, gpointer user_data)
{
  EarCli *cli = user_data;

  if (ear_chat_message_get_delivery (message) == EAR_DELIVERY_RECEIVED)
    ear_chat_end (get_chat (cli));
}

/* What we said last is what arrives last, whatever the other has said meanwhile. */
static EarChatMessage *
dup_last_said (EarChat *chat)
{
  GListModel *log = G_LIST_MODEL (ear_chat_get_log (chat));

  for (guint i = g_list_model_get_n_items (log); i > 0; i--) {
    g_autoptr (EarChatMessage) message = g_list_model_get_item (log, i - 1);

    if (ear_chat_message_get_own (message) && !ear_chat_message_is_note (message))
      return g_steal_pointer (&message);
  }
  return NULL;
}

static void
end_input (EarCli *cli, EarChat *chat)
{
  g_autoptr (EarChatMessage) last = dup_last_said (chat);
  EarDelivery delivery =
    last != NULL ? ear_chat_message_get_delivery (last) : EAR_DELIVERY_RECEIVED;

  if (delivery == EAR_DELIVERY_WAITING || delivery == EAR_DELIVERY_SENT)
    g_signal_connect (last, "notify::delivery", G_CALLBACK (delivery_cb), cli);
  else if (ear_chat_get_state (chat) == EAR_CHAT_OPEN)
    ear_chat_end (chat);
  else
    ear_cli_quit (cli, EAR_EXIT_OK);
}

static void
line_cb (const char *line, gpointer user_data)
{
  EarCli *cli = user_data;

  if (ear_cli_is_ending (cli))
    return;
  if (line == NULL)
    end_input (cli, get_chat (cli));
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
  .start = start,
};
