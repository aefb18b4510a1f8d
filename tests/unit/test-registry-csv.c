/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarRegistry: files that others have written, damaged, cut short or replaced. */

#include <unistd.h>

#include "registry-fixture.h"

/* The file is as if it had never been anything else: nothing is rejected. */
static void
assert_settled (Fixture *f)
{
  guint n_accounts = ear_registry_get_n_accounts (f->registry);

  assert_private (f->directory, "users.csv");
  close_registry (f);
  open_registry (f);
  g_assert_cmpuint (ear_registry_get_n_accounts (f->registry), ==, n_accounts);
}

static void
test_rows (Fixture *f, gconstpointer data)
{
  static const char *const good[] = {
    HEADER "%s%s",        "%s%s", "\xef\xbb\xbf" HEADER "%s%s", "\n\n\n%s\n\n\n%s\n\n",
    "\n" HEADER "%s\n%s",
  };
  EarAccount ann = make_account ("ann", "Ann, \"Ä\"", 1);
  EarAccount bob = make_account ("bob", "Bob", 2);
  g_autofree char *row_1 = make_row (&ann);
  g_autofree char *row_2 = make_row (&bob);

  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_auto (GStrv) parts = g_strsplit (good[i], "%s", -1);
    g_autofree char *text = g_strconcat (parts[0], row_1, parts[1], row_2, parts[2], NULL);
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
    g_autofree char *crlf = g_strjoinv ("\r\n", lines);

    for (guint j = 0; j < 2; j++) {
      /* A header that is not on the first line is no account. */
      reopen_with (f, j == 0 ? text : crlf, strlen (j == 0 ? text : crlf), i == 4 ? 1 : 0);
      g_assert_cmpuint (ear_registry_get_n_accounts (f->registry), ==, 2);
      assert_account (f, &ann);
      assert_account (f, &bob);
      assert_settled (f);
      assert_account (f, &ann);
      assert_account (f, &bob);
    }
  }
}

/* Each of these between two good rows. */
static void
assert_rejected (Fixture *f, const char *bad, gsize size)
{
  EarAccount ann = make_account ("ann", "Ann", 1);
  EarAccount bob = make_account ("bob", "Bob", 2);
  g_autofree char *row_1 = make_row (&ann);
  g_autofree char *row_2 = make_row (&bob);
  g_autoptr (GString) file = g_string_new (HEADER);
  g_autoptr (GString) rejected = g_string_new_len (bad, (gssize) size);

  g_string_append (file, row_1);
  g_string_append_len (file, bad, (gssize) size);
  g_string_append_c (file, '\n');
  g_string_append (file, row_2);
  g_string_append_c (rejected, '\n');

  reopen_with (f, file->str, file->len, 1);
  g_assert_cmpuint (ear_registry_get_n_accounts (f->registry), ==, 2);
  assert_account (f, &ann);
  assert_account (f, &bob);
  assert_file (f->directory, "users.csv.rejected", rejected->str, rejected->len);
  assert_private (f->directory, "users.csv.rejected");
  assert_settled (f);
  assert_account (f, &ann);
  assert_account (f, &bob);
  /* It is kept, and once. */
  assert_file (f->directory, "users.csv.rejected", rejected->str, rejected->len);
}

#define SALT "AQEBAQEBAQEBAQEBAQEBAQ=="
#define KEY "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="

static void
test_bad_rows (Fixture *f, gconstpointer data)
{
  static const char *const rows[] = {
    ",",
    ",,,,,,",
    ",,,,,,,",
    ",,,,,,,,",
    "eve",
    "eve,,,,,,,",
    "eve,Eve",
    "eve,Eve," SALT ",4096," KEY "," KEY ",1",
    "eve,Eve," SALT ",4096," KEY "," KEY ",1,,",
    "eve,Eve," SALT ",4096," KEY "," KEY ",,",
    "eve,Eve," SALT ",4096," KEY "," KEY ",-1,",
    "eve,Eve," SALT ",4096," KEY "," KEY ",1e3,",
    "eve,Eve," SALT ",4096," KEY "," KEY ",99999999999999999999,",
    "eve,Eve," SALT ",4096," KEY "," KEY ",1,root",
    "eve,Eve," SALT ",4096," KEY "," KEY ",1, admin",
    "eve,Eve," SALT ",4096," KEY "," KEY ",1,admin ",
    "eve,Eve," SALT ",0," KEY "," KEY ",1,",
    "eve,Eve," SALT ",5000001," KEY "," KEY ",1,",
    "eve,Eve," SALT ",0x10," KEY "," KEY ",1,",
    "eve,Eve," SALT ",," KEY "," KEY ",1,",
    "eve,Eve,,4096," KEY "," KEY ",1,",
    "eve,Eve,AQEB,4096," KEY "," KEY ",1,",
    "eve,Eve," SALT ",4096,," KEY ",1,",
    "eve,Eve," SALT ",4096," KEY ",,1,",
    "eve,Eve," SALT ",4096," KEY "," SALT ",1,",
    "eve,Eve," SALT ",4096," KEY ",!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!=,1,",
    ",Eve," SALT ",4096," KEY "," KEY ",1,",
    "eve,," SALT ",4096," KEY "," KEY ",1,",
    " eve,Eve," SALT ",4096," KEY "," KEY ",1,",
    "Eve,Eve," SALT ",4096," KEY "," KEY ",1,",
    "e/../ve,Eve," SALT ",4096," KEY "," KEY ",1,",
    "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee,Eve," SALT ",4096," KEY "," KEY ",1,",
    "eve,E\xffve," SALT ",4096," KEY "," KEY ",1,",
    "eve,E\tve," SALT ",4096," KEY "," KEY ",1,",
    "eve,\"Eve," SALT ",4096," KEY "," KEY ",1,",
    "eve,Eve\"," SALT ",4096," KEY "," KEY ",1,",
    "eve,\"E\"ve\"," SALT ",4096," KEY "," KEY ",1,",
    "eve,\"Eve\" ," SALT ",4096," KEY "," KEY ",1,",
    "eve;Eve;" SALT ";4096;" KEY ";" KEY ";1;",
    ",,,,,,,removed",
    "..,,,,,,,removed",
    "ann,Ann,,,,,,removed",
    "ann,,,,,,1,removed",
    "ann,,,,,,,removed ",
    "ann,,,,,,,removed disabled",
    "ann,,,,,,,,removed",
    "ann," SALT ",4096," KEY "," KEY ",,removed",
    "\"",
    "\"\"",
    "\"\"\"",
    "\r,\r,",
    "user,name,salt,iterations,stored_key,server_key,created,flags",
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    assert_rejected (f, rows[i], strlen (rows[i]));
}

/* Names that were taken once and would not be any more: the account stays, under its own name. */
static void
test_old_names (Fixture *f, gconstpointer data)
{
  static const char *const names[] = { "=cmd|x", "-1", "\xcc\x81", "Eve\xe3\x85\xa4" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    EarAccount eve = make_account ("eve", "Eve", 3);
    g_autofree char *row = NULL;
    g_autofree char *file = NULL;

    g_strlcpy (eve.name, names[i], sizeof eve.name);
    row = make_row (&eve);
    file = g_strconcat (HEADER, row, NULL);
    reopen_with (f, file, strlen (file), 0);
    g_strlcpy (eve.name, "eve", sizeof eve.name);
    assert_account (f, &eve);
  }
}

static void
test_binary_rows (Fixture *f, gconstpointer data)
{
  static const char nul[] = "eve\0,Eve," SALT ",4096," KEY "," KEY ",1,";
  static const char nul_in_name[] = "eve,E\0ve," SALT ",4096," KEY "," KEY ",1,";
  static const char nul_at_end[] = "eve,Eve," SALT ",4096," KEY "," KEY ",1,\0";
  static const char only_nul[] = "\0\0\0\0";
  gsize size = 10 * 1024 * 1024;
  g_autofree char *line = g_malloc (size);

  assert_rejected (f, nul, sizeof nul - 1);
  assert_rejected (f, nul_in_name, sizeof nul_in_name - 1);
  assert_rejected (f, nul_at_end, sizeof nul_at_end - 1);
  assert_rejected (f, only_nul, sizeof only_nul - 1);
  memset (line, 'a', size);
  assert_rejected (f, line, size);
  memset (line, ',', size);
  assert_rejected (f, line, size);
  memset (line, '"', size);
  assert_rejected (f, line, size);
  memset (line, 0, size);
  assert_rejected (f, line, size);
}

/* Wherever the power failed: the rows before are there, the torn one is not, or not yet. */
static void
test_torn (Fixture *f, gconstpointer data)
{
  EarAccount ann = make_account ("ann", "Ann", 1);
  EarAccount bob = make_account ("bob", "Bob \"Bo\" Ö", 2);
  g_autofree char *row_1 = NULL;
  g_autofree char *row_2 = NULL;
  gsize size;

  bob.flags = EAR_ACCOUNT_DISABLED | EAR_ACCOUNT_ADMIN;
  row_1 = make_row (&ann);
  row_2 = make_row (&bob);
  size = strlen (row_2);
  for (gsize cut = 0; cut <= size; cut++) {
    g_autoptr (GString) file = g_string_new (HEADER);
    g_autoptr (GString) torn = g_string_new_len (row_2, (gssize) cut);

    g_string_append (file, row_1);
    g_string_append_len (file, row_2, (gssize) cut);
    reopen_with (f, file->str, file->len, cut > 0 && cut < size);
    assert_account (f, &ann);
    if (cut == size)
      assert_account (f, &bob);
    else
      g_assert_cmpuint (ear_registry_get_n_accounts (f->registry), ==, 1);
    if (cut > 0 && cut < size) {
      g_string_append_c (torn, '\n');
      assert_file (f->directory, "users.csv.rejected", torn->str, torn->len);
    }
    assert_settled (f);
    assert_account (f, &ann);
  }
  /* The next row stands on a line of its own. */
  reopen_with (f, row_1, strlen (row_1) - 1, 1);
  add (f, &bob);
  close_registry (f);
  open_registry (f);
  assert_account (f, &bob);
  g_assert_cmpuint (ear_registry_get_n_accounts (f->registry), ==, 1);
}

/* What cannot be kept aside is not thrown away. */
static void
test_not_kept_aside (Fixture *f, gconstpointer data)
{
  static const char file[] = HEADER "what is this\n";
  g_autofree char *rejected = g_build_filename (f->directory, "users.csv.rejected", NULL);
  g_autoptr (GError) error = NULL;

  close_registry (f);
  write_file (f->directory, "users.csv", file, strlen (file));
  g_assert_cmpint (g_mkdir (rejected, 0700), ==, 0);
  g_assert_null (ear_registry_new (f->directory, ITERATIONS, f->deadlines, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (error->domain, ==, G_FILE_ERROR);
  assert_file (f->directory, "users.csv", file, strlen (file));
  g_assert_cmpint (g_rmdir (rejected), ==, 0);
  g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*users.csv: 1 lines*");
  open_registry (f);
  g_test_assert_expected_messages ();
}

/* The accounts are elsewhere, and are not gone. */
static void
test_link (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->directory, "users.csv", NULL);
  g_autoptr (GError) error = NULL;

  close_registry (f);
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (symlink ("nowhere", path), ==, 0);
  g_assert_null (ear_registry_new (f->directory, ITERATIONS, f->deadlines, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (error->domain, ==, G_FILE_ERROR);
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_SYMLINK));
  g_assert_cmpint (g_remove (path), ==, 0);
  open_registry (f);
}

static void
test_empty (Fixture *f, gconstpointer data)
{
  static const char *const files[] = { "", "\n", "\r\n", "\xef\xbb\xbf", HEADER };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    reopen_with (f, files[i], strlen (files[i]), 0);
    g_assert_cmpuint (ear_registry_get_n_accounts (f->registry), ==, 0);
    g_assert_null (ear_registry_lookup (f->registry, ""));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add ("/registry-csv/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("rows", test_rows);
  ADD ("bad-rows", test_bad_rows);
  ADD ("old-names", test_old_names);
  ADD ("binary-rows", test_binary_rows);
  ADD ("torn", test_torn);
  ADD ("not-kept-aside", test_not_kept_aside);
  ADD ("link", test_link);
  ADD ("empty", test_empty);
#undef ADD
  return g_test_run ();
}
