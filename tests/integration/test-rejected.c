/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Whoever has damaged a file of the server is told, by the real earshotd and by its commands: how
 * many lines were put aside, and where they are. */

#include <string.h>

#include "server/ear-registry-csv.h"
#include "support/ear-test-client.h"
#include "support/ear-test-wait.h"

static const struct
{
  const char *name;
  const char *lines; /* two, and what counts */
} files[] = {
  { "users.csv", EAR_REGISTRY_CSV_HEADER "bob,,,,,,,removed\nwho is this\neve,Eve\n" },
  { "broadcasts.journal", "what\n{\"next\":7}\n{\"next\":}\n" },
  { "invitations.csv", "x\n,,,\n" },
};

static void
damage (EarTestServer *server, guint i)
{
  g_autofree char *path = g_build_filename (server->directory, files[i].name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, files[i].lines, -1, &error);
  g_assert_no_error (error);
}

static char *
list (EarTestServer *server)
{
  int status;
  char *output =
    ear_test_server_run (server, (const char *const[]){ "user", "list", NULL }, NULL, &status);

  g_assert_cmpint (status, ==, 0);
  return output;
}

static void
test_command (void)
{
  g_autoptr (EarTestServer) server = ear_test_server_new ();

  g_free (list (server));
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *told = NULL;
    g_autofree char *again = NULL;
    g_autofree char *where = g_strdup_printf ("%s.rejected", files[i].name);

    damage (server, i);
    told = list (server);
    again = list (server);
    g_assert_nonnull (strstr (told, ": 2 lines "));
    g_assert_nonnull (strstr (told, where));
    g_assert_null (strstr (again, "rejected"));
  }
}

/* Once: the next start finds nothing more to say. */
static void
test_server (void)
{
  g_autoptr (EarTestServer) server = ear_test_server_new ();

  ear_test_server_keep_log (server);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    damage (server, i);
  for (guint start = 0; start < 2; start++) {
    ear_test_server_spawn (server);
    ear_test_client_free (ear_test_client_new (server));
    ear_test_server_terminate (server);
    for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
      g_autofree char *line = g_strdup_printf ("%s.rejected", files[i].name);

      g_assert_cmpuint (ear_test_server_count_log (server, line), ==, 1);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("G_DEBUG"); /* it will warn */
  g_test_add_func ("/rejected/command", test_command);
  g_test_add_func ("/rejected/server", test_server);
  return g_test_run ();
}
