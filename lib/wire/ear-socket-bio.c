/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A socket as OpenSSL sees it. OpenSSL's own goes through read() and write(); recv() and send()
 * are the shorter way through the kernel, which counts when thousands get the same line, and never
 * raise SIGPIPE. The descriptor stays its owner's.
 *
 * A read that gets less than it asked for has emptied the socket: the next ones say so without
 * asking the kernel, until ear_socket_bio_set_readable() tells that something has come. The end of
 * a stream does not come as an edge of its own when it came with the last bytes: who has seen it
 * announced reads on. */

#include "wire/ear-socket-bio.h"

#include <errno.h>
#include <sys/socket.h>

/* Flags of a BIO that OpenSSL does not use. */
#define FLAG_EMPTY 0x100000 /* the socket, until we are told otherwise */
#define FLAG_LAST 0x200000  /* the other side has sent its last */

static int
get_fd (BIO *bio)
{
  return GPOINTER_TO_INT (BIO_get_data (bio));
}

static gboolean
may_retry (ssize_t result)
{
  return result < 0 && (errno == EAGAIN || errno == EINTR);
}

static int
read_cb (BIO *bio, char *data, int size)
{
  ssize_t n;

  if (BIO_test_flags (bio, FLAG_EMPTY)) {
    errno = EAGAIN;
    n = -1;
  } else {
    n = recv (get_fd (bio), data, (size_t) size, 0);
    if (n > 0 && n < size && !BIO_test_flags (bio, FLAG_LAST))
      BIO_set_flags (bio, FLAG_EMPTY);
  }
  BIO_clear_retry_flags (bio);
  if (may_retry (n))
    BIO_set_retry_read (bio);
  else if (n == 0)
    BIO_set_flags (bio, BIO_FLAGS_IN_EOF);
  return (int) n;
}

static int
write_cb (BIO *bio, const char *data, int size)
{
  ssize_t n = send (get_fd (bio), data, (size_t) size, MSG_NOSIGNAL);

  BIO_clear_retry_flags (bio);
  if (may_retry (n))
    BIO_set_retry_write (bio);
  return (int) n;
}

static long
control_cb (BIO *bio, int command, long number, void *pointer)
{
  switch (command) {
  case BIO_CTRL_EOF:
    return BIO_test_flags (bio, BIO_FLAGS_IN_EOF) != 0;
  case BIO_CTRL_FLUSH:
    return 1;
  default:
    return 0;
  }
}

static BIO_METHOD *
make_method (void)
{
  BIO_METHOD *method = BIO_meth_new (BIO_TYPE_SOURCE_SINK | BIO_get_new_index (), "socket");

  if (method == NULL || BIO_meth_set_read (method, read_cb) != 1 ||
      BIO_meth_set_write (method, write_cb) != 1 || BIO_meth_set_ctrl (method, control_cb) != 1)
    g_error ("OpenSSL cannot make a BIO method");
  return method;
}

/* A BIO over @fd, for both ways; NULL when there is no memory. */
BIO *
ear_socket_bio_new (int fd)
{
  static BIO_METHOD *method;
  BIO *bio;

  if (g_once_init_enter (&method))
    g_once_init_leave (&method, make_method ());
  bio = BIO_new (method);
  if (bio == NULL)
    return NULL;
  BIO_set_data (bio, GINT_TO_POINTER (fd));
  BIO_set_init (bio, 1);
  return bio;
}

/* Says that something has come since the last read; with @last, that nothing will follow. */
void
ear_socket_bio_set_readable (BIO *bio, gboolean last)
{
  BIO_clear_flags (bio, FLAG_EMPTY);
  if (last)
    BIO_set_flags (bio, FLAG_LAST);
}
