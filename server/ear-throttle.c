/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarThrottle: token buckets, by kind and key. A bucket holds `burst` tokens and is full again
 * after `per_seconds`. Of some kinds each that takes the last one waits twice as long for the next
 * as the one before, up to `max_wait`, until the bucket was full again: a penalty.
 *
 * A bucket that is full says nothing that a missing one would not: none is made to look at, and
 * full ones are dropped now and then. When there are EAR_THROTTLE_MAX_BUCKETS of a kind, which only
 * an attack from very many addresses makes, all further keys share one: then who is new is kept
 * waiting, but a device that is known is not, and the memory is bounded. */

#include "server/ear-throttle.h"

#include <gio/gio.h>
#include <string.h>

#include "wire/ear-clock.h"
#include "wire/ear-limits.h"

/* Beyond this many buckets the full ones are dropped. */
#define SWEEP_AT 1024
/* It looks at all: when there is no room, not for each key that comes. */
#define SWEEP_AGAIN_US (60 * G_USEC_PER_SEC)
/* The key of the bucket that those share who found no room. */
#define OTHERS "others"

typedef struct
{
  double burst;
  double per_seconds; /* in which all of the burst comes back */
  double max_wait;    /* seconds; 0: no penalty */
} Rate;

static const Rate default_rates[EAR_N_THROTTLES] = {
  [EAR_THROTTLE_REQUEST] = { 40, 4 },
  [EAR_THROTTLE_BROADCAST] = { 5, 5 },
  [EAR_THROTTLE_BROADCAST_LONG] = { 30, 600 },
  [EAR_THROTTLE_DIAL_BACK] = { 20, 60 },
  /* Each leaves a dead row in the file. */
  [EAR_THROTTLE_CHANGE] = { 10, 600 },
  /* Somebody may have a class to sort out. */
  [EAR_THROTTLE_ADMIN] = { 30, 300 },
  /* Ten wrong tries, then one a minute: guessing is slow, and the owner is never locked out for
     long. */
  [EAR_THROTTLE_LOGIN_ACCOUNT] = { 10, 600 },
  /* Many people may come from one address: more tries; then a minute, two, four … */
  [EAR_THROTTLE_LOGIN_ADDRESS] = { 30, 1800, 600 },
  /* So few that one address, and even several, leave most tries at an account to others: the owner
     may come with a new device. */
  [EAR_THROTTLE_LOGIN_PAIR] = { 10, 6000 },
  /* Nobody else's guesses are counted here. */
  [EAR_THROTTLE_LOGIN_DEVICE] = { 10, 600 },
  [EAR_THROTTLE_SIGNUP_ADDRESS] = { EAR_LIMIT_SIGNUPS_PER_ADDRESS, 3600 },
  [EAR_THROTTLE_SIGNUP] = { EAR_LIMIT_SIGNUPS, 3600 },
};

typedef struct
{
  double tokens;
  gint64 time_us;
  guint n_strikes; /* waits since it was full */
} Bucket;

struct _EarThrottle
{
  GObject parent_instance;

  EarClock *clock;
  Rate rates[EAR_N_THROTTLES];
  GHashTable *buckets[EAR_N_THROTTLES]; /* (element-type utf8 Bucket) */
  guint sweep_at[EAR_N_THROTTLES];
  gint64 swept_us[EAR_N_THROTTLES];
};

G_DEFINE_FINAL_TYPE (EarThrottle, ear_throttle, G_TYPE_OBJECT)

static void
refill (const Rate *rate, Bucket *bucket, gint64 now)
{
  double seconds = (double) (now - bucket->time_us) / G_USEC_PER_SEC;

  bucket->tokens = MIN (rate->burst, bucket->tokens + seconds * rate->burst / rate->per_seconds);
  bucket->time_us = now;
  if (bucket->tokens >= rate->burst)
    bucket->n_strikes = 0;
}

static void
take (const Rate *rate, Bucket *bucket)
{
  double wait = rate->per_seconds / rate->burst;

  bucket->tokens -= 1;
  if (bucket->tokens >= 1 || rate->max_wait <= 0)
    return;
  for (guint i = 0; i < bucket->n_strikes && wait < rate->max_wait; i++)
    wait *= 2;
  bucket->tokens =
    MIN (bucket->tokens, 1 - MIN (wait, rate->max_wait) * rate->burst / rate->per_seconds);
  bucket->n_strikes++;
}

static void
sweep (EarThrottle *self, EarThrottleKind kind, gint64 now)
{
  GHashTableIter iter;
  gpointer bucket;

  g_hash_table_iter_init (&iter, self->buckets[kind]);
  while (g_hash_table_iter_next (&iter, NULL, &bucket)) {
    refill (&self->rates[kind], bucket, now);
    if (((Bucket *) bucket)->tokens >= self->rates[kind].burst)
      g_hash_table_iter_remove (&iter);
  }
  self->sweep_at[kind] = MAX (SWEEP_AT, 2 * g_hash_table_size (self->buckets[kind]));
  self->sweep_at[kind] = MIN (self->sweep_at[kind], EAR_THROTTLE_MAX_BUCKETS);
  self->swept_us[kind] = now;
}

static gboolean
has_room (EarThrottle *self, EarThrottleKind kind, gint64 now)
{
  guint n = g_hash_table_size (self->buckets[kind]);

  if (n >= self->sweep_at[kind] &&
      (n < EAR_THROTTLE_MAX_BUCKETS || now - self->swept_us[kind] >= SWEEP_AGAIN_US))
    sweep (self, kind, now);
  return g_hash_table_size (self->buckets[kind]) < EAR_THROTTLE_MAX_BUCKETS;
}

static Bucket *
add_bucket (EarThrottle *self, EarThrottleKind kind, const char *key, gint64 now)
{
  Bucket *bucket = g_new0 (Bucket, 1);

  bucket->tokens = self->rates[kind].burst;
  bucket->time_us = now;
  g_hash_table_insert (self->buckets[kind], g_strdup (key), bucket);
  return bucket;
}

static gboolean
look (EarThrottle *self,
      EarThrottleKind kind,
      const char *key,
      gboolean takes,
      gint64 *retry_after_ms)
{
  gint64 now = ear_clock_get_time (self->clock);
  const Rate *rate = &self->rates[kind];
  Bucket *bucket = g_hash_table_lookup (self->buckets[kind], key);

  if (bucket == NULL && !has_room (self, kind, now)) {
    key = OTHERS;
    bucket = g_hash_table_lookup (self->buckets[kind], key);
  }
  if (bucket == NULL && !takes)
    return TRUE;
  if (bucket == NULL)
    bucket = add_bucket (self, kind, key, now);
  refill (rate, bucket, now);
  if (bucket->tokens >= 1) {
    if (takes)
      take (rate, bucket);
    return TRUE;
  }
  if (retry_after_ms != NULL)
    *retry_after_ms = (gint64) ((1 - bucket->tokens) * rate->per_seconds / rate->burst * 1000) + 1;
  return FALSE;
}

static void
ear_throttle_finalize (GObject *object)
{
  EarThrottle *self = EAR_THROTTLE (object);

  for (guint i = 0; i < EAR_N_THROTTLES; i++)
    g_hash_table_unref (self->buckets[i]);
  ear_clock_unref (self->clock);
  G_OBJECT_CLASS (ear_throttle_parent_class)->finalize (object);
}

static void
ear_throttle_class_init (EarThrottleClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ear_throttle_finalize;
}

static void
ear_throttle_init (EarThrottle *self)
{
  memcpy (self->rates, default_rates, sizeof default_rates);
  for (guint i = 0; i < EAR_N_THROTTLES; i++) {
    self->buckets[i] = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    self->sweep_at[i] = SWEEP_AT;
  }
}

/**
 * ear_throttle_new:
 * @clock: the clock
 *
 * Makes a throttle with the rates of docs/protocol.md.
 *
 * Returns: (transfer full): the throttle
 */
EarThrottle *
ear_throttle_new (EarClock *clock)
{
  EarThrottle *self = g_object_new (EAR_TYPE_THROTTLE, NULL);

  self->clock = ear_clock_ref (clock);
  return self;
}

/**
 * ear_throttle_set_rate:
 * @self: a throttle
 * @kind: what is rationed
 * @burst: how many at once, at least 1
 * @per_seconds: and in that time, in seconds
 *
 * Changes a rate, before it is used; it has no penalty.
 */
void
ear_throttle_set_rate (EarThrottle *self, EarThrottleKind kind, guint burst, guint per_seconds)
{
  g_return_if_fail (burst > 0 && per_seconds > 0);

  self->rates[kind] = (Rate){ burst, per_seconds, 0 };
}

/**
 * ear_throttle_take:
 * @self: a throttle
 * @kind: what is rationed
 * @key: for whom
 * @retry_after_ms: (out) (optional): when there will be one again, in milliseconds
 *
 * Takes one, if there is one.
 *
 * Returns: whether there was
 */
gboolean
ear_throttle_take (EarThrottle *self, EarThrottleKind kind, const char *key, gint64 *retry_after_ms)
{
  return look (self, kind, key, TRUE, retry_after_ms);
}

/**
 * ear_throttle_check:
 * @self: a throttle
 * @kind: what is rationed
 * @key: for whom
 * @retry_after_ms: (out) (optional): when there will be one again, in milliseconds
 *
 * Looks whether there is one, and takes none.
 *
 * Returns: whether there is
 */
gboolean
ear_throttle_check (EarThrottle *self,
                    EarThrottleKind kind,
                    const char *key,
                    gint64 *retry_after_ms)
{
  return look (self, kind, key, FALSE, retry_after_ms);
}

/**
 * ear_throttle_dup_address_key:
 * @address: (nullable): where somebody comes from
 *
 * Makes the key of an address. Of IPv6 the first 64 bits: one machine has all that follow. An IPv4
 * address that comes mapped into IPv6 is the IPv4 address.
 *
 * Returns: (transfer full): the key
 */
char *
ear_throttle_dup_address_key (GInetSocketAddress *address)
{
  GInetAddress *inet = address != NULL ? g_inet_socket_address_get_address (address) : NULL;
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };
  guint8 bytes[16];
  g_autoptr (GInetAddress) network = NULL;

  if (inet == NULL)
    return g_strdup ("unknown");
  if (g_inet_address_get_family (inet) != G_SOCKET_FAMILY_IPV6)
    return g_inet_address_to_string (inet);
  memcpy (bytes, g_inet_address_to_bytes (inet), 16);
  if (memcmp (bytes, mapped, sizeof mapped) == 0) {
    network = g_inet_address_new_from_bytes (bytes + sizeof mapped, G_SOCKET_FAMILY_IPV4);
  } else {
    memset (bytes + 8, 0, 8);
    network = g_inet_address_new_from_bytes (bytes, G_SOCKET_FAMILY_IPV6);
  }
  return g_inet_address_to_string (network);
}
