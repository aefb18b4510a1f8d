/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Many users at a server, for a test of the app that drives one of them only:
 *
 *     crowd PORT < NAMES
 *
 * Each line is an account, and after a space its display name. When all are active it says
 * "ready", and has them stay until it is ended. They have one key and one password between them:
 * what takes time is done once. */

#include <glib-unix.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/ear-test-client.h"
#include "wire/ear-identity.h"
#include "wire/ear-limits.h"

static void
sign_up (EarTestClient *client, const EarScramSecret *secret, const char *user, const char *name)
{
  g_autoptr (EarMessage) signup = ear_message_new (EAR_MESSAGE_SIGNUP);
  g_autoptr (EarMessage) ok = NULL;
  EarScramKeys keys;

  ear_scram_secret_get_keys (secret, &keys);
  ear_message_set_integer (signup, "id", client->next_id++);
  ear_message_set_string (signup, "user", user);
  if (name != NULL)
    ear_message_set_string (signup, "name", name);
  ear_message_set_bytes (signup, "salt", keys.salt, sizeof keys.salt);
  ear_message_set_integer (signup, "iterations", keys.iterations);
  ear_message_set_bytes (signup, "stored_key", keys.stored_key, sizeof keys.stored_key);
  ear_message_set_bytes (signup, "server_key", keys.server_key, sizeof keys.server_key);
  ear_link_send (client->link, signup);
  ok = ear_test_client_expect (client, EAR_MESSAGE_OK);
}

static EarTestClient *
enter (EarTestServer *server, EarIdentity *identity, const EarScramSecret *secret, char *line)
{
  EarTestClient *client = ear_test_client_new_from (server, identity, NULL);
  char *name = strchr (line, ' ');
  g_autofree char *proof = NULL;
  g_autoptr (EarMessage) authenticated = NULL;

  if (name != NULL)
    *name++ = '\0';
  ear_test_client_hello (client);
  sign_up (client, secret, line, name);
  proof = ear_test_client_begin_auth_with_keys (client, line, secret);
  ear_test_client_prove (client, proof);
  authenticated = ear_test_client_expect (client, EAR_MESSAGE_AUTHENTICATED);
  ear_test_client_present (client, 0);
  return client;
}

static gboolean
end_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) clients =
    g_ptr_array_new_with_free_func ((GDestroyNotify) ear_test_client_free);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (EarIdentity) identity = ear_identity_new (NULL);
  EarTestServer server = { 0 };
  EarScramSecret secret;
  char line[256];

  setlocale (LC_ALL, "");
  if (argc != 2) {
    g_printerr ("Usage: crowd PORT < NAMES\n");
    return EXIT_FAILURE;
  }
  server.port = (guint16) g_ascii_strtoull (argv[1], NULL, 10);
  ear_test_client_derive ("crowd", &secret);
  while (fgets (line, sizeof line, stdin) != NULL)
    g_ptr_array_add (clients, enter (&server, identity, &secret, g_strchomp (line)));
  g_print ("ready\n");
  g_unix_signal_add (SIGTERM, end_cb, loop);
  g_main_loop_run (loop);
  return EXIT_SUCCESS;
}
