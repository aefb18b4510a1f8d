/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Who speaks no TLS to a real earshotd, or not ours: the connection ends before a word was said,
 * and the log has a line of it. */

#include <string.h>

#include "hostile-fixture.h"
#include "support/ear-test-wait.h"
#include "support/stranger.h"

#define PROTOCOL \
  "\x09"         \
  "earshot/1"
#define HELLO "{\"type\":\"hello\",\"version\":1}\n"

/* -- No TLS -- */

typedef struct
{
  const char *text;
  gboolean ends;
} First;

/* Who asks a web server or sends a banner goes on waiting: it is the server that ends it. What
 * begins like TLS ends with its end. */
static const First firsts[] = {
  { "GET / HTTP/1.1\r\nHost: earshot\r\n\r\n", FALSE },
  { "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", FALSE },
  { HELLO, FALSE },
  { "\x16\x03\x01\xff\xff", TRUE },
  { "\x80\x2e\x01", TRUE },
};

static void
say (Fixture *f, const First *first)
{
  g_autoptr (GSocketClient) dialler = g_socket_client_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection =
    g_socket_client_connect_to_host (dialler, "127.0.0.1", f->server->port, NULL, &error);
  GSocket *socket = g_socket_connection_get_socket (connection);
  char answer[256];
  gssize n;

  g_assert_no_error (error);
  g_socket_set_timeout (socket, EAR_TEST_PATIENCE);
  n = g_socket_send (socket, first->text, strlen (first->text), NULL, NULL);
  g_assert_cmpint (n, ==, strlen (first->text));
  if (first->ends)
    g_socket_shutdown (socket, FALSE, TRUE, NULL);
  /* An alert at most, and the end. */
  do
    n = g_socket_receive (socket, answer, sizeof answer, NULL, &error);
  while (n > 0);
  g_assert_true (n == 0 || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED));
}

static void
test_not_tls (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (firsts); i++) {
    hostile_begin (f);
    say (f, &firsts[i]);
    hostile_end (f, 1);
  }
}

/* -- TLS that is not ours -- */

/* Many times, so that what one of them leaves behind would be seen. */
#define ROUNDS 5

static void
test_refused (Fixture *f, gconstpointer data)
{
  StrangerKind kind = GPOINTER_TO_INT (data);

  for (guint i = 0; i < ROUNDS; i++) {
    Stranger stranger;

    hostile_begin (f);
    stranger_dial (&stranger, kind, PROTOCOL, f->server->port);
    if (stranger_handshake (&stranger)) /* in TLS 1.3 this is no answer yet */
      stranger_write (&stranger, HELLO, strlen (HELLO));
    g_assert_true (stranger_hears_nothing (&stranger));
    stranger_close (&stranger);
    hostile_end (f, 1);
    g_assert_cmpuint (ear_test_server_count_log (f->server, "TLS failed: "), ==, i + 1);
  }
  if (kind == STRANGER_LONG_CHAIN)
    g_assert_cmpuint (ear_test_server_count_log (f->server, "excessive message size"), ==, ROUNDS);
}

/* Who goes on about TLS itself without end, with an account or without, is let go. */
static void
test_endless_renewal (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < ROUNDS; i++) {
    Stranger stranger;

    hostile_begin (f);
    stranger_dial (&stranger, STRANGER_GOOD, PROTOCOL, f->server->port);
    g_assert_true (stranger_handshake (&stranger));
    stranger_renew (&stranger, 20000);
    g_assert_true (stranger_hears_nothing (&stranger));
    stranger_close (&stranger);
    hostile_end (f, 1);
    g_assert_cmpuint (ear_test_server_count_log (f->server, "too many messages"), ==, i + 1);
  }
}

/* The same in order: an expired certificate is one, as names and dates say nothing. */
static void
test_good (Fixture *f, gconstpointer data)
{
  Stranger stranger;
  char line[500];

  stranger_dial (&stranger, STRANGER_GOOD, PROTOCOL, f->server->port);
  g_assert_true (stranger_handshake (&stranger));
  stranger_write (&stranger, HELLO, strlen (HELLO));
  stranger_read_line (&stranger, line, sizeof line);
  g_assert_nonnull (strstr (line, "\"welcome\""));
  stranger_close (&stranger);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/hostile-tls/not-tls", Fixture, NULL, hostile_set_up, test_not_tls,
              hostile_tear_down);
  g_test_add ("/hostile-tls/good", Fixture, NULL, hostile_set_up, test_good, hostile_tear_down);
  g_test_add ("/hostile-tls/endless-renewal", Fixture, NULL, hostile_set_up, test_endless_renewal,
              hostile_tear_down);
  for (const StrangerCase *c = stranger_refused; c->name != NULL; c++) {
    g_autofree char *path = g_strconcat ("/hostile-tls/", c->name, NULL);

    g_test_add (path, Fixture, GINT_TO_POINTER (c->kind), hostile_set_up, test_refused,
                hostile_tear_down);
  }
  return g_test_run ();
}
