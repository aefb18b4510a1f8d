/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* BenchReport: a table for people as the figures come, and one JSON object for programs. */

#include "bench.h"

#include <jansson.h>
#include <stdio.h>

struct _BenchReport
{
  json_t *object;
};

/**
 * bench_report_new:
 * @options: what was asked for
 *
 * Begins a report.
 *
 * Returns: (transfer full): the report
 */
BenchReport *
bench_report_new (const BenchOptions *options)
{
  BenchReport *self = g_new0 (BenchReport, 1);

  self->object = json_object ();
  json_object_set_new (self->object, "server", json_string (options->protocol));
  json_object_set_new (self->object, "clients", json_integer (options->n_clients));
  printf ("%s, %d clients\n", options->protocol, options->n_clients);
  return self;
}

/**
 * bench_report_add:
 * @self: a report
 * @key: the figure's name for programs
 * @what: and for people
 * @value: the figure
 * @unit: its unit
 *
 * Adds a figure.
 */
void
bench_report_add (BenchReport *self,
                  const char *key,
                  const char *what,
                  double value,
                  const char *unit)
{
  int digits = value < 10 ? 2 : value < 1000 ? 1 : 0;

  printf ("  %-52s %12.*f %s\n", what, digits, value, unit);
  fflush (stdout);
  json_object_set_new (self->object, key, json_real (value));
}

/**
 * bench_report_free:
 * @self: (transfer full): a report
 * @path: (nullable): where the JSON object goes
 *
 * Ends a report.
 */
void
bench_report_free (BenchReport *self, const char *path)
{
  if (path != NULL &&
      json_dump_file (self->object, path, JSON_COMPACT | JSON_REAL_PRECISION (8)) != 0)
    bench_die ("%s cannot be written", path);
  json_decref (self->object);
  g_free (self);
}
