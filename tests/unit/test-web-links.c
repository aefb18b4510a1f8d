/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarWebLinks: what is a link, where it ends, and what is none although it looks like one. */

#include "client/ear-web-links.h"

typedef struct
{
  const char *text;
  const char *shown; /* the bytes of the only link; NULL: there is none */
  const char *uri;   /* NULL: the same */
} Case;

static const Case cases[] = {
  { "https://example.org", "https://example.org", NULL },
  { "http://example.org/", "http://example.org/", NULL },
  { "see http://example.org/a?b=c&d=e#f now", "http://example.org/a?b=c&d=e#f", NULL },
  { "HTTPS://Example.ORG/Path", "HTTPS://Example.ORG/Path", "https://example.org/Path" },
  { "http://localhost:8080/x", "http://localhost:8080/x", NULL },
  { "http://192.168.0.1/x", "http://192.168.0.1/x", NULL },
  { "http://[2001:db8::1]:8080/x", "http://[2001:db8::1]:8080/x", NULL },
  { "http://[2001:db8::1]", "http://[2001:db8::1]", NULL },
  { "http://some_host.example", "http://some_host.example", NULL },
  { "https://example.org/@user", "https://example.org/@user", NULL },
  { "https://example.org/a%20b", "https://example.org/a%20b", NULL },
  { "https://example.org:65535", "https://example.org:65535", NULL },
  { "https://example.org/%E9%00", "https://example.org/%E9%00",
    NULL }, /* no UTF-8, and none needed */
  { "a\nhttps://example.org\nb", "https://example.org", NULL },
  { "a\thttps://example.org\tb", "https://example.org", NULL },

  /* Around it */
  { "Look: https://example.org.", "https://example.org", NULL },
  { "https://example.org/a, and", "https://example.org/a", NULL },
  { "https://example.org/a?!", "https://example.org/a", NULL },
  { "https://example.org:", "https://example.org", NULL },
  { "(https://example.org/a)", "https://example.org/a", NULL },
  { "(see https://example.org/a_(b)).", "https://example.org/a_(b)", NULL },
  { "[https://example.org/a]", "https://example.org/a", NULL },
  { "<https://example.org/a>", "https://example.org/a", NULL },
  { "\"https://example.org/a\"", "https://example.org/a", NULL },
  { "*https://example.org/a*", "https://example.org/a", NULL },
  { "\302\253https://example.org/a\302\273", "https://example.org/a", NULL },
  { "\342\200\234https://example.org/a\342\200\235", "https://example.org/a", NULL },
  { "https://example.org/a\342\200\246", "https://example.org/a", NULL },
  { "https://example.org/a/", "https://example.org/a/", NULL },
  { "https://example.org\302\240x", "https://example.org", NULL },

  /* Other scripts */
  { "https://m\303\274nchen.example/\303\274", "https://m\303\274nchen.example/\303\274",
    "https://xn--mnchen-3ya.example/%C3%BC" },
  { "https://\320\260pple.example", /* a Cyrillic a */
    "https://\320\260pple.example", "https://xn--pple-43d.example" },

  /* No links */
  { "", NULL, NULL },
  { "nothing here", NULL, NULL },
  { "www.example.org", NULL, NULL },
  { "ftp://example.org", NULL, NULL },
  { "javascript:alert(1)", NULL, NULL },
  { "smb://example.org/share", NULL, NULL },
  { "<a href=\"javascript:alert(1)\">y</a>", NULL, NULL },
  { "[y](x)", NULL, NULL },
  { "file:///etc/passwd", NULL, NULL },
  { "xhttp://example.org", NULL, NULL },
  { "http://", NULL, NULL },
  { "http:///path", NULL, NULL },
  { "http://.", NULL, NULL },
  { "http://?x", NULL, NULL },
  { "http://-example.org", NULL, NULL },
  { "http://exa..mple.org", NULL, NULL },
  { "http://exam%70le.org", NULL, NULL },
  { "http://exam!ple.org", NULL, NULL },
  { "https://bank.example@evil.example/", NULL, NULL },
  { "https://user:secret@example.org/", NULL, NULL },
  { "https://good.example\\@evil.example", NULL, NULL },
  { "https://example.org:0/", NULL, NULL },
  { "https://example.org:65536/", NULL, NULL },
  { "https://example.org:80x/", NULL, NULL },
  { "https://example.org:+80/", NULL, NULL },
  { "http://[::1", NULL, NULL },
  { "http://[fe80::1%25eth0]/", NULL, NULL },
  { "http://[1.2.3.4]/", NULL, NULL },
  { "http://2130706433/", NULL, NULL },
  { "http://0x7f.1/", NULL, NULL },
  { "http://127.1/", NULL, NULL },
  { "http://1.2.3.4.5/", NULL, NULL },
  { "https://example.org/%zz", NULL, NULL },
  { "https://example.org/\342\200\256gpj.exe", NULL, NULL }, /* right-to-left override */
  { "https://example\342\200\213.org", NULL, NULL },         /* zero-width space */
  { "https://example.org/\342\201\246x", NULL, NULL },       /* isolate */
  { "https://example.org/\001", NULL, NULL },
  { "https://example.org/\302\205x", NULL, NULL },     /* a control character */
  { "https://example.org/\343\205\244x", NULL, NULL }, /* a blank letter */
  { "https://example.org/x\315\217", NULL, NULL },     /* a mark that nobody sees */
};

static void
test_cases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GPtrArray) links = ear_web_links_find (cases[i].text);
    g_autofree char *shown = NULL;
    const EarWebLink *link;

    g_test_message ("%s", cases[i].text);
    if (!cases[i].shown) {
      g_assert_cmpuint (links->len, ==, 0);
      continue;
    }
    g_assert_cmpuint (links->len, ==, 1);
    link = links->pdata[0];
    shown = g_strndup (cases[i].text + link->start, link->end - link->start);
    g_assert_cmpstr (shown, ==, cases[i].shown);
    g_assert_cmpstr (link->uri, ==, cases[i].uri ? cases[i].uri : cases[i].shown);
  }
}

static void
test_several (void)
{
  g_autoptr (GPtrArray) links =
    ear_web_links_find ("a http://a.example, https://u@b.example https://c.example/?d.");
  const EarWebLink *link;

  g_assert_cmpuint (links->len, ==, 2);
  link = links->pdata[0];
  g_assert_cmpuint (link->start, ==, 2);
  g_assert_cmpuint (link->end, ==, 18);
  g_assert_cmpstr (link->uri, ==, "http://a.example");
  link = links->pdata[1];
  g_assert_cmpuint (link->start, ==, 40);
  g_assert_cmpstr (link->uri, ==, "https://c.example/?d");
}

static void
test_long (void)
{
  const gsize labels[] = { 63, 64 };

  for (guint i = 0; i < G_N_ELEMENTS (labels); i++) {
    g_autofree char *label = g_strnfill (labels[i], 'a');
    g_autofree char *text = g_strdup_printf ("http://%s.example", label);
    g_autoptr (GPtrArray) links = ear_web_links_find (text);

    g_assert_cmpuint (links->len, ==, labels[i] <= 63 ? 1 : 0);
  }
}

/* Whatever is written: no crash, the ranges lie in the text, in order, and on whole characters;
 * what is opened is ASCII and of the web. */
static void
test_anything (void)
{
  const char *const parts[] = { "http://",
                                "https://",
                                "a",
                                ".",
                                "example",
                                "@",
                                ":",
                                "80",
                                "/",
                                "?",
                                "#",
                                "%",
                                "%41",
                                "[",
                                "]",
                                "(",
                                ")",
                                "::1",
                                "\xc3\xbc",
                                " ",
                                "\n",
                                "\\",
                                "\xe2\x80\xae",
                                "\xe3\x80\x82",
                                "-",
                                "xn--",
                                "\xf0\x9f\x91\x82",
                                "'",
                                ",",
                                "1.2.3.4" };

  for (guint n = 0; n < 20000; n++) {
    g_autoptr (GString) text = g_string_new (NULL);
    g_autoptr (GPtrArray) links = NULL;
    gsize position = 0;

    for (int i = g_test_rand_int_range (1, 16); i > 0; i--)
      g_string_append (text, parts[g_test_rand_int_range (0, G_N_ELEMENTS (parts))]);
    links = ear_web_links_find (text->str);
    for (guint i = 0; i < links->len; i++) {
      const EarWebLink *link = links->pdata[i];
      g_autoptr (GUri) uri = g_uri_parse (link->uri, G_URI_FLAGS_ENCODED, NULL);

      g_assert_cmpuint (link->start, >=, position);
      g_assert_cmpuint (link->start, <, link->end);
      g_assert_cmpuint (link->end, <=, text->len);
      g_assert_true (g_utf8_validate_len (text->str + link->start, link->end - link->start, NULL));
      g_assert_true (g_str_is_ascii (link->uri));
      g_assert_nonnull (uri);
      g_assert_true (g_str_has_prefix (g_uri_get_scheme (uri), "http"));
      g_assert_null (g_uri_get_userinfo (uri));
      g_assert_cmpuint (strlen (g_uri_get_host (uri)), >, 0);
      position = link->end;
    }
  }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/web-links/cases", test_cases);
  g_test_add_func ("/web-links/several", test_several);
  g_test_add_func ("/web-links/long", test_long);
  g_test_add_func ("/web-links/anything", test_anything);

  return g_test_run ();
}
