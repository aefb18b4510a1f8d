/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarInvitations: used once, for a while, and what a stop at any moment leaves. */

#include "server/ear-invitations.h"

#include <string.h>

#include "store-fixture.h"
#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-error.h"

#define ITERATIONS 4096
#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

typedef struct
{
  char *directory;
  char *path;
  EarRegistry *registry;
  EarInvitations *invitations;
} Fixture;

static void
start (Fixture *f)
{
  g_autoptr (EarClock) clock = ear_clock_new_manual (0);
  g_autoptr (EarDeadlines) deadlines = ear_deadlines_new (clock, NULL);
  g_autoptr (GError) error = NULL;

  f->registry = ear_registry_new (f->directory, ITERATIONS, deadlines, &error);
  g_assert_no_error (error);
  f->invitations = ear_invitations_new (f->directory, f->registry, &error);
  g_assert_no_error (error);
}

static void
stop (Fixture *f)
{
  ear_invitations_close (f->invitations);
  g_clear_object (&f->invitations);
  ear_registry_close (f->registry);
  g_clear_object (&f->registry);
}

static void
restart (Fixture *f)
{
  stop (f);
  start (f);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->directory = make_directory ();
  f->path = g_build_filename (f->directory, "invitations.csv", NULL);
  start (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  stop (f);
  g_free (f->path);
  remove_directory (f->directory);
}

static char *
create (Fixture *f, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ear_invitations_create_async (f->invitations, 7, result_cb, &result);
  wait_until (result != NULL);
  return ear_invitations_create_finish (f->invitations, result, error);
}

static gboolean
claim (Fixture *f, const char *code, const char *user, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ear_invitations_claim_async (f->invitations, code, user, result_cb, &result);
  wait_until (result != NULL);
  return ear_invitations_finish (f->invitations, result, error);
}

static void
assert_refused (Fixture *f, const char *code, const char *user, EarError wanted)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (claim (f, code, user, &error));
  g_assert_error (error, EAR_ERROR, (int) wanted);
}

static void
add_account (Fixture *f, const char *user)
{
  EarScramKeys keys = { .iterations = ITERATIONS, .stored_key = { 1 }, .server_key = { 1 } };
  g_autoptr (GAsyncResult) result = NULL;
  EarAccount account;

  g_assert_true (ear_account_init (&account, user, NULL, &keys));
  ear_registry_add_async (f->registry, &account, result_cb, &result);
  wait_until (result != NULL);
  g_assert_true (ear_registry_finish (f->registry, result, NULL));
}

static void
test_once (Fixture *f, gconstpointer data)
{
  g_autofree char *code = create (f, NULL);
  g_autofree char *other = create (f, NULL);

  g_assert_cmpuint (strlen (code), ==, 26);
  g_assert_cmpstr (code, !=, other);
  g_assert_true (claim (f, code, "bob", NULL));
  assert_refused (f, code, "carol", EAR_ERROR_INVITE_USED);
  add_account (f, "bob");
  ear_invitations_settle (f->invitations, code, TRUE);
  assert_refused (f, code, "carol", EAR_ERROR_INVITE_USED);
  restart (f);
  assert_refused (f, code, "carol", EAR_ERROR_INVITE_USED);
  g_assert_true (claim (f, other, "carol", NULL));
}

static void
test_unknown (Fixture *f, gconstpointer data)
{
  g_autofree char *code = create (f, NULL);
  static const char *const bad[] = { "", "x", "open", DIGEST, "\n", "," };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_refused (f, bad[i], "bob", EAR_ERROR_UNKNOWN_INVITE);
  code[0] ^= 1;
  assert_refused (f, code, "bob", EAR_ERROR_UNKNOWN_INVITE);
}

/* A sign-up that fails takes nothing from the one who was invited. */
static void
test_failed (Fixture *f, gconstpointer data)
{
  g_autofree char *code = create (f, NULL);

  g_assert_true (claim (f, code, "bob", NULL));
  ear_invitations_settle (f->invitations, code, FALSE);
  g_assert_true (claim (f, code, "bobby", NULL));
  add_account (f, "bobby");
  ear_invitations_settle (f->invitations, code, TRUE);
  assert_refused (f, code, "bob", EAR_ERROR_INVITE_USED);
}

static void
test_name_taken (Fixture *f, gconstpointer data)
{
  g_autofree char *code = create (f, NULL);
  g_autofree char *other = create (f, NULL);

  add_account (f, "bob");
  assert_refused (f, code, "bob", EAR_ERROR_NAME_TAKEN);
  g_assert_true (claim (f, code, "carol", NULL));
  assert_refused (f, other, "carol", EAR_ERROR_NAME_TAKEN);
}

/* Stopped between the claim and its end: the account decides. */
static void
test_stopped (Fixture *f, gconstpointer data)
{
  g_autofree char *made = create (f, NULL);
  g_autofree char *lost = create (f, NULL);

  g_assert_true (claim (f, made, "bob", NULL));
  add_account (f, "bob");
  g_assert_true (claim (f, lost, "carol", NULL));
  restart (f);
  assert_refused (f, made, "dave", EAR_ERROR_INVITE_USED);
  g_assert_true (claim (f, lost, "carol", NULL));
}

static void
test_expired (Fixture *f, gconstpointer data)
{
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "old", -1);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  g_autofree char *file = g_strdup_printf ("%s,%" G_GINT64_FORMAT ",open,\n", digest, now - 1);
  g_autofree char *list = NULL;

  stop (f);
  g_assert_true (g_file_set_contents (f->path, file, -1, NULL));
  start (f);
  assert_refused (f, "old", "bob", EAR_ERROR_INVITE_EXPIRED);
  list = ear_invitations_dup_list (f->invitations);
  g_assert_nonnull (strstr (list, "expired"));
}

static void
test_long_expired (Fixture *f, gconstpointer data)
{
  g_autofree char *list = NULL;

  stop (f);
  g_assert_true (g_file_set_contents (f->path, DIGEST ",1000,used,bob\n", -1, NULL));
  start (f);
  list = ear_invitations_dup_list (f->invitations);
  g_assert_cmpstr (list, ==, "");
}

static void
test_revoke (Fixture *f, gconstpointer data)
{
  g_autofree char *code = create (f, NULL);
  g_autofree char *list = ear_invitations_dup_list (f->invitations);
  g_autofree char *id = g_strndup (list, 8);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) again = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (strstr (list, code));
  ear_invitations_revoke_async (f->invitations, id, result_cb, &result);
  wait_until (result != NULL);
  g_assert_true (ear_invitations_finish (f->invitations, result, NULL));
  assert_refused (f, code, "bob", EAR_ERROR_UNKNOWN_INVITE);
  ear_invitations_revoke_async (f->invitations, id, result_cb, &again);
  wait_until (again != NULL);
  g_assert_false (ear_invitations_finish (f->invitations, again, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_UNKNOWN_INVITE);
}

/* What is no row makes no invitation, is kept aside, and harms no other. */
static void
test_bad_rows (Fixture *f, gconstpointer data)
{
  g_autofree char *code = create (f, NULL);
  g_autofree char *good = NULL;
  g_autofree char *file = NULL;
  g_autofree char *list = NULL;
  static const char nul[] = DIGEST ",9999999999,open,\0\n";
  g_autoptr (GString) all = g_string_new_len (nul, sizeof nul - 1);
  g_autoptr (GBytes) aside = NULL;
  g_auto (GStrv) lines = NULL;

  stop (f);
  g_assert_true (g_file_get_contents (f->path, &good, NULL, NULL));
  file = g_strconcat (",,,\n", DIGEST ",-1,open,\n", DIGEST ",9999999999,opened,\n",
                      DIGEST ",9999999999,claimed,\n", DIGEST ",9999999999,open,../x\n",
                      DIGEST ",9999999999,open,,\n", "x" DIGEST ",9999999999,open,\n", good,
                      DIGEST ",9999999999,open,", NULL);
  g_string_append (all, file);
  for (guint i = 0; i < 2; i++) {
    write_file (f->directory, "invitations.csv", all->str, all->len);
    g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*: 9 lines *invitations.csv.rejected");
    start (f);
    g_test_assert_expected_messages ();
    if (i == 0)
      stop (f);
  }
  list = ear_invitations_dup_list (f->invitations);
  lines = g_strsplit (list, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 2);
  g_assert_true (claim (f, code, "bob", NULL));
  /* All of them, both times. */
  aside = read_file (f->directory, "invitations.csv.rejected");
  g_assert_cmpuint (g_bytes_get_size (aside), ==, 2 * (all->len + 1 - strlen (good)));
  g_assert_cmpmem (g_bytes_get_data (aside, NULL), sizeof nul - 1, nul, sizeof nul - 1);
}

static void
test_many (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) file = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  stop (f);
  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (file, "%064x,9999999999,open,\n", i);
  g_assert_true (g_file_set_contents (f->path, file->str, -1, NULL));
  start (f);
  g_assert_null (create (f, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_FULL);
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/invitations/once", test_once);
  ADD ("/invitations/unknown", test_unknown);
  ADD ("/invitations/failed", test_failed);
  ADD ("/invitations/name-taken", test_name_taken);
  ADD ("/invitations/stopped", test_stopped);
  ADD ("/invitations/expired", test_expired);
  ADD ("/invitations/long-expired", test_long_expired);
  ADD ("/invitations/revoke", test_revoke);
  ADD ("/invitations/bad-rows", test_bad_rows);
  ADD ("/invitations/many", test_many);
  return g_test_run ();
}
