/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* More connections than there is room for, and clients that are slow, silent or deaf: the server
 * says once that it is full, does not spin, and serves everybody else meanwhile. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/ear-test-client.h"
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

/* The processor time that the server has used, in microseconds. */
static gint64
get_cpu_us (EarTestServer *server)
{
  g_autofree char *path =
    g_strdup_printf ("/proc/%s/stat", g_subprocess_get_identifier (server->process));
  g_autofree char *stat = NULL;
  g_auto (GStrv) fields = NULL;

  g_assert_true (g_file_get_contents (path, &stat, NULL, NULL));
  fields = g_strsplit (strrchr (stat, ')'), " ", -1); /* the third field of proc(5) is [1] */
  return (atoll (fields[12]) + atoll (fields[13])) * G_USEC_PER_SEC / sysconf (_SC_CLK_TCK);
}

#define MEASURED_MS 1000
#define MAX_CPU_US (MEASURED_MS * 1000 / 20)

static void
test_descriptors (gconstpointer data)
{
  g_autoptr (EarTestServer) server = ear_test_server_new ();
  g_autoptr (GPtrArray) connections = connections_new ();
  guint max_files = GPOINTER_TO_UINT (data);
  gint64 before;

  server->max_files = max_files;
  ear_test_server_keep_log (server);
  ear_test_server_spawn (server);
  {
    g_autoptr (EarTestClient) alice = ear_test_client_new_active (server, "alice");

    add_connections (connections, server, max_files + 20); /* some wait in the kernel's queue */
    while (ear_test_server_count_log (server, " full") == 0)
      ear_test_settle (5);
    before = get_cpu_us (server);
    ear_test_settle (MEASURED_MS);
    g_assert_cmpint (get_cpu_us (server) - before, <, MAX_CPU_US);
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
#define N_DEAF 10
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

static GPtrArray *
clients_new (Fixture *f, guint n, const char *name)
{
  GPtrArray *clients = g_ptr_array_new_with_free_func ((GDestroyNotify) ear_test_client_free);

  for (guint i = 0; i < n; i++) {
    g_autofree char *user = name != NULL ? g_strdup_printf ("%s%u", name, i) : NULL;

    g_ptr_array_add (clients, user != NULL ? ear_test_client_new_active (f->server, user)
                                           : ear_test_client_new (f->server));
  }
  return clients;
}

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
  f->deaf = clients_new (f, N_DEAF, "deaf");
  for (guint i = 0; i < N_DEAF; i++)
    ear_link_set_paused (((EarTestClient *) g_ptr_array_index (f->deaf, i))->link, TRUE);
  f->loitering = clients_new (f, N_LOITERING, NULL);
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
count_strangers (Fixture *f)
{
  g_autofree char *status = ear_server_dup_status (f->server->server);

  return (guint) atoi (strstr (status, "strangers=") + strlen ("strangers="));
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

/* Who reads nothing while a great deal is said is let go, before it costs much. */
static void
test_deaf (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strnfill (EAR_LIMIT_TEXT, 'x');
  guint n_seconds = EAR_LIMIT_DEAD_MS / STEP_MS;

  for (guint second = 0; second <= n_seconds; second++) {
    g_autoptr (EarMessage) answer = NULL;

    ear_test_client_send (f->honest, "{\"type\":\"broadcast\",\"id\":9,\"text\":\"%s\"}", text);
    ear_test_wait (!g_queue_is_empty (&f->honest->received));
    g_queue_clear_full (&f->honest->received, (GDestroyNotify) ear_message_unref);
    ear_clock_advance (f->server->clock, STEP_MS * 1000);
    ear_test_settle (1);
  }
  for (guint i = 0; i < N_DEAF; i++)
    ear_link_set_paused (((EarTestClient *) g_ptr_array_index (f->deaf, i))->link, FALSE);
  ear_test_wait (count_ended (f->deaf) == N_DEAF);
  g_assert_null (f->honest->reason);
  assert_served (f->honest);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
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
