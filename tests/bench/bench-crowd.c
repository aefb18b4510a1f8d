/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* BenchCrowd: all clients of a run. */

#include "bench.h"

/**
 * bench_crowd_new:
 * @protocol: what they speak
 * @options: how many there may be
 * @server: where they go
 *
 * Makes an empty crowd.
 *
 * Returns: (transfer full): the crowd
 */
BenchCrowd *
bench_crowd_new (const BenchProtocol *protocol, const BenchOptions *options, BenchServer *server)
{
  BenchCrowd *self = g_new0 (BenchCrowd, 1);
  g_autoptr (GError) error = NULL;

  self->protocol = protocol;
  self->options = options;
  self->server = server;
  self->poller = ear_poller_new (NULL, &error);
  if (self->poller == NULL)
    bench_die ("no poller: %s", error->message);
  self->clients = g_new0 (BenchClient *, options->n_clients);
  return self;
}

/**
 * bench_crowd_free:
 * @self: (transfer full): a crowd
 *
 * Has all clients go.
 */
void
bench_crowd_free (BenchCrowd *self)
{
  bench_crowd_empty (self);
  ear_poller_unref (self->poller);
  g_free (self->clients);
  g_free (self);
}

/**
 * bench_crowd_fill:
 * @self: a crowd
 * @n_clients: how many there shall be
 * @n_at_once: how many may be on their way in at a time
 *
 * Has clients come until there are so many.
 */
void
bench_crowd_fill (BenchCrowd *self, guint n_clients, guint n_at_once)
{
  guint next = 0;

  while (self->n_in < n_clients) {
    while (next < n_clients && self->n_entering < n_at_once) {
      if (self->clients[next] == NULL)
        self->clients[next] = bench_client_new (self, next);
      next++;
    }
    bench_wait (self->n_in == n_clients || (next < n_clients && self->n_entering < n_at_once));
  }
}

/**
 * bench_crowd_empty:
 * @self: a crowd
 *
 * Has all clients go.
 */
void
bench_crowd_empty (BenchCrowd *self)
{
  for (int i = 0; i < self->options->n_clients; i++)
    g_clear_pointer (&self->clients[i], bench_client_free);
}

/**
 * bench_crowd_watch:
 * @self: a crowd that is in
 * @limit: how many of the others each shall see
 *
 * Has every client see who comes and goes, where the protocol can do that.
 */
void
bench_crowd_watch (BenchCrowd *self, guint limit)
{
  const guint n_at_once = 64;
  guint n_sent = 0;

  if (self->protocol->watch == NULL)
    return;
  self->n_watching = 0;
  self->watch_limit = limit;
  for (int i = 0; i < self->options->n_clients; i++) {
    if (self->clients[i] == NULL)
      continue;
    self->protocol->watch (self->clients[i], limit);
    n_sent++;
    bench_wait (n_sent - self->n_watching < n_at_once);
  }
  bench_wait (self->n_watching == n_sent);
}
