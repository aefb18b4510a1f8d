/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The half of EarLink that touches the socket.
 *
 * The poller is edge-triggered: EPOLLIN is cleared only after a read said that nothing is left, so
 * a turn may stop early and go on in the next one. A turn takes at most EAR_SOCKET_TURN bytes of
 * the socket, TURN_RECORDS records and TURN_LINES lines, and writes at most TURN_WRITE bytes, so
 * that one busy link does not keep the others waiting. All writing is done in the flush, once per
 * turn: records are filled with what waits. A short record is made before, when the flush is
 * prepared, and only sent in it. EPOLLOUT is selected only while something was left over. */

#include "wire/ear-error.h"
#include "wire/ear-limits.h"
#include "wire/ear-link-private.h"

#include <errno.h>
#include <openssl/err.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define TURN_RECORDS 64
#define TURN_LINES 64
#define TURN_WRITE (256 * 1024)
#define RECORD 16384 /* the most that a TLS record holds */
#define SHORT 1024   /* what is written to one record ahead of the flush */

static void
wait_to_write (EarLink *self)
{
  ear_poll_file_clear (&self->file, EPOLLOUT);
  ear_poll_file_select (&self->file, EPOLLOUT);
  self->blocked = TRUE;
}

/* Does what @result of a TLS call asks for, which it returns; dies of an error. */
static EarTlsOutcome
wait_for (EarLink *self, int result)
{
  g_autoptr (GError) error = NULL;
  EarTlsOutcome outcome = ear_tls_get_outcome (self->ssl, result, &error);

  switch (outcome) {
  case EAR_TLS_WANT_READ:
    if (!ear_socket_is_sated (&self->socket)) /* else it goes on in the next turn */
      ear_poll_file_clear (&self->file, EPOLLIN);
    break;
  case EAR_TLS_WANT_WRITE:
    wait_to_write (self);
    break;
  case EAR_TLS_FAILED:
    ear_link_die (self, g_steal_pointer (&error));
    break;
  }
  return outcome;
}

/* Nothing is made for a client before it says something. */
static void
await_first_byte (EarLink *self)
{
  char byte;
  ssize_t n = recv (self->socket.fd, &byte, 1, MSG_PEEK);

  if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
    if (errno == EAGAIN)
      ear_poll_file_clear (&self->file, EPOLLIN);
    return;
  }
  if (n > 0)
    self->ssl = ear_tls_new_ssl (self->tls, &self->socket, FALSE);
  if (self->ssl == NULL) {
    ear_link_die (self, ear_error_new (n > 0 ? EAR_ERROR_INTERNAL : EAR_ERROR_CLOSED));
    return;
  }
  self->phase = EAR_LINK_HANDSHAKING;
  ear_deadline_set (&self->patience, EAR_LIMIT_HANDSHAKE_MS);
}

static void
shake_hands (EarLink *self)
{
  g_autofree char *fingerprint = NULL;
  GError *error = NULL;
  int result;

  self->blocked = FALSE;
  ear_poll_file_deselect (&self->file, EPOLLOUT);
  ERR_clear_error ();
  errno = 0;
  result = SSL_do_handshake (self->ssl);
  if (result != 1) {
    wait_for (self, result);
    return;
  }
  if (!ear_tls_check_peer (self->tls, self->ssl, self->peer_key, &error)) {
    ear_link_die (self, error);
    return;
  }
  fingerprint = ear_fingerprint_new (self->peer_key, sizeof self->peer_key);
  g_strlcpy (self->fingerprint, fingerprint, sizeof self->fingerprint);
  self->known = TRUE;
  self->phase = EAR_LINK_OPEN;
  ear_link_hear (self);
  if (self->paused) /* the handshake had to be read */
    ear_poll_file_deselect (&self->file, EPOLLIN);
  if (ear_out_queue_get_n_bytes (self->queue) > 0)
    ear_poll_file_mark_dirty (&self->file);
  ear_link_handle_opened (self);
}

static gboolean
may_read (EarLink *self)
{
  return self->phase == EAR_LINK_OPEN && !self->paused && !ear_link_is_abandoned (self);
}

/* Hands out the lines that are there; returns whether there may be more bytes to read. */
static gboolean
handle_lines (EarLink *self, guint *n_lines)
{
  while (may_read (self)) {
    g_autoptr (GError) error = NULL;
    const char *line;
    gsize size;

    if (*n_lines >= TURN_LINES) {
      if (ear_line_reader_get_n_pending (self->reader) > 0)
        ear_poll_file_wake (&self->file);
      return FALSE;
    }
    if (!ear_line_reader_next (self->reader, &line, &size, &error)) {
      if (error == NULL)
        return TRUE;
      ear_link_refuse (self, g_steal_pointer (&error));
      return FALSE;
    }
    (*n_lines)++;
    ear_link_handle_line (self, line, size);
  }
  return FALSE;
}

static void
read_lines (EarLink *self)
{
  guint8 buffer[RECORD];
  guint n_lines = 0;
  guint n_records = 0;

  while (handle_lines (self, &n_lines) && n_records++ < TURN_RECORDS &&
         (ear_poll_file_get_events (&self->file) & EPOLLIN)) {
    int result;

    ERR_clear_error ();
    errno = 0;
    result = SSL_read (self->ssl, buffer, sizeof buffer);
    if (result <= 0) {
      /* TLS has to answer something first: reading goes on when that is written. */
      if (wait_for (self, result) == EAR_TLS_WANT_WRITE &&
          (ear_poll_file_get_events (&self->file) & EPOLLIN))
        ear_poll_file_deselect (&self->file, EPOLLIN);
      return;
    }
    ear_link_hear (self);
    ear_line_reader_push (self->reader, buffer, result);
  }
}

/* All is written: says so to TLS and TCP, then waits for the other side, because closing a socket
 * with unread bytes would destroy what is still on its way. */
static void
begin_to_drain (EarLink *self)
{
  ERR_clear_error ();
  if (SSL_shutdown (self->ssl) < 0)
    ERR_clear_error ();
  g_clear_pointer (&self->ssl, SSL_free); /* what still comes is not read as TLS */
  shutdown (self->socket.fd, SHUT_WR);
  self->phase = EAR_LINK_DRAINING;
  ear_poll_file_deselect (&self->file, EPOLLOUT);
  ear_poll_file_select (&self->file, EPOLLIN);
}

static void
drain (EarLink *self)
{
  guint8 buffer[RECORD];
  gsize n_read = 0;

  while (n_read < EAR_SOCKET_TURN && (ear_poll_file_get_events (&self->file) & EPOLLIN)) {
    ssize_t n = recv (self->socket.fd, buffer, sizeof buffer, 0);

    if (n > 0) {
      n_read += n;
    } else if (n < 0 && errno == EAGAIN) {
      ear_poll_file_clear (&self->file, EPOLLIN);
    } else if (n == 0 || errno != EINTR) {
      ear_link_die (self, NULL);
      return;
    }
  }
}

static void
update_limits (EarLink *self, gboolean progress)
{
  gsize n_queued = ear_out_queue_get_n_bytes (self->queue) + self->socket.n_kept;

  if (n_queued == 0 && !self->late)
    return;
  if (n_queued <= EAR_LIMIT_QUEUE_SOFT)
    ear_deadline_clear (&self->swamped);
  if (n_queued == 0)
    ear_deadline_clear (&self->stall);
  else if (self->phase <= EAR_LINK_OPEN && (progress || !ear_deadline_is_set (&self->stall)))
    ear_deadline_set (&self->stall, EAR_LIMIT_WRITE_STALL_MS);
  self->late = ear_deadline_is_set (&self->stall) || ear_deadline_is_set (&self->swamped);
}

/* Writes one record with what waits; returns how many bytes that were, 0 when nothing can be
 * written now. */
static gsize
write_record (EarLink *self)
{
  guint8 buffer[RECORD];
  gsize size = ear_out_queue_peek (self->queue, buffer, sizeof buffer);
  int result;

  if (size == 0)
    return 0;
  ERR_clear_error ();
  errno = 0;
  result = SSL_write (self->ssl, buffer, size);
  if (result <= 0) {
    wait_for (self, result);
    return 0;
  }
  ear_out_queue_pop (self->queue, result);
  return result;
}

/* Sends the record that was held; returns whether more can be written. */
static gboolean
send_held (EarLink *self)
{
  if (ear_socket_release (&self->socket))
    return TRUE;
  if (errno == EAGAIN)
    wait_to_write (self);
  else
    ear_link_die (self, ear_error_new (EAR_ERROR_CLOSED));
  return FALSE;
}

/* The owner may drop the link in its call: nothing touches it afterwards. */
static void
tell_room (EarLink *self)
{
  if (!self->awaits_room || self->phase != EAR_LINK_OPEN || !ear_link_has_room (self))
    return;
  self->awaits_room = FALSE;
  if (self->has_owner && self->events.has_room != NULL)
    self->events.has_room (self, self->user_data);
}

static void
write_lines (EarLink *self, gboolean progress)
{
  gsize n_written = 0, size;

  while (n_written < TURN_WRITE && (size = write_record (self)) > 0)
    n_written += size;
  if (self->phase >= EAR_LINK_DEAD)
    return;
  update_limits (self, progress || n_written > 0);
  if (ear_out_queue_get_n_bytes (self->queue) == 0) {
    if (self->phase == EAR_LINK_CLOSING)
      begin_to_drain (self);
  } else if (!self->blocked && n_written >= TURN_WRITE) {
    ear_poll_file_mark_dirty (&self->file);
  }
  tell_room (self);
}

static gboolean
may_write (EarLink *self)
{
  return (self->phase == EAR_LINK_OPEN || self->phase == EAR_LINK_CLOSING) && !self->blocked;
}

static void
prepare_cb (EarPollFile *file, gpointer user_data)
{
  EarLink *self = user_data;

  if (may_write (self) && ear_out_queue_get_n_bytes (self->queue) <= SHORT) {
    ear_socket_hold (&self->socket);
    write_record (self);
  }
}

/* Writes what waits, until the socket takes no more or the turn is over. */
void
ear_link_write (EarLink *self)
{
  gsize n_held = self->socket.n_kept;

  if (!may_write (self))
    return;
  if (send_held (self))
    write_lines (self, n_held > 0);
  else
    update_limits (self, self->socket.n_kept < n_held);
}

static void
flush_cb (EarPollFile *file, gpointer user_data)
{
  ear_link_write (user_data);
}

/* The socket takes bytes again: the flush of this turn goes on, and so does a read that waited. */
static void
unblock (EarLink *self)
{
  if (!(ear_poll_file_get_events (&self->file) & EPOLLOUT))
    return;
  self->blocked = FALSE;
  ear_poll_file_deselect (&self->file, EPOLLOUT);
  ear_poll_file_mark_dirty (&self->file);
  if (may_read (self))
    ear_poll_file_select (&self->file, EPOLLIN);
}

static void
ready_cb (EarPollFile *file, gpointer user_data)
{
  EarLink *self = g_object_ref (user_data);

  if (self->phase == EAR_LINK_WAITING)
    await_first_byte (self);
  if (file->events & EPOLLIN)
    ear_socket_set_readable (&self->socket, (file->events & EPOLLRDHUP) != 0);
  if (self->phase == EAR_LINK_HANDSHAKING)
    shake_hands (self);
  if (self->phase == EAR_LINK_OPEN || self->phase == EAR_LINK_CLOSING)
    unblock (self);
  if (self->phase == EAR_LINK_OPEN)
    read_lines (self);
  if (self->phase == EAR_LINK_DRAINING)
    drain (self);
  if (self->phase == EAR_LINK_DEAD)
    ear_link_finish (self);
  g_object_unref (self);
}

const EarPollEvents ear_link_poll_events = {
  .ready = ready_cb,
  .prepare = prepare_cb,
  .flush = flush_cb,
};
