/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A session on a machine whose addresses change under it. */

#include "own-addresses.h"
#include "session-fixture.h"

#define HOME "127.0.0.1" /* where the session's link ends */
#define WIRE "192.0.2.7"
#define RADIO "192.0.2.8"

/* Until a change is looked at. */
#define SETTLED_US (1100 * G_GINT64_CONSTANT (1000))

static void
move_to (const char *const *addresses)
{
  own_addresses = addresses;
  for (guint i = 0; i < 3; i++)
    g_signal_emit_by_name (g_network_monitor_get_default (), "network-changed", TRUE);
}

static void
log_in_at_home (World *self)
{
  static const char *const at_home[] = { HOME, WIRE, NULL };

  own_addresses = at_home;
  log_in (self, "secret", NULL);
  assert_online (self);
  g_assert_cmpstr (self->addresses[0], ==, HOME);
  g_assert_cmpstr (self->addresses[1], ==, WIRE);
  g_assert_null (self->addresses[2]);
}

/* Others are told the new place, once, over the connection that goes on. */
static void
test_another_address (World *self, gconstpointer data)
{
  static const char *const moved[] = { HOME, RADIO, NULL };

  log_in_at_home (self);
  move_to (moved);
  settle ();
  g_assert_cmpuint (self->n_presents, ==, 1);
  ear_clock_advance (self->clock, SETTLED_US);
  wait_until (self->n_presents == 2);
  g_assert_cmpstr (self->addresses[1], ==, RADIO);

  move_to (moved); /* something else has changed */
  ear_clock_advance (self->clock, SETTLED_US);
  ear_session_set_status (self->session, "after it");
  wait_until (self->n_presents == 3);
  g_assert_cmpstr (self->status, ==, "after it");
  g_assert_cmpuint (self->n_connections, ==, 1);
}

/* What is left of the connection is not waited for. */
static void
test_lost_address (World *self, gconstpointer data)
{
  static const char *const moved[] = { RADIO, NULL };

  log_in_at_home (self);
  move_to (moved);
  ear_clock_advance (self->clock, SETTLED_US);
  g_assert_cmpint (ear_session_get_state (self->session), ==, EAR_SESSION_CONNECTING);
  wait_until (self->n_connections == 2);
  wait_until (ear_session_is_online (self->session));
  g_assert_cmpuint (self->n_presents, ==, 2);
  g_assert_cmpstr (self->addresses[1], ==, RADIO);
}

static void
tell_change_cb (EarSession *session)
{
  if (ear_session_get_state (session) == EAR_SESSION_CONNECTING)
    g_signal_emit_by_name (g_network_monitor_get_default (), "network-changed", TRUE);
}

/* The change is told while the connection is made, and seen only then. */
static void
test_while_connecting (World *self, gconstpointer data)
{
  static const char *const moved[] = { HOME, RADIO, NULL };
  gulong handler =
    g_signal_connect (self->session, "notify::state", G_CALLBACK (tell_change_cb), NULL);

  log_in_at_home (self);
  g_signal_handler_disconnect (self->session, handler);
  own_addresses = moved;
  ear_clock_advance (self->clock, SETTLED_US);
  wait_until (self->n_presents == 2);
  g_assert_cmpstr (self->addresses[1], ==, RADIO);
}

static void
drop_cb (World *self)
{
  g_clear_object (&self->session);
}

/* Its owner lets the session go when it hears of the loss. */
static void
test_dropped (World *self, gconstpointer data)
{
  static const char *const moved[] = { RADIO, NULL };

  log_in_at_home (self);
  g_signal_connect_swapped (self->session, "notify::state", G_CALLBACK (drop_cb), self);
  move_to (moved);
  ear_clock_advance (self->clock, SETTLED_US);
  g_assert_null (self->session);
}

/* The addresses cannot be listed: nothing says that the link has lost its own. */
static void
test_no_list (World *self, gconstpointer data)
{
  static const char *const nothing[] = { NULL };

  log_in_at_home (self);
  move_to (nothing);
  ear_clock_advance (self->clock, SETTLED_US);
  wait_until (self->n_presents == 2);
  g_assert_cmpuint (self->n_connections, ==, 1);
}

/* Logged out between the change and the look at it. */
static void
test_logged_out (World *self, gconstpointer data)
{
  static const char *const moved[] = { RADIO, NULL };

  log_in_at_home (self);
  move_to (moved);
  ear_session_log_out (self->session);
  ear_clock_advance (self->clock, SETTLED_US);
  settle ();
  g_assert_cmpint (ear_session_get_state (self->session), ==, EAR_SESSION_IDLE);
  g_assert_cmpuint (self->n_connections, ==, 1);
}

int
main (int argc, char **argv)
{
  g_setenv ("GIO_USE_NETWORK_MONITOR", "base", TRUE); /* only the test tells of changes */
  g_test_init (&argc, &argv, NULL);
#define ADD(path, test) g_test_add (path, World, NULL, world_set_up, test, world_tear_down)
  ADD ("/session-network/another-address", test_another_address);
  ADD ("/session-network/lost-address", test_lost_address);
  ADD ("/session-network/while-connecting", test_while_connecting);
  ADD ("/session-network/dropped", test_dropped);
  ADD ("/session-network/no-list", test_no_list);
  ADD ("/session-network/logged-out", test_logged_out);
  return g_test_run ();
}
