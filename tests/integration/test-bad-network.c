/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Real clients on a bad network: whatever goes between them, and between alice and the server,
 * passes a proxy that splits it into single bytes, cuts it at a byte, or stalls. Nothing is lost,
 * nothing comes twice, and who is stalled for long is given up on both sides.
 *
 * All share one clock, which a timer moves on while the main loop turns, faster than real time: it
 * stands still while the machine does something else. EARSHOT_ROUNDS says how many cuts. */

#include <stdlib.h>

#include "client/ear-announcement.h"
#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "client/ear-chat.h"
#include "client/ear-session.h"
#include "lies.h"
#include "support/ear-test-flow.h"
#include "support/ear-test-person.h"
#include "support/ear-test-proxy.h"
#include "support/ear-test-wait.h"
#include "talker.h"
#include "wire/ear-clock.h"
#include "wire/ear-limits.h"

#define ROUNDS "20"
#define SLOW_US 20000 /* ten times as fast as real time */
#define FAST_US 500000
#define MAX_CUT 6000 /* bytes: a handshake takes 2,000 to 3,000 */

enum { TO_SERVER, TO_ALICE, TO_BOB, N_PROXIES };

typedef struct
{
  EarTestServer *server;
  EarTestProxy *proxies[N_PROXIES];
  EarTestServer front; /* the server as alice finds it: behind a proxy */
  EarTestPerson *alice;
  EarTestPerson *bob;
  EarClock *clock;
  EarTestFlow flow;
  GArray *announced; /* (element-type guint): the numbers that alice was told */
  guint n_lost;      /* times that a session or a chat was lost */
} Fixture;

static guint
get_n_rounds (void)
{
  const char *rounds = g_getenv ("EARSHOT_ROUNDS");

  return (guint) atoi (rounds != NULL ? rounds : ROUNDS);
}

/* Everybody finds everybody's doorbell behind a proxy. */
static GBytes *
detour_lie (EarLink *link, EarMessage *message, gpointer user_data)
{
  Fixture *f = user_data;
  EarMessageType type = ear_message_get_type (message);

  if (type == EAR_MESSAGE_LOCATED || type == EAR_MESSAGE_DIAL) {
    gboolean alice = g_str_equal (ear_message_get_string (message, "user"), "alice");
    EarTestProxy *proxy = f->proxies[alice ? TO_ALICE : TO_BOB];

    proxy->target = (guint16) ear_message_get_integer (message, "port");
    ear_message_set_integer (message, "port", proxy->port);
  }
  return NULL;
}

static void
announced_cb (Fixture *f, EarAnnouncement *announcement)
{
  guint number = (guint) atoi (ear_announcement_get_text (announcement));

  g_array_append_val (f->announced, number);
}

static EarTestPerson *
person_new (Fixture *f, EarTestServer *server, const char *user)
{
  EarTestPerson *person = ear_test_person_new_stranger (server, user);

  ear_test_person_leave (person);
  person->clock = ear_clock_ref (f->clock);
  ear_test_person_open (person);
  return person;
}

static void
sign_up (EarTestPerson *person)
{
  g_autoptr (GError) error = NULL;

  ear_test_person_sign_up (person, &error);
  g_assert_no_error (error);
}

/* Bob is at the server; alice has only opened her profile. */
static void
set_up (Fixture *f, gconstpointer data)
{
  f->clock = ear_clock_new_manual (G_USEC_PER_SEC);
  ear_test_flow_start (&f->flow, f->clock, SLOW_US);
  f->announced = g_array_new (FALSE, FALSE, sizeof (guint));
  f->server = ear_test_server_new ();
  f->server->clock = ear_clock_ref (f->clock);
  ear_test_server_start_inside (f->server);
  for (guint i = 0; i < N_PROXIES; i++)
    f->proxies[i] = ear_test_proxy_new (f->server->port);
  f->front.port = f->proxies[TO_SERVER]->port;
  lies_set (detour_lie, f);
  f->bob = person_new (f, f->server, "bob");
  sign_up (f->bob);
  f->alice = person_new (f, &f->front, "alice");
  g_signal_connect_swapped (f->alice->client, "announced", G_CALLBACK (announced_cb), f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  ear_test_person_free (f->alice);
  ear_test_person_free (f->bob);
  lies_set (NULL, NULL);
  for (guint i = 0; i < N_PROXIES; i++)
    ear_test_proxy_free (f->proxies[i]);
  ear_test_server_stop_inside (f->server);
  ear_test_server_free (f->server);
  ear_test_flow_stop (&f->flow);
  g_array_unref (f->announced);
  ear_clock_unref (f->clock);
}

static EarSession *
get_session (EarTestPerson *person)
{
  return ear_client_get_session (person->client);
}

static void
meet (Fixture *f)
{
  sign_up (f->alice);
  ear_test_wait (ear_test_person_sees (f->alice, "bob") && ear_test_person_sees (f->bob, "alice"));
}

static void
set_stalled (Fixture *f, gboolean stalled)
{
  for (guint i = 0; i < N_PROXIES; i++)
    ear_test_proxy_set_stalled (f->proxies[i], stalled);
}

/* -- Split -- */

/* There are limits to it, which end as time goes by. */
static void
broadcast (Fixture *f, guint number)
{
  g_autofree char *text = g_strdup_printf ("%u", number);
  g_autoptr (EarAnnouncement) done = NULL;

  while (done == NULL) {
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;

    ear_client_broadcast_async (f->bob->client, text, NULL, ear_test_result_cb, &result);
    ear_test_wait (result != NULL);
    done = ear_client_broadcast_finish (f->bob->client, result, &error);
    if (done == NULL) {
      g_assert_error (error, EAR_ERROR, EAR_ERROR_SLOW_DOWN);
      f->flow.step_us = FAST_US;
      ear_test_settle (EAR_TEST_FLOW_MS);
      f->flow.step_us = SLOW_US;
    }
  }
}

static void
assert_announced (Fixture *f, guint n)
{
  g_assert_cmpuint (f->announced->len, ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (g_array_index (f->announced, guint, i), ==, i);
}

static void
test_single_bytes (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strnfill (EAR_LIMIT_TEXT, 'x');
  EarChat *chats[2];

  f->flow.step_us = SLOW_US / 20; /* each byte is a turn of the loop */
  for (guint i = 0; i < N_PROXIES; i++)
    f->proxies[i]->single_bytes = TRUE;
  meet (f);
  broadcast (f, 0);
  ear_test_wait (f->announced->len == 1);
  ear_test_person_open_chat (f->alice, f->bob);
  chats[0] = ear_test_person_get_chat (f->alice, f->bob);
  chats[1] = ear_test_person_get_chat (f->bob, f->alice);
  for (guint i = 0; i < G_N_ELEMENTS (chats); i++) {
    g_autoptr (EarChatMessage) message = ear_chat_send (chats[i], text);
    g_autoptr (EarChatMessage) copy = NULL;

    ear_test_wait (ear_chat_message_get_delivery (message) == EAR_DELIVERY_RECEIVED);
    copy = g_list_model_get_item (G_LIST_MODEL (ear_chat_get_log (chats[1 - i])), i);
    g_assert_cmpstr (ear_chat_message_get_text (copy), ==, text);
  }
  g_assert_cmpuint (f->proxies[TO_SERVER]->n_passed, >, 2000);
  g_assert_cmpuint (f->proxies[TO_ALICE]->n_passed + f->proxies[TO_BOB]->n_passed, >,
                    2 * EAR_LIMIT_TEXT);
}

/* -- Cut -- */

/* Whatever is connected is cut, and the next connection where the round says. */
static void
cut_at (Fixture *f, guint proxy, guint round)
{
  f->proxies[proxy]->cut_after = (gint64) round * MAX_CUT / get_n_rounds ();
  f->proxies[proxy]->resets = round % 2 == 1;
  ear_test_proxy_cut (f->proxies[proxy]);
}

static gboolean
was_cut (EarTestProxy *proxy, guint n_before)
{
  return proxy->n_connections > n_before && proxy->wires->len == 0;
}

/* A log-in that is cut fails, and the next one does not. */
static void
test_cut_log_in (Fixture *f, gconstpointer data)
{
  EarTestProxy *proxy = f->proxies[TO_SERVER];
  guint n_failed = 0;
  g_autoptr (GError) error = NULL;

  meet (f);
  for (guint round = 0; round < get_n_rounds (); round++) {
    g_autoptr (GError) lost = NULL;
    guint n_before;

    ear_session_log_out (get_session (f->alice));
    cut_at (f, TO_SERVER, round);
    n_before = proxy->n_connections;
    if (ear_test_person_log_in (f->alice, &lost))
      continue;
    n_failed++;
    g_assert_true (lost->domain == EAR_ERROR || lost->domain == G_IO_ERROR);
    g_assert_false (g_error_matches (lost, EAR_ERROR, EAR_ERROR_BAD_LOGIN));
    g_assert_cmpint (ear_session_get_state (get_session (f->alice)), ==, EAR_SESSION_IDLE);
    ear_test_wait (was_cut (proxy, n_before));
  }
  g_assert_cmpuint (n_failed, >=, get_n_rounds () / 4);
  proxy->cut_after = -1;
  ear_test_person_log_in (f->alice, &error);
  g_assert_no_error (error);
}

/* After a sign-up that is cut the account is whole, or is not. */
static void
test_cut_sign_up (Fixture *f, gconstpointer data)
{
  EarTestProxy *proxy = f->proxies[TO_SERVER];
  guint n_taken = 0;

  for (guint round = 0; round < get_n_rounds (); round++) {
    g_autofree char *user = g_strdup_printf ("user%u", round);
    g_autoptr (EarTestPerson) person = person_new (f, &f->front, user);
    g_autoptr (GError) error = NULL;

    cut_at (f, TO_SERVER, round);
    ear_test_person_sign_up (person, NULL);
    ear_session_log_out (get_session (person));
    proxy->cut_after = -1;
    if (!ear_test_person_sign_up (person, &error)) {
      g_assert_error (error, EAR_ERROR, EAR_ERROR_NAME_TAKEN);
      g_clear_error (&error);
      n_taken++;
      ear_test_person_log_in (person, &error);
      g_assert_no_error (error);
    }
  }
  g_assert_cmpuint (n_taken, >, 0);
  g_assert_cmpuint (n_taken, <, get_n_rounds ());
}

/* Who comes back is told what was said meanwhile, once. */
static void
test_cut_session (Fixture *f, gconstpointer data)
{
  EarTestProxy *proxy = f->proxies[TO_SERVER];

  meet (f);
  for (guint round = 0; round < get_n_rounds (); round++) {
    guint n_before = proxy->n_connections;

    cut_at (f, TO_SERVER, round);
    broadcast (f, round);
    ear_test_wait (was_cut (proxy, n_before) || ear_session_is_online (get_session (f->alice)));
    proxy->cut_after = -1;
    ear_test_wait (ear_session_is_online (get_session (f->alice)) &&
                   f->announced->len == round + 1);
  }
  broadcast (f, get_n_rounds ());
  ear_test_wait (f->announced->len > get_n_rounds ());
  assert_announced (f, get_n_rounds () + 1);
}

#define TALK_UNTIL(talkers, condition)                             \
  do {                                                             \
    guint talk_timer = ear_test_wait_begin (G_STRLOC, #condition); \
    while (!(condition)) {                                         \
      talker_talk (&(talkers)[0]);                                 \
      talker_talk (&(talkers)[1]);                                 \
      g_main_context_iteration (NULL, TRUE);                       \
    }                                                              \
    g_source_remove (talk_timer);                                  \
  } while (0)

/* Both talk all the time; both histories hold each message once, in order. */
static void
test_cut_chat (Fixture *f, gconstpointer data)
{
  EarTestProxy **proxies = f->proxies;
  Talker talkers[2] = { 0 };

  meet (f);
  talker_begin (&talkers[0], f->alice, "bob");
  talker_begin (&talkers[1], f->bob, "alice");
  ear_chat_request (talkers[0].chat, NULL);
  ear_test_wait (ear_chat_get_state (talkers[0].chat) == EAR_CHAT_OPEN);
  for (guint round = 0; round < get_n_rounds (); round++) {
    guint n_before[N_PROXIES];

    for (guint i = TO_ALICE; i <= TO_BOB; i++) {
      n_before[i] = proxies[i]->n_connections;
      cut_at (f, i, round);
    }
    TALK_UNTIL (talkers, was_cut (proxies[TO_ALICE], n_before[TO_ALICE]) ||
                           was_cut (proxies[TO_BOB], n_before[TO_BOB]));
    proxies[TO_ALICE]->cut_after = proxies[TO_BOB]->cut_after = -1;
    TALK_UNTIL (talkers, ear_chat_get_state (talkers[0].chat) == EAR_CHAT_OPEN &&
                           ear_chat_get_state (talkers[1].chat) == EAR_CHAT_OPEN);
  }
  ear_test_wait (talker_is_all_received (&talkers[0]) && talker_is_all_received (&talkers[1]));
  for (guint i = 0; i < 2; i++) {
    for (guint own = 0; own < 2; own++)
      talker_assert_numbers (talkers[i].chat, own == 1, talkers[own == 1 ? i : 1 - i].next);
  }
  g_assert_cmpuint (talkers[0].next + talkers[1].next, >=, get_n_rounds ());
  g_test_message ("%u and %u messages", talkers[0].next, talkers[1].next);
  talker_end (&talkers[0]);
  talker_end (&talkers[1]);
}

/* -- Stalled -- */

static gint64
get_ms (Fixture *f)
{
  return ear_clock_get_time (f->clock) / 1000;
}

static void
lost_cb (Fixture *f)
{
  f->n_lost++;
}

/* A chat on which something is under way, through a network that has just stalled. */
static EarChatMessage *
stall_chat (Fixture *f)
{
  meet (f);
  ear_test_person_open_chat (f->alice, f->bob);
  g_signal_connect_swapped (get_session (f->alice), "notify::online", G_CALLBACK (lost_cb), f);
  g_signal_connect_swapped (ear_test_person_get_chat (f->alice, f->bob), "notify::state",
                            G_CALLBACK (lost_cb), f);
  set_stalled (f, TRUE);
  f->flow.step_us = FAST_US;
  return ear_chat_send (ear_test_person_get_chat (f->alice, f->bob), "wait for me");
}

static void
assert_one_message (Fixture *f, EarChatMessage *message)
{
  EarChatLog *log = ear_chat_get_log (ear_test_person_get_chat (f->bob, f->alice));

  ear_test_wait (ear_chat_message_get_delivery (message) == EAR_DELIVERY_RECEIVED);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (log)), ==, 1);
}

/* Shorter than what takes a link for dead: nobody notices. */
static void
test_short_stall (Fixture *f, gconstpointer data)
{
  g_autoptr (EarChatMessage) message = stall_chat (f);
  gint64 start = get_ms (f);

  ear_test_wait (get_ms (f) - start > 60000);
  f->flow.step_us = SLOW_US;
  set_stalled (f, FALSE);
  assert_one_message (f, message);
  g_assert_cmpuint (f->n_lost, ==, 0);
}

/* Half-open connections: nobody says that they ended, so that both sides find out by themselves,
 * and come back when the network does. */
static void
test_long_stall (Fixture *f, gconstpointer data)
{
  g_autoptr (EarChatMessage) message = stall_chat (f);
  EarChat *a = ear_test_person_get_chat (f->alice, f->bob);
  EarChat *b = ear_test_person_get_chat (f->bob, f->alice);
  gint64 start = get_ms (f);

  ear_test_wait (
    !ear_session_is_online (get_session (f->alice)) && ear_chat_get_state (a) == EAR_CHAT_BROKEN &&
    ear_chat_get_state (b) == EAR_CHAT_BROKEN && !ear_test_person_sees (f->bob, "alice"));
  g_assert_cmpint (get_ms (f) - start, >, EAR_LIMIT_DEAD_MS - EAR_LIMIT_PING_MS);
  g_assert_cmpint (get_ms (f) - start, <, EAR_LIMIT_DEAD_MS + EAR_LIMIT_PING_MS);
  f->flow.step_us = SLOW_US;
  set_stalled (f, FALSE);
  ear_test_wait (ear_session_is_online (get_session (f->alice)) &&
                 ear_test_person_sees (f->bob, "alice"));
  assert_one_message (f, message);
  g_assert_cmpint (ear_chat_get_state (a), ==, EAR_CHAT_OPEN);
}

/* Who accepts and says nothing is not waited for. */
static void
test_silent_server (Fixture *f, gconstpointer data)
{
  gint64 start = get_ms (f);
  g_autoptr (GError) error = NULL;

  set_stalled (f, TRUE);
  f->flow.step_us = FAST_US;
  g_assert_false (ear_test_person_log_in (f->alice, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_UNREACHABLE);
  g_assert_cmpint (get_ms (f) - start, <, 2 * EAR_LIMIT_HANDSHAKE_MS);
}

static void
test_silent_peer (Fixture *f, gconstpointer data)
{
  EarTestProxy *proxy = f->proxies[TO_BOB];
  EarChat *a;
  gint64 start;

  meet (f);
  a = ear_test_person_get_chat (f->alice, f->bob);
  ear_test_proxy_set_stalled (f->proxies[TO_ALICE], TRUE);
  ear_test_proxy_set_stalled (proxy, TRUE);
  start = get_ms (f);
  ear_chat_request (a, NULL);
  ear_test_wait (ear_chat_get_last_error (a) != NULL);
  g_assert_error (ear_chat_get_last_error (a), EAR_ERROR, EAR_ERROR_UNREACHABLE);
  g_assert_cmpint (get_ms (f) - start, <, EAR_LIMIT_DIAL_MS + 1000);
  g_assert_cmpuint (proxy->n_connections, >=, 1);
  g_assert_cmpuint (f->proxies[TO_ALICE]->n_connections, >=, 1); /* dialled back */
}

#define ADD(path, func) g_test_add ("/bad-network/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("single-bytes", test_single_bytes);
  ADD ("cut-log-in", test_cut_log_in);
  ADD ("cut-sign-up", test_cut_sign_up);
  ADD ("cut-session", test_cut_session);
  ADD ("cut-chat", test_cut_chat);
  ADD ("short-stall", test_short_stall);
  ADD ("long-stall", test_long_stall);
  ADD ("silent-server", test_silent_server);
  ADD ("silent-peer", test_silent_peer);
  return g_test_run ();
}
