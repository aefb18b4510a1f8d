/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* verify: the safety number of oneself and a contact, to be compared with what they see. It only
 * shows: that two people have compared it is not for a script to say. */

#include "config.h"

#include <glib/gi18n.h>

#include "cli/ear-cli.h"
#include "cli/ear-output.h"
#include "client/ear-chat.h"
#include "client/ear-user.h"
#include "wire/ear-name.h"

static void
start (EarCli *cli)
{
  const char *account = cli->arguments[0];
  EarChat *chat = ear_name_is_valid (account) ? ear_client_get_chat (cli->client, account) : NULL;
  g_autofree char *number = chat != NULL ? ear_chat_dup_safety_number (chat) : NULL;
  gboolean verified;

  if (number == NULL) {
    g_autofree char *safe = ear_output_dup_safe (account);

    ear_output_note (_ ("You have not chatted with %s yet, so there is no number to compare."),
                     safe);
    ear_cli_quit (cli, EAR_EXIT_FAILED);
    return;
  }
  verified = ear_user_get_verified (ear_chat_get_user (chat));
  ear_cli_print (cli,
                 json_pack ("{s:s, s:s, s:s, s:b}", "event", "safety-number", "user", account,
                            "number", number, "verified", verified),
                 "%s%s%s", number, verified ? "  " : "", verified ? _ ("verified") : "");
  ear_cli_quit (cli, EAR_EXIT_OK);
}

const EarCommand ear_command_verify = {
  .name = "verify",
  .arguments = "USER",
  .summary = N_ ("Print the safety number to compare with USER"),
  .n_arguments = 1,
  .start = start,
};
