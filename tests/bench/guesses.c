/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Whether the time that a refusal takes tells a wrong password from a user who does not exist: the
 * time from `auth` to the challenge, and from the proof to the refusal, of users in turn: one who
 * exists, one who does not, and the first one again. The difference of the second to the first, try
 * by try, is to be compared with that of the third to the first, which is noise. The server is in
 * this process, and its clock is turned on after each try, so that it does not slow down who
 * guesses.
 *
 *     bench-guesses [TRIES] */

#include <locale.h>
#include <stdlib.h>

#include "support/ear-test-client.h"
#include "support/ear-test-wait.h"
#include "times.h"
#include "wire/ear-scram.h"

#define N_GROUPS 3

/* A proof needs no password to be wrong. */
static void
guess (EarTestServer *server, const char *user, Times *challenge_ns, Times *refusal_ns)
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
  scram = ear_scram_client_new (user, binding);
  first = ear_scram_client_start (scram, NULL);

  start_ns = times_now_ns ();
  ear_test_client_send (client, "{\"type\":\"auth\",\"id\":%d,\"data\":\"%s\"}",
                        (int) client->next_id++, first);
  challenge = ear_test_client_expect (client, EAR_MESSAGE_CHALLENGE);
  times_note_since (challenge_ns, start_ns);

  g_assert_true (ear_scram_client_challenge (scram, ear_message_get_string (challenge, "data"),
                                             salt, &iterations, NULL));
  proof = ear_scram_client_prove (scram, &secret, NULL);
  start_ns = times_now_ns ();
  ear_test_client_prove (client, proof);
  ear_test_client_expect_error (client, EAR_ERROR_BAD_LOGIN);
  times_note_since (refusal_ns, start_ns);
  ear_clock_advance (server->clock, (gint64) 24 * 3600 * G_USEC_PER_SEC);
}

/* -- Figures -- */

static void
print_times (const char *what, Times *times)
{
  TimesSummary summary = times_summarise (times);

  g_print ("  %-34s %8.2f µs  (%.2f … %.2f)  ± %.2f\n", what, summary.median_us, summary.low_us,
           summary.high_us, summary.spread_us);
}

/* The times of the three groups until the same answer. */
static void
print_answer (const char *what, Times *const times[N_GROUPS])
{
  g_autoptr (GArray) difference = times_new_differences (times[1], times[0]);
  g_autoptr (GArray) noise = times_new_differences (times[2], times[0]);

  g_print ("%s: median (95 %% confidence) ± spread\n", what);
  print_times ("exists, wrong password", times[0]);
  print_times ("does not exist", times[1]);
  print_times ("exists, again", times[2]);
  print_times ("difference of the second", difference);
  print_times ("noise: difference of the third", noise);
}

int
main (int argc, char **argv)
{
  guint tries = argc > 1 ? (guint) atoi (argv[1]) : 2000;
  g_autoptr (EarTestServer) server = ear_test_server_new ();
  const char *const users[N_GROUPS] = { "alice", "nobody", "alice" };
  Times *challenge_ns[N_GROUPS], *refusal_ns[N_GROUPS];

  setlocale (LC_ALL, "");
  ear_test_server_start_inside (server);
  ear_test_client_free (ear_test_client_new_active (server, "alice"));
  for (guint i = 0; i < N_GROUPS; i++) {
    challenge_ns[i] = times_new ();
    refusal_ns[i] = times_new ();
  }
  for (guint i = 0; i < tries * N_GROUPS; i++)
    guess (server, users[i % N_GROUPS], challenge_ns[i % N_GROUPS], refusal_ns[i % N_GROUPS]);
  print_answer ("The challenge", challenge_ns);
  print_answer ("The refusal", refusal_ns);
  for (guint i = 0; i < N_GROUPS; i++) {
    g_array_unref (challenge_ns[i]);
    g_array_unref (refusal_ns[i]);
  }
  ear_test_server_stop_inside (server);
  return EXIT_SUCCESS;
}
