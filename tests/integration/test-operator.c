/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the operator may do, against a real earshotd: all that admins may, whether the server runs
 * or not; and the audit, which says who did what, or else it is not done. */

#include <errno.h>
#include <unistd.h>

#include "disk-faults.h"
#include "roles-fixture.h"
#include "server/ear-admin.h"

/* -- The operator -- */

static void
refuse (EarTestServer *server, const char *command)
{
  g_free (operate_and_read (server, 1, command));
}

static void
test_running (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) bob = come (f, "bob");
  g_autoptr (EarTestClient) carol = come (f, "carol");
  g_autofree char *users = NULL;
  g_autofree char *list = NULL;
  g_autofree char *policy = NULL;
  gint64 number = broadcast (bob, "regretted");
  g_autofree char *remove = g_strdup_printf ("broadcast|remove|%" G_GINT64_FORMAT, number);

  list = operate_and_read (f->server, 0, "broadcast|list");
  g_assert_true (g_str_has_suffix (list, "  bob  regretted\n"));
  operate (f->server, remove);
  expect_removed (carol, number);
  refuse (f->server, remove);
  operate (f->server, "broadcast|policy|admins");
  assert_rights (carol, FALSE, FALSE);
  policy = operate_and_read (f->server, 0, "broadcast|policy");
  g_assert_cmpstr (policy, ==, "admins\n");
  operate (f->server, "user|set-admin|carol|yes");
  assert_rights (carol, TRUE, TRUE);
  operate (f->server, "user|disable|bob");
  ear_test_client_expect_closed (bob, EAR_ERROR_DISABLED);
  assert_cannot_log_in (f, "bob");
  users = operate_and_read (f->server, 0, "user|list");
  g_assert_true (
    g_regex_match_simple ("^bob +\\S+ disabled  bob\ncarol +\\S+ admin  carol\n$", users, 0, 0));
  operate (f->server, "user|enable|bob");
  assert_can_log_in (f, "bob");
}

/* The same while no server runs. */
static void
test_alone (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) alice = NULL;
  g_autofree char *list = NULL;

  {
    g_autoptr (EarTestClient) first = come (f, "alice");

    ear_test_client_free (come (f, "bob"));
    g_assert_cmpint (broadcast (first, "regretted"), ==, 1);
    g_assert_cmpint (broadcast (first, "kept"), ==, 2);
  }
  ear_test_server_terminate (f->server);
  operate (f->server, "user|set-admin|alice|yes");
  operate (f->server, "user|disable|bob");
  operate (f->server, "broadcast|remove|1");
  operate (f->server, "broadcast|policy|admins");
  refuse (f->server, "broadcast|remove|1");
  refuse (f->server, "user|disable|nobody");
  list = operate_and_read (f->server, 0, "broadcast|list");
  g_assert_true (g_str_has_suffix (list, "  alice  kept\n"));
  assert_audit (f->server, "operator set-admin alice\n"
                           "operator disable bob\n"
                           "operator remove-broadcast 1\n"
                           "operator broadcast-policy admins\n"
                           "operator remove-broadcast 1\n"
                           "operator remove-broadcast 1 failed\n"
                           "operator disable nobody\n"
                           "operator disable nobody failed\n");
  ear_test_server_spawn (f->server);
  alice = ear_test_client_new_again (f->server, "alice", 1);
  assert_rights (alice, TRUE, TRUE);
  expect_removed (alice, 1);
  expect_broadcast (alice, "kept");
  assert_managed (alice, "admins", "bob");
  assert_cannot_log_in (f, "bob");
}

/* What root makes there before the first start is the server's, which is not root. */
static void
test_as_root (Fixture *f, gconstpointer data)
{
  g_autoptr (GDir) dir = NULL;
  g_autoptr (GError) error = NULL;
  const char *name;

  if (geteuid () != 0) {
    g_test_skip ("needs root");
    return;
  }
  ear_test_server_terminate (f->server);
  ear_test_remove_directory (f->server->directory);
  g_assert_cmpint (g_mkdir (f->server->directory, 0700), ==, 0);
  g_assert_cmpint (chown (f->server->directory, 12345, 23456), ==, 0);
  operate (f->server, "broadcast|policy|admins");
  dir = g_dir_open (f->server->directory, 0, &error);
  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (f->server->directory, name, NULL);
    GStatBuf status;

    g_test_message ("%s", name);
    g_assert_cmpint (g_stat (path, &status), ==, 0);
    g_assert_cmpuint (status.st_uid, ==, 12345);
    g_assert_cmpuint (status.st_gid, ==, 23456);
  }
}

static void
test_bad_commands (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *command;
    int status;
  } cases[] = {
    { "broadcast|remove|0", 1 },
    { "broadcast|remove|-1", 1 },
    { "broadcast|remove|x", 1 },
    { "broadcast|remove|18446744073709551616", 1 },
    { "broadcast|policy|nobody", 1 },
    { "broadcast|policy|", 1 },
    { "broadcast|remove", 64 },
    { "broadcast", 64 },
    { "broadcast|list|1", 64 },
    { "user|set-admin|bob", 64 },
    { "user|set-admin|bob|maybe", 64 },
    { "user|set-admin|bob|yes", 1 },
    { "user|disable|a\nremove alice", 1 },
    { "user|disable|\xff", 1 },
  };
  g_autofree char *users = NULL;

  ear_test_client_free (come (f, "alice"));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_free (operate_and_read (f->server, cases[i].status, cases[i].command));
  users = operate_and_read (f->server, 0, "user|list");
  g_assert_true (g_str_has_prefix (users, "alice "));
}

/* -- The audit -- */

static void
test_audit (Fixture *f, gconstpointer data)
{
  {
    g_autoptr (EarTestClient) alice = come_as_admin (f, "alice");
    g_autoptr (EarTestClient) bob = come_as_admin (f, "bob");
    gint64 number = broadcast (alice, "not to be read by \\u0022 whoever keeps the audit");
    g_autofree char *fields = g_strdup_printf (",\"number\":%" G_GINT64_FORMAT, number);

    do_as (alice, "broadcast-policy", ",\"who\":\"admins\"");
    do_as (bob, "remove-broadcast", fields);
    do_as (alice, "disable", ",\"user\":\"bob\"");
    do_as (alice, "enable", ",\"user\":\"bob\"");
    assert_managed (alice, "admins", "");
  }
  restart (f);
  refuse (f->server, "user|disable|no\033[2Jbody\342\200\250failed\\");
  operate (f->server, "broadcast|policy|everybody"); /* when that is noted, so is what was before */
  assert_audit (f->server, "operator set-admin alice\n"
                           "operator set-admin bob\n"
                           "admin:alice broadcast-policy admins\n"
                           "admin:bob remove-broadcast 1\n"
                           "admin:alice disable bob\n"
                           "admin:alice enable bob\n"
                           "operator disable no\\u{1b}[2Jbody\\u{2028}failed\\\\\n"
                           "operator disable no\\u{1b}[2Jbody\\u{2028}failed\\\\ failed\n"
                           "operator broadcast-policy everybody\n");
}

static void
set_up_inside (Fixture *f, gconstpointer data)
{
  f->server = ear_test_server_new ();
  ear_test_server_start_inside (f->server);
}

static void
tear_down_inside (Fixture *f, gconstpointer data)
{
  disk_faults_clear ();
  ear_test_server_free (f->server);
}

static void
execute (Fixture *f, const char *line)
{
  g_autoptr (EarAdmin) admin = ear_server_new_admin (f->server->server);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  ear_admin_execute_async (admin, line, ear_test_result_cb, &result);
  ear_test_wait (result != NULL);
  text = ear_admin_execute_finish (admin, result, &error);
  g_assert_no_error (error);
}

/* What cannot be noted is not done; what cannot be done is noted as that. */
static void
test_audit_faults (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *file;
    const char *warning;
  } faults[] = {
    { "audit.log", "*audit.log: cannot be written*" },
    { "users.csv", "*users.csv: cannot be written*" },
  };
  g_autoptr (EarTestClient) alice = come (f, "alice");
  g_autoptr (EarTestClient) bob = come (f, "bob");

  execute (f, "set-admin alice");
  assert_rights (alice, TRUE, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {
    g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, faults[i].warning);
    disk_faults_set_file (faults[i].file);
    disk_faults_set (DISK_WRITE, ENOSPC);
    refuse_as (alice, "disable", ",\"user\":\"bob\"", EAR_ERROR_READ_ONLY);
    g_test_assert_expected_messages ();
    disk_faults_clear ();
    assert_managed (alice, "everybody", "");
    g_assert_null (bob->reason);
  }
  assert_can_log_in (f, "bob");
  do_as (alice, "disable", ",\"user\":\"bob\"");
  assert_cannot_log_in (f, "bob");
  assert_audit (f->server, "operator set-admin alice\n"
                           "admin:alice disable bob\n"
                           "admin:alice disable bob failed\n"
                           "admin:alice disable bob\n");
}

#define ADD(path, func) g_test_add ("/operator/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("running", test_running);
  ADD ("alone", test_alone);
  ADD ("as-root", test_as_root);
  ADD ("bad-commands", test_bad_commands);
  ADD ("audit", test_audit);
  g_test_add ("/operator/audit/faults", Fixture, NULL, set_up_inside, test_audit_faults,
              tear_down_inside);
  return g_test_run ();
}
