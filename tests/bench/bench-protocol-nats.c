/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* NATS, with as much of its protocol as it takes to subscribe to a subject, to publish and to ping.
 * The server says INFO before TLS begins. */

#include "bench.h"

#include <string.h>

#define SUBJECT "bench"

static BenchServer *
start (const BenchOptions *options)
{
  g_autofree char *directory = bench_make_directory ("nats-server");
  g_autofree char *certificate = bench_write_certificate (directory);
  g_autofree char *path = g_build_filename (directory, "nats.conf", NULL);
  g_autofree char *program = g_find_program_in_path ("nats-server");
  guint16 port = bench_find_port ();
  g_autofree char *config = g_strdup_printf ("listen: \"127.0.0.1:%u\"\n"
                                             "max_connections: 100000\n"
                                             "tls {\n"
                                             "  cert_file: \"%s\"\n"
                                             "  key_file: \"%s\"\n"
                                             "  timeout: 60\n"
                                             "}\n",
                                             port, certificate, certificate);
  const char *const argv[] = { program != NULL ? program : "/usr/sbin/nats-server", "-c", path,
                               NULL };
  BenchServer *server;

  if (!g_file_set_contents (path, config, -1, NULL))
    bench_die ("%s cannot be written", path);
  server = bench_server_spawn (argv, port, 0);
  bench_server_await_port (server);
  return server;
}

static SSL *
new_ssl (BenchClient *client)
{
  return bench_new_plain_ssl ();
}

static void
enter (BenchClient *client)
{
  static const char lines[] = "CONNECT {\"verbose\":false,\"pedantic\":false,"
                              "\"tls_required\":true,\"lang\":\"c\",\"version\":\"1\"}\r\n"
                              "SUB " SUBJECT " 1\r\n"
                              "PING\r\n";

  bench_client_send (client, lines, strlen (lines));
}

static void
take_line (BenchClient *client, const char *line)
{
  if (g_str_has_prefix (line, "PONG") && !client->in)
    bench_client_is_in (client);
  else if (g_str_has_prefix (line, "PONG"))
    client->crowd->n_pongs++;
  else if (g_str_has_prefix (line, "PING"))
    bench_client_send (client, "PONG\r\n", strlen ("PONG\r\n"));
  else if (!g_str_has_prefix (line, "INFO"))
    bench_die ("client %u: %.60s", client->index, line);
}

/* The bytes that follow a line: those of a message. */
static gsize
get_payload (const char *line, const char *end)
{
  const char *p = end;

  if (!g_str_has_prefix (line, "MSG "))
    return 0;
  while (p[-1] != ' ')
    p--;
  return g_ascii_strtoull (p, NULL, 10) + strlen ("\r\n");
}

static gsize
receive (BenchClient *client, const char *data, gsize size)
{
  gsize taken = 0;
  const char *end;

  while ((end = memchr (data + taken, '\n', size - taken)) != NULL) {
    gsize line = (gsize) (end - data) + 1 - taken;
    gsize payload = get_payload (data + taken, end);

    if (taken + line + payload > size)
      break;
    if (payload > 0)
      bench_client_delivered (client, end + 1, payload);
    else
      take_line (client, data + taken);
    taken += line + payload;
  }
  return taken;
}

static void
ping (BenchClient *client)
{
  bench_client_send (client, "PING\r\n", strlen ("PING\r\n"));
}

static void
publish (BenchClient *client, const char *text)
{
  g_autofree char *message = g_strdup_printf ("PUB " SUBJECT " %zu\r\n%s\r\n", strlen (text), text);

  bench_client_send (client, message, strlen (message));
}

const BenchProtocol bench_nats = {
  .name = "nats",
  .tls = TRUE,
  .greets = TRUE,
  .start = start,
  .new_ssl = new_ssl,
  .enter = enter,
  .receive = receive,
  .ping = ping,
  .publish = publish,
};
