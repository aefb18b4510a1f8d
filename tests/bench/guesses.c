/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Whether the time that a refusal takes tells a wrong password from a user who does not exist: the
 * time from `auth` to the challenge, and from the proof to the refusal, of users in turn: one who
 * exists, one who does not, and the first one again. The two rows of the first one differ by what
 * noise there is. The server is in this process, and its clock is turned on after each try, so that
 * it does not slow down who guesses.
 *
 *     bench-guesses [TRIES] */

#include <locale.h>
#include <stdlib.h>

#include "support/ear-test-client.h"
#include "support/ear-test-wait.h"
#include "times.h"
#include "wire/ear-scram.h"

#define N_GROUPS 3

typedef struct
{
  const char *what;
  const char *user;
  Times *challenge_ns;
  Times *refusal_ns;
} Group;

/* A proof needs no password to be wrong. */
static void
guess (EarTestServer *server, Group *group)
{
  g_autoptr (EarTestClient) client = ear_test_client_new (server);
  guint8 binding[EAR_SCRAM_BINDING_SIZE];
  guint8 salt[EAR_SCRAM_SALT_SIZE];
  guint32 iterations;
  EarScramSecret secret = { 0 };
  g_autoptr (EarScramClient) scram = NULL;
  g_autoptr (EarMessage) challenge = NULL;
  g_autofree char *first = NULL;
  g_autofree char *proof = NULL;
  gint64 start_ns;

  ear_test_client_hello (client);
  g_assert_true (ear_link_export_binding (client->link, binding, NULL));
  scram = ear_scram_client_new (group->user, binding);
  first = ear_scram_client_start (scram, NULL);

  start_ns = times_now_ns ();
  ear_test_client_send (client, "{\"type\":\"auth\",\"id\":%d,\"data\":\"%s\"}",
                        (int) client->next_id++, first);
  challenge = ear_test_client_expect (client, EAR_MESSAGE_CHALLENGE);
  times_note_since (group->challenge_ns, start_ns);

  g_assert_true (ear_scram_client_challenge (scram, ear_message_get_string (challenge, "data"),
                                             salt, &iterations, NULL));
  proof = ear_scram_client_prove (scram, &secret, NULL);
  start_ns = times_now_ns ();
  ear_test_client_prove (client, proof);
  ear_test_client_expect_error (client, EAR_ERROR_BAD_LOGIN);
  times_note_since (group->refusal_ns, start_ns);
  ear_clock_advance (server->clock, (gint64) 24 * 3600 * G_USEC_PER_SEC);
}

int
main (int argc, char **argv)
{
  guint tries = argc > 1 ? (guint) atoi (argv[1]) : 2000;
  g_autoptr (EarTestServer) server = ear_test_server_new ();
  Group groups[N_GROUPS] = {
    { "exists, wrong password", "alice", NULL, NULL },
    { "does not exist", "nobody", NULL, NULL },
    { "exists, again", "alice", NULL, NULL },
  };

  setlocale (LC_ALL, "");
  ear_test_server_start_inside (server);
  ear_test_client_free (ear_test_client_new_active (server, "alice"));
  for (guint i = 0; i < N_GROUPS; i++) {
    groups[i].challenge_ns = times_new ();
    groups[i].refusal_ns = times_new ();
  }
  for (guint i = 0; i < tries * N_GROUPS; i++)
    guess (server, &groups[i % N_GROUPS]);
  g_print ("%-26s %14s %14s\n", "median of the time to", "the challenge", "the refusal");
  for (guint i = 0; i < N_GROUPS; i++) {
    g_print ("%-26s %11.1f µs %11.1f µs\n", groups[i].what,
             times_get_median_us (groups[i].challenge_ns),
             times_get_median_us (groups[i].refusal_ns));
    g_array_unref (groups[i].challenge_ns);
    g_array_unref (groups[i].refusal_ns);
  }
  ear_test_server_stop_inside (server);
  return EXIT_SUCCESS;
}
