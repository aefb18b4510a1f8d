/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarStrength: what is said of a password, also of many at once, as who types fast asks. */

#include "gui/ear-strength.h"

static const struct
{
  const char *password;
  const char *user;
  int least;
  int most;
} cases[] = {
  { "password", NULL, 1, 1 },
  { "alice-alice-alice", "alice", 1, 1 },
  { "correct horse battery staple", NULL, 3, 4 },
  { "q7#Vw!2kZ@9mXr$4", "alice", 3, 4 },
};

typedef struct
{
  guint i;
  guint *n_left;
} Asked;

static void
measured_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Asked *asked = user_data;
  g_autoptr (GError) error = NULL;
  EarStrength *strength = ear_strength_measure_finish (result, &error);

  g_assert_no_error (error);
  g_assert_cmpint (strength->level, >=, cases[asked->i].least);
  g_assert_cmpint (strength->level, <=, cases[asked->i].most);
  g_assert_cmpuint (strlen (strength->text), >, 0);
  ear_strength_free (strength);
  (*asked->n_left)--;
}

static void
measure (guint i, guint *n_left)
{
  Asked *asked = g_new0 (Asked, 1);

  asked->i = i;
  asked->n_left = n_left;
  (*n_left)++;
  ear_strength_measure_async (cases[i].password, cases[i].user, NULL, measured_cb, asked);
}

static void
test_levels (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint n_left = 0;

    measure (i, &n_left);
    while (n_left > 0)
      g_main_context_iteration (NULL, TRUE);
  }
}

static void
test_many_at_once (void)
{
  guint n_left = 0;

  for (guint i = 0; i < 100 * G_N_ELEMENTS (cases); i++)
    measure (i % G_N_ELEMENTS (cases), &n_left);
  while (n_left > 0)
    g_main_context_iteration (NULL, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/strength/levels", test_levels);
  g_test_add_func ("/strength/many-at-once", test_many_at_once);
  return g_test_run ();
}
