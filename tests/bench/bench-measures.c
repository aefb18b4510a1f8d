/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What is measured of every server, with the same code for all. */

#include "bench.h"

#include <math.h>

#define PACE_NS (5 * 1000 * 1000) /* between two pings while broadcasts go out */

static int
compare (gconstpointer a, gconstpointer b)
{
  const double *x = a, *y = b;

  return *x < *y ? -1 : *x > *y;
}

/* The least of @values that so many of them don't exceed; they get sorted. */
static double
get_quantile (double *values, guint n, double quantile)
{
  qsort (values, n, sizeof *values, compare);
  return values[(guint) ceil (quantile * n) - 1];
}

typedef struct
{
  double seconds;
  double cpu;
  double memory; /* of the server, in bytes */
} LogIns;

/* What all together cost. Who watches is in when it has seen who is there. */
static LogIns
log_all_in (BenchCrowd *crowd)
{
  guint n = (guint) crowd->options->n_clients;
  double memory = (double) bench_server_get_memory (crowd->server);
  double cpu = bench_server_get_cpu (crowd->server);
  gint64 start = bench_now_ns ();
  LogIns result;

  bench_crowd_fill (crowd, n, (guint) crowd->options->n_at_once);
  bench_wait (crowd->watch_limit == 0 || crowd->n_watching == n);
  result.seconds = (double) (bench_now_ns () - start) / 1e9;
  result.cpu = bench_server_get_cpu (crowd->server) - cpu;
  if (crowd->watch_limit > 0)
    bench_run_for (500); /* the last ticks */
  result.memory = (double) bench_server_get_memory (crowd->server) - memory;
  return result;
}

static void
measure_log_ins (BenchReport *report, BenchCrowd *crowd)
{
  int n = crowd->options->n_clients;
  LogIns all = log_all_in (crowd);

  bench_report_add (report, "log_ins", "log-ins", n / all.seconds, "/s");
  bench_report_add (report, "log_in_cpu", "server CPU per log-in", all.cpu / n * 1e6, "µs");
  bench_report_add (report, "memory", "memory per idle client", all.memory / n / 1024, "KiB");
}

/* The load does not sleep while it waits: what it takes to wake it is not the server's. */
static void
measure_ping (BenchReport *report, BenchCrowd *crowd)
{
  guint n = (guint) crowd->options->n_pings;
  g_autofree double *micros = g_new (double, n);
  BenchClient *client = crowd->clients[crowd->options->n_clients / 2];
  guint timer = bench_wait_begin (G_STRLOC, "a pong comes");

  for (guint i = 0; i < n; i++) {
    guint before = crowd->n_pongs;
    gint64 start = bench_now_ns ();

    crowd->protocol->ping (client);
    while (crowd->n_pongs == before)
      g_main_context_iteration (NULL, FALSE);
    micros[i] = (double) (bench_now_ns () - start) / 1e3;
  }
  g_source_remove (timer);
  bench_report_add (report, "ping_p50", "ping, p50", get_quantile (micros, n, 0.5), "µs");
  bench_report_add (report, "ping_p99", "ping, p99", get_quantile (micros, n, 0.99), "µs");
}

/* -- Broadcasts -- */

/* Each has another sender: who broadcasts too often is told to slow down. */
static void
publish (BenchCrowd *crowd)
{
  guint sender = crowd->n_published++ % (guint) crowd->options->n_clients;

  crowd->protocol->publish (crowd->clients[sender], crowd->text);
}

/* The sender, too. */
static gboolean
all_have_it (BenchCrowd *crowd)
{
  return crowd->n_delivered >= (guint64) crowd->n_published * (guint64) crowd->options->n_clients;
}

static void
check_deliveries (BenchCrowd *crowd)
{
  for (int i = 0; i < crowd->options->n_clients; i++) {
    if (crowd->clients[i]->n_delivered != crowd->n_published)
      bench_die ("client %d got %u of %u broadcasts", i, crowd->clients[i]->n_delivered,
                 crowd->n_published);
  }
}

/* From the send until the last of all has it. */
static void
measure_fan_out (BenchReport *report, BenchCrowd *crowd)
{
  guint n = (guint) crowd->options->n_rounds;
  g_autofree double *millis = g_new (double, n);
  double cpu = bench_server_get_cpu (crowd->server);

  for (guint i = 0; i < n; i++) {
    gint64 start = bench_now_ns ();

    publish (crowd);
    bench_wait (all_have_it (crowd));
    millis[i] = (double) (bench_now_ns () - start) / 1e6;
    bench_run_for (20);
  }
  cpu = bench_server_get_cpu (crowd->server) - cpu;
  bench_report_add (report, "fan_out_p50", "fan-out to the last client, median",
                    get_quantile (millis, n, 0.5), "ms");
  bench_report_add (report, "fan_out_p99", "fan-out to the last client, p99",
                    get_quantile (millis, n, 0.99), "ms");
  bench_report_add (report, "delivery_cpu", "server CPU per delivery",
                    cpu / ((double) n * crowd->options->n_clients) * 1e6, "µs");
}

/* Pings go out at a steady pace until all have the broadcast, answered or not: so each moment of a
 * broadcast counts alike. */
static void
ping_during_broadcast (BenchCrowd *crowd, GArray *sent_ns, GArray *millis)
{
  BenchClient *client = crowd->clients[crowd->options->n_clients / 2];
  guint timer = bench_wait_begin (G_STRLOC, "all have the broadcast, and all pongs came");
  guint n_before = crowd->n_pongs - millis->len;
  gint64 now = bench_now_ns (), due = now;

  publish (crowd);
  while (!all_have_it (crowd) || millis->len < sent_ns->len) {
    if (now >= due && !all_have_it (crowd)) {
      g_array_append_val (sent_ns, now);
      crowd->protocol->ping (client);
      due += PACE_NS;
    }
    g_main_context_iteration (NULL, FALSE);
    now = bench_now_ns ();
    while (millis->len < crowd->n_pongs - n_before) {
      double took = (double) (now - g_array_index (sent_ns, gint64, millis->len)) / 1e6;

      g_array_append_val (millis, took);
    }
  }
  g_source_remove (timer);
}

static void
measure_busy_ping (BenchReport *report, BenchCrowd *crowd)
{
  g_autoptr (GArray) sent_ns = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GArray) millis = g_array_new (FALSE, FALSE, sizeof (double));
  double *values;

  for (int i = 0; i < MAX (1, crowd->options->n_rounds / 5); i++) {
    ping_during_broadcast (crowd, sent_ns, millis);
    bench_run_for (20);
  }
  values = (double *) (gpointer) millis->data;
  bench_report_add (report, "busy_ping_p50", "ping during broadcasts, p50",
                    get_quantile (values, millis->len, 0.5), "ms");
  bench_report_add (report, "busy_ping_p99", "ping during broadcasts, p99",
                    get_quantile (values, millis->len, 0.99), "ms");
}

static void
measure_broadcasts (BenchReport *report, BenchCrowd *crowd)
{
  g_autofree char *text = g_strnfill ((gsize) crowd->options->text_size, 'e');

  crowd->text = text;
  measure_fan_out (report, crowd);
  measure_busy_ping (report, crowd);
  check_deliveries (crowd);
  crowd->text = NULL;
}

/* -- Churn -- */

/* Somebody goes without a word, and who has been away longest comes instead, as anybody does. So
 * nobody is back before the others were told. */
static void
replace_somebody (BenchCrowd *crowd, GRand *random, GQueue *away)
{
  BenchClient **place;

  do
    place = &crowd->clients[g_rand_int_range (random, 0, crowd->options->n_clients)];
  while (!(*place)->in);
  g_queue_push_tail (away, GUINT_TO_POINTER ((*place)->index));
  bench_client_free (*place);
  *place = bench_client_new (crowd, GPOINTER_TO_UINT (g_queue_pop_head (away)));
}

/* Evenly over each second; a server that is behind gets no more until it has caught up. */
static guint
let_come_and_go (BenchCrowd *crowd, gint64 start)
{
  const BenchOptions *options = crowd->options;
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  g_autoptr (GQueue) away = g_queue_new ();
  guint n_most = (guint) MIN (options->churn, options->n_clients);
  guint n_gone = 0;
  double seconds = 0;

  for (int i = 0; i < BENCH_AWAY * options->churn; i++)
    g_queue_push_tail (away, GINT_TO_POINTER (options->n_clients + i));
  while (seconds < options->seconds) {
    bench_run_for (5);
    seconds = (double) (bench_now_ns () - start) / 1e9;
    for (; n_gone < (guint) (seconds * options->churn) && crowd->n_entering < n_most; n_gone++)
      replace_somebody (crowd, random, away);
  }
  return n_gone;
}

static void
measure_churn (BenchReport *report, BenchCrowd *crowd)
{
  double cpu = bench_server_get_cpu (crowd->server);
  gint64 start = bench_now_ns ();
  guint64 bytes = crowd->n_bytes;
  guint n_gone, n_told = crowd->n_told;
  double seconds;

  n_gone = let_come_and_go (crowd, start);
  seconds = (double) (bench_now_ns () - start) / 1e9;
  cpu = bench_server_get_cpu (crowd->server) - cpu;
  bytes = crowd->n_bytes - bytes;
  n_told = crowd->n_told - n_told;
  bench_wait (crowd->n_entering == 0);
  if (crowd->protocol->watch != NULL && crowd->n_told == 0)
    bench_die ("%u clients came, and nobody was told", n_gone);
  bench_report_add (report, "churn_rate", "clients that came, and that went", n_gone / seconds,
                    "/s");
  bench_report_add (report, "churn_cpu", "server CPU while they did", cpu / seconds * 100, "%");
  bench_report_add (report, "churn_told", "how often each was told who came",
                    n_told / seconds / crowd->options->n_clients, "/s");
  bench_report_add (report, "churn_bytes", "bytes to all clients",
                    (double) bytes / seconds / 1024 / 1024, "MiB/s");
}

/**
 * bench_measure_crowd:
 * @report: where the figures go
 * @protocol: which server
 * @options: how many clients, and what to measure
 *
 * Measures what a server does for a crowd.
 */
void
bench_measure_crowd (BenchReport *report,
                     const BenchProtocol *protocol,
                     const BenchOptions *options)
{
  BenchServer *server = protocol->start (options);
  BenchCrowd *crowd = bench_crowd_new (protocol, options, server);

  measure_log_ins (report, crowd);
  if (bench_is_wanted (options, "ping"))
    measure_ping (report, crowd);
  if (bench_is_wanted (options, "fan-out"))
    measure_broadcasts (report, crowd);
  if (bench_is_wanted (options, "churn")) {
    bench_crowd_watch (crowd, (guint) options->watch);
    measure_churn (report, crowd);
  }
  bench_crowd_free (crowd);
  bench_server_stop (server);
}

/**
 * bench_measure_watching:
 * @report: where the figures go
 * @options: how many clients, and how many of the others each watches
 *
 * Measures log-ins of clients that watch who else is there, as real ones do.
 */
void
bench_measure_watching (BenchReport *report, const BenchOptions *options)
{
  BenchServer *server = bench_earshot.start (options);
  BenchCrowd *crowd = bench_crowd_new (&bench_earshot, options, server);
  int n = options->n_clients;
  LogIns all;

  crowd->watch_limit = (guint) options->watch;
  all = log_all_in (crowd);
  bench_report_add (report, "watching_log_ins", "log-ins, all watching", n / all.seconds, "/s");
  bench_report_add (report, "watching_cpu", "server CPU per log-in, all watching",
                    all.cpu / n * 1e6, "µs");
  bench_report_add (report, "watching_memory", "memory per idle client, all watching",
                    all.memory / n / 1024, "KiB");
  bench_crowd_free (crowd);
  bench_server_stop (server);
}
