/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The servers that are measured: started on loopback with a configuration and a directory of their
 * own, ended by their pid, and by the kernel when the benchmark dies first.
 *
 * CPU is that of all threads of the process, in nanoseconds. Memory is what is the process's own
 * and resident (RssAnon); what the kernel keeps for sockets is the same for all and not counted. */

#include "bench.h"

#include <netinet/in.h>
#include <openssl/pem.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "wire/ear-identity-private.h"

static void
child_setup_cb (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

static char *
read_lines (GInputStream *stream, guint n_lines)
{
  GString *lines = g_string_new (NULL);
  char c;

  while (n_lines > 0 && g_input_stream_read (stream, &c, 1, NULL, NULL) == 1) {
    g_string_append_c (lines, c);
    n_lines -= c == '\n';
  }
  return g_string_free (lines, FALSE);
}

/**
 * bench_server_spawn:
 * @argv: the command
 * @port: where it will listen, or 0
 * @n_lines: how many lines of its output to wait for
 *
 * Starts a server. What it logs goes to a file.
 *
 * Returns: (transfer full): the server
 */
BenchServer *
bench_server_spawn (const char *const *argv, guint16 port, guint n_lines)
{
  BenchServer *self = g_new0 (BenchServer, 1);
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
    n_lines > 0 ? G_SUBPROCESS_FLAGS_STDOUT_PIPE : G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_autofree char *base = g_path_get_basename (argv[0]);
  g_autofree char *log = g_strdup_printf ("%s/%s.log", bench_get_scratch (), base);
  g_autoptr (GError) error = NULL;

  g_subprocess_launcher_set_stderr_file_path (launcher, log);
  g_subprocess_launcher_set_child_setup (launcher, child_setup_cb, NULL, NULL);
  self->process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  if (self->process == NULL)
    bench_die ("%s cannot be started: %s", argv[0], error->message);
  self->pid = atoi (g_subprocess_get_identifier (self->process));
  self->port = port;
  if (n_lines > 0)
    self->first_lines = read_lines (g_subprocess_get_stdout_pipe (self->process), n_lines);
  return self;
}

/**
 * bench_server_stop:
 * @self: (transfer full): a server
 *
 * Ends it and waits until it is gone.
 */
void
bench_server_stop (BenchServer *self)
{
  g_subprocess_send_signal (self->process, SIGTERM);
  g_subprocess_wait (self->process, NULL, NULL);
  g_object_unref (self->process);
  g_free (self->first_lines);
  g_free (self);
}

static gboolean
try_port (guint16 port)
{
  struct sockaddr_in address = {
    .sin_family = AF_INET,
    .sin_port = htons (port),
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
  };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  gboolean there = connect (fd, (const struct sockaddr *) &address, sizeof address) == 0;

  close (fd);
  return there;
}

/**
 * bench_server_await_port:
 * @self: a server that does not say when it is ready
 *
 * Waits until it accepts connections.
 */
void
bench_server_await_port (BenchServer *self)
{
  const struct timespec pause = { 0, 10 * 1000 * 1000 };
  gint64 deadline = g_get_monotonic_time () + BENCH_PATIENCE * G_USEC_PER_SEC;

  while (!try_port (self->port)) {
    if (g_get_monotonic_time () > deadline)
      bench_die ("the server on port %u does not start; %s holds its log", self->port,
                 bench_get_scratch ());
    nanosleep (&pause, NULL);
  }
}

/**
 * bench_server_get_cpu:
 * @self: a server
 *
 * Gets what all its threads have used.
 *
 * Returns: seconds of CPU
 */
double
bench_server_get_cpu (BenchServer *self)
{
  clockid_t clock;
  struct timespec time;

  if (clock_getcpuclockid (self->pid, &clock) != 0 || clock_gettime (clock, &time) != 0)
    bench_die ("the server is gone; %s holds its log", bench_get_scratch ());
  return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

/**
 * bench_server_get_memory:
 * @self: a server
 *
 * Gets what is its own and resident.
 *
 * Returns: bytes
 */
gint64
bench_server_get_memory (BenchServer *self)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", self->pid);
  g_autofree char *status = NULL;
  const char *row;

  if (!g_file_get_contents (path, &status, NULL, NULL) ||
      (row = strstr (status, "RssAnon:")) == NULL)
    bench_die ("%s cannot be read", path);
  return g_ascii_strtoll (row + strlen ("RssAnon:"), NULL, 10) * 1024;
}

/**
 * bench_find_port:
 *
 * Finds a port that nobody has, for servers that cannot say which the kernel gave them.
 *
 * Returns: the port
 */
guint16
bench_find_port (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t size = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (bind (fd, (const struct sockaddr *) &address, sizeof address) != 0 ||
      getsockname (fd, (struct sockaddr *) &address, &size) != 0)
    bench_die ("no port is free");
  close (fd);
  return ntohs (address.sin_port);
}

/**
 * bench_make_directory:
 * @name: its name
 *
 * Makes a directory that is removed at the end.
 *
 * Returns: (transfer full): its path
 */
char *
bench_make_directory (const char *name)
{
  g_autofree char *template = g_strdup_printf ("%s/%s-XXXXXX", bench_get_scratch (), name);

  if (g_mkdtemp (template) == NULL)
    bench_die ("%s cannot be made", template);
  return g_steal_pointer (&template);
}

/**
 * bench_write_certificate:
 * @directory: where it goes
 *
 * Makes a key and a certificate like those of earshotd, in one file.
 *
 * Returns: (transfer full): the path of the file
 */
char *
bench_write_certificate (const char *directory)
{
  g_autoptr (EarIdentity) identity = ear_identity_new (NULL);
  char *path = g_build_filename (directory, "server.pem", NULL);
  BIO *file = BIO_new_file (path, "w");

  if (file == NULL ||
      PEM_write_bio_PrivateKey (file, ear_identity_get_key (identity), NULL, NULL, 0, NULL, NULL) !=
        1 ||
      PEM_write_bio_X509 (file, ear_identity_get_certificate (identity)) != 1)
    bench_die ("%s cannot be written", path);
  BIO_free (file);
  return path;
}

/* The same work that a client of Earshot has with its server's certificate. */
static int
verify_cb (X509_STORE_CTX *store, void *user_data)
{
  X509 *certificate = X509_STORE_CTX_get0_cert (store);

  return X509_verify (certificate, X509_get0_pubkey (certificate)) == 1;
}

/**
 * bench_new_plain_ssl:
 *
 * Makes the client's side of a TLS 1.3 connection to a server that is not ours.
 *
 * Returns: (transfer full): the connection
 */
SSL *
bench_new_plain_ssl (void)
{
  static SSL_CTX *context = NULL;

  if (context == NULL) {
    context = SSL_CTX_new (TLS_client_method ());
    if (context == NULL || SSL_CTX_set_min_proto_version (context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_ciphersuites (context, BENCH_CIPHER) != 1)
      bench_die ("OpenSSL offers no TLS 1.3 with " BENCH_CIPHER);
    SSL_CTX_set_verify (context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback (context, verify_cb, NULL);
    SSL_CTX_set_session_cache_mode (context, SSL_SESS_CACHE_OFF);
  }
  return SSL_new (context);
}
