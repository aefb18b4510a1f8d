/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "client/ear-reconnect.h"

#include "client/ear-location.h"
#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-message.h"

static void
count_cb (gpointer user_data)
{
  (*(guint *) user_data)++;
}

/* Each delay lies between half and the whole of 1, 2, 4 … 60 seconds. */
static void
test_delays (void)
{
  g_autoptr (EarClock) clock = ear_clock_new_manual (0);
  g_autoptr (EarDeadlines) deadlines = ear_deadlines_new (clock, NULL);
  guint n_tries = 0;
  EarReconnect *reconnect = ear_reconnect_new (deadlines, count_cb, &n_tries);
  gint64 whole_ms = 1000;

  for (guint i = 0; i < 10; i++) {
    ear_reconnect_start (reconnect);
    ear_reconnect_start (reconnect);
    g_assert_cmpuint (ear_reconnect_get_seconds_left (reconnect), >, 0);
    g_assert_cmpuint (ear_reconnect_get_seconds_left (reconnect), <=, (whole_ms + 999) / 1000);
    ear_clock_advance (clock, whole_ms * 500 - 2000);
    g_assert_cmpuint (n_tries, ==, i);
    ear_clock_advance (clock, whole_ms * 500 + 100000);
    g_assert_cmpuint (n_tries, ==, i + 1);
    g_assert_cmpuint (ear_reconnect_get_seconds_left (reconnect), ==, 0);
    whole_ms = MIN (2 * whole_ms, 60000);
  }

  ear_reconnect_start (reconnect);
  ear_reconnect_stop (reconnect);
  ear_clock_advance (clock, 120 * G_USEC_PER_SEC);
  g_assert_cmpuint (n_tries, ==, 10);
  ear_reconnect_start (reconnect);
  ear_clock_advance (clock, 1100000);
  g_assert_cmpuint (n_tries, ==, 11);

  ear_reconnect_start (reconnect);
  ear_reconnect_free (reconnect);
  ear_clock_advance (clock, 120 * G_USEC_PER_SEC);
  g_assert_cmpuint (n_tries, ==, 11);
}

/* Only the first delay is spread, from half a second to what is left of the spread. */
static void
test_spread (void)
{
  g_autoptr (EarClock) clock = ear_clock_new_manual (0);
  g_autoptr (EarDeadlines) deadlines = ear_deadlines_new (clock, NULL);
  guint n_tries = 0, n_early = 0;
  EarReconnect *reconnect = ear_reconnect_new (deadlines, count_cb, &n_tries);

  ear_reconnect_set_spread (reconnect, 3000);
  for (guint i = 0; i < 400; i++) {
    guint before = n_tries;

    ear_reconnect_start (reconnect);
    ear_clock_advance (clock, 499 * 1000);
    g_assert_cmpuint (n_tries, ==, before);
    ear_clock_advance (clock, 501 * 1000);
    n_early += n_tries - before;
    ear_clock_advance (clock, 3100 * 1000);
    g_assert_cmpuint (n_tries, ==, before + 1);

    ear_reconnect_start (reconnect);
    ear_clock_advance (clock, 2100 * 1000);
    g_assert_cmpuint (n_tries, ==, before + 2);
    ear_reconnect_stop (reconnect);
  }
  g_assert_cmpuint (n_early, <, 200);
  ear_reconnect_free (reconnect);
}

static void
test_location (void)
{
  static const char line[] =
    "{\"type\":\"located\",\"re\":1,\"user\":\"bob\",\"name\":\"Bob\",\"fingerprint\":"
    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","
    "\"addresses\":[\"2001:db8::1\",\"192.0.2.1\"],\"port\":4500}";
  g_autoptr (EarMessage) message =
    ear_message_parse (line, sizeof line - 1, EAR_MESSAGE_AT_CLIENT, NULL);
  g_autoptr (EarLocation) location = NULL;
  g_autoptr (EarLocation) copy = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  g_assert_nonnull (message);
  location = ear_location_new (message);
  copy = ear_location_copy (location);
  g_assert_cmpstr (copy->user, ==, "bob");
  g_assert_cmpuint (copy->port, ==, 4500);
  first = ear_location_dup_address (copy);
  g_assert_cmpstr (first, ==, "[2001:db8::1]:4500");
  g_free (copy->addresses[0]);
  copy->addresses[0] = g_strdup ("192.0.2.1");
  second = ear_location_dup_address (copy);
  g_assert_cmpstr (second, ==, "192.0.2.1:4500");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reconnect/delays", test_delays);
  g_test_add_func ("/reconnect/spread", test_spread);
  g_test_add_func ("/location/address", test_location);
  return g_test_run ();
}
