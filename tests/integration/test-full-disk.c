/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Real disks that are full or read-only, under a real server and under a real client. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "client/ear-chat.h"
#include "support/ear-test-client.h"
#include "support/ear-test-person.h"
#include "support/ear-test-wait.h"

#define KEYS                                                         \
  "\"salt\":\"AQAAAAAAAAAAAAAAAAAAAA==\",\"iterations\":100000,"     \
  "\"stored_key\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"," \
  "\"server_key\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\""

/* -- A server -- */

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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/full-disk/server", test_full_disk);
  g_test_add_func ("/full-disk/read-only-directory", test_read_only_directory);
  g_test_add_func ("/full-disk/client", test_full_client);
  return g_test_run ();
}
