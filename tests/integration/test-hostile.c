/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What a hostile client sends to a real earshotd, line by line: each is refused with a stable code,
 * nothing is stored, nobody else notices, and the log has one line of it. */

#include <string.h>

#include "hostile-fixture.h"
#include "support/ear-test-wait.h"
#include "wire/ear-limits.h"
#include "wire/ear-text.h"

#define BAD EAR_ERROR_BAD_MESSAGE

typedef struct
{
  At at;
  const char *line;
} Case;

static void
attack_all (Fixture *f, const Case *cases, guint n)
{
  for (guint i = 0; i < n; i++) {
    g_autofree char *shown = ear_text_escape (cases[i].line, 200);

    g_test_message ("%s", shown);
    hostile_attack_line (f, cases[i].at, cases[i].line, BAD);
  }
}

#define ATTACK_ALL(f, cases) attack_all (f, cases, G_N_ELEMENTS (cases))

/* -- Lines -- */

static void
attack_filled (Fixture *f, At at, gsize size, char fill, EarError code)
{
  g_autofree char *line = g_strnfill (size, fill);

  hostile_attack (f, at, line, size, code);
}

static void
test_long_lines (Fixture *f, gconstpointer data)
{
  attack_filled (f, AT_GREETING, 70000, '[', EAR_ERROR_TOO_LONG);
  attack_filled (f, AT_ACTIVE, 70000, '[', EAR_ERROR_TOO_LONG);
  /* Endless: there is no newline in it. */
  attack_filled (f, AT_STRANGER, 1000 * 1000, 'x', EAR_ERROR_TOO_LONG);
  attack_filled (f, AT_ACTIVE, 1000 * 1000, 'x', EAR_ERROR_TOO_LONG);
}

static char *
pad (const char *text, gsize size)
{
  char *line = g_strnfill (size, ' ');

  memcpy (line, text, strlen (text));
  line[size - 1] = '\n';
  return line;
}

static void
test_line_caps (Fixture *f, gconstpointer data)
{
  static const char hello[] = "{\"type\":\"hello\",\"version\":1}";
  static const char locate[] = "{\"type\":\"locate\",\"id\":1,\"user\":\"honest\"}";
  g_autofree char *stranger = pad (hello, EAR_LIMIT_LINE_STRANGER + 1);
  g_autofree char *member = pad (locate, EAR_LIMIT_LINE_MEMBER + 1);
  g_autofree char *allowed = pad (hello, EAR_LIMIT_LINE_STRANGER);
  g_autoptr (GBytes) bytes = g_bytes_new (allowed, EAR_LIMIT_LINE_STRANGER);
  g_autoptr (EarTestClient) client = hostile_new_client (f, AT_GREETING);
  g_autoptr (EarMessage) welcome = NULL;

  hostile_attack (f, AT_GREETING, stranger, EAR_LIMIT_LINE_STRANGER + 1, EAR_ERROR_TOO_LONG);
  hostile_attack (f, AT_ACTIVE, member, EAR_LIMIT_LINE_MEMBER + 1, EAR_ERROR_TOO_LONG);
  /* Neither is just as much too much. */
  ear_link_send_line (client->link, bytes);
  welcome = ear_test_client_expect (client, EAR_MESSAGE_WELCOME);
}

static void
test_shapes (Fixture *f, gconstpointer data)
{
  static const Case cases[] = {
    { AT_GREETING, "" },
    { AT_GREETING, "{}" },
    { AT_GREETING, "[]" },
    { AT_GREETING, "null" },
    { AT_GREETING, "\"hello\"" },
    { AT_GREETING, "{\"type\":\"hello\",\"version\":1" },
    { AT_GREETING, "{\"type\":\"hello\",\"version\":1}{\"type\":\"bye\"}" },
    { AT_GREETING, "{\"type\":\"hello\",\"version\":1,\"agent\":{\"a\":{\"b\":{\"c\":1}}}}" },
    { AT_GREETING, "{\"type\":\"hello\",\"version\":[[[[[1]]]]]}" },
    { AT_ACTIVE, "{\"type\":\"broadcast\",\"id\":1,\"text\":[[[[\"x\"]]]]}" },
  };
  g_autoptr (GString) many = g_string_new ("{\"type\":\"hello\",\"version\":1");
  g_autofree char *nested = g_strnfill (EAR_LIMIT_LINE_STRANGER - 1, '[');

  ATTACK_ALL (f, cases);
  for (guint i = 0; i < 31; i++)
    g_string_append_printf (many, ",\"x%u\":1", i);
  g_string_append_c (many, '}');
  hostile_attack_line (f, AT_GREETING, many->str, BAD);
  hostile_attack_line (f, AT_GREETING, nested, BAD);
}

/* -- Members -- */

static void
test_members (Fixture *f, gconstpointer data)
{
  static const Case cases[] = {
    { AT_GREETING, "{\"type\":\"hello\",\"version\":1,\"version\":1}" },
    { AT_GREETING, "{\"type\":\"hello\",\"type\":\"hello\",\"version\":1}" },
    { AT_GREETING, "{\"type\":\"hello\",\"version\":1,\"from\":\"admin\"}" },
    { AT_GREETING, "{\"type\":\"open-sesame\",\"id\":1}" },
    { AT_GREETING, "{\"version\":1}" },
    { AT_GREETING, "{\"type\":1,\"version\":1}" },
    { AT_GREETING, "{\"type\":null,\"version\":1}" },
    { AT_GREETING, "{\"type\":\"Hello\",\"version\":1}" },
    { AT_ACTIVE, "{\"type\":\"broadcast\",\"id\":1,\"text\":\"x\",\"from\":\"honest\"}" },
    { AT_ACTIVE, "{\"type\":\"broadcast\",\"id\":1,\"text\":\"x\",\"user\":\"honest\"}" },
    { AT_ACTIVE, "{\"type\":\"broadcast\",\"id\":1,\"text\":null}" },
    { AT_ACTIVE, "{\"type\":\"broadcast\",\"text\":\"x\"}" },
    { AT_ACTIVE, "{\"type\":\"rename\",\"id\":1,\"name\":\"x\",\"user\":\"honest\"}" },
    { AT_ACTIVE, "{\"type\":\"leave\",\"id\":1,\"user\":\"honest\"}" },
  };

  ATTACK_ALL (f, cases);
}

#define AUTH \
  "{\"type\":\"auth\",\"id\":1,\"data\":\"p=tls-exporter,,n=mallory,r=abcdefghijklmnopqrstuvwx\"}"

static void
test_wrong_state (Fixture *f, gconstpointer data)
{
  static const Case cases[] = {
    { AT_GREETING, AUTH },
    { AT_GREETING, "{\"type\":\"present\",\"id\":1,\"port\":0,\"addresses\":[],\"status\":\"\","
                   "\"last_broadcast\":0}" },
    { AT_STRANGER, "{\"type\":\"hello\",\"version\":1}" },
    { AT_STRANGER, "{\"type\":\"proof\",\"id\":1,\"data\":\"x\"}" },
    { AT_STRANGER, "{\"type\":\"broadcast\",\"id\":1,\"text\":\"x\"}" },
    { AT_STRANGER, "{\"type\":\"leave\",\"id\":1}" },
    { AT_STRANGER, "{\"type\":\"locate\",\"id\":1,\"user\":\"honest\"}" },
    { AT_PROVING, AUTH },
    { AT_PROVING, "{\"type\":\"watch\",\"id\":1,\"prefix\":\"\",\"limit\":10}" },
    { AT_MEMBER, "{\"type\":\"watch\",\"id\":1,\"prefix\":\"\",\"limit\":10}" },
    { AT_MEMBER, "{\"type\":\"broadcast\",\"id\":1,\"text\":\"x\"}" },
    { AT_MEMBER, "{\"type\":\"dial-back\",\"id\":1,\"user\":\"honest\"}" },
    { AT_MEMBER, "{\"type\":\"proof\",\"id\":1,\"data\":\"x\"}" },
    /* A second log-in in one session. */
    { AT_MEMBER, AUTH },
    { AT_ACTIVE, AUTH },
    { AT_ACTIVE, "{\"type\":\"hello\",\"version\":1}" },
    /* What only a server says, and what only peers say. */
    { AT_STRANGER, "{\"type\":\"welcome\",\"version\":1,\"name\":\"x\",\"signup\":\"open\","
                   "\"iterations\":100000}" },
    { AT_ACTIVE, "{\"type\":\"ok\",\"re\":1}" },
    { AT_ACTIVE, "{\"type\":\"error\",\"code\":\"internal\",\"text\":\"x\"}" },
    { AT_ACTIVE, "{\"type\":\"broadcast\",\"number\":1,\"user\":\"honest\",\"name\":\"honest\","
                 "\"text\":\"x\",\"age\":0}" },
    { AT_ACTIVE, "{\"type\":\"request\",\"greeting\":\"x\"}" },
    { AT_ACTIVE, "{\"type\":\"message\",\"id\":\"12345678\",\"text\":\"x\",\"age\":0}" },
  };

  ATTACK_ALL (f, cases);
}

/* -- Characters -- */

#define BROADCAST(text) "{\"type\":\"broadcast\",\"id\":1,\"text\":\"" text "\"}"

static void
test_characters (Fixture *f, gconstpointer data)
{
  static const Case cases[] = {
    { AT_GREETING, "\xef\xbb\xbf{\"type\":\"hello\",\"version\":1}" },
    { AT_GREETING, "{\"type\":\"hello\\u0000\",\"version\":1}" },
    { AT_GREETING, "{\"type\":\"hello\",\"version\":1,\"agent\\u0000\":\"x\"}" },
    { AT_ACTIVE, BROADCAST ("a\\u0000b") },
    { AT_ACTIVE, BROADCAST ("a\\ud800b") },
    { AT_ACTIVE, BROADCAST ("\\udc00\\ud800") },
    { AT_ACTIVE, BROADCAST ("\xc0\xaf") },
    { AT_ACTIVE, BROADCAST ("\xe0\x80\xaf") },
    { AT_ACTIVE, BROADCAST ("\xed\xa0\x80") },
    { AT_ACTIVE, BROADCAST ("\xf4\x90\x80\x80") },
    { AT_ACTIVE, BROADCAST ("\xff") },
    { AT_ACTIVE, BROADCAST ("\xe2\x82") },
    { AT_ACTIVE, BROADCAST ("\xef\xbf\xbe") },
    { AT_ACTIVE, BROADCAST ("\\ufffe") },
    { AT_ACTIVE, BROADCAST ("\\u001b[2J") },
    { AT_ACTIVE, BROADCAST ("\\r") },
    { AT_ACTIVE, BROADCAST ("\\u0085") },
    { AT_ACTIVE, BROADCAST ("\\u2028") },
    { AT_ACTIVE, BROADCAST ("\t") },
    { AT_ACTIVE, BROADCAST ("") },
  };
  static const char nul[] = "{\"type\":\"broadcast\",\"id\":1,\"text\":\"a\0b\"}\n";

  ATTACK_ALL (f, cases);
  hostile_attack (f, AT_ACTIVE, nul, sizeof nul - 1, BAD);
}

static void
test_long_texts (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) newlines = g_string_new (NULL);
  g_autofree char *wide = g_strnfill (4097, 'W');
  g_autofree char *too_wide = g_strdup_printf (BROADCAST ("%s"), wide);
  g_autofree char *too_many = NULL;

  for (guint i = 0; i < 4096; i++)
    g_string_append (newlines, "\\n");
  too_many = g_strdup_printf (BROADCAST ("%s"), newlines->str);
  hostile_attack_line (f, AT_ACTIVE, too_wide, BAD);
  hostile_attack_line (f, AT_ACTIVE, too_many, BAD);
}

/* -- Numbers -- */

#define PRESENT(port)                                                                  \
  "{\"type\":\"present\",\"id\":1,\"port\":" port ",\"addresses\":[],\"status\":\"\"," \
  "\"last_broadcast\":0}"
#define LOCATE(id) "{\"type\":\"locate\",\"id\":" id ",\"user\":\"honest\"}"

static void
test_numbers (Fixture *f, gconstpointer data)
{
  static const Case cases[] = {
    { AT_GREETING, "{\"type\":\"hello\",\"version\":0}" },
    { AT_GREETING, "{\"type\":\"hello\",\"version\":1001}" },
    { AT_GREETING, "{\"type\":\"hello\",\"version\":1.0}" },
    { AT_GREETING, "{\"type\":\"hello\",\"version\":true}" },
    { AT_ACTIVE, LOCATE ("9223372036854775808") },
    { AT_ACTIVE, LOCATE ("9007199254740993") },
    { AT_ACTIVE, LOCATE ("-1") },
    { AT_ACTIVE, LOCATE ("1e999") },
    { AT_ACTIVE, LOCATE ("1.5") },
    { AT_ACTIVE, LOCATE ("01") },
    { AT_ACTIVE, LOCATE ("0x1") },
    { AT_ACTIVE, LOCATE ("NaN") },
    { AT_MEMBER, PRESENT ("65536") },
    { AT_MEMBER, PRESENT ("-1") },
    { AT_MEMBER, PRESENT ("\"4400\"") },
    { AT_MEMBER, PRESENT ("4400.0") },
    { AT_ACTIVE, "{\"type\":\"locate\",\"id\":1,\"address\":\":\",\"port\":5}" },
    { AT_ACTIVE, "{\"type\":\"locate\",\"id\":1,\"address\":\"127.0.0.1\",\"port\":0}" },
    { AT_ACTIVE, "{\"type\":\"locate\",\"id\":1,\"address\":\"127.0.0.1\",\"port\":65536}" },
    { AT_ACTIVE, "{\"type\":\"watch\",\"id\":1,\"prefix\":\"\",\"limit\":10001}" },
  };

  ATTACK_ALL (f, cases);
}

/* -- The log and the memory -- */

/* A log without debug events says of members that they left, of strangers nothing. */
static void
test_terse (Fixture *f, gconstpointer data)
{
  static const Case cases[] = {
    { AT_GREETING, "GET / HTTP/1.1" },
    { AT_STRANGER, "{\"type\":\"open-sesame\\n\",\"id\":1}" },
    { AT_PROVING, "{\"type\":\"proof\",\"id\":1,\"data\":\"x\"}" },
    { AT_MEMBER, "{\"type\":\"leave\",\"id\":1,\"user\":\"honest\"}" },
    { AT_ACTIVE, BROADCAST ("\\u001b[2J") },
  };

  ATTACK_ALL (f, cases);
}

/* What one attack leaves behind would be seen after many. */
static void
test_many (Fixture *f, gconstpointer data)
{
  g_autofree char *bytes = g_strnfill (70000, '[');
  g_autoptr (GBytes) line = g_bytes_new_static (bytes, 70000);

  for (guint i = 0; i < 200; i++) {
    g_autoptr (EarTestClient) client =
      hostile_new_client (f, i % 2 == 0 ? AT_GREETING : AT_STRANGER);

    ear_link_send_line (client->link, line);
    ear_test_wait (client->reason != NULL);
  }
}

/* -- Addresses -- */

static void
test_addresses (Fixture *f, gconstpointer data)
{
  static const char *const bad[] = {
    "\":\"",
    "\"localhost\"",
    "\"127.1\"",
    "\"0x7f000001\"",
    "\"127.0.0.1:22\"",
    "\"fe80::1%eth0\"",
    "\"\"",
    "1",
    "[]",
  };
  g_autoptr (GString) thousand = g_string_new (
    "{\"type\":\"present\",\"id\":1,\"port\":4400,\"status\":\"\",\"last_broadcast\":0,"
    "\"addresses\":[\"10.0.0.1\"");

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *line = g_strdup_printf (
      "{\"type\":\"present\",\"id\":1,\"port\":4400,\"addresses\":[%s],\"status\":\"\","
      "\"last_broadcast\":0}",
      bad[i]);

    hostile_attack_line (f, AT_MEMBER, line, BAD);
  }
  for (guint i = 1; i < 1000; i++)
    g_string_append_printf (thousand, ",\"10.0.%u.%u\"", i / 250, i % 250);
  g_string_append (thousand, "]}");
  hostile_attack_line (f, AT_MEMBER, thousand->str, BAD);
}

/* Whoever asks for mallory is not sent to other machines' services. */
static void
test_claimed_addresses (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) mallory = hostile_new_client (f, AT_MEMBER);
  g_autoptr (EarMessage) ok = NULL;
  g_autoptr (EarMessage) located = NULL;
  g_auto (GStrv) addresses = NULL;

  ear_test_client_send (
    mallory,
    "{\"type\":\"present\",\"id\":1,\"port\":22,\"status\":\"\",\"last_broadcast\":0,"
    "\"addresses\":[\"224.0.0.1\",\"169.254.169.254\",\"0.0.0.0\",\"::\",\"255.255.255.255\","
    "\"ff02::1\",\"127.0.0.1\",\"10.0.0.1\"]}");
  ok = ear_test_client_expect (mallory, EAR_MESSAGE_OK);
  ear_test_client_send (f->honest, "{\"type\":\"locate\",\"id\":77,\"user\":\"" MALLORY "\"}");
  located = ear_test_client_expect (f->honest, EAR_MESSAGE_LOCATED);
  addresses = ear_message_dup_strings (located, "addresses");
  g_assert_cmpuint (g_strv_length (addresses), ==, 2);
  g_assert_cmpstr (addresses[0], ==, "127.0.0.1"); /* where the server sees it */
  g_assert_cmpstr (addresses[1], ==, "10.0.0.1");
}

#define ADD(path, func) \
  g_test_add ("/hostile/" path, Fixture, NULL, hostile_set_up, func, hostile_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("long-lines", test_long_lines);
  ADD ("line-caps", test_line_caps);
  ADD ("shapes", test_shapes);
  ADD ("members", test_members);
  ADD ("wrong-state", test_wrong_state);
  ADD ("characters", test_characters);
  ADD ("long-texts", test_long_texts);
  ADD ("numbers", test_numbers);
  g_test_add ("/hostile/terse", Fixture, NULL, hostile_set_up_terse, test_terse, hostile_tear_down);
  ADD ("many", test_many);
  ADD ("addresses", test_addresses);
  ADD ("claimed-addresses", test_claimed_addresses);
  return g_test_run ();
}
