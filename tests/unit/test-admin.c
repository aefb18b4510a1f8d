/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarAdmin: the operator's commands, at the socket and without it, and lines that are none. */

#include "server/ear-admin.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>

#include "server/ear-registry-csv.h"
#include "store-fixture.h"

#define ITERATIONS 4096

typedef struct
{
  char *directory;
  char *path; /* of the socket */
  EarRegistry *registry;
  EarAdmin *admin;
  GString *logged_out; /* "user code;" */
} Fixture;

static void
log_out (const char *user, EarError code, gpointer user_data)
{
  Fixture *f = user_data;

  g_string_append_printf (f->logged_out, "%s %s;", user, ear_error_get_code (code));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->directory = make_directory ();
  f->path = g_build_filename (f->directory, "admin.sock", NULL);
  f->registry = ear_registry_new (f->directory, ITERATIONS, &error);
  g_assert_no_error (error);
  f->logged_out = g_string_new (NULL);
  f->admin = ear_admin_new (f->registry, log_out, f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_assert_finalize_object (f->admin);
  g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
  ear_registry_close (f->registry);
  g_assert_finalize_object (f->registry);
  g_string_free (f->logged_out, TRUE);
  g_free (f->path);
  remove_directory (f->directory);
}

/* "COMMAND ROW" with keys that depend on @seed. */
static char *
make_line (const char *command, const char *user, guint8 seed)
{
  EarScramKeys keys = { .iterations = ITERATIONS };
  EarAccount account;
  g_autoptr (GString) row = g_string_new (NULL);

  memset (keys.salt, seed, sizeof keys.salt);
  memset (keys.stored_key, seed, sizeof keys.stored_key);
  memset (keys.server_key, seed, sizeof keys.server_key);
  g_assert_true (ear_account_init (&account, user, NULL, &keys));
  ear_registry_csv_append_row (row, &account);
  g_string_truncate (row, row->len - 1);
  return g_strconcat (command, " ", row->str, NULL);
}

static char *
execute (Fixture *f, const char *line, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ear_admin_execute_async (f->admin, line, result_cb, &result);
  wait_until (result != NULL);
  return ear_admin_execute_finish (f->admin, result, error);
}

static void
assert_done (Fixture *f, const char *line)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *result = execute (f, line, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (result, ==, "");
}

static void
add (Fixture *f, const char *user)
{
  g_autofree char *line = make_line ("add", user, 1);

  assert_done (f, line);
}

static void
test_add_and_list (Fixture *f, gconstpointer data)
{
  g_autofree char *again = make_line ("add", "bob", 2);
  g_autoptr (GError) error = NULL;
  g_autofree char *list = NULL;

  add (f, "bob");
  add (f, "alice");
  g_assert_null (execute (f, again, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_NAME_TAKEN);
  list = execute (f, "list", NULL);
  g_assert_true (g_str_has_prefix (list, "alice "));
  g_assert_nonnull (strstr (list, "\nbob "));
  g_assert_cmpstr (f->logged_out->str, ==, "");
}

static void
test_keys (Fixture *f, gconstpointer data)
{
  g_autofree char *keys = make_line ("keys", "alice", 7);
  g_autofree char *unknown = make_line ("keys", "nobody", 7);
  g_autoptr (GError) error = NULL;

  add (f, "alice");
  assert_done (f, keys);
  g_assert_cmpuint (ear_registry_lookup (f->registry, "alice")->keys.stored_key[0], ==, 7);
  /* Whoever is in with the old password is out. */
  g_assert_cmpstr (f->logged_out->str, ==, "alice bad-login;");
  g_assert_null (execute (f, unknown, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_null (ear_registry_lookup (f->registry, "nobody"));
}

static void
test_disable (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *list = NULL;

  add (f, "alice");
  assert_done (f, "disable alice");
  g_assert_true (ear_registry_lookup (f->registry, "alice")->flags & EAR_ACCOUNT_DISABLED);
  g_assert_cmpstr (f->logged_out->str, ==, "alice disabled;");
  list = execute (f, "list", NULL);
  g_assert_nonnull (strstr (list, " disabled "));
  assert_done (f, "enable alice");
  g_assert_false (ear_registry_lookup (f->registry, "alice")->flags & EAR_ACCOUNT_DISABLED);
  g_assert_cmpstr (f->logged_out->str, ==, "alice disabled;");
  g_assert_null (execute (f, "disable nobody", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_remove (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  add (f, "alice");
  assert_done (f, "remove alice");
  g_assert_null (ear_registry_lookup (f->registry, "alice"));
  g_assert_cmpstr (f->logged_out->str, ==, "alice disabled;");
  g_assert_null (execute (f, "remove alice", &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_UNKNOWN_USER);
}

static void
test_no_command (Fixture *f, gconstpointer data)
{
  static const char *const lines[] = {
    "",
    " ",
    "list all",
    "LIST",
    "add",
    "add ",
    "add alice",
    "add alice,Alice,AQ==,1,AQ==,AQ==,0,",
    "keys",
    "remove",
    "remove ../../etc/passwd",
    "remove alice,bob",
    "enable",
    "disable  alice",
    "shutdown",
    "%s%n",
  };
  g_autofree char *misnamed = make_line ("adds", "bob", 1);

  add (f, "alice");
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_autoptr (GError) error = NULL;

    g_test_message ("%s", lines[i]);
    g_assert_null (execute (f, lines[i], &error));
    g_assert_nonnull (error);
  }
  g_assert_null (execute (f, misnamed, NULL));
  g_assert_cmpuint (ear_registry_get_n_accounts (f->registry), ==, 1);
  g_assert_nonnull (ear_registry_lookup (f->registry, "alice"));
}

/* -- The socket -- */

static GSocketConnection *
dial (Fixture *f)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (f->path);
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection =
    g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, &error);

  g_assert_no_error (error);
  return connection;
}

static void
say (GSocketConnection *connection, const char *data, gsize size)
{
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  g_autoptr (GAsyncResult) result = NULL;

  g_output_stream_write_all_async (output, data, size, G_PRIORITY_DEFAULT, NULL, result_cb,
                                   &result);
  wait_until (result != NULL);
  g_output_stream_write_all_finish (output, result, NULL, NULL);
}

static char *
hear_line (GDataInputStream *input)
{
  g_autoptr (GAsyncResult) result = NULL;

  g_data_input_stream_read_line_async (input, G_PRIORITY_DEFAULT, NULL, result_cb, &result);
  wait_until (result != NULL);
  return g_data_input_stream_read_line_finish_utf8 (input, result, NULL, NULL);
}

static void
assert_answer (GDataInputStream *input, const char *expected)
{
  g_autofree char *line = hear_line (input);

  g_assert_cmpstr (line, ==, expected);
}

/* Whoever is at the socket holds the admin until he is seen to have gone. */
static void
hang_up (Fixture *f, GSocketConnection *connection)
{
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
  wait_until (G_OBJECT (f->admin)->ref_count == 1);
}

static void
listen (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  ear_admin_listen (f->admin, f->path, &error);
  g_assert_no_error (error);
}

static void
test_socket (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GDataInputStream) input = NULL;
  g_autofree char *both = NULL;
  g_autofree char *row = make_line ("add", "alice", 1);
  g_autofree char *listed = NULL;

  write_file (f->directory, "admin.sock", "", 0); /* a server was killed here */
  listen (f);
  assert_private (f->directory, "admin.sock");
  connection = dial (f);
  input = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  /* Several lines at once are answered one by one. */
  both = g_strconcat (row, "\nlist\nremove bob\nremove alice\n", NULL);
  say (connection, both, strlen (both));
  assert_answer (input, "ok");
  listed = hear_line (input);
  g_assert_true (g_str_has_prefix (listed, "alice "));
  assert_answer (input, "ok");
  {
    g_autofree char *error = hear_line (input);

    g_assert_true (g_str_has_prefix (error, "error "));
  }
  assert_answer (input, "ok");
  hang_up (f, connection);
}

/* Who says nonsense is cut off; the others go on. */
static void
test_socket_garbage (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocketConnection) good = NULL;
  g_autoptr (GSocketConnection) bad = NULL;
  g_autoptr (GSocketConnection) silent = NULL;
  g_autoptr (GDataInputStream) good_input = NULL;
  g_autoptr (GDataInputStream) bad_input = NULL;

  listen (f);
  silent = dial (f);
  good = dial (f);
  bad = dial (f);
  good_input = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (good)));
  bad_input = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (bad)));
  say (bad, "remove \xff\xfe\n", 10);
  assert_answer (bad_input, NULL);
  say (good, "list\n", 5);
  assert_answer (good_input, "ok");
  g_io_stream_close (G_IO_STREAM (silent), NULL, NULL);
  hang_up (f, good);
}

/* A UNIX socket's path is short: one that does not fit must not become another one. */
static void
test_long_path (Fixture *f, gconstpointer data)
{
  g_autofree char *padding = g_strnfill (200, 'x');
  g_autofree char *path = g_build_filename (f->directory, padding, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (ear_admin_listen (f->admin, path, &error));
  g_assert_nonnull (error);
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/admin/add-and-list", test_add_and_list);
  ADD ("/admin/keys", test_keys);
  ADD ("/admin/disable", test_disable);
  ADD ("/admin/remove", test_remove);
  ADD ("/admin/no-command", test_no_command);
  ADD ("/admin/socket", test_socket);
  ADD ("/admin/socket/garbage", test_socket_garbage);
  ADD ("/admin/long-path", test_long_path);
  return g_test_run ();
}
