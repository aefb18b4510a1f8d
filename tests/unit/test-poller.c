/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The poller: edges below, readiness above, one flush per turn, detaching in callbacks. */

#include "wire/ear-poller.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct _End End;

struct _End
{
  EarPollFile file;
  int fd;
  int far; /* the other end, blocking */
  guint n_ready;
  guint n_prepared;
  guint n_flushed;
  guint n_bytes;
  End *victim; /* detached at the first ready */
  gboolean greedy;
};

static void
ready_cb (EarPollFile *file, gpointer user_data)
{
  End *self = user_data;
  char byte;

  self->n_ready++;
  if (self->victim != NULL)
    ear_poll_file_detach (&self->victim->file);
  if (self->file.poller == NULL || !(ear_poll_file_get_events (file) & EPOLLIN))
    return;
  /* One byte a turn, unless greedy. */
  do {
    ssize_t n = read (self->fd, &byte, 1);

    if (n <= 0) {
      ear_poll_file_clear (file, EPOLLIN);
      if (n == 0)
        ear_poll_file_deselect (file, EPOLLIN);
      return;
    }
    self->n_bytes++;
    ear_poll_file_mark_dirty (file);
  } while (self->greedy);
}

/* Files that are prepared and not yet flushed. */
static guint n_waiting;
static guint most_waiting;

static void
prepare_cb (EarPollFile *file, gpointer user_data)
{
  End *self = user_data;

  self->n_prepared++;
  n_waiting++;
  most_waiting = MAX (most_waiting, n_waiting);
}

static void
flush_cb (EarPollFile *file, gpointer user_data)
{
  End *self = user_data;

  self->n_flushed++;
  g_assert_cmpuint (self->n_prepared, ==, self->n_flushed);
  n_waiting--;
}

static const EarPollEvents events = { .ready = ready_cb, .prepare = prepare_cb, .flush = flush_cb };

static void
end_open (End *self, EarPoller *poller)
{
  g_autoptr (GError) error = NULL;
  int fds[2];

  *self = (End){ 0 };
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  self->fd = fds[0];
  self->far = fds[1];
  g_assert_true (g_unix_set_fd_nonblocking (self->fd, TRUE, NULL));
  g_assert_true (ear_poll_file_attach (&self->file, poller, self->fd, &events, self, &error));
  g_assert_no_error (error);
}

static void
end_close (End *self)
{
  ear_poll_file_detach (&self->file);
  close (self->fd);
  close (self->far);
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
say (End *self, const char *text)
{
  g_assert_cmpint (write (self->far, text, strlen (text)), ==, (gssize) strlen (text));
}

static void
test_select (void)
{
  g_autoptr (EarPoller) poller = ear_poller_new (NULL, NULL);
  End end;

  end_open (&end, poller);
  say (&end, "abc");
  settle ();
  g_assert_cmpuint (end.n_ready, ==, 0); /* nothing was selected */
  ear_poll_file_select (&end.file, EPOLLIN);
  settle ();
  g_assert_cmpuint (end.n_bytes, ==, 3);
  g_assert_cmpuint (end.n_ready, ==, 4); /* three bytes and the end of them */
  g_assert_cmpuint (end.n_flushed, ==, 3);
  settle ();
  g_assert_cmpuint (end.n_ready, ==, 4);
  say (&end, "d");
  settle ();
  g_assert_cmpuint (end.n_bytes, ==, 4);
  ear_poll_file_deselect (&end.file, EPOLLIN);
  say (&end, "e");
  settle ();
  g_assert_cmpuint (end.n_bytes, ==, 4);
  ear_poll_file_select (&end.file, EPOLLIN);
  settle ();
  g_assert_cmpuint (end.n_bytes, ==, 5);
  end_close (&end);
}

static void
test_fair (void)
{
  g_autoptr (EarPoller) poller = ear_poller_new (NULL, NULL);
  End chatty, quiet;

  end_open (&chatty, poller);
  end_open (&quiet, poller);
  ear_poll_file_select (&chatty.file, EPOLLIN);
  ear_poll_file_select (&quiet.file, EPOLLIN);
  say (&chatty, "a thousand words, of which each turn takes one letter");
  say (&quiet, "!");
  while (quiet.n_bytes == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (chatty.n_bytes, <=, 2);
  end_close (&chatty);
  end_close (&quiet);
}

static void
test_one_flush (void)
{
  g_autoptr (EarPoller) poller = ear_poller_new (NULL, NULL);
  End end;

  end_open (&end, poller);
  end.greedy = TRUE;
  ear_poll_file_select (&end.file, EPOLLIN);
  say (&end, "abcdef"); /* six marks, one flush */
  settle ();
  g_assert_cmpuint (end.n_bytes, ==, 6);
  g_assert_cmpuint (end.n_flushed, ==, 1);
  ear_poll_file_mark_dirty (&end.file); /* from outside a turn */
  ear_poll_file_mark_dirty (&end.file);
  settle ();
  g_assert_cmpuint (end.n_flushed, ==, 2);
  end_close (&end);
}

/* Several are prepared before the first of them is flushed, but not all. */
static void
test_prepared_before (void)
{
  g_autoptr (EarPoller) poller = ear_poller_new (NULL, NULL);
  End ends[100];

  most_waiting = 0;
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++) {
    end_open (&ends[i], poller);
    ear_poll_file_mark_dirty (&ends[i].file);
  }
  ear_poller_flush (poller);
  g_assert_cmpuint (n_waiting, ==, 0);
  g_assert_cmpuint (most_waiting, >, 1);
  g_assert_cmpuint (most_waiting, <, G_N_ELEMENTS (ends));
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++) {
    g_assert_cmpuint (ends[i].n_flushed, ==, 1);
    end_close (&ends[i]);
  }
}

static void
test_writable (void)
{
  g_autoptr (EarPoller) poller = ear_poller_new (NULL, NULL);
  char block[65536] = { 0 };
  End end;

  end_open (&end, poller);
  while (write (end.fd, block, sizeof block) > 0)
    ;
  settle ();
  ear_poll_file_clear (&end.file, EPOLLOUT);
  ear_poll_file_select (&end.file, EPOLLOUT);
  settle ();
  g_assert_cmpuint (end.n_ready, ==, 0);
  g_assert_true (g_unix_set_fd_nonblocking (end.far, TRUE, NULL));
  while (read (end.far, block, sizeof block) > 0)
    ;
  g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (end.n_ready, >, 0);
  g_assert_cmphex (ear_poll_file_get_events (&end.file), ==, EPOLLOUT);
  end_close (&end);
}

static void
test_hangup (void)
{
  g_autoptr (EarPoller) poller = ear_poller_new (NULL, NULL);
  End end;

  end_open (&end, poller);
  close (end.far);
  end.far = -1;
  settle (); /* ends: nobody wants to know */
  ear_poll_file_select (&end.file, EPOLLIN);
  settle ();
  g_assert_cmpuint (end.n_ready, ==, 1);
  ear_poll_file_detach (&end.file);
  close (end.fd);
}

static void
test_detach_in_callback (void)
{
  g_autoptr (EarPoller) poller = ear_poller_new (NULL, NULL);
  End a, b, c;

  end_open (&a, poller);
  end_open (&b, poller);
  end_open (&c, poller);
  a.victim = &b; /* whoever comes first takes the other away */
  b.victim = &a;
  c.victim = &c;
  ear_poll_file_mark_dirty (&a.file);
  ear_poll_file_mark_dirty (&c.file);
  ear_poll_file_wake (&a.file);
  ear_poll_file_wake (&b.file);
  ear_poll_file_wake (&c.file);
  settle ();
  g_assert_cmpuint (a.n_ready, ==, 1);
  g_assert_cmpuint (b.n_ready, ==, 0);
  g_assert_cmpuint (c.n_ready, ==, 1);
  g_assert_cmpuint (a.n_flushed, ==, 1);
  g_assert_cmpuint (c.n_flushed, ==, 0);
  end_close (&a);
  end_close (&b);
  end_close (&c);
}

static void
test_wake_once (void)
{
  g_autoptr (EarPoller) poller = ear_poller_new (NULL, NULL);
  End end;

  end_open (&end, poller);
  ear_poll_file_wake (&end.file);
  ear_poll_file_wake (&end.file);
  g_assert_cmpuint (end.n_ready, ==, 0);
  settle ();
  g_assert_cmpuint (end.n_ready, ==, 1);
  end_close (&end);
}

static void
test_file_keeps_poller (void)
{
  EarPoller *poller = ear_poller_new (NULL, NULL);
  End end;

  end_open (&end, poller);
  ear_poller_unref (poller);
  ear_poll_file_select (&end.file, EPOLLIN);
  say (&end, "a");
  settle ();
  g_assert_cmpuint (end.n_bytes, ==, 1);
  end_close (&end);
}

static void
test_bad_descriptor (void)
{
  g_autoptr (EarPoller) poller = ear_poller_new (NULL, NULL);
  g_autoptr (GError) error = NULL;
  EarPollFile file = { 0 };

  g_assert_false (ear_poll_file_attach (&file, poller, -1, &events, NULL, &error));
  g_assert_true (error != NULL && error->domain == G_IO_ERROR);
  ear_poll_file_detach (&file);
}

static void
test_many (void)
{
  g_autoptr (EarPoller) poller = ear_poller_new (NULL, NULL);
  g_autofree End *ends = g_new0 (End, 300);

  for (guint i = 0; i < 300; i++) {
    end_open (&ends[i], poller);
    ear_poll_file_select (&ends[i].file, EPOLLIN);
    say (&ends[i], "ab");
  }
  settle (); /* more than one batch of the kernel's events */
  for (guint i = 0; i < 300; i++) {
    g_assert_cmpuint (ends[i].n_bytes, ==, 2);
    end_close (&ends[i]);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/poller/select", test_select);
  g_test_add_func ("/poller/fair", test_fair);
  g_test_add_func ("/poller/one-flush", test_one_flush);
  g_test_add_func ("/poller/prepared-before", test_prepared_before);
  g_test_add_func ("/poller/writable", test_writable);
  g_test_add_func ("/poller/hangup", test_hangup);
  g_test_add_func ("/poller/detach-in-callback", test_detach_in_callback);
  g_test_add_func ("/poller/wake-once", test_wake_once);
  g_test_add_func ("/poller/file-keeps-poller", test_file_keeps_poller);
  g_test_add_func ("/poller/bad-descriptor", test_bad_descriptor);
  g_test_add_func ("/poller/many", test_many);
  return g_test_run ();
}
