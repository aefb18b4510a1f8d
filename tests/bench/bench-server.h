/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>
#include <openssl/ssl.h>

#include "wire/ear-identity.h"

G_BEGIN_DECLS

/* A server under test: a process of the benchmark's own. */
typedef struct
{
  GSubprocess *process;
  int pid;
  guint16 port;
  char *first_lines; /* of its standard output */
} BenchServer;

BenchServer *bench_server_spawn (const char *const *argv, guint16 port, guint n_lines);
void bench_server_stop (BenchServer *self);
void bench_server_await_port (BenchServer *self);
double bench_server_get_cpu (BenchServer *self);
gint64 bench_server_get_memory (BenchServer *self);

guint16 bench_find_port (void);
char *bench_make_directory (const char *name);

/* For servers that are not ours: a certificate, and the client's side. */
char *bench_write_certificate (const char *directory);
SSL *bench_new_plain_ssl (void);

G_END_DECLS
