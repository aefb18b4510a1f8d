/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "hostile-fixture.h"

#include <string.h>

#include "support/ear-test-wait.h"

void
hostile_set_up (Fixture *self, gconstpointer data)
{
  EarTestClient *mallory;

  self->server = ear_test_server_new ();
  ear_test_server_keep_log (self->server);
  ear_test_server_spawn (self->server);
  self->honest = ear_test_client_new_active (self->server, "honest");
  mallory = ear_test_client_new_active (self->server, MALLORY);
  ear_test_client_free (mallory);
}

void
hostile_tear_down (Fixture *self, gconstpointer data)
{
  g_clear_pointer (&self->honest, ear_test_client_free);
  ear_test_server_terminate (self->server);
  ear_test_server_free (self->server);
}

EarTestClient *
hostile_new_client (Fixture *self, At at)
{
  EarTestClient *client = ear_test_client_new (self->server);
  g_autoptr (EarMessage) authenticated = NULL;

  if (at >= AT_STRANGER)
    ear_test_client_hello (client);
  if (at == AT_PROVING)
    g_free (ear_test_client_begin_auth (client, MALLORY, MALLORYS_PASSWORD));
  if (at >= AT_MEMBER)
    authenticated = ear_test_client_log_in (client, MALLORY, MALLORYS_PASSWORD);
  if (at == AT_ACTIVE)
    ear_test_client_present (client, 0);
  return client;
}

char *
hostile_dup_stored (Fixture *self)
{
  static const char *const files[] = { "users.csv", "broadcasts.journal" };
  GString *stored = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_build_filename (self->server->directory, files[i], NULL);
    g_autofree char *text = NULL;

    if (g_file_get_contents (path, &text, NULL, NULL))
      g_string_append (stored, text);
  }
  return g_string_free (stored, FALSE);
}

void
hostile_assert_undisturbed (Fixture *self)
{
  gint64 id = self->honest->next_id++;
  g_autoptr (EarMessage) located = NULL;

  ear_test_client_send (self->honest, "{\"type\":\"locate\",\"id\":%d,\"user\":\"honest\"}",
                        (int) id);
  located = ear_test_client_expect (self->honest, EAR_MESSAGE_LOCATED);
  g_assert_cmpint (ear_message_get_integer (located, "re"), ==, id);
}

void
hostile_refuse (Fixture *self, EarTestClient *client, EarError code)
{
  g_autofree char *before = hostile_dup_stored (self);
  g_autofree char *after = NULL;

  ear_test_client_expect_error (client, code);
  g_assert_true (ear_link_is_open (client->link));
  after = hostile_dup_stored (self);
  g_assert_cmpstr (before, ==, after);
}

static char *
dup_port (EarTestClient *client)
{
  GInetSocketAddress *address = ear_link_get_local_address (client->link);

  return g_strdup_printf ("127.0.0.1:%u", g_inet_socket_address_get_port (address));
}

/* With the code in an error before the end, or as the reason of the end itself. */
static void
expect_refused (EarTestClient *client, EarError code)
{
  if (ear_test_client_count (client, EAR_MESSAGE_ERROR) > 0 ||
      !g_error_matches (client->reason, EAR_ERROR, (int) code))
    ear_test_client_expect_error (client, code);
}

void
hostile_attack (Fixture *self, At at, const char *bytes, gsize size, EarError code)
{
  g_autoptr (EarTestClient) client = hostile_new_client (self, at);
  g_autoptr (GBytes) line = g_bytes_new (bytes, size);
  g_autofree char *before = hostile_dup_stored (self);
  g_autofree char *address = dup_port (client);
  g_autofree char *after = NULL;
  guint n_logged = ear_test_server_count_log (self->server, address);

  ear_link_send_line (client->link, line);
  ear_test_wait (client->reason != NULL);
  expect_refused (client, code);
  hostile_assert_undisturbed (self);
  while (ear_test_server_count_log (self->server, address) == n_logged)
    ear_test_settle (1);
  g_assert_cmpuint (ear_test_server_count_log (self->server, address), ==, n_logged + 1);
  after = hostile_dup_stored (self);
  g_assert_cmpstr (before, ==, after);
}

void
hostile_attack_line (Fixture *self, At at, const char *line, EarError code)
{
  g_autofree char *with_newline = g_strconcat (line, "\n", NULL);

  hostile_attack (self, at, with_newline, strlen (with_newline), code);
}
