/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarRegistry: adding, changing and removing accounts, and over restarts. */

#include "registry-fixture.h"

static void
update (Fixture *f, const char *user, const EarAccountChange *what)
{
  GAsyncResult *result = NULL;

  ear_registry_update_async (f->registry, user, what, result_cb, &result);
  assert_result (f, &result, -1);
}

static void
remove_user (Fixture *f, const char *user)
{
  GAsyncResult *result = NULL;

  ear_registry_remove_async (f->registry, user, result_cb, &result);
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
  ear_registry_update_async (f->registry, "ann", &(EarAccountChange){ .name = "Third" }, result_cb,
                             &result_3);
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

    ear_registry_update_async (f->registry, "ann", &(EarAccountChange){ .keys = &accounts[i].keys },
                               result_cb, &result);
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
  /* All at once. */
  ann.flags = EAR_ACCOUNT_DISABLED;
  ear_registry_update_async (f->registry, "ann", &(EarAccountChange){ .set = EAR_ACCOUNT_DISABLED },
                             result_cb, &result_1);
  ear_registry_remove_async (f->registry, "bob", result_cb, &result_2);
  ear_registry_add_async (f->registry, &cyd, result_cb, &result_3);
  g_strlcpy (ann.name, "Annabel", sizeof ann.name);
  ear_registry_update_async (f->registry, "ann", &(EarAccountChange){ .name = "Annabel" },
                             result_cb, &result_4);
  assert_result (f, &result_1, -1);
  assert_result (f, &result_2, -1);
  assert_result (f, &result_3, -1);
  assert_result (f, &result_4, -1);
  ear_registry_update_async (f->registry, "bob", &(EarAccountChange){ .name = "Bo" }, result_cb,
                             &result_1);
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
  EarAccount foreseen;
  GAsyncResult *result_1 = NULL, *result_2 = NULL;

  add (f, &old);
  ear_registry_remove_async (f->registry, "ann", result_cb, &result_1);
  assert_account (f, &old);
  g_assert_false (ear_registry_foresee (f->registry, "ann", &foreseen));
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

/* What cannot be made durable did not happen. */
static void
test_full (Fixture *f, gconstpointer data)
{
  EarAccount ann = make_account ("ann", "Ann", 1);
  EarAccount bob = make_account ("bob", "Bob", 2);
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

  for (guint i = 0; i < 3; i++)
    g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*cannot be written*");
  ear_registry_update_async (f->registry, "ann", &(EarAccountChange){ .name = "Annabel" },
                             result_cb, &result_1);
  ear_registry_update_async (f->registry, "ann", &(EarAccountChange){ .set = EAR_ACCOUNT_ADMIN },
                             result_cb, &result_2);
  ear_registry_remove_async (f->registry, "ann", result_cb, &result_3);
  assert_result (f, &result_1, EAR_ERROR_READ_ONLY);
  assert_result (f, &result_2, EAR_ERROR_READ_ONLY);
  assert_result (f, &result_3, EAR_ERROR_READ_ONLY);
  g_test_assert_expected_messages ();
  assert_account (f, &ann);
  g_assert_cmpstr (changes->str, ==, "");
  set_size_limit (RLIM_INFINITY);
  assert_file (f->directory, "users.csv", g_bytes_get_data (before, NULL),
               g_bytes_get_size (before));

  add (f, &bob);
  update (f, "ann", &(EarAccountChange){ .name = "Annabel" });
  g_strlcpy (ann.name, "Annabel", sizeof ann.name);
  g_assert_cmpstr (changes->str, ==, "ann Annabel;");
  close_registry (f);
  open_registry (f);
  assert_account (f, &ann);
  assert_account (f, &bob);
}

/* -- The log -- */

static char *
dup_file (Fixture *f)
{
  g_autoptr (GBytes) file = read_file (f->directory, "users.csv");

  return g_strndup (g_bytes_get_data (file, NULL), g_bytes_get_size (file));
}

static gboolean
holds (Fixture *f, const char *text)
{
  g_autofree char *file = dup_file (f);

  return strstr (file, text) != NULL;
}

/* Whatever is asked for adds to the file; the last row counts. */
static void
test_log (Fixture *f, gconstpointer data)
{
  EarAccount ann = make_account ("ann", "Ann", 1);
  EarAccount bob = make_account ("bob", "Bob", 2);
  g_autoptr (GString) expected = g_string_new (HEADER);

  add (f, &ann);
  ear_registry_csv_append_row (expected, &ann);
  add (f, &bob);
  ear_registry_csv_append_row (expected, &bob);
  update (f, "ann", &(EarAccountChange){ .name = "Annabel", .set = EAR_ACCOUNT_ADMIN });
  g_strlcpy (ann.name, "Annabel", sizeof ann.name);
  ann.flags = EAR_ACCOUNT_ADMIN;
  ear_registry_csv_append_row (expected, &ann);
  remove_user (f, "bob");
  g_string_append (expected, "bob,,,,,,,removed\n");
  bob.created++;
  add (f, &bob);
  ear_registry_csv_append_row (expected, &bob);
  remove_user (f, "ann");
  g_string_append (expected, "ann,,,,,,,removed\n");
  assert_file (f->directory, "users.csv", expected->str, expected->len);
  g_string_append (expected, "eve,,,,,,,removed\n");
  reopen_with (f, expected->str, expected->len, 0);
  g_assert_cmpuint (ear_registry_get_n_accounts (f->registry), ==, 1);
  assert_account (f, &bob);
}

/* What opened an account leaves the disk within a minute, or when the server ends. */
static void
test_old_keys (Fixture *f, gconstpointer data)
{
  EarAccount ann = make_account ("ann", "Ann", 1);
  EarAccount bob = make_account ("bob", "Bob", 2);
  EarAccount old;

  for (guint8 i = 0; i < 6; i++) {
    g_autofree char *row = NULL;
    EarScramKeys keys = make_account ("ann", NULL, (guint8) (i + 10)).keys;

    if (ear_registry_lookup (f->registry, "ann") == NULL)
      add (f, &ann);
    if (ear_registry_lookup (f->registry, "bob") == NULL)
      add (f, &bob);
    old = *ear_registry_lookup (f->registry, "ann");
    row = make_row (&old);
    if (i % 2 == 0)
      update (f, "ann", &(EarAccountChange){ .keys = &keys });
    else
      remove_user (f, "ann");
    g_assert_true (holds (f, row));
    if (i < 2) {
      ear_clock_advance (f->clock, 61 * G_USEC_PER_SEC);
      wait_until (!holds (f, row));
    } else if (i < 4) {
      close_registry (f);
      open_registry (f);
    } else { /* a server that was killed */
      g_autofree char *file = dup_file (f);

      reopen_with (f, file, strlen (file), 0);
      ear_clock_advance (f->clock, 61 * G_USEC_PER_SEC);
      wait_until (!holds (f, row));
    }
    g_assert_false (holds (f, row));
    g_assert_false (holds (f, "removed"));
    assert_account (f, &bob);
    assert_private (f->directory, "users.csv");
  }
}

/* More dead rows than live ones and a thousand: they go at once, while others come. */
static void
test_compaction (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) file = g_string_new (HEADER);
  EarAccount accounts[100];
  GAsyncResult *results[100] = { NULL };

  for (guint i = 0; i < 1100; i++) {
    g_autofree char *name = g_strdup_printf ("Ann %u", i);
    EarAccount ann = make_account ("ann", name, 1);

    ear_registry_csv_append_row (file, &ann);
    g_string_append (file, "bob,,,,,,,removed\n");
  }
  reopen_with (f, file->str, file->len, 0);
  update (f, "ann", &(EarAccountChange){ .name = "At last" });
  for (guint i = 0; i < G_N_ELEMENTS (accounts); i++) {
    g_autofree char *user = g_strdup_printf ("user%u", i);

    accounts[i] = make_account (user, NULL, (guint8) i);
    ear_registry_add_async (f->registry, &accounts[i], result_cb, &results[i]);
  }
  for (guint i = 0; i < G_N_ELEMENTS (accounts); i++)
    assert_result (f, &results[i], -1);
  wait_until (!holds (f, "Ann 1099"));
  g_assert_false (holds (f, "bob"));
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpuint (ear_registry_get_n_accounts (f->registry), ==, 101);
    for (guint k = 0; k < G_N_ELEMENTS (accounts); k++)
      assert_account (f, &accounts[k]);
    g_assert_cmpstr (ear_registry_lookup (f->registry, "ann")->name, ==, "At last");
    close_registry (f);
    open_registry (f);
  }
}

/* What cannot be made compact is whole, and is tried again. */
static void
test_compaction_fails (Fixture *f, gconstpointer data)
{
  EarAccount ann = make_account ("ann", "Ann", 1);
  EarScramKeys keys = make_account ("ann", NULL, 2).keys;
  g_autofree char *row = make_row (&ann);
  g_autofree char *taken = g_build_filename (f->directory, "users.csv.new", NULL);

  add (f, &ann);
  update (f, "ann", &(EarAccountChange){ .keys = &keys });
  ann.keys = keys;
  g_assert_cmpint (g_mkdir (taken, 0700), ==, 0);
  g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*users.csv: cannot be rewritten*");
  close_registry (f);
  g_test_assert_expected_messages ();
  g_assert_true (holds (f, row));
  g_assert_cmpint (g_rmdir (taken), ==, 0);
  open_registry (f);
  assert_account (f, &ann);
  ear_clock_advance (f->clock, 61 * G_USEC_PER_SEC);
  wait_until (!holds (f, row));
  assert_account (f, &ann);
}

static GMutex new_file; /* held: no new file is synced */

int __real_fdatasync (int fd);
int __wrap_fdatasync (int fd);

int
__wrap_fdatasync (int fd)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autofree char *path = g_file_read_link (link, NULL);

  if (g_str_has_suffix (path, ".new")) {
    g_mutex_lock (&new_file);
    g_mutex_unlock (&new_file);
  }
  return __real_fdatasync (fd);
}

/* A password changes while a compaction is under way, and the server ends. */
static void
test_compaction_twice (Fixture *f, gconstpointer data)
{
  EarAccount ann = make_account ("ann", "Ann", 1);
  EarAccount bob = make_account ("bob", "Bob", 2);
  EarScramKeys keys = make_account ("ann", NULL, 3).keys;
  g_autofree char *row = make_row (&ann);

  add (f, &ann);
  add (f, &bob);
  remove_user (f, "bob");
  g_mutex_lock (&new_file);
  ear_clock_advance (f->clock, 61 * G_USEC_PER_SEC);
  update (f, "ann", &(EarAccountChange){ .keys = &keys });
  g_mutex_unlock (&new_file);
  close_registry (f);
  g_assert_false (holds (f, row));
  g_assert_false (holds (f, "bob"));
  open_registry (f);
  ann.keys = keys;
  assert_account (f, &ann);
}

/* A password changes in the server's last moment. */
static void
test_compaction_last (Fixture *f, gconstpointer data)
{
  EarAccount ann = make_account ("ann", "Ann", 1);
  EarScramKeys keys = make_account ("ann", NULL, 3).keys;
  g_autofree char *row = make_row (&ann);

  add (f, &ann);
  ear_registry_update_async (f->registry, "ann", &(EarAccountChange){ .keys = &keys }, NULL, NULL);
  close_registry (f);
  g_assert_false (holds (f, row));
  open_registry (f);
  ann.keys = keys;
  assert_account (f, &ann);
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
  ADD ("log", test_log);
  ADD ("old-keys", test_old_keys);
  ADD ("compaction", test_compaction);
  ADD ("compaction/fails", test_compaction_fails);
  ADD ("compaction/twice", test_compaction_twice);
  ADD ("compaction/last", test_compaction_last);
#undef ADD
  return g_test_run ();
}
