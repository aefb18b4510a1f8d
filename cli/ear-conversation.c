/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What happens in chats, as lines on the terminal: shared by chat, listen and shell. */

#include "config.h"

#include "cli/ear-conversation.h"

#include <glib/gi18n.h>

#include "cli/ear-output.h"
#include "cli/ear-trust.h"
#include "client/ear-announcement.h"
#include "client/ear-chat-message.h"
#include "client/ear-user.h"
#include "wire/ear-error.h"
#include "wire/ear-limits.h"
#include "wire/ear-text.h"

/* A text of our user's that is on its way. */
typedef struct
{
  EarCli *cli;
  EarChat *chat;
  EarChatMessage *message;
  gboolean open;  /* its chat is */
  guint n_opened; /* how often it became so */
} Said;

/* A text may cost more than one link on a bad network; who breaks each at once never takes it. */
#define MAX_OPENINGS 3

#define FOLLOWED "ear-conversation-followed"
#define ASKED_KEY "ear-conversation-asked-key" /* of the request that was printed */

static const char *const state_names[] = {
  [EAR_CHAT_IDLE] = "idle",   [EAR_CHAT_CALLING] = "calling", [EAR_CHAT_RINGING] = "ringing",
  [EAR_CHAT_ASKED] = "asked", [EAR_CHAT_OPEN] = "open",       [EAR_CHAT_BROKEN] = "broken",
};

static const char *
get_account (EarChat *chat)
{
  return ear_user_get_account (ear_chat_get_user (chat));
}

static void
message_received_cb (EarCli *cli, EarChat *chat, EarChatMessage *message)
{
  const char *text = ear_chat_message_get_text (message);
  gboolean changed = ear_chat_get_key_changed (chat);
  g_autofree char *safe = ear_output_dup_safe (text);

  ear_cli_print (cli,
                 json_pack ("{s:s, s:s, s:s, s:s, s:b}", "event", "message", "user",
                            get_account (chat), "id", ear_chat_message_get_id (message), "text",
                            text, "key_changed", changed),
                 changed ? _ ("%s (with another key): %s") : "%s: %s", get_account (chat), safe);
  ear_chat_mark_read (chat);
}

static void
print_ended (EarCli *cli, EarChat *chat)
{
  ear_cli_print (cli, json_pack ("{s:s, s:s}", "event", "ended", "user", get_account (chat)),
                 _ ("* %s ended the chat"), get_account (chat));
}

static void
print_state (EarCli *cli, EarChat *chat)
{
  EarChatState state = ear_chat_get_state (chat);
  const GError *error = ear_chat_get_last_error (chat);
  json_t *event = json_pack ("{s:s, s:s, s:s}", "event", "chat", "user", get_account (chat),
                             "state", state_names[state]);

  if (state == EAR_CHAT_IDLE && g_error_matches (error, EAR_ERROR, EAR_ERROR_ENDED)) {
    ear_cli_print (cli, event, NULL);
    print_ended (cli, chat);
  } else if (state == EAR_CHAT_IDLE && error != NULL) {
    g_autofree char *safe = ear_output_dup_safe (error->message);

    json_object_set_new (event, "reason", json_string (error->message));
    ear_cli_print (cli, event, "* %s: %s", get_account (chat), safe);
    if (g_error_matches (error, EAR_ERROR, EAR_ERROR_KEY_CHANGED))
      ear_trust_explain (cli, chat);
  } else if (state == EAR_CHAT_OPEN) {
    ear_cli_print (cli, event,
                   ear_chat_get_key_changed (chat)
                     ? _ ("* %s: connected directly, encrypted, with another key")
                     : _ ("* %s: connected directly, encrypted"),
                   get_account (chat));
  } else if (state == EAR_CHAT_RINGING) {
    ear_cli_print (cli, event, _ ("* %s: waiting for an answer"), get_account (chat));
  } else if (state == EAR_CHAT_BROKEN) {
    ear_cli_print (cli, event, _ ("* %s: the connection broke; trying again"), get_account (chat));
  } else {
    ear_cli_print (cli, event, NULL);
  }
}

static void
state_changed_cb (EarChat *chat, GParamSpec *pspec, gpointer user_data)
{
  if (!ear_cli_is_ending (user_data))
    print_state (user_data, chat);
}

/* A request is replaced by one with another key. Where else a key changes, whoever looked for it
 * says so. */
static void
key_changed_cb (EarChat *chat, GParamSpec *pspec, gpointer user_data)
{
  if (!ear_cli_is_ending (user_data) && ear_chat_get_state (chat) == EAR_CHAT_ASKED)
    ear_trust_explain (user_data, chat);
}

static void
keep_asked_key (EarCli *cli, EarChat *chat)
{
  g_object_set_data_full (G_OBJECT (chat), ASKED_KEY, g_strdup (ear_trust_get_key (cli, chat)),
                          g_free);
}

static void
asked_cb (EarCli *cli, EarChat *chat)
{
  EarUser *user = ear_chat_get_user (chat);
  const char *greeting = ear_chat_get_greeting (chat);
  g_autofree char *name = ear_output_dup_safe (ear_user_get_name (user));
  g_autofree char *safe = ear_output_dup_safe (greeting != NULL ? greeting : "");

  ear_conversation_follow (cli, chat);
  keep_asked_key (cli, chat);
  ear_cli_print (cli,
                 json_pack ("{s:s, s:s, s:s, s:s*, s:b, s:s*}", "event", "asked", "user",
                            get_account (chat), "name", ear_user_get_name (user), "greeting",
                            greeting, "key_changed", ear_chat_get_key_changed (chat), "fingerprint",
                            ear_chat_get_shown_key (chat)),
                 _ ("* %s (%s) would like to chat. %s"), get_account (chat), name, safe);
  ear_trust_explain (cli, chat);
  if (cli->asked != NULL)
    cli->asked (cli, chat);
}

static void
announced_cb (EarCli *cli, EarAnnouncement *announcement)
{
  const char *account = ear_announcement_get_account (announcement);
  g_autofree char *safe = ear_output_dup_safe (ear_announcement_get_text (announcement));

  ear_cli_print (cli,
                 json_pack ("{s:s, s:I, s:s, s:s}", "event", "broadcast", "number",
                            (json_int_t) ear_announcement_get_number (announcement), "user",
                            account, "text", ear_announcement_get_text (announcement)),
                 _ ("! %s to everybody: %s"), account, safe);
}

/**
 * ear_conversation_follow_all:
 * @cli: the run
 * @asked: (nullable): what to do with a request for a chat
 *
 * Prints messages, requests and broadcasts as they come.
 */
void
ear_conversation_follow_all (EarCli *cli, EarConversationFunc asked)
{
  cli->asked = asked;
  g_signal_connect_swapped (cli->client, "asked", G_CALLBACK (asked_cb), cli);
  g_signal_connect_swapped (cli->client, "message-received", G_CALLBACK (message_received_cb), cli);
  g_signal_connect_swapped (cli->client, "announced", G_CALLBACK (announced_cb), cli);
}

/**
 * ear_conversation_follow:
 * @cli: the run
 * @chat: a chat
 *
 * Prints how the state of a chat changes, and the key of who asks, once however often it is called.
 */
void
ear_conversation_follow (EarCli *cli, EarChat *chat)
{
  if (g_object_get_data (G_OBJECT (chat), FOLLOWED) != NULL)
    return;
  g_object_set_data (G_OBJECT (chat), FOLLOWED, cli);
  g_signal_connect (chat, "notify::state", G_CALLBACK (state_changed_cb), cli);
  g_signal_connect (chat, "notify::key-changed", G_CALLBACK (key_changed_cb), cli);
}

/**
 * ear_conversation_accept:
 * @cli: the run
 * @chat: a chat that our user is asked for
 *
 * Accepts the request that was printed. When one with another key has taken its place, our user is
 * told so, and has to say it once more.
 */
void
ear_conversation_accept (EarCli *cli, EarChat *chat)
{
  if (g_strcmp0 (g_object_get_data (G_OBJECT (chat), ASKED_KEY), ear_trust_get_key (cli, chat)) ==
      0) {
    ear_chat_accept (chat);
    return;
  }
  keep_asked_key (cli, chat);
  ear_output_note (_ ("Not accepted: %s has asked again meanwhile, with another key. Repeat it to "
                      "accept that one."),
                   get_account (chat));
  ear_trust_explain (cli, chat);
}

static void
said_free_cb (gpointer data)
{
  Said *said = data;

  g_signal_handlers_disconnect_by_data (said->message, said);
  g_signal_handlers_disconnect_by_data (said->chat, said);
  g_object_unref (said->message);
  g_object_unref (said->chat);
  g_free (said);
}

static EarExit
get_unsettled_status (EarChatMessage *message)
{
  return ear_chat_message_is_unkept (message) ? EAR_EXIT_FAILED : EAR_EXIT_NOT_ACKED;
}

/* Nobody will say any more that a new key is right. */
static gboolean
waits_for_trust (Said *said)
{
  return said->cli->settled != NULL && ear_chat_get_state (said->chat) == EAR_CHAT_OPEN &&
         ear_chat_get_key_changed (said->chat);
}

/* Returns whether it is known what has become of the text. */
static gboolean
is_settled (Said *said, EarExit *status)
{
  EarDelivery delivery = ear_chat_message_get_delivery (said->message);
  const GError *error = ear_chat_get_last_error (said->chat);

  *status = EAR_EXIT_OK;
  if (delivery != EAR_DELIVERY_WAITING && delivery != EAR_DELIVERY_SENT)
    return TRUE;
  if (ear_chat_get_state (said->chat) == EAR_CHAT_IDLE)
    *status = error != NULL ? ear_exit_from_error (error) : EAR_EXIT_NOT_ACKED;
  else if (waits_for_trust (said))
    *status = EAR_EXIT_KEY_CHANGED;
  return *status != EAR_EXIT_OK;
}

static void wait_on (EarCli *cli);

static void
settle (Said *said, EarExit status)
{
  EarCli *cli = said->cli;

  ear_cli_note_trouble (cli, status);
  g_ptr_array_remove (cli->said, said);
  if (cli->settled != NULL && cli->said->len == 0) {
    g_clear_handle_id (&cli->overdue, g_source_remove);
    cli->settled (cli);
  } else if (cli->settled != NULL && status == EAR_EXIT_OK) {
    wait_on (cli);
  }
}

/* A chat that is not open becomes open, or ends, in its own time; but not if it breaks each time
 * that it is told something. */
static gboolean
is_overdue (Said *said)
{
  return said->open || said->n_opened > MAX_OPENINGS;
}

/* Once for a row of texts of one chat that have the same reason. */
static gboolean
overdue_cb (gpointer user_data)
{
  EarCli *cli = user_data;
  EarExit last_status = EAR_EXIT_OK;
  const EarChat *last_chat = NULL;
  guint i = 0;

  while (!ear_cli_is_ending (cli) && i < cli->said->len) {
    Said *said = g_ptr_array_index (cli->said, i);
    EarExit status = get_unsettled_status (said->message);

    if (!is_overdue (said)) {
      i++;
      continue;
    }
    if (status != last_status || said->chat != last_chat)
      ear_conversation_give_up (said->chat, said->message);
    last_status = status;
    last_chat = said->chat;
    settle (said, status);
  }
  return G_SOURCE_CONTINUE;
}

static void
wait_on (EarCli *cli)
{
  g_clear_handle_id (&cli->overdue, g_source_remove);
  cli->overdue = g_timeout_add_seconds ((guint) cli->options->ack_timeout, overdue_cb, cli);
}

static void
settle_if_known (Said *said)
{
  EarCli *cli = said->cli;
  gboolean was_open = said->open;
  EarExit status;

  said->open = ear_chat_get_state (said->chat) == EAR_CHAT_OPEN;
  if (said->open && !was_open && ++said->n_opened == 1 && cli->settled != NULL)
    wait_on (cli);
  if (is_settled (said, &status))
    settle (said, status);
}

static void
await (EarCli *cli, EarChat *chat, EarChatMessage *message)
{
  Said *said = g_new0 (Said, 1);

  said->cli = cli;
  said->chat = g_object_ref (chat);
  said->message = g_object_ref (message);
  if (cli->said == NULL)
    cli->said = g_ptr_array_new_with_free_func (said_free_cb);
  g_ptr_array_add (cli->said, said);
  g_signal_connect_swapped (message, "notify::delivery", G_CALLBACK (settle_if_known), said);
  g_signal_connect_swapped (chat, "notify::state", G_CALLBACK (settle_if_known), said);
  g_signal_connect_swapped (chat, "notify::key-changed", G_CALLBACK (settle_if_known), said);
  settle_if_known (said);
}

/**
 * ear_conversation_say:
 * @cli: the run
 * @chat: a chat
 * @text: what to say
 *
 * Sends a line, asking for the chat first when it is not open. To another key than the known one
 * nothing is sent before our user trusts it.
 */
void
ear_conversation_say (EarCli *cli, EarChat *chat, const char *text)
{
  g_autoptr (EarChatMessage) message = NULL;

  if (!ear_text_is_valid (text, EAR_LIMIT_TEXT, EAR_LIMIT_TEXT_LINES)) {
    ear_cli_refuse_line (cli, _ ("The text is empty, too long, or holds control characters."));
    return;
  }
  message = ear_chat_send (chat, text);
  ear_conversation_follow (cli, chat);
  if (ear_chat_get_state (chat) == EAR_CHAT_IDLE)
    ear_chat_request (chat, NULL);
  else
    ear_trust_explain (cli, chat);
  await (cli, chat, message);
}

/**
 * ear_conversation_give_up:
 * @chat: where it was said
 * @message: what our user said, which was not acknowledged
 *
 * Says what becomes of a text that nobody waits for any longer.
 *
 * Returns: the exit status
 */
EarExit
ear_conversation_give_up (EarChat *chat, EarChatMessage *message)
{
  EarExit status = get_unsettled_status (message);

  if (status == EAR_EXIT_FAILED)
    ear_output_note (_ ("Not sent to %s: the disk of this device did not take it."),
                     get_account (chat));
  else
    ear_output_note (_ ("Sent to %s, but not acknowledged. It is sent again when you chat next."),
                     get_account (chat));
  return status;
}

/**
 * ear_conversation_end_input:
 * @cli: the run
 * @settled: what to do when it is known what has become of all that was said
 *
 * Says that nothing more will be said. @settled may be called at once; what has not arrived by then
 * is noted as trouble.
 */
void
ear_conversation_end_input (EarCli *cli, void (*settled) (EarCli *cli))
{
  guint n_said = cli->said != NULL ? cli->said->len : 0;

  cli->settled = settled;
  if (n_said == 0) {
    settled (cli);
    return;
  }
  wait_on (cli);
  for (guint i = n_said; i > 0; i--)
    settle_if_known (g_ptr_array_index (cli->said, i - 1));
}
