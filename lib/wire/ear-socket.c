/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A socket as OpenSSL sees it. OpenSSL's own goes through read() and write(); recv() and send()
 * are the shorter way through the kernel, which counts when thousands get the same line, and never
 * raise SIGPIPE.
 *
 * A read that gets less than it asked for has emptied the socket: the next ones say so without
 * asking the kernel, until ear_socket_set_readable() tells that something has come. The end of a
 * stream does not come as an edge of its own when it came with the last bytes: who has seen it
 * announced reads on.
 *
 * What a turn reads is bounded here, and not by what OpenSSL hands out: of some records it hands
 * out nothing, and reads on as long as there are more.
 *
 * A write may be held: it goes into memory that all sockets of a thread share, and to the kernel
 * when it is released. What the kernel does not take then is kept, and goes before all else. */

#include "wire/ear-socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define HOLD_SIZE (32 * 1024) /* for all that is held at a time; more is sent at once */

static __thread guint8 held[HOLD_SIZE];
static __thread gsize n_held;
static __thread guint n_holders; /* with the last one all of it is free again */

static gboolean
may_retry (ssize_t result)
{
  return result < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Keeps @data for later; returns whether there is room. */
static gboolean
keep (EarSocket *self, const char *data, gsize size)
{
  if (size > HOLD_SIZE - n_held)
    return FALSE;
  self->kept = memcpy (held + n_held, data, size);
  self->n_kept = size;
  n_held += size;
  n_holders++;
  return TRUE;
}

static int
read_cb (BIO *bio, char *data, int size)
{
  EarSocket *self = BIO_get_data (bio);
  ssize_t n;

  if (self->emptied || ear_socket_is_sated (self)) {
    errno = EAGAIN;
    n = -1;
  } else {
    n = recv (self->fd, data, (size_t) size, 0);
    self->emptied = n > 0 && n < size && !self->last;
    self->n_read += (gsize) MAX (n, 0);
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
  EarSocket *self = BIO_get_data (bio);
  gboolean hold = self->hold && self->kept == NULL;
  ssize_t n;

  BIO_clear_retry_flags (bio);
  self->hold = FALSE;
  if (hold && keep (self, data, (gsize) size))
    return size;
  n = ear_socket_release (self) ? send (self->fd, data, (size_t) size, MSG_NOSIGNAL) : -1;
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

/* A BIO for both ways, which must not outlive @self; NULL when there is no memory. */
BIO *
ear_socket_new_bio (EarSocket *self)
{
  static BIO_METHOD *method;
  BIO *bio;

  if (g_once_init_enter (&method))
    g_once_init_leave (&method, make_method ());
  bio = BIO_new (method);
  if (bio == NULL)
    return NULL;
  BIO_set_data (bio, self);
  BIO_set_init (bio, 1);
  return bio;
}

/* Begins a turn: something has come since the last read; with @last, nothing will follow. */
void
ear_socket_set_readable (EarSocket *self, gboolean last)
{
  self->emptied = FALSE;
  self->n_read = 0;
  self->last |= last;
}

/* Whether this turn reads no more: there may be more all the same. */
gboolean
ear_socket_is_sated (EarSocket *self)
{
  return self->n_read >= EAR_SOCKET_TURN;
}

/* Has the next write held instead of sent, if there is room. Release it soon: the memory is that
 * of all sockets of the thread. */
void
ear_socket_hold (EarSocket *self)
{
  self->hold = TRUE;
}

/* Sends what was held; returns whether nothing is left, else errno says why: after EAGAIN try again
 * when the socket takes bytes. */
gboolean
ear_socket_release (EarSocket *self)
{
  guint8 *rest = NULL;
  gsize n_rest;
  ssize_t n;

  self->hold = FALSE;
  if (self->kept == NULL)
    return TRUE;
  do
    n = send (self->fd, self->kept, self->n_kept, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  if (n < 0 && errno != EAGAIN)
    return FALSE;
  n_rest = self->n_kept - (gsize) MAX (n, 0);
  if (n_rest > 0)
    rest = g_memdup2 (self->kept + self->n_kept - n_rest, n_rest);
  ear_socket_clear (self);
  if (rest == NULL)
    return TRUE;
  self->kept = rest;
  self->n_kept = n_rest;
  self->owns_kept = TRUE;
  errno = EAGAIN;
  return FALSE;
}

/* Drops what is kept. */
void
ear_socket_clear (EarSocket *self)
{
  if (self->owns_kept)
    g_free (self->kept);
  else if (self->kept != NULL && --n_holders == 0)
    n_held = 0;
  self->kept = NULL;
  self->n_kept = 0;
  self->owns_kept = FALSE;
}
