/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Mosquitto, with as much of MQTT 3.1.1 as it takes to subscribe to a topic, to publish at quality
 * of service 0, and to ping. */

#include "bench.h"

#include <string.h>

#define TOPIC "bench"

/* The first bytes of packets (MQTT 3.1.1, section 2.2). */
enum {
  CONNECT = 0x10,
  CONNACK = 0x20,
  PUBLISH = 0x30,
  SUBSCRIBE = 0x82,
  SUBACK = 0x90,
  PINGREQ = 0xc0,
  PINGRESP = 0xd0,
};

static BenchServer *
start (const BenchOptions *options)
{
  g_autofree char *directory = bench_make_directory ("mosquitto");
  g_autofree char *certificate = bench_write_certificate (directory);
  g_autofree char *path = g_build_filename (directory, "mosquitto.conf", NULL);
  g_autofree char *program = g_find_program_in_path ("mosquitto");
  guint16 port = bench_find_port ();
  g_autofree char *config =
    g_strdup_printf ("listener %u 127.0.0.1\n"
                     "certfile %s\n"
                     "keyfile %s\n"
                     "tls_version tlsv1.3\n"
                     "allow_anonymous true\n"
                     "persistence false\n"
                     "set_tcp_nodelay true\n"
                     "user root\n", /* means: stay who you are, and read the key */
                     port, certificate, certificate);
  const char *const argv[] = { program != NULL ? program : "/usr/sbin/mosquitto", "-c", path,
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
append_string (GByteArray *packet, const char *text)
{
  const guint8 length[2] = { (guint8) (strlen (text) >> 8), (guint8) strlen (text) };

  g_byte_array_append (packet, length, sizeof length);
  g_byte_array_append (packet, (const guint8 *) text, (guint) strlen (text));
}

static void
send_packet (BenchClient *client, guint8 kind, GByteArray *body)
{
  g_autoptr (GByteArray) packet = g_byte_array_new ();
  guint rest = body->len;

  g_byte_array_append (packet, &kind, 1);
  do {
    guint8 digit = (guint8) ((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));

    g_byte_array_append (packet, &digit, 1);
    rest >>= 7;
  } while (rest > 0);
  g_byte_array_append (packet, body->data, body->len);
  bench_client_send (client, (const char *) packet->data, packet->len);
}

static void
enter (BenchClient *client)
{
  static const guint8 level_flags_keep_alive[] = { 4, 2 /* clean session */, 0, 0 };
  g_autoptr (GByteArray) body = g_byte_array_new ();
  g_autofree char *id = g_strdup_printf ("bench-%07u", client->index);

  append_string (body, "MQTT");
  g_byte_array_append (body, level_flags_keep_alive, sizeof level_flags_keep_alive);
  append_string (body, id);
  send_packet (client, CONNECT, body);
}

static void
subscribe (BenchClient *client)
{
  static const guint8 id[] = { 0, 1 }, quality = 0;
  g_autoptr (GByteArray) body = g_byte_array_new ();

  g_byte_array_append (body, id, sizeof id);
  append_string (body, TOPIC);
  g_byte_array_append (body, &quality, 1);
  send_packet (client, SUBSCRIBE, body);
}

static void
take_packet (BenchClient *client, guint8 kind, const char *body, gsize size)
{
  switch (kind) {
  case CONNACK:
    if (size != 2 || body[1] != 0)
      bench_die ("client %u is refused", client->index);
    subscribe (client);
    break;
  case SUBACK:
    bench_client_is_in (client);
    break;
  case PUBLISH:
    bench_client_delivered (client, body, size);
    break;
  case PINGRESP:
    client->crowd->n_pongs++;
    break;
  default:
    bench_die ("client %u got a packet of kind %x", client->index, kind);
  }
}

static gsize
receive (BenchClient *client, const char *data, gsize size)
{
  gsize taken = 0;

  for (;;) {
    gsize length = 0, at = taken + 1;
    guint shift = 0;

    do {
      if (at >= size)
        return taken;
      length |= (gsize) (data[at] & 0x7f) << shift;
      shift += 7;
    } while ((data[at++] & 0x80) != 0);
    if (at + length > size)
      return taken;
    take_packet (client, (guint8) data[taken], data + at, length);
    taken = at + length;
  }
}

static void
ping (BenchClient *client)
{
  static const char packet[] = { (char) PINGREQ, 0 };

  bench_client_send (client, packet, sizeof packet);
}

static void
publish (BenchClient *client, const char *text)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();

  append_string (body, TOPIC);
  g_byte_array_append (body, (const guint8 *) text, (guint) strlen (text));
  send_packet (client, PUBLISH, body);
}

const BenchProtocol bench_mqtt = {
  .name = "mosquitto",
  .tls = TRUE,
  .start = start,
  .new_ssl = new_ssl,
  .enter = enter,
  .receive = receive,
  .ping = ping,
  .publish = publish,
};
