/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarPoller: thousands of descriptors behind one GSource.
 *
 * GMainContext walks all its sources at every turn, so a source for each of 9,000 links makes a
 * ping take milliseconds. Here one epoll descriptor is what the main loop sees.
 *
 * Below, epoll is edge-triggered and told once, at attach, of everything; nothing is ever changed
 * in the kernel. What it reported is kept in `events` until the owner clears it (because a call
 * said EAGAIN). Above, the owner selects what it wants; a file is in the ready ring exactly while
 * `events & wanted` is not empty. A turn takes the ready ring as it is and calls each file once:
 * one that has more to do is called again in the next turn, after everybody else.
 *
 * A file that has something to write marks itself dirty; its `flush` is called once, after the
 * turn's reads and before the loop sleeps, however many lines were queued meanwhile, unless
 * somebody calls ear_poller_flush() before.
 *
 * Files live in their owners and may be detached in any callback, their own or another's: the
 * rings that a turn walks are left by whoever is detached. A file keeps its poller alive. */

#include "wire/ear-poller.h"
#include "wire/ear-ring.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define N_EVENTS 128  /* taken from the kernel at a time; more wait there for the next turn */
#define N_PREPARED 16 /* files that are prepared before they are flushed */

/* What epoll can report of a connection. */
#define ALL_EVENTS ((guint32) (EPOLLIN | EPOLLOUT | EPOLLRDHUP))

/* Set by ear_poll_file_wake() alone; the kernel does not use it. */
#define EVENT_WAKE ((guint32) EPOLLMSG)

struct _EarPoller
{
  gatomicrefcount ref_count;
  GSource *source;
  gpointer tag;
  int epoll;
  GList ready;
  GList dirty;
};

typedef struct
{
  GSource source;
  EarPoller *poller;
} PollerSource;

static void
update_ready (EarPollFile *file)
{
  if ((file->events & file->wanted) == 0)
    ear_ring_unlink (&file->ready_link);
  else if (!ear_ring_is_linked (&file->ready_link))
    ear_ring_append (&file->poller->ready, &file->ready_link);
}

/* Takes what the kernel has to report; calls nobody. */
static void
collect (EarPoller *self)
{
  struct epoll_event events[N_EVENTS];
  int n;

  do
    n = epoll_wait (self->epoll, events, N_EVENTS, 0);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    g_error ("epoll cannot be read: %s", g_strerror (errno));

  for (int i = 0; i < n; i++) {
    EarPollFile *file = events[i].data.ptr;

    /* After an error or a hangup both reading and writing tell at once what happened. */
    if (events[i].events & (EPOLLERR | EPOLLHUP))
      file->events |= ALL_EVENTS;
    file->events |= events[i].events & ALL_EVENTS;
    update_ready (file);
  }
}

static void
call_ready (EarPoller *self)
{
  GList todo, *node;

  ear_ring_init (&todo);
  ear_ring_splice (&todo, &self->ready);
  while ((node = ear_ring_pop (&todo)) != NULL) {
    EarPollFile *file = node->data;

    if (file->events & EVENT_WAKE) {
      file->events &= ~EVENT_WAKE;
      file->wanted &= ~EVENT_WAKE;
    }
    update_ready (file);
    file->call->ready (file, file->user_data);
  }
}

/* Some files at a time are prepared and then flushed. Of a broadcast to thousands, preparing is
 * TLS and flushing is the kernel: one after the other for each file, they would take the
 * processor's cache from each other every time. */
static void
call_dirty (EarPoller *self)
{
  GList todo, prepared, *node;

  ear_ring_init (&todo);
  ear_ring_init (&prepared);
  ear_ring_splice (&todo, &self->dirty);
  while (!ear_ring_is_empty (&todo)) {
    for (guint i = 0; i < N_PREPARED && (node = ear_ring_pop (&todo)) != NULL; i++) {
      EarPollFile *file = node->data;

      ear_ring_append (&prepared, node);
      if (file->call->prepare != NULL)
        file->call->prepare (file, file->user_data);
    }
    while ((node = ear_ring_pop (&prepared)) != NULL) {
      EarPollFile *file = node->data;

      file->call->flush (file, file->user_data);
    }
  }
}

static gboolean
has_work (EarPoller *self)
{
  return !ear_ring_is_empty (&self->ready) || !ear_ring_is_empty (&self->dirty);
}

static gboolean
poller_prepare (GSource *source, int *timeout)
{
  *timeout = -1;
  return has_work (((PollerSource *) source)->poller);
}

static gboolean
poller_check (GSource *source)
{
  EarPoller *self = ((PollerSource *) source)->poller;

  return has_work (self) || g_source_query_unix_fd (source, self->tag) != 0;
}

static gboolean
poller_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  EarPoller *self = ear_poller_ref (((PollerSource *) source)->poller);

  if (g_source_query_unix_fd (source, self->tag) != 0)
    collect (self);
  call_ready (self);
  call_dirty (self);
  ear_poller_unref (self);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs poller_funcs = {
  .prepare = poller_prepare,
  .check = poller_check,
  .dispatch = poller_dispatch,
};

/**
 * ear_poller_new:
 * @context: (nullable): where the files' functions are called; %NULL: the default context
 * @error: return location for an error
 *
 * Makes a poller. Everything on it happens in the thread of @context.
 *
 * Fails with the %G_IO_ERROR of the system's reason when there are no descriptors left.
 *
 * Returns: (transfer full): the poller
 */
EarPoller *
ear_poller_new (GMainContext *context, GError **error)
{
  EarPoller *self;
  int epoll = epoll_create1 (EPOLL_CLOEXEC);
  int code = errno;

  if (epoll < 0) {
    g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (code), g_strerror (code));
    return NULL;
  }
  self = g_new0 (EarPoller, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->epoll = epoll;
  ear_ring_init (&self->ready);
  ear_ring_init (&self->dirty);
  self->source = g_source_new (&poller_funcs, sizeof (PollerSource));
  ((PollerSource *) self->source)->poller = self;
  g_source_set_static_name (self->source, "EarPoller");
  self->tag = g_source_add_unix_fd (self->source, epoll, G_IO_IN);
  /* Nobody runs a loop inside a callback. Else GLib would forbid it by taking the descriptor out of
   * the loop and putting it back at each turn, which wakes the loop twice. */
  g_source_set_can_recurse (self->source, TRUE);
  g_source_attach (self->source, context);
  return self;
}

/**
 * ear_poller_ref:
 * @self: a poller
 *
 * Takes a reference.
 *
 * Returns: (transfer full): the same poller
 */
EarPoller *
ear_poller_ref (EarPoller *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * ear_poller_unref:
 * @self: (transfer full): a poller
 *
 * Drops a reference. Each attached file holds one.
 */
void
ear_poller_unref (EarPoller *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_source_destroy (self->source);
  g_source_unref (self->source);
  close (self->epoll);
  g_free (self);
}

/**
 * ear_poll_file_attach:
 * @self: (out caller-allocates): a file, inside its owner; all zero
 * @poller: where it is watched
 * @fd: a non-blocking descriptor, which stays its owner's and open until ear_poll_file_detach()
 * @events: `ready`, called once a turn while something selected is there, and `flush`,
 *   which may be %NULL, called once for each ear_poll_file_mark_dirty(), before the loop sleeps;
 *   static
 * @user_data: for both
 * @error: return location for an error
 *
 * Begins to watch a descriptor; nothing is selected yet.
 *
 * Fails with the %G_IO_ERROR of the system's reason.
 *
 * Returns: whether it is watched
 */
gboolean
ear_poll_file_attach (EarPollFile *self,
                      EarPoller *poller,
                      int fd,
                      const EarPollEvents *events,
                      gpointer user_data,
                      GError **error)
{
  struct epoll_event wish = { .events = ALL_EVENTS | EPOLLET, .data.ptr = self };

  g_return_val_if_fail (self->poller == NULL, FALSE);
  g_return_val_if_fail (events->ready != NULL, FALSE);

  if (epoll_ctl (poller->epoll, EPOLL_CTL_ADD, fd, &wish) != 0) {
    int code = errno;

    g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (code), g_strerror (code));
    return FALSE;
  }
  *self = (EarPollFile){
    .poller = ear_poller_ref (poller),
    .ready_link.data = self,
    .dirty_link.data = self,
    .call = events,
    .user_data = user_data,
    .fd = fd,
  };
  return TRUE;
}

/**
 * ear_poll_file_detach:
 * @self: a file, attached or not
 *
 * Stops watching; none of the file's functions is called any more.
 */
void
ear_poll_file_detach (EarPollFile *self)
{
  EarPoller *poller = self->poller;

  if (poller == NULL)
    return;
  ear_ring_unlink (&self->ready_link);
  ear_ring_unlink (&self->dirty_link);
  if (epoll_ctl (poller->epoll, EPOLL_CTL_DEL, self->fd, NULL) != 0)
    g_critical ("A descriptor was closed while it was watched: %s", g_strerror (errno));
  self->poller = NULL;
  ear_poller_unref (poller);
}

/**
 * ear_poll_file_get_events:
 * @self: a file
 *
 * Returns: what is selected and there: %EPOLLIN, %EPOLLOUT, %EPOLLRDHUP
 */
guint32
ear_poll_file_get_events (EarPollFile *self)
{
  return self->events & self->wanted & ALL_EVENTS;
}

/**
 * ear_poll_file_select:
 * @self: an attached file
 * @events: of %EPOLLIN, %EPOLLOUT, %EPOLLRDHUP
 *
 * Asks to be called when any of @events is there, too.
 */
void
ear_poll_file_select (EarPollFile *self, guint32 events)
{
  g_return_if_fail (self->poller != NULL);

  self->wanted |= events & ALL_EVENTS;
  update_ready (self);
}

/**
 * ear_poll_file_deselect:
 * @self: an attached file
 * @events: of %EPOLLIN, %EPOLLOUT, %EPOLLRDHUP
 *
 * Asks not to be called because of @events; that they are there is kept in mind.
 */
void
ear_poll_file_deselect (EarPollFile *self, guint32 events)
{
  g_return_if_fail (self->poller != NULL);

  self->wanted &= ~(events & ALL_EVENTS);
  update_ready (self);
}

/**
 * ear_poll_file_clear:
 * @self: an attached file
 * @events: of %EPOLLIN, %EPOLLOUT, %EPOLLRDHUP
 *
 * Says that @events are used up: a call on the descriptor would block, and the next edge counts.
 */
void
ear_poll_file_clear (EarPollFile *self, guint32 events)
{
  g_return_if_fail (self->poller != NULL);

  self->events &= ~(events & ALL_EVENTS);
  update_ready (self);
}

/**
 * ear_poll_file_mark_dirty:
 * @self: an attached file with a flush function
 *
 * Has @self flushed once before the loop sleeps.
 */
void
ear_poll_file_mark_dirty (EarPollFile *self)
{
  g_return_if_fail (self->poller != NULL && self->call->flush != NULL);

  if (!ear_ring_is_linked (&self->dirty_link))
    ear_ring_append (&self->poller->dirty, &self->dirty_link);
}

/**
 * ear_poller_flush:
 * @self: a poller
 *
 * Flushes what is dirty now instead of at the end of the turn: for whoever writes to thousands, so
 * that the first need not wait for the last. Not for use in a flush function.
 */
void
ear_poller_flush (EarPoller *self)
{
  call_dirty (self);
}

/**
 * ear_poll_file_wake:
 * @self: an attached file
 *
 * Has the ready function called once at the next turn, whatever is selected or there: for what must
 * not happen within the caller's call.
 */
void
ear_poll_file_wake (EarPollFile *self)
{
  g_return_if_fail (self->poller != NULL);

  self->wanted |= EVENT_WAKE;
  self->events |= EVENT_WAKE;
  update_ready (self);
}
