/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A real earshotd is killed at random moments, round after round, while clients sign up, change
 * passwords and broadcast. After each start: what was acknowledged is there, what was not is there
 * whole or not at all, and nothing else is.
 *
 * EARSHOT_ROUNDS says how many rounds. Keys are made up instead of derived from passwords: there is
 * no time for PBKDF2. */

#include <stdlib.h>
#include <string.h>

#include "server/ear-registry-csv.h"
#include "support/ear-test-client.h"
#include "support/ear-test-wait.h"
#include "wire/ear-limits.h"
#include "wire/ear-scram.h"

#define ROUNDS "10"
#define MAX_MS 80 /* that a server lives in a round */

typedef enum {
  SIGNS_UP,
  CHANGES_PASSWORD,
  BROADCASTS,
  N_KINDS,
} Kind;

/* How many of each, and how much each may do before the server asks it to slow down. */
static const guint n_workers[N_KINDS] = { 3, 2, 2 };
static const guint max_requests[N_KINDS] = { 1000, 9, 4 };

typedef struct
{
  Kind kind;
  EarTestClient *client;
  char *user; /* whose account; that of a pending sign-up */
  char *text; /* of the last broadcast */
  gint64 id;  /* of the pending request, or 0 */
  guint n_requests;
} Worker;

/* An account's password is known by its number: it is one of acknowledged … sent. */
typedef struct
{
  gboolean known; /* the sign-up was acknowledged */
  guint acknowledged;
  guint sent;
} Account;

typedef struct
{
  EarTestServer *server;
  GHashTable *accounts;   /* (element-type utf8 Account): whoever tried to sign up */
  GHashTable *broadcasts; /* (element-type utf8 guint64): acknowledged, number by text */
  GHashTable *texts;      /* (element-type utf8): all that was ever sent */
  GPtrArray *workers;
  guint n_names;
  guint n_done[N_KINDS];
  gboolean killed;
} Fixture;

/* -- Passwords -- */

static void
fill_secret (guint number, EarScramSecret *secret)
{
  memset (secret, 1, sizeof *secret);
  memcpy (secret->client_key, &number, sizeof number);
  secret->iterations = EAR_LIMIT_ITERATIONS_MIN;
}

static char *
dup_keys (guint number)
{
  EarScramSecret secret;
  EarScramKeys keys;
  g_autofree char *salt = NULL;
  g_autofree char *stored = NULL;
  g_autofree char *server = NULL;

  fill_secret (number, &secret);
  ear_scram_secret_get_keys (&secret, &keys);
  salt = g_base64_encode (keys.salt, sizeof keys.salt);
  stored = g_base64_encode (keys.stored_key, sizeof keys.stored_key);
  server = g_base64_encode (keys.server_key, sizeof keys.server_key);
  return g_strdup_printf ("\"salt\":\"%s\",\"iterations\":%d,\"stored_key\":\"%s\","
                          "\"server_key\":\"%s\"",
                          salt, EAR_LIMIT_ITERATIONS_MIN, stored, server);
}

static gboolean
log_in (EarTestClient *client, const char *user, guint number)
{
  guint8 binding[EAR_SCRAM_BINDING_SIZE];
  EarScramSecret secret;
  g_autoptr (EarScramClient) scram = NULL;
  g_autoptr (EarMessage) challenge = NULL;
  g_autofree char *first = NULL;
  g_autofree char *proof = NULL;

  g_assert_true (ear_link_export_binding (client->link, binding, NULL));
  scram = ear_scram_client_new (user, binding);
  first = ear_scram_client_start (scram, NULL);
  ear_test_client_send (client, "{\"type\":\"auth\",\"id\":1,\"data\":\"%s\"}", first);
  challenge = ear_test_client_expect (client, EAR_MESSAGE_CHALLENGE);
  fill_secret (number, &secret);
  g_assert_true (ear_scram_client_challenge (scram, ear_message_get_string (challenge, "data"),
                                             secret.salt, &secret.iterations, NULL));
  proof = ear_scram_client_prove (scram, &secret, NULL);
  ear_test_client_prove (client, proof);
  ear_test_wait (ear_test_client_count (client, EAR_MESSAGE_AUTHENTICATED) > 0 ||
                 ear_test_client_count (client, EAR_MESSAGE_ERROR) > 0);
  if (ear_test_client_count (client, EAR_MESSAGE_ERROR) > 0) {
    ear_test_client_expect_error (client, EAR_ERROR_BAD_LOGIN);
    return FALSE;
  }
  ear_message_unref (ear_test_client_expect (client, EAR_MESSAGE_AUTHENTICATED));
  return TRUE;
}

/* -- Workers -- */

static Account *
get_account (Fixture *f, const char *user)
{
  Account *account = g_hash_table_lookup (f->accounts, user);

  if (account == NULL) {
    account = g_new0 (Account, 1);
    g_hash_table_insert (f->accounts, g_strdup (user), account);
  }
  return account;
}

static void
request_sign_up (Fixture *f, Worker *worker)
{
  g_autofree char *keys = dup_keys (0);

  g_free (worker->user);
  worker->user = g_strdup_printf ("user%u", f->n_names++);
  get_account (f, worker->user);
  ear_test_client_send (
    worker->client, "{\"type\":\"signup\",\"id\":%d,\"user\":\"%s\",\"name\":\"A, \\\"B\\\"\",%s}",
    (int) worker->id, worker->user, keys);
}

static void
request_change (Fixture *f, Worker *worker)
{
  Account *account = get_account (f, worker->user);
  g_autofree char *keys = dup_keys (++account->sent);

  ear_test_client_send (worker->client, "{\"type\":\"password\",\"id\":%d,%s}", (int) worker->id,
                        keys);
}

static void
request_broadcast (Fixture *f, Worker *worker)
{
  g_free (worker->text);
  worker->text = g_strdup_printf ("Broadcast %u", g_hash_table_size (f->texts));
  g_hash_table_add (f->texts, g_strdup (worker->text));
  ear_test_client_send (worker->client, "{\"type\":\"broadcast\",\"id\":%d,\"text\":\"%s\"}",
                        (int) worker->id, worker->text);
}

static void
request (Fixture *f, Worker *worker)
{
  static void (*const requests[N_KINDS]) (Fixture *, Worker *) = {
    request_sign_up,
    request_change,
    request_broadcast,
  };

  if (worker->n_requests++ >= max_requests[worker->kind])
    return;
  worker->id = worker->client->next_id++;
  requests[worker->kind](f, worker);
}

/* What the server has acknowledged, it must keep. */
static void
note_done (Fixture *f, Worker *worker, EarMessage *ok)
{
  Account *account = get_account (f, worker->user);

  if (worker->kind == SIGNS_UP)
    account->known = TRUE;
  else if (worker->kind == CHANGES_PASSWORD)
    account->acknowledged = account->sent;
  else
    g_hash_table_insert (f->broadcasts, g_strdup (worker->text),
                         GUINT_TO_POINTER ((guint) ear_message_get_integer (ok, "number")));
  f->n_done[worker->kind]++;
}

static void
work (Fixture *f, Worker *worker)
{
  EarMessage *message;

  while ((message = g_queue_pop_head (&worker->client->received)) != NULL) {
    g_autoptr (EarMessage) answer = message;

    g_assert_cmpint (ear_message_get_type (answer), !=, EAR_MESSAGE_ERROR);
    if (ear_message_get_type (answer) != EAR_MESSAGE_OK ||
        ear_message_get_integer (answer, "re") != worker->id)
      continue;
    note_done (f, worker, answer);
    worker->id = 0;
  }
  if (worker->id == 0 && worker->client->reason == NULL)
    request (f, worker);
}

static void
start_worker (Fixture *f, Worker *worker)
{
  Account *account;

  worker->client = ear_test_client_new (f->server);
  worker->id = 0;
  worker->n_requests = 0;
  ear_test_client_hello (worker->client);
  if (worker->kind == SIGNS_UP)
    return;
  account = get_account (f, worker->user);
  /* Which of the two it is has been found out. */
  g_assert_true (log_in (worker->client, worker->user, account->acknowledged));
  if (worker->kind == BROADCASTS)
    ear_test_client_present (worker->client, 0);
}

static void
worker_free (Worker *worker)
{
  g_clear_pointer (&worker->client, ear_test_client_free);
  g_free (worker->user);
  g_free (worker->text);
  g_free (worker);
}

/* -- A round -- */

static gboolean
kill_cb (gpointer user_data)
{
  Fixture *f = user_data;

  ear_test_server_kill (f->server);
  f->killed = TRUE;
  return G_SOURCE_REMOVE;
}

static gboolean
all_gone (Fixture *f)
{
  for (guint i = 0; i < f->workers->len; i++) {
    Worker *worker = g_ptr_array_index (f->workers, i);

    if (worker->client->reason == NULL)
      return FALSE;
  }
  return TRUE;
}

static void
work_until_killed (Fixture *f)
{
  for (guint i = 0; i < f->workers->len; i++)
    start_worker (f, g_ptr_array_index (f->workers, i));
  f->killed = FALSE;
  g_timeout_add ((guint) g_random_int_range (1, MAX_MS), kill_cb, f);
  while (!f->killed || !all_gone (f)) {
    for (guint i = 0; i < f->workers->len; i++)
      work (f, g_ptr_array_index (f->workers, i));
    g_main_context_iteration (NULL, TRUE);
  }
  for (guint i = 0; i < f->workers->len; i++) {
    Worker *worker = g_ptr_array_index (f->workers, i);

    work (f, worker); /* what came before the end was acknowledged, too */
    g_clear_pointer (&worker->client, ear_test_client_free);
  }
}

/* -- Afterwards -- */

/* The password is the acknowledged one, or one that was sent later. */
static void
check_account (Fixture *f, const EarAccount *row)
{
  Account *account = g_hash_table_lookup (f->accounts, row->user);

  g_assert_nonnull (account);
  for (guint number = account->acknowledged; number <= account->sent; number++) {
    EarScramSecret secret;
    EarScramKeys keys;

    fill_secret (number, &secret);
    ear_scram_secret_get_keys (&secret, &keys);
    if (memcmp (&keys, &row->keys, sizeof keys) == 0) {
      account->acknowledged = account->sent = number;
      account->known = TRUE; /* once it is there it must stay */
      return;
    }
  }
  g_error ("%s has a password that nobody gave it", row->user);
}

/* The file as the server has read and cleaned it. */
static void
check_accounts (Fixture *f)
{
  g_autofree char *path = g_build_filename (f->server->directory, "users.csv", NULL);
  g_autoptr (EarStoreFile) file = ear_store_file_open (path, NULL);
  g_autoptr (EarAccounts) found = ear_accounts_new ();
  g_autoptr (GPtrArray) list = NULL;
  GHashTableIter iter;
  gpointer user;
  gpointer account;
  guint n_dead;

  g_assert_true (ear_registry_csv_load (file, found, &n_dead));
  list = ear_accounts_list (found, 0);
  for (guint i = 0; i < list->len; i++)
    check_account (f, g_ptr_array_index (list, i));
  g_hash_table_iter_init (&iter, f->accounts);
  while (g_hash_table_iter_next (&iter, &user, &account)) {
    if (((Account *) account)->known)
      g_assert_nonnull (ear_accounts_lookup (found, user));
  }
}

/* Returns whether it is one that was acknowledged. */
static gboolean
check_broadcast (Fixture *f, EarMessage *event, GHashTable *numbers)
{
  const char *text = ear_message_get_string (event, "text");
  gpointer number = GUINT_TO_POINTER ((guint) ear_message_get_integer (event, "number"));
  gpointer expected = g_hash_table_lookup (f->broadcasts, text);

  g_assert_true (g_hash_table_contains (f->texts, text));
  g_assert_true (g_hash_table_add (numbers, number));
  if (expected != NULL)
    g_assert_cmpuint (GPOINTER_TO_UINT (number), ==, GPOINTER_TO_UINT (expected));
  return expected != NULL;
}

/* Every broadcast that was acknowledged, and none that nobody sent; each number once. */
static void
check_broadcasts (Fixture *f)
{
  g_autoptr (EarTestClient) client = ear_test_client_new (f->server);
  g_autoptr (GHashTable) numbers = g_hash_table_new (NULL, NULL);
  g_autoptr (EarMessage) located = NULL;
  guint n_missing = g_hash_table_size (f->broadcasts);

  ear_test_client_hello (client);
  g_assert_true (log_in (client, "reader", 0));
  ear_test_client_present (client, 0);
  while (n_missing > 0) {
    g_autoptr (EarMessage) event = ear_test_client_expect (client, EAR_MESSAGE_BROADCAST_EVENT);

    n_missing -= check_broadcast (f, event, numbers);
  }
  /* Its answer comes behind the rest of them, but for thousands. */
  ear_test_client_send (client, "{\"type\":\"locate\",\"id\":99,\"user\":\"reader\"}");
  located = ear_test_client_expect (client, EAR_MESSAGE_LOCATED);
  while (ear_test_client_count (client, EAR_MESSAGE_BROADCAST_EVENT) > 0) {
    g_autoptr (EarMessage) event = ear_test_client_expect (client, EAR_MESSAGE_BROADCAST_EVENT);

    g_assert_false (check_broadcast (f, event, numbers));
  }
}

/* -- All of it -- */

static void
add_account (Fixture *f, const char *user)
{
  g_autoptr (EarTestClient) client = ear_test_client_new (f->server);
  g_autoptr (EarMessage) ok = NULL;
  g_autofree char *keys = dup_keys (0);

  ear_test_client_hello (client);
  ear_test_client_send (client, "{\"type\":\"signup\",\"id\":1,\"user\":\"%s\",%s}", user, keys);
  ok = ear_test_client_expect (client, EAR_MESSAGE_OK);
  get_account (f, user)->known = TRUE;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->server = ear_test_server_new ();
  f->accounts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  f->broadcasts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  f->texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  f->workers = g_ptr_array_new_with_free_func ((GDestroyNotify) worker_free);
  ear_test_server_spawn (f->server);
  add_account (f, "reader");
  for (guint kind = 0; kind < N_KINDS; kind++) {
    for (guint i = 0; i < n_workers[kind]; i++) {
      Worker *worker = g_new0 (Worker, 1);

      worker->kind = kind;
      worker->user = g_strdup_printf ("worker%u-%u", kind, i);
      if (kind != SIGNS_UP)
        add_account (f, worker->user);
      g_ptr_array_add (f->workers, worker);
    }
  }
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_ptr_array_unref (f->workers);
  g_hash_table_unref (f->accounts);
  g_hash_table_unref (f->broadcasts);
  g_hash_table_unref (f->texts);
  ear_test_server_free (f->server);
}

static gboolean
lacks_some (Fixture *f)
{
  for (guint kind = 0; kind < N_KINDS; kind++)
    if (f->n_done[kind] == 0)
      return TRUE;
  return FALSE;
}

static void
test_rounds (Fixture *f, gconstpointer data)
{
  const char *rounds = g_getenv ("EARSHOT_ROUNDS");
  guint n_rounds = (guint) atoi (rounds != NULL ? rounds : ROUNDS);
  guint round;

  /* A slow disk acknowledges little before the end: then there are more rounds. */
  for (round = 0; round < n_rounds || (lacks_some (f) && round < 10 * n_rounds); round++) {
    work_until_killed (f);
    ear_test_server_spawn (f->server);
    check_accounts (f);
    check_broadcasts (f);
  }
  g_test_message ("%u rounds: %u sign-ups, %u passwords and %u broadcasts acknowledged", round,
                  f->n_done[SIGNS_UP], f->n_done[CHANGES_PASSWORD], f->n_done[BROADCASTS]);
  g_assert_false (lacks_some (f));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/kill-server/rounds", Fixture, NULL, set_up, test_rounds, tear_down);
  return g_test_run ();
}
