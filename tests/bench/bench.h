/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>
#include <openssl/ssl.h>

#include "bench-server.h"
#include "wire/ear-poller.h"
#include "wire/ear-socket.h"

G_BEGIN_DECLS

typedef struct _BenchClient BenchClient;
typedef struct _BenchCrowd BenchCrowd;
typedef struct _BenchOptions BenchOptions;
typedef struct _BenchProtocol BenchProtocol;
typedef struct _BenchReport BenchReport;

/* How long anything may take, in seconds, before the benchmark gives up. */
#define BENCH_PATIENCE 180

/* For so many seconds whoever goes stays away. */
#define BENCH_AWAY 2

/* What every server is asked for, and must take: a larger key would be more work. */
#define BENCH_CIPHER "TLS_AES_128_GCM_SHA256"

struct _BenchOptions
{
  int n_clients;
  int n_at_once; /* log-ins under way at a time */
  int n_rounds;  /* broadcasts */
  int n_pings;
  int text_size; /* bytes of a broadcast */
  int churn;     /* clients that come, and that go, in a second */
  int seconds;   /* of churn */
  int watch;     /* users that each client sees while others come and go */
  int n_signups;
  int n_accounts;
  char *protocol;
  char *measures;  /* names with commas between them */
  char *json;      /* where the figures go */
  char *directory; /* what the servers write goes below it */
};

/* What differs between the servers that are driven; one table each. Everything that is measured is
 * measured by the same code. */
struct _BenchProtocol
{
  const char *name;
  gboolean tls;
  gboolean greets; /* the server says a line before TLS begins */

  BenchServer *(*start) (const BenchOptions *options);
  SSL *(*new_ssl) (BenchClient *client);
  void (*enter) (BenchClient *client); /* the way is open: log in, and call bench_client_is_in() */
  /* Takes what came, and returns how much of it was whole. */
  gsize (*receive) (BenchClient *client, const char *data, gsize size);
  void (*ping) (BenchClient *client);
  void (*publish) (BenchClient *client, const char *text);
  void (*watch) (BenchClient *client, guint limit); /* nullable */
};

extern const BenchProtocol bench_earshot;
extern const BenchProtocol bench_mqtt;
extern const BenchProtocol bench_nats;
extern const BenchProtocol bench_floor;

struct _BenchClient
{
  BenchCrowd *crowd;
  EarPollFile file;
  EarSocket socket;
  SSL *ssl;
  GByteArray *pending; /* the beginning of something; nullable */
  guint index;         /* whose account */
  guint step;          /* of the protocol's way in */
  gpointer login;      /* the protocol's, on its way in */
  guint n_delivered;
  gboolean open; /* connected, and TLS is up */
  gboolean in;
};

struct _BenchCrowd
{
  const BenchProtocol *protocol;
  const BenchOptions *options;
  BenchServer *server;
  EarPoller *poller;
  BenchClient **clients; /* n_clients; NULL where nobody is */
  guint n_in;
  guint n_entering;
  guint n_watching;
  guint watch_limit; /* of whoever comes; 0: nobody watches */
  guint n_told;      /* lines of who came into a client's view */
  guint n_pongs;
  guint n_answers; /* of requests that a measure counts */
  guint n_published;
  guint64 n_delivered;
  guint64 n_bytes;  /* received, without TLS */
  const char *text; /* what every delivery must hold */
};

#define bench_wait(condition)                                    \
  G_STMT_START                                                   \
  {                                                              \
    guint bench_timer = bench_wait_begin (G_STRLOC, #condition); \
    while (!(condition))                                         \
      g_main_context_iteration (NULL, TRUE);                     \
    g_source_remove (bench_timer);                               \
  }                                                              \
  G_STMT_END

G_NORETURN void bench_die (const char *format, ...) G_GNUC_PRINTF (1, 2);
guint bench_wait_begin (const char *where, const char *condition);
void bench_run_for (guint milliseconds);
gint64 bench_now_ns (void);
const char *bench_get_scratch (void);

/* bench-client.c */
BenchClient *bench_client_new (BenchCrowd *crowd, guint index);
void bench_client_free (BenchClient *self);
void bench_client_send (BenchClient *self, const char *data, gsize size);
void bench_client_is_in (BenchClient *self);
void bench_client_delivered (BenchClient *self, const char *data, gsize size);

/* bench-crowd.c */
BenchCrowd *
bench_crowd_new (const BenchProtocol *protocol, const BenchOptions *options, BenchServer *server);
void bench_crowd_free (BenchCrowd *self);
void bench_crowd_fill (BenchCrowd *self, guint n_clients, guint n_at_once);
void bench_crowd_empty (BenchCrowd *self);
void bench_crowd_watch (BenchCrowd *self, guint limit);

/* bench-measures.c, bench-measures-earshot.c */
void bench_measure_crowd (BenchReport *report,
                          const BenchProtocol *protocol,
                          const BenchOptions *options);
void bench_measure_watching (BenchReport *report, const BenchOptions *options);
void bench_measure_bytes (BenchReport *report, const BenchOptions *options);
void bench_measure_signups (BenchReport *report, const BenchOptions *options);
void bench_measure_accounts (BenchReport *report, const BenchOptions *options);
gboolean bench_is_wanted (const BenchOptions *options, const char *measure);

/* bench-report.c */
BenchReport *bench_report_new (const BenchOptions *options);
void bench_report_add (BenchReport *self,
                       const char *key,
                       const char *what,
                       double value,
                       const char *unit);
void bench_report_free (BenchReport *self, const char *path);

/* bench-protocol-earshot.c */
void bench_earshot_write_accounts (const char *directory, guint n_accounts);
BenchServer *bench_earshot_start_in (const char *directory);

G_END_DECLS
