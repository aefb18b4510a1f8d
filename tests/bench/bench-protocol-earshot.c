/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* earshotd and its protocol. Each client goes the whole way of docs/protocol.md, section 5: TLS 1.3
 * with a certificate, hello, SCRAM bound to the session, present. All accounts have one salt and
 * one password, so that it is derived once, and a few keys are shared by all clients. The order in
 * which they come has nothing to do with that of their names, as with people. */

#include "bench.h"

#include <openssl/crypto.h>
#include <string.h>

#include "server/ear-registry-csv.h"
#include "wire/ear-limits.h"
#include "wire/ear-message.h"
#include "wire/ear-scram.h"
#include "wire/ear-tls-private.h"

#define N_KEYS 8
#define ITERATIONS EAR_LIMIT_ITERATIONS_MIN

/* The steps of the way in, each named after what is awaited. */
enum {
  WELCOME = 2,
  CHALLENGE,
  AUTHENTICATED,
  PRESENT,
  IN,
};

static EarScramSecret secret;
static EarTls *tls[N_KEYS];

/* -- The server -- */

/* A number of its own for each of ten million, scattered: the factor is the golden ratio's. */
static char *
dup_account (guint i)
{
  return g_strdup_printf ("bench-%07u", (guint) (i * G_GUINT64_CONSTANT (6180339) % 10000000));
}

static void
derive_once (void)
{
  static gboolean done = FALSE;
  guint8 salt[EAR_SCRAM_SALT_SIZE] = "earshot-bench";

  if (done)
    return;
  done = TRUE;
  if (!ear_scram_derive ("bench", salt, ITERATIONS, &secret, NULL))
    bench_die ("no secret can be derived");
  for (guint i = 0; i < N_KEYS; i++) {
    g_autoptr (EarIdentity) identity = ear_identity_new (NULL);

    tls[i] = ear_tls_new (identity, EAR_TLS_TO_SERVER, NULL);
  }
}

/**
 * bench_earshot_write_accounts:
 * @directory: the data directory of a server to be
 * @n_accounts: how many
 *
 * Writes users.csv, as earshotd does. All have the same password.
 */
void
bench_earshot_write_accounts (const char *directory, guint n_accounts)
{
  g_autofree char *path = g_build_filename (directory, "users.csv", NULL);
  g_autoptr (GString) file = g_string_new (EAR_REGISTRY_CSV_HEADER);
  g_autoptr (GError) error = NULL;
  EarScramKeys keys;
  EarAccount account;

  derive_once ();
  ear_scram_secret_get_keys (&secret, &keys);
  for (guint i = 0; i < n_accounts; i++) {
    g_autofree char *user = dup_account (i);

    ear_account_init (&account, user, NULL, &keys);
    ear_registry_csv_append_row (file, &account);
  }
  if (!g_file_set_contents (path, file->str, (gssize) file->len, &error))
    bench_die ("%s", error->message);
}

/**
 * bench_earshot_start_in:
 * @directory: its data directory
 *
 * Starts earshotd without limits on sign-ups and on strangers of one address: the whole load has
 * one address.
 *
 * Returns: (transfer full): the server
 */
BenchServer *
bench_earshot_start_in (const char *directory)
{
  static const char *const lots = "1000000";
  const char *program = g_getenv ("EARSHOTD");
  const char *const argv[] = { program != NULL ? program : BENCH_EARSHOTD,
                               "--listen",
                               "127.0.0.1",
                               "--port",
                               "0",
                               "--data-dir",
                               directory,
                               "--iterations",
                               G_STRINGIFY (100000),
                               "--max-strangers",
                               lots,
                               "--max-per-address",
                               lots,
                               "--signups-per-hour",
                               lots,
                               "--signups-per-address",
                               lots,
                               NULL };
  BenchServer *server = bench_server_spawn (argv, 0, 3);
  const char *port = strstr (server->first_lines, "port ");

  G_STATIC_ASSERT (ITERATIONS == 100000);
  if (port == NULL)
    bench_die ("earshotd does not start; %s holds its log", bench_get_scratch ());
  server->port = (guint16) g_ascii_strtoull (port + strlen ("port "), NULL, 10);
  return server;
}

static BenchServer *
start (const BenchOptions *options)
{
  g_autofree char *directory = bench_make_directory ("earshotd");

  bench_earshot_write_accounts (directory,
                                (guint) (options->n_clients + BENCH_AWAY * options->churn));
  return bench_earshot_start_in (directory);
}

static SSL *
new_ssl (BenchClient *client)
{
  derive_once ();
  return ear_tls_new_ssl (tls[client->index % N_KEYS], &client->socket, TRUE);
}

/* -- The way in -- */

static void
send_message (BenchClient *client, EarMessage *message)
{
  g_autoptr (GBytes) line = ear_message_to_line (message);
  gsize size;
  const char *data = g_bytes_get_data (line, &size);

  bench_client_send (client, data, size);
}

static void send_format (BenchClient *client, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
send_format (BenchClient *client, const char *format, ...)
{
  g_autofree char *line = NULL;
  va_list args;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  bench_client_send (client, line, strlen (line));
}

static void
enter (BenchClient *client)
{
  client->step = WELCOME;
  send_format (client, "{\"type\":\"hello\",\"version\":1}\n");
}

static void
send_auth (BenchClient *client)
{
  g_autofree char *user = dup_account (client->index);
  g_autofree char *first = NULL;
  guint8 binding[EAR_SCRAM_BINDING_SIZE];

  if (!ear_tls_export_binding (client->ssl, binding, NULL))
    bench_die ("client %u: no channel binding", client->index);
  client->login = ear_scram_client_new (user, binding);
  first = ear_scram_client_start (client->login, NULL);
  client->step = CHALLENGE;
  send_format (client, "{\"type\":\"auth\",\"id\":1,\"data\":\"%s\"}\n", first);
}

static void
send_proof (BenchClient *client, EarMessage *challenge)
{
  const char *data = ear_message_get_string (challenge, "data");
  guint8 salt[EAR_SCRAM_SALT_SIZE];
  guint32 iterations;
  g_autofree char *proof = NULL;

  if (!ear_scram_client_challenge (client->login, data, salt, &iterations, NULL) ||
      memcmp (salt, secret.salt, sizeof salt) != 0)
    bench_die ("client %u: this is no challenge: %s", client->index, data);
  proof = ear_scram_client_prove (client->login, &secret, NULL);
  client->step = AUTHENTICATED;
  send_format (client, "{\"type\":\"proof\",\"id\":2,\"data\":\"%s\"}\n", proof);
}

static void
send_present (BenchClient *client, EarMessage *authenticated)
{
  if (!ear_scram_client_finish (client->login, ear_message_get_string (authenticated, "data"),
                                NULL))
    bench_die ("client %u: this is another server", client->index);
  g_clear_pointer ((EarScramClient **) &client->login, ear_scram_client_free);
  client->step = PRESENT;
  /* Who comes later in the run has seen all broadcasts. */
  send_format (client,
               "{\"type\":\"present\",\"id\":3,\"port\":4401,\"addresses\":[],\"status\":\"\","
               "\"last_broadcast\":%" G_GINT64_FORMAT "}\n",
               EAR_LIMIT_INTEGER);
}

static void
go_on (BenchClient *client, const char *line, gsize size)
{
  static const EarMessageType awaited[IN] = {
    [WELCOME] = EAR_MESSAGE_WELCOME,
    [CHALLENGE] = EAR_MESSAGE_CHALLENGE,
    [AUTHENTICATED] = EAR_MESSAGE_AUTHENTICATED,
    [PRESENT] = EAR_MESSAGE_OK,
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (EarMessage) message = ear_message_parse (line, size, EAR_MESSAGE_AT_CLIENT, &error);

  if (message == NULL || ear_message_get_type (message) != awaited[client->step])
    bench_die ("client %u, step %u: %.*s", client->index, client->step, (int) size, line);
  switch (client->step) {
  case WELCOME:
    send_auth (client);
    break;
  case CHALLENGE:
    send_proof (client, message);
    break;
  case AUTHENTICATED:
    send_present (client, message);
    break;
  default:
    client->step = IN;
    bench_client_is_in (client);
    break;
  }
}

/* -- Being in -- */

/* The server writes the type first; to look at the beginning is enough. */
static gboolean
is_type (const char *line, gsize size, const char *type)
{
  gsize before = strlen ("{\"type\":\"");
  gsize length = strlen (type);

  return size > before + length && memcmp (line + before, type, length) == 0 &&
         line[before + length] == '"';
}

static void
take_line (BenchClient *client, const char *line, gsize size)
{
  BenchCrowd *crowd = client->crowd;

  if (client->step < IN)
    go_on (client, line, size);
  else if (is_type (line, size, "broadcast"))
    bench_client_delivered (client, line, size);
  else if (is_type (line, size, "pong"))
    crowd->n_pongs++;
  else if (is_type (line, size, "roster"))
    crowd->n_watching += memmem (line, size, "\"more\":false", strlen ("\"more\":false")) != NULL;
  else if (is_type (line, size, "ok"))
    crowd->n_answers++;
  else if (is_type (line, size, "ping"))
    send_format (client, "{\"type\":\"pong\"}\n");
  else if (is_type (line, size, "roster-change"))
    crowd->n_told += memmem (line, size, "\"joined\":[{", strlen ("\"joined\":[{")) != NULL;
  else if (!is_type (line, size, "rights"))
    bench_die ("client %u: %.*s", client->index, (int) size, line);
}

static gsize
receive (BenchClient *client, const char *data, gsize size)
{
  gsize taken = 0;
  const char *end;

  while ((end = memchr (data + taken, '\n', size - taken)) != NULL) {
    take_line (client, data + taken, (gsize) (end - data) - taken);
    taken = (gsize) (end - data) + 1;
  }
  return taken;
}

static void
ping (BenchClient *client)
{
  send_format (client, "{\"type\":\"ping\"}\n");
}

static void
publish (BenchClient *client, const char *text)
{
  g_autoptr (EarMessage) message = ear_message_new (EAR_MESSAGE_BROADCAST);

  ear_message_set_integer (message, "id", 4);
  ear_message_set_string (message, "text", text);
  send_message (client, message);
}

static void
watch (BenchClient *client, guint limit)
{
  send_format (client, "{\"type\":\"watch\",\"id\":5,\"prefix\":\"\",\"limit\":%u}\n", limit);
}

const BenchProtocol bench_earshot = {
  .name = "earshot",
  .tls = TRUE,
  .start = start,
  .new_ssl = new_ssl,
  .enter = enter,
  .receive = receive,
  .ping = ping,
  .publish = publish,
  .watch = watch,
};
