/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What only earshotd does: telling who comes, signing up, keeping a million accounts. */

#include "bench.h"

#include <string.h>

#define N_AT_ONCE 200

/* -- Bytes to all while they log in -- */

/* One after the other, each watching from the moment it is in. */
static guint64
count_bytes (const BenchOptions *options, guint n_clients, double *cpu)
{
  BenchServer *server = bench_earshot.start (options);
  BenchCrowd *crowd = bench_crowd_new (&bench_earshot, options, server);
  guint64 n_bytes;

  crowd->watch_limit = (guint) options->watch;
  for (guint i = 0; i < n_clients; i++) {
    crowd->clients[i] = bench_client_new (crowd, i);
    bench_wait (crowd->n_in == i + 1);
  }
  bench_wait (crowd->n_watching == n_clients);
  bench_run_for (500); /* the last ticks */
  n_bytes = crowd->n_bytes;
  *cpu = bench_server_get_cpu (server);
  bench_crowd_free (crowd);
  bench_server_stop (server);
  return n_bytes;
}

/**
 * bench_measure_bytes:
 * @report: where the figures go
 * @options: how many clients, and how many of the others each watches
 *
 * Measures what all clients together receive while all log in, for a ninth, a third and all of
 * them.
 */
void
bench_measure_bytes (BenchReport *report, const BenchOptions *options)
{
  static const guint parts[] = { 9, 3, 1 };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++) {
    guint n = MAX (1, (guint) options->n_clients / parts[i]);
    double cpu;
    double kib = (double) count_bytes (options, n, &cpu) / 1024;
    g_autofree char *key = g_strdup_printf ("bytes_%u", i + 1);
    g_autofree char *what = g_strdup_printf ("received per client while %u log in", n);
    g_autofree char *cpu_key = g_strdup_printf ("bytes_cpu_%u", i + 1);

    bench_report_add (report, key, what, kib / n, "KiB");
    bench_report_add (report, cpu_key, "  and server CPU per client", cpu / n * 1e3, "ms");
  }
}

/* -- Sign-ups -- */

static void
sign_up (BenchClient *client, guint number)
{
  /* Keys are only kept: any will do. */
  g_autofree char *line = g_strdup_printf (
    "{\"type\":\"signup\",\"id\":%u,\"user\":\"new-%07u\",\"salt\":\"ZWFyc2hvdC1iZW5jaAAAAA==\","
    "\"iterations\":100000,\"stored_key\":\"ZWFyc2hvdCBlYXJzaG90IGVhcnNob3QgZWFyc2hvdCE=\","
    "\"server_key\":\"ZWFyc2hvdCBlYXJzaG90IGVhcnNob3QgZWFyc2hvdCE=\"}\n",
    number + 1, number);

  bench_client_send (client, line, strlen (line));
}

/* A stranger is as far in as it gets. */
static gsize
receive_as_stranger (BenchClient *client, const char *data, gsize size)
{
  gsize taken = 0;
  const char *end;

  while ((end = memchr (data + taken, '\n', size - taken)) != NULL) {
    gsize line = (gsize) (end - data) - taken;

    if (!client->in)
      bench_client_is_in (client);
    else if (memmem (data + taken, line, "\"ok\"", 4) != NULL)
      client->n_delivered++;
    else
      bench_die ("no sign-up: %.*s", (int) line, data + taken);
    taken += line + 1;
  }
  return taken;
}

/**
 * bench_measure_signups:
 * @report: where the figures go
 * @options: how many sign-ups
 *
 * Measures sign-ups, each answered when it is on the disk, 200 at once.
 */
void
bench_measure_signups (BenchReport *report, const BenchOptions *options)
{
  BenchOptions strangers = *options;
  BenchProtocol protocol = bench_earshot;
  BenchServer *server;
  BenchCrowd *crowd;
  guint n_sent = 0, n_done = 0, n = (guint) options->n_signups;
  gint64 start;
  double cpu, seconds;

  strangers.n_clients = (int) MIN (N_AT_ONCE, n);
  protocol.receive = receive_as_stranger;
  server = protocol.start (&strangers);
  crowd = bench_crowd_new (&protocol, &strangers, server);
  bench_crowd_fill (crowd, (guint) strangers.n_clients, N_AT_ONCE);
  cpu = bench_server_get_cpu (server);
  start = bench_now_ns ();
  while (n_done < n) {
    n_done = 0;
    for (int i = 0; i < strangers.n_clients; i++) {
      BenchClient *client = crowd->clients[i];

      n_done += client->n_delivered;
      if (client->step == 2 + client->n_delivered && n_sent < n) {
        client->step++;
        sign_up (client, n_sent++);
      }
    }
    if (n_done < n)
      g_main_context_iteration (NULL, TRUE);
  }
  seconds = (double) (bench_now_ns () - start) / 1e9;
  cpu = bench_server_get_cpu (server) - cpu;
  bench_report_add (report, "signups", "sign-ups on the disk, 200 at once", n / seconds, "/s");
  bench_report_add (report, "signup_cpu", "server CPU per sign-up", cpu / n * 1e6, "µs");
  bench_crowd_free (crowd);
  bench_server_stop (server);
}

/* -- Accounts -- */

static void
start_with (guint n_accounts, double *seconds, gint64 *memory)
{
  g_autofree char *directory = bench_make_directory ("earshotd");
  BenchServer *server;
  gint64 start;

  /* What is made at the first start is there at the second. */
  bench_earshot_write_accounts (directory, n_accounts);
  bench_server_stop (bench_earshot_start_in (directory));
  start = bench_now_ns ();
  server = bench_earshot_start_in (directory);
  *seconds = (double) (bench_now_ns () - start) / 1e9;
  *memory = bench_server_get_memory (server);
  bench_server_stop (server);
}

/**
 * bench_measure_accounts:
 * @report: where the figures go
 * @options: how many accounts
 *
 * Measures what accounts cost that nobody uses: at the start, and in memory.
 */
void
bench_measure_accounts (BenchReport *report, const BenchOptions *options)
{
  double empty_seconds, seconds;
  gint64 empty_memory, memory;
  guint n = (guint) options->n_accounts;
  g_autofree char *what = g_strdup_printf ("start with %u accounts", n);

  start_with (1, &empty_seconds, &empty_memory);
  start_with (n, &seconds, &memory);
  bench_report_add (report, "start", "start with one account", empty_seconds, "s");
  bench_report_add (report, "load", what, seconds, "s");
  bench_report_add (report, "account_memory", "memory per account",
                    (double) (memory - empty_memory) / n, "bytes");
}
