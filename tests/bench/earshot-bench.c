/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* earshot-bench: drives a server with thousands of clients and measures what it does. By default
 * earshotd; with --server also Mosquitto, NATS and the floor, by the same code. docs/performance.md
 * holds the figures and says how to read them. */

#include "bench.h"

#include <errno.h>
#include <ftw.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <time.h>

#define MEASURES "log-in,ping,fan-out,churn,watching,bytes,sign-up,accounts"

static char *scratch;

static const BenchProtocol *const protocols[] = {
  &bench_earshot,
  &bench_mqtt,
  &bench_nats,
  &bench_floor,
};

/* -- What all parts use -- */

void
bench_die (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  fprintf (stderr, "earshot-bench: ");
  vfprintf (stderr, format, args);
  fprintf (stderr, "\n");
  va_end (args);
  g_clear_pointer (&scratch, g_free); /* what is left there may say why */
  exit (EXIT_FAILURE);
}

static gboolean
too_long_cb (gpointer user_data)
{
  bench_die ("%s did not come within %d s", (const char *) user_data, BENCH_PATIENCE);
}

guint
bench_wait_begin (const char *where, const char *condition)
{
  return g_timeout_add_seconds (BENCH_PATIENCE, too_long_cb, (gpointer) condition);
}

static gboolean
set_true_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

void
bench_run_for (guint milliseconds)
{
  gboolean over = FALSE;

  g_timeout_add (milliseconds, set_true_cb, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

gint64
bench_now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

const char *
bench_get_scratch (void)
{
  return scratch;
}

gboolean
bench_is_wanted (const BenchOptions *options, const char *measure)
{
  g_auto (GStrv) names = g_strsplit (options->measures, ",", 0);

  return g_strv_contains ((const char *const *) names, measure);
}

/* -- The run -- */

static int
remove_cb (const char *path, const struct stat *status, int kind, struct FTW *ftw)
{
  return remove (path);
}

static void
remove_scratch (void)
{
  if (scratch != NULL)
    nftw (scratch, remove_cb, 16, FTW_DEPTH | FTW_PHYS);
  g_clear_pointer (&scratch, g_free);
}

static void
make_scratch (const char *directory)
{
  g_autofree char *template = g_build_filename (directory, "earshot-bench-XXXXXX", NULL);
  struct statfs system;

  if (g_mkdtemp (template) == NULL || statfs (template, &system) != 0)
    bench_die ("%s: %s", directory, g_strerror (errno));
  scratch = g_steal_pointer (&template);
  atexit (remove_scratch);
  if (system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC)
    fprintf (stderr,
             "earshot-bench: %s is not on a disk: what is synced costs nothing there. Choose "
             "another with --directory.\n",
             directory);
}

/* A socket for each client, and as many for the server, which inherits the limit. */
static void
raise_limit (const BenchOptions *options)
{
  struct rlimit limit;

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < (rlim_t) options->n_clients + 200)
    bench_die ("%d clients need %d open files, and the limit is %lu", options->n_clients,
               options->n_clients + 200, (unsigned long) limit.rlim_cur);
}

static const BenchProtocol *
find_protocol (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (protocols); i++) {
    if (g_str_equal (protocols[i]->name, name))
      return protocols[i];
  }
  bench_die ("%s: there is no such server here", name);
}

static void
run (const BenchOptions *options)
{
  const BenchProtocol *protocol = find_protocol (options->protocol);
  BenchReport *report = bench_report_new (options);

  if (bench_is_wanted (options, "log-in"))
    bench_measure_crowd (report, protocol, options);
  if (protocol == &bench_earshot && bench_is_wanted (options, "watching"))
    bench_measure_watching (report, options);
  if (protocol == &bench_earshot && bench_is_wanted (options, "bytes"))
    bench_measure_bytes (report, options);
  if (protocol == &bench_earshot && bench_is_wanted (options, "sign-up"))
    bench_measure_signups (report, options);
  if (protocol == &bench_earshot && bench_is_wanted (options, "accounts"))
    bench_measure_accounts (report, options);
  bench_report_free (report, options->json);
}

static gboolean
parse (BenchOptions *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "server", 's', 0, G_OPTION_ARG_STRING, &options->protocol,
      "earshot, mosquitto, nats or floor (earshot)", "NAME" },
    { "measure", 'm', 0, G_OPTION_ARG_STRING, &options->measures, "Some of " MEASURES " (all)",
      "NAMES" },
    { "clients", 'c', 0, G_OPTION_ARG_INT, &options->n_clients, "How many (9000)", "N" },
    { "at-once", 0, 0, G_OPTION_ARG_INT, &options->n_at_once, "Log-ins at a time (64)", "N" },
    { "rounds", 0, 0, G_OPTION_ARG_INT, &options->n_rounds, "Broadcasts (100)", "N" },
    { "pings", 0, 0, G_OPTION_ARG_INT, &options->n_pings, "Pings (2000)", "N" },
    { "text", 0, 0, G_OPTION_ARG_INT, &options->text_size, "Size of a broadcast (200)", "BYTES" },
    { "churn", 0, 0, G_OPTION_ARG_INT, &options->churn, "Come and go in a second (100)", "N" },
    { "seconds", 0, 0, G_OPTION_ARG_INT, &options->seconds, "Of churn (20)", "SECONDS" },
    { "watch", 0, 0, G_OPTION_ARG_INT, &options->watch, "Users that each client sees (10000)",
      "N" },
    { "sign-ups", 0, 0, G_OPTION_ARG_INT, &options->n_signups, "How many (20000)", "N" },
    { "accounts", 0, 0, G_OPTION_ARG_INT, &options->n_accounts, "How many (1000000)", "N" },
    { "directory", 'd', 0, G_OPTION_ARG_FILENAME, &options->directory,
      "The servers write below it (/var/tmp)", "DIRECTORY" },
    { "json", 'j', 0, G_OPTION_ARG_FILENAME, &options->json, "Write the figures there", "FILE" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_summary (context, "Measures a server with thousands of clients.");
  return g_option_context_parse (context, argc, argv, error);
}

int
main (int argc, char **argv)
{
  BenchOptions options = {
    .n_clients = 9000,
    .n_at_once = 64,
    .n_rounds = 100,
    .n_pings = 2000,
    .text_size = 200,
    .churn = 100,
    .seconds = 20,
    .watch = 10000,
    .n_signups = 20000,
    .n_accounts = 1000000,
  };
  g_autoptr (GError) error = NULL;

  if (!parse (&options, &argc, &argv, &error)) {
    fprintf (stderr, "earshot-bench: %s\n", error->message);
    return 2;
  }
  if (options.protocol == NULL)
    options.protocol = g_strdup ("earshot");
  if (options.measures == NULL)
    options.measures = g_strdup (MEASURES);
  make_scratch (options.directory != NULL ? options.directory : "/var/tmp");
  raise_limit (&options);
  run (&options);
  g_free (options.protocol);
  g_free (options.measures);
  g_free (options.json);
  g_free (options.directory);
  return EXIT_SUCCESS;
}
