/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "hostile-fixture.h"

#include <string.h>

#include "support/ear-test-wait.h"
#include "wire/ear-identity.h"
#include "wire/ear-limits.h"
#include "wire/ear-scram.h"

/* Of the server, in all attacks of a test together; an endless line would need a tenth of it. */
#define MAX_GROWTH_KIB 1024

static EarTestFigures
measure (Fixture *self)
{
  return ear_test_process_measure (g_subprocess_get_identifier (self->server->process));
}

static EarTestClient *
new_honest (Fixture *self)
{
  const guint8 salt[EAR_SCRAM_SALT_SIZE] = { 9 };
  EarTestClient *client = ear_test_client_new (self->server);
  EarScramSecret secret;
  g_autoptr (EarMessage) ok = NULL;
  g_autoptr (EarMessage) authenticated = NULL;

  ear_scram_derive (HONESTS_PASSWORD, salt, EAR_LIMIT_ITERATIONS_MIN, &secret, NULL);
  ear_test_client_hello (client);
  ear_test_client_sign_up_with_keys (client, "honest", &secret);
  ok = ear_test_client_expect (client, EAR_MESSAGE_OK);
  authenticated = ear_test_client_log_in (client, "honest", HONESTS_PASSWORD);
  ear_test_client_present (client, 0);
  return client;
}

/* Both devices are known, and what is stored does not change by itself any more. */
static void
wait_for_devices (Fixture *self)
{
  g_autofree char *path = g_build_filename (self->server->directory, "devices.csv", NULL);
  g_autofree char *devices = NULL;

  while (devices == NULL || strstr (devices, "honest,") == NULL ||
         strstr (devices, MALLORY ",") == NULL) {
    g_clear_pointer (&devices, g_free);
    ear_test_settle (5);
    g_file_get_contents (path, &devices, NULL, NULL);
  }
}

static void
start (Fixture *self, gboolean terse)
{
  EarTestClient *mallory;

  self->server = ear_test_server_new ();
  self->server->terse = terse;
  ear_test_server_keep_log (self->server);
  ear_test_server_spawn (self->server);
  self->honest = new_honest (self);
  mallory = ear_test_client_new_active (self->server, MALLORY);
  self->mallory = ear_identity_ref (mallory->identity);
  ear_test_client_free (mallory);
  while (ear_test_server_count_log (self->server, "left user=" MALLORY) == 0)
    ear_test_settle (1);
  wait_for_devices (self);
  /* A first log-in and a first refusal have made what the server makes once. */
  hostile_attack_line (self, AT_ACTIVE, "", EAR_ERROR_BAD_MESSAGE);
  self->figures = measure (self);
}

void
hostile_set_up (Fixture *self, gconstpointer data)
{
  start (self, FALSE);
}

void
hostile_set_up_terse (Fixture *self, gconstpointer data)
{
  start (self, TRUE);
}

static void
assert_no_growth (Fixture *self)
{
  while (measure (self).n_files > self->figures.n_files)
    ear_test_settle (5);
#ifndef __SANITIZE_ADDRESS__ /* which keeps what was freed for a while */
  g_assert_cmpint (measure (self).memory_kib, <=, self->figures.memory_kib + MAX_GROWTH_KIB);
#endif
}

void
hostile_tear_down (Fixture *self, gconstpointer data)
{
  hostile_assert_undisturbed (self);
  assert_no_growth (self);
  g_clear_pointer (&self->honest, ear_test_client_free);
  g_clear_pointer (&self->mallory, ear_identity_unref);
  g_clear_pointer (&self->stored, g_free);
  ear_test_server_terminate (self->server);
  ear_test_server_free (self->server);
}

EarTestClient *
hostile_new_client (Fixture *self, At at)
{
  EarTestClient *client = ear_test_client_new_from (self->server, self->mallory, NULL);
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

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* All files but the log, with their names. */
char *
hostile_dup_stored (Fixture *self)
{
  GString *stored = g_string_new (NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) directory = g_dir_open (self->server->directory, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (directory)) != NULL) {
    if (!g_str_equal (name, "log"))
      g_ptr_array_add (names, g_strdup (name));
  }
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *path = g_build_filename (self->server->directory, names->pdata[i], NULL);
    g_autofree char *text = NULL;

    g_file_get_contents (path, &text, NULL, NULL); /* the operator's socket has none */
    g_string_append_printf (stored, "%s:\n%s\n", (char *) names->pdata[i],
                            text != NULL ? text : "");
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
hostile_begin (Fixture *self)
{
  g_free (self->stored);
  self->stored = hostile_dup_stored (self);
  self->n_logged = ear_test_server_count_log (self->server, "");
}

void
hostile_end (Fixture *self, guint n_lines)
{
  g_autofree char *stored = NULL;

  while (ear_test_server_count_log (self->server, "") < self->n_logged + n_lines)
    ear_test_settle (1);
  hostile_assert_undisturbed (self);
  g_assert_cmpuint (ear_test_server_count_log (self->server, ""), ==, self->n_logged + n_lines);
  stored = hostile_dup_stored (self);
  g_assert_cmpstr (stored, ==, self->stored);
}

void
hostile_refuse (Fixture *self, EarTestClient *client, const char *line, EarError code)
{
  hostile_begin (self);
  ear_test_client_send (client, "%s", line);
  ear_test_client_expect_error (client, code);
  g_assert_true (ear_link_is_open (client->link));
  hostile_end (self, code == EAR_ERROR_BAD_LOGIN);
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
  gboolean silent = self->server->terse && at < AT_MEMBER;

  hostile_begin (self);
  ear_link_send_line (client->link, line);
  ear_test_wait (client->reason != NULL);
  expect_refused (client, code);
  hostile_end (self, silent ? 0 : 1);
}

void
hostile_attack_line (Fixture *self, At at, const char *line, EarError code)
{
  g_autofree char *with_newline = g_strconcat (line, "\n", NULL);

  hostile_attack (self, at, with_newline, strlen (with_newline), code);
}
