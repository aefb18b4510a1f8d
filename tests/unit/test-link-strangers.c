/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Links and strangers, who speak TLS or the protocol badly or not at all. */

#include "link-fixture.h"

#include "wire/ear-limits.h"

#include <string.h>

static void
test_first_byte (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocket) silent = fixture_accept_raw (f);

  ear_clock_advance (f->clock, EAR_LIMIT_FIRST_BYTE_MS * 1000 - 1);
  settle ();
  g_assert_cmpuint (f->a.n_closed, ==, 0);
  ear_clock_advance (f->clock, 1);
  g_assert_cmpuint (f->a.n_closed, ==, 0); /* never within a call */
  settle ();
  end_assert_closed (&f->a, EAR_ERROR_TIMEOUT);
}

static void
test_slow_handshake (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocket) slow = fixture_accept_raw (f);

  stranger_say (slow, "\x16", 1);
  settle ();
  ear_clock_advance (f->clock, EAR_LIMIT_HANDSHAKE_MS * 1000 - 1);
  stranger_say (slow, "\x03", 1); /* does not buy time */
  settle ();
  g_assert_cmpuint (f->a.n_closed, ==, 0);
  ear_clock_advance (f->clock, 1);
  settle ();
  end_assert_closed (&f->a, EAR_ERROR_TIMEOUT);
}

static void
test_gone_at_once (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocket) gone = fixture_accept_raw (f);

  g_socket_close (gone, NULL);
  wait_until (f->a.n_closed == 1);
  end_assert_closed (&f->a, EAR_ERROR_CLOSED);
}

/* The end comes with the first bytes: there is nothing to wait for. */
static void
test_gone_in_a_record (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocket) gone = fixture_accept_raw (f);

  stranger_say (gone, "\x16\x03\x01\x02\x00", 5);
  g_socket_close (gone, NULL);
  wait_until (f->a.n_closed == 1);
  end_assert_closed (&f->a, EAR_ERROR_CLOSED);
}

static void
test_garbage (Fixture *f, gconstpointer data)
{
  static const char *const garbage[] = {
    "GET / HTTP/1.1\r\nHost: earshot\r\n\r\n",
    "{\"type\":\"hello\",\"version\":1}\n",
    "SSH-2.0-OpenSSH_9.2\r\n",
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (garbage); i++) {
    GSocket *stranger = fixture_accept_raw (f);

    stranger_say (stranger, garbage[i], strlen (garbage[i]));
    wait_until (f->a.n_closed == 1);
    end_assert_closed (&f->a, EAR_ERROR_TLS);
    g_object_unref (stranger);
  }
}

static void
test_dead (Fixture *f, gconstpointer data)
{
  Stranger stranger;
  char buffer[100];

  fixture_open_stranger (f, &stranger, STRANGER_GOOD);
  g_assert_true (stranger_handshake (&stranger));
  wait_until (f->a.n_opened == 1);
  ear_clock_advance (f->clock, EAR_LIMIT_PING_MS * 1000);
  settle ();
  stranger_read_line (&stranger, buffer, sizeof buffer);
  g_assert_cmpstr (buffer, ==, "{\"type\":\"ping\"}");
  ear_clock_advance (f->clock, (EAR_LIMIT_DEAD_MS - EAR_LIMIT_PING_MS) * 1000 - 1);
  settle ();
  g_assert_cmpuint (f->a.n_closed, ==, 0);
  ear_clock_advance (f->clock, 1);
  settle ();
  end_assert_closed (&f->a, EAR_ERROR_TIMEOUT);
  stranger_close (&stranger);
}

/* Opens a link, and reads from it: a ticket would have come before. */
static void
open_and_read (Stranger *stranger, Fixture *f, SSL_SESSION *session)
{
  char buffer[100];

  fixture_open_stranger (f, stranger, STRANGER_GOOD);
  if (session != NULL)
    g_assert_cmpint (SSL_set_session (stranger->ssl, session), ==, 1);
  g_assert_true (stranger_handshake (stranger));
  wait_until (f->a.n_opened == 1);
  ear_clock_advance (f->clock, EAR_LIMIT_PING_MS * 1000);
  settle ();
  stranger_read_line (stranger, buffer, sizeof buffer);
}

/* Each link makes its keys anew: nothing that one leaves opens another. */
static void
test_no_resumption (Fixture *f, gconstpointer data)
{
  Stranger first, second;
  SSL_SESSION *session;

  open_and_read (&first, f, NULL);
  session = SSL_get1_session (first.ssl);
  g_assert_false (SSL_SESSION_is_resumable (session));
  g_assert_false (SSL_SESSION_has_ticket (session));
  open_and_read (&second, f, session);
  g_assert_false (SSL_session_reused (second.ssl));
  SSL_SESSION_free (session);
  stranger_close (&second);
  stranger_close (&first);
}

static void
test_bad_line (Fixture *f, gconstpointer data)
{
  static const char *const bad[] = {
    "nonsense\n",
    "\n",
    "{}\n",
    "{\"type\":\"typing\"}\n",
    "{\"type\":\"typing\",\"on\":1}\n",
    "{\"type\":\"typing\",\"on\":true,\"on\":true}\n",
    "{\"type\":\"watch\",\"id\":1,\"prefix\":\"\",\"limit\":1}\n",
    "{\"type\":\"typ\xff\"}\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    Stranger stranger;
    char buffer[500];

    fixture_open_stranger (f, &stranger, STRANGER_GOOD);
    g_assert_true (stranger_handshake (&stranger));
    stranger_write (&stranger, bad[i], strlen (bad[i]));
    stranger_write (&stranger, "{\"type\":\"typing\",\"on\":true}\n", 28); /* too late */
    stranger_read_line (&stranger, buffer, sizeof buffer);
    g_assert_nonnull (strstr (buffer, "\"error\""));
    g_assert_nonnull (strstr (buffer, "\"bad-message\""));
    stranger_close (&stranger);
    wait_until (f->a.n_closed == 1);
    end_assert_closed (&f->a, EAR_ERROR_BAD_MESSAGE);
    g_assert_cmpuint (f->a.n_received, ==, 0);
  }
}

static void
test_line_limit (Fixture *f, gconstpointer data)
{
  static const char text[] = "{\"type\":\"typing\",\"on\":true}";

  for (gsize size = EAR_LIMIT_LINE_STRANGER - 1; size <= EAR_LIMIT_LINE_STRANGER + 1; size++) {
    g_autofree char *line = g_strnfill (size, ' ');
    Stranger stranger;
    char buffer[500];

    memcpy (line, text, strlen (text));
    line[size - 1] = '\n';
    fixture_open_stranger (f, &stranger, STRANGER_GOOD);
    ear_link_set_state (f->a.link, EAR_MESSAGE_AT_OPEN, EAR_LIMIT_LINE_STRANGER);
    g_assert_true (stranger_handshake (&stranger));
    stranger_write (&stranger, line, size);
    if (size <= EAR_LIMIT_LINE_STRANGER) {
      wait_until (f->a.n_received == 1);
      g_assert_cmpuint (f->a.n_closed, ==, 0);
      stranger_close (&stranger);
      wait_until (f->a.n_closed == 1);
      continue;
    }
    stranger_read_line (&stranger, buffer, sizeof buffer);
    g_assert_nonnull (strstr (buffer, "\"too-long\""));
    stranger_close (&stranger);
    wait_until (f->a.n_closed == 1);
    end_assert_closed (&f->a, EAR_ERROR_TOO_LONG);
    g_assert_cmpuint (f->a.n_received, ==, 0);
  }
}

/* An endless line must not be kept. */
static void
test_no_newline (Fixture *f, gconstpointer data)
{
  g_autofree char *block = g_strnfill (16384, 'x');
  Stranger stranger;

  fixture_open_stranger (f, &stranger, STRANGER_GOOD);
  g_assert_true (stranger_handshake (&stranger));
  for (guint i = 0; i < 5; i++)
    stranger_write (&stranger, block, 16384);
  settle ();
  stranger_close (&stranger);
  wait_until (f->a.n_closed == 1);
  end_assert_closed (&f->a, EAR_ERROR_TOO_LONG);
}

static void
next_state_cb (End *end)
{
  ear_link_set_state (end->link, EAR_MESSAGE_AT_MET, EAR_LIMIT_LINE_PEER);
}

static void
test_state_for_next_line (Fixture *f, gconstpointer data)
{
  static const char lines[] = "{\"type\":\"hello\",\"user\":\"anna\",\"to\":\"bert\",\"server\":\"%"
                              "s\"}\n{\"type\":\"request\"}\n";
  g_autofree char *text = NULL;
  Stranger stranger;

  text = g_strdup_printf (lines, ear_identity_get_fingerprint (f->identity_a));
  fixture_open_stranger (f, &stranger, STRANGER_GOOD);
  ear_link_set_state (f->a.link, EAR_MESSAGE_AT_MEETING, EAR_LIMIT_LINE_PEER);
  f->a.on_received = next_state_cb;
  g_assert_true (stranger_handshake (&stranger));
  stranger_write (&stranger, text, strlen (text)); /* both in one record */
  wait_until (f->a.n_received == 2 || f->a.n_closed > 0);
  g_assert_cmpuint (f->a.n_closed, ==, 0);
  g_assert_cmpint (ear_link_get_state (f->a.link), ==, EAR_MESSAGE_AT_MET);
  stranger_close (&stranger);
}

static void
test_byte_by_byte (Fixture *f, gconstpointer data)
{
  static const char line[] = "{\"type\":\"typing\",\"on\":true}\n";
  Stranger stranger;

  fixture_open_stranger (f, &stranger, STRANGER_DRIBBLE); /* each byte of each record by itself */
  g_assert_true (stranger_handshake (&stranger));
  for (gsize i = 0; i < strlen (line); i++)
    stranger_write (&stranger, line + i, 1);
  wait_until (f->a.n_received == 1);
  g_assert_cmpuint (f->a.n_opened, ==, 1);
  stranger_close (&stranger);
  wait_until (f->a.n_closed == 1);
}

/* A turn takes some records, however short: what comes in many does not keep others waiting. */
static void
test_records_of_a_byte (Fixture *f, gconstpointer data)
{
  GString *lines = g_string_new (NULL);
  guint n_before = 0;
  Stranger stranger;

  for (guint i = 0; i < 20; i++)
    g_string_append (lines, "{\"type\":\"typing\",\"on\":true}\n");
  fixture_open_stranger (f, &stranger, STRANGER_GOOD);
  g_assert_true (stranger_handshake (&stranger));
  wait_until (f->a.n_opened == 1);
  stranger_write_apart (&stranger, lines->str, lines->len); /* turns the loop once */
  for (;;) {
    g_assert_cmpuint (f->a.n_received, <=, n_before + 3);
    n_before = f->a.n_received;
    if (n_before == 20)
      break;
    g_main_context_iteration (NULL, TRUE);
  }
  stranger_close (&stranger);
  g_string_free (lines, TRUE);
}

/* Messages about TLS itself: a few do no harm. */
static void
test_renewal (Fixture *f, gconstpointer data)
{
  for (guint n = EAR_LIMIT_TLS_MESSAGES - 1; n <= EAR_LIMIT_TLS_MESSAGES + 1; n++) {
    Stranger stranger;

    fixture_open_stranger (f, &stranger, STRANGER_GOOD);
    g_assert_true (stranger_handshake (&stranger));
    stranger_renew (&stranger, n);
    stranger_write (&stranger, "{\"type\":\"typing\",\"on\":true}\n", 28);
    wait_until (f->a.n_received + f->a.n_closed > 0);
    g_assert_cmpuint (f->a.n_received, ==, n <= EAR_LIMIT_TLS_MESSAGES);
    if (n > EAR_LIMIT_TLS_MESSAGES)
      end_assert_closed (&f->a, EAR_ERROR_TLS);
    stranger_close (&stranger);
    wait_until (f->a.n_closed == 1);
  }
}

/* However many come, it is over after a few, and others are heard. */
static void
test_endless_renewal (Fixture *f, gconstpointer data)
{
  Fixture other;
  Stranger stranger;
  End *end = GPOINTER_TO_INT (data) ? &f->b : &f->a;

  fixture_set_up (&other, NULL);
  fixture_open (&other);
  if (end == &f->b)
    fixture_serve_stranger (f, &stranger, STRANGER_GOOD);
  else
    fixture_open_stranger (f, &stranger, STRANGER_GOOD);
  g_assert_true (stranger_handshake (&stranger));
  wait_until (end->n_opened == 1);
  end_send_text (&other.b, "meanwhile");
  stranger_renew (&stranger, 20000);
  wait_until (end->n_closed == 1);
  end_assert_closed (end, EAR_ERROR_TLS);
  g_assert_nonnull (strstr (end->reason->message, "too many messages"));
  wait_until (other.a.n_received == 1);
  stranger_close (&stranger);
  fixture_tear_down (&other, NULL);
}

static void
test_end_without_notice (Fixture *f, gconstpointer data)
{
  Stranger stranger;

  fixture_open_stranger (f, &stranger, STRANGER_GOOD);
  g_assert_true (stranger_handshake (&stranger));
  stranger_close (&stranger);
  wait_until (f->a.n_closed == 1);
  g_assert_cmpuint (f->a.n_opened, ==, 1);
  end_assert_closed (&f->a, EAR_ERROR_CLOSED);
}

/* The other side reads nothing: closing must not take forever. */
static void
test_close_deadline (Fixture *f, gconstpointer data)
{
  Stranger stranger;

  fixture_open_stranger (f, &stranger, STRANGER_GOOD);
  g_assert_true (stranger_handshake (&stranger));
  wait_until (f->a.n_opened == 1);
  ear_link_close (f->a.link, EAR_ERROR_ENDED);
  settle ();
  g_assert_cmpuint (f->a.n_closed, ==, 0);
  ear_clock_advance (f->clock, 2000 * 1000);
  settle ();
  end_assert_closed (&f->a, EAR_ERROR_ENDED);
  stranger_close (&stranger);
}

static void
test_wrong_protocol (Fixture *f, gconstpointer data)
{
  fixture_mix_roles (f);
  wait_until (f->a.n_closed == 1 && f->b.n_closed == 1);
  end_assert_closed (&f->a, EAR_ERROR_TLS);
  end_assert_closed (&f->b, EAR_ERROR_TLS);
  g_assert_cmpuint (f->a.n_opened + f->b.n_opened, ==, 0);
}

static void
test_refused_client (Fixture *f, gconstpointer data)
{
  StrangerKind kind = GPOINTER_TO_INT (data);
  Stranger stranger;

  fixture_open_stranger (f, &stranger, kind);
  stranger_handshake (&stranger);
  wait_until (f->a.n_closed == 1);
  end_assert_closed (&f->a, EAR_ERROR_TLS);
  g_assert_cmpuint (f->a.n_opened, ==, 0);
  if (kind == STRANGER_LONG_CHAIN)
    g_assert_nonnull (strstr (f->a.reason->message, "excessive message size"));
  if (kind == STRANGER_NO_ALPN)
    g_assert_cmpint (stranger_read_reason (&stranger), ==,
                     SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
  stranger_close (&stranger);
}

static void
test_refused_server (Fixture *f, gconstpointer data)
{
  Stranger stranger;

  fixture_serve_stranger (f, &stranger, GPOINTER_TO_INT (data));
  stranger_handshake (&stranger);
  wait_until (f->b.n_closed == 1);
  end_assert_closed (&f->b, EAR_ERROR_TLS);
  g_assert_cmpuint (f->b.n_opened, ==, 0);
  stranger_close (&stranger);
}

#define TEST(path, func, data)                                                                \
  g_test_add ("/link-strangers/" path, Fixture, GINT_TO_POINTER (data), fixture_set_up, func, \
              fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("first-byte", test_first_byte, 0);
  TEST ("slow-handshake", test_slow_handshake, 0);
  TEST ("gone-at-once", test_gone_at_once, 0);
  TEST ("gone-in-a-record", test_gone_in_a_record, 0);
  TEST ("garbage", test_garbage, 0);
  TEST ("dead", test_dead, 0);
  TEST ("no-resumption", test_no_resumption, 0);
  TEST ("bad-line", test_bad_line, 0);
  TEST ("line-limit", test_line_limit, 0);
  TEST ("no-newline", test_no_newline, 0);
  TEST ("state-for-next-line", test_state_for_next_line, 0);
  TEST ("byte-by-byte", test_byte_by_byte, 0);
  TEST ("records-of-a-byte", test_records_of_a_byte, 0);
  TEST ("renewal", test_renewal, 0);
  TEST ("endless-renewal/client", test_endless_renewal, FALSE);
  TEST ("endless-renewal/server", test_endless_renewal, TRUE);
  TEST ("end-without-notice", test_end_without_notice, 0);
  TEST ("close-deadline", test_close_deadline, 0);
  TEST ("wrong-protocol", test_wrong_protocol, 0);
  for (const StrangerCase *c = stranger_refused; c->name != NULL; c++) {
    g_autofree char *path = g_strconcat ("/link-strangers/refused-client/", c->name, NULL);

    g_test_add (path, Fixture, GINT_TO_POINTER (c->kind), fixture_set_up, test_refused_client,
                fixture_tear_down);
  }
  TEST ("refused-server/rsa", test_refused_server, STRANGER_RSA);
  TEST ("refused-server/tls-1.2", test_refused_server, STRANGER_TLS_1_2);
  TEST ("refused-server/no-alpn", test_refused_server, STRANGER_NO_ALPN);
  TEST ("refused-server/chain", test_refused_server, STRANGER_CHAIN);
  TEST ("refused-server/long-chain", test_refused_server, STRANGER_LONG_CHAIN);
  return g_test_run ();
}
