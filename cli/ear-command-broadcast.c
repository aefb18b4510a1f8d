/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* broadcast TEXT: tell everybody who is active, and who becomes active within half an hour. */

#include "config.h"

#include <glib/gi18n.h>

#include "cli/ear-cli.h"
#include "cli/ear-output.h"
#include "wire/ear-limits.h"
#include "wire/ear-message.h"
#include "wire/ear-text.h"

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  EarCli *cli = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (EarMessage) answer = ear_session_request_finish (EAR_SESSION (source), result, &error);
  guint reached;

  if (answer == NULL) {
    ear_cli_fail (cli, error);
    return;
  }
  reached = (guint) ear_message_get_integer (answer, "reached");
  ear_cli_print (cli,
                 json_pack ("{s:s, s:I, s:i}", "event", "broadcast-sent", "number",
                            (json_int_t) ear_message_get_integer (answer, "number"), "reached",
                            (int) reached),
                 ngettext ("Reached %u user now.", "Reached %u users now.", reached), reached);
  ear_cli_quit (cli, EAR_EXIT_OK);
}

static void
start (EarCli *cli)
{
  g_autoptr (EarMessage) request = NULL;

  if (!ear_text_is_valid (cli->arguments[0], EAR_LIMIT_TEXT, EAR_LIMIT_TEXT_LINES)) {
    ear_output_note (_ ("The text is empty, too long, or holds control characters."));
    ear_cli_quit (cli, EAR_EXIT_USAGE);
    return;
  }
  request = ear_message_new (EAR_MESSAGE_BROADCAST);
  ear_message_set_string (request, "text", cli->arguments[0]);
  ear_session_request_async (cli->session, request, NULL, answered_cb, cli);
}

const EarCommand ear_command_broadcast = {
  .name = "broadcast",
  .arguments = N_ ("TEXT"),
  .summary = N_ ("Tell everybody, now and for half an hour"),
  .n_arguments = 1,
  .start = start,
};
