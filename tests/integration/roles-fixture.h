/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib/gstdio.h>

#include "support/ear-test-client.h"
#include "support/ear-test-wait.h"

/* A real earshotd, what an operator does to it, what its audit says, and members and admins who are
 * told line by line what to ask. */

#define PASSWORD "correct horse" /* of the test's clients */

typedef struct
{
  EarTestServer *server;
} Fixture;

static inline void
set_up (Fixture *f, gconstpointer data)
{
  f->server = ear_test_server_new ();
  ear_test_server_spawn (f->server);
}

static inline void
tear_down (Fixture *f, gconstpointer data)
{
  ear_test_server_free (f->server);
}

/* -- The operator and the audit -- */

/* Gives what was printed. */
static inline char *
operate_and_read (EarTestServer *server, int expected, const char *command)
{
  g_auto (GStrv) arguments = g_strsplit (command, "|", -1);
  int status;
  char *output = ear_test_server_run (server, (const char *const *) arguments, NULL, &status);

  g_assert_cmpint (status, ==, expected);
  return output;
}

static inline void
operate (EarTestServer *server, const char *command)
{
  g_free (operate_and_read (server, 0, command));
}

static inline char *
read_audit (EarTestServer *server)
{
  g_autofree char *path = g_build_filename (server->directory, "audit.log", NULL);
  g_autoptr (GError) error = NULL;
  char *text;
  GStatBuf status;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmphex (status.st_mode & 0777, ==, 0600);
  return text;
}

/* The lines of the audit, without their times. */
static inline void
assert_audit (EarTestServer *server, const char *expected)
{
  g_autofree char *audit = read_audit (server);
  g_autoptr (GRegex) time =
    g_regex_new ("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ ", G_REGEX_MULTILINE, 0, NULL);
  g_autofree char *acts = g_regex_replace_literal (time, audit, -1, 0, "", 0, NULL);

  g_assert_cmpstr (acts, ==, expected);
}

/* -- Clients that are told line by line -- */

static inline void
assert_rights (EarTestClient *client, gboolean admin, gboolean broadcast)
{
  g_autoptr (EarMessage) rights = ear_test_client_expect (client, EAR_MESSAGE_RIGHTS);

  g_assert_cmpint (ear_message_get_boolean (rights, "admin"), ==, admin);
  g_assert_cmpint (ear_message_get_boolean (rights, "broadcast"), ==, broadcast);
}

static inline EarTestClient *
come (Fixture *f, const char *user)
{
  EarTestClient *client = ear_test_client_new_active (f->server, user);

  assert_rights (client, FALSE, TRUE);
  return client;
}

static inline EarTestClient *
come_as_admin (Fixture *f, const char *user)
{
  EarTestClient *client = come (f, user);
  g_autofree char *command = g_strdup_printf ("user|set-admin|%s|yes", user);

  operate (f->server, command);
  assert_rights (client, TRUE, TRUE);
  return client;
}

static inline void
restart (Fixture *f)
{
  ear_test_server_kill (f->server);
  ear_test_server_spawn (f->server);
}

/* A request: its type and its fields. */
static inline void
ask (EarTestClient *client, const char *type, const char *fields)
{
  ear_test_client_send (client, "{\"type\":\"%s\",\"id\":7%s}", type, fields);
}

static inline void
do_as (EarTestClient *client, const char *type, const char *fields)
{
  g_autoptr (EarMessage) ok = NULL;

  ask (client, type, fields);
  ok = ear_test_client_expect (client, EAR_MESSAGE_OK);
}

static inline void
refuse_as (EarTestClient *client, const char *type, const char *fields, EarError code)
{
  ask (client, type, fields);
  ear_test_client_expect_error (client, code);
  g_assert_cmpuint (ear_test_client_count (client, EAR_MESSAGE_OK), ==, 0);
}

static inline gint64
broadcast (EarTestClient *client, const char *text)
{
  g_autofree char *fields = g_strdup_printf (",\"text\":\"%s\"", text);
  g_autoptr (EarMessage) ok = NULL;

  ask (client, "broadcast", fields);
  ok = ear_test_client_expect (client, EAR_MESSAGE_OK);
  return ear_message_get_integer (ok, "number");
}

static inline void
expect_broadcast (EarTestClient *client, const char *text)
{
  g_autoptr (EarMessage) event = ear_test_client_expect (client, EAR_MESSAGE_BROADCAST_EVENT);

  g_assert_cmpstr (ear_message_get_string (event, "text"), ==, text);
}

static inline void
expect_removed (EarTestClient *client, gint64 number)
{
  g_autoptr (EarMessage) event = ear_test_client_expect (client, EAR_MESSAGE_BROADCAST_REMOVED);

  g_assert_cmpint (ear_message_get_integer (event, "number"), ==, number);
}

static inline void
assert_managed (EarTestClient *client, const char *who, const char *disabled)
{
  g_autoptr (EarMessage) managed = NULL;
  g_auto (GStrv) users = NULL;
  g_autofree char *joined = NULL;

  ask (client, "manage", "");
  managed = ear_test_client_expect (client, EAR_MESSAGE_MANAGED);
  users = ear_message_dup_strings (managed, "disabled");
  joined = g_strjoinv (" ", users);
  g_assert_cmpstr (joined, ==, disabled);
  g_assert_cmpint (ear_message_get_integer (managed, "total"), ==, g_strv_length (users));
  g_assert_cmpstr (ear_message_get_string (managed, "who"), ==, who);
}

static inline void
assert_can_log_in (Fixture *f, const char *user)
{
  g_autoptr (EarTestClient) client = ear_test_client_new_again (f->server, user, 0);
}

static inline void
assert_cannot_log_in (Fixture *f, const char *user)
{
  g_autoptr (EarTestClient) client = ear_test_client_new (f->server);

  ear_test_client_hello (client);
  ear_test_client_auth (client, user, PASSWORD);
  ear_test_client_expect_error (client, EAR_ERROR_DISABLED);
}
