/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "client/ear-client.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "client/ear-announcement.h"
#include "client/ear-history.h"
#include "client/ear-session.h"
#include "wire/ear-error.h"
#include "wire/ear-identity.h"
#include "wire/ear-scram.h"
#include "wire/ear-server-link.h"

typedef struct
{
  char *top;
  char *directory;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->top = g_dir_make_tmp ("earshot-client-XXXXXX", NULL);
  g_assert_nonnull (self->top);
  self->directory = g_build_filename (self->top, "earshot", "profile", NULL);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL) {
    g_autofree char *child = g_build_filename (path, name, NULL);

    remove_tree (child);
  }
  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  remove_tree (self->top);
  g_free (self->top);
  g_free (self->directory);
}

static void
result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static gboolean
open_client (EarClient *client, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ear_client_open_async (client, NULL, result_cb, &result);
  return ear_client_open_finish (client, wait_for (&result), error);
}

static void
close_client (EarClient *client)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ear_client_close_async (client, NULL, result_cb, &result);
  g_assert_true (ear_client_close_finish (client, wait_for (&result), &error));
  g_assert_no_error (error);
  g_clear_object (&result);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (client);
}

static void
test_open (Fixture *self, gconstpointer data)
{
  EarClient *client = ear_client_new (self->directory, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *fingerprint = NULL;
  GStatBuf info;

  g_assert_null (ear_client_get_session (client));
  g_assert_true (open_client (client, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (self->directory, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);
  g_assert_cmpint (ear_session_get_state (ear_client_get_session (client)), ==, EAR_SESSION_IDLE);
  g_assert_nonnull (ear_client_get_users (client));
  g_assert_nonnull (ear_client_get_announcements (client));
  g_assert_nonnull (ear_client_get_contacts (client));
  g_assert_nonnull (ear_client_get_history (client));
  g_assert_cmpuint (g_list_model_get_n_items (ear_client_get_chats (client)), ==, 0);
  g_assert_null (ear_client_get_chat (client, "bob"));
  fingerprint = g_strdup (ear_identity_get_fingerprint (ear_client_get_identity (client)));
  close_client (client);

  /* The same device at the next start. */
  client = ear_client_new (self->directory, NULL);
  g_assert_true (open_client (client, &error));
  g_assert_cmpstr (ear_identity_get_fingerprint (ear_client_get_identity (client)), ==,
                   fingerprint);
  close_client (client);
}

static void
test_open_fails (Fixture *self, gconstpointer data)
{
  EarClient *client = ear_client_new (self->directory, NULL);
  g_autofree char *parent = g_path_get_dirname (self->directory);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (parent, "a file", -1, NULL));
  g_assert_false (open_client (client, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_FILE);
  close_client (client);
}

static void
test_port_taken (Fixture *self, gconstpointer data)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  EarClient *client = ear_client_new (self->directory, NULL);
  g_autoptr (GError) error = NULL;

  ear_client_set_doorbell_port (client, port);
  g_assert_false (open_client (client, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_UNREACHABLE);
  close_client (client);
}

/* Damaged: the user is told which file it is, and it stays as it is. */
static void
test_damaged_history (Fixture *self, gconstpointer data)
{
  EarClient *client = ear_client_new (self->directory, NULL);
  g_autofree char *path = g_build_filename (self->directory, "history.db", NULL);
  g_autofree char *contents = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (self->directory, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "not a database, but quite a lot of text", -1, NULL));
  g_assert_false (open_client (client, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_FILE);
  g_assert_nonnull (strstr (error->message, path));
  close_client (client);
  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  g_assert_true (g_str_has_prefix (contents, "not a database"));
}

/* The history fails between the start and the log-in: that is the reason, and not the network. */
static void
test_log_in_without_history (Fixture *self, gconstpointer data)
{
  EarClient *client = ear_client_new (self->directory, NULL);
  g_autoptr (EarServerLink) link = ear_server_link_new ("127.0.0.1", 1, NULL);
  g_autoptr (GAsyncResult) closed = NULL;
  g_autoptr (GAsyncResult) login = NULL;
  g_autoptr (GError) error = NULL;
  EarSession *session;

  g_assert_true (open_client (client, NULL));
  ear_history_close_async (ear_client_get_history (client), NULL, result_cb, &closed);
  wait_for (&closed);
  session = ear_client_get_session (client);
  ear_session_log_in_async (session, link, "alice", "secret", NULL, result_cb, &login);
  g_assert_false (ear_session_log_in_finish (session, wait_for (&login), &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_FILE);
  g_assert_cmpint (ear_session_get_state (session), ==, EAR_SESSION_IDLE);
  g_assert_error (ear_session_get_last_error (session), EAR_ERROR, EAR_ERROR_BAD_FILE);
  g_clear_object (&login);
  close_client (client);
}

/* Closed in the midst of a log-in, whose pin is still being looked up. */
static void
test_close_while_logging_in (Fixture *self, gconstpointer data)
{
  EarClient *client = ear_client_new (self->directory, NULL);
  g_autoptr (EarServerLink) link = ear_server_link_new ("127.0.0.1", 1, NULL);
  g_autoptr (GAsyncResult) login = NULL;
  g_autoptr (GAsyncResult) closed = NULL;
  g_autoptr (GError) error = NULL;
  EarSession *session;

  g_assert_true (open_client (client, NULL));
  session = ear_client_get_session (client);
  ear_session_log_in_async (session, link, "alice", "secret", NULL, result_cb, &login);
  g_assert_cmpint (ear_session_get_state (session), ==, EAR_SESSION_CONNECTING);
  ear_client_close_async (client, NULL, result_cb, &closed);
  g_assert_true (ear_client_close_finish (client, wait_for (&closed), NULL));
  g_assert_false (ear_session_log_in_finish (session, wait_for (&login), &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_OFFLINE);
  g_clear_object (&login);
  g_clear_object (&closed);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (client);
}

static void
test_broadcast_offline (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *text;
    EarError code;
  } cases[] = { { "", EAR_ERROR_TOO_LONG }, { "hello", EAR_ERROR_OFFLINE } };
  EarClient *client = ear_client_new (self->directory, NULL);

  g_assert_true (open_client (client, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;

    ear_client_broadcast_async (client, cases[i].text, NULL, result_cb, &result);
    g_assert_null (ear_client_broadcast_finish (client, wait_for (&result), &error));
    g_assert_error (error, EAR_ERROR, (int) cases[i].code);
  }
  close_client (client);
}

/* Nobody is asked. */
static void
test_administer_offline (Fixture *self, gconstpointer data)
{
  EarClient *client = ear_client_new (self->directory, NULL);
  GAsyncResult *results[4] = { NULL };
  gboolean admins_only;
  guint n_disabled;

  g_assert_true (open_client (client, NULL));
  ear_client_set_disabled_async (client, "bob", TRUE, NULL, result_cb, &results[0]);
  ear_client_remove_broadcast_async (client, 1, NULL, result_cb, &results[1]);
  ear_client_set_broadcasters_async (client, TRUE, NULL, result_cb, &results[2]);
  ear_client_manage_async (client, NULL, result_cb, &results[3]);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++) {
    g_autoptr (GError) error = NULL;

    wait_for (&results[i]);
    if (i < 3)
      g_assert_false (ear_client_administer_finish (client, results[i], &error));
    else
      g_assert_null (
        ear_client_manage_finish (client, results[i], &admins_only, &n_disabled, &error));
    g_assert_error (error, EAR_ERROR, EAR_ERROR_OFFLINE);
    g_object_unref (results[i]);
  }
  close_client (client);
}

static void
test_profile_names (void)
{
  static const char *const bad[] = {
    "",         ".",         "..",
    ".hidden",  "a/b",       "a b",
    "\xc3\xa4", "../../etc", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  };
  g_autofree char *usual = ear_client_dup_directory (NULL, NULL);
  g_autofree char *named = ear_client_dup_directory ("Work-2_y", NULL);
  g_autofree char *dotted = ear_client_dup_directory ("jane.doe", NULL);

  g_assert_true (g_str_has_suffix (usual, "/earshot/default"));
  g_assert_true (g_str_has_suffix (named, "/earshot/Work-2_y"));
  g_assert_true (g_str_has_suffix (dotted, "/earshot/jane.doe"));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (ear_client_dup_directory (bad[i], &error));
    g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_NAME);
  }
}

static void
derive_late (void)
{
  const guint8 salt[EAR_SCRAM_SALT_SIZE] = { 42 };
  EarScramSecret secret;

  if (!ear_scram_derive ("pencil", salt, 1, &secret, NULL))
    _exit (1);
}

/* Who leaves during a log-in does not crash: the thread that derives is not waited for, and goes on
 * while the process ends. What was registered before OpenSSL was used is called after what OpenSSL
 * registered itself. */
static void
test_exit (void)
{
  if (g_test_subprocess ()) {
    atexit (derive_late);
    derive_late ();
    return;
  }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)
  ADD ("/client/open", test_open);
  ADD ("/client/open-fails", test_open_fails);
  ADD ("/client/damaged-history", test_damaged_history);
  ADD ("/client/log-in-without-history", test_log_in_without_history);
  ADD ("/client/port-taken", test_port_taken);
  ADD ("/client/close-while-logging-in", test_close_while_logging_in);
  ADD ("/client/broadcast-offline", test_broadcast_offline);
  ADD ("/client/administer-offline", test_administer_offline);
  g_test_add_func ("/client/profile-names", test_profile_names);
  g_test_add_func ("/client/exit", test_exit);
  return g_test_run ();
}
