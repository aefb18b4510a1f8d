/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* send USER TEXT: one message, with the exit status 0 only when the other side has acknowledged it.
 *
 * The text is handed over only when the chat is open: a failed send leaves nothing behind that a
 * later chat would send a second time. */

#include "config.h"

#include <glib/gi18n.h>

#include "cli/ear-cli.h"
#include "cli/ear-conversation.h"
#include "cli/ear-output.h"
#include "cli/ear-trust.h"
#include "client/ear-chat-message.h"
#include "client/ear-chat.h"
#include "wire/ear-error.h"
#include "wire/ear-limits.h"
#include "wire/ear-name.h"
#include "wire/ear-text.h"

typedef struct
{
  EarCli *cli;
  EarChat *chat;
  EarChatMessage *message;
  guint timeout;
} Send;

static void
send_free_cb (gpointer data, GClosure *closure)
{
  Send *send = data;

  g_clear_handle_id (&send->timeout, g_source_remove);
  g_clear_object (&send->message);
  g_free (send);
}

static void
delivery_cb (EarChatMessage *message, GParamSpec *pspec, gpointer user_data)
{
  EarCli *cli = user_data;

  if (ear_chat_message_get_delivery (message) != EAR_DELIVERY_RECEIVED)
    return;
  ear_cli_print (cli,
                 json_pack ("{s:s, s:s, s:s}", "event", "received", "user", cli->arguments[0], "id",
                            ear_chat_message_get_id (message)),
                 _ ("%s has received it."), cli->arguments[0]);
  ear_cli_quit (cli, EAR_EXIT_OK);
}

static gboolean
timeout_cb (gpointer user_data)
{
  Send *send = user_data;

  send->timeout = 0;
  if (!ear_cli_is_ending (send->cli))
    ear_cli_quit (send->cli, ear_conversation_give_up (send->chat, send->message));
  return G_SOURCE_REMOVE;
}

static void
state_cb (Send *send)
{
  EarChatState state = ear_chat_get_state (send->chat);
  const GError *error = ear_chat_get_last_error (send->chat);

  if (ear_cli_is_ending (send->cli))
    return;
  if (state == EAR_CHAT_OPEN && send->message == NULL) {
    send->message = ear_chat_send (send->chat, send->cli->arguments[1]);
    g_signal_connect (send->message, "notify::delivery", G_CALLBACK (delivery_cb), send->cli);
    send->timeout =
      g_timeout_add_seconds ((guint) send->cli->options->ack_timeout, timeout_cb, send);
  } else if (state == EAR_CHAT_IDLE && send->message == NULL && error != NULL) {
    ear_trust_explain (send->cli, send->chat);
    ear_cli_fail (send->cli, error);
  } else if (state == EAR_CHAT_IDLE && send->message != NULL) {
    ear_cli_quit (send->cli, ear_conversation_give_up (send->chat, send->message));
  }
}

static void
start (EarCli *cli)
{
  const char *user = cli->arguments[0];
  Send *send;

  if (!ear_name_is_valid (user) || g_strcmp0 (user, ear_session_get_user (cli->session)) == 0 ||
      !ear_text_is_valid (cli->arguments[1], EAR_LIMIT_TEXT, EAR_LIMIT_TEXT_LINES)) {
    ear_output_note (_ ("That is no user to write to, or no text that can be sent."));
    ear_cli_quit (cli, EAR_EXIT_USAGE);
    return;
  }
  send = g_new0 (Send, 1);
  send->cli = cli;
  send->chat = ear_client_get_chat (cli->client, user);
  g_signal_connect_data (send->chat, "notify::state", G_CALLBACK (state_cb), send, send_free_cb,
                         G_CONNECT_SWAPPED);
  ear_chat_request (send->chat, NULL);
}

const EarCommand ear_command_send = {
  .name = "send",
  .arguments = N_ ("USER TEXT"),
  .summary = N_ ("Send one message and wait until it is received"),
  .n_arguments = 2,
  .start = start,
};
