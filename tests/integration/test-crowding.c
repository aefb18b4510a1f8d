/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* More connections than there is room for, and clients that are slow, silent or deaf: the server
 * says once that it is full, does not spin, and serves everybody else meanwhile.
 *
 * EARSHOT_DEAF and EARSHOT_BROADCASTS say how many read nothing, and of how much. */

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "server/ear-server-private.h"
#include "server/ear-throttle.h"
#include "support/ear-test-client.h"
#include "support/ear-test-process.h"
#include "support/ear-test-wait.h"
#include "wire/ear-limits.h"

/* -- Raw connections -- */

static GPtrArray *
connections_new (void)
{
  return g_ptr_array_new_with_free_func (g_object_unref);
}

static void
add_connections (GPtrArray *connections, EarTestServer *server, guint n)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();

  for (guint i = 0; i < n; i++) {
    g_autoptr (GError) error = NULL;

    g_ptr_array_add (connections, g_socket_client_connect_to_host (client, "127.0.0.1",
                                                                   server->port, NULL, &error));
    g_assert_no_error (error);
  }
}

static gboolean
is_closed (GSocketConnection *connection)
{
  GSocket *socket = g_socket_connection_get_socket (connection);
  char byte;

  return (g_socket_condition_check (socket, G_IO_IN | G_IO_HUP) & (G_IO_IN | G_IO_HUP)) != 0 &&
         g_socket_receive (socket, &byte, 1, NULL, NULL) <= 0;
}

static guint
count_closed (GPtrArray *connections)
{
  guint n = 0;

  for (guint i = 0; i < connections->len; i++)
    n += is_closed (g_ptr_array_index (connections, i));
  return n;
}

/* Waits until all of them were ended by the server. */
static void
wait_until_closed (GPtrArray *connections)
{
  while (count_closed (connections) < connections->len)
    ear_test_settle (5);
}

static void
assert_served (EarTestClient *client)
{
  g_autoptr (EarMessage) located = NULL;

  ear_test_client_send (client, "{\"type\":\"locate\",\"id\":7,\"user\":\"alice\"}");
  located = ear_test_client_expect (client, EAR_MESSAGE_LOCATED);
}

/* -- The limit of descriptors -- */

#define WORK_US (G_USEC_PER_SEC / 2)
#define MAX_WORK_S 3 /* before who is silent is sent away, which is work */
#define MAX_SHARE 20 /* the server works less than a part of so many */

static gint64
get_own_cpu_us (void)
{
  struct timespec used;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &used);
  return (gint64) used.tv_sec * G_USEC_PER_SEC + used.tv_nsec / 1000;
}

/* The server does next to nothing while this test works for half a second: no time by the clock on
 * the wall, and no matter how busy the machine is, as whoever spins gets no smaller a share than
 * the test. */
static void
assert_idle (EarTestServer *server)
{
  const char *pid = g_subprocess_get_identifier (server->process);
  gint64 deadline = g_get_monotonic_time () + MAX_WORK_S * G_USEC_PER_SEC;
  gint64 before = ear_test_process_get_cpu_us (pid);
  gint64 start = get_own_cpu_us ();
  gint64 own = 0;

  while (own < WORK_US && g_get_monotonic_time () < deadline)
    own = get_own_cpu_us () - start;
  g_assert_cmpint (ear_test_process_get_cpu_us (pid) - before, <, own / MAX_SHARE);
}

static void
test_descriptors (gconstpointer data)
{
  g_autoptr (EarTestServer) server = ear_test_server_new ();
  g_autoptr (GPtrArray) connections = connections_new ();
  guint max_files = GPOINTER_TO_UINT (data);

  server->max_files = max_files;
  ear_test_server_keep_log (server);
  ear_test_server_spawn (server);
  {
    g_autoptr (EarTestClient) alice = ear_test_client_new_active (server, "alice");

    add_connections (connections, server, max_files + 20); /* some wait in the kernel's queue */
    while (ear_test_server_count_log (server, " full") == 0)
      ear_test_settle (5);
    assert_idle (server);
    g_assert_cmpuint (ear_test_server_count_log (server, " full"), ==, 1);
    g_assert_cmpuint (ear_test_server_count_log (server, "warning"), ==, 0);
    assert_served (alice);

    g_ptr_array_set_size (connections, 0);
    while (ear_test_server_count_log (server, " accepting") == 0)
      ear_test_settle (5);
    {
      g_autoptr (EarTestClient) bob = ear_test_client_new_active (server, "bob");

      assert_served (bob);
    }
  }
  ear_test_server_terminate (server);
}

/* -- Slow, silent and deaf -- */

#define N_SILENT 100
#define N_DRIBBLING 40
#define N_LOITERING 40
#define STEP_MS 1000

typedef struct
{
  EarTestServer *server;
  GPtrArray *silent;    /* (element-type GSocketConnection): never send */
  GPtrArray *dribbling; /* (element-type GSocketConnection): a byte a second */
  GPtrArray *loitering; /* (element-type EarTestClient): TLS, and nothing more */
  GPtrArray *deaf;      /* (element-type EarTestClient): active, but read nothing */
  EarTestClient *honest;
} Fixture;

static guint
count_ended (GPtrArray *clients)
{
  guint n = 0;

  for (guint i = 0; i < clients->len; i++)
    n += ((EarTestClient *) g_ptr_array_index (clients, i))->reason != NULL;
  return n;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->server = ear_test_server_new ();
  ear_test_server_start_inside (f->server);
  f->honest = ear_test_client_new_active (f->server, "alice");
  f->deaf = g_ptr_array_new_with_free_func ((GDestroyNotify) ear_test_client_free);
  f->loitering = g_ptr_array_new_with_free_func ((GDestroyNotify) ear_test_client_free);
  for (guint i = 0; i < N_LOITERING; i++)
    g_ptr_array_add (f->loitering, ear_test_client_new (f->server));
  f->silent = connections_new ();
  f->dribbling = connections_new ();
  add_connections (f->silent, f->server, N_SILENT);
  add_connections (f->dribbling, f->server, N_DRIBBLING);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_ptr_array_unref (f->silent);
  g_ptr_array_unref (f->dribbling);
  g_ptr_array_unref (f->loitering);
  g_ptr_array_unref (f->deaf);
  ear_test_client_free (f->honest);
  ear_test_server_stop_inside (f->server);
  ear_test_server_free (f->server);
}

static void
dribble (Fixture *f, guint second)
{
  /* Like a TLS record, as long as it lasts. */
  static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";

  for (guint i = 0; i < f->dribbling->len; i++) {
    GSocketConnection *connection = g_ptr_array_index (f->dribbling, i);

    g_socket_send (g_socket_connection_get_socket (connection), hello + second % (sizeof hello - 1),
                   1, NULL, NULL);
  }
}

/* A newcomer gets in, is told who is here, and is heard. */
static void
assert_newcomer_served (Fixture *f, guint second)
{
  g_autofree char *user = g_strdup_printf ("new%u", second);
  g_autoptr (EarTestClient) client = ear_test_client_new_active (f->server, user);
  g_autoptr (EarMessage) ok = NULL;
  g_autoptr (EarMessage) event = NULL;

  assert_served (client);
  ear_test_client_send (client, "{\"type\":\"broadcast\",\"id\":9,\"text\":\"second %u\"}", second);
  ok = ear_test_client_expect (client, EAR_MESSAGE_OK);
  event = ear_test_client_expect (f->honest, EAR_MESSAGE_BROADCAST_EVENT);
}

static void
test_slow (Fixture *f, gconstpointer data)
{
  guint first_byte = EAR_LIMIT_FIRST_BYTE_MS / STEP_MS;
  guint handshake = EAR_LIMIT_HANDSHAKE_MS / STEP_MS;
  guint login = EAR_LIMIT_LOGIN_MS / STEP_MS;

  dribble (f, 0);
  assert_newcomer_served (f, 0);
  for (guint second = 1; second <= login + 1; second++) {
    ear_clock_advance (f->server->clock, STEP_MS * 1000);
    dribble (f, second);
    assert_newcomer_served (f, second);
    if (second < first_byte)
      g_assert_cmpuint (count_closed (f->silent), ==, 0);
    if (second == first_byte)
      wait_until_closed (f->silent);
    if (second < handshake)
      g_assert_cmpuint (count_closed (f->dribbling), ==, 0);
    if (second == handshake + 1)
      wait_until_closed (f->dribbling);
    if (second < login)
      g_assert_cmpuint (count_ended (f->loitering), ==, 0);
  }
  ear_test_wait (count_ended (f->loitering) == N_LOITERING);
  g_assert_null (f->honest->reason);
}

static guint
get_status (Fixture *f, const char *name)
{
  g_autofree char *status = ear_server_dup_status (f->server->server);

  return (guint) atoi (strchr (strstr (status, name), '=') + 1);
}

static guint
count_strangers (Fixture *f)
{
  return get_status (f, "strangers=");
}

static void
set_places (Fixture *f, gboolean of_one_address, guint n)
{
  if (of_one_address)
    f->server->config->max_per_address = n;
  else
    f->server->config->max_strangers = n;
}

static void
assert_refused (Fixture *f)
{
  g_autoptr (GPtrArray) connections = connections_new ();

  add_connections (connections, f->server, 1);
  wait_until_closed (connections);
}

/* All places are taken: for a second nobody else gets one. Then who has said nothing goes, the
 * oldest first, and after five who has said `hello` and nothing more. */
static void
test_room (Fixture *f, gconstpointer data)
{
  gboolean of_one_address = data != NULL;
  g_autoptr (GPtrArray) connections = connections_new ();
  g_autoptr (EarTestClient) polite = NULL;

  g_ptr_array_set_size (f->silent, 0);
  g_ptr_array_set_size (f->dribbling, 0);
  g_ptr_array_set_size (f->loitering, 0);
  ear_test_wait (count_strangers (f) == 0);
  polite = ear_test_client_new (f->server);
  ear_test_client_hello (polite);
  add_connections (connections, f->server, 2);
  ear_test_wait (count_strangers (f) == 3);
  set_places (f, of_one_address, 3);
  assert_refused (f);

  ear_clock_advance (f->server->clock, EAR_LIMIT_IDLE_GREETING_MS * 1000);
  assert_newcomer_served (f, 1);
  assert_newcomer_served (f, 2); /* the place is free again */
  while (count_closed (connections) == 0)
    ear_test_settle (5);
  g_assert_true (is_closed (g_ptr_array_index (connections, 0)));
  g_assert_cmpuint (count_closed (connections), ==, 1);

  set_places (f, of_one_address, 2);
  ear_test_wait (count_strangers (f) == 2);
  g_ptr_array_set_size (connections, 0);
  ear_test_wait (count_strangers (f) == 1);
  set_places (f, of_one_address, 1);
  assert_refused (f);
  g_assert_null (polite->reason);
  ear_clock_advance (f->server->clock,
                     (EAR_LIMIT_IDLE_STRANGER_MS - EAR_LIMIT_IDLE_GREETING_MS) * 1000);
  assert_newcomer_served (f, 3);
  ear_test_wait (polite->reason != NULL);
}

/* Who has taken all places by himself gives one to each other address, at once. */
static void
test_fair (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) connections = connections_new ();
  g_autoptr (EarTestClient) other = NULL;

  g_ptr_array_set_size (f->silent, 0);
  g_ptr_array_set_size (f->dribbling, 0);
  g_ptr_array_set_size (f->loitering, 0);
  ear_test_wait (count_strangers (f) == 0);
  set_places (f, FALSE, 3);
  add_connections (connections, f->server, 3);
  ear_test_wait (count_strangers (f) == 3);
  other = ear_test_client_new_from (f->server, NULL, "127.0.0.2");
  ear_test_client_hello (other);
  g_assert_true (is_closed (g_ptr_array_index (connections, 0)));
  g_assert_cmpuint (count_closed (connections), ==, 1);
  assert_refused (f); /* has two yet, and the other one */
  g_assert_null (other->reason);
}

/* -- Deaf -- */

#define DEAF "100"
#define BROADCASTS "300"
#define BROADCAST_STEP_MS 50
#define MAX_GROWTH_KIB (16 * 1024) /* each broadcast is there once: 8 MiB of them are kept */
#define MAX_GROWTH_EACH_KIB 32     /* two TLS records of a reader who takes nothing */

static guint
get_number (const char *variable, const char *otherwise)
{
  const char *value = g_getenv (variable);

  return (guint) atoi (value != NULL ? value : otherwise);
}

/* Active, with the keys that all of them have. */
static EarTestClient *
deaf_new (Fixture *f, guint i, const EarScramSecret *keys)
{
  EarTestClient *client = ear_test_client_new (f->server);
  g_autofree char *user = g_strdup_printf ("deaf%u", i);
  g_autofree char *proof = NULL;
  g_autoptr (EarMessage) ok = NULL;
  g_autoptr (EarMessage) authenticated = NULL;

  ear_test_client_hello (client);
  ear_test_client_sign_up_with_keys (client, user, keys);
  ok = ear_test_client_expect (client, EAR_MESSAGE_OK);
  proof = ear_test_client_begin_auth_with_keys (client, user, keys);
  ear_test_client_prove (client, proof);
  authenticated = ear_test_client_expect (client, EAR_MESSAGE_AUTHENTICATED);
  ear_test_client_present (client, 0);
  ear_link_set_paused (client->link, TRUE);
  return client;
}

static void
broadcast (Fixture *f, const char *text)
{
  g_autoptr (EarMessage) ok = NULL;
  g_autoptr (EarMessage) event = NULL;

  ear_test_client_send (f->honest, "{\"type\":\"broadcast\",\"id\":9,\"text\":\"%s\"}", text);
  ok = ear_test_client_expect (f->honest, EAR_MESSAGE_OK);
  event = ear_test_client_expect (f->honest, EAR_MESSAGE_BROADCAST_EVENT);
}

/* Who reads nothing while a great deal is said is let go, and costs little until then. The memory
 * is that of both sides, and theirs does not grow. */
static void
test_deaf (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strnfill (EAR_LIMIT_TEXT, 'x');
  guint n_deaf = get_number ("EARSHOT_DEAF", DEAF);
  guint n_broadcasts = get_number ("EARSHOT_BROADCASTS", BROADCASTS);
  glong before_kib, most_kib = 0;
  EarScramSecret keys;

  /* As if many people took turns. */
  ear_throttle_set_rate (f->server->server->throttle, EAR_THROTTLE_BROADCAST, 1000, 1);
  ear_throttle_set_rate (f->server->server->throttle, EAR_THROTTLE_BROADCAST_LONG, 1000, 1);
  ear_throttle_set_rate (f->server->server->throttle, EAR_THROTTLE_REQUEST, 1000, 1);
  ear_test_client_derive ("correct horse", &keys);
  for (guint i = 0; i < n_deaf; i++)
    g_ptr_array_add (f->deaf, deaf_new (f, i, &keys));
  before_kib = ear_test_process_measure ("self").memory_kib;
  for (guint i = 0; i < n_broadcasts; i++) {
    broadcast (f, text);
    ear_clock_advance (f->server->clock, BROADCAST_STEP_MS * 1000);
    most_kib = MAX (most_kib, ear_test_process_measure ("self").memory_kib);
  }
  g_test_message ("%u deaf, %u broadcasts: %ld KiB, then %ld KiB at most", n_deaf, n_broadcasts,
                  before_kib, most_kib);
#ifndef __SANITIZE_ADDRESS__ /* which keeps what was freed for a while */
  g_assert_cmpint (most_kib - before_kib, <, MAX_GROWTH_KIB + (glong) n_deaf * MAX_GROWTH_EACH_KIB);
#endif
  for (guint ms = 0; ms <= EAR_LIMIT_DEAD_MS + STEP_MS; ms += STEP_MS) {
    ear_clock_advance (f->server->clock, STEP_MS * 1000);
    assert_served (f->honest); /* and has not been silent */
  }
  while (get_status (f, "connections=") > 1)
    ear_test_settle (5);
  g_assert_null (f->honest->reason);
}

int
main (int argc, char **argv)
{
  struct rlimit limit;

  g_test_init (&argc, &argv, NULL);
  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
  g_test_add_data_func ("/crowding/64-descriptors", GUINT_TO_POINTER (64), test_descriptors);
  g_test_add_data_func ("/crowding/256-descriptors", GUINT_TO_POINTER (256), test_descriptors);
  g_test_add ("/crowding/slow", Fixture, NULL, set_up, test_slow, tear_down);
  g_test_add ("/crowding/room", Fixture, NULL, set_up, test_room, tear_down);
  g_test_add ("/crowding/room-of-one-address", Fixture, GINT_TO_POINTER (TRUE), set_up, test_room,
              tear_down);
  g_test_add ("/crowding/fair", Fixture, NULL, set_up, test_fair, tear_down);
  g_test_add ("/crowding/deaf", Fixture, NULL, set_up, test_deaf, tear_down);
  return g_test_run ();
}
