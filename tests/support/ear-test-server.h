/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-server.h"
#include "wire/ear-clock.h"

G_BEGIN_DECLS

/* An earshotd of the test's own on loopback: a process, or an EarServer in this process with a
 * clock that the test turns. The data directory is the test's until it is freed. */
typedef struct
{
  char *directory;
  guint16 port;
  char *fingerprint;

  GSubprocess *process; /* spawned */
  char *log;            /* where its log goes, or NULL */
  gboolean terse;       /* without the debug events */
  guint max_files;      /* its limit of descriptors, or 0 */
  const char *signup;   /* its policy, or NULL for open */

  EarServer *server; /* in this process */
  EarServerConfig *config;
  EarClock *clock;
  gboolean stopped;
} EarTestServer;

EarTestServer *ear_test_server_new (void);
void ear_test_server_spawn (EarTestServer *self);
void ear_test_server_terminate (EarTestServer *self);
void ear_test_server_kill (EarTestServer *self);
void ear_test_server_keep_log (EarTestServer *self);
guint ear_test_server_count_log (EarTestServer *self, const char *text);
void ear_test_server_start_inside (EarTestServer *self);
void ear_test_server_stop_inside (EarTestServer *self);
char *ear_test_server_run (EarTestServer *self,
                           const char *const *arguments,
                           const char *input,
                           int *status);
void ear_test_server_free (EarTestServer *self);
void ear_test_remove_directory (const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarTestServer, ear_test_server_free)

G_END_DECLS
