/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "wire/ear-limits.h"
#include "wire/ear-message-private.h"
#include "wire/ear-message.h"

static EarMessage *
parse (const char *line, EarMessageAt at, GError **error)
{
  return ear_message_parse (line, strlen (line), at, error);
}

static void
test_good (void)
{
  static const struct
  {
    const char *line;
    EarMessageAt at;
    EarMessageType type;
  } cases[] = {
    { "{\"type\":\"hello\",\"version\":1}", EAR_MESSAGE_AT_GREETING, EAR_MESSAGE_HELLO },
    { "{\"type\":\"ping\"}", EAR_MESSAGE_AT_OPEN, EAR_MESSAGE_PING },
    { "{\"type\":\"bye\",\"code\":\"ended\"}", EAR_MESSAGE_AT_CLIENT, EAR_MESSAGE_BYE },
    { "{\"type\":\"broadcast\",\"id\":1,\"text\":\"a\\nb\"}", EAR_MESSAGE_AT_ACTIVE,
      EAR_MESSAGE_BROADCAST },
    { "{\"type\":\"broadcast\",\"number\":1,\"user\":\"a\",\"name\":\"A\",\"text\":\"x\",\"age\":"
      "0}",
      EAR_MESSAGE_AT_CLIENT, EAR_MESSAGE_BROADCAST_EVENT },
    { "{\"type\":\"locate\",\"id\":9007199254740992,\"address\":\"::1\",\"port\":1}",
      EAR_MESSAGE_AT_ACTIVE, EAR_MESSAGE_LOCATE },
    { "{\"type\":\"message\",\"id\":\"0123-abc\",\"text\":\"[[[[[[{{{\",\"age\":0}",
      EAR_MESSAGE_AT_OPEN, EAR_MESSAGE_TEXT },
    { "{\"type\":\"roster\",\"re\":1,\"users\":[{\"user\":\"a\",\"name\":\"A\",\"status\":\"\"}],"
      "\"total\":1,"
      "\"more\":false}",
      EAR_MESSAGE_AT_CLIENT, EAR_MESSAGE_ROSTER },
    /* Names from a server that knows a newer Unicode */
    { "{\"type\":\"roster\",\"re\":1,\"users\":[{\"user\":\"a\",\"name\":\"A\\ud8bf\\udff0\","
      "\"status\":\"\"}],\"total\":1,\"more\":false}",
      EAR_MESSAGE_AT_CLIENT, EAR_MESSAGE_ROSTER },
    { "{\"type\":\"identified\",\"re\":1,\"user\":\"a\",\"name\":\"\\ud8bf\\udff0\"}",
      EAR_MESSAGE_AT_CLIENT, EAR_MESSAGE_IDENTIFIED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (EarMessage) message = parse (cases[i].line, cases[i].at, &error);

    g_assert_no_error (error);
    g_assert_cmpint (ear_message_get_type (message), ==, cases[i].type);
  }
}

static void
test_refused (void)
{
  static const struct
  {
    EarMessageAt at;
    const char *line;
  } cases[] = {
    { EAR_MESSAGE_AT_GREETING, "" },
    { EAR_MESSAGE_AT_GREETING, "null" },
    { EAR_MESSAGE_AT_GREETING, "[]" },
    { EAR_MESSAGE_AT_GREETING, "{}" },
    { EAR_MESSAGE_AT_GREETING, "}" },
    { EAR_MESSAGE_AT_GREETING, "{\"type\":\"hello\",\"version\":1" },
    { EAR_MESSAGE_AT_GREETING, "{\"type\":\"hello\",\"version\":1} x" },
    { EAR_MESSAGE_AT_GREETING, "\xef\xbb\xbf{\"type\":\"hello\",\"version\":1}" },
    { EAR_MESSAGE_AT_GREETING, "{\"type\":\"hello\"}" },
    { EAR_MESSAGE_AT_GREETING, "{\"type\":\"nonsense\"}" },
    { EAR_MESSAGE_AT_GREETING, "{\"type\":1}" },
    { EAR_MESSAGE_AT_GREETING, "{\"type\":\"hello\",\"version\":1,\"version\":2}" },
    { EAR_MESSAGE_AT_GREETING, "{\"type\":\"hello\",\"version\":1,\"from\":\"eve\"}" },
    { EAR_MESSAGE_AT_GREETING, "{\"type\":\"hello\",\"version\":0}" },
    { EAR_MESSAGE_AT_GREETING, "{\"type\":\"hello\",\"version\":1.5}" },
    { EAR_MESSAGE_AT_GREETING, "{\"type\":\"hello\",\"version\":1e999}" },
    { EAR_MESSAGE_AT_GREETING, "{\"type\":\"hello\",\"version\":\"1\"}" },
    { EAR_MESSAGE_AT_GREETING, "{\"type\":\"hello\",\"version\":9223372036854775808}" },
    { EAR_MESSAGE_AT_GREETING, "{\"type\":\"hello\",\"version\":1,\"agent\":\"a\\u0000b\"}" },
    { EAR_MESSAGE_AT_GREETING, "{\"type\":\"hello\",\"version\":1,\"agent\":\"\\ud800\"}" },
    { EAR_MESSAGE_AT_GREETING, "{\"type\":\"hello\",\"version\":1,\"agent\":\"\xc0\xaf\"}" },
    { EAR_MESSAGE_AT_GREETING, "{\"type\":\"hello\",\"version\":1,\"agent\":\"a\\u001bb\"}" },
    { EAR_MESSAGE_AT_STRANGER, "{\"type\":\"hello\",\"version\":1}" },
    { EAR_MESSAGE_AT_STRANGER, "{\"type\":\"auth\",\"id\":0,\"data\":\"x\"}" },
    { EAR_MESSAGE_AT_STRANGER, "{\"type\":\"auth\",\"id\":-1,\"data\":\"x\"}" },
    { EAR_MESSAGE_AT_STRANGER, "{\"type\":\"auth\",\"id\":9007199254740993,\"data\":\"x\"}" },
    { EAR_MESSAGE_AT_MEMBER, "{\"type\":\"broadcast\",\"id\":1,\"text\":\"x\"}" },
    { EAR_MESSAGE_AT_ACTIVE, "{\"type\":\"broadcast\",\"id\":1,\"text\":\"\"}" },
    { EAR_MESSAGE_AT_ACTIVE, "{\"type\":\"broadcast\",\"id\":1,\"text\":\"a\\u2028b\"}" },
    { EAR_MESSAGE_AT_ACTIVE, "{\"type\":\"broadcast\",\"id\":1,\"text\":\"a\\ufffeb\"}" },
    { EAR_MESSAGE_AT_ACTIVE,
      "{\"type\":\"locate\",\"id\":1,\"address\":\"fe80::1%eth0\",\"port\":1}" },
    { EAR_MESSAGE_AT_ACTIVE,
      "{\"type\":\"locate\",\"id\":1,\"address\":\"example.org\",\"port\":1}" },
    { EAR_MESSAGE_AT_ACTIVE, "{\"type\":\"locate\",\"id\":1,\"address\":\"::1\",\"port\":65536}" },
    { EAR_MESSAGE_AT_ACTIVE, "{\"type\":\"locate\",\"id\":1,\"user\":\"../etc\"}" },
    { EAR_MESSAGE_AT_MET, "{\"type\":\"message\",\"id\":\"01234567\",\"text\":\"x\",\"age\":0}" },
    { EAR_MESSAGE_AT_OPEN, "{\"type\":\"message\",\"id\":\"0\",\"text\":\"x\",\"age\":0}" },
    { EAR_MESSAGE_AT_OPEN, "{\"type\":\"message\",\"id\":\"0123456_\",\"text\":\"x\",\"age\":0}" },
    { EAR_MESSAGE_AT_CLIENT,
      "{\"type\":\"roster\",\"re\":1,\"users\":[{\"user\":\"a\"}],\"total\":1,\"more\":false}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (EarMessage) message = parse (cases[i].line, cases[i].at, &error);

    g_test_message ("case %u", i);
    g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_MESSAGE);
    g_assert_null (message);
  }
}

static void
test_nul_byte (void)
{
  static const char line[] = "{\"type\":\"ping\"}\0";
  g_autoptr (GError) error = NULL;

  g_assert_null (ear_message_parse (line, sizeof line, EAR_MESSAGE_AT_OPEN, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_MESSAGE);
}

static void
test_round_trip (void)
{
  const guint8 key[32] = { 1, 2, 3 };
  const guint8 salt[16] = { 9 };
  g_autoptr (EarMessage) sent = ear_message_new (EAR_MESSAGE_SIGNUP);
  g_autoptr (EarMessage) got = NULL;
  g_autoptr (GBytes) line = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;
  const char *data;

  ear_message_set_integer (sent, "id", 7);
  ear_message_set_string (sent, "user", "alice");
  ear_message_set_bytes (sent, "salt", salt, sizeof salt);
  ear_message_set_integer (sent, "iterations", EAR_LIMIT_ITERATIONS);
  ear_message_set_bytes (sent, "stored_key", key, sizeof key);
  ear_message_set_bytes (sent, "server_key", key, sizeof key);
  line = ear_message_to_line (sent);
  data = g_bytes_get_data (line, &size);
  g_assert_cmpint (data[size - 1], ==, '\n');

  got = ear_message_parse (data, size - 1, EAR_MESSAGE_AT_STRANGER, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (ear_message_get_string (got, "user"), ==, "alice");
  g_assert_cmpint (ear_message_get_integer (got, "id"), ==, 7);
  g_assert_false (ear_message_has (got, "invite"));
  bytes = ear_message_dup_bytes (got, "stored_key");
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), key, sizeof key);
}

static void
test_roster_entries (void)
{
  g_autoptr (EarMessage) sent = ear_message_new (EAR_MESSAGE_ROSTER_CHANGE);
  const EarRosterEntry alice = { "alice", "Alice", "in the lab" };
  const char *const left[] = { "bob", NULL };
  g_autoptr (EarMessage) got = NULL;
  g_autoptr (GBytes) line = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) names = NULL;
  EarRosterEntry entry;

  ear_message_add_entry (sent, "joined", &alice);
  ear_message_add_entry (sent, "changed", NULL);
  ear_message_set_strings (sent, "left", left);
  ear_message_set_integer (sent, "total", 1);
  line = ear_message_to_line (sent);
  got = ear_message_parse (g_bytes_get_data (line, NULL), g_bytes_get_size (line) - 1,
                           EAR_MESSAGE_AT_CLIENT, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (ear_message_get_n_entries (got, "joined"), ==, 1);
  g_assert_cmpuint (ear_message_get_n_entries (got, "changed"), ==, 0);
  ear_message_get_entry (got, "joined", 0, &entry);
  g_assert_cmpstr (entry.status, ==, "in the lab");
  names = ear_message_dup_strings (got, "left");
  g_assert_cmpuint (g_strv_length (names), ==, 1);
  g_assert_cmpstr (names[0], ==, "bob");
}

/* The table itself: each row complete, no two rows of one name for one reader. */
static void
test_table (void)
{
  for (guint i = 0; i < EAR_N_MESSAGES; i++) {
    g_assert_nonnull (ear_message_specs[i].name);
    g_assert_nonnull (ear_message_specs[i].fields);
    g_assert_cmpuint (ear_message_specs[i].at, !=, 0);
    for (guint j = 0; j < i; j++) {
      if (g_str_equal (ear_message_specs[i].name, ear_message_specs[j].name))
        g_assert_cmpuint (ear_message_specs[i].at & ear_message_specs[j].at, ==, 0);
    }
  }
}

static void
test_errors (void)
{
  for (guint i = 0; i < EAR_N_ERRORS; i++) {
    g_autoptr (EarMessage) message = NULL;
    g_autoptr (GError) error = NULL;

    g_assert_nonnull (ear_error_get_text ((EarError) i));
    if (ear_error_get_code ((EarError) i) == NULL)
      continue;
    message = ear_message_new_error ((EarError) i, 3);
    error = ear_message_to_error (message);
    g_assert_error (error, EAR_ERROR, (int) i);
  }
  g_assert_cmpint (ear_error_from_code ("from-the-future"), ==, EAR_ERROR_INTERNAL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/message/good", test_good);
  g_test_add_func ("/message/refused", test_refused);
  g_test_add_func ("/message/nul-byte", test_nul_byte);
  g_test_add_func ("/message/round-trip", test_round_trip);
  g_test_add_func ("/message/roster-entries", test_roster_entries);
  g_test_add_func ("/message/table", test_table);
  g_test_add_func ("/message/errors", test_errors);
  return g_test_run ();
}
