/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The floor: a bare epoll loop, floor-server.c, that writes each line that somebody sends to
 * everybody, without TLS. The lines are as long as earshotd's. */

#include "bench.h"

#include <string.h>

static BenchServer *
start (const BenchOptions *options)
{
  const char *program = g_getenv ("EARSHOT_BENCH_FLOOR");
  const char *const argv[] = { program != NULL ? program : BENCH_FLOOR, NULL };
  BenchServer *server = bench_server_spawn (argv, 0, 1);

  server->port = (guint16) g_ascii_strtoull (server->first_lines, NULL, 10);
  return server;
}

static void
enter (BenchClient *client)
{
  bench_client_send (client, "ping\n", strlen ("ping\n"));
}

static gsize
receive (BenchClient *client, const char *data, gsize size)
{
  gsize taken = 0;
  const char *end;

  while ((end = memchr (data + taken, '\n', size - taken)) != NULL) {
    gsize line = (gsize) (end - data) + 1 - taken;

    if (line > strlen ("pong\n"))
      bench_client_delivered (client, data + taken, line);
    else if (client->in)
      client->crowd->n_pongs++;
    else
      bench_client_is_in (client);
    taken += line;
  }
  return taken;
}

static void
ping (BenchClient *client)
{
  bench_client_send (client, "ping\n", strlen ("ping\n"));
}

static void
publish (BenchClient *client, const char *text)
{
  g_autofree char *line = g_strdup_printf (
    "{\"type\":\"broadcast\",\"number\":1,\"user\":\"bench-0000000\",\"name\":\"bench-0000000\","
    "\"text\":\"%s\",\"age\":0}\n",
    text);

  bench_client_send (client, line, strlen (line));
}

const BenchProtocol bench_floor = {
  .name = "floor",
  .start = start,
  .enter = enter,
  .receive = receive,
  .ping = ping,
  .publish = publish,
};
