/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What others see of a person who wants to be left alone, and that it is kept. */

#include "client/ear-session.h"
#include "gui/ear-presence.h"
#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-identity.h"
#include "wire/ear-poller.h"
#include "wire/ear-server-link.h"
#include "wire/ear-tls.h"

typedef struct
{
  EarSession *session;
  GSettings *settings;
  EarPresence *presence;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EarIdentity) identity = ear_identity_new (&error);
  g_autoptr (EarTls) tls = ear_tls_new (identity, EAR_TLS_TO_SERVER, &error);
  g_autoptr (EarClock) clock = ear_clock_new ();
  g_autoptr (EarDeadlines) deadlines = ear_deadlines_new (clock, NULL);
  g_autoptr (EarPoller) poller = ear_poller_new (NULL, &error);

  g_assert_no_error (error);
  self->session = ear_session_new (poller, deadlines, tls);
  self->settings = g_settings_new_with_path ("io.github.earshot.Earshot", "/test/presence/");
  g_settings_reset (self->settings, "do-not-disturb");
  self->presence = ear_presence_new (self->session, self->settings);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_assert_finalize_object (self->presence);
  g_object_unref (self->settings);
  g_object_unref (self->session);
}

static void
assert_shown (Fixture *self, const char *expected)
{
  g_autofree char *status = NULL;

  g_object_get (self->session, "status", &status, NULL);
  g_assert_cmpstr (status, ==, expected);
}

static void
count_cb (guint *count)
{
  (*count)++;
}

static void
test_status (Fixture *self, gconstpointer data)
{
  guint notified = 0;

  g_signal_connect_swapped (self->presence, "notify::do-not-disturb", G_CALLBACK (count_cb),
                            &notified);
  assert_shown (self, "");
  ear_presence_set_status (self->presence, "In the lab");
  assert_shown (self, "In the lab");
  ear_presence_set_do_not_disturb (self->presence, TRUE);
  assert_shown (self, "Do not disturb · In the lab");
  ear_presence_set_do_not_disturb (self->presence, TRUE);
  g_assert_cmpuint (notified, ==, 1);
  g_assert_cmpstr (ear_presence_get_status (self->presence), ==, "In the lab");
  ear_presence_set_status (self->presence, NULL);
  assert_shown (self, "Do not disturb");
  ear_presence_set_do_not_disturb (self->presence, FALSE);
  assert_shown (self, "");
}

static void
test_is_kept (Fixture *self, gconstpointer data)
{
  ear_presence_set_do_not_disturb (self->presence, TRUE);
  g_assert_true (g_settings_get_boolean (self->settings, "do-not-disturb"));

  g_assert_finalize_object (self->presence);
  ear_session_set_status (self->session, "");
  self->presence = ear_presence_new (self->session, self->settings);
  g_assert_true (ear_presence_get_do_not_disturb (self->presence));
  assert_shown (self, "Do not disturb");

  g_settings_set_boolean (self->settings, "do-not-disturb", FALSE); /* in the preferences */
  g_assert_false (ear_presence_get_do_not_disturb (self->presence));
  assert_shown (self, "");
}

static void
stay (EarSession *session, EarSessionStage stage, guint ticket, gpointer user_data)
{
}

static void
test_log_out (Fixture *self, gconstpointer data)
{
  g_autoptr (EarServerLink) link = ear_server_link_parse ("127.0.0.1:4400", NULL);

  ear_session_set_prepare (self->session, stay, NULL);
  ear_session_log_in_async (self->session, link, "alice", "a long enough password", NULL, NULL,
                            NULL);
  ear_presence_set_status (self->presence, "In the lab");
  ear_presence_set_do_not_disturb (self->presence, TRUE);
  ear_session_log_out (self->session);
  assert_shown (self, "Do not disturb");
  g_assert_cmpstr (ear_presence_get_status (self->presence), ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/presence/status", Fixture, NULL, set_up, test_status, tear_down);
  g_test_add ("/presence/is-kept", Fixture, NULL, set_up, test_is_kept, tear_down);
  g_test_add ("/presence/log-out", Fixture, NULL, set_up, test_log_out, tear_down);
  return g_test_run ();
}
