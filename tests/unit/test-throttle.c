/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarThrottle: bursts, refilling, when to come again, whom an address stands for. */

#include "server/ear-throttle.h"

#include <gio/gio.h>

#include "wire/ear-clock.h"

#define SECOND G_GINT64_CONSTANT (1000000)

typedef struct
{
  EarClock *clock;
  EarThrottle *throttle;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->clock = ear_clock_new_manual (77777777);
  f->throttle = ear_throttle_new (f->clock);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_assert_finalize_object (f->throttle);
  ear_clock_unref (f->clock);
}

static guint
take_all (Fixture *f, EarThrottleKind kind, const char *key)
{
  guint n = 0;

  while (n < 100000 && ear_throttle_take (f->throttle, kind, key, NULL))
    n++;
  return n;
}

static void
test_rates (Fixture *f, gconstpointer data)
{
  static const struct
  {
    EarThrottleKind kind;
    guint burst;
    guint per_seconds;
  } rows[] = {
    { EAR_THROTTLE_REQUEST, 40, 4 },           { EAR_THROTTLE_BROADCAST, 5, 5 },
    { EAR_THROTTLE_BROADCAST_LONG, 30, 600 },  { EAR_THROTTLE_DIAL_BACK, 20, 60 },
    { EAR_THROTTLE_CHANGE, 10, 600 },          { EAR_THROTTLE_LOGIN_ACCOUNT, 10, 600 },
    { EAR_THROTTLE_LOGIN_ADDRESS, 30, 1800 },  { EAR_THROTTLE_LOGIN_DEVICE, 10, 600 },
    { EAR_THROTTLE_SIGNUP_ADDRESS, 20, 3600 }, { EAR_THROTTLE_SIGNUP, 200, 3600 },
    { EAR_THROTTLE_ADMIN, 30, 300 },           { EAR_THROTTLE_LOGIN_PAIR, 10, 6000 },
  };

  G_STATIC_ASSERT (G_N_ELEMENTS (rows) == EAR_N_THROTTLES);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gint64 one_us = rows[i].per_seconds * SECOND / rows[i].burst;

    g_assert_cmpuint (take_all (f, rows[i].kind, "a"), ==, rows[i].burst);
    g_assert_cmpuint (take_all (f, rows[i].kind, "b"), ==, rows[i].burst);
    ear_clock_advance (f->clock, one_us - 1000);
    g_assert_cmpuint (take_all (f, rows[i].kind, "a"), ==, 0);
    ear_clock_advance (f->clock, 2000);
    g_assert_cmpuint (take_all (f, rows[i].kind, "a"), ==, 1);
    ear_clock_advance (f->clock, 100 * rows[i].per_seconds * SECOND);
    g_assert_cmpuint (take_all (f, rows[i].kind, "a"), ==, rows[i].burst);
  }
}

/* Who comes again when told finds one; who comes a few milliseconds before does not. */
static void
test_retry_after (Fixture *f, gconstpointer data)
{
  GRand *rand = g_rand_new_with_seed (7);

  for (guint i = 0; i < 2000; i++) {
    guint burst = (guint) g_rand_int_range (rand, 1, 50);
    guint per_seconds = (guint) g_rand_int_range (rand, 1, 4000);
    g_autofree char *key = g_strdup_printf ("%u", i);
    gint64 retry_after_ms = -1;

    ear_throttle_set_rate (f->throttle, EAR_THROTTLE_REQUEST, burst, per_seconds);
    g_assert_cmpuint (take_all (f, EAR_THROTTLE_REQUEST, key), ==, burst);
    g_assert_false (ear_throttle_take (f->throttle, EAR_THROTTLE_REQUEST, key, &retry_after_ms));
    g_assert_cmpint (retry_after_ms, >, 0);
    g_assert_cmpint (retry_after_ms, <=, 1000 * (gint64) per_seconds / burst + 2);
    if (retry_after_ms > 5) {
      ear_clock_advance (f->clock, (retry_after_ms - 3) * 1000);
      g_assert_false (ear_throttle_check (f->throttle, EAR_THROTTLE_REQUEST, key, NULL));
      ear_clock_advance (f->clock, 3000);
    } else {
      ear_clock_advance (f->clock, retry_after_ms * 1000);
    }
    g_assert_true (ear_throttle_take (f->throttle, EAR_THROTTLE_REQUEST, key, NULL));
  }
  g_rand_free (rand);
}

/* Who goes on waits longer each time; who stops for long begins anew. */
static void
test_penalty (Fixture *f, gconstpointer data)
{
  static const guint waits_s[] = { 60, 120, 240, 480, 600, 600, 600 };

  for (guint round = 0; round < 2; round++) {
    g_assert_cmpuint (take_all (f, EAR_THROTTLE_LOGIN_ADDRESS, "a"), ==, 30);
    for (guint i = 0; i < G_N_ELEMENTS (waits_s); i++) {
      gint64 retry_after_ms = 0;

      g_assert_false (
        ear_throttle_take (f->throttle, EAR_THROTTLE_LOGIN_ADDRESS, "a", &retry_after_ms));
      g_assert_cmpint (retry_after_ms, >, waits_s[i] * 1000 - 10);
      g_assert_cmpint (retry_after_ms, <, waits_s[i] * 1000 + 10);
      ear_clock_advance (f->clock, (retry_after_ms - 1000) * 1000);
      g_assert_false (ear_throttle_take (f->throttle, EAR_THROTTLE_LOGIN_ADDRESS, "a", NULL));
      ear_clock_advance (f->clock, 1000 * 1000);
      g_assert_true (ear_throttle_take (f->throttle, EAR_THROTTLE_LOGIN_ADDRESS, "a", NULL));
    }
    ear_clock_advance (f->clock, 2400 * SECOND);
  }
}

static void
test_check (Fixture *f, gconstpointer data)
{
  gint64 retry_after_ms = 0;

  for (guint i = 0; i < 100; i++)
    g_assert_true (ear_throttle_check (f->throttle, EAR_THROTTLE_LOGIN_ACCOUNT, "ann", NULL));
  g_assert_cmpuint (take_all (f, EAR_THROTTLE_LOGIN_ACCOUNT, "ann"), ==, 10);
  g_assert_false (
    ear_throttle_check (f->throttle, EAR_THROTTLE_LOGIN_ACCOUNT, "ann", &retry_after_ms));
  g_assert_cmpint (retry_after_ms, >, 59000);
  g_assert_cmpint (retry_after_ms, <=, 60001);
  g_assert_true (ear_throttle_check (f->throttle, EAR_THROTTLE_LOGIN_ACCOUNT, "bob", NULL));
}

/* A flood of keys makes nobody's empty bucket full. */
static void
test_flood (Fixture *f, gconstpointer data)
{
  g_assert_cmpuint (take_all (f, EAR_THROTTLE_SIGNUP_ADDRESS, "victim"), ==, 20);
  for (guint i = 0; i < 20000; i++) {
    g_autofree char *key = g_strdup_printf ("%u", i);

    g_assert_true (ear_throttle_check (f->throttle, EAR_THROTTLE_SIGNUP_ADDRESS, key, NULL));
  }
  g_assert_false (ear_throttle_take (f->throttle, EAR_THROTTLE_SIGNUP_ADDRESS, "victim", NULL));
}

/* Keys without end take no more room: those that found none share a bucket, and the others keep
 * theirs. */
static void
test_no_room (Fixture *f, gconstpointer data)
{
  g_assert_cmpuint (take_all (f, EAR_THROTTLE_LOGIN_PAIR, "victim"), ==, 10);
  for (guint i = 1; i < EAR_THROTTLE_MAX_BUCKETS; i++) {
    g_autofree char *key = g_strdup_printf ("%u", i);

    g_assert_true (ear_throttle_take (f->throttle, EAR_THROTTLE_LOGIN_PAIR, key, NULL));
  }
  g_assert_true (ear_throttle_check (f->throttle, EAR_THROTTLE_LOGIN_PAIR, "new", NULL));
  g_assert_cmpuint (take_all (f, EAR_THROTTLE_LOGIN_PAIR, "new"), ==, 10);
  for (guint i = 0; i < 100000; i++) {
    g_autofree char *key = g_strdup_printf ("new%u", i);

    g_assert_false (ear_throttle_check (f->throttle, EAR_THROTTLE_LOGIN_PAIR, key, NULL));
    g_assert_false (ear_throttle_take (f->throttle, EAR_THROTTLE_LOGIN_PAIR, key, NULL));
  }
  g_assert_cmpuint (take_all (f, EAR_THROTTLE_LOGIN_PAIR, "1"), ==, 9);
  g_assert_cmpuint (take_all (f, EAR_THROTTLE_LOGIN_PAIR, "victim"), ==, 0);
  ear_clock_advance (f->clock, 6001 * SECOND);
  g_assert_cmpuint (take_all (f, EAR_THROTTLE_LOGIN_PAIR, "new0"), ==, 10);
  g_assert_cmpuint (take_all (f, EAR_THROTTLE_LOGIN_PAIR, "new1"), ==, 10);
}

static void
test_addresses (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *address;
    const char *key;
  } rows[] = {
    { "192.0.2.7", "192.0.2.7" },
    { "::ffff:192.0.2.7", "192.0.2.7" },
    { "::ffff:192.0.2.8", "192.0.2.8" },
    { "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::" },
    { "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::" },
    { "2001:db8:1:3::1", "2001:db8:1:3::" },
    { "fe80::1", "fe80::" },
    { "::1", "::" },
  };
  g_autofree char *unknown = ear_throttle_dup_address_key (NULL);

  g_assert_cmpstr (unknown, ==, "unknown");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GInetAddress) inet = g_inet_address_new_from_string (rows[i].address);
    g_autoptr (GSocketAddress) address = g_inet_socket_address_new (inet, 4400);
    g_autofree char *key = ear_throttle_dup_address_key (G_INET_SOCKET_ADDRESS (address));

    g_assert_cmpstr (key, ==, rows[i].key);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add ("/throttle/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("rates", test_rates);
  ADD ("retry-after", test_retry_after);
  ADD ("penalty", test_penalty);
  ADD ("check", test_check);
  ADD ("flood", test_flood);
  ADD ("no-room", test_no_room);
  ADD ("addresses", test_addresses);
#undef ADD
  return g_test_run ();
}
