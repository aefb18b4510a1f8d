/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The server's log: what goes to the journal, what to standard error, and fields that try to look
 * like other fields. */

#include "server/ear-server-log.h"

#include <string.h>

static GHashTable *seen; /* (element-type utf8 utf8): the fields of the last event */

static GLogWriterOutput
note_fields (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  g_hash_table_remove_all (seen);
  for (gsize i = 0; i < n_fields; i++)
    g_hash_table_insert (seen, g_strdup (fields[i].key), g_strdup (fields[i].value));
  return G_LOG_WRITER_HANDLED;
}

static const char *
get (const char *field)
{
  return g_hash_table_lookup (seen, field);
}

static void
test_fields (void)
{
  ear_server_log ("left", "alice", "127.0.0.1:4711", NULL);
  g_assert_cmpstr (get ("MESSAGE"), ==, "left user=alice address=127.0.0.1:4711");
  g_assert_cmpstr (get ("EARSHOT_EVENT"), ==, "left");
  g_assert_cmpstr (get ("PRIORITY"), ==, "6");
  ear_server_log_debug ("closed", NULL, NULL, NULL);
  g_assert_cmpstr (get ("MESSAGE"), ==, "closed");
  g_assert_cmpstr (get ("PRIORITY"), ==, "7");
}

/* Whoever logs in may call himself anything: it stays one line, and one field. */
static void
test_hostile (void)
{
  static const struct
  {
    const char *user;
    const char *message;
  } cases[] = {
    { "a\nlogged-in user=root", "x user=\"a\\u{a}logged-in user=root\" address=::1" },
    { "bob address=10.0.0.1", "x user=\"bob address=10.0.0.1\" address=::1" },
    { "a\" address=10.0.0.1 \"", "x user=\"a\\u{22} address=10.0.0.1 \\u{22}\" address=::1" },
    { "\033[31mred", "x user=\\u{1b}[31mred address=::1" },
    { "back\\slash", "x user=back\\\\slash address=::1" },
    { "\xff\xfe", "x user=\\xff\\xfe address=::1" },
    { "a=b", "x user=\"a=b\" address=::1" },
    { "", "x user=\"\" address=::1" },
    { "%s%n", "x user=%s%n address=::1" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    ear_server_log ("x", cases[i].user, "::1", NULL);
    g_assert_cmpstr (get ("MESSAGE"), ==, cases[i].message);
  }
}

static void
test_cut (void)
{
  g_autofree char *longest = g_strnfill (100000, '\n');

  ear_server_log ("x", longest, longest, longest);
  g_assert_cmpuint (strlen (get ("MESSAGE")), <, 600);
}

/* -- Standard error: the writer is the process's own -- */

static void
write_some (gboolean verbose)
{
  ear_server_log_init (verbose);
  ear_server_log ("hello", "alice", NULL, "two words");
  ear_server_log_debug ("secret", NULL, NULL, NULL);
  g_log_structured (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "MESSAGE", "%s", "mind the gap");
}

static void
test_quiet_child (void)
{
  write_some (FALSE);
}

static void
test_verbose_child (void)
{
  write_some (TRUE);
}

static void
test_standard_error (void)
{
  g_test_trap_subprocess ("/server-log/standard-error/subprocess/quiet", 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*-*-* *:*:* hello user=alice detail=\"two words\"\n*");
  g_test_trap_assert_stderr ("* warning: mind the gap\n*");
  g_test_trap_assert_stderr_unmatched ("*secret*");
}

static void
test_verbose (void)
{
  g_test_trap_subprocess ("/server-log/standard-error/subprocess/verbose", 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("* secret\n*");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (!g_test_subprocess ())
    g_log_set_writer_func (note_fields, NULL, NULL);
  g_test_add_func ("/server-log/fields", test_fields);
  g_test_add_func ("/server-log/hostile", test_hostile);
  g_test_add_func ("/server-log/cut", test_cut);
  g_test_add_func ("/server-log/standard-error", test_standard_error);
  g_test_add_func ("/server-log/standard-error/verbose", test_verbose);
  g_test_add_func ("/server-log/standard-error/subprocess/quiet", test_quiet_child);
  g_test_add_func ("/server-log/standard-error/subprocess/verbose", test_verbose_child);
  return g_test_run ();
}
