/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* BenchClient: one connection of the load, as light as TLS allows, so that it is the server that is
 * measured. One read of the socket gets all that has come, into a buffer that all clients share;
 * OpenSSL takes its records from there. (EarLink would parse and check each delivery, 5 µs, as much
 * again as all else that a client does: docs/performance.md.)
 *
 * What a client sends is small and never waits: a socket that does not take it ends the run. */

#include "bench.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define INPUT (64 * 1024)

/* What the last read of a socket got; OpenSSL takes it all before the next. */
static char input[INPUT];
static gsize input_size;
static gsize input_taken;

static BIO_METHOD *bio_method;

/* -- The bytes of TLS -- */

static int
bio_read (BIO *bio, char *data, int size)
{
  gsize n = MIN ((gsize) size, input_size - input_taken);

  BIO_clear_retry_flags (bio);
  if (n == 0) {
    BIO_set_retry_read (bio);
    return -1;
  }
  memcpy (data, input + input_taken, n);
  input_taken += n;
  return (int) n;
}

static int
bio_write (BIO *bio, const char *data, int size)
{
  BenchClient *client = BIO_get_data (bio);
  ssize_t n = send (client->socket.fd, data, (size_t) size, MSG_NOSIGNAL);

  BIO_clear_retry_flags (bio);
  if (n != size)
    bench_die ("client %u: the server takes nothing more: %s", client->index, g_strerror (errno));
  return size;
}

static long
bio_control (BIO *bio, int command, long number, void *pointer)
{
  return command == BIO_CTRL_FLUSH;
}

static BIO *
new_bio (BenchClient *client)
{
  BIO *bio;

  if (bio_method == NULL) {
    bio_method = BIO_meth_new (BIO_TYPE_SOURCE_SINK | BIO_get_new_index (), "bench");
    BIO_meth_set_read (bio_method, bio_read);
    BIO_meth_set_write (bio_method, bio_write);
    BIO_meth_set_ctrl (bio_method, bio_control);
  }
  bio = BIO_new (bio_method);
  BIO_set_data (bio, client);
  BIO_set_init (bio, 1);
  return bio;
}

static void
fail (BenchClient *self, const char *why)
{
  unsigned long code = ERR_get_error ();
  const char *reason = code != 0 ? ERR_reason_error_string (code) : NULL;

  bench_die ("client %u, step %u: %s%s%s", self->index, self->step, why, reason != NULL ? ": " : "",
             reason != NULL ? reason : "");
}

static void
shake_hands (BenchClient *self)
{
  int result;

  ERR_clear_error ();
  result = SSL_do_handshake (self->ssl);
  if (result == 1) {
    if (!g_str_equal (SSL_get_cipher_name (self->ssl), BENCH_CIPHER))
      fail (self, SSL_get_cipher_name (self->ssl));
    self->open = TRUE;
    self->crowd->protocol->enter (self);
  } else if (SSL_get_error (self->ssl, result) != SSL_ERROR_WANT_READ) {
    fail (self, "no handshake");
  }
}

static void
start_tls (BenchClient *self)
{
  BIO *bio = new_bio (self);

  input_taken = input_size; /* a greeting is not TLS */
  self->ssl = self->crowd->protocol->new_ssl (self);
  SSL_clear_mode (self->ssl, SSL_MODE_RELEASE_BUFFERS);
  SSL_set_bio (self->ssl, bio, bio);
  SSL_set_connect_state (self->ssl);
  shake_hands (self);
}

/* -- What comes -- */

static void
take (BenchClient *self, const char *data, gsize size)
{
  const BenchProtocol *protocol = self->crowd->protocol;
  gsize n;

  self->crowd->n_bytes += size;
  if (self->pending != NULL) {
    g_byte_array_append (self->pending, (const guint8 *) data, (guint) size);
    n = protocol->receive (self, (const char *) self->pending->data, self->pending->len);
    g_byte_array_remove_range (self->pending, 0, (guint) n);
    if (self->pending->len == 0)
      g_clear_pointer (&self->pending, g_byte_array_unref);
    return;
  }
  n = protocol->receive (self, data, size);
  if (n < size) {
    self->pending = g_byte_array_new ();
    g_byte_array_append (self->pending, (const guint8 *) data + n, (guint) (size - n));
  }
}

static void
take_records (BenchClient *self)
{
  static char plain[16384];
  int result = 0;

  if (!self->open)
    shake_hands (self);
  while (self->open) {
    ERR_clear_error ();
    result = SSL_read (self->ssl, plain, sizeof plain);
    if (result <= 0)
      break;
    take (self, plain, (gsize) result);
  }
  if (self->open && SSL_get_error (self->ssl, result) != SSL_ERROR_WANT_READ)
    fail (self, "the server ended the connection");
}

static void
take_input (BenchClient *self)
{
  if (self->ssl != NULL)
    take_records (self);
  else if (!self->crowd->protocol->tls)
    take (self, input, input_size);
  else if (input[input_size - 1] == '\n')
    start_tls (self);
  else
    fail (self, "half a greeting");
}

static void
connected (BenchClient *self)
{
  const BenchProtocol *protocol = self->crowd->protocol;
  int code = 0;
  socklen_t size = sizeof code;

  getsockopt (self->socket.fd, SOL_SOCKET, SO_ERROR, &code, &size);
  if (code != 0)
    bench_die ("client %u cannot connect: %s", self->index, g_strerror (code));
  ear_poll_file_deselect (&self->file, EPOLLOUT);
  ear_poll_file_select (&self->file, EPOLLIN);
  self->step = 1;
  if (!protocol->tls) {
    self->open = TRUE;
    protocol->enter (self);
  } else if (!protocol->greets) {
    start_tls (self);
  }
}

static void
ready_cb (EarPollFile *file, gpointer user_data)
{
  BenchClient *self = user_data;
  ssize_t n;

  if (self->step == 0) {
    connected (self);
    return;
  }
  n = recv (self->socket.fd, input, sizeof input, 0);
  if (n == 0 || (n < 0 && errno != EAGAIN))
    fail (self, "the server closed the connection");
  /* A short read took all there was: the next edge tells of more. */
  if (n < (ssize_t) sizeof input)
    ear_poll_file_clear (&self->file, EPOLLIN);
  if (n < 0)
    return;
  input_size = (gsize) n;
  input_taken = 0;
  take_input (self);
}

/**
 * bench_client_new:
 * @crowd: whose it is
 * @index: whose account
 *
 * Begins to connect.
 *
 * Returns: (transfer full): the client
 */
BenchClient *
bench_client_new (BenchCrowd *crowd, guint index)
{
  BenchClient *self = g_new0 (BenchClient, 1);
  struct sockaddr_in address = {
    .sin_family = AF_INET,
    .sin_port = htons (crowd->server->port),
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
  };
  static const EarPollEvents events = { .ready = ready_cb };
  const int on = 1;
  g_autoptr (GError) error = NULL;

  self->crowd = crowd;
  self->index = index;
  self->socket.fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (self->socket.fd < 0)
    bench_die ("no socket for client %u: %s", index, g_strerror (errno));
  setsockopt (self->socket.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect (self->socket.fd, (const struct sockaddr *) &address, sizeof address) != 0 &&
      errno != EINPROGRESS)
    bench_die ("client %u cannot connect: %s", index, g_strerror (errno));
  if (!ear_poll_file_attach (&self->file, crowd->poller, self->socket.fd, &events, self, &error))
    bench_die ("client %u: %s", index, error->message);
  ear_poll_file_select (&self->file, EPOLLOUT);
  crowd->n_entering++;
  return self;
}

/**
 * bench_client_free:
 * @self: (transfer full): a client that is in
 *
 * Closes the connection, without a word.
 */
void
bench_client_free (BenchClient *self)
{
  if (self->in)
    self->crowd->n_in--;
  else
    self->crowd->n_entering--;
  ear_poll_file_detach (&self->file);
  close (self->socket.fd);
  SSL_free (self->ssl);
  g_clear_pointer (&self->pending, g_byte_array_unref);
  g_free (self);
}

/**
 * bench_client_send:
 * @self: a client whose way is open
 * @data: what to send
 * @size: its size in bytes
 *
 * Sends at once.
 */
void
bench_client_send (BenchClient *self, const char *data, gsize size)
{
  ERR_clear_error ();
  if (self->ssl != NULL) {
    if (SSL_write (self->ssl, data, (int) size) != (int) size)
      fail (self, "cannot send");
  } else if (send (self->socket.fd, data, size, MSG_NOSIGNAL) != (ssize_t) size) {
    fail (self, g_strerror (errno));
  }
}

/**
 * bench_client_is_in:
 * @self: a client
 *
 * Notes that the way in is done.
 */
void
bench_client_is_in (BenchClient *self)
{
  self->in = TRUE;
  self->crowd->n_entering--;
  self->crowd->n_in++;
  if (self->crowd->watch_limit > 0)
    self->crowd->protocol->watch (self, self->crowd->watch_limit);
}

/**
 * bench_client_delivered:
 * @self: a client
 * @data: what was delivered
 * @size: its size in bytes
 *
 * Notes a delivery, and checks that it is the right one.
 */
void
bench_client_delivered (BenchClient *self, const char *data, gsize size)
{
  const char *text = self->crowd->text;

  if (text == NULL || memmem (data, size, text, strlen (text)) == NULL)
    bench_die ("client %u got what nobody sent", self->index);
  self->n_delivered++;
  self->crowd->n_delivered++;
}
