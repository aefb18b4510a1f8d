/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* How fast two people can talk: the round trip of a message, from ear_chat_send() to the ack, and
 * messages per second, in an accepted chat of two real clients, each a process of its own, on
 * loopback. Beside it, in the same run: a bare TCP ping-pong of the same size, and the commit of a
 * message to a history of its own, as the receiver must make one before it acknowledges. With more
 * than 15,000 rounds it is EAR_LIMIT_STORED that is measured.
 *
 *     peers [ROUNDS]              the bench
 *     peers --bob PORT KEY        the other client, started by the bench
 *     peers --reader PORT KEY     the same, who has seen each message as soon as it is there
 *     peers --echo                the other end of the ping-pong */

#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "client/ear-chat-message.h"
#include "client/ear-chat.h"
#include "client/ear-history.h"
#include "support/ear-test-person.h"
#include "support/ear-test-wait.h"

#define TEXT_LENGTH 200

static char text[TEXT_LENGTH + 1];

/* -- Figures -- */

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

/* Prints and gives the median. */
static double
report (const char *what, GArray *times_us)
{
  g_array_sort (times_us, compare_times);

  gint64 median = g_array_index (times_us, gint64, times_us->len / 2);
  gint64 p99 = g_array_index (times_us, gint64, times_us->len * 99 / 100);

  g_print ("%-38s %8" G_GINT64_FORMAT " µs  p99 %8" G_GINT64_FORMAT " µs\n", what, median, p99);
  return (double) median;
}

static void
note_since (GArray *times_us, gint64 start_us)
{
  gint64 took_us = g_get_monotonic_time () - start_us;

  g_array_append_val (times_us, took_us);
}

/* The line that a process of ours prints first. */
static char *
read_line (GSubprocess *process)
{
  g_autoptr (GDataInputStream) lines =
    g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));

  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (lines), FALSE);
  return g_data_input_stream_read_line (lines, NULL, NULL, NULL);
}

static GSubprocess *
start (const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  GSubprocess *process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);

  g_assert_no_error (error);
  return process;
}

static void
end (GSubprocess *process)
{
  g_subprocess_send_signal (process, SIGTERM);
  g_subprocess_wait (process, NULL, NULL);
  g_object_unref (process);
}

/* -- The ping-pong -- */

static void
read_fully (int fd, char *buffer)
{
  for (gsize n = 0; n < TEXT_LENGTH;) {
    gssize got = read (fd, buffer + n, TEXT_LENGTH - n);

    if (got <= 0)
      exit (EXIT_SUCCESS);
    n += (gsize) got;
  }
}

static void
write_fully (int fd, const char *buffer)
{
  g_assert_cmpint (write (fd, buffer, TEXT_LENGTH), ==, TEXT_LENGTH);
}

static void
set_no_delay (GSocket *socket)
{
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
}

G_NORETURN static void
echo (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  char buffer[TEXT_LENGTH];
  int fd;

  g_print ("%u\n", g_socket_listener_add_any_inet_port (listener, NULL, NULL));
  connection = g_socket_listener_accept (listener, NULL, NULL, NULL);
  set_no_delay (g_socket_connection_get_socket (connection));
  fd = g_socket_get_fd (g_socket_connection_get_socket (connection));
  g_unix_set_fd_nonblocking (fd, FALSE, NULL);
  for (;;) {
    read_fully (fd, buffer);
    write_fully (fd, buffer);
  }
}

static double
bench_ping_pong (const char *self, guint rounds)
{
  GSubprocess *process = start ((const char *const[]){ self, "--echo", NULL });
  g_autofree char *port = read_line (process);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection =
    g_socket_client_connect_to_host (client, "127.0.0.1", (guint16) atoi (port), NULL, &error);
  g_autoptr (GArray) times_us = g_array_new (FALSE, FALSE, sizeof (gint64));
  char buffer[TEXT_LENGTH];
  int fd;

  g_assert_no_error (error);
  set_no_delay (g_socket_connection_get_socket (connection));
  fd = g_socket_get_fd (g_socket_connection_get_socket (connection));
  g_unix_set_fd_nonblocking (fd, FALSE, NULL);
  for (guint i = 0; i < rounds; i++) {
    gint64 start_us = g_get_monotonic_time ();

    write_fully (fd, text);
    read_fully (fd, buffer);
    note_since (times_us, start_us);
  }
  end (process);
  return report ("bare TCP ping-pong", times_us);
}

/* -- The commit -- */

static double
bench_commit (guint rounds)
{
  g_autofree char *directory = g_dir_make_tmp ("earshot-bench-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "history.db", NULL);
  g_autoptr (EarHistory) history = ear_history_new (path);
  g_autoptr (GArray) times_us = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GAsyncResult) done = NULL;
  g_autoptr (GError) error = NULL;

  ear_history_open_async (history, NULL, ear_test_result_cb, &done);
  ear_test_wait (done != NULL);
  ear_history_open_finish (history, done, &error);
  g_assert_no_error (error);
  ear_history_set_account (history, "server", "bob");
  for (guint i = 0; i < rounds; i++) {
    g_autofree char *id = g_uuid_string_random ();
    EarHistoryMessage message = { .id = id, .text = text, .delivery = EAR_DELIVERY_INCOMING };
    gint64 start_us = g_get_monotonic_time ();

    g_clear_object (&done);
    ear_history_add_message_async (history, "alice", &message, NULL, ear_test_result_cb, &done);
    while (done == NULL)
      g_main_context_iteration (NULL, TRUE);
    note_since (times_us, start_us);
    g_assert_true (ear_history_add_message_finish (history, done, NULL, &error));
  }
  g_clear_object (&done);
  ear_history_close_async (history, NULL, ear_test_result_cb, &done);
  ear_test_wait (done != NULL);
  g_assert_true (ear_history_close_finish (history, done, &error));
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (directory), ==, 0);
  return report ("commit of a message", times_us);
}

/* -- The chat -- */

static void
accept_cb (EarClient *client, EarChat *chat)
{
  ear_chat_accept (chat);
}

static gboolean
quit_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_CONTINUE;
}

static void
accept_and_read_cb (EarClient *client, EarChat *chat)
{
  g_signal_connect (chat, "message-received", G_CALLBACK (ear_chat_mark_read), NULL);
  ear_chat_accept (chat);
}

/* Accepts every chat until SIGTERM. */
static int
be_bob (const char *port, const char *key, gboolean reads)
{
  EarTestServer server = { .port = (guint16) atoi (port), .fingerprint = (char *) key };
  g_autoptr (EarTestPerson) bob = ear_test_person_new (&server, "bob");
  gboolean quit = FALSE;
  guint on_terminate = g_unix_signal_add (SIGTERM, quit_cb, &quit);

  g_signal_connect (bob->client, "asked", G_CALLBACK (reads ? accept_and_read_cb : accept_cb),
                    NULL);
  g_print ("ready\n");
  while (!quit)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (on_terminate);
  return EXIT_SUCCESS;
}

static EarChatMessage *
say (EarChat *chat)
{
  EarChatMessage *message = ear_chat_send (chat, text);

  g_assert_nonnull (message);
  return message;
}

static void
wait_for_ack (EarChatMessage *message)
{
  while (ear_chat_message_get_delivery (message) < EAR_DELIVERY_RECEIVED)
    g_main_context_iteration (NULL, TRUE);
}

static double
bench_round_trip (const char *what, EarChat *chat, guint rounds)
{
  g_autoptr (GArray) times_us = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint i = 0; i < rounds; i++) {
    gint64 start_us = g_get_monotonic_time ();
    g_autoptr (EarChatMessage) message = say (chat);

    wait_for_ack (message);
    note_since (times_us, start_us);
  }
  return report (what, times_us);
}

static void
bench_throughput (const char *what, EarChat *chat, guint rounds)
{
  gint64 start_us = g_get_monotonic_time ();
  g_autoptr (EarChatMessage) last = NULL;

  for (guint i = 0; i < rounds; i++) {
    g_clear_object (&last);
    last = say (chat);
  }
  wait_for_ack (last);
  g_print ("%-38s %8.0f per second\n", what,
           rounds / ((double) (g_get_monotonic_time () - start_us) / G_USEC_PER_SEC));
}

static double
bench_chat (const char *self, guint rounds, gboolean reads)
{
  g_autoptr (EarTestServer) server = ear_test_server_new ();
  g_autoptr (EarTestPerson) alice = NULL;
  g_autofree char *port = NULL, *ready = NULL;
  GSubprocess *bob;
  EarChat *chat;
  double round_trip_us;

  ear_test_server_spawn (server);
  port = g_strdup_printf ("%u", server->port);
  alice = ear_test_person_new (server, "alice");
  bob = start (
    (const char *const[]){ self, reads ? "--reader" : "--bob", port, server->fingerprint, NULL });
  ready = read_line (bob);
  g_assert_cmpstr (ready, ==, "ready");
  ear_test_wait (ear_test_person_sees (alice, "bob"));
  chat = ear_client_get_chat (alice->client, "bob");
  ear_chat_request (chat, NULL);
  ear_test_wait (ear_chat_get_state (chat) == EAR_CHAT_OPEN);

  round_trip_us = bench_round_trip (
    reads ? "chat message that is read, to its ack" : "chat message, to its ack", chat, rounds);
  bench_throughput (reads ? "chat messages that are read, one way" : "chat messages, one way", chat,
                    rounds);
  end (bob);
  ear_test_person_free (g_steal_pointer (&alice));
  ear_test_server_terminate (server);
  return round_trip_us;
}

int
main (int argc, char **argv)
{
  guint rounds = argc == 2 ? (guint) atoi (argv[1]) : 2000;
  double ping_pong_us, commit_us, round_trip_us;

  setlocale (LC_ALL, "");
  memset (text, 'x', TEXT_LENGTH);
  if (argc == 2 && g_str_equal (argv[1], "--echo"))
    echo ();
  if (argc == 4)
    return be_bob (argv[2], argv[3], g_str_equal (argv[1], "--reader"));
  if (rounds == 0 || g_getenv ("EARSHOTD") == NULL) {
    g_printerr ("Usage: EARSHOTD=PATH %s [ROUNDS]\n", argv[0]);
    return 2;
  }
  ping_pong_us = bench_ping_pong (argv[0], rounds);
  commit_us = bench_commit (rounds);
  round_trip_us = bench_chat (argv[0], rounds, FALSE);
  bench_chat (argv[0], rounds, TRUE);
  g_print ("%-38s %8.2f × (2 × ping-pong + commit)\n", "chat message, to its ack",
           round_trip_us / (2 * ping_pong_us + commit_us));
  return EXIT_SUCCESS;
}
