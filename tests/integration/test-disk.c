/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A disk that fails under the server: each system call that writes, in turn, while a request waits
 * for it. The request fails with a clear error, what was there before is whole, everybody else is
 * served; when the fault is over the server writes again. But after a failed sync it does not: it
 * never says that something is durable of which it cannot know. */

#include <errno.h>
#include <glib/gstdio.h>

#include "disk-fixture.h"
#include "server/ear-data-dir.h"

/* -- Faults that pass -- */

typedef struct
{
  const char *name;
  Request request;
  DiskCall call;
  int error;
  gssize n_short;   /* bytes that are written before the error; 0: none */
  const char *file; /* whose calls fail; NULL: of all */
} Fault;

#define ADDS(name, request, file)                             \
  { name "-no-space", request, DISK_WRITE, ENOSPC, 0, file }, \
    { name "-error", request, DISK_WRITE, EIO, 0, file },     \
    { name "-quota", request, DISK_WRITE, EDQUOT, 0, file },  \
    { name "-short", request, DISK_WRITE, ENOSPC, 10, file }, \
  {                                                           \
    name "-all-but-one", request, DISK_WRITE, EIO, -1, file   \
  }

static const Fault passing[] = {
  ADDS ("sign-up", SIGN_UP, "users.csv"),
  ADDS ("broadcast", BROADCAST, "broadcasts.journal"),
  ADDS ("claim", INVITED, "invitations.csv"),
  { "rename-no-space", RENAME, DISK_WRITE, ENOSPC, 0, "users.csv" },
  { "rename-short", RENAME, DISK_WRITE, ENOSPC, 30, "users.csv" },
  { "remove-no-space", REMOVE, DISK_WRITE, ENOSPC, 0, "broadcasts.journal" },
  { "remove-short", REMOVE, DISK_WRITE, ENOSPC, 10, "broadcasts.journal" },
  { "invited-no-space", INVITED, DISK_WRITE, ENOSPC, 0, "users.csv" },
  { "invited-short", INVITED, DISK_WRITE, ENOSPC, 30, "users.csv" },
  { "rewrite-no-file", POLICY, DISK_OPEN, ENOSPC, 0, "policy.new" },
  { "rewrite-read-only", POLICY, DISK_OPEN, EROFS, 0, "policy.new" },
  { "rewrite-too-many-files", POLICY, DISK_OPEN, EMFILE, 0, "policy.new" },
  { "rewrite-no-space", POLICY, DISK_WRITE, ENOSPC, 0, "policy.new" },
  { "rewrite-short", POLICY, DISK_WRITE, ENOSPC, 3, "policy.new" },
  /* Of the new file: the old one is whole. */
  { "rewrite-sync", POLICY, DISK_FDATASYNC, EIO, 0, "policy.new" },
  { "rewrite-rename", POLICY, DISK_RENAME, EIO, 0, "policy.new" },
  { "rewrite-rename-no-space", POLICY, DISK_RENAME, ENOSPC, 0, "policy.new" },
};

static void
arm (const Fault *fault)
{
  disk_faults_set_file (fault->file);
  if (fault->n_short != 0)
    disk_faults_set_short (fault->n_short);
  disk_faults_set (fault->call, fault->error);
}

static void
test_passing (Fixture *f, gconstpointer data)
{
  const Fault *fault = data;
  /* A claim that was made is taken back. */
  gboolean claimed = fault->request == INVITED && g_str_equal (fault->file, "users.csv");
  const char *file = claimed ? "users.csv" : files[fault->request];
  const char *warning = fault->request == POLICY ? "*cannot be rewritten*" : "*cannot be written*";
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  assert_done (f, fault->request);
  before = dup_file (f, file);
  for (guint i = 0; i < 3; i++) {
    g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, warning);
    arm (fault);
    assert_refused (f, fault->request);
    g_test_assert_expected_messages ();
    assert_served (f);
    g_free (after);
    after = dup_file (f, file);
    g_assert_cmpstr (before, ==, after);
  }
  disk_faults_clear ();
  for (Request request = 0; request < N_REQUESTS; request++)
    assert_done (f, request);
  /* It is written as if nothing had been. */
  assert_kept (f, FALSE, NULL);
}

/* A signal is no fault. */
static void
test_short_writes (Fixture *f, gconstpointer data)
{
  for (Request request = 0; request < N_REQUESTS; request++) {
    disk_faults_set_short (7);
    assert_done (f, request);
  }
  assert_kept (f, FALSE, NULL);
}

/* Of two that are asked for at once, one may fail: it has not happened after the next start
 * either. */
static void
test_refused_stays_refused (Fixture *f, gconstpointer data)
{
  gboolean renamed, signed_up;
  g_autofree char *name = g_strdup (f->name);
  EarMessage *answer;

  g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*cannot be *written*");
  disk_faults_set_file ("users.csv");
  disk_faults_set_once (DISK_WRITE, EIO, 0);
  ear_test_client_send (f->stranger, "{\"type\":\"signup\",\"id\":1,\"user\":\"bob\"," KEYS "}");
  send_request (f, RENAME);
  ear_test_wait (ear_test_client_count (f->stranger, EAR_MESSAGE_OK) +
                     ear_test_client_count (f->stranger, EAR_MESSAGE_ERROR) >
                   0 &&
                 ear_test_client_count (f->client, EAR_MESSAGE_OK) +
                     ear_test_client_count (f->client, EAR_MESSAGE_ERROR) >
                   0);
  signed_up = ear_test_client_count (f->stranger, EAR_MESSAGE_OK) > 0;
  renamed = ear_test_client_count (f->client, EAR_MESSAGE_OK) > 0;
  g_test_assert_expected_messages ();
  g_assert_false (signed_up && renamed);
  stop (f);
  start (f);
  log_in (f);
  g_assert_cmpstr (f->name, ==, renamed ? f->new_name : name);
  ear_test_client_send (f->stranger, "{\"type\":\"signup\",\"id\":1,\"user\":\"bob\"," KEYS "}");
  answer = ear_test_client_expect (f->stranger, signed_up ? EAR_MESSAGE_ERROR : EAR_MESSAGE_OK);
  ear_message_unref (answer);
}

/* -- Faults that nobody waits for -- */

static void
fail_to_settle (Fixture *f)
{
  g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*invitations.csv: cannot be written*");
  disk_faults_set_file ("invitations.csv");
  disk_faults_set_once (DISK_WRITE, ENOSPC, 1);
  ear_message_unref (ear_test_client_expect (send_request (f, INVITED), EAR_MESSAGE_OK));
  ear_test_wait (disk_faults_is_over (DISK_WRITE));
  g_assert_false (holds (f, "invitations.csv", ",used,"));
}

/* Another row: the server knows after this that the one before has failed. */
static void
invite (Fixture *f)
{
  g_free (execute (f, "invite 7"));
  g_test_assert_expected_messages ();
}

/* The invitation is used, whatever its row says: this server knows it, and the next one finds out
 * by the account. */
static void
test_settle (Fixture *f, gconstpointer data)
{
  const char *code = g_queue_peek_head (&f->codes);

  fail_to_settle (f);
  for (guint i = 0; i < 2; i++) {
    if (i == 0) {
      stop (f);
      g_test_assert_expected_messages ();
      start (f);
    }
    send_sign_up (f, code);
    ear_test_client_expect_error (f->stranger, EAR_ERROR_INVITE_USED);
  }
}

/* Nor does it make a second account when the first one has left. */
static void
test_settle_and_leave (Fixture *f, gconstpointer data)
{
  const char *code = g_queue_peek_head (&f->codes);

  fail_to_settle (f);
  invite (f);
  g_free (execute (f, "remove user1"));
  stop (f);
  start (f);
  send_sign_up (f, code);
  ear_test_client_expect_error (f->stranger, EAR_ERROR_INVITE_USED);
}

/* The row is not left to the server's last moment, which may be a sudden one. */
static void
test_settle_again (Fixture *f, gconstpointer data)
{
  fail_to_settle (f);
  invite (f);
  invite (f);
  g_assert_true (holds (f, "invitations.csv", ",used,user1\n"));
}

/* It costs an ease, and no request. */
static void
test_devices (Fixture *f, gconstpointer data)
{
  g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*devices.csv: cannot be written*");
  disk_faults_set_file ("devices.csv");
  disk_faults_set_once (DISK_WRITE, ENOSPC, 0);
  ear_clock_advance (f->server->clock, 2 * G_USEC_PER_SEC); /* since the log-in */
  for (Request request = 0; request < N_REQUESTS; request++)
    assert_done (f, request);
  assert_kept (f, FALSE, NULL);
  g_assert_true (disk_faults_is_over (DISK_WRITE));
  g_test_assert_expected_messages ();
}

typedef struct
{
  const char *name;
  DiskCall call;
  int error;
} RewriteFault;

static const RewriteFault rewrites[] = {
  { "no-file", DISK_OPEN, ENOSPC },
  { "read-only", DISK_OPEN, EROFS },
  { "too-many-files", DISK_OPEN, EMFILE },
  { "no-space", DISK_WRITE, ENOSPC },
  { "error", DISK_WRITE, EIO },
  { "sync", DISK_FDATASYNC, EIO },
  { "rename", DISK_RENAME, EIO },
};

/* The text is away for everybody, and leaves the disk when that is possible. */
static void
test_journal_rewrite (Fixture *f, gconstpointer data)
{
  const RewriteFault *fault = data;
  g_autofree char *text = g_strdup (g_queue_peek_head (&f->regretted));

  g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*journal: cannot be rewritten*");
  g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*journal: *");
  disk_faults_set_file ("broadcasts.journal.new");
  disk_faults_set_once (fault->call, fault->error, 0);
  ear_message_unref (ear_test_client_expect (send_request (f, REMOVE), EAR_MESSAGE_OK));
  g_free (g_queue_pop_head (&f->regretted));
  f->n_removed++;
  assert_served (f);
  assert_done (f, BROADCAST); /* tries again */
  ear_test_wait (!holds (f, "broadcasts.journal", text));
  g_test_assert_expected_messages ();
  assert_kept (f, FALSE, NULL);
}

/* What cannot be made compact goes on as it is, and is tried again. */
static void
test_compaction (Fixture *f, gconstpointer data)
{
  const RewriteFault *fault = data;

  ear_test_client_send (f->stranger, "{\"type\":\"signup\",\"id\":1,\"user\":\"bob\"," KEYS "}");
  ear_message_unref (ear_test_client_expect (f->stranger, EAR_MESSAGE_OK));
  g_free (execute (f, "remove bob"));
  g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*users.csv: cannot be rewritten*");
  disk_faults_set_file ("users.csv.new");
  disk_faults_set_once (fault->call, fault->error, 0);
  ear_clock_advance (f->server->clock, 61 * G_USEC_PER_SEC);
  ear_test_wait (disk_faults_is_over (fault->call));
  assert_kept (f, FALSE, NULL);
  g_test_assert_expected_messages ();
  ear_clock_advance (f->server->clock, 61 * G_USEC_PER_SEC);
  ear_test_wait (!holds (f, "users.csv", "\nbob,"));
  assert_kept (f, FALSE, NULL);
}

/* -- Faults after which nobody knows -- */

static const Fault lasting[] = {
  { "sync", SIGN_UP, DISK_FDATASYNC, EIO, 0, "users.csv" },
  { "sync-no-space", SIGN_UP, DISK_FDATASYNC, ENOSPC, 0, "users.csv" },
  { "rename-sync", RENAME, DISK_FDATASYNC, EIO, 0, "users.csv" },
  { "broadcast-sync", BROADCAST, DISK_FDATASYNC, EIO, 0, "broadcasts.journal" },
  { "remove-sync", REMOVE, DISK_FDATASYNC, EIO, 0, "broadcasts.journal" },
  { "claim-sync", INVITED, DISK_FDATASYNC, EIO, 0, "invitations.csv" },
  { "rewrite-sync-directory", POLICY, DISK_FSYNC, EIO, 0, NULL },
  /* A write that fails, and cannot be taken back. */
  { "truncate", SIGN_UP, DISK_TRUNCATE, EIO, 20, "users.csv" },
  { "rename-truncate", RENAME, DISK_TRUNCATE, EIO, 20, "users.csv" },
  { "broadcast-truncate", BROADCAST, DISK_TRUNCATE, EIO, 20, "broadcasts.journal" },
  { "remove-truncate", REMOVE, DISK_TRUNCATE, EIO, 20, "broadcasts.journal" },
  { "claim-truncate", INVITED, DISK_TRUNCATE, EIO, 20, "invitations.csv" },
};

static void
fail_for_good (Fixture *f, const Fault *fault)
{
  arm (fault);
  if (fault->call == DISK_TRUNCATE) {
    g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*cannot be written*");
    disk_faults_set (DISK_WRITE, ENOSPC);
  }
  g_test_expect_message ("earshotd", G_LOG_LEVEL_CRITICAL, "*read-only until*");
  assert_refused (f, fault->request);
  g_test_assert_expected_messages ();
  disk_faults_clear ();
}

static gboolean
needs (Request request, const char *file)
{
  return g_str_equal (files[request], file) ||
         (request == INVITED && g_str_equal (file, "users.csv"));
}

static void
test_lasting (Fixture *f, gconstpointer data)
{
  const Fault *fault = data;
  const char *file = files[fault->request];
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autofree char *doubtful = NULL;
  guint n_syncs;
  guint n_writes;

  for (Request request = 0; request < N_REQUESTS; request++)
    assert_done (f, request);
  before = dup_file (f, file);
  fail_for_good (f, fault);
  doubtful = g_strdup (f->new_name);
  disk_faults_set_file (file);
  n_syncs = disk_faults_count (DISK_FDATASYNC);
  n_writes = disk_faults_count (DISK_WRITE);
  for (guint i = 0; i < 2; i++) {
    assert_refused (f, fault->request);
    assert_served (f);
  }
  g_assert_cmpuint (disk_faults_count (DISK_FDATASYNC), ==, n_syncs);
  g_assert_cmpuint (disk_faults_count (DISK_WRITE), ==, n_writes);
  disk_faults_set_file (NULL);
  for (Request request = 0; request < N_REQUESTS; request++) {
    if (!needs (request, file))
      assert_done (f, request); /* the other stores are as good as before */
  }
  after = dup_file (f, file);
  if (fault->request != POLICY)
    g_assert_true (g_str_has_prefix (after, before));

  /* What was acknowledged is there; the next start writes again. */
  if (fault->call == DISK_TRUNCATE && fault->request != BROADCAST && fault->request != REMOVE)
    g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*: 1 lines *.rejected");
  assert_kept (f, TRUE, doubtful);
  g_test_assert_expected_messages ();
  for (Request request = 0; request < N_REQUESTS; request++)
    assert_done (f, request);
}

/* -- At the start -- */

static ino_t
get_inode (Fixture *f, const char *name)
{
  g_autofree char *path = g_build_filename (f->server->directory, name, NULL);
  GStatBuf status;

  g_assert_cmpint (g_stat (path, &status), ==, 0);
  return status.st_ino;
}

/* After a failed sync the kernel takes what it may have lost for written, and the next start finds
 * it all the same: only a new file is known to be on the disk. Nothing is added before it is. */
static void
test_start_after_failed_sync (Fixture *f, gconstpointer data)
{
  ino_t doubtful;

  fail_for_good (f, &lasting[0]);
  doubtful = get_inode (f, "users.csv");
  stop (f);
  g_test_expect_message ("earshotd", G_LOG_LEVEL_WARNING, "*users.csv: cannot be rewritten*");
  disk_faults_set_file ("users.csv.new");
  disk_faults_set_once (DISK_FDATASYNC, EIO, 0);
  start (f);
  ear_test_wait (disk_faults_is_over (DISK_FDATASYNC));
  log_in (f);
  g_assert_cmpuint (get_inode (f, "users.csv"), ==, doubtful);
  assert_done (f, SIGN_UP);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (get_inode (f, "users.csv"), !=, doubtful);
  assert_kept (f, FALSE, NULL);
}

static const struct
{
  const char *file;
  DiskCall call;
  gboolean first_only;
} starts[] = {
  { "secret.new", DISK_OPEN, TRUE },
  { "secret.new", DISK_WRITE, TRUE },
  { "users.csv.new", DISK_OPEN, TRUE },
  { "users.csv.new", DISK_WRITE, TRUE },
  { "users.csv.new", DISK_FDATASYNC, TRUE },
  { "users.csv.new", DISK_RENAME, TRUE },
  { "users.csv", DISK_OPEN, FALSE },
  { "broadcasts.journal.new", DISK_OPEN, FALSE },
  { "broadcasts.journal.new", DISK_WRITE, FALSE },
  { "broadcasts.journal.new", DISK_FDATASYNC, FALSE },
  { "broadcasts.journal.new", DISK_RENAME, FALSE },
  { "broadcasts.journal", DISK_OPEN, FALSE },
  { "policy", DISK_OPEN, FALSE },
  { "devices.csv", DISK_OPEN, FALSE },
  { "audit.log", DISK_OPEN, FALSE },
  { "invitations.csv", DISK_OPEN, FALSE },
};

static void
assert_no_start (EarTestServer *server, const char *file, DiskCall call)
{
  g_autoptr (EarServerConfig) config = ear_server_config_new ();
  g_autoptr (EarClock) clock = ear_clock_new_manual (0);
  g_autofree char *path = g_build_filename (server->directory, file, NULL);
  g_auto (GStrv) said = g_strsplit (file, ".new", 2);
  g_autoptr (GError) error = NULL;

  g_assert_true (ear_server_config_set (config, "data-dir", server->directory, NULL));
  disk_faults_set_file (file);
  disk_faults_set (call, ENOSPC);
  g_assert_null (ear_server_new (config, clock, &error));
  disk_faults_clear ();
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
  g_assert_nonnull (strstr (error->message, said[0]));
  g_assert_false (said[1] != NULL && g_file_test (path, G_FILE_TEST_EXISTS));
}

/* Whatever cannot be written, the server says so and leaves what is there. */
static void
test_start (Fixture *f, gconstpointer data)
{
  for (Request request = 0; request < N_REQUESTS; request++)
    assert_done (f, request);
  stop (f);
  for (guint i = 0; i < G_N_ELEMENTS (starts); i++) {
    g_autoptr (EarTestServer) empty = ear_test_server_new ();

    assert_no_start (empty, starts[i].file, starts[i].call);
    if (!starts[i].first_only)
      assert_no_start (f->server, starts[i].file, starts[i].call);
  }
  assert_no_start (f->server, "invitations.csv.new", DISK_WRITE);
  start (f);
  log_in (f);
  assert_kept (f, FALSE, NULL);
}

/* A new file that is in no directory after a crash takes along what was acknowledged. */
static void
test_start_directory (void)
{
  g_autoptr (EarTestServer) empty = ear_test_server_new ();
  g_autofree char *directory = g_path_get_basename (empty->directory);

  assert_no_start (empty, directory, DISK_FSYNC);
}

/* Nor is a new directory there when its own one cannot be synced. */
static void
test_start_new_directory (void)
{
  g_autoptr (EarTestServer) empty = ear_test_server_new ();
  g_autofree char *path = g_build_filename (empty->directory, "a", "b/", NULL);
  const char *const parents[] = { strrchr (empty->directory, '/') + 1, "a" };

  for (guint i = 0; i < G_N_ELEMENTS (parents); i++) {
    g_autoptr (GError) error = NULL;

    disk_faults_set_file (parents[i]);
    disk_faults_set (DISK_FSYNC, EIO);
    g_assert_cmpint (ear_data_dir_lock (path, &error), ==, -1);
    g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_IO);
    disk_faults_clear ();
  }
}

#define ADD(name, func) g_test_add ("/disk/" name, Fixture, NULL, set_up, func, tear_down)
#define ADD_ALL(path, faults, func)                                   \
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {                 \
    g_autofree char *name = g_strconcat (path, faults[i].name, NULL); \
                                                                      \
    g_test_add (name, Fixture, &faults[i], set_up, func, tear_down);  \
  }

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_ALL ("/disk/", passing, test_passing);
  ADD_ALL ("/disk/", lasting, test_lasting);
  ADD_ALL ("/disk/journal/", rewrites, test_journal_rewrite);
  ADD_ALL ("/disk/compaction/", rewrites, test_compaction);
  ADD ("short-writes", test_short_writes);
  ADD ("refused-stays-refused", test_refused_stays_refused);
  ADD ("settle", test_settle);
  ADD ("settle/and-leave", test_settle_and_leave);
  ADD ("settle/again", test_settle_again);
  ADD ("devices", test_devices);
  ADD ("start", test_start);
  ADD ("start/after-failed-sync", test_start_after_failed_sync);
  g_test_add_func ("/disk/start/directory", test_start_directory);
  g_test_add_func ("/disk/start/new-directory", test_start_new_directory);
  return g_test_run ();
}
