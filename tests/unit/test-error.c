/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The table of errors: whole, unambiguous, and the one of docs/protocol.md. */

#include "wire/ear-error.h"

#include <string.h>

static void
test_codes (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < EAR_N_ERRORS; i++) {
    const char *code = ear_error_get_code ((EarError) i);
    g_autoptr (GError) error = ear_error_new ((EarError) i);

    g_assert_error (error, EAR_ERROR, (int) i);
    g_assert_cmpstr (error->message, ==, ear_error_get_text ((EarError) i));
    g_assert_cmpint (error->message[0], !=, '\0');
    g_assert_false (g_str_has_suffix (error->message, "."));
    if (code == NULL)
      continue;
    g_assert_true (g_hash_table_add (seen, (gpointer) code));
    g_assert_cmpint (ear_error_from_code (code), ==, i);
  }
}

/* A newer server may say what we do not know yet. */
static void
test_unknown (void)
{
  static const char *const codes[] = { "", "Bad-Message", "bad-message ", "closed", "quota" };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    g_assert_cmpint (ear_error_from_code (codes[i]), ==, EAR_ERROR_INTERNAL);
  g_assert_cmpint (ear_error_from_code (NULL), ==, EAR_ERROR_INTERNAL);
}

/* Section 6 lists each code, and no other. */
static void
test_documented (void)
{
  g_autofree char *path =
    g_test_build_filename (G_TEST_DIST, "..", "..", "docs", "protocol.md", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  const char *section;
  guint n_documented = 0, n_known = 0;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  section = strstr (text, "\n## 6. Codes\n");
  g_assert_nonnull (section);
  for (guint i = 0; i < EAR_N_ERRORS; i++) {
    const char *code = ear_error_get_code ((EarError) i);
    g_autofree char *row = code != NULL ? g_strdup_printf ("\n| `%s` | ", code) : NULL;

    if (code == NULL)
      continue;
    g_test_message ("%s", code);
    g_assert_nonnull (strstr (section, row));
    n_known++;
  }
  while ((section = strstr (section, "\n| `")) != NULL) {
    n_documented++;
    section++;
  }
  g_assert_cmpuint (n_documented, ==, n_known);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/codes", test_codes);
  g_test_add_func ("/error/unknown", test_unknown);
  g_test_add_func ("/error/documented", test_documented);
  return g_test_run ();
}
