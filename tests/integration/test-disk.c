/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A disk that fails under the server: each system call that writes, in turn, while a request waits
 * for it. The request fails with a clear error, what was there before is whole, everybody else is
 * served; when the fault is over the server writes again. But after a failed sync it does not: it
 * never says that something is durable of which it cannot know. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "client/ear-chat.h"
#include "disk-faults.h"
#include "support/ear-test-client.h"
#include "support/ear-test-person.h"
#include "support/ear-test-wait.h"

#define KEYS                                                         \
  "\"salt\":\"AQAAAAAAAAAAAAAAAAAAAA==\",\"iterations\":100000,"     \
  "\"stored_key\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"," \
  "\"server_key\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\""

typedef struct
{
  EarTestServer *server;
  EarTestClient *client; /* active, as alice */
  EarTestClient *stranger;
} Fixture;

/* What is asked for while the disk fails. */
typedef enum {
  SIGN_UP,   /* adds a row to the accounts */
  RENAME,    /* rewrites the accounts */
  BROADCAST, /* adds a line to the journal */
  N_REQUESTS,
} Request;

static void
start (Fixture *f)
{
  ear_test_server_start_inside (f->server);
  f->client = ear_test_client_new (f->server);
  f->stranger = ear_test_client_new (f->server);
  ear_test_client_hello (f->client);
  ear_test_client_hello (f->stranger);
}

static void
stop (Fixture *f)
{
  g_clear_pointer (&f->client, ear_test_client_free);
  g_clear_pointer (&f->stranger, ear_test_client_free);
  ear_test_server_stop_inside (f->server);
}

/* With a new key, which the server notes a second later; the fault of a test is not for that. */
static void
log_in (Fixture *f)
{
  guint n_syncs = disk_faults_count (DISK_FDATASYNC);
  g_autoptr (EarMessage) authenticated =
    ear_test_client_log_in (f->client, "alice", "correct horse");

  ear_test_client_present (f->client, 0);
  ear_clock_advance (f->server->clock, 2 * G_USEC_PER_SEC);
  ear_test_wait (disk_faults_count (DISK_FDATASYNC) > n_syncs);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (EarMessage) ok = NULL;

  f->server = ear_test_server_new ();
  start (f);
  ear_test_client_sign_up (f->client, "alice", "correct horse");
  ok = ear_test_client_expect (f->client, EAR_MESSAGE_OK);
  log_in (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  disk_faults_clear ();
  stop (f);
  ear_test_server_free (f->server);
}

/* -- Requests -- */

/* Each with a name of its own, so that a request that failed may be sent again. */
static EarTestClient *
send_request (Fixture *f, Request request)
{
  static guint n;

  n++;
  if (request == SIGN_UP)
    ear_test_client_send (f->stranger,
                          "{\"type\":\"signup\",\"id\":1,\"user\":\"user%u\"," KEYS "}", n);
  else if (request == RENAME)
    ear_test_client_send (f->client, "{\"type\":\"rename\",\"id\":1,\"name\":\"Alice %u\"}", n);
  else
    ear_test_client_send (f->client, "{\"type\":\"broadcast\",\"id\":1,\"text\":\"Text %u\"}", n);
  return request == SIGN_UP ? f->stranger : f->client;
}

static void
assert_done (Fixture *f, Request request)
{
  EarTestClient *client = send_request (f, request);
  g_autoptr (EarMessage) ok = ear_test_client_expect (client, EAR_MESSAGE_OK);
}

static void
assert_refused (Fixture *f, Request request)
{
  EarTestClient *client = send_request (f, request);

  ear_test_client_expect_error (client, EAR_ERROR_READ_ONLY);
  g_assert_cmpuint (ear_test_client_count (client, EAR_MESSAGE_OK), ==, 0);
}

/* Nobody else needs the disk. */
static void
assert_served (Fixture *f)
{
  g_autoptr (EarTestClient) other = ear_test_client_new (f->server);
  g_autoptr (EarMessage) located = NULL;

  ear_test_client_hello (other);
  ear_test_client_send (f->client, "{\"type\":\"locate\",\"id\":5,\"user\":\"alice\"}");
  located = ear_test_client_expect (f->client, EAR_MESSAGE_LOCATED);
}

static char *
dup_file (Fixture *f, Request request)
{
  g_autofree char *path = g_build_filename (
    f->server->directory, request == BROADCAST ? "broadcasts.journal" : "users.csv", NULL);
  g_autoptr (GError) error = NULL;
  char *text;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

/* -- Faults that pass -- */

typedef struct
{
  const char *name;
  Request request;
  DiskCall call;
  int error;
  gssize n_short; /* bytes that are written before the error; 0: none */
} Fault;

static const Fault passing[] = {
  { "write-no-space", SIGN_UP, DISK_WRITE, ENOSPC, 0 },
  { "write-error", SIGN_UP, DISK_WRITE, EIO, 0 },
  { "write-quota", SIGN_UP, DISK_WRITE, EDQUOT, 0 },
  { "write-short", SIGN_UP, DISK_WRITE, ENOSPC, 20 },
  { "write-all-but-one", SIGN_UP, DISK_WRITE, ENOSPC, -1 },
  { "broadcast-no-space", BROADCAST, DISK_WRITE, ENOSPC, 0 },
  { "broadcast-error", BROADCAST, DISK_WRITE, EIO, 0 },
  { "broadcast-short", BROADCAST, DISK_WRITE, ENOSPC, 10 },
  { "broadcast-all-but-one", BROADCAST, DISK_WRITE, EIO, -1 },
  { "rewrite-no-file", RENAME, DISK_OPEN, ENOSPC, 0 },
  { "rewrite-read-only", RENAME, DISK_OPEN, EROFS, 0 },
  { "rewrite-too-many-files", RENAME, DISK_OPEN, EMFILE, 0 },
  { "rewrite-no-space", RENAME, DISK_WRITE, ENOSPC, 0 },
  { "rewrite-short", RENAME, DISK_WRITE, ENOSPC, 30 },
  { "rewrite-sync", RENAME, DISK_FDATASYNC, EIO, 0 }, /* of the new file: the old one is whole */
  { "rewrite-rename", RENAME, DISK_RENAME, EIO, 0 },
  { "rewrite-rename-no-space", RENAME, DISK_RENAME, ENOSPC, 0 },
};

static void
test_passing (Fixture *f, gconstpointer data)
{
  const Fault *fault = data;
  const char *warning = fault->request == RENAME ? "*cannot be rewritten*" : "*cannot be written*";
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  assert_done (f, fault->request);
  before = dup_file (f, fault->request);
  for (guint i = 0; i < 3; i++) {
    g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, warning);
    if (fault->n_short != 0)
      disk_faults_set_short (fault->n_short);
    disk_faults_set (fault->call, fault->error);
    assert_refused (f, fault->request);
    g_test_assert_expected_messages ();
    assert_served (f);
    g_free (after);
    after = dup_file (f, fault->request);
    g_assert_cmpstr (before, ==, after);
  }
  disk_faults_clear ();
  for (Request request = 0; request < N_REQUESTS; request++)
    assert_done (f, request);
  /* It is written as if nothing had been. */
  stop (f);
  start (f);
  log_in (f);
  g_clear_pointer (&after, g_free);
  after = dup_file (f, SIGN_UP);
  g_assert_nonnull (strstr (after, "\nalice,"));
}

/* A signal is no fault. */
static void
test_short_writes (Fixture *f, gconstpointer data)
{
  for (Request request = 0; request < N_REQUESTS; request++) {
    disk_faults_set_short (7);
    assert_done (f, request);
  }
}

/* -- Faults after which nobody knows -- */

static const Fault lasting[] = {
  { "sync", SIGN_UP, DISK_FDATASYNC, EIO, 0 },
  { "sync-no-space", SIGN_UP, DISK_FDATASYNC, ENOSPC, 0 },
  { "broadcast-sync", BROADCAST, DISK_FDATASYNC, EIO, 0 },
  { "rewrite-sync-directory", RENAME, DISK_FSYNC, EIO, 0 },
  { "truncate", SIGN_UP, DISK_TRUNCATE, EIO,
    20 }, /* a write that fails, and cannot be taken back */
  { "broadcast-truncate", BROADCAST, DISK_TRUNCATE, EIO, 20 },
};

static void
fail_for_good (Fixture *f, const Fault *fault)
{
  if (fault->call == DISK_TRUNCATE) {
    g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*cannot be written*");
    disk_faults_set_short (fault->n_short);
    disk_faults_set (DISK_WRITE, ENOSPC);
  }
  g_test_expect_message ("earshotd", G_LOG_LEVEL_CRITICAL, "*read-only until*");
  disk_faults_set (fault->call, fault->error);
  assert_refused (f, fault->request);
  g_test_assert_expected_messages ();
}

static void
test_lasting (Fixture *f, gconstpointer data)
{
  const Fault *fault = data;
  Request same = fault->request == BROADCAST ? BROADCAST : SIGN_UP;
  Request other = fault->request == BROADCAST ? SIGN_UP : BROADCAST;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  guint n_syncs;
  guint n_writes;

  assert_done (f, fault->request);
  before = dup_file (f, fault->request);
  fail_for_good (f, fault);
  disk_faults_clear ();
  n_syncs = disk_faults_count (DISK_FDATASYNC);
  n_writes = disk_faults_count (DISK_WRITE);
  for (guint i = 0; i < 3; i++) {
    assert_refused (f, same);
    assert_served (f);
  }
  g_assert_cmpuint (disk_faults_count (DISK_FDATASYNC), ==, n_syncs);
  g_assert_cmpuint (disk_faults_count (DISK_WRITE), ==, n_writes);
  assert_done (f, other); /* the other store is as good as before */

  /* What was acknowledged is there; the next start writes again. */
  stop (f);
  start (f);
  log_in (f);
  after = dup_file (f, fault->request);
  if (fault->request == SIGN_UP)
    g_assert_true (g_str_has_prefix (after, before));
  for (Request request = 0; request < N_REQUESTS; request++)
    assert_done (f, request);
}

/* -- Real disks -- */

/* Until nothing fits any more. */
static void
fill (const char *directory, const char *name)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  FILE *file = fopen (path, "w");
  char block[512] = { 0 };

  while (fwrite (block, 1, sizeof block, file) == sizeof block && fflush (file) == 0)
    ;
  fclose (file);
}

static gboolean
mount_disk (const char *directory, const char *size)
{
  if (geteuid () == 0 && mount ("tmpfs", directory, "tmpfs", 0, size) == 0)
    return TRUE;
  g_test_skip ("a small disk can be mounted only by root");
  return FALSE;
}

/* A real earshotd on a real disk that is full, until somebody makes room. */
static void
test_full_disk (void)
{
  g_autoptr (EarTestServer) server = ear_test_server_new ();
  g_autofree char *filler = g_build_filename (server->directory, "filler", NULL);

  if (!mount_disk (server->directory, "size=128k"))
    return;
  g_unsetenv ("G_DEBUG"); /* it will warn */
  ear_test_server_spawn (server);
  {
    g_autoptr (EarTestClient) alice = ear_test_client_new_active (server, "alice");
    g_autoptr (EarTestClient) stranger = ear_test_client_new (server);
    g_autoptr (EarMessage) ok = NULL;
    gboolean refused = FALSE;

    ear_test_client_hello (stranger);
    fill (server->directory, "filler");
    /* The last page of the file may still have some room. */
    for (guint i = 0; !refused && i < 100; i++) {
      ear_test_client_send (stranger, "{\"type\":\"signup\",\"id\":1,\"user\":\"user%u\"," KEYS "}",
                            i);
      ear_test_wait (!g_queue_is_empty (&stranger->received) || stranger->reason != NULL);
      refused = ear_test_client_count (stranger, EAR_MESSAGE_ERROR) > 0;
      if (!refused)
        ear_message_unref (ear_test_client_expect (stranger, EAR_MESSAGE_OK));
    }
    ear_test_client_expect_error (stranger, EAR_ERROR_READ_ONLY);
    g_assert_cmpint (unlink (filler), ==, 0);
    ear_test_client_send (stranger, "{\"type\":\"signup\",\"id\":1,\"user\":\"late\"," KEYS "}");
    ok = ear_test_client_expect (stranger, EAR_MESSAGE_OK);
  }
  ear_test_server_terminate (server);
  g_assert_cmpint (umount2 (server->directory, MNT_DETACH), ==, 0);
}

/* A server that cannot write does not pretend to work. */
static void
test_read_only_directory (void)
{
  g_autoptr (EarTestServer) server = ear_test_server_new ();
  g_autofree char *output = NULL;
  int status;

  if (!mount_disk (server->directory, "size=128k"))
    return;
  g_assert_cmpint (mount (NULL, server->directory, NULL, MS_REMOUNT | MS_RDONLY, NULL), ==, 0);
  output = ear_test_server_run (
    server, (const char *const[]){ "--listen", "127.0.0.1", "--port", "0", NULL }, NULL, &status);
  g_assert_cmpint (status, !=, 0);
  g_assert_nonnull (strstr (output, "Read-only file system"));
  g_assert_cmpint (umount2 (server->directory, MNT_DETACH), ==, 0);
}

/* -- A client -- */

/* Puts a profile, which nobody uses, on a small disk. */
static gboolean
move_to_small_disk (const char *directory)
{
  static const char *const names[] = { "identity.pem", "history.db" };
  char *contents[G_N_ELEMENTS (names)] = { NULL };
  gsize sizes[G_N_ELEMENTS (names)];
  gboolean mounted;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (directory, names[i], NULL);

    g_assert_true (g_file_get_contents (path, &contents[i], &sizes[i], NULL));
  }
  mounted = mount_disk (directory, "size=512k");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (directory, names[i], NULL);

    if (mounted)
      g_assert_true (g_file_set_contents_full (path, contents[i], (gssize) sizes[i],
                                               G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    g_free (contents[i]);
  }
  return mounted;
}

static EarChatMessage *
say (EarChat *chat, guint number)
{
  g_autofree char *text = g_strdup_printf ("%u %3000d", number, 0);

  return ear_chat_send (chat, text);
}

/* Bob's disk is full for a while: what alice says meanwhile comes when there is room, in order. */
static void
talk_on_full_disk (EarTestPerson *alice, EarTestPerson *bob)
{
  EarChat *a = ear_test_person_get_chat (alice, bob);
  EarChat *b = ear_test_person_get_chat (bob, alice);
  g_autofree char *filler = g_build_filename (bob->directory, "filler", NULL);
  GListModel *log = G_LIST_MODEL (ear_chat_get_log (b));
  guint n = 0;

  ear_chat_request (a, NULL);
  ear_test_wait (ear_chat_get_state (b) == EAR_CHAT_ASKED);
  ear_chat_accept (b);
  ear_test_wait (ear_chat_get_state (a) == EAR_CHAT_OPEN);
  fill (bob->directory, "filler");
  /* The database may have some room of its own. */
  while (ear_chat_get_state (b) == EAR_CHAT_OPEN) {
    g_object_unref (say (a, n++));
    ear_test_settle (10);
  }
  g_object_unref (say (a, n++));
  g_assert_cmpint (unlink (filler), ==, 0);
  {
    g_autoptr (EarChatMessage) last = say (a, n++);

    ear_test_wait (ear_chat_message_get_delivery (last) == EAR_DELIVERY_RECEIVED);
  }
  ear_test_wait (g_list_model_get_n_items (log) == n);
  for (guint i = 0; i < n; i++) {
    g_autoptr (EarChatMessage) message = g_list_model_get_item (log, i);

    g_assert_cmpint (atoi (ear_chat_message_get_text (message)), ==, (int) i);
  }
}

static void
test_full_client (void)
{
  g_autoptr (EarTestServer) server = ear_test_server_new ();

  ear_test_server_spawn (server);
  {
    g_autoptr (EarTestPerson) alice = ear_test_person_new (server, "alice");
    g_autoptr (EarTestPerson) bob = ear_test_person_new (server, "bob");

    ear_test_person_leave (bob);
    if (move_to_small_disk (bob->directory)) {
      g_log_set_always_fatal (G_LOG_FATAL_MASK); /* it warns that it cannot keep a message */
      ear_test_person_come_back (bob);
      talk_on_full_disk (alice, bob);
      ear_test_person_leave (bob);
      g_assert_cmpint (umount2 (bob->directory, MNT_DETACH), ==, 0);
    }
  }
  ear_test_server_terminate (server);
}

static void
add_all (const Fault *faults, guint n, void (*func) (Fixture *, gconstpointer))
{
  for (guint i = 0; i < n; i++) {
    g_autofree char *path = g_strdup_printf ("/disk/%s", faults[i].name);

    g_test_add (path, Fixture, &faults[i], set_up, func, tear_down);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_all (passing, G_N_ELEMENTS (passing), test_passing);
  add_all (lasting, G_N_ELEMENTS (lasting), test_lasting);
  g_test_add ("/disk/short-writes", Fixture, NULL, set_up, test_short_writes, tear_down);
  g_test_add_func ("/disk/full", test_full_disk);
  g_test_add_func ("/disk/read-only-directory", test_read_only_directory);
  g_test_add_func ("/disk/full-client", test_full_client);
  return g_test_run ();
}
