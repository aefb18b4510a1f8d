/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Somebody sets the calendar back an hour or on a day, or the machine sleeps, under a real server
 * and real clients. A calendar that is set changes nothing: lifetimes, penalties and delays count
 * the time since boot. After a sleep all that time has gone by. */

#include "client/ear-announcement-list.h"
#include "client/ear-announcement.h"
#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "client/ear-chat.h"
#include "client/ear-session.h"
#include "clock-jumps.h"
#include "support/ear-test-client.h"
#include "support/ear-test-person.h"
#include "support/ear-test-wait.h"
#include "wire/ear-limits.h"

#define HOUR 3600
#define DAY (24 * HOUR)
#define N_CHANGES 10 /* of an account in ten minutes */
#define N_GUESSES 10 /* at an account's password, in ten minutes */
#define NOBODY "nobody"

typedef struct
{
  const char *name;
  gint64 calendar_s;
  gint64 sleep_s;
} Jump;

static const Jump jumps[] = {
  { "an-hour-back", -HOUR, 0 },
  { "a-day-on", DAY, 0 },
  { "an-hour-of-sleep", 0, HOUR },
  { "a-day-of-sleep", 0, DAY },
};

typedef struct
{
  EarTestServer *server;
  EarTestPerson *alice;
  EarTestPerson *bob;
  EarTestClient *carol;
  guint n_lost; /* times that alice's session was */
} Fixture;

static void
lost_cb (Fixture *f)
{
  f->n_lost++;
}

static EarSession *
get_session (EarTestPerson *person)
{
  return ear_client_get_session (person->client);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->server = ear_test_person_new_pair (&f->alice, &f->bob);
  f->carol = ear_test_client_new_active (f->server, "carol");
  g_signal_connect_swapped (get_session (f->alice), "notify::online", G_CALLBACK (lost_cb), f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  ear_test_client_free (f->carol);
  ear_test_person_free (f->alice);
  ear_test_person_free (f->bob);
  ear_test_server_stop_inside (f->server);
  ear_test_server_free (f->server);
  clock_jumps_undo ();
}

static void
jump (const Jump *by)
{
  clock_jumps_set_calendar (by->calendar_s);
  clock_jumps_sleep (by->sleep_s);
}

/* -- Chats and sessions -- */

static void
say (Fixture *f, const char *text)
{
  g_autoptr (EarChatMessage) message =
    ear_chat_send (ear_test_person_get_chat (f->alice, f->bob), text);

  ear_test_wait (ear_chat_message_get_delivery (message) == EAR_DELIVERY_RECEIVED);
}

static void
assert_chat (EarTestPerson *person, EarTestPerson *other)
{
  static const char *const texts[] = { "before", "after" };
  GListModel *log = G_LIST_MODEL (ear_chat_get_log (ear_test_person_get_chat (person, other)));

  ear_chat_log_load_older (EAR_CHAT_LOG (log));
  ear_test_wait (g_list_model_get_n_items (log) == G_N_ELEMENTS (texts));
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (EarChatMessage) message = g_list_model_get_item (log, i);

    g_assert_cmpstr (ear_chat_message_get_text (message), ==, texts[i]);
  }
}

/* A chat goes on, and stays in order in what both keep. */
static void
test_chat (Fixture *f, gconstpointer data)
{
  ear_test_person_open_chat (f->alice, f->bob);
  say (f, "before");
  jump (data);
  say (f, "after");
  assert_chat (f->alice, f->bob);
  assert_chat (f->bob, f->alice);
  g_assert_cmpuint (f->n_lost, ==, 0);

  ear_test_person_leave (f->bob);
  ear_test_person_come_back (f->bob);
  assert_chat (f->bob, f->alice);
}

/* -- Broadcasts -- */

static guint
count_announcements (EarTestPerson *person)
{
  return g_list_model_get_n_items (G_LIST_MODEL (ear_client_get_announcements (person->client)));
}

static void
broadcast (Fixture *f)
{
  g_autoptr (EarMessage) ok = NULL;

  ear_test_client_send (f->carol, "{\"type\":\"broadcast\",\"id\":50,\"text\":\"now\"}");
  ok = ear_test_client_expect (f->carol, EAR_MESSAGE_OK);
}

/* What a newcomer is told: after `present` in the order of their sending. */
static guint
count_for_newcomer (Fixture *f)
{
  g_autoptr (EarTestClient) dave = ear_test_client_new_active (f->server, "dave");
  g_autoptr (EarMessage) located = NULL;

  ear_test_client_send (dave, "{\"type\":\"locate\",\"id\":70,\"user\":\"dave\"}");
  located = ear_test_client_expect (dave, EAR_MESSAGE_LOCATED);
  return ear_test_client_count (dave, EAR_MESSAGE_BROADCAST_EVENT);
}

/* Half an hour is half an hour, for the server and for who shows it. */
static void
test_broadcast (Fixture *f, gconstpointer data)
{
  const Jump *by = data;
  guint n_left = by->sleep_s > 0 ? 0 : 1;

  broadcast (f);
  ear_test_wait (count_announcements (f->alice) == 1);
  jump (by);
  g_assert_cmpuint (count_for_newcomer (f), ==, n_left);
  ear_test_wait (count_announcements (f->alice) == n_left);

  broadcast (f);
  ear_test_wait (count_announcements (f->alice) == n_left + 1);
  clock_jumps_sleep (EAR_LIMIT_BROADCAST_AGE_MS / 1000 + 1);
  ear_test_wait (count_announcements (f->alice) == 0);
}

/* Over a restart of the server the calendar is all there is: set back, it prolongs nothing beyond
 * half an hour from then. */
static void
test_restart (Fixture *f, gconstpointer data)
{
  broadcast (f);
  ear_test_server_stop_inside (f->server);
  clock_jumps_set_calendar (-HOUR);
  ear_test_server_start_inside (f->server);
  g_assert_cmpuint (count_for_newcomer (f), ==, 1);
  clock_jumps_sleep (EAR_LIMIT_BROADCAST_AGE_MS / 1000 + 1);
  ear_test_client_free (f->carol);
  f->carol = ear_test_client_new_active (f->server, "erin");
  broadcast (f);
  g_assert_cmpuint (ear_test_client_count (f->carol, EAR_MESSAGE_BROADCAST_EVENT), ==, 1);
}

/* -- Limits -- */

/* How long to wait, in milliseconds; 0: it was done. */
static gint64
rename_carol (Fixture *f)
{
  ear_test_client_send (f->carol, "{\"type\":\"rename\",\"id\":60,\"name\":\"Carol\"}");
  ear_test_wait (ear_test_client_count (f->carol, EAR_MESSAGE_OK) +
                   ear_test_client_count (f->carol, EAR_MESSAGE_ERROR) >
                 0);
  if (ear_test_client_count (f->carol, EAR_MESSAGE_OK) > 0) {
    g_autoptr (EarMessage) ok = ear_test_client_expect (f->carol, EAR_MESSAGE_OK);

    return 0;
  } else {
    g_autoptr (EarMessage) error = ear_test_client_expect (f->carol, EAR_MESSAGE_ERROR);

    g_assert_cmpstr (ear_message_get_string (error, "code"), ==, "slow-down");
    return ear_message_get_integer (error, "retry_after");
  }
}

static void
test_rename (Fixture *f, gconstpointer data)
{
  const Jump *by = data;
  gint64 wait_ms;

  for (guint i = 0; i < N_CHANGES; i++)
    g_assert_cmpint (rename_carol (f), ==, 0);
  g_assert_cmpint (rename_carol (f), >, 0);
  jump (by);
  wait_ms = rename_carol (f);
  if (by->sleep_s > 0) {
    g_assert_cmpint (wait_ms, ==, 0);
  } else {
    g_assert_cmpint (wait_ms, >, 0);
    g_assert_cmpint (wait_ms, <=, 60000);
  }
}

static void
guess (Fixture *f)
{
  g_autoptr (EarTestClient) client = ear_test_client_new (f->server);

  ear_test_client_hello (client);
  ear_test_client_auth (client, NOBODY, "guess");
  ear_test_client_expect_error (client, EAR_ERROR_BAD_LOGIN);
}

static gboolean
may_guess (Fixture *f)
{
  g_autoptr (EarTestClient) client = ear_test_client_new (f->server);
  g_autoptr (EarMessage) answer = NULL;

  ear_test_client_hello (client);
  ear_test_client_send (client, "{\"type\":\"auth\",\"id\":1,\"data\":\"p=tls-exporter,,n=" NOBODY
                                ",r=abcdefghijklmnopqrstuvwx\"}");
  ear_test_wait (!g_queue_is_empty (&client->received));
  answer = g_queue_pop_head (&client->received);
  return ear_message_get_type (answer) == EAR_MESSAGE_CHALLENGE;
}

/* A penalty neither ends nor grows because somebody sets the calendar. */
static void
test_penalty (Fixture *f, gconstpointer data)
{
  const Jump *by = data;

  for (guint i = 0; i < N_GUESSES; i++)
    guess (f);
  g_assert_false (may_guess (f));
  jump (by);
  g_assert_cmpint (may_guess (f), ==, by->sleep_s > 0);
}

/* -- Coming back -- */

static void
test_reconnect (Fixture *f, gconstpointer data)
{
  EarSession *session = get_session (f->alice);
  g_autoptr (GError) error = NULL;

  ear_test_server_stop_inside (f->server);
  while (ear_session_get_retry_in (session) < 2) /* so that the delay is worth a jump */
    g_main_context_iteration (NULL, TRUE);
  jump (data);
  g_assert_cmpuint (ear_session_get_retry_in (session), <=, 60);
  ear_test_server_start_inside (f->server);
  ear_test_wait (ear_session_is_online (session));
}

static void
add (const char *name, void (*func) (Fixture *, gconstpointer), const Jump *by)
{
  g_autofree char *path = g_strdup_printf ("/clock-jumps/%s/%s", name, by->name);

  g_test_add (path, Fixture, by, set_up, func, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (jumps); i++) {
    add ("chat", test_chat, &jumps[i]);
    add ("broadcast", test_broadcast, &jumps[i]);
    add ("rename", test_rename, &jumps[i]);
    add ("penalty", test_penalty, &jumps[i]);
    add ("reconnect", test_reconnect, &jumps[i]);
  }
  g_test_add ("/clock-jumps/restart", Fixture, NULL, set_up, test_restart, tear_down);
  return g_test_run ();
}
