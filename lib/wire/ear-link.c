/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarLink: a connection that carries lines.
 *
 * The way of a link: waiting (accepted, silent) → handshaking → open → closing → draining → dead →
 * closed; a dialled one begins with the handshake. Each phase has its deadline in `patience`:
 *
 *   waiting      EAR_LIMIT_FIRST_BYTE_MS; nothing is allocated for TLS yet
 *   handshaking  EAR_LIMIT_HANDSHAKE_MS
 *   open         EAR_LIMIT_PING_MS of silence, then a ping, then until EAR_LIMIT_DEAD_MS
 *   closing,     CLOSE_MS for the last lines to go out and for the other side to close
 *   draining
 *
 * The link answers `ping`, ends at `bye`, and refuses what the message table does not know with
 * `error`; everything else goes to the owner. Whatever ends a link goes through ear_link_die(),
 * which only notes the reason: the owner hears `closed` in a turn of the poller, never within a
 * call of its own. That is the one place where the socket is let go.
 *
 * The owner holds the link. An owner that goes away first takes itself off with
 * ear_link_set_owner(); a link that is closing then holds itself until its last lines are out.
 *
 * This file holds what owners call; ear-link-life.c what moves a link from phase to phase,
 * ear-link-io.c what touches the socket. */

#include "wire/ear-limits.h"
#include "wire/ear-link-private.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

G_DEFINE_FINAL_TYPE (EarLink, ear_link, G_TYPE_OBJECT)

static GInetSocketAddress *
take_inet_address (GSocketAddress *address)
{
  if (G_IS_INET_SOCKET_ADDRESS (address))
    return G_INET_SOCKET_ADDRESS (address);
  g_clear_object (&address);
  return NULL;
}

/* Takes the descriptor out of @connection, whose objects are a kilobyte that thousands of links do
 * not need. */
static gboolean
take_socket (EarLink *self, GSocketConnection *connection, GError **error)
{
  GSocket *socket = g_socket_connection_get_socket (connection);

  /* A line is written whole: there is nothing to wait for. Not every socket is TCP. */
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  g_socket_set_blocking (socket, FALSE);
  self->remote_address = take_inet_address (g_socket_get_remote_address (socket, NULL));
  self->socket.fd = fcntl (g_socket_get_fd (socket), F_DUPFD_CLOEXEC, 0);
  if (self->socket.fd < 0) {
    int code = errno;

    g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (code), g_strerror (code));
  }
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
  return self->socket.fd >= 0;
}

/* Takes the connection over and begins to watch it; a failure ends the link in the next turn. */
static void
start (EarLink *self, EarPoller *poller, GSocketConnection *connection)
{
  GError *error = NULL;

  if (!take_socket (self, connection, &error) ||
      !ear_poll_file_attach (&self->file, poller, self->socket.fd, &ear_link_poll_events, self,
                             &error)) {
    ear_link_die (self, error);
    return;
  }
  ear_poll_file_select (&self->file, EPOLLIN);
  if (self->dialled) {
    self->phase = EAR_LINK_HANDSHAKING;
    ear_deadline_set (&self->patience, EAR_LIMIT_HANDSHAKE_MS);
    ear_poll_file_wake (&self->file);
  } else {
    ear_deadline_set (&self->patience, EAR_LIMIT_FIRST_BYTE_MS);
  }
}

static EarLink *
new_link (EarPoller *poller,
          EarDeadlines *deadlines,
          EarTls *tls,
          GSocketConnection *connection,
          const EarLinkEvents *events,
          gpointer user_data,
          gboolean dialled)
{
  EarLink *self = g_object_new (EAR_TYPE_LINK, NULL);

  self->deadlines = ear_deadlines_ref (deadlines);
  self->tls = ear_tls_ref (tls);
  self->dialled = dialled;
  ear_link_set_owner (self, events, user_data);
  ear_deadline_init (&self->patience, deadlines, ear_link_patience_cb, self);
  ear_deadline_init (&self->stall, deadlines, ear_link_overdue_cb, self);
  ear_deadline_init (&self->swamped, deadlines, ear_link_overdue_cb, self);
  start (self, poller, connection);
  return self;
}

/**
 * ear_link_new_accepted:
 * @poller: what watches the socket
 * @deadlines: where its deadlines run, in the same context
 * @tls: our side of TLS
 * @connection: a connection that was accepted; its socket becomes the link's
 * @events: (nullable): what to tell; copied
 * @user_data: for @events
 *
 * Makes the link of a client that has connected. Its state must be set before the loop runs again.
 *
 * Returns: (transfer full): the link
 */
EarLink *
ear_link_new_accepted (EarPoller *poller,
                       EarDeadlines *deadlines,
                       EarTls *tls,
                       GSocketConnection *connection,
                       const EarLinkEvents *events,
                       gpointer user_data)
{
  return new_link (poller, deadlines, tls, connection, events, user_data, FALSE);
}

/**
 * ear_link_new_dialled:
 * @poller: what watches the socket
 * @deadlines: where its deadlines run, in the same context
 * @tls: our side of TLS
 * @connection: a connection that was made; its socket becomes the link's
 * @events: (nullable): what to tell; copied
 * @user_data: for @events
 *
 * Makes the link to somebody we have connected to, and starts the handshake. Its state must be set
 * before the loop runs again.
 *
 * Returns: (transfer full): the link
 */
EarLink *
ear_link_new_dialled (EarPoller *poller,
                      EarDeadlines *deadlines,
                      EarTls *tls,
                      GSocketConnection *connection,
                      const EarLinkEvents *events,
                      gpointer user_data)
{
  EarLink *self = new_link (poller, deadlines, tls, connection, events, user_data, TRUE);

  if (self->phase != EAR_LINK_DEAD) {
    self->ssl = ear_tls_new_ssl (tls, &self->socket, TRUE);
    if (self->ssl == NULL)
      ear_link_die (self, ear_error_new (EAR_ERROR_INTERNAL));
  }
  return self;
}

/**
 * ear_link_set_owner:
 * @self: a link
 * @events: (nullable): what to tell from now on; copied. %NULL: nothing
 * @user_data: for @events
 *
 * Hands the link to another owner. Without one, a link that is being closed ends by itself even
 * when its last reference is dropped.
 */
void
ear_link_set_owner (EarLink *self, const EarLinkEvents *events, gpointer user_data)
{
  self->has_owner = events != NULL;
  self->events = events != NULL ? *events : (EarLinkEvents){ NULL };
  self->user_data = user_data;
  ear_link_keep_while_closing (self);
}

/**
 * ear_link_set_state:
 * @self: a link
 * @at: who reads, in which state of the protocol
 * @max_line: the longest line that may come, in bytes with its newline
 *
 * Says what may come from the next line on, also when lines have been read but not handed out.
 */
void
ear_link_set_state (EarLink *self, EarMessageAt at, gsize max_line)
{
  self->at = at;
  ear_line_reader_set_max_line (self->reader, max_line);
}

/**
 * ear_link_get_state:
 * @self: a link
 *
 * Returns: the state that was set
 */
EarMessageAt
ear_link_get_state (EarLink *self)
{
  return self->at;
}

void
ear_link_push (EarLink *self, GBytes *line, gboolean urgent)
{
  gsize n_queued;

  if (self->phase > EAR_LINK_OPEN)
    return;
  if (urgent)
    ear_out_queue_push_urgent (self->queue, line);
  else
    ear_out_queue_push (self->queue, line);
  n_queued = ear_out_queue_get_n_bytes (self->queue);
  if (n_queued > EAR_LIMIT_QUEUE_HARD) {
    ear_link_die (self, ear_error_new (EAR_ERROR_TIMEOUT));
    return;
  }
  if (n_queued > EAR_LIMIT_QUEUE_SOFT && !ear_deadline_is_set (&self->swamped)) {
    ear_deadline_set (&self->swamped, EAR_LIMIT_QUEUE_SOFT_MS);
    self->late = TRUE;
  }
  if (self->phase == EAR_LINK_OPEN && !self->blocked)
    ear_poll_file_mark_dirty (&self->file);
}

/**
 * ear_link_send:
 * @self: a link
 * @message: (transfer none): what to send
 *
 * Sends a message, once the link is open; `ping` and `pong` pass what waits. On a link that
 * is being closed nothing is sent.
 */
void
ear_link_send (EarLink *self, EarMessage *message)
{
  g_autoptr (GBytes) line = ear_message_to_line (message);
  EarMessageType type = ear_message_get_type (message);

  ear_link_push (self, line, type == EAR_MESSAGE_PING || type == EAR_MESSAGE_PONG);
}

/**
 * ear_link_send_line:
 * @self: a link
 * @line: (transfer none): an encoded message with its newline
 *
 * Sends a line that many links share. Written once before the loop sleeps. A link whose other side
 * does not take what is sent ends with %EAR_ERROR_TIMEOUT.
 */
void
ear_link_send_line (EarLink *self, GBytes *line)
{
  ear_link_push (self, line, FALSE);
}

static void
send_bye (EarLink *self, EarError code)
{
  g_autoptr (EarMessage) bye = ear_message_new (EAR_MESSAGE_BYE);
  const char *wire_code = ear_error_get_code (code);

  if (wire_code != NULL)
    ear_message_set_string (bye, "code", wire_code);
  ear_link_send (self, bye);
}

/**
 * ear_link_close:
 * @self: a link
 * @code: why; %EAR_ERROR_CLOSED: without a reason
 *
 * Ends the link in peace: what waits is sent, then `bye`, within two seconds. `closed` follows
 * later, with @code. Does nothing on a link that is ending already.
 */
void
ear_link_close (EarLink *self, EarError code)
{
  if (self->phase < EAR_LINK_OPEN) {
    ear_link_die (self, ear_error_new (code));
    return;
  }
  if (self->phase > EAR_LINK_OPEN)
    return;
  send_bye (self, code);
  if (self->phase == EAR_LINK_OPEN)
    ear_link_begin_to_close (self, ear_error_new (code));
}

/**
 * ear_link_abort:
 * @self: a link
 *
 * Ends the link without a word; `closed` follows in the next turn.
 */
void
ear_link_abort (EarLink *self)
{
  ear_link_die (self, ear_error_new (EAR_ERROR_CLOSED));
}

/**
 * ear_link_is_open:
 * @self: a link
 *
 * Returns: whether `opened` has come and nothing has ended the link since
 */
gboolean
ear_link_is_open (EarLink *self)
{
  return self->phase == EAR_LINK_OPEN;
}

/**
 * ear_link_is_dialled:
 * @self: a link
 *
 * Returns: whether it is we who dialled
 */
gboolean
ear_link_is_dialled (EarLink *self)
{
  return self->dialled;
}

/**
 * ear_link_get_fingerprint:
 * @self: a link
 *
 * Returns: (nullable) (transfer none): the other side's fingerprint; %NULL before `opened`
 */
const char *
ear_link_get_fingerprint (EarLink *self)
{
  return self->known ? self->fingerprint : NULL;
}

/**
 * ear_link_get_peer_key:
 * @self: a link
 *
 * Returns: (nullable) (transfer none) (array fixed-size=32): the other side's raw public key; %NULL
 *   before `opened`
 */
const guint8 *
ear_link_get_peer_key (EarLink *self)
{
  return self->known ? self->peer_key : NULL;
}

/**
 * ear_link_get_remote_address:
 * @self: a link
 *
 * Returns: (nullable) (transfer none): the other side's address, also after `closed`; %NULL when it
 *   was gone at once
 */
GInetSocketAddress *
ear_link_get_remote_address (EarLink *self)
{
  return self->remote_address;
}

/**
 * ear_link_get_local_address:
 * @self: a link
 *
 * Returns: (nullable) (transfer none): our address; %NULL when nobody asked before the end
 */
GInetSocketAddress *
ear_link_get_local_address (EarLink *self)
{
  struct sockaddr_storage address;
  socklen_t size = sizeof address;

  if (self->local_address == NULL && self->phase != EAR_LINK_CLOSED &&
      getsockname (self->socket.fd, (struct sockaddr *) &address, &size) == 0)
    self->local_address = take_inet_address (g_socket_address_new_from_native (&address, size));
  return self->local_address;
}

/**
 * ear_link_export_binding:
 * @self: an open link
 * @binding: (out caller-allocates) (array fixed-size=32): where it goes
 * @error: return location for an error
 *
 * Gets what ties a login to this very connection, the same on both sides (RFC 9266).
 *
 * Fails with %EAR_ERROR_TLS when the link is not open.
 *
 * Returns: whether there is one
 */
gboolean
ear_link_export_binding (EarLink *self, guint8 binding[32], GError **error)
{
  if (self->phase == EAR_LINK_OPEN)
    return ear_tls_export_binding (self->ssl, binding, error);
  g_propagate_error (error, ear_error_new (EAR_ERROR_TLS));
  return FALSE;
}

/**
 * ear_link_has_room:
 * @self: a link
 *
 * Checks whether so little waits that more may be sent which could as well come later. Who has
 * much to send stops when there is no room, and waits for it.
 *
 * Returns: whether less than %EAR_LIMIT_QUEUE_ROOM waits
 */
gboolean
ear_link_has_room (EarLink *self)
{
  return ear_out_queue_get_n_bytes (self->queue) < EAR_LIMIT_QUEUE_ROOM;
}

/**
 * ear_link_await_room:
 * @self: an open link
 *
 * Has `has_room` called once, after something was written, when there is room: while the poller
 * flushes, so that what is sent then goes out in the next turn.
 */
void
ear_link_await_room (EarLink *self)
{
  self->awaits_room = TRUE;
  if (self->phase == EAR_LINK_OPEN && !self->blocked)
    ear_poll_file_mark_dirty (&self->file);
}

/**
 * ear_link_get_n_queued:
 * @self: a link
 *
 * Returns: how many bytes wait to be written
 */
gsize
ear_link_get_n_queued (EarLink *self)
{
  return ear_out_queue_get_n_bytes (self->queue);
}

/**
 * ear_link_set_paused:
 * @self: a link
 * @paused: whether nothing is to be read
 *
 * Stops and starts `received`. While it is paused the silence of the other side is not held against
 * it.
 */
void
ear_link_set_paused (EarLink *self, gboolean paused)
{
  paused = !!paused;
  if (self->paused == paused)
    return;
  self->paused = paused;
  if (self->phase != EAR_LINK_OPEN)
    return;
  if (paused) {
    ear_poll_file_deselect (&self->file, EPOLLIN);
    return;
  }
  ear_link_hear (self);
  ear_poll_file_select (&self->file, EPOLLIN);
  ear_poll_file_wake (&self->file); /* lines may wait that were read before */
}

static void
ear_link_dispose (GObject *object)
{
  EarLink *self = EAR_LINK (object);

  /* Dropped before its last lines went out: one try. */
  if (self->phase == EAR_LINK_CLOSING)
    ear_link_write (self);
  self->phase = EAR_LINK_CLOSED;
  self->has_owner = FALSE;
  ear_deadline_clear (&self->patience);
  ear_deadline_clear (&self->stall);
  ear_deadline_clear (&self->swamped);
  ear_link_close_socket (self);
  G_OBJECT_CLASS (ear_link_parent_class)->dispose (object);
}

static void
ear_link_finalize (GObject *object)
{
  EarLink *self = EAR_LINK (object);

  g_clear_object (&self->remote_address);
  g_clear_object (&self->local_address);
  g_clear_error (&self->reason);
  ear_line_reader_free (self->reader);
  ear_out_queue_free (self->queue);
  ear_tls_unref (self->tls);
  ear_deadlines_unref (self->deadlines);
  G_OBJECT_CLASS (ear_link_parent_class)->finalize (object);
}

static void
ear_link_class_init (EarLinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ear_link_dispose;
  object_class->finalize = ear_link_finalize;
}

static void
ear_link_init (EarLink *self)
{
  self->socket.fd = -1;
  self->reader = ear_line_reader_new (EAR_LIMIT_LINE_STRANGER);
  self->queue = ear_out_queue_new ();
}
