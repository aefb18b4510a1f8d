/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Too many guesses, sign-ups and requests: what is refused, for how long, and who is not harmed.
 * The clock stands still but for what a test says; strangers come from addresses of loopback. */

#include <stdlib.h>

#include "server/ear-invitations.h"
#include "server/ear-server-private.h"
#include "server/ear-throttle.h"
#include "support/ear-test-client.h"
#include "support/ear-test-wait.h"
#include "wire/ear-clock.h"
#include "wire/ear-identity.h"
#include "wire/ear-limits.h"

#define PASSWORD "correct horse"
#define ATTACKER "127.0.0.66"
#define OWNER "127.0.0.7"

typedef struct
{
  EarTestServer *server;
  EarTestClient *alice; /* active, at the usual address, with a key that the server knows */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->server = ear_test_server_new ();
  ear_test_server_start_inside (f->server);
  f->alice = ear_test_client_new_active (f->server, "alice");
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  ear_test_client_free (f->alice);
  ear_test_server_stop_inside (f->server);
  ear_test_server_free (f->server);
}

static void
pass (Fixture *f, gint64 ms)
{
  ear_clock_advance (f->server->clock, ms * 1000);
}

/* -- Guessing -- */

/* Tries once, on a connection of its own; 0: judged and found wrong, -1: right, else how long to
 * wait, in milliseconds. */
static gint64
try (Fixture *f, EarIdentity *key, const char *from, const char *user, const char *password)
{
  g_autoptr (EarTestClient) client = ear_test_client_new_from (f->server, key, from);
  g_autofree char *proof = NULL;
  g_autoptr (EarMessage) answer = NULL;

  ear_test_client_hello (client);
  proof = ear_test_client_begin_auth (client, user, password);
  if (proof != NULL)
    ear_test_client_prove (client, proof);
  ear_test_wait (!g_queue_is_empty (&client->received));
  answer = g_queue_pop_head (&client->received);
  if (ear_message_get_type (answer) == EAR_MESSAGE_AUTHENTICATED)
    return -1;
  if (g_str_equal (ear_message_get_string (answer, "code"), "bad-login"))
    return 0;
  g_assert_cmpstr (ear_message_get_string (answer, "code"), ==, "slow-down");
  return ear_message_get_integer (answer, "retry_after");
}

static gint64
guess (Fixture *f, const char *from, const char *user)
{
  return try (f, NULL, from, user, "wrong horse");
}

/* So many that nobody may try at alice's account, nor anybody from the attacker's address. */
static void
attack (Fixture *f)
{
  for (guint i = 0; i < 30; i++) {
    g_autofree char *user = g_strdup_printf ("user%u", i);

    guess (f, ATTACKER, i < 10 ? "alice" : user);
  }
  g_assert_cmpint (guess (f, ATTACKER, "nobody"), >, 0);
  g_assert_cmpint (guess (f, OWNER, "alice"), >, 0);
}

/* One address, always another account: 30 tries, then a minute for the next, two, four … ten. */
static void
test_penalties (Fixture *f, gconstpointer data)
{
  static const guint waits_s[] = { 60, 120, 240, 480, 600, 600 };
  guint n = 0;

  for (guint i = 0; i < 30; i++) {
    g_autofree char *user = g_strdup_printf ("user%u", n++);

    g_assert_cmpint (guess (f, ATTACKER, user), ==, 0);
  }
  for (guint i = 0; i < G_N_ELEMENTS (waits_s); i++) {
    g_autofree char *user = g_strdup_printf ("user%u", n++);
    gint64 wait = guess (f, ATTACKER, user);

    g_assert_cmpint (wait, >, waits_s[i] * 1000 - 100);
    g_assert_cmpint (wait, <, waits_s[i] * 1000 + 100);
    g_assert_cmpint (guess (f, OWNER, user), ==, 0); /* others aren't harmed */
    pass (f, wait);
    g_assert_cmpint (guess (f, ATTACKER, user), ==, 0);
  }
}

/* What no account can be called is counted as one account: it takes no room. */
static void
test_no_names (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 10; i++) {
    g_autofree char *user = g_strdup_printf ("No Name %u", i);

    g_assert_cmpint (guess (f, ATTACKER, user), ==, 0);
  }
  g_assert_cmpint (guess (f, ATTACKER, "No Name"), >, 0);
  g_assert_cmpint (guess (f, ATTACKER, "alice"), ==, 0);
}

/* Even the right password is not judged while the limit holds: the attacker learns nothing. */
static void
test_right_guess (Fixture *f, gconstpointer data)
{
  attack (f);
  g_assert_cmpint (try (f, NULL, ATTACKER, "alice", PASSWORD), >, 0);
  g_assert_cmpint (try (f, NULL, OWNER, "alice", PASSWORD), >, 0);
  pass (f, 61000);
  g_assert_cmpint (try (f, NULL, OWNER, "alice", PASSWORD), ==, -1);
}

/* The owner gets in with a device that has been in before, as often as need be, from wherever the
 * attack comes, and after a restart of the server. */
static void
test_owner (Fixture *f, gconstpointer data)
{
  g_autoptr (EarIdentity) key = ear_identity_ref (f->alice->identity);

  for (guint i = 0; i < 2; i++) {
    attack (f);
    for (guint j = 0; j < 15; j++)
      g_assert_cmpint (try (f, key, j % 2 == 0 ? OWNER : ATTACKER, "alice", PASSWORD), ==, -1);
    ear_test_server_stop_inside (f->server);
    ear_test_server_start_inside (f->server);
  }
}

#define TRIES_A_MINUTE 3

/* Each of so many addresses tries at alice's account three times a minute, and as often as it may.
 * Returns in which of so many minutes the owner got in, who comes once in each, from elsewhere and
 * with a device that was never in before; -1: in none. */
static int
besiege (Fixture *f, guint n_addresses, int n_minutes)
{
  for (int i = 0; i < n_minutes * TRIES_A_MINUTE; i++) {
    for (guint j = 1; j <= n_addresses; j++) {
      g_autofree char *from = g_strdup_printf ("127.0.3.%u", j);

      while (guess (f, from, "alice") == 0)
        ;
    }
    if (i % TRIES_A_MINUTE == 0 && try (f, NULL, OWNER, "alice", PASSWORD) == -1)
      return i / TRIES_A_MINUTE;
    pass (f, 60000 / TRIES_A_MINUTE);
  }
  return -1;
}

/* Who guesses without end keeps a device waiting that was never in before, but not for long from
 * one address: it has one try in ten minutes then. The owner's own devices wait for nobody. */
static void
test_siege (Fixture *f, gconstpointer data)
{
  g_autoptr (EarIdentity) key = ear_identity_ref (f->alice->identity);

  g_assert_cmpint (besiege (f, 1, 2), >=, 0);
  pass (f, 2 * 6000 * 1000);
  g_assert_cmpint (besiege (f, 2, 20), >=, 0);
  g_assert_cmpint (try (f, key, OWNER, "alice", PASSWORD), ==, -1);
}

/* Who has many addresses keeps new devices out, as docs/security.md says, but none that is known.
 */
static void
test_long_siege (Fixture *f, gconstpointer data)
{
  g_autoptr (EarIdentity) key = ear_identity_ref (f->alice->identity);

  g_assert_cmpint (besiege (f, 12, 3), ==, -1);
  for (guint i = 0; i < 15; i++)
    g_assert_cmpint (try (f, key, i % 2 == 0 ? OWNER : "127.0.3.1", "alice", PASSWORD), ==, -1);
}

/* A device that was stolen without the password has ten tries of its own, then one a minute. */
static void
test_stolen_device (Fixture *f, gconstpointer data)
{
  EarIdentity *key = f->alice->identity;

  for (guint i = 0; i < 10; i++)
    g_assert_cmpint (try (f, key, OWNER, "alice", "wrong horse"), ==, 0);
  g_assert_cmpint (try (f, key, OWNER, "alice", "wrong horse"), >, 59000);
  g_assert_cmpint (try (f, key, OWNER, "bob", "wrong horse"), ==, 0); /* known to alice's alone */
  g_assert_cmpint (try (f, NULL, OWNER, "alice", PASSWORD), ==, -1);
}

/* Whoever had the old password is nobody any more when it is changed. */
static void
test_new_password (Fixture *f, gconstpointer data)
{
  g_autoptr (EarIdentity) key = ear_identity_ref (f->alice->identity);
  g_autoptr (EarTestClient) other = ear_test_client_new (f->server);
  g_autoptr (EarMessage) authenticated = NULL;
  g_autoptr (EarMessage) ok = NULL;

  ear_test_client_hello (other);
  authenticated = ear_test_client_log_in (other, "alice", PASSWORD);
  ear_test_client_send (other, "{\"type\":\"password\",\"id\":90,"
                               "\"salt\":\"BwAAAAAAAAAAAAAAAAAAAA==\",\"iterations\":100000,"
                               "\"stored_key\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
                               "\"server_key\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}");
  ok = ear_test_client_expect (other, EAR_MESSAGE_OK);
  attack (f);
  g_assert_cmpint (try (f, key, OWNER, "alice", PASSWORD), >, 0);
  g_assert_cmpint (try (f, other->identity, OWNER, "alice", PASSWORD), ==, 0);
}

/* -- Sign-ups -- */

#define PER_ADDRESS 20
#define IN_ALL 50

#define KEYS                                                         \
  "\"salt\":\"BwAAAAAAAAAAAAAAAAAAAA==\",\"iterations\":100000,"     \
  "\"stored_key\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"," \
  "\"server_key\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\""

static EarMessage *
ask_to_sign_up (Fixture *f, const char *from, guint number, const char *invite)
{
  g_autoptr (EarTestClient) client = ear_test_client_new_from (f->server, NULL, from);

  ear_test_client_hello (client);
  ear_test_client_send (
    client, "{\"type\":\"signup\",\"id\":1,\"user\":\"user%u\",\"invite\":\"%s\"," KEYS "}", number,
    invite);
  ear_test_wait (!g_queue_is_empty (&client->received));
  return g_queue_pop_head (&client->received);
}

/* 0: done, else how long to wait, in milliseconds. */
static gint64
sign_up (Fixture *f, const char *from, guint number)
{
  g_autoptr (EarMessage) answer = ask_to_sign_up (f, from, number, "");

  return ear_message_get_type (answer) == EAR_MESSAGE_OK
           ? 0
           : ear_message_get_integer (answer, "retry_after");
}

/* An address has so many an hour, and all together have; whoever is in is not disturbed. */
static void
test_sign_ups (Fixture *f, gconstpointer data)
{
  EarThrottle *throttle = f->server->server->throttle;
  guint n = 0;
  gint64 wait;

  ear_throttle_set_rate (throttle, EAR_THROTTLE_SIGNUP_ADDRESS, PER_ADDRESS, 3600);
  ear_throttle_set_rate (throttle, EAR_THROTTLE_SIGNUP, IN_ALL, 3600);
  for (guint address = 0; n < IN_ALL; address++) {
    g_autofree char *from = g_strdup_printf ("127.0.1.%u", address + 1);

    for (guint i = 0; i < PER_ADDRESS && n < IN_ALL; i++)
      g_assert_cmpint (sign_up (f, from, n++), ==, 0);
    if (n < IN_ALL) {
      wait = sign_up (f, from, n);
      g_assert_cmpint (wait, >, 0);
      g_assert_cmpint (wait, <=, 3600 * 1000 / PER_ADDRESS + 1);
    }
  }
  /* Who is refused because of all the others keeps what his address has. */
  for (guint i = 0; i < PER_ADDRESS; i++)
    wait = sign_up (f, "127.0.2.1", n);
  g_assert_cmpint (wait, >, 0);
  g_assert_cmpint (wait, <=, 3600 * 1000 / IN_ALL + 1);
  g_assert_null (f->alice->reason);
  g_assert_cmpint (try (f, NULL, OWNER, "alice", PASSWORD), ==, -1);
  pass (f, wait);
  g_assert_cmpint (sign_up (f, "127.0.2.1", n), ==, 0);
}

static char *
invite (Fixture *f)
{
  EarInvitations *invitations = f->server->server->invitations;
  g_autoptr (GAsyncResult) result = NULL;
  char *code;

  ear_invitations_create_async (invitations, 7, ear_test_result_cb, &result);
  ear_test_wait (result != NULL);
  code = ear_invitations_create_finish (invitations, result, NULL);
  g_assert_nonnull (code);
  return code;
}

static void
assert_sign_up (Fixture *f, const char *from, const char *code, const char *expected)
{
  static guint n;
  g_autoptr (EarMessage) answer = ask_to_sign_up (f, from, n++, code);

  if (expected == NULL)
    g_assert_cmpint (ear_message_get_type (answer), ==, EAR_MESSAGE_OK);
  else
    g_assert_cmpstr (ear_message_get_string (answer, "code"), ==, expected);
}

/* Who was invited gets in, however many try who were not. */
static void
test_not_invited (Fixture *f, gconstpointer data)
{
  EarThrottle *throttle = f->server->server->throttle;
  g_autofree char *first = invite (f);
  g_autofree char *second = invite (f);

  f->server->config->signup = EAR_SIGNUP_INVITE;
  ear_throttle_set_rate (throttle, EAR_THROTTLE_SIGNUP_ADDRESS, 3, 3600);
  ear_throttle_set_rate (throttle, EAR_THROTTLE_SIGNUP, 1, 3600);
  for (guint i = 0; i < 3; i++)
    assert_sign_up (f, ATTACKER, "guessed", "unknown-invite");
  assert_sign_up (f, ATTACKER, "guessed", "slow-down");
  assert_sign_up (f, OWNER, first, NULL);
  assert_sign_up (f, OWNER, first, "invite-used");
  assert_sign_up (f, OWNER, second, "slow-down");
}

/* -- Requests -- */

typedef struct
{
  const char *name;
  const char *line; /* with %u for its id */
  guint n_allowed;  /* at once */
  gint64 pause_ms;  /* after which there is one more */
} Flood;

static const Flood floods[] = {
  { "locate", "{\"type\":\"locate\",\"id\":%u,\"user\":\"alice\"}", 40, 100 },
  { "identify",
    "{\"type\":\"identify\",\"id\":%u,\"fingerprint\":"
    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
    40, 100 },
  { "watch", "{\"type\":\"watch\",\"id\":%u,\"prefix\":\"\",\"limit\":0}", 40, 100 },
  { "present",
    "{\"type\":\"present\",\"id\":%u,\"port\":0,\"addresses\":[],\"status\":\"\","
    "\"last_broadcast\":0}",
    40, 100 },
  { "broadcast", "{\"type\":\"broadcast\",\"id\":%u,\"text\":\"again\"}", 5, 1000 },
  { "dial-back", "{\"type\":\"dial-back\",\"id\":%u,\"user\":\"alice\"}", 20, 3000 },
  { "rename", "{\"type\":\"rename\",\"id\":%u,\"name\":\"Mallory\"}", 10, 60000 },
  { "password", "{\"type\":\"password\",\"id\":%u," KEYS "}", 10, 60000 },
};

#define N_REQUESTS 500

static gboolean
is_slowed (EarMessage *message)
{
  return ear_message_get_type (message) == EAR_MESSAGE_ERROR &&
         g_str_equal (ear_message_get_string (message, "code"), "slow-down");
}

/* How many of so many requests are served, rightly or wrongly; the rest is told when to come. */
static guint
flood (EarTestClient *mallory, const Flood *by, guint n)
{
  guint n_answers = 0, n_served = 0;

  for (guint i = 0; i < n; i++) {
    g_auto (GStrv) parts = g_strsplit (by->line, "%u", 2);

    ear_test_client_send (mallory, "%s%u%s", parts[0], 1000 + i, parts[1]);
  }
  while (n_answers < n) {
    g_autoptr (EarMessage) message = NULL;

    ear_test_wait (!g_queue_is_empty (&mallory->received));
    message = g_queue_pop_head (&mallory->received);
    if (!ear_message_has (message, "re"))
      continue; /* one's own broadcast */
    n_answers++;
    if (!is_slowed (message))
      n_served++;
    else
      g_assert_cmpint (ear_message_get_integer (message, "retry_after"), >, 0);
  }
  return n_served;
}

/* The link stays, another's requests are served, and after a pause there is one more. */
static void
test_requests (Fixture *f, gconstpointer data)
{
  const Flood *by = data;
  g_autoptr (EarTestClient) mallory = ear_test_client_new_active (f->server, "mallory");
  g_autoptr (EarMessage) located = NULL;

  pass (f, 4000); /* what it took to be here */
  g_assert_cmpuint (flood (mallory, by, N_REQUESTS), ==, by->n_allowed);
  ear_test_client_send (f->alice, "{\"type\":\"locate\",\"id\":77,\"user\":\"mallory\"}");
  located = ear_test_client_expect (f->alice, EAR_MESSAGE_LOCATED);
  pass (f, by->pause_ms + 1);
  g_assert_cmpuint (flood (mallory, by, 1), ==, 1);
  g_assert_null (mallory->reason);
}

#define ADD(path, func) g_test_add ("/floods/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("penalties", test_penalties);
  ADD ("no-names", test_no_names);
  ADD ("right-guess", test_right_guess);
  ADD ("owner", test_owner);
  ADD ("siege", test_siege);
  ADD ("long-siege", test_long_siege);
  ADD ("stolen-device", test_stolen_device);
  ADD ("new-password", test_new_password);
  ADD ("sign-ups", test_sign_ups);
  ADD ("sign-ups/not-invited", test_not_invited);
  for (guint i = 0; i < G_N_ELEMENTS (floods); i++) {
    g_autofree char *path = g_strconcat ("/floods/requests/", floods[i].name, NULL);

    g_test_add (path, Fixture, &floods[i], set_up, test_requests, tear_down);
  }
  return g_test_run ();
}
