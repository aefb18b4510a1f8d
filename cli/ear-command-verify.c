/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* verify: the safety number of oneself and a contact, to be compared with what they see, of the key
 * that they show now. It only shows: that two people have compared it is said by trust. */

#include "config.h"

#include <glib/gi18n.h>

#include "cli/ear-cli.h"
#include "cli/ear-output.h"
#include "client/ear-chat.h"
#include "client/ear-contacts.h"
#include "client/ear-user.h"
#include "wire/ear-name.h"

static void
explain_missing (EarCli *cli, const char *account)
{
  g_autofree char *safe = ear_output_dup_safe (account);

  if (ear_contacts_has_changed_key (ear_client_get_contacts (cli->client), account))
    ear_output_note (_ ("The key of %s has changed. The new one is known when %s is active."), safe,
                     safe);
  else
    ear_output_note (_ ("You have not chatted with %s yet, so there is no number to compare."),
                     safe);
  ear_cli_quit (cli, EAR_EXIT_FAILED);
}

/* Without the server's word it is the number of the key that is pinned. */
static void
looked_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  EarCli *cli = user_data;
  EarChat *chat = EAR_CHAT (source);
  const char *account = cli->arguments[0];
  gboolean changed = ear_chat_get_key_changed (chat);
  gboolean verified = ear_user_get_verified (ear_chat_get_user (chat));
  g_autofree char *number = ear_chat_dup_safety_number (chat);
  const char *remark = changed ? _ ("new key") : verified ? _ ("verified") : "";

  ear_chat_look_up_key_finish (chat, result, NULL);
  if (number == NULL) {
    explain_missing (cli, account);
    return;
  }
  ear_cli_print (cli,
                 json_pack ("{s:s, s:s, s:s, s:b, s:b}", "event", "safety-number", "user", account,
                            "number", number, "verified", verified, "key_changed", changed),
                 "%s%s%s", number, remark[0] != '\0' ? "  " : "", remark);
  ear_cli_quit (cli, EAR_EXIT_OK);
}

static void
start (EarCli *cli)
{
  const char *account = cli->arguments[0];
  EarChat *chat = ear_name_is_valid (account) ? ear_client_get_chat (cli->client, account) : NULL;

  if (chat != NULL)
    ear_chat_look_up_key_async (chat, NULL, looked_up_cb, cli);
  else
    explain_missing (cli, account);
}

const EarCommand ear_command_verify = {
  .name = "verify",
  .arguments = "USER",
  .summary = N_ ("Print the safety number to compare with USER"),
  .n_arguments = 1,
  .start = start,
};
