/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What people notice while a server is attacked: twenty of them log in, look for somebody and
 * broadcast, in turn at a server that is left in peace and at one that is attacked (attackers.c,
 * another process). The machine is as busy for both, so the difference is what the attack does to
 * the server. The first figure is that of the second server before anybody attacks it.
 *
 *     bench-attack [SILENT DRIBBLING LOITERING DEAF BROADCASTS]
 *
 * Without arguments, which is the full form, it fails when something takes more than twice as long
 * as in peace, or when not all who are deaf were there. */

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "attackers.h"
#include "support/ear-test-process.h"
#include "support/ear-test-wait.h"
#include "times.h"
#include "wire/ear-identity.h"

#define N_HONEST 20
#define ROUNDS_BEFORE 3
#define MAX_ROUNDS \
  24 /* of one, with those before: a member may broadcast 30 times in ten minutes */
#define PAUSE_MS 60
#define MAX_RATIO 2

enum {
  LOG_IN,
  LOCATE,
  BROADCAST,
  N_ACTS,
};

static const char *const acts[] = { "log in", "locate", "broadcast" };

typedef struct
{
  EarTestServer *server;
  EarIdentity *identities[N_HONEST];
  guint64 seen[N_HONEST]; /* the last broadcast */
  EarTestClient *found;   /* whom the others look for */
  Times *times[N_ACTS];
} Town;

static EarScramSecret secret;

static void
sign_up (Town *self, guint i)
{
  g_autofree char *user = g_strdup_printf ("honest%u", i);
  g_autoptr (EarTestClient) client = ear_test_client_new (self->server);
  g_autoptr (EarMessage) ok = NULL;

  ear_test_client_hello (client);
  ear_test_client_sign_up_with_keys (client, user, &secret);
  ok = ear_test_client_expect (client, EAR_MESSAGE_OK);
  self->identities[i] = ear_identity_ref (client->identity);
}

static EarTestClient *
log_in (Town *self, guint i)
{
  g_autofree char *user = g_strdup_printf ("honest%u", i);
  g_autofree char *proof = NULL;
  g_autoptr (EarMessage) authenticated = NULL;
  EarTestClient *client = ear_test_client_new_from (self->server, self->identities[i], NULL);

  ear_test_client_hello (client);
  proof = ear_test_client_begin_auth_with_keys (client, user, &secret);
  ear_test_client_prove (client, proof);
  authenticated = ear_test_client_expect (client, EAR_MESSAGE_AUTHENTICATED);
  ear_test_client_present (client, self->seen[i]);
  return client;
}

static void
note_seen (Town *self, guint i, EarTestClient *client)
{
  for (GList *l = client->received.head; l != NULL; l = l->next) {
    if (ear_message_get_type (l->data) == EAR_MESSAGE_BROADCAST_EVENT)
      self->seen[i] = MAX (self->seen[i], (guint64) ear_message_get_integer (l->data, "number"));
  }
}

static Town *
town_new (void)
{
  Town *self = g_new0 (Town, 1);

  self->server = ear_test_server_new ();
  ear_test_server_spawn (self->server);
  for (guint i = 0; i < N_HONEST; i++)
    sign_up (self, i);
  self->found = ear_test_client_new_active (self->server, "found");
  for (guint i = 0; i < N_ACTS; i++)
    self->times[i] = times_new ();
  return self;
}

static void
town_free (Town *self)
{
  for (guint i = 0; i < N_ACTS; i++)
    g_array_unref (self->times[i]);
  for (guint i = 0; i < N_HONEST; i++)
    ear_identity_unref (self->identities[i]);
  ear_test_client_free (self->found);
  ear_test_server_terminate (self->server);
  ear_test_server_free (self->server);
  g_free (self);
}

/* One of them does all three. */
static void
visit (Town *self, guint i)
{
  gint64 start_ns = times_now_ns ();
  g_autoptr (EarTestClient) client = log_in (self, i);
  g_autoptr (EarMessage) located = NULL;
  g_autoptr (EarMessage) ok = NULL;

  times_note_since (self->times[LOG_IN], start_ns);
  start_ns = times_now_ns ();
  ear_test_client_send (client, "{\"type\":\"locate\",\"id\":7,\"user\":\"found\"}");
  located = ear_test_client_expect (client, EAR_MESSAGE_LOCATED);
  times_note_since (self->times[LOCATE], start_ns);
  start_ns = times_now_ns ();
  ear_test_client_send (client, "{\"type\":\"broadcast\",\"id\":8,\"text\":\"Lunch is ready\"}");
  ok = ear_test_client_expect (client, EAR_MESSAGE_OK);
  times_note_since (self->times[BROADCAST], start_ns);
  note_seen (self, i, client);
  g_assert_no_error (self->found->reason);
  g_queue_clear_full (&self->found->received, (GDestroyNotify) ear_message_unref);
}

/* -- The attack -- */

/* What the attackers say. */
static const char *
read_attack (GSubprocess *attack, char *answer, gsize size)
{
  GInputStream *output = g_subprocess_get_stdout_pipe (attack);
  g_autoptr (GError) error = NULL;
  gssize n = g_input_stream_read (output, answer, size - 1, NULL, &error);

  g_assert_no_error (error);
  answer[n] = '\0';
  return answer;
}

static GSubprocess *
start_attack (const char *program, Town *town, const char *const *size)
{
  g_autofree char *port = g_strdup_printf ("%u", town->server->port);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  GSubprocess *attack;
  char ready[16];

  g_ptr_array_add (argv, (gpointer) program);
  g_ptr_array_add (argv, (gpointer) "--port");
  g_ptr_array_add (argv, port);
  for (guint i = 0; size[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) size[i]);
  g_ptr_array_add (argv, NULL);
  attack =
    g_subprocess_newv ((const char *const *) argv->pdata, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (read_attack (attack, ready, sizeof ready), ==, "ready\n");
  return attack;
}

static void
run_attack (guint16 port, char **size)
{
  EarTestServer server = { .port = port };
  AttackSize numbers = {
    .n_silent = (guint) atoi (size[0]),
    .n_dribbling = (guint) atoi (size[1]),
    .n_loitering = (guint) atoi (size[2]),
    .n_deaf = (guint) atoi (size[3]),
    .n_broadcasts = (guint) atoi (size[4]),
  };

  attack (&server, &numbers);
}

/* -- Figures -- */

static glong
get_memory_kib (Town *self)
{
  return ear_test_process_measure (g_subprocess_get_identifier (self->server->process)).memory_kib;
}

/* Whether the attack is hardly noticed. */
static gboolean
print_figures (Town *quiet, Town *attacked, const double *before_us)
{
  gboolean well = TRUE;

  g_print ("%-12s %14s %14s %14s\n", "median of", "before", "in peace", "attacked");
  for (guint i = 0; i < N_ACTS; i++) {
    double quiet_us = times_get_median_us (quiet->times[i]);
    double attacked_us = times_get_median_us (attacked->times[i]);

    g_print ("%-12s %11.1f µs %11.1f µs %11.1f µs  %.2f ×\n", acts[i], before_us[i], quiet_us,
             attacked_us, attacked_us / quiet_us);
    well = well && attacked_us <= MAX_RATIO * quiet_us;
  }
  g_print ("%u visits at each\n", attacked->times[LOG_IN]->len);
  return well;
}

/* Whether all went as it should. */
static gboolean
measure (const char *program, const char *const *size)
{
  Town *quiet = town_new (), *attacked = town_new ();
  g_autoptr (GSubprocess) attack = NULL;
  g_autoptr (GAsyncResult) over = NULL;
  g_autoptr (GError) error = NULL;
  double before_us[N_ACTS];
  glong before_kib, most_kib = 0;
  char answer[16];
  guint n_active, n_attackers = ATTACK_LOUD + (guint) atoi (size[3]);
  gboolean well;

  for (guint i = 0; i < ROUNDS_BEFORE * N_HONEST; i++)
    visit (attacked, i % N_HONEST);
  for (guint i = 0; i < N_ACTS; i++) {
    before_us[i] = times_get_median_us (attacked->times[i]);
    g_array_set_size (attacked->times[i], 0);
  }
  before_kib = get_memory_kib (attacked);
  attack = start_attack (program, attacked, size);
  g_subprocess_wait_check_async (attack, NULL, ear_test_result_cb, &over);
  for (guint i = 0; over == NULL && i < MAX_ROUNDS * N_HONEST; i++) {
    visit (quiet, i % N_HONEST);
    ear_test_settle (PAUSE_MS);
    visit (attacked, i % N_HONEST);
    ear_test_settle (PAUSE_MS);
    most_kib = MAX (most_kib, get_memory_kib (attacked));
  }
  while (over == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_subprocess_wait_check_finish (attack, over, &error);
  g_assert_no_error (error);
  n_active = (guint) atoi (read_attack (attack, answer, sizeof answer));
  well = print_figures (quiet, attacked, before_us);
  g_print ("%u were active, %u of them attackers; the server had %ld KiB before, %ld at most, "
           "%ld after\n",
           n_active, n_attackers, before_kib, most_kib, get_memory_kib (attacked));
  well = well && n_active > n_attackers; /* and who is looked for */
  town_free (quiet);
  town_free (attacked);
  return well;
}

int
main (int argc, char **argv)
{
  static const char *const full[] = { "1000", "200", "200", "500", "1000", NULL };
  struct rlimit limit;

  setlocale (LC_ALL, "");
  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
  if (argc == 8 && strcmp (argv[1], "--port") == 0) {
    run_attack ((guint16) atoi (argv[2]), argv + 3);
    return EXIT_SUCCESS;
  }
  ear_test_client_derive (ATTACK_PASSWORD, &secret);
  if (argc == 6) { /* too small to say much */
    measure (argv[0], (const char *const *) argv + 1);
    return EXIT_SUCCESS;
  }
  return measure (argv[0], full) ? EXIT_SUCCESS : EXIT_FAILURE;
}
