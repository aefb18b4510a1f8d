/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "wire/ear-socket-bio.h"

#include <sys/socket.h>
#include <unistd.h>

typedef struct
{
  BIO *bio;
  int other;
  int fd;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), ==, 0);
  fixture->fd = fds[0];
  fixture->other = fds[1];
  fixture->bio = ear_socket_bio_new (fixture->fd);
  g_assert_nonnull (fixture->bio);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  BIO_free (fixture->bio);
  g_assert_cmpint (close (fixture->fd), ==, 0); /* it is still ours */
  close (fixture->other);
}

static void
say (Fixture *fixture, const char *text)
{
  g_assert_cmpint (write (fixture->other, text, 3), ==, 3);
}

static void
assert_would_block (Fixture *fixture)
{
  char buffer[16];

  g_assert_cmpint (BIO_read (fixture->bio, buffer, sizeof buffer), ==, -1);
  g_assert_true (BIO_should_read (fixture->bio));
}

static void
assert_reads (Fixture *fixture, const char *text, int size)
{
  char buffer[16];

  g_assert_cmpint (BIO_read (fixture->bio, buffer, size), ==, 3);
  g_assert_cmpmem (buffer, 3, text, 3);
}

static void
test_empty_after_a_short_read (Fixture *fixture, gconstpointer data)
{
  say (fixture, "abc");
  assert_reads (fixture, "abc", 16);
  assert_would_block (fixture);
  say (fixture, "def");
  assert_would_block (fixture); /* until somebody is told */
  ear_socket_bio_set_readable (fixture->bio, FALSE);
  assert_reads (fixture, "def", 16);
}

static void
test_not_empty_after_a_full_read (Fixture *fixture, gconstpointer data)
{
  say (fixture, "abc");
  say (fixture, "def");
  assert_reads (fixture, "abc", 3);
  assert_reads (fixture, "def", 3);
  assert_would_block (fixture);
}

/* The end may come with the last bytes, and then no edge tells of it. */
static void
test_the_end_with_the_last_bytes (Fixture *fixture, gconstpointer data)
{
  char buffer[16];

  say (fixture, "abc");
  shutdown (fixture->other, SHUT_WR);
  ear_socket_bio_set_readable (fixture->bio, TRUE);
  assert_reads (fixture, "abc", 16);
  g_assert_cmpint (BIO_read (fixture->bio, buffer, sizeof buffer), ==, 0);
  g_assert_false (BIO_should_retry (fixture->bio));
  g_assert_cmpint (BIO_eof (fixture->bio), ==, 1);
}

/* The other side has gone: an error, and no signal. */
static void
test_write_to_nobody (Fixture *fixture, gconstpointer data)
{
  shutdown (fixture->other, SHUT_RD);
  g_assert_cmpint (BIO_write (fixture->bio, "abc", 3), ==, -1);
  g_assert_false (BIO_should_retry (fixture->bio));
}

static void
test_write_to_a_full_socket (Fixture *fixture, gconstpointer data)
{
  static const char block[65536];
  int n;

  do
    n = BIO_write (fixture->bio, block, sizeof block);
  while (n > 0);
  g_assert_cmpint (n, ==, -1);
  g_assert_true (BIO_should_write (fixture->bio));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define TEST(path, func) g_test_add ("/socket-bio/" path, Fixture, NULL, set_up, func, tear_down)
  TEST ("empty-after-a-short-read", test_empty_after_a_short_read);
  TEST ("not-empty-after-a-full-read", test_not_empty_after_a_full_read);
  TEST ("the-end-with-the-last-bytes", test_the_end_with_the_last_bytes);
  TEST ("write-to-nobody", test_write_to_nobody);
  TEST ("write-to-a-full-socket", test_write_to_a_full_socket);
  return g_test_run ();
}
