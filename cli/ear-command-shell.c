/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* shell: everything by short commands on standard input. It also takes the three commands of the
 * system that Earshot replaces: 1 lists, 2 broadcasts, msg_TEXT_IP:PORT sends TEXT to whom is
 * reached there. */

#include "config.h"

#include <glib/gi18n.h>
#include <string.h>

#include "cli/ear-cli.h"
#include "cli/ear-conversation.h"
#include "cli/ear-listing.h"
#include "cli/ear-output.h"
#include "cli/ear-terminal.h"
#include "cli/ear-trust.h"
#include "client/ear-chat.h"
#include "client/ear-user-list.h"
#include "client/ear-user.h"
#include "wire/ear-limits.h"
#include "wire/ear-message.h"
#include "wire/ear-name.h"
#include "wire/ear-text.h"

typedef struct
{
  EarCli *cli;
  gboolean started;
  EarChat *current;         /* whom a bare line goes to; borrowed: the client keeps it */
  gboolean wants_broadcast; /* the next line is the text of a broadcast */
  guint n_requests;         /* that are not answered yet */
  gboolean leaving;         /* nothing more will be asked */
} Shell;

typedef struct
{
  Shell *shell;
  char *text;
} LegacyMessage;

static void
settled (EarCli *cli)
{
  ear_cli_quit (cli, cli->trouble);
}

/* The end of the input ends the shell, but not before what was asked is answered and what was said
 * has arrived. */
static void
leave_when_answered (Shell *shell)
{
  if (shell->leaving && shell->n_requests == 0)
    ear_conversation_end_input (shell->cli, settled);
}

static void
finish_request (Shell *shell, const GError *error)
{
  shell->n_requests--;
  if (error != NULL && !ear_cli_is_ending (shell->cli)) {
    g_autofree char *safe = ear_output_dup_safe (error->message);

    ear_output_note ("%s", safe);
    ear_cli_note_trouble (shell->cli, ear_exit_from_error (error));
  }
  leave_when_answered (shell);
}

static EarChat *
find_chat (Shell *shell, const char *account)
{
  if (!ear_name_is_valid (account) ||
      g_strcmp0 (account, ear_session_get_user (shell->cli->session)) == 0) {
    ear_cli_refuse_line (shell->cli, _ ("That is no user to chat with."));
    return NULL;
  }
  return ear_client_get_chat (shell->cli->client, account);
}

/* -- Listing -- */

static void
listed_cb (const GError *error, gpointer user_data)
{
  finish_request (user_data, error);
}

static void
list_users (Shell *shell, const char *rest)
{
  if (ear_user_list_get_n_active (ear_client_get_users (shell->cli->client)) == 0) {
    ear_output_note (_ ("Nobody else is active."));
    return;
  }
  shell->n_requests++;
  ear_listing_print_active (shell->cli, TRUE, listed_cb, shell);
}

/* -- Broadcasting -- */

static void
print_reached (EarCli *cli, guint reached)
{
  ear_cli_print (cli, json_pack ("{s:s, s:i}", "event", "broadcast-sent", "reached", (int) reached),
                 ngettext ("Reached %u user now.", "Reached %u users now.", reached), reached);
}

static void
broadcast_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Shell *shell = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (EarMessage) answer = ear_session_request_finish (EAR_SESSION (source), result, &error);

  if (answer != NULL)
    print_reached (shell->cli, (guint) ear_message_get_integer (answer, "reached"));
  finish_request (shell, error);
}

static void
broadcast (Shell *shell, const char *text)
{
  g_autoptr (EarMessage) request = NULL;

  if (text[0] == '\0') {
    shell->wants_broadcast = TRUE;
    ear_output_note (_ ("Text for everybody:"));
    return;
  }
  if (!ear_text_is_valid (text, EAR_LIMIT_TEXT, EAR_LIMIT_TEXT_LINES)) {
    ear_cli_refuse_line (shell->cli,
                         _ ("The text is empty, too long, or holds control characters."));
    return;
  }
  request = ear_message_new (EAR_MESSAGE_BROADCAST);
  ear_message_set_string (request, "text", text);
  shell->n_requests++;
  ear_session_request_async (shell->cli->session, request, NULL, broadcast_cb, shell);
}

/* -- msg_TEXT_IP:PORT -- */

static void
legacy_message_free (LegacyMessage *message)
{
  g_free (message->text);
  g_free (message);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LegacyMessage, legacy_message_free)

static void
legacy_located_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LegacyMessage) message = user_data;
  Shell *shell = message->shell;
  g_autoptr (GError) error = NULL;
  g_autoptr (EarMessage) located =
    ear_session_request_finish (EAR_SESSION (source), result, &error);

  if (located != NULL && !ear_cli_is_ending (shell->cli)) {
    EarChat *found = find_chat (shell, ear_message_get_string (located, "user"));

    if (found != NULL)
      ear_conversation_say (shell->cli, found, message->text);
  }
  finish_request (shell, error);
}

static void
send_legacy (Shell *shell, const char *rest)
{
  const char *underscore = strrchr (rest, '_');
  g_autoptr (GInetSocketAddress) address = NULL;
  g_autoptr (GSocketConnectable) connectable = NULL;
  g_autoptr (EarMessage) request = NULL;
  LegacyMessage *message;

  connectable = underscore != NULL ? g_network_address_parse (underscore + 1, 0, NULL) : NULL;
  if (connectable == NULL || underscore == rest ||
      g_network_address_get_port (G_NETWORK_ADDRESS (connectable)) == 0 ||
      !ear_text_is_address (g_network_address_get_hostname (G_NETWORK_ADDRESS (connectable)))) {
    ear_cli_refuse_line (shell->cli, _ ("The form is msg_TEXT_IP:PORT; 1 lists the addresses."));
    return;
  }
  message = g_new0 (LegacyMessage, 1);
  message->shell = shell;
  message->text = g_strndup (rest, (gsize) (underscore - rest));
  request = ear_message_new (EAR_MESSAGE_LOCATE);
  ear_message_set_string (request, "address",
                          g_network_address_get_hostname (G_NETWORK_ADDRESS (connectable)));
  ear_message_set_integer (request, "port",
                           g_network_address_get_port (G_NETWORK_ADDRESS (connectable)));
  shell->n_requests++;
  ear_session_request_async (shell->cli->session, request, NULL, legacy_located_cb, message);
}

/* -- Chats -- */

static void
chat (Shell *shell, const char *rest)
{
  EarChat *chosen = find_chat (shell, rest);

  if (chosen == NULL)
    return;
  shell->current = chosen;
  ear_conversation_follow (shell->cli, chosen);
  if (ear_chat_get_state (chosen) == EAR_CHAT_IDLE)
    ear_chat_request (chosen, NULL);
}

static void
answer (Shell *shell, const char *account, EarConversationFunc how)
{
  EarChat *chosen = find_chat (shell, account);

  if (chosen == NULL)
    return;
  if (ear_chat_get_state (chosen) != EAR_CHAT_ASKED) {
    ear_cli_refuse_line (shell->cli, _ ("Nobody of that name asks now."));
    return;
  }
  how (shell->cli, chosen);
  shell->current = chosen;
}

static void
accept_request (Shell *shell, const char *rest)
{
  answer (shell, rest, ear_conversation_accept);
}

static void
decline (EarCli *cli, EarChat *chat)
{
  ear_chat_decline (chat);
}

static void
decline_request (Shell *shell, const char *rest)
{
  answer (shell, rest, decline);
}

static void
trust (Shell *shell, const char *rest)
{
  g_auto (GStrv) words = g_strsplit (rest, " ", 2);
  EarChat *chosen = find_chat (shell, words[0] != NULL ? words[0] : "");

  if (chosen != NULL)
    ear_cli_note_trouble (shell->cli,
                          ear_trust_decide (shell->cli, chosen, words[1] != NULL ? words[1] : ""));
}

static void
end (Shell *shell, const char *rest)
{
  EarChat *chosen = rest[0] != '\0' ? find_chat (shell, rest) : shell->current;

  if (chosen != NULL)
    ear_chat_end (chosen);
}

static void
quit (Shell *shell, const char *rest)
{
  shell->leaving = TRUE;
  leave_when_answered (shell);
}

static void help (Shell *shell, const char *rest);

static const struct
{
  const char *name;
  gboolean glued; /* the argument follows without a space */
  void (*run) (Shell *shell, const char *rest);
  const char *usage;
  const char *summary;
} shell_commands[] = {
  { "users", FALSE, list_users, "users, 1", N_ ("list who is active, with addresses") },
  { "1", FALSE, list_users, NULL, NULL },
  { "broadcast", FALSE, broadcast, N_ ("broadcast TEXT, 2"), N_ ("tell everybody") },
  { "2", FALSE, broadcast, NULL, NULL },
  { "msg_", TRUE, send_legacy, N_ ("msg_TEXT_IP:PORT"),
    N_ ("send TEXT to the user at that address") },
  { "chat", FALSE, chat, N_ ("chat USER"), N_ ("ask for a chat; further lines go there") },
  { "accept", FALSE, accept_request, N_ ("accept USER"), N_ ("accept a request") },
  { "decline", FALSE, decline_request, N_ ("decline USER"), N_ ("decline a request") },
  { "trust", FALSE, trust, N_ ("trust USER KEY|NUMBER"), N_ ("trust the new key of a user") },
  { "end", FALSE, end, N_ ("end [USER]"), N_ ("end a chat") },
  { "help", FALSE, help, "help", N_ ("print this") },
  { "quit", FALSE, quit, "quit", N_ ("leave") },
};

static void
help (Shell *shell, const char *rest)
{
  for (guint i = 0; i < G_N_ELEMENTS (shell_commands); i++) {
    if (shell_commands[i].usage != NULL)
      ear_output_note ("  %-20s %s", _ (shell_commands[i].usage), _ (shell_commands[i].summary));
  }
}

static gboolean
run_command (Shell *shell, const char *line)
{
  for (guint i = 0; i < G_N_ELEMENTS (shell_commands); i++) {
    gsize length = strlen (shell_commands[i].name);

    if (strncmp (line, shell_commands[i].name, length) != 0)
      continue;
    if (shell_commands[i].glued || line[length] == '\0') {
      shell_commands[i].run (shell, line + length);
      return TRUE;
    }
    if (line[length] == ' ') {
      shell_commands[i].run (shell, line + length + 1);
      return TRUE;
    }
  }
  return FALSE;
}

static void
line_cb (const char *line, gpointer user_data)
{
  Shell *shell = user_data;

  if (shell->leaving || ear_cli_is_ending (shell->cli))
    return;
  if (line == NULL) {
    quit (shell, "");
  } else if (shell->wants_broadcast) {
    shell->wants_broadcast = FALSE;
    broadcast (shell, line);
  } else if (line[0] != '\0' && !run_command (shell, line)) {
    if (shell->current != NULL)
      ear_conversation_say (shell->cli, shell->current, line);
    else
      ear_cli_refuse_line (shell->cli, _ ("Not a command. Type help."));
  }
}

static void
asked (EarCli *cli, EarChat *chat)
{
  const char *account = ear_user_get_account (ear_chat_get_user (chat));

  ear_output_note (_ ("Type: accept %s, or: decline %s"), account, account);
}

/* The first list of users has come: from now on a command knows who is here. */
static void
roster_cb (Shell *shell, EarMessage *message)
{
  EarSession *session = shell->cli->session;

  if (shell->started || ear_message_get_type (message) != EAR_MESSAGE_ROSTER ||
      ear_message_get_boolean (message, "more"))
    return;
  shell->started = TRUE;
  ear_terminal_watch_lines (line_cb, shell, NULL);
  ear_output_note (_ ("Logged in as %s. Type help."), ear_session_get_user (session));
}

static void
shell_free_cb (gpointer data, GClosure *closure)
{
  g_free (data);
}

static void
start (EarCli *cli)
{
  Shell *shell = g_new0 (Shell, 1);

  shell->cli = cli;
  ear_conversation_follow_all (cli, asked);
  /* As long as the session: its answers may come after the end of the input. */
  g_signal_connect_data (cli->session, "roster", G_CALLBACK (roster_cb), shell, shell_free_cb,
                         G_CONNECT_AFTER | G_CONNECT_SWAPPED);
  ear_session_set_watch (cli->session, "", EAR_LIMIT_WATCH);
}

const EarCommand ear_command_shell = {
  .name = "shell",
  .arguments = "",
  .summary = N_ ("Do everything by short commands"),
  .lasting = TRUE,
  .start = start,
};
