/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* earshotd: options, then the server or an operator's command. Exit statuses as in sysexits.h;
 * earshotd(8) lists them. */

#include "config.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "server/ear-admin.h"
#include "server/ear-data-dir.h"
#include "server/ear-operator.h"
#include "server/ear-record-memory.h"
#include "server/ear-server-config.h"
#include "server/ear-server-log.h"
#include "server/ear-server.h"
#include "wire/ear-clock.h"
#include "wire/ear-standard-files.h"

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

static void
notify_systemd (const char *state)
{
#ifdef HAVE_SYSTEMD
  sd_notify (FALSE, state);
#endif
}

static gboolean
terminated_cb (gpointer user_data)
{
  notify_systemd ("STOPPING=1");
  ear_server_stop (user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
status_cb (gpointer user_data)
{
  g_autofree char *status = ear_server_dup_status (user_data);

  ear_server_log ("status", NULL, NULL, status);
  return G_SOURCE_CONTINUE;
}

/* For people and for scripts: the last line says that it is ready. */
static void
print_start (EarServer *server, const EarServerConfig *config)
{
  g_autofree char *link = ear_server_dup_link (server);
  g_autofree char *addresses = g_strjoinv (", ", config->listen);
  const char *fingerprint = strchr (link, '#');

  printf (_ ("Listening on %s, port %u\n"), addresses[0] != '\0' ? addresses : _ ("all addresses"),
          ear_server_get_port (server));
  printf (_ ("Fingerprint  %s\n"), fingerprint + 1);
  printf (_ ("Link         %s\n"), link);
  fflush (stdout);
}

static int
fail (int status, const GError *error)
{
  fprintf (stderr, "earshotd: %s\n", error->message);
  return status;
}

static int
run_server (EarServer *server, const EarServerConfig *config)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (EarAdmin) admin = NULL;
  g_autofree char *path = g_build_filename (config->data_dir, "admin.sock", NULL);
  g_autoptr (GError) error = NULL;

  if (!ear_server_start (server, &error))
    return fail (EX_UNAVAILABLE, error);
  admin = ear_server_new_admin (server);
  if (!ear_admin_listen (admin, path, &error))
    return fail (EX_CANTCREAT, error);

  g_unix_signal_add (SIGTERM, terminated_cb, server);
  g_unix_signal_add (SIGINT, terminated_cb, server);
  g_unix_signal_add (SIGUSR1, status_cb, server);
  g_signal_connect_swapped (server, "stopped", G_CALLBACK (g_main_loop_quit), loop);
  print_start (server, config);
  notify_systemd ("READY=1");
  g_main_loop_run (loop);
  ear_server_close (server);
  return EX_OK;
}

/* Thousands of connections lie all over the heap: in huge pages they are found a tenth faster. The
 * C library reads this before main(). */
static void
ask_for_huge_pages (char **argv)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);

  if (program != NULL && g_getenv ("GLIBC_TUNABLES") == NULL &&
      g_setenv ("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", FALSE))
    execv (program, argv); /* when that cannot be done, it goes without */
}

/* Keys and hashes are in memory: no core file, no debugger of the same user. */
static void
protect_process (void)
{
  const struct rlimit none = { 0, 0 };

  prctl (PR_SET_DUMPABLE, 0);
  setrlimit (RLIMIT_CORE, &none);
  signal (SIGPIPE, SIG_IGN);
}

int
main (int argc, char **argv)
{
  g_autoptr (EarServerConfig) config = ear_server_config_new ();
  g_auto (GStrv) arguments = g_strdupv (argv);
  g_autoptr (EarClock) clock = ear_clock_new ();
  g_autoptr (EarServer) server = NULL;
  g_autoptr (GError) error = NULL;

  ear_standard_files_open ();
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  protect_process ();
  ear_record_memory_init ();

  if (!ear_server_config_parse (config, &arguments, &error))
    return fail (EX_USAGE, error);
  if (config->version) {
    printf ("earshotd %s\n", PACKAGE_VERSION);
    return EX_OK;
  }
  ear_server_log_init (config->verbose);
  if (arguments[1] != NULL)
    return ear_operator_run (config, (const char *const *) arguments + 1);
  ask_for_huge_pages (argv);

  if (ear_data_dir_lock (config->data_dir, &error) < 0)
    return fail (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY) ? EX_TEMPFAIL : EX_NOPERM,
                 error);
  server = ear_server_new (config, clock, &error);
  if (server == NULL)
    return fail (EX_NOPERM, error);
  return run_server (server, config);
}
