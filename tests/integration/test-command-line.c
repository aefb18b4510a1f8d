/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The real command line of alice, at a server in this process that may lie: the end of the input
 * waits for what was asked, and no answer of a server ends the program. */

#include <string.h>

#include "cli/ear-exit.h"
#include "client/ear-chat-message.h"
#include "client/ear-chat.h"
#include "lies.h"
#include "support/ear-test-client.h"
#include "support/ear-test-person.h"
#include "support/ear-test-wait.h"

typedef struct
{
  EarTestServer *server;
  char *home;

  /* What the other side of a chat has not said yet */
  EarMessage *held;
  EarLink *link; /* borrowed */
} Fixture;

static GSubprocess *
start (Fixture *f, const char *command, const char *argument)
{
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", f->server->port);
  g_autoptr (GSubprocessLauncher) launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                               G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  g_subprocess_launcher_setenv (launcher, "XDG_DATA_HOME", f->home, TRUE);
  g_subprocess_launcher_setenv (launcher, "EARSHOT_PASSWORD", EAR_TEST_PASSWORD, TRUE);
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
  process = g_subprocess_launcher_spawn (launcher, &error, g_getenv ("EARSHOT_CLI"), "--server",
                                         address, "--user", "alice", command, argument, NULL);
  g_assert_no_error (error);
  return process;
}

static void
wait_for_end (GSubprocess *process, EarExit status)
{
  g_autoptr (GAsyncResult) ended = NULL;

  g_subprocess_wait_async (process, NULL, ear_test_result_cb, &ended);
  ear_test_wait (ended != NULL);
  g_assert_true (g_subprocess_get_if_exited (process));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, (int) status);
}

/* Runs a command with all of its input; gives what it said. */
static char *
run (Fixture *f, const char *command, const char *input, EarExit status)
{
  g_autoptr (GSubprocess) process = start (f, command, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  char *said = NULL;

  g_subprocess_communicate_utf8_async (process, input, NULL, ear_test_result_cb, &result);
  ear_test_wait (result != NULL);
  g_subprocess_communicate_utf8_finish (process, result, &said, NULL, &error);
  g_assert_no_error (error);
  g_test_message ("%s", said);
  wait_for_end (process, status);
  return said;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->server = ear_test_server_new ();
  f->server->clock = ear_clock_new ();
  ear_test_server_start_inside (f->server);
  f->home = g_dir_make_tmp ("earshot-command-line-XXXXXX", NULL);
  g_free (run (f, "signup", "", EAR_EXIT_OK));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  lies_set (NULL, NULL);
  ear_test_server_stop_inside (f->server);
  ear_test_server_free (f->server);
  ear_test_remove_directory (f->home);
  g_free (f->home);
}

/* -- The shell -- */

#define N_OTHERS 45 /* more than the server tells at once */

static GPtrArray *
others_new (Fixture *f)
{
  GPtrArray *others = g_ptr_array_new_with_free_func ((GDestroyNotify) ear_test_client_free);

  for (guint i = 0; i < N_OTHERS; i++) {
    g_autofree char *user = g_strdup_printf ("user%u", i);

    g_ptr_array_add (others, ear_test_client_new_active (f->server, user));
  }
  return others;
}

static guint
count (const char *said, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (said, text, -1);

  return g_strv_length (parts) - 1;
}

/* Everybody has a line, however many there are and though the input has ended. */
static void
test_list (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) others = others_new (f);
  g_autofree char *said = run (f, "shell", "1\n", EAR_EXIT_OK);

  g_assert_cmpuint (count (said, "\nuser"), ==, N_OTHERS);
  g_assert_cmpuint (count (said, "127.0.0.1:4401"), ==, N_OTHERS);
  g_assert_cmpuint (count (said, "\n"), ==, N_OTHERS + 1);
}

static void
test_broadcast (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) bob = ear_test_client_new_active (f->server, "bob");
  g_autofree char *said = run (f, "shell", "broadcast hello\nquit\nbroadcast again\n", EAR_EXIT_OK);

  g_assert_cmpuint (count (said, "Reached 1 user now."), ==, 1);
}

/* The exit status tells of what the server refused. */
static void
test_refused (Fixture *f, gconstpointer data)
{
  g_autofree char *said = run (f, "shell", "msg_hi_127.0.0.1:4401\n1\n", EAR_EXIT_AWAY);

  g_assert_nonnull (strstr (said, "Nobody else is active."));
}

static GBytes *
it_is_alice_lie (EarLink *link, EarMessage *message, gpointer user_data)
{
  if (ear_message_get_type (message) == EAR_MESSAGE_LOCATED)
    ear_message_set_string (message, "user", "alice");
  return NULL;
}

/* Nobody can write to oneself, even if the server says that this is who is there. */
static void
test_oneself (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestClient) bob = ear_test_client_new_active (f->server, "bob");
  g_autofree char *said = NULL;

  lies_set (it_is_alice_lie, NULL);
  said = run (f, "shell", "msg_hi_127.0.0.1:4401\n", EAR_EXIT_OK);
  g_assert_nonnull (strstr (said, "no user to chat with"));
}

/* -- A chat -- */

static void
type (GSubprocess *process, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_output_stream_write_all (g_subprocess_get_stdin_pipe (process), text, strlen (text), NULL, NULL,
                             &error);
  g_assert_no_error (error);
}

/* The command line reads all that comes. */
static void
say (EarChat *chat, const char *text)
{
  g_autoptr (EarChatMessage) message = ear_chat_send (chat, text);

  ear_test_wait (ear_chat_message_get_delivery (message) == EAR_DELIVERY_READ);
}

static GBytes *
hold_ack_lie (EarLink *link, EarMessage *message, gpointer user_data)
{
  static const char line[] = "{\"type\":\"typing\",\"on\":false}\n";
  Fixture *f = user_data;

  if (ear_message_get_type (message) != EAR_MESSAGE_ACK)
    return NULL;
  f->held = ear_message_ref (message);
  f->link = link;
  return g_bytes_new_static (line, sizeof line - 1);
}

/* The chat ends when all of it has arrived, even if the other has the last word. */
static void
test_last_word (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestPerson) bob = ear_test_person_new (f->server, "bob");
  EarChat *chat = ear_client_get_chat (bob->client, "alice");
  g_autoptr (GSubprocess) alice = start (f, "chat", "bob");

  ear_test_wait (ear_chat_get_state (chat) == EAR_CHAT_ASKED);
  ear_chat_accept (chat);
  ear_test_wait (ear_chat_get_state (chat) == EAR_CHAT_OPEN);
  lies_set (hold_ack_lie, f);
  type (alice, "are you there?\n");
  ear_test_wait (f->held != NULL);
  say (chat, "yes");
  g_output_stream_close (g_subprocess_get_stdin_pipe (alice), NULL, NULL);
  say (chat, "why?");
  g_assert_cmpint (ear_chat_get_state (chat), ==, EAR_CHAT_OPEN);
  lies_send_truly (f->link, f->held);
  g_clear_pointer (&f->held, ear_message_unref);
  wait_for_end (alice, EAR_EXIT_OK);
}

#define ADD(path, func) g_test_add ("/command-line/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("broadcast", test_broadcast);
  ADD ("last-word", test_last_word);
  ADD ("list", test_list);
  ADD ("oneself", test_oneself);
  ADD ("refused", test_refused);
  return g_test_run ();
}
