/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarPolicy: kept over a restart, strict when the file is damaged. */

#include "server/ear-policy.h"

#include <string.h>

#include "server/ear-registry.h"
#include "store-fixture.h"
#include "wire/ear-message.h"

static void
count_cb (EarPolicy *policy, gpointer user_data)
{
  (*(guint *) user_data)++;
}

static EarPolicy *
open_policy (const char *directory)
{
  g_autoptr (GError) error = NULL;
  EarPolicy *policy = ear_policy_new (directory, &error);

  g_assert_no_error (error);
  return policy;
}

static void
close_policy (EarPolicy *policy)
{
  ear_policy_close (policy);
  g_assert_finalize_object (policy);
}

static void
set (EarPolicy *policy, const char *who)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ear_policy_set_broadcasters_async (policy, who, result_cb, &result);
  wait_until (result != NULL);
  g_assert_true (ear_policy_finish (policy, result, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (ear_policy_get_broadcasters (policy), ==, who);
}

static void
test_set (void)
{
  char *directory = make_directory ();
  EarPolicy *policy = open_policy (directory);
  const EarAccount plain = { .flags = EAR_ACCOUNT_DIGEST };
  const EarAccount admin = { .flags = EAR_ACCOUNT_ADMIN };
  guint n_changes = 0;

  g_signal_connect (policy, "changed", G_CALLBACK (count_cb), &n_changes);
  g_assert_cmpstr (ear_policy_get_broadcasters (policy), ==, EAR_EVERYBODY);
  g_assert_true (ear_policy_lets_broadcast (policy, &plain));
  g_assert_false (ear_policy_lets_broadcast (policy, NULL));
  set (policy, EAR_ADMINS_ONLY);
  set (policy, EAR_ADMINS_ONLY);
  g_assert_cmpuint (n_changes, ==, 1);
  g_assert_false (ear_policy_lets_broadcast (policy, &plain));
  g_assert_true (ear_policy_lets_broadcast (policy, &admin));
  assert_private (directory, "policy");
  close_policy (policy);

  policy = open_policy (directory);
  g_assert_cmpstr (ear_policy_get_broadcasters (policy), ==, EAR_ADMINS_ONLY);
  set (policy, EAR_EVERYBODY);
  close_policy (policy);
  policy = open_policy (directory);
  g_assert_cmpstr (ear_policy_get_broadcasters (policy), ==, EAR_EVERYBODY);
  close_policy (policy);
  remove_directory (directory);
}

static void
test_damaged (void)
{
  static const char *const files[] = { "broadcast=nobody\n", "broadcast=everybody", "\n", "\xff",
                                       "broadcast=everybody\nbroadcast=everybody\n" };
  char *directory = make_directory ();

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    EarPolicy *policy;

    write_file (directory, "policy", files[i], strlen (files[i]));
    g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*not understood*");
    policy = open_policy (directory);
    g_test_assert_expected_messages ();
    g_assert_cmpstr (ear_policy_get_broadcasters (policy), ==, EAR_ADMINS_ONLY);
    close_policy (policy);
  }
  remove_directory (directory);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/policy/set", test_set);
  g_test_add_func ("/policy/damaged", test_damaged);
  return g_test_run ();
}
