/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "wire/ear-socket.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct
{
  BIO *bio;
  int other;
  EarSocket socket;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), ==, 0);
  fixture->socket.fd = fds[0];
  fixture->other = fds[1];
  fixture->bio = ear_socket_new_bio (&fixture->socket);
  g_assert_nonnull (fixture->bio);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  BIO_free (fixture->bio);
  ear_socket_clear (&fixture->socket);
  g_assert_cmpint (close (fixture->socket.fd), ==, 0); /* it is still ours */
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
  ear_socket_set_readable (&fixture->socket, FALSE);
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

/* A turn has its end, whoever reads and however much has come; nothing is lost by it. */
static void
test_enough_for_a_turn (Fixture *fixture, gconstpointer data)
{
  static char block[EAR_SOCKET_TURN];

  g_assert_cmpint (write (fixture->other, block, sizeof block), ==, sizeof block);
  ear_socket_set_readable (&fixture->socket, FALSE);
  g_assert_cmpint (BIO_read (fixture->bio, block, sizeof block - 1), ==, sizeof block - 1);
  g_assert_false (ear_socket_is_sated (&fixture->socket));
  g_assert_cmpint (BIO_read (fixture->bio, block, 1), ==, 1);
  g_assert_true (ear_socket_is_sated (&fixture->socket));
  say (fixture, "abc");
  assert_would_block (fixture);
  ear_socket_set_readable (&fixture->socket, FALSE);
  assert_reads (fixture, "abc", 3);
}

/* The end may come with the last bytes, and then no edge tells of it. */
static void
test_the_end_with_the_last_bytes (Fixture *fixture, gconstpointer data)
{
  char buffer[16];

  say (fixture, "abc");
  shutdown (fixture->other, SHUT_WR);
  ear_socket_set_readable (&fixture->socket, TRUE);
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
fill (Fixture *fixture)
{
  static const char block[65536];
  int n;

  do
    n = BIO_write (fixture->bio, block, sizeof block);
  while (n > 0);
  do
    n = BIO_write (fixture->bio, block, 1);
  while (n > 0);
  g_assert_true (BIO_should_write (fixture->bio));
}

static void
test_write_to_a_full_socket (Fixture *fixture, gconstpointer data)
{
  fill (fixture);
}

/* Returns what the other side has got, as far as it fits. */
static int
hear (Fixture *fixture, char *buffer, int size)
{
  return (int) recv (fixture->other, buffer, (size_t) size, 0);
}

static void
test_held_until_released (Fixture *fixture, gconstpointer data)
{
  char buffer[16];

  ear_socket_hold (&fixture->socket);
  g_assert_cmpint (BIO_write (fixture->bio, "abc", 3), ==, 3);
  g_assert_cmpint (hear (fixture, buffer, sizeof buffer), ==, -1);
  g_assert_true (ear_socket_release (&fixture->socket));
  g_assert_cmpint (hear (fixture, buffer, sizeof buffer), ==, 3);
  g_assert_cmpmem (buffer, 3, "abc", 3);
  /* Nothing is left, and the next write is not held. */
  g_assert_true (ear_socket_release (&fixture->socket));
  g_assert_cmpint (BIO_write (fixture->bio, "def", 3), ==, 3);
  g_assert_cmpint (hear (fixture, buffer, sizeof buffer), ==, 3);
}

/* Several sockets hold at a time; each gets its own. */
static void
test_held_beside_another (Fixture *fixture, gconstpointer data)
{
  Fixture other = { 0 };
  char buffer[16];

  set_up (&other, NULL);
  ear_socket_hold (&fixture->socket);
  ear_socket_hold (&other.socket);
  g_assert_cmpint (BIO_write (fixture->bio, "abc", 3), ==, 3);
  g_assert_cmpint (BIO_write (other.bio, "xyz", 3), ==, 3);
  g_assert_true (ear_socket_release (&other.socket));
  g_assert_true (ear_socket_release (&fixture->socket));
  g_assert_cmpint (hear (fixture, buffer, sizeof buffer), ==, 3);
  g_assert_cmpmem (buffer, 3, "abc", 3);
  g_assert_cmpint (hear (&other, buffer, sizeof buffer), ==, 3);
  g_assert_cmpmem (buffer, 3, "xyz", 3);
  tear_down (&other, NULL);
}

/* A second write while one is held goes behind it. */
static void
test_held_goes_first (Fixture *fixture, gconstpointer data)
{
  char buffer[16];

  ear_socket_hold (&fixture->socket);
  g_assert_cmpint (BIO_write (fixture->bio, "abc", 3), ==, 3);
  g_assert_cmpint (BIO_write (fixture->bio, "def", 3), ==, 3);
  g_assert_cmpint (hear (fixture, buffer, sizeof buffer), ==, 6);
  g_assert_cmpmem (buffer, 6, "abcdef", 6);
}

static void
test_too_much_to_hold (Fixture *fixture, gconstpointer data)
{
  static const char block[64 * 1024];
  char buffer[16];

  ear_socket_hold (&fixture->socket);
  g_assert_cmpint (BIO_write (fixture->bio, block, sizeof block), >, 0);
  g_assert_cmpint (hear (fixture, buffer, sizeof buffer), ==, sizeof buffer);
}

static void
drain (Fixture *fixture)
{
  static char block[65536];

  while (hear (fixture, block, sizeof block) > 0)
    ;
}

/* What a full socket does not take waits, and whatever is written then waits behind it. */
static void
test_held_for_a_full_socket (Fixture *fixture, gconstpointer data)
{
  char buffer[16];

  fill (fixture);
  ear_socket_hold (&fixture->socket);
  g_assert_cmpint (BIO_write (fixture->bio, "abc", 3), ==, 3);
  g_assert_false (ear_socket_release (&fixture->socket));
  g_assert_cmpint (errno, ==, EAGAIN);
  ear_socket_hold (&fixture->socket);
  g_assert_cmpint (BIO_write (fixture->bio, "def", 3), ==, -1);
  g_assert_true (BIO_should_write (fixture->bio));

  drain (fixture);
  g_assert_true (ear_socket_release (&fixture->socket));
  g_assert_cmpint (BIO_write (fixture->bio, "def", 3), ==, 3);
  g_assert_cmpint (hear (fixture, buffer, sizeof buffer), ==, 6);
  g_assert_cmpmem (buffer, 6, "abcdef", 6);
}

static void
test_released_to_nobody (Fixture *fixture, gconstpointer data)
{
  ear_socket_hold (&fixture->socket);
  g_assert_cmpint (BIO_write (fixture->bio, "abc", 3), ==, 3);
  shutdown (fixture->other, SHUT_RD);
  g_assert_false (ear_socket_release (&fixture->socket));
  g_assert_cmpint (errno, ==, EPIPE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define TEST(path, func) g_test_add ("/socket/" path, Fixture, NULL, set_up, func, tear_down)
  TEST ("empty-after-a-short-read", test_empty_after_a_short_read);
  TEST ("not-empty-after-a-full-read", test_not_empty_after_a_full_read);
  TEST ("enough-for-a-turn", test_enough_for_a_turn);
  TEST ("the-end-with-the-last-bytes", test_the_end_with_the_last_bytes);
  TEST ("write-to-nobody", test_write_to_nobody);
  TEST ("write-to-a-full-socket", test_write_to_a_full_socket);
  TEST ("held-until-released", test_held_until_released);
  TEST ("held-beside-another", test_held_beside_another);
  TEST ("held-goes-first", test_held_goes_first);
  TEST ("too-much-to-hold", test_too_much_to_hold);
  TEST ("held-for-a-full-socket", test_held_for_a_full_socket);
  TEST ("released-to-nobody", test_released_to_nobody);
  return g_test_run ();
}
