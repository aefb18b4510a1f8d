/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarAdmin: the operator's commands, at the socket and without it, and lines that are none. */

#include "server/ear-admin.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>

#include "server/ear-audit.h"
#include "server/ear-bulletin.h"
#include "server/ear-policy.h"
#include "server/ear-registry-csv.h"
#include "store-fixture.h"
#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"

#define ITERATIONS 4096

typedef struct
{
  char *directory;
  char *path; /* of the socket */
  EarRegistry *registry;
  EarBulletin *bulletin;
  EarPolicy *policy;
  EarAudit *audit;
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
  g_autoptr (EarClock) clock = ear_clock_new_manual (1000 * G_USEC_PER_SEC);
  g_autoptr (EarDeadlines) deadlines = ear_deadlines_new (clock, NULL);
  g_autoptr (GError) error = NULL;

  f->directory = make_directory ();
  f->path = g_build_filename (f->directory, "admin.sock", NULL);
  f->registry = ear_registry_new (f->directory, ITERATIONS, deadlines, &error);
  g_assert_no_error (error);
  f->logged_out = g_string_new (NULL);
  f->bulletin = ear_bulletin_new (f->directory, deadlines, &error);
  g_assert_no_error (error);
  f->policy = ear_policy_new (f->directory, &error);
  g_assert_no_error (error);
  f->audit = ear_audit_new (f->directory, &error);
  g_assert_no_error (error);
  f->admin = ear_admin_new (f->registry, f->bulletin, f->policy, f->audit, log_out, f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_assert_finalize_object (f->admin);
  g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
  ear_registry_close (f->registry);
  ear_audit_close (f->audit);
  ear_policy_close (f->policy);
  ear_bulletin_close (f->bulletin);
  settle ();
  g_assert_finalize_object (f->registry);
  g_assert_finalize_object (f->audit);
  g_assert_finalize_object (f->policy);
  g_assert_finalize_object (f->bulletin);
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
  list = execute (f, "list", NULL);
  g_assert_nonnull (strstr (list, " disabled "));
  assert_done (f, "enable alice");
  g_assert_false (ear_registry_lookup (f->registry, "alice")->flags & EAR_ACCOUNT_DISABLED);
  g_assert_null (execute (f, "disable nobody", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_set_admin (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *list = NULL;
  g_autofree char *later = NULL;

  add (f, "alice");
  assert_done (f, "disable alice");
  assert_done (f, "set-admin alice");
  g_assert_cmpint (ear_registry_lookup (f->registry, "alice")->flags, ==,
                   EAR_ACCOUNT_ADMIN | EAR_ACCOUNT_DISABLED);
  list = execute (f, "list", NULL);
  g_assert_nonnull (strstr (list, " admin disabled "));
  assert_done (f, "unset-admin alice");
  g_assert_cmpint (ear_registry_lookup (f->registry, "alice")->flags, ==, EAR_ACCOUNT_DISABLED);
  later = execute (f, "list", NULL);
  g_assert_null (strstr (later, " admin "));
  g_assert_null (execute (f, "set-admin nobody", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
announce (Fixture *f, const char *text)
{
  g_autoptr (GAsyncResult) result = NULL;

  ear_bulletin_add_async (f->bulletin, "alice", "Alice", text, result_cb, &result);
  wait_until (result != NULL);
  g_assert_nonnull (ear_bulletin_add_finish (f->bulletin, result, NULL));
}

static void
test_broadcasts (Fixture *f, gconstpointer data)
{
  static const char *const no_numbers[] = { "remove-broadcast 3", "remove-broadcast 0",
                                            "remove-broadcast -1", "remove-broadcast 1x",
                                            "remove-broadcast" };
  g_autofree char *list = NULL;
  g_autofree char *later = NULL;

  announce (f, "\033[2Jtea\nis ready");
  announce (f, "second");
  list = execute (f, "broadcasts", NULL);
  g_assert_true (g_str_has_prefix (list, "1  "));
  g_assert_nonnull (strstr (list, "  alice  \\u{1b}[2Jtea\\u{a}is ready\n2  "));
  assert_done (f, "remove-broadcast 1");
  later = execute (f, "broadcasts", NULL);
  g_assert_true (g_str_has_prefix (later, "2  "));
  for (guint i = 0; i < G_N_ELEMENTS (no_numbers); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (execute (f, no_numbers[i], &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  }
}

static void
test_policy (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *line; /* NULL: only look */
    const char *expected;
  } steps[] = {
    { NULL, "everybody\n" },
    { "broadcast-policy admins", "admins\n" },
    { "broadcast-policy everybody", "everybody\n" },
  };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    g_autofree char *policy = NULL;

    if (steps[i].line != NULL)
      assert_done (f, steps[i].line);
    policy = execute (f, "policy", NULL);
    g_assert_cmpstr (policy, ==, steps[i].expected);
  }
  g_assert_null (execute (f, "broadcast-policy nobody", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

/* A line an act, none for a look, and never keys. */
static void
test_audit (Fixture *f, gconstpointer data)
{
  static const char *const ends[] = {
    "Z operator add alice",        "Z operator disable alice",
    "Z operator set-admin nobody", "Z operator set-admin nobody failed",
    "Z operator keys alice",       "",
  };
  g_autofree char *keys = make_line ("keys", "alice", 7);
  g_autofree char *list = NULL;
  g_autoptr (GBytes) file = NULL;
  g_auto (GStrv) lines = NULL;

  add (f, "alice");
  list = execute (f, "list", NULL);
  assert_done (f, "disable alice");
  g_assert_null (execute (f, "set-admin nobody", NULL));
  assert_done (f, keys);
  file = read_file (f->directory, "audit.log");
  lines = g_strsplit (g_bytes_get_data (file, NULL), "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, G_N_ELEMENTS (ends));
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    g_assert_true (g_str_has_suffix (lines[i], ends[i]));
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

/* What could not be done throws nobody out. */
static void
test_full (Fixture *f, gconstpointer data)
{
  g_autofree char *keys = make_line ("keys", "alice", 7);
  const char *const lines[] = { keys, "remove alice" };
  g_autoptr (GBytes) file = NULL;

  add (f, "alice");
  add (f, "bob"); /* the audit must have room */
  file = read_file (f->directory, "users.csv");
  set_size_limit (g_bytes_get_size (file));
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_autoptr (GError) error = NULL;

    g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*users.csv: cannot be written*");
    g_assert_null (execute (f, lines[i], &error));
    g_assert_error (error, EAR_ERROR, EAR_ERROR_READ_ONLY);
    g_test_assert_expected_messages ();
    g_assert_cmpstr (f->logged_out->str, ==, "");
  }
  set_size_limit (RLIM_INFINITY);
  g_assert_cmpuint (ear_registry_lookup (f->registry, "alice")->keys.stored_key[0], ==, 1);
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

/* Who says nonsense or never ends a line is cut off; the others go on. */
static void
test_socket_garbage (Fixture *f, gconstpointer data)
{
  g_autofree char *endless = g_strnfill (2048, 'x');
  g_autoptr (GSocketConnection) good = NULL;
  g_autoptr (GSocketConnection) bad = NULL;
  g_autoptr (GSocketConnection) long_winded = NULL;
  g_autoptr (GDataInputStream) long_winded_input = NULL;
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
  long_winded = dial (f);
  long_winded_input =
    g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (long_winded)));
  say (long_winded, endless, 2046);
  say (long_winded, "\n", 1);
  assert_answer (long_winded_input, "error this is no command");
  say (long_winded, endless, 2048);
  assert_answer (long_winded_input, NULL);
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
  ADD ("/admin/full", test_full);
  ADD ("/admin/disable", test_disable);
  ADD ("/admin/set-admin", test_set_admin);
  ADD ("/admin/broadcasts", test_broadcasts);
  ADD ("/admin/policy", test_policy);
  ADD ("/admin/audit", test_audit);
  ADD ("/admin/remove", test_remove);
  ADD ("/admin/no-command", test_no_command);
  ADD ("/admin/socket", test_socket);
  ADD ("/admin/socket/garbage", test_socket_garbage);
  ADD ("/admin/long-path", test_long_path);
  return g_test_run ();
}
