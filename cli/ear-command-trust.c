/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* trust USER KEY|NUMBER: the key of a contact is the right one, because of its fingerprint, or
 * because the safety number was compared. */

#include "config.h"

#include <glib/gi18n.h>

#include "cli/ear-cli.h"
#include "cli/ear-output.h"
#include "cli/ear-trust.h"
#include "client/ear-chat.h"
#include "client/ear-contacts.h"
#include "wire/ear-name.h"

/* Who is away shows no other key: what is known may be verified. */
static void
looked_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  EarCli *cli = user_data;
  EarChat *chat = EAR_CHAT (source);
  g_autoptr (GError) error = NULL;

  if (ear_chat_look_up_key_finish (chat, result, &error) ||
      !ear_contacts_has_changed_key (ear_client_get_contacts (cli->client), cli->arguments[0]))
    ear_cli_quit (cli, ear_trust_decide (cli, chat, cli->arguments[1]));
  else
    ear_cli_fail (cli, error);
}

static void
start (EarCli *cli)
{
  const char *account = cli->arguments[0];
  EarChat *chat = ear_name_is_valid (account) ? ear_client_get_chat (cli->client, account) : NULL;

  if (chat == NULL) {
    ear_output_note (_ ("That is no user to chat with."));
    ear_cli_quit (cli, EAR_EXIT_USAGE);
    return;
  }
  ear_chat_look_up_key_async (chat, NULL, looked_up_cb, cli);
}

const EarCommand ear_command_trust = {
  .name = "trust",
  .arguments = N_ ("USER KEY|NUMBER"),
  .summary = N_ ("Trust the new key of USER"),
  .n_arguments = 2,
  .start = start,
};
