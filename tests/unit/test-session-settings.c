/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What our user is to others, and whom our user looks for. */

#include "session-fixture.h"

/* Who logs in is shown everybody, whatever was looked for before. */
static void
test_search (World *self, gconstpointer data)
{
  log_in (self, "secret", NULL);
  wait_until (self->n_rosters == 1);
  ear_session_search (self->session, "b");
  wait_until (self->n_rosters == 2);
  g_assert_cmpstr (self->prefix, ==, "b");
  ear_session_log_out (self->session);
  wait_until (self->link == NULL);
  log_in (self, "secret", NULL);
  wait_until (self->n_rosters == 3);
  g_assert_cmpstr (self->prefix, ==, "");
}

/* What was pasted is no reason for the server to end the session, now and at each later log-in. */
static void
test_pasted (World *self, gconstpointer data)
{
  ear_session_set_status (self->session, "at\xe2\x80\xa8lunch\n");
  log_in (self, "secret", NULL);
  assert_online (self);
  g_assert_cmpstr (self->status, ==, "at lunch");
  ear_session_search (self->session, "\xef\xbf\xbf"
                                     "bob\tsmith\xc2\x85");
  wait_until (self->n_rosters == 2);
  g_assert_cmpstr (self->prefix, ==, "bob smith");
  ear_session_set_status (self->session, "b\xef\xb7\x90"
                                         "ack");
  wait_until (self->n_presents == 2);
  g_assert_cmpstr (self->status, ==, "b ack");
  g_assert_true (ear_session_is_online (self->session));
}

int
main (int argc, char **argv)
{
  g_setenv ("GIO_USE_NETWORK_MONITOR", "base", TRUE); /* the machine's changes are not the test's */
  g_test_init (&argc, &argv, NULL);
#define ADD(path, test) g_test_add (path, World, NULL, world_set_up, test, world_tear_down)
  ADD ("/session-settings/search", test_search);
  ADD ("/session-settings/pasted", test_pasted);
  return g_test_run ();
}
