/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* signup: make an account. */

#include "config.h"

#include <glib/gi18n.h>

#include "cli/ear-cli.h"

static void
start (EarCli *cli)
{
  const char *user = ear_session_get_user (cli->session);

  ear_cli_print (cli, json_pack ("{s:s, s:s}", "event", "signed-up", "user", user),
                 _ ("Signed up as %s."), user);
  ear_cli_quit (cli, EAR_EXIT_OK);
}

const EarCommand ear_command_signup = {
  .name = "signup",
  .arguments = "",
  .summary = N_ ("Make an account"),
  .signs_up = TRUE,
  .start = start,
};
