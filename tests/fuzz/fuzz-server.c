/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The server's whole state machine: four clients say what they like, in any order, time passes,
 * disks fail. Each line of the input begins with who speaks, '0' to '3', or with what happens:
 *
 *   0…3 LINE  a client says LINE; it connects when it is not connected
 *   a…d U     client 0 to 3 logs in as the U-th account with the right password ('b' may be bob …)
 *   -N        client N's connection breaks
 *   +         a second passes; '*' half an hour
 *   !         what is being written fails; otherwise it succeeds
 *
 * EarLink, EarTls and EarIdentity are not the real ones but those below, nor is EarDiskWriter, so
 * that nothing is encrypted, written or waited for; that is what makes it fast. Whatever the server
 * says must be of the protocol. */

#include "fuzz.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "no-disk.h"
#include "server/ear-data-dir.h"
#include "server/ear-disk-file.h"
#include "server/ear-registry.h"
#include "server/ear-server-log.h"
#include "server/ear-server-private.h"
#include "server/ear-visitor-private.h"
#include "wire/ear-clock.h"
#include "wire/ear-identity.h"
#include "wire/ear-limits.h"
#include "wire/ear-link.h"
#include "wire/ear-tls.h"

#define N_CLIENTS 4
#define MAX_LINES 64
#define ITERATIONS 100000

static const char fingerprints[N_CLIENTS][65] = {
  "0000000000000000000000000000000000000000000000000000000000000000",
  "1111111111111111111111111111111111111111111111111111111111111111",
  "2222222222222222222222222222222222222222222222222222222222222222",
  "3333333333333333333333333333333333333333333333333333333333333333",
};
static const char *const users[N_CLIENTS] = { "ann", "bob", "cy", "dee" };

typedef struct
{
  EarLink *link; /* NULL: not connected */
  EarMessage *answer;
} Client;

static char *directory;
static EarServerConfig *config;
static EarServer *server;
static Client clients[N_CLIENTS];

/* -- EarLink -- */

struct _EarLink
{
  GObject parent_instance;

  guint client;
  EarLinkEvents events;
  gpointer user_data;
  EarMessageAt at;
  gsize max_line;
  GError *reason; /* set: it is closing */
};

G_DEFINE_FINAL_TYPE (EarLink, ear_link, G_TYPE_OBJECT)

static void
ear_link_class_init (EarLinkClass *klass)
{
}

static void
ear_link_init (EarLink *self)
{
}

static guint next_client;

EarLink *
ear_link_new_accepted (EarPoller *poller,
                       EarDeadlines *deadlines,
                       EarTls *tls,
                       GSocketConnection *connection,
                       const EarLinkEvents *events,
                       gpointer user_data)
{
  EarLink *self = g_object_new (EAR_TYPE_LINK, NULL);

  self->client = next_client;
  self->events = *events;
  self->user_data = user_data;
  return self;
}

void
ear_link_set_state (EarLink *self, EarMessageAt at, gsize max_line)
{
  self->at = at;
  self->max_line = max_line;
}

EarMessageAt
ear_link_get_state (EarLink *self)
{
  return self->at;
}

void
ear_link_send_line (EarLink *self, GBytes *line)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EarMessage) message = NULL;
  gsize size;
  const char *data = g_bytes_get_data (line, &size);
  Client *client = &clients[self->client];

  if (self->reason != NULL)
    return;
  g_assert_cmpuint (size, <=, EAR_LIMIT_LINE_SERVER);
  message = ear_message_parse (data, size - 1, EAR_MESSAGE_AT_CLIENT, &error);
  g_assert_no_error (error);
  g_clear_pointer (&client->answer, ear_message_unref);
  client->answer = g_steal_pointer (&message);
}

void
ear_link_send (EarLink *self, EarMessage *message)
{
  g_autoptr (GBytes) line = ear_message_to_line (message);

  ear_link_send_line (self, line);
}

void
ear_link_abort (EarLink *self)
{
  ear_link_close (self, EAR_ERROR_CLOSED);
}

void
ear_link_close (EarLink *self, EarError code)
{
  if (self->reason == NULL)
    self->reason = ear_error_new (code);
}

gboolean
ear_link_is_open (EarLink *self)
{
  return self->reason == NULL;
}

gboolean
ear_link_has_room (EarLink *self)
{
  return TRUE;
}

void
ear_link_await_room (EarLink *self)
{
  g_assert_not_reached ();
}

const char *
ear_link_get_fingerprint (EarLink *self)
{
  return fingerprints[self->client];
}

GInetSocketAddress *
ear_link_get_remote_address (EarLink *self)
{
  static GSocketAddress *addresses[N_CLIENTS];

  if (addresses[self->client] == NULL) {
    g_autofree char *address = g_strdup_printf ("127.0.0.%u", self->client / 2 + 1);

    addresses[self->client] = g_inet_socket_address_new_from_string (address, 5000);
  }
  return G_INET_SOCKET_ADDRESS (addresses[self->client]);
}

gboolean
ear_link_export_binding (EarLink *self, guint8 binding[32], GError **error)
{
  memset (binding, (int) self->client, 32);
  return TRUE;
}

/* -- EarTls and EarIdentity -- */

EarIdentity *
ear_data_dir_load_identity (const char *path, GError **error)
{
  return (EarIdentity *) directory; /* never looked into */
}

void
ear_identity_unref (EarIdentity *self)
{
}

const char *
ear_identity_get_fingerprint (EarIdentity *self)
{
  return fingerprints[0];
}

EarTls *
ear_tls_new (EarIdentity *identity, EarTlsRole role, GError **error)
{
  return (EarTls *) directory;
}

void
ear_tls_unref (EarTls *self)
{
}

/* -- Files -- */

/* Those that EarStoreFile writes with, at the start. */
gboolean
ear_disk_write_all (int fd, const char *data, gsize size)
{
  return TRUE;
}

gboolean
ear_disk_sync_directory (const char *path)
{
  return TRUE;
}

int
ear_disk_open (const char *path, int flags)
{
  g_assert_not_reached ();
}

gboolean
ear_disk_replace (const char *path, const char *data, gsize size)
{
  return TRUE;
}

/* -- The clients -- */

static void
end_links (void)
{
  for (guint i = 0; i < N_CLIENTS; i++) {
    EarLink *link = clients[i].link;

    if (link == NULL || link->reason == NULL)
      continue;
    clients[i].link = NULL;
    g_clear_pointer (&clients[i].answer, ear_message_unref);
    g_object_ref (link);
    link->events.closed (link, link->reason, link->user_data);
    g_clear_error (&link->reason);
    g_object_unref (link);
  }
}

/* What is written becomes durable, and links that were ended are let go. */
static void
turn (void)
{
  end_links ();
  while (g_main_context_iteration (NULL, FALSE))
    ;
  end_links ();
}

/* As the listener does. */
static void
connect_client (guint n)
{
  g_autofree char *key = g_strdup_printf ("127.0.0.%u", n / 2 + 1);
  EarVisitor *visitor;

  next_client = n;
  visitor = ear_visitor_new (server, NULL, key);
  g_hash_table_add (server->visitors, visitor);
  clients[n].link = visitor->link;
}

/* As EarLink does with a line that it has read. */
static void
say (guint n, const char *line, gsize size)
{
  EarLink *link;
  g_autoptr (EarMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  if (clients[n].link == NULL)
    connect_client (n);
  link = clients[n].link;
  if (size >= link->max_line) {
    ear_link_close (link, EAR_ERROR_TOO_LONG);
    return;
  }
  message = ear_message_parse (line, size, link->at, &error);
  if (message == NULL || ear_message_get_type (message) == EAR_MESSAGE_BYE) {
    ear_link_close (link, message == NULL ? EAR_ERROR_BAD_MESSAGE : EAR_ERROR_CLOSED);
    return;
  }
  if (ear_message_get_type (message) != EAR_MESSAGE_PING &&
      ear_message_get_type (message) != EAR_MESSAGE_PONG)
    link->events.received (link, message, link->user_data);
}

static void G_GNUC_PRINTF (2, 3) say_text (guint n, const char *format, ...)
{
  g_autofree char *line = NULL;
  va_list args;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  say (n, line, strlen (line));
  turn ();
}

static void
fill_secret (EarScramSecret *secret)
{
  memset (secret, 7, sizeof *secret);
  secret->iterations = ITERATIONS;
}

static void
log_in (guint n, guint user)
{
  guint8 binding[EAR_SCRAM_BINDING_SIZE];
  EarScramSecret secret;
  g_autoptr (EarScramClient) scram = NULL;
  g_autofree char *first = NULL;
  g_autofree char *proof = NULL;

  memset (binding, (int) n, sizeof binding);
  fill_secret (&secret);
  scram = ear_scram_client_new (users[user], binding);
  ear_scram_client_set_nonce (scram, "abcdefghijklmnopqrstuvwx");
  first = ear_scram_client_start (scram, NULL);
  if (clients[n].link == NULL)
    say_text (n, "{\"type\":\"hello\",\"version\":1}");
  if (clients[n].link == NULL || clients[n].link->at != EAR_MESSAGE_AT_STRANGER)
    return;
  say_text (n, "{\"type\":\"auth\",\"id\":1,\"data\":\"%s\"}", first);
  if (clients[n].link == NULL || clients[n].link->at != EAR_MESSAGE_AT_PROVING ||
      !ear_scram_client_challenge (scram, ear_message_get_string (clients[n].answer, "data"),
                                   secret.salt, &secret.iterations, NULL))
    return;
  proof = ear_scram_client_prove (scram, &secret, NULL);
  say_text (n, "{\"type\":\"proof\",\"id\":2,\"data\":\"%s\"}", proof);
}

static void
advance (gint64 us)
{
  ear_clock_advance (server->clock, us);
}

static void
run_line (const char *line, gsize size)
{
  char who = size > 0 ? line[0] : '+';
  guint n = size > 1 ? (guint8) line[1] % N_CLIENTS : 0;

  no_disk_set_failing (FALSE);
  if (who == '!') {
    no_disk_set_failing (TRUE);
    line++;
    size--;
    who = size > 0 ? line[0] : '+';
  }
  if (who >= '0' && who < '0' + N_CLIENTS)
    say ((guint) (who - '0'), line + 1, size - 1);
  else if (who >= 'a' && who < 'a' + N_CLIENTS)
    log_in ((guint) (who - 'a'), n);
  else if (who == '-' && clients[n].link != NULL)
    ear_link_close (clients[n].link, EAR_ERROR_CLOSED);
  else if (who == '+')
    advance (G_USEC_PER_SEC);
  else if (who == '*')
    advance (30 * 60 * (gint64) G_USEC_PER_SEC);
}

/* -- The server -- */

static GLogWriterOutput
no_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
    return g_log_writer_default (level, fields, n_fields, user_data);
  return G_LOG_WRITER_HANDLED;
}

static void
remove_directory (void)
{
  static const char *const files[] = { "users.csv", "secret" };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_build_filename (directory, files[i], NULL);

    g_unlink (path);
  }
  g_rmdir (directory);
}

static void
write_file (const char *name, const char *contents, gsize size)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  FILE *file = g_fopen (path, "w");

  g_assert_nonnull (file);
  g_assert_cmpuint (fwrite (contents, 1, size, file), ==, size);
  fclose (file);
}

static void
set_up_once (void)
{
  g_autoptr (GString) csv =
    g_string_new ("user,name,salt,iterations,stored_key,server_key,created,flags\n");
  EarScramSecret secret;
  EarScramKeys keys;
  g_autofree char *salt = NULL;
  g_autofree char *stored = NULL;
  g_autofree char *other = NULL;

  g_log_set_writer_func (no_log, NULL, NULL);
  directory = g_dir_make_tmp ("earshot-fuzz-XXXXXX", NULL);
  g_assert_nonnull (directory);
  atexit (remove_directory);
  fill_secret (&secret);
  ear_scram_secret_get_keys (&secret, &keys);
  salt = g_base64_encode (secret.salt, sizeof secret.salt);
  stored = g_base64_encode (keys.stored_key, sizeof keys.stored_key);
  other = g_base64_encode (keys.server_key, sizeof keys.server_key);
  for (guint i = 0; i < N_CLIENTS; i++)
    g_string_append_printf (csv, "%s,%s,%s,%d,%s,%s,1700000000,%s\n", users[i], users[i], salt,
                            ITERATIONS, stored, other,
                            i == 3   ? "disabled"
                            : i == 0 ? "admin"
                                     : "");
  write_file ("users.csv", csv->str, csv->len);
  write_file ("secret", "0123456789abcdef0123456789abcdef", 32);
  config = ear_server_config_new ();
  g_free (config->data_dir);
  config->data_dir = g_strdup (directory);
  config->iterations = ITERATIONS;
}

static void
start_server (void)
{
  EarClock *clock = ear_clock_new_manual (G_GINT64_CONSTANT (1000) * G_USEC_PER_SEC);
  g_autoptr (GError) error = NULL;

  server = ear_server_new (config, clock, &error);
  g_assert_no_error (error);
  server->accepting = TRUE; /* nobody listens */
  ear_clock_unref (clock);
}

static void
stop_server (void)
{
  for (guint i = 0; i < N_CLIENTS; i++) {
    if (clients[i].link != NULL)
      ear_link_close (clients[i].link, EAR_ERROR_CLOSED);
  }
  turn ();
  g_assert_cmpuint (g_hash_table_size (server->visitors), ==, 0);
  g_assert_cmpuint (g_hash_table_size (server->members), ==, 0);
  g_assert_cmpuint (g_hash_table_size (server->fingerprints), ==, 0);
  g_assert_cmpuint (g_hash_table_size (server->addresses), ==, 0);
  g_assert_cmpuint (server->n_strangers, ==, 0);
  ear_server_close (server);
  g_assert_finalize_object (g_steal_pointer (&server));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const char *p = (const char *) data;
  const char *end = p + size;

  if (directory == NULL)
    set_up_once ();
  start_server ();
  for (guint i = 0; p < end && i < MAX_LINES; i++) {
    const char *newline = memchr (p, '\n', (gsize) (end - p));

    if (newline == NULL)
      newline = end;
    run_line (p, (gsize) (newline - p));
    turn ();
    p = newline + 1;
  }
  stop_server ();
  return 0;
}
