/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Links: pairs over loopback in one main context with a manual clock. */

#include "link-fixture.h"

#include "wire/ear-limits.h"

#include <string.h>

static void
test_handshake (Fixture *f, gconstpointer data)
{
  guint8 a[32], b[32];
  g_autoptr (GError) error = NULL;

  g_assert_null (ear_link_get_fingerprint (f->a.link));
  g_assert_false (ear_link_is_open (f->a.link));
  g_assert_false (ear_link_export_binding (f->a.link, a, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_TLS);
  g_clear_error (&error);
  fixture_open (f);
  g_assert_cmpuint (f->a.n_opened, ==, 1);
  g_assert_cmpuint (f->b.n_opened, ==, 1);
  g_assert_cmpstr (ear_link_get_fingerprint (f->a.link), ==,
                   ear_identity_get_fingerprint (f->identity_b));
  g_assert_cmpstr (ear_link_get_fingerprint (f->b.link), ==,
                   ear_identity_get_fingerprint (f->identity_a));
  g_assert_cmpmem (ear_link_get_peer_key (f->a.link), 32,
                   ear_identity_get_public_key (f->identity_b), 32);
  g_assert_true (ear_link_export_binding (f->a.link, a, &error));
  g_assert_true (ear_link_export_binding (f->b.link, b, &error));
  g_assert_cmpmem (a, 32, b, 32);
  g_assert_false (ear_link_is_dialled (f->a.link));
  g_assert_true (ear_link_is_dialled (f->b.link));
  g_assert_cmpuint (g_inet_socket_address_get_port (ear_link_get_remote_address (f->a.link)), ==,
                    g_inet_socket_address_get_port (ear_link_get_local_address (f->b.link)));
}

static void
test_lines (Fixture *f, gconstpointer data)
{
  end_send_text (&f->b, "before the handshake");
  fixture_open (f);
  for (guint i = 0; i < 300; i++) { /* several turns' worth */
    g_autofree char *text = g_strdup_printf ("number %u", i);

    end_send_text (&f->a, text);
  }
  wait_until (f->b.texts->len == 300 && f->a.texts->len == 1);
  g_assert_cmpstr (f->a.texts->pdata[0], ==, "before the handshake");
  g_assert_cmpstr (f->b.texts->pdata[0], ==, "number 0");
  g_assert_cmpstr (f->b.texts->pdata[299], ==, "number 299");
  g_assert_cmpuint (ear_link_get_n_queued (f->a.link), ==, 0);
}

static void
count_free_cb (gpointer user_data)
{
  (*(guint *) user_data)++;
}

static void
test_shared_line (Fixture *f, gconstpointer data)
{
  static const char text[] = "{\"type\":\"typing\",\"on\":true}\n";
  guint n_freed = 0;
  GBytes *line = g_bytes_new_with_free_func (text, strlen (text), count_free_cb, &n_freed);
  Fixture *others = g_new0 (Fixture, 20);
  guint n_arrived;

  for (guint i = 0; i < 20; i++) {
    fixture_set_up (&others[i], NULL);
    fixture_open (&others[i]);
    ear_link_send_line (others[i].a.link, line);
  }
  g_bytes_unref (line);
  g_assert_cmpuint (n_freed, ==, 0);
  do {
    g_main_context_iteration (NULL, TRUE);
    n_arrived = 0;
    for (guint i = 0; i < 20; i++)
      n_arrived += others[i].b.n_received;
  } while (n_arrived < 20);
  g_assert_cmpuint (n_freed, ==, 1);
  for (guint i = 0; i < 20; i++)
    fixture_tear_down (&others[i], NULL);
  g_free (others);
}

static void
test_ping (Fixture *f, gconstpointer data)
{
  fixture_open (f);
  for (guint i = 0; i < 20; i++) {
    ear_clock_advance (f->clock, EAR_LIMIT_PING_MS * 1000);
    settle (); /* ping and pong go over */
  }
  g_assert_cmpuint (f->a.n_closed + f->b.n_closed, ==, 0);
  g_assert_cmpuint (f->a.n_received + f->b.n_received, ==, 0); /* no business of the owner */
}

static void
test_close (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strnfill (4000, 'x');

  fixture_open (f);
  for (guint i = 0; i < 100; i++)
    end_send_text (&f->a, text);
  ear_link_close (f->a.link, EAR_ERROR_SHUTTING_DOWN);
  ear_link_close (f->a.link, EAR_ERROR_ENDED); /* does nothing */
  end_send_text (&f->a, "too late");
  g_assert_cmpuint (f->a.n_closed, ==, 0);
  g_assert_false (ear_link_is_open (f->a.link));
  wait_until (f->a.n_closed == 1 && f->b.n_closed == 1);
  g_assert_cmpuint (f->b.texts->len, ==, 100);
  end_assert_closed (&f->a, EAR_ERROR_SHUTTING_DOWN);
  end_assert_closed (&f->b, EAR_ERROR_SHUTTING_DOWN);
  g_assert_nonnull (ear_link_get_fingerprint (f->a.link));
  g_assert_nonnull (ear_link_get_remote_address (f->a.link));
}

static void
test_close_both (Fixture *f, gconstpointer data)
{
  fixture_open (f);
  ear_link_close (f->a.link, EAR_ERROR_ENDED);
  ear_link_close (f->b.link, EAR_ERROR_CLOSED);
  wait_until (f->a.n_closed == 1 && f->b.n_closed == 1);
  end_assert_closed (&f->a, EAR_ERROR_ENDED);
  end_assert_closed (&f->b, EAR_ERROR_CLOSED);
}

static void
test_close_before_open (Fixture *f, gconstpointer data)
{
  ear_link_close (f->a.link, EAR_ERROR_FULL);
  g_assert_cmpuint (f->a.n_closed, ==, 0);
  wait_until (f->a.n_closed == 1 && f->b.n_closed == 1);
  end_assert_closed (&f->a, EAR_ERROR_FULL);
  end_assert_closed (&f->b, EAR_ERROR_CLOSED);
  g_assert_cmpuint (f->a.n_opened + f->b.n_opened, ==, 0);
}

static void
test_close_and_forget (Fixture *f, gconstpointer data)
{
  EarLink *link;

  fixture_open (f);
  end_send_text (&f->a, "farewell");
  link = f->a.link;
  g_object_add_weak_pointer (G_OBJECT (link), (gpointer *) &link);
  ear_link_set_owner (f->a.link, NULL, NULL);
  ear_link_close (f->a.link, EAR_ERROR_ENDED);
  g_clear_object (&f->a.link);
  g_assert_nonnull (link); /* until its words are out */
  wait_until (f->b.n_closed == 1 && link == NULL);
  g_assert_cmpuint (f->b.texts->len, ==, 1);
  end_assert_closed (&f->b, EAR_ERROR_ENDED);
  g_assert_cmpuint (f->a.n_closed, ==, 0);
}

static void
test_abort (Fixture *f, gconstpointer data)
{
  fixture_open (f);
  ear_link_abort (f->a.link);
  ear_link_abort (f->a.link);
  ear_link_close (f->a.link, EAR_ERROR_ENDED);
  g_assert_cmpuint (f->a.n_closed, ==, 0);
  wait_until (f->a.n_closed == 1 && f->b.n_closed == 1);
  end_assert_closed (&f->a, EAR_ERROR_CLOSED);
  end_assert_closed (&f->b, EAR_ERROR_CLOSED);
  settle ();
  g_assert_cmpuint (f->a.n_closed, ==, 1);
}

static void
drop_cb (End *end)
{
  g_clear_object (&end->link);
}

static void
abort_cb (End *end)
{
  ear_link_abort (end->link);
  g_assert_cmpuint (end->n_closed, ==, 0);
}

static void
test_drop_in_callbacks (void)
{
  for (guint i = 0; i < 4; i++) {
    Fixture f;

    fixture_set_up (&f, NULL);
    if (i == 0)
      f.a.on_opened = drop_cb;
    else if (i == 1)
      f.a.on_received = drop_cb;
    else
      f.a.on_closed = drop_cb;
    if (i == 3)
      f.a.on_received = abort_cb;
    wait_until (f.b.n_opened == 1);
    end_send_text (&f.b, "one");
    end_send_text (&f.b, "two");
    if (i == 2)
      ear_link_close (f.b.link, EAR_ERROR_ENDED);
    wait_until (f.b.n_closed == 1 && f.a.link == NULL);
    g_assert_cmpuint (f.a.n_received, ==, i == 0 ? 0 : i == 2 ? 2 : 1);
    g_assert_cmpuint (f.a.n_closed, ==, i >= 2);
    fixture_tear_down (&f, NULL);
  }
}

static void
test_pause (Fixture *f, gconstpointer data)
{
  fixture_open (f);
  f->a.pause_after = 1;
  for (guint i = 0; i < 3; i++)
    end_send_text (&f->b, "line");
  wait_until (f->a.n_received == 1);
  settle ();
  g_assert_cmpuint (f->a.n_received, ==, 1);
  end_send_text (&f->b, "line");
  settle ();
  g_assert_cmpuint (f->a.n_received, ==, 1);
  f->a.pause_after = 0;
  ear_link_set_paused (f->a.link, FALSE);
  g_assert_cmpuint (f->a.n_received, ==, 1); /* never within a call */
  wait_until (f->a.n_received == 4);
}

/* Paused before it opens: what comes meanwhile waits, and the loop sleeps. */
static void
test_pause_before_open (Fixture *f, gconstpointer data)
{
  guint n_turns = 0;

  ear_link_set_paused (f->a.link, TRUE);
  end_send_text (&f->b, "early");
  fixture_open (f);
  wait_until (ear_link_get_n_queued (f->b.link) == 0);
  while (g_main_context_iteration (NULL, FALSE))
    g_assert_cmpuint (n_turns++, <, 1000);
  g_assert_cmpuint (f->a.n_received, ==, 0);
  ear_link_set_paused (f->a.link, FALSE);
  wait_until (f->a.n_received == 1);
}

static void
other_received_cb (EarLink *link, EarMessage *message, gpointer user_data)
{
  (*(guint *) user_data)++;
}

static void
test_change_owner (Fixture *f, gconstpointer data)
{
  static const EarLinkEvents others = { .received = other_received_cb };
  guint n_others = 0;

  fixture_open (f);
  end_send_text (&f->b, "one");
  wait_until (f->a.n_received == 1);
  ear_link_set_owner (f->a.link, &others, &n_others);
  end_send_text (&f->b, "two");
  wait_until (n_others == 1);
  g_assert_cmpuint (f->a.n_received, ==, 1);
}

static void
test_hard_limit (Fixture *f, gconstpointer data)
{
  g_autofree char *block = g_strnfill (EAR_LIMIT_QUEUE_HARD, '\n');
  g_autoptr (GBytes) most = g_bytes_new (block, EAR_LIMIT_QUEUE_HARD - 1);
  g_autoptr (GBytes) byte = g_bytes_new_static ("\n", 1);

  fixture_open (f);
  ear_link_send_line (f->a.link, most);
  ear_link_send_line (f->a.link, byte);
  g_assert_true (ear_link_is_open (f->a.link));
  ear_link_send_line (f->a.link, byte);
  g_assert_false (ear_link_is_open (f->a.link));
  g_assert_cmpuint (f->a.n_closed, ==, 0);
  wait_until (f->a.n_closed == 1);
  end_assert_closed (&f->a, EAR_ERROR_TIMEOUT);
}

/* Sends until the network takes no more; the other side is paused. */
static void
fill_network (Fixture *f)
{
  g_autofree char *block = g_strnfill (65536, '\n');
  g_autoptr (GBytes) line = g_bytes_new (block, 65536);

  ear_link_set_paused (f->b.link, TRUE);
  while (ear_link_get_n_queued (f->a.link) == 0) {
    ear_link_send_line (f->a.link, line);
    settle ();
  }
  g_assert_cmpuint (ear_link_get_n_queued (f->a.link), <=, 65536);
}

static void
test_soft_limit (Fixture *f, gconstpointer data)
{
  g_autofree char *block = g_strnfill (EAR_LIMIT_QUEUE_SOFT, '\n');
  g_autoptr (GBytes) line = g_bytes_new (block, EAR_LIMIT_QUEUE_SOFT);

  fixture_open (f);
  fill_network (f);
  ear_link_send_line (f->a.link, line);
  ear_clock_advance (f->clock, EAR_LIMIT_QUEUE_SOFT_MS * 1000 - 1);
  settle ();
  g_assert_cmpuint (f->a.n_closed, ==, 0);
  ear_clock_advance (f->clock, 1);
  settle ();
  end_assert_closed (&f->a, EAR_ERROR_TIMEOUT);
}

static void
test_write_stall (Fixture *f, gconstpointer data)
{
  fixture_open (f);
  fill_network (f);
  ear_clock_advance (f->clock, EAR_LIMIT_WRITE_STALL_MS * 1000 - 1);
  settle ();
  g_assert_cmpuint (f->a.n_closed, ==, 0);
  ear_clock_advance (f->clock, 1);
  settle ();
  end_assert_closed (&f->a, EAR_ERROR_TIMEOUT);
}

/* Lines so short that the record which the network does not take has left the queue. */
static void
test_write_stall_short (Fixture *f, gconstpointer data)
{
  fixture_open (f);
  ear_link_set_paused (f->b.link, TRUE);
  while (ear_link_get_n_queued (f->a.link) == 0) {
    end_send_text (&f->a, "short");
    settle ();
  }
  ear_clock_advance (f->clock, EAR_LIMIT_WRITE_STALL_MS * 1000 - 1);
  settle ();
  g_assert_cmpuint (f->a.n_closed, ==, 0);
  ear_clock_advance (f->clock, 1);
  settle ();
  end_assert_closed (&f->a, EAR_ERROR_TIMEOUT);
}

/* A reader that was slow and comes back loses nothing. */
static void
test_slow_reader (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strnfill (4000, 'x');
  guint n_sent = 0;

  fixture_open (f);
  ear_link_set_paused (f->b.link, TRUE);
  while (ear_link_get_n_queued (f->a.link) < 100000) {
    end_send_text (&f->a, text);
    n_sent++;
    if (n_sent % 10 == 0)
      settle ();
  }
  ear_clock_advance (f->clock, EAR_LIMIT_WRITE_STALL_MS * 1000 - 1);
  ear_link_set_paused (f->b.link, FALSE);
  wait_until (f->b.texts->len == n_sent);
  ear_clock_advance (f->clock, EAR_LIMIT_WRITE_STALL_MS * 1000 - 1);
  settle ();
  g_assert_cmpuint (f->a.n_closed, ==, 0);
}

/* Sends to who does not read, until much is left. */
static guint
fill (End *self)
{
  g_autofree char *text = g_strnfill (4000, 'x');
  guint n_sent = 0;

  while (ear_link_get_n_queued (self->link) < EAR_LIMIT_QUEUE_ROOM) {
    end_send_text (self, text);
    if (++n_sent % 10 == 0)
      settle ();
  }
  return n_sent;
}

/* Both have sent more than the sockets hold before either reads. */
static void
test_both_full (Fixture *f, gconstpointer data)
{
  guint n_sent_a, n_sent_b;

  fixture_open (f);
  ear_link_set_paused (f->a.link, TRUE);
  ear_link_set_paused (f->b.link, TRUE);
  n_sent_a = fill (&f->a);
  n_sent_b = fill (&f->b);
  ear_link_set_paused (f->a.link, FALSE);
  ear_link_set_paused (f->b.link, FALSE);
  wait_until (f->b.texts->len == n_sent_a && f->a.texts->len == n_sent_b);
}

static void
send_in_room (End *self)
{
  end_send_text (self, "late");
}

/* Who waits for room is called once, when the reader has taken most of what waited; and may send at
 * once. */
static void
test_room (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strnfill (4000, 'x');
  guint n_sent = 0;

  fixture_open (f);
  f->a.on_room = send_in_room;
  g_assert_true (ear_link_has_room (f->a.link));
  ear_link_await_room (f->a.link);
  wait_until (f->a.n_room == 1); /* nothing waits */
  wait_until (f->b.texts->len == 1);
  ear_link_set_paused (f->b.link, TRUE);
  while (ear_link_get_n_queued (f->a.link) < 2 * EAR_LIMIT_QUEUE_ROOM) {
    end_send_text (&f->a, text);
    n_sent++;
    if (n_sent % 10 == 0)
      settle ();
  }
  g_assert_false (ear_link_has_room (f->a.link));
  ear_link_await_room (f->a.link);
  settle ();
  g_assert_cmpuint (f->a.n_room, ==, 1);
  ear_link_set_paused (f->b.link, FALSE);
  wait_until (f->b.texts->len == n_sent + 2);
  g_assert_cmpstr (g_ptr_array_index (f->b.texts, n_sent + 1), ==, "late");
  g_assert_cmpuint (f->a.n_room, ==, 2);
}

#define TEST(path, func, data)                                                      \
  g_test_add ("/link/" path, Fixture, GINT_TO_POINTER (data), fixture_set_up, func, \
              fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("handshake", test_handshake, 0);
  TEST ("lines", test_lines, 0);
  TEST ("shared-line", test_shared_line, 0);
  TEST ("ping", test_ping, 0);
  TEST ("close", test_close, 0);
  TEST ("close-both", test_close_both, 0);
  TEST ("close-before-open", test_close_before_open, 0);
  TEST ("close-and-forget", test_close_and_forget, 0);
  TEST ("abort", test_abort, 0);
  g_test_add_func ("/link/drop-in-callbacks", test_drop_in_callbacks);
  TEST ("pause", test_pause, 0);
  TEST ("pause-before-open", test_pause_before_open, 0);
  TEST ("change-owner", test_change_owner, 0);
  TEST ("hard-limit", test_hard_limit, 0);
  TEST ("soft-limit", test_soft_limit, 0);
  TEST ("write-stall", test_write_stall, 0);
  TEST ("write-stall-short", test_write_stall_short, 0);
  TEST ("slow-reader", test_slow_reader, 0);
  TEST ("both-full", test_both_full, 0);
  TEST ("room", test_room, 0);
  return g_test_run ();
}
