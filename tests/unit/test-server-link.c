/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "wire/ear-error.h"
#include "wire/ear-server-link.h"

#define FINGERPRINT "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
test_good (void)
{
  static const struct
  {
    const char *text;
    const char *uri;
  } cases[] = {
    { "example.org", "earshot://example.org:4400/" },
    { " Example.ORG:99 ", "earshot://example.org:99/" },
    { "192.0.2.1", "earshot://192.0.2.1:4400/" },
    { "2001:db8::1", "earshot://[2001:db8::1]:4400/" },
    { "[2001:db8::1]:5", "earshot://[2001:db8::1]:5/" },
    { "earshot://example.org", "earshot://example.org:4400/" },
    { "earshot://[::1]:4401/#" FINGERPRINT, "earshot://[::1]:4401/#" FINGERPRINT },
    { "earshot://h:1/?invite=AB-12#" FINGERPRINT, "earshot://h:1/?invite=AB-12#" FINGERPRINT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (EarServerLink) link = ear_server_link_parse (cases[i].text, &error);
    g_autofree char *uri = NULL;

    g_assert_no_error (error);
    uri = ear_server_link_to_uri (link);
    g_assert_cmpstr (uri, ==, cases[i].uri);
  }
}

static void
test_refused (void)
{
  static const char *const cases[] = {
    "",
    " ",
    "example.org:",
    "example.org:0",
    "example.org:65536",
    "example.org:-1",
    "a b",
    "a/b",
    "-a",
    "<b>",
    "ex\xc3\xa4mple",
    "fe80::1%eth0",
    "[example.org]:1",
    "[::1",
    "[::1]x",
    "http://example.org",
    "javascript://example.org",
    "earshot://",
    "earshot:///",
    "earshot://user:pw@example.org",
    "earshot://example.org/path",
    "earshot://example.org:0/",
    "earshot://example.org:70000/",
    "earshot://example.org/?x=1",
    "earshot://example.org/?invite=",
    "earshot://example.org/?invite=a&b=c",
    "earshot://example.org/#12",
    "earshot://example.org/#g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "\xff",
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    g_test_message ("case %u", i);
    g_assert_null (ear_server_link_parse (cases[i], &error));
    g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_LINK);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server-link/good", test_good);
  g_test_add_func ("/server-link/refused", test_refused);
  return g_test_run ();
}
