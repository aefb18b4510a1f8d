/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The caps on JSON, each at its edge and by its own reason: a line that breaks another rule, too,
 * would be refused without them. */

#include <string.h>

#include "wire/ear-error.h"
#include "wire/ear-json.h"
#include "wire/ear-limits.h"

static void
assert_loaded (const char *line)
{
  g_autoptr (GError) error = NULL;
  json_t *root = ear_json_load (line, strlen (line), &error);

  g_assert_no_error (error);
  g_assert_true (json_is_object (root));
  json_decref (root);
}

static void
assert_refused (const char *line, const char *why)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ear_json_load (line, strlen (line), &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_MESSAGE);
  g_assert_true (g_str_has_suffix (error->message, why));
}

/* An object and arrays in it. */
static char *
dup_deep (guint depth)
{
  g_autofree char *open = g_strnfill (depth - 1, '[');
  g_autofree char *close = g_strnfill (depth - 1, ']');

  return g_strdup_printf ("{\"a\":%s%s}", open, close);
}

static void
test_depth (void)
{
  g_autofree char *allowed = dup_deep (EAR_LIMIT_JSON_DEPTH);
  g_autofree char *arrays = dup_deep (EAR_LIMIT_JSON_DEPTH + 1);

  assert_loaded (allowed);
  assert_refused (arrays, "too deep");
  assert_loaded ("{\"a\":{\"b\":{\"c\":{}}}}");
  assert_refused ("{\"a\":{\"b\":{\"c\":{\"d\":{}}}}}", "too deep");
  /* How many stand beside each other, or in a string, does not count. */
  assert_loaded ("{\"a\":[[[]],[[]],[[]]],\"b\":\"[[[[[[[[{{{{\",\"c\":\"\\\"[[[[[[[[\"}");
}

static char *
dup_wide (guint n)
{
  GString *line = g_string_new ("{\"m0\":0");

  for (guint i = 1; i < n; i++)
    g_string_append_printf (line, ",\"m%u\":0", i);
  g_string_append_c (line, '}');
  return g_string_free (line, FALSE);
}

static void
test_members (void)
{
  g_autofree char *allowed = dup_wide (EAR_LIMIT_JSON_MEMBERS);
  g_autofree char *refused = dup_wide (EAR_LIMIT_JSON_MEMBERS + 1);
  g_autofree char *two = g_strdup_printf ("{\"a\":[%s,%s]}", allowed, allowed);
  g_autofree char *inner = g_strdup_printf ("{\"a\":[%s]}", refused);

  assert_loaded (allowed);
  assert_refused (refused, "too many members");
  assert_loaded (two);
  assert_refused (inner, "too many members");
}

static void
test_other_reasons (void)
{
  static const char nul[] = "{\"a\":0}\0";
  g_autoptr (GError) error = NULL;

  assert_refused ("]", "brackets do not match");
  assert_refused ("[]", "not an object");
  assert_refused ("{\"a\":0,\"a\":0}", "it cannot be read");
  assert_refused ("{\"a\":\"\\u0000\"}", "it cannot be read");
  assert_refused ("\xef\xbb\xbf{\"a\":0}", "it cannot be read");
  assert_refused ("", "it cannot be read");
  g_assert_null (ear_json_load (nul, sizeof nul, &error));
  g_assert_true (g_str_has_suffix (error->message, "a NUL byte"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/depth", test_depth);
  g_test_add_func ("/json/members", test_members);
  g_test_add_func ("/json/other-reasons", test_other_reasons);
  return g_test_run ();
}
