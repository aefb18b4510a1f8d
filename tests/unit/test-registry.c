/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarRegistry: adding, changing and removing accounts, over restarts, and hostile files. */

#include "server/ear-registry.h"

#include <string.h>

#include "server/ear-registry-csv.h"
#include "store-fixture.h"
#include "wire/ear-error.h"

#define ITERATIONS 4096
#define HEADER EAR_REGISTRY_CSV_HEADER

typedef struct
{
  char *directory;
  EarRegistry *registry;
} Fixture;

static EarAccount
make_account (const char *user, const char *name, guint8 seed)
{
  EarScramKeys keys = { .iterations = ITERATIONS };
  EarAccount account;

  memset (keys.salt, seed, sizeof keys.salt);
  memset (keys.stored_key, seed + 1, sizeof keys.stored_key);
  memset (keys.server_key, seed + 2, sizeof keys.server_key);
  g_assert_true (ear_account_init (&account, user, name, &keys));
  account.created = 1700000000 + seed;
  return account;
}

static char *
make_row (const EarAccount *account)
{
  GString *row = g_string_new (NULL);

  ear_registry_csv_append_row (row, account);
  return g_string_free (row, FALSE);
}

static void
open_registry (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  f->registry = ear_registry_new (f->directory, ITERATIONS, &error);
  g_assert_no_error (error);
}

static void
close_registry (Fixture *f)
{
  ear_registry_close (f->registry);
  g_assert_finalize_object (g_steal_pointer (&f->registry));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->directory = make_directory ();
  open_registry (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  close_registry (f);
  remove_directory (f->directory);
}

static void
assert_account (Fixture *f, const EarAccount *expected)
{
  const EarAccount *account = ear_registry_lookup (f->registry, expected->user);

  g_assert_nonnull (account);
  g_assert_cmpstr (account->user, ==, expected->user);
  g_assert_cmpstr (account->name, ==, expected->name);
  g_assert_cmpuint (account->flags, ==, expected->flags);
  g_assert_cmpint (account->created, ==, expected->created);
  g_assert_cmpmem (&account->keys, sizeof account->keys, &expected->keys, sizeof expected->keys);
}

static void
assert_result (Fixture *f, GAsyncResult **result, gint code)
{
  g_autoptr (GError) error = NULL;

  wait_until (*result != NULL);
  if (code < 0) {
    g_assert_true (ear_registry_finish (f->registry, *result, &error));
    g_assert_no_error (error);
  } else {
    g_assert_false (ear_registry_finish (f->registry, *result, &error));
    g_assert_error (error, EAR_ERROR, code);
  }
  g_clear_object (result);
}

static void
add (Fixture *f, const EarAccount *account)
{
  GAsyncResult *result = NULL;

  ear_registry_add_async (f->registry, account, result_cb, &result);
  assert_result (f, &result, -1);
}

/* -- Use -- */

static void
test_add (Fixture *f, gconstpointer data)
{
  EarAccount ann = make_account ("ann", "Ann \"The, Hat\" Ü", 1);
  EarAccount bob = make_account ("bob", NULL, 2);

  g_assert_null (ear_registry_lookup (f->registry, "ann"));
  bob.flags = EAR_ACCOUNT_DISABLED | EAR_ACCOUNT_DIGEST | EAR_ACCOUNT_ADMIN;
  add (f, &ann);
  add (f, &bob);
  for (guint i = 0; i < 3; i++) {
    g_autoptr (GPtrArray) list = ear_registry_list (f->registry, 0);

    g_assert_cmpuint (list->len, ==, 2);
    g_assert_cmpstr (((EarAccount *) list->pdata[0])->user, ==, "ann");
    g_assert_cmpstr (((EarAccount *) list->pdata[1])->user, ==, "bob");
    g_assert_cmpuint (ear_registry_get_n_accounts (f->registry), ==, 2);
    g_assert_cmpuint (ear_registry_get_n_rejected (f->registry), ==, 0);
    assert_account (f, &ann);
    assert_account (f, &bob);
    assert_private (f->directory, "users.csv");
    close_registry (f);
    open_registry (f);
  }
  g_assert_null (read_file (f->directory, "users.csv.rejected"));
}

static void
test_list (Fixture *f, gconstpointer data)
{
  static const struct
  {
    guint8 flags;
    const char *users;
  } rows[] = {
    { 0, "a b c d " },
    { EAR_ACCOUNT_DISABLED, "b d " },
    { EAR_ACCOUNT_DISABLED | EAR_ACCOUNT_ADMIN, "d " },
    { EAR_ACCOUNT_DIGEST, "" },
  };
  static const guint8 flags[] = { 0, EAR_ACCOUNT_DISABLED, EAR_ACCOUNT_ADMIN,
                                  EAR_ACCOUNT_DISABLED | EAR_ACCOUNT_ADMIN };

  for (guint8 i = G_N_ELEMENTS (flags); i > 0; i--) {
    const char user[] = { (char) ('a' + i - 1), '\0' };
    EarAccount account = make_account (user, NULL, i);

    account.flags = flags[i - 1];
    add (f, &account);
  }
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GPtrArray) list = ear_registry_list (f->registry, rows[i].flags);
    g_autoptr (GString) users = g_string_new (NULL);

    for (guint k = 0; k < list->len; k++)
      g_string_append_printf (users, "%s ", ((EarAccount *) list->pdata[k])->user);
    g_assert_cmpstr (users->str, ==, rows[i].users);
  }
}

/* A name belongs to the first who asks, even before that is durable; nobody logs in before. */
static void
test_pending (Fixture *f, gconstpointer data)
{
  EarAccount first = make_account ("ann", "First", 1);
  EarAccount second = make_account ("ann", "Second", 9);
  g_autoptr (GPtrArray) list = NULL;
  GAsyncResult *result_1 = NULL, *result_2 = NULL, *result_3 = NULL;

  ear_registry_add_async (f->registry, &first, result_cb, &result_1);
  ear_registry_add_async (f->registry, &second, result_cb, &result_2);
  g_assert_null (ear_registry_lookup (f->registry, "ann"));
  list = ear_registry_list (f->registry, 0);
  g_assert_cmpuint (list->len, ==, 0);
  ear_registry_update_async (f->registry, &second, result_cb, &result_3);
  assert_result (f, &result_2, EAR_ERROR_NAME_TAKEN);
  assert_result (f, &result_3, EAR_ERROR_UNKNOWN_USER);
  assert_result (f, &result_1, -1);
  assert_account (f, &first);
  ear_registry_add_async (f->registry, &second, result_cb, &result_2);
  assert_result (f, &result_2, EAR_ERROR_NAME_TAKEN);
  close_registry (f);
  open_registry (f);
  g_assert_cmpuint (ear_registry_get_n_accounts (f->registry), ==, 1);
  assert_account (f, &first);
}

static void
test_bad_keys (Fixture *f, gconstpointer data)
{
  EarAccount accounts[4];

  for (guint i = 0; i < G_N_ELEMENTS (accounts); i++)
    accounts[i] = make_account ("ann", NULL, 1);
  accounts[0].keys.iterations = ITERATIONS - 1;
  accounts[1].keys.iterations = ITERATIONS + 1;
  memset (accounts[2].keys.stored_key, 0, EAR_SCRAM_KEY_SIZE);
  memset (accounts[3].keys.server_key, 0, EAR_SCRAM_KEY_SIZE);
  for (guint i = 0; i < G_N_ELEMENTS (accounts); i++) {
    GAsyncResult *result = NULL;

    ear_registry_add_async (f->registry, &accounts[i], result_cb, &result);
    assert_result (f, &result, EAR_ERROR_BAD_KEYS);
    g_assert_cmpuint (ear_registry_get_n_accounts (f->registry), ==, 0);
  }
  assert_file (f->directory, "users.csv", HEADER, strlen (HEADER));

  accounts[0] = make_account ("ann", NULL, 1);
  add (f, &accounts[0]);
  for (guint i = 1; i < G_N_ELEMENTS (accounts); i++) {
    GAsyncResult *result = NULL;

    ear_registry_update_async (f->registry, &accounts[i], result_cb, &result);
    assert_result (f, &result, EAR_ERROR_BAD_KEYS);
    assert_account (f, &accounts[0]);
  }
}

static void
test_change (Fixture *f, gconstpointer data)
{
  EarAccount ann = make_account ("ann", "Ann", 1);
  EarAccount bob = make_account ("bob", "Bob", 2);
  EarAccount cyd = make_account ("cyd", "Cyd", 3);
  GAsyncResult *result_1 = NULL, *result_2 = NULL, *result_3 = NULL, *result_4 = NULL;

  add (f, &ann);
  add (f, &bob);
  /* All at once: two rewritings, and a row between them. */
  ann.flags = EAR_ACCOUNT_DISABLED;
  ear_registry_update_async (f->registry, &ann, result_cb, &result_1);
  ear_registry_remove_async (f->registry, "bob", result_cb, &result_2);
  ear_registry_add_async (f->registry, &cyd, result_cb, &result_3);
  g_strlcpy (ann.name, "Annabel", sizeof ann.name);
  ear_registry_update_async (f->registry, &ann, result_cb, &result_4);
  assert_result (f, &result_1, -1);
  assert_result (f, &result_2, -1);
  assert_result (f, &result_3, -1);
  assert_result (f, &result_4, -1);
  ear_registry_update_async (f->registry, &bob, result_cb, &result_1);
  ear_registry_remove_async (f->registry, "bob", result_cb, &result_2);
  assert_result (f, &result_1, EAR_ERROR_UNKNOWN_USER);
  assert_result (f, &result_2, EAR_ERROR_UNKNOWN_USER);
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpuint (ear_registry_get_n_accounts (f->registry), ==, 2);
    assert_account (f, &ann);
    assert_account (f, &cyd);
    g_assert_null (ear_registry_lookup (f->registry, "bob"));
    close_registry (f);
    open_registry (f);
    g_assert_cmpuint (ear_registry_get_n_rejected (f->registry), ==, 0);
  }
  /* The name is free again. */
  bob.keys.salt[0]++;
  add (f, &bob);
  close_registry (f);
  open_registry (f);
  assert_account (f, &bob);
}

/* Nobody takes the name of an account that may still come back. */
static void
test_remove_and_add (Fixture *f, gconstpointer data)
{
  EarAccount old = make_account ("ann", "Old", 1);
  EarAccount new = make_account ("ann", "New", 2);
  GAsyncResult *result_1 = NULL, *result_2 = NULL;

  add (f, &old);
  ear_registry_remove_async (f->registry, "ann", result_cb, &result_1);
  g_assert_null (ear_registry_lookup (f->registry, "ann"));
  ear_registry_add_async (f->registry, &new, result_cb, &result_2);
  assert_result (f, &result_2, EAR_ERROR_NAME_TAKEN);
  assert_result (f, &result_1, -1);
  add (f, &new);
  assert_account (f, &new);
}

static void
changed_cb (EarRegistry *registry, const char *user, gpointer user_data)
{
  const EarAccount *account = ear_registry_lookup (registry, user);

  g_string_append_printf (user_data, "%s %s;", user, account != NULL ? account->name : "-");
}

/* What cannot be made durable did not happen, and whoever follows the accounts sees it again. */
static void
test_full (Fixture *f, gconstpointer data)
{
  EarAccount ann = make_account ("ann", "Ann", 1);
  EarAccount bob = make_account ("bob", "Bob", 2);
  EarAccount changed = ann;
  g_autoptr (GBytes) before = NULL;
  g_autoptr (GString) changes = g_string_new (NULL);
  GAsyncResult *result_1 = NULL, *result_2 = NULL, *result_3 = NULL;

  add (f, &ann);
  g_signal_connect (f->registry, "changed", G_CALLBACK (changed_cb), changes);
  before = read_file (f->directory, "users.csv");

  set_size_limit (g_bytes_get_size (before) + 5);
  g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*cannot be written*");
  ear_registry_add_async (f->registry, &bob, result_cb, &result_1);
  assert_result (f, &result_1, EAR_ERROR_READ_ONLY);
  g_test_assert_expected_messages ();
  g_assert_null (ear_registry_lookup (f->registry, "bob"));
  g_assert_cmpuint (ear_registry_get_n_accounts (f->registry), ==, 1);

  set_size_limit (5);
  g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*cannot be rewritten*");
  g_strlcpy (changed.name, "Annabel", sizeof changed.name);
  ear_registry_update_async (f->registry, &changed, result_cb, &result_1);
  changed.flags = EAR_ACCOUNT_ADMIN;
  ear_registry_update_async (f->registry, &changed, result_cb, &result_2);
  ear_registry_remove_async (f->registry, "ann", result_cb, &result_3);
  assert_result (f, &result_1, EAR_ERROR_READ_ONLY);
  assert_result (f, &result_2, EAR_ERROR_READ_ONLY);
  assert_result (f, &result_3, EAR_ERROR_READ_ONLY);
  g_test_assert_expected_messages ();
  assert_account (f, &ann);
  g_assert_cmpstr (changes->str, ==, "ann Ann;ann Ann;ann Ann;");
  set_size_limit (RLIM_INFINITY);
  assert_file (f->directory, "users.csv", g_bytes_get_data (before, NULL),
               g_bytes_get_size (before));

  add (f, &bob);
  close_registry (f);
  open_registry (f);
  assert_account (f, &ann);
  assert_account (f, &bob);
  g_assert_cmpuint (ear_registry_get_n_rejected (f->registry), ==, 0);
}

/* -- Hostile files -- */

static void
reopen_with (Fixture *f, const char *data, gsize size)
{
  g_autofree char *rejected = g_build_filename (f->directory, "users.csv.rejected", NULL);

  close_registry (f);
  g_remove (rejected);
  write_file (f->directory, "users.csv", data, size);
  open_registry (f);
}

/* The file is as if it had never been anything else. */
static void
assert_settled (Fixture *f)
{
  guint n_accounts = ear_registry_get_n_accounts (f->registry);

  assert_private (f->directory, "users.csv");
  close_registry (f);
  open_registry (f);
  g_assert_cmpuint (ear_registry_get_n_accounts (f->registry), ==, n_accounts);
  g_assert_cmpuint (ear_registry_get_n_rejected (f->registry), ==, 0);
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
      reopen_with (f, j == 0 ? text : crlf, strlen (j == 0 ? text : crlf));
      g_assert_cmpuint (ear_registry_get_n_accounts (f->registry), ==, 2);
      /* A header that is not on the first line is no account. */
      g_assert_cmpuint (ear_registry_get_n_rejected (f->registry), ==, i == 4 ? 1 : 0);
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

  reopen_with (f, file->str, file->len);
  g_assert_cmpuint (ear_registry_get_n_accounts (f->registry), ==, 2);
  g_assert_cmpuint (ear_registry_get_n_rejected (f->registry), ==, 1);
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
    "ann,Another," SALT ",4096," KEY "," KEY ",1,admin",
    "\"",
    "\"\"",
    "\"\"\"",
    "\r,\r,",
    "user,name,salt,iterations,stored_key,server_key,created,flags",
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    assert_rejected (f, rows[i], strlen (rows[i]));
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
    reopen_with (f, file->str, file->len);
    assert_account (f, &ann);
    if (cut == size) {
      assert_account (f, &bob);
    } else {
      g_assert_cmpuint (ear_registry_get_n_accounts (f->registry), ==, 1);
      g_assert_cmpuint (ear_registry_get_n_rejected (f->registry), ==, cut > 0 ? 1 : 0);
    }
    if (cut > 0 && cut < size) {
      g_string_append_c (torn, '\n');
      assert_file (f->directory, "users.csv.rejected", torn->str, torn->len);
    }
    assert_settled (f);
    assert_account (f, &ann);
  }
  /* The next row stands on a line of its own. */
  reopen_with (f, row_1, strlen (row_1) - 1);
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
  g_assert_null (ear_registry_new (f->directory, ITERATIONS, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (error->domain, ==, G_FILE_ERROR);
  assert_file (f->directory, "users.csv", file, strlen (file));
  g_assert_cmpint (g_rmdir (rejected), ==, 0);
  open_registry (f);
}

static void
test_empty (Fixture *f, gconstpointer data)
{
  static const char *const files[] = { "", "\n", "\r\n", "\xef\xbb\xbf", HEADER };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    reopen_with (f, files[i], strlen (files[i]));
    g_assert_cmpuint (ear_registry_get_n_accounts (f->registry), ==, 0);
    g_assert_cmpuint (ear_registry_get_n_rejected (f->registry), ==, 0);
    g_assert_null (ear_registry_lookup (f->registry, ""));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add ("/registry/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("add", test_add);
  ADD ("list", test_list);
  ADD ("pending", test_pending);
  ADD ("bad-keys", test_bad_keys);
  ADD ("change", test_change);
  ADD ("remove-and-add", test_remove_and_add);
  ADD ("full", test_full);
  ADD ("rows", test_rows);
  ADD ("bad-rows", test_bad_rows);
  ADD ("binary-rows", test_binary_rows);
  ADD ("torn", test_torn);
  ADD ("not-kept-aside", test_not_kept_aside);
  ADD ("empty", test_empty);
#undef ADD
  return g_test_run ();
}
