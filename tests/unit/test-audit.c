/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarAudit: lines, what is escaped, torn ends, and how far it grows. */

#include "server/ear-audit.h"

#include <string.h>

#include "store-fixture.h"

#define FILE_NAME "audit.log"

typedef struct
{
  char *directory;
  EarAudit *audit;
} Fixture;

static void
open_audit (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  f->audit = ear_audit_new (f->directory, &error);
  g_assert_no_error (error);
}

static void
close_audit (Fixture *f)
{
  ear_audit_close (f->audit);
  g_assert_finalize_object (g_steal_pointer (&f->audit));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->directory = make_directory ();
  open_audit (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  close_audit (f);
  remove_directory (f->directory);
}

static void
note (Fixture *f, const char *admin, const char *act)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ear_audit_write_async (f->audit, admin, act, result_cb, &result);
  wait_until (result != NULL);
  g_assert_true (ear_audit_write_finish (f->audit, result, &error));
  g_assert_no_error (error);
}

static char *
read_text (Fixture *f, const char *name)
{
  g_autoptr (GBytes) file = read_file (f->directory, name);

  g_assert_nonnull (file);
  return g_strndup (g_bytes_get_data (file, NULL), g_bytes_get_size (file));
}

static void
test_lines (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  note (f, "alice", "disable bob");
  note (f, NULL, "broadcast-policy admins");
  ear_audit_write_failure (f->audit, NULL, "broadcast-policy admins");
  close_audit (f);
  open_audit (f);
  note (f, "operator", "enable bob");
  text = read_text (f, FILE_NAME);
  g_assert_true (
    g_regex_match_simple ("^(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ) admin:alice disable bob\n"
                          "\\S+Z operator broadcast-policy admins\n"
                          "\\S+Z operator broadcast-policy admins failed\n"
                          "\\S+Z admin:operator enable bob\n$",
                          text, 0, 0));
  assert_private (f->directory, FILE_NAME);
}

/* An operator may type anything; it stays one line. */
static void
test_escaped (Fixture *f, gconstpointer data)
{
  g_autofree char *endless = g_strnfill (5000, 'x');
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  note (f, NULL, "disable a\nb\r\033[2J\xff\u2028");
  note (f, NULL, endless);
  text = read_text (f, FILE_NAME);
  lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  g_assert_true (g_str_has_suffix (lines[0], " disable a\\u{a}b\\u{d}\\u{1b}[2J\\xff\\u{2028}"));
  g_assert_cmpuint (strlen (lines[1]), <, 200);
}

static void
test_torn (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  note (f, NULL, "disable ann");
  close_audit (f);
  text = read_text (f, FILE_NAME);
  write_file (f->directory, FILE_NAME, text, strlen (text) - 4);
  open_audit (f);
  note (f, NULL, "disable bob");
  g_free (text);
  text = read_text (f, FILE_NAME);
  g_assert_true (
    g_regex_match_simple ("^\\S+ operator disable \n\\S+ operator disable bob\n$", text, 0, 0));
}

/* At most two files of EAR_AUDIT_MAX and a line, whatever happens. */
static void
test_rotation (Fixture *f, gconstpointer data)
{
  g_autofree char *big = g_strnfill (EAR_AUDIT_MAX - 1, 'x');
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *old = NULL;
  g_autofree char *older = NULL;

  big[EAR_AUDIT_MAX - 2] = '\n';
  close_audit (f);
  write_file (f->directory, FILE_NAME, big, EAR_AUDIT_MAX - 1);
  open_audit (f);
  note (f, NULL, "disable ann");
  first = read_text (f, FILE_NAME);
  g_assert_cmpuint (strlen (first), >, EAR_AUDIT_MAX);
  note (f, NULL, "disable bob");
  second = read_text (f, FILE_NAME);
  g_assert_true (g_str_has_suffix (second, "Z operator disable bob\n"));
  g_assert_cmpuint (strlen (second), <, 100);
  old = read_text (f, FILE_NAME ".1");
  g_assert_cmpstr (old, ==, first);
  assert_private (f->directory, FILE_NAME);

  close_audit (f);
  write_file (f->directory, FILE_NAME, big, EAR_AUDIT_MAX - 1);
  open_audit (f);
  note (f, NULL, "disable cy");
  note (f, NULL, "disable dee");
  older = read_text (f, FILE_NAME ".1");
  g_assert_true (g_str_has_suffix (older, "disable cy\n"));
}

#define ADD(name, func) g_test_add ("/audit/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("lines", test_lines);
  ADD ("escaped", test_escaped);
  ADD ("torn", test_torn);
  ADD ("rotation", test_rotation);
  return g_test_run ();
}
