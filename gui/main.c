/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* earshot: the desktop app. */

#include "config.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "ear-resources.h"
#include "gui/ear-application.h"
#include "wire/ear-standard-files.h"

/* Neither the browser that opens a link nor a file in /proc has to know it. */
static char *
steal_password (void)
{
  char *environment = getenv ("EARSHOT_PASSWORD");
  char *password = g_strdup (environment);

  if (environment != NULL)
    explicit_bzero (environment, strlen (environment));
  g_unsetenv ("EARSHOT_PASSWORD");
  return password;
}

int
main (int argc, char **argv)
{
  ear_standard_files_open ();
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  ear_register_resource ();
  g_set_application_name ("Earshot");

  g_autoptr (EarApplication) application = ear_application_new (steal_password ());

  return g_application_run (G_APPLICATION (application), argc, argv);
}
