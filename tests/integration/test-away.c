/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The server goes away under many clients and comes back: they try more and more rarely, each at
 * moments of its own, so that they do not all come at once; and each gets the broadcasts that it
 * missed, once. Sessions and server share a clock that goes faster than real time.
 *
 * EARSHOT_CLIENTS says how many. */

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "client/ear-session.h"
#include "support/ear-test-client.h"
#include "support/ear-test-flow.h"
#include "support/ear-test-wait.h"
#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-identity.h"
#include "wire/ear-limits.h"
#include "wire/ear-poller.h"
#include "wire/ear-server-link.h"
#include "wire/ear-tls.h"

#define CLIENTS "100"
#define BATCH 25 /* sign up at once */
#define PASSWORD "a long enough password"
#define N_BROADCASTS 4
#define NOBODY_US 1000000 /* of time a step, when nobody is there: 500 times as fast as real */
#define BUSY_US 5000000   /* of time a step, shared by the members, who all log in meanwhile */
#define AWAY_MS (10 * 60 * 1000)
#define LAST_DELAY_MS 60000

typedef struct _Fixture Fixture;

typedef struct
{
  Fixture *fixture;
  EarTls *tls;
  EarSession *session;
  GAsyncResult *result;
  guint n_tries;
  gint64 lost_ms; /* when it lost the server last */
  guint n_told[N_BROADCASTS];
} Member;

struct _Fixture
{
  EarTestServer *server;
  EarTestFlow flow;
  EarPoller *poller;
  EarDeadlines *deadlines;
  GPtrArray *members;
  GArray *tries;     /* (element-type gint64): when each member tried, in milliseconds */
  gint64 soonest_ms; /* of the first tries, after the loss */
};

static gint64
get_ms (Fixture *f)
{
  return ear_clock_get_time (f->server->clock) / 1000;
}

/* -- A member -- */

static void
state_cb (Member *self)
{
  gint64 now = get_ms (self->fixture);

  if (ear_session_get_state (self->session) == EAR_SESSION_WAITING)
    self->lost_ms = now;
  if (ear_session_get_state (self->session) != EAR_SESSION_CONNECTING)
    return;
  if (self->n_tries == 0)
    self->fixture->soonest_ms = MIN (self->fixture->soonest_ms, now - self->lost_ms);
  self->n_tries++;
  g_array_append_val (self->fixture->tries, now);
}

static void
broadcast_cb (Member *self, EarMessage *message)
{
  guint i = (guint) atoi (ear_message_get_string (message, "text"));

  g_assert_cmpuint (i, <, N_BROADCASTS);
  self->n_told[i]++;
}

static Member *
member_new (Fixture *f, guint i)
{
  Member *self = g_new0 (Member, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (EarIdentity) identity = ear_identity_new (&error);
  g_autoptr (EarServerLink) link = ear_server_link_new ("127.0.0.1", f->server->port, NULL);
  g_autofree char *user = g_strdup_printf ("user%u", i);

  g_assert_no_error (error);
  self->fixture = f;
  self->tls = ear_tls_new (identity, EAR_TLS_TO_SERVER, &error);
  g_assert_no_error (error);
  self->session = ear_session_new (f->poller, f->deadlines, self->tls);
  g_signal_connect_swapped (self->session, "notify::state", G_CALLBACK (state_cb), self);
  g_signal_connect_swapped (self->session, "broadcast", G_CALLBACK (broadcast_cb), self);
  ear_session_set_watch (self->session, "", 0);
  ear_session_sign_up_async (self->session, link, user, NULL, PASSWORD, NULL, ear_test_result_cb,
                             &self->result);
  return self;
}

static void
member_free (gpointer data)
{
  Member *self = data;

  ear_session_log_out (self->session);
  g_clear_object (&self->result);
  g_object_unref (self->session);
  ear_tls_unref (self->tls);
  g_free (self);
}

static Member *
get_member (Fixture *f, guint i)
{
  return g_ptr_array_index (f->members, i);
}

static guint
count_online (Fixture *f)
{
  guint n = 0;

  for (guint i = 0; i < f->members->len; i++)
    n += ear_session_is_online (get_member (f, i)->session);
  return n;
}

/* Time goes no faster than this machine can let all of them in again. */
static void
slow_down (Fixture *f)
{
  f->flow.step_us = BUSY_US / f->members->len;
}

static void
forget_tries (Fixture *f)
{
  g_array_set_size (f->tries, 0);
  f->soonest_ms = G_MAXINT64;
  for (guint i = 0; i < f->members->len; i++)
    get_member (f, i)->n_tries = 0;
}

/* -- All of them -- */

static void
allow_descriptors (void)
{
  struct rlimit limit;

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
}

/* The clock stands still until all are in. */
static void
set_up (Fixture *f, gconstpointer data)
{
  const char *clients = g_getenv ("EARSHOT_CLIENTS");
  guint n = (guint) atoi (clients != NULL ? clients : CLIENTS);
  g_autoptr (GError) error = NULL;

  allow_descriptors ();
  f->server = ear_test_server_new ();
  ear_test_server_start_inside (f->server);
  f->poller = ear_poller_new (NULL, &error);
  g_assert_no_error (error);
  f->deadlines = ear_deadlines_new (f->server->clock, NULL);
  f->tries = g_array_new (FALSE, FALSE, sizeof (gint64));
  f->members = g_ptr_array_new_with_free_func (member_free);
  for (guint i = 0; i < n; i++) {
    g_ptr_array_add (f->members, member_new (f, i));
    if (i % BATCH == BATCH - 1)
      ear_test_wait (count_online (f) == i + 1);
  }
  ear_test_wait (count_online (f) == n);
  ear_test_flow_start (&f->flow, f->server->clock, 0);
  slow_down (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_ptr_array_unref (f->members);
  ear_test_server_stop_inside (f->server);
  ear_test_flow_stop (&f->flow);
  ear_deadlines_unref (f->deadlines);
  ear_poller_unref (f->poller);
  g_array_unref (f->tries);
  ear_test_server_free (f->server);
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 first = *(const gint64 *) a;
  gint64 second = *(const gint64 *) b;

  return (first > second) - (first < second);
}

/* The most tries that fell into any second. */
static guint
count_busiest_second (Fixture *f)
{
  guint most = 0;

  g_array_sort (f->tries, compare_times);
  for (guint first = 0, last = 0; last < f->tries->len; last++) {
    while (g_array_index (f->tries, gint64, last) - g_array_index (f->tries, gint64, first) >= 1000)
      first++;
    most = MAX (most, last - first + 1);
  }
  return most;
}

/* By somebody who is there at once, while the others come back. */
static void
broadcast (EarTestClient *early, guint i)
{
  g_autoptr (EarMessage) ok = NULL;

  ear_test_client_send (early, "{\"type\":\"broadcast\",\"id\":%u,\"text\":\"%u\"}", 100 + i, i);
  ok = ear_test_client_expect (early, EAR_MESSAGE_OK);
}

static gboolean
is_told (Fixture *f)
{
  for (guint i = 0; i < f->members->len; i++) {
    for (guint j = 0; j < N_BROADCASTS; j++) {
      if (get_member (f, i)->n_told[j] == 0)
        return FALSE;
    }
  }
  return TRUE;
}

static void
assert_told_once (Fixture *f)
{
  ear_test_wait (is_told (f));
  ear_test_settle (EAR_TEST_FLOW_MS);
  for (guint i = 0; i < f->members->len; i++) {
    for (guint j = 0; j < N_BROADCASTS; j++)
      g_assert_cmpuint (get_member (f, i)->n_told[j], ==, 1);
  }
}

/* The delays are half to the whole of 1, 2, 4 … 60 s: after 10 minutes each has tried 18 times or
 * so, and the tries of all are spread over a minute. */
static void
test_long (Fixture *f, gconstpointer data)
{
  guint n = f->members->len;
  gint64 start;

  {
    g_autoptr (EarTestClient) early = ear_test_client_new_active (f->server, "early");

    broadcast (early, 0);
    for (guint i = 0; i < n; i++)
      ear_test_wait (get_member (f, i)->n_told[0] == 1);
  }
  ear_test_server_stop_inside (f->server);
  forget_tries (f);
  start = get_ms (f);
  f->flow.step_us = NOBODY_US;
  ear_test_wait (get_ms (f) - start >= AWAY_MS);
  g_assert_cmpuint (count_online (f), ==, 0);
  for (guint i = 0; i < n; i++) {
    g_assert_cmpuint (get_member (f, i)->n_tries, >=, 12);
    g_assert_cmpuint (get_member (f, i)->n_tries, <=, 30);
  }

  forget_tries (f);
  slow_down (f);
  start = get_ms (f);
  ear_test_server_start_inside (f->server);
  {
    g_autoptr (EarTestClient) early = ear_test_client_new_active (f->server, "early2");

    for (guint i = 1; i < N_BROADCASTS; i++)
      broadcast (early, i);
    ear_test_wait (count_online (f) == n);
    g_assert_cmpint (get_ms (f) - start, <=, 2 * LAST_DELAY_MS);
    g_test_message ("%u clients back within %d s, at most %u in a second", n,
                    (int) ((get_ms (f) - start) / 1000), count_busiest_second (f));
    g_assert_cmpuint (count_busiest_second (f), <=, MAX (n / 6, 10));
    assert_told_once (f);
  }
}

/* A restart, of which all learn at once: nobody comes in the first half second, and not many in any
 * second after it. */
static void
test_short (Fixture *f, gconstpointer data)
{
  guint n = f->members->len;
  gint64 start;

  for (guint i = 0; i < N_BROADCASTS; i++) {
    g_autofree char *user = g_strdup_printf ("early%u", i);

    forget_tries (f);
    start = get_ms (f);
    ear_test_server_stop_inside (f->server);
    ear_test_wait (count_online (f) == 0);
    ear_test_server_start_inside (f->server);
    {
      g_autoptr (EarTestClient) early = ear_test_client_new_active (f->server, user);

      broadcast (early, i);
      ear_test_wait (count_online (f) == n);
    }
    g_assert_cmpint (get_ms (f) - start, <=, LAST_DELAY_MS);
    g_test_message ("%u clients back between %d and %d ms, %u tries, at most %u in a second", n,
                    (int) f->soonest_ms, (int) (get_ms (f) - start), f->tries->len,
                    count_busiest_second (f));
    g_assert_cmpint (f->soonest_ms, >=, 500);
    g_assert_cmpuint (count_busiest_second (f), <=, MAX (3 * n / 5, 10));
  }
  assert_told_once (f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/away/long", Fixture, NULL, set_up, test_long, tear_down);
  g_test_add ("/away/short", Fixture, NULL, set_up, test_short, tear_down);
  return g_test_run ();
}
