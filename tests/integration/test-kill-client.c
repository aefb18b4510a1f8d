/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Alice and bob talk, each message numbered, and bob's program is killed at random moments, round
 * after round. At the end both histories hold each message once, in order.
 *
 * Bob's program is this one with the arguments VICTIM, directory, port and fingerprint. It goes on
 * with the number that its history says. EARSHOT_ROUNDS says how many rounds. */

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "client/ear-chat.h"
#include "support/ear-test-person.h"
#include "support/ear-test-wait.h"
#include "talker.h"

#define VICTIM "--victim"
#define ROUNDS "10"
#define MAX_EARLY_MS 150 /* from the start of the program */
#define MAX_LATE_MS 30   /* from the first message that came */

/* -- Bob's program -- */

static void G_GNUC_NORETURN
be_victim (char **arguments)
{
  EarTestServer server = { .port = (guint16) atoi (arguments[1]), .fingerprint = arguments[2] };
  EarTestPerson bob = { .server = &server, .user = (char *) "bob", .directory = arguments[0] };
  Talker talker = { 0 };

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  ear_test_person_come_back (&bob);
  talker_begin (&talker, &bob, "alice");
  ear_chat_request (talker.chat, NULL);
  for (;;) {
    talker_talk (&talker);
    g_main_context_iteration (NULL, TRUE);
  }
}

/* -- Alice's -- */

typedef struct
{
  EarTestServer *server;
  EarTestPerson *alice;
  EarTestPerson *bob;
  Talker talker;
  GSubprocess *victim;
  guint n_received; /* from bob */
} Fixture;

static void
received_cb (Fixture *f)
{
  f->n_received++;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->server = ear_test_server_new ();
  ear_test_server_spawn (f->server);
  f->alice = ear_test_person_new (f->server, "alice");
  f->bob = ear_test_person_new (f->server, "bob");
  ear_test_person_leave (f->bob);
  talker_begin (&f->talker, f->alice, "bob");
  g_signal_connect_swapped (f->alice->client, "message-received", G_CALLBACK (received_cb), f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  talker_end (&f->talker);
  ear_test_person_free (f->alice);
  ear_test_person_free (f->bob);
  ear_test_server_terminate (f->server);
  ear_test_server_free (f->server);
}

static gboolean
kill_cb (gpointer user_data)
{
  Fixture *f = user_data;

  g_subprocess_force_exit (f->victim);
  g_subprocess_wait (f->victim, NULL, NULL);
  g_clear_object (&f->victim);
  return G_SOURCE_REMOVE;
}

#define TALK_UNTIL(f, condition)                                   \
  do {                                                             \
    guint talk_timer = ear_test_wait_begin (G_STRLOC, #condition); \
    while (!(condition)) {                                         \
      talker_talk (&(f)->talker);                                  \
      g_main_context_iteration (NULL, TRUE);                       \
    }                                                              \
    g_source_remove (talk_timer);                                  \
  } while (0)

static void
run_round (Fixture *f, gboolean early)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *port = g_strdup_printf ("%u", f->server->port);
  g_autoptr (GError) error = NULL;
  guint n_before = f->n_received;

  f->victim = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, self, VICTIM, f->bob->directory,
                                port, f->server->fingerprint, NULL);
  g_assert_no_error (error);
  if (!early)
    TALK_UNTIL (f, f->n_received > n_before);
  g_timeout_add ((guint) g_random_int_range (0, early ? MAX_EARLY_MS : MAX_LATE_MS), kill_cb, f);
  TALK_UNTIL (f, f->victim == NULL);
}

static void
check_histories (Fixture *f)
{
  Talker bob = { 0 };

  ear_test_person_come_back (f->bob);
  talker_begin (&bob, f->bob, "alice");
  ear_chat_request (bob.chat, NULL);
  ear_test_wait (talker_is_all_received (&f->talker) && talker_is_all_received (&bob));
  for (guint i = 0; i < 2; i++) {
    EarChat *chat = i == 0 ? f->talker.chat : bob.chat;

    talker_assert_numbers (chat, chat == bob.chat, bob.next);
    talker_assert_numbers (chat, chat != bob.chat, f->talker.next);
  }
  g_test_message ("alice sent %u, bob %u", f->talker.next, bob.next);
}

static void
test_rounds (Fixture *f, gconstpointer data)
{
  const char *rounds = g_getenv ("EARSHOT_ROUNDS");
  guint n_rounds = (guint) atoi (rounds != NULL ? rounds : ROUNDS);

  for (guint round = 0; round < n_rounds; round++)
    run_round (f, round % 4 == 3);
  check_histories (f);
  g_assert_cmpuint (f->n_received, >=, n_rounds / 2);
}

int
main (int argc, char **argv)
{
  if (argc == 5 && g_str_equal (argv[1], VICTIM))
    be_victim (argv + 2);
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/kill-client/rounds", Fixture, NULL, set_up, test_rounds, tear_down);
  return g_test_run ();
}
