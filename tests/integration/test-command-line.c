/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The real command line of alice, at a server in this process that may lie: the end of the input
 * waits for what was asked and said, and no answer of a server ends the program. */

#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "cli/ear-exit.h"
#include "client/ear-chat-message.h"
#include "client/ear-chat.h"
#include "client/ear-session.h"
#include "client/ear-user-list.h"
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

/* @command: what the command line says after the options, by words */
static GSubprocess *
start (Fixture *f, const char *command, GSpawnChildSetupFunc child_setup)
{
  g_autofree char *line = g_strdup_printf ("%s --server 127.0.0.1:%u --user alice %s",
                                           g_getenv ("EARSHOT_CLI"), f->server->port, command);
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  g_autoptr (GSubprocessLauncher) launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                               G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  g_subprocess_launcher_setenv (launcher, "XDG_DATA_HOME", f->home, TRUE);
  g_subprocess_launcher_setenv (launcher, "EARSHOT_PASSWORD", EAR_TEST_PASSWORD, TRUE);
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
  g_subprocess_launcher_set_child_setup (launcher, child_setup, NULL, NULL);
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *) words, &error);
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

/* Gives a command all of its input; returns what it said. */
static char *
communicate (GSubprocess *process, const char *input, EarExit status)
{
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

static char *
run (Fixture *f, const char *command, const char *input, EarExit status)
{
  g_autoptr (GSubprocess) process = start (f, command, NULL);

  return communicate (process, input, status);
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
  said = run (f, "shell", "msg_hi_127.0.0.1:4401\n", EAR_EXIT_USAGE);
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
no_ack_lie (EarLink *link, EarMessage *message, gpointer user_data)
{
  static const char line[] = "{\"type\":\"typing\",\"on\":false}\n";

  return ear_message_get_type (message) == EAR_MESSAGE_ACK
           ? g_bytes_new_static (line, sizeof line - 1)
           : NULL;
}

static GBytes *
hold_ack_lie (EarLink *link, EarMessage *message, gpointer user_data)
{
  GBytes *instead = no_ack_lie (link, message, NULL);
  Fixture *f = user_data;

  if (instead != NULL) {
    f->held = ear_message_ref (message);
    f->link = link;
  }
  return instead;
}

/* The chat ends when all of it has arrived, even if the other has the last word. */
static void
test_last_word (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestPerson) bob = ear_test_person_new (f->server, "bob");
  EarChat *chat = ear_client_get_chat (bob->client, "alice");
  g_autoptr (GSubprocess) alice = start (f, "chat bob", NULL);

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

/* The end of a chat is said, and the program ends with it; data: as an object. */
static void
test_ended (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestPerson) bob = ear_test_person_new (f->server, "bob");
  EarChat *chat = ear_client_get_chat (bob->client, "alice");
  g_autoptr (GSubprocess) alice = start (f, data != NULL ? "--json chat bob" : "chat bob", NULL);
  g_autofree char *said = NULL;

  ear_test_wait (ear_chat_get_state (chat) == EAR_CHAT_ASKED);
  ear_chat_accept (chat);
  say (chat, "bye"); /* it is open there, too */
  ear_chat_end (chat);
  said = communicate (alice, NULL, EAR_EXIT_OK);
  g_assert_cmpuint (count (said, data != NULL ? "\"ended\"" : "bob ended the chat"), ==, 1);
}

static void
accept_cb (EarChat *chat)
{
  if (ear_chat_get_state (chat) == EAR_CHAT_ASKED)
    ear_chat_accept (chat);
}

static void
decline_cb (EarChat *chat)
{
  if (ear_chat_get_state (chat) == EAR_CHAT_ASKED)
    ear_chat_decline (chat);
}

/* Bob, who answers alice's requests in one way. */
static EarTestPerson *
bob_new (Fixture *f, GCallback answer_cb)
{
  EarTestPerson *bob = ear_test_person_new (f->server, "bob");

  g_signal_connect (ear_client_get_chat (bob->client, "alice"), "notify::state", answer_cb, NULL);
  return bob;
}

static void
assert_heard (EarTestPerson *bob, const char *text)
{
  GListModel *log = G_LIST_MODEL (ear_chat_get_log (ear_client_get_chat (bob->client, "alice")));
  g_autoptr (EarChatMessage) message = g_list_model_get_item (log, 0);

  g_assert_cmpuint (g_list_model_get_n_items (log), ==, 1);
  g_assert_cmpstr (ear_chat_message_get_text (message), ==, text);
}

/* What is said with the end of the input behind it arrives. */
static void
test_say (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestPerson) bob = bob_new (f, G_CALLBACK (accept_cb));
  g_autofree char *said = run (f, "shell", "chat bob\nare you there?\n", EAR_EXIT_OK);

  assert_heard (bob, "are you there?");
}

static void
test_say_to_address (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestPerson) bob = bob_new (f, G_CALLBACK (accept_cb));
  g_autofree char *listed = run (f, "shell", "1\n", EAR_EXIT_OK);
  const char *address = strstr (listed, "127.0.0.1:");
  g_autofree char *input = NULL;
  g_autofree char *said = NULL;

  g_assert_nonnull (address);
  input = g_strdup_printf ("msg_hello_%.*s\n", (int) strcspn (address, " \n"), address);
  said = run (f, "shell", input, EAR_EXIT_OK);
  assert_heard (bob, "hello");
}

/* Or else the exit status says why it did not. */
static void
test_say_declined (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestPerson) bob = bob_new (f, G_CALLBACK (decline_cb));
  g_autofree char *said = run (f, "shell", "chat bob\nare you there?\n", EAR_EXIT_DECLINED);
}

/* Who reads all and acknowledges nothing keeps no script waiting; data: the command. */
static void
test_not_acknowledged (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestPerson) bob = bob_new (f, G_CALLBACK (accept_cb));
  g_autofree char *said = NULL;

  lies_set (no_ack_lie, NULL);
  said = run (f, data, "chat bob\nare you there?\n", EAR_EXIT_NOT_ACKED);
  g_assert_nonnull (strstr (said, "not acknowledged"));
}

static GBytes *
hang_up_lie (EarLink *link, EarMessage *message, gpointer user_data)
{
  GBytes *instead = no_ack_lie (link, message, NULL);

  if (instead != NULL)
    ear_link_abort (link);
  return instead;
}

/* Nor does one who hangs up at each text, and is reached again. */
static void
test_hangs_up (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestPerson) bob = bob_new (f, G_CALLBACK (accept_cb));
  g_autofree char *said = NULL;

  lies_set (hang_up_lie, NULL);
  said = run (f, "--ack-timeout 5 chat bob", "are you there?\n", EAR_EXIT_NOT_ACKED);
  g_assert_cmpuint (count (said, "the connection broke"), >, 1);
}

/* So does a key that is not trusted, and nobody whose key it is. */
static void
test_not_trusted (Fixture *f, gconstpointer data)
{
  g_autofree char *no_key = run (f, "shell", "trust bob mine\n", EAR_EXIT_USAGE);
  g_autofree char *nobody = run (f, "shell", "trust\n", EAR_EXIT_USAGE);

  g_assert_nonnull (strstr (nobody, "no user to chat with"));
}

/* Of a line that is too long nothing is sent, nor of what stands behind it in the same line. */
static void
test_long_line (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestPerson) bob = bob_new (f, G_CALLBACK (accept_cb));
  g_autofree char *line = g_strnfill (9000, 'a');
  g_autofree char *input = g_strconcat ("chat bob\n", line, "\nshort\n", NULL);
  g_autofree char *said = run (f, "shell", input, EAR_EXIT_USAGE);

  assert_heard (bob, "short");
}

/* -- The end of a run -- */

/* Reads until a line has that in it, or to the end if there is none to wait for. */
static char *
read_until (GDataInputStream *output, const char *wanted)
{
  g_autoptr (GString) said = g_string_new (NULL);

  for (;;) {
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;
    g_autofree char *line = NULL;

    g_data_input_stream_read_line_async (output, G_PRIORITY_DEFAULT, NULL, ear_test_result_cb,
                                         &result);
    ear_test_wait (result != NULL);
    line = g_data_input_stream_read_line_finish_utf8 (output, result, NULL, &error);
    g_assert_no_error (error);
    if (line == NULL) {
      g_assert_null (wanted);
      return g_string_free (g_steal_pointer (&said), FALSE);
    }
    g_string_append_printf (said, "%s\n", line);
    if (wanted != NULL && strstr (line, wanted) != NULL)
      return g_string_free (g_steal_pointer (&said), FALSE);
  }
}

static void
wait_for_line (GDataInputStream *output, const char *wanted)
{
  g_free (read_until (output, wanted));
}

/* Who is told to end before it is done does not say that it is. */
static void
test_interrupted (Fixture *f, gconstpointer data)
{
  static const int signals[] = { SIGINT, SIGTERM };
  static const char *const commands[] = { "send bob hello", "--watch send bob hello" };
  g_autoptr (EarTestPerson) bob = ear_test_person_new (f->server, "bob");
  EarChat *chat = ear_client_get_chat (bob->client, "alice");

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++) {
    g_autoptr (GSubprocess) alice = start (f, commands[i], NULL);

    ear_test_wait (ear_chat_get_state (chat) == EAR_CHAT_ASKED);
    g_subprocess_send_signal (alice, signals[i]);
    wait_for_end (alice, EAR_EXIT_INTERRUPTED);
    ear_test_wait (ear_chat_get_state (chat) == EAR_CHAT_IDLE);
  }
}

static void
close_input_cb (gpointer user_data)
{
  close (STDIN_FILENO);
}

/* Started without a standard input, it does not read one of its own files as such. */
static void
test_no_input (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestPerson) bob = ear_test_person_new (f->server, "bob");
  EarUserList *users = ear_client_get_users (bob->client);
  g_autoptr (GSubprocess) alice = start (f, "listen", close_input_cb);
  g_autoptr (GDataInputStream) output =
    g_data_input_stream_new (g_subprocess_get_stdout_pipe (alice));
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  ear_session_set_watch (ear_client_get_session (bob->client), "", 10);
  ear_test_wait (ear_user_list_get_n_active (users) == 1);
  ear_chat_request (ear_client_get_chat (bob->client, "alice"), NULL);
  before = read_until (output, "would like to chat");
  g_subprocess_send_signal (alice, SIGTERM);
  after = read_until (output, NULL);
  wait_for_end (alice, EAR_EXIT_OK);
  g_assert_null (strstr (before, "Nobody of that name asks"));
  g_assert_null (strstr (after, "Nobody of that name asks"));
}

/* Lets no more messages into alice's history, as if her disk were full. */
static void
fill_disk (Fixture *f)
{
  g_autofree char *path = g_build_filename (f->home, "earshot", "default", "history.db", NULL);
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db,
                                 "INSERT INTO message (account, user, incoming, id, text, time,"
                                 "  delivery) VALUES (0, '', 0, '', '', 0, 2);"
                                 "CREATE UNIQUE INDEX full ON message (0 * time)",
                                 NULL, NULL, NULL),
                   ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

/* She is to warn, not to end. */
static GSubprocess *
start_with_full_disk (Fixture *f, const char *command)
{
  g_autofree char *debug = g_strdup (g_getenv ("G_DEBUG"));
  GSubprocess *alice;

  fill_disk (f);
  g_unsetenv ("G_DEBUG");
  alice = start (f, command, NULL);
  if (debug != NULL)
    g_setenv ("G_DEBUG", debug, TRUE);
  return alice;
}

/* What was not even sent is not called so. */
static void
test_unkept (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestPerson) bob = bob_new (f, G_CALLBACK (accept_cb));
  g_autoptr (GSubprocess) alice = start_with_full_disk (f, "send bob hello");
  g_autoptr (GDataInputStream) output =
    g_data_input_stream_new (g_subprocess_get_stdout_pipe (alice));

  wait_for_line (output, "A message cannot be kept");
  ear_chat_end (ear_client_get_chat (bob->client, "alice"));
  wait_for_line (output, "Not sent");
  wait_for_end (alice, EAR_EXIT_FAILED);
}

/* Nor does the end of the input wait for a disk that takes nothing. */
static void
test_unkept_line (Fixture *f, gconstpointer data)
{
  g_autoptr (EarTestPerson) bob = bob_new (f, G_CALLBACK (accept_cb));
  g_autoptr (GSubprocess) alice = start_with_full_disk (f, "--ack-timeout 1 chat bob");
  g_autofree char *said = communicate (alice, "hello\n", EAR_EXIT_FAILED);

  g_assert_nonnull (strstr (said, "Not sent"));
}

/* -- Who is active -- */

/* Who came and left while the server was away is told when it is back. */
static void
test_watch (Fixture *f, gconstpointer data)
{
  EarTestPerson *bob = ear_test_person_new (f->server, "bob");
  g_autoptr (EarTestPerson) carol = NULL;
  g_autoptr (GSubprocess) alice = start (f, "users --watch", NULL);
  g_autoptr (GDataInputStream) output =
    g_data_input_stream_new (g_subprocess_get_stdout_pipe (alice));

  wait_for_line (output, "bob");
  ear_test_server_stop_inside (f->server);
  ear_test_person_free (bob);
  ear_test_server_start_inside (f->server);
  carol = ear_test_person_new (f->server, "carol");
  wait_for_line (output, "- bob");
  wait_for_line (output, "+ carol");
  g_subprocess_send_signal (alice, SIGTERM);
  wait_for_end (alice, EAR_EXIT_OK);
}

#define ADD(path, func) g_test_add ("/command-line/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("broadcast", test_broadcast);
  ADD ("ended", test_ended);
  g_test_add ("/command-line/ended-json", Fixture, "", set_up, test_ended, tear_down);
  ADD ("hangs-up", test_hangs_up);
  ADD ("interrupted", test_interrupted);
  ADD ("last-word", test_last_word);
  ADD ("list", test_list);
  ADD ("long-line", test_long_line);
  ADD ("no-input", test_no_input);
  g_test_add ("/command-line/not-acknowledged/chat", Fixture, "--ack-timeout 1 chat bob", set_up,
              test_not_acknowledged, tear_down);
  g_test_add ("/command-line/not-acknowledged/shell", Fixture, "--ack-timeout 1 shell", set_up,
              test_not_acknowledged, tear_down);
  ADD ("not-trusted", test_not_trusted);
  ADD ("oneself", test_oneself);
  ADD ("refused", test_refused);
  ADD ("say", test_say);
  ADD ("say-declined", test_say_declined);
  ADD ("say-to-address", test_say_to_address);
  ADD ("unkept", test_unkept);
  ADD ("unkept-line", test_unkept_line);
  ADD ("watch", test_watch);
  return g_test_run ();
}
