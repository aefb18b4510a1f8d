/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarKeyKinds: which kinds of keys the accounts have, so that a name without an account can be
 * given keys of one of them.
 *
 * A kind is what a challenge shows: the iterations, and whether the keys are those of a digest
 * (imported). There are few: what the operator has ever set. Each name falls to a kind by a keyed
 * hash, in proportion to the accounts of each.
 *
 * They are counted once, at the first log-in after the start. If each sign-up counted, somebody who
 * signs up often enough would see names change their kind, which an account never does by itself.
 * After a restart a few names may have another kind: accounts leave the older kinds, when passwords
 * change, for the one that new keys are of now; so that one comes last in the order, and a name,
 * too, moves to it as the others shrink, with another salt, as if its password had changed. */

#include "server/ear-key-kinds.h"

#include <string.h>

#define MAX_KINDS 64 /* a file may hold any number of them */

typedef struct
{
  guint32 iterations;
  gboolean digest;
  guint n; /* accounts */
} Kind;

struct _EarKeyKinds
{
  GArray *kinds; /* (element-type Kind): in the order of compare_kinds() */
  guint n_accounts;
};

/**
 * ear_key_kinds_new:
 *
 * Makes a count of no accounts.
 *
 * Returns: (transfer full): it
 */
EarKeyKinds *
ear_key_kinds_new (void)
{
  EarKeyKinds *self = g_new0 (EarKeyKinds, 1);

  self->kinds = g_array_new (FALSE, FALSE, sizeof (Kind));
  return self;
}

/**
 * ear_key_kinds_free:
 * @self: (transfer full): a count
 *
 * Frees it.
 */
void
ear_key_kinds_free (EarKeyKinds *self)
{
  g_array_unref (self->kinds);
  g_free (self);
}

static int
compare_kinds (gconstpointer a, gconstpointer b)
{
  const Kind *x = a, *y = b;

  if (x->digest != y->digest)
    return x->digest ? -1 : 1;
  return (x->iterations > y->iterations) - (x->iterations < y->iterations);
}

static Kind *
find (EarKeyKinds *self, const Kind *wanted)
{
  for (guint i = 0; i < self->kinds->len; i++) {
    Kind *kind = &g_array_index (self->kinds, Kind, i);

    if (compare_kinds (kind, wanted) == 0)
      return kind;
  }
  return NULL;
}

/**
 * ear_key_kinds_add:
 * @self: a count
 * @iterations: of an account's keys
 * @digest: whether they are those of a digest
 *
 * Counts an account.
 */
void
ear_key_kinds_add (EarKeyKinds *self, guint32 iterations, gboolean digest)
{
  const Kind new_kind = { .iterations = iterations, .digest = !!digest, .n = 1 };
  Kind *kind = find (self, &new_kind);

  if (kind == NULL && self->kinds->len == MAX_KINDS)
    return;
  self->n_accounts++;
  if (kind != NULL) {
    kind->n++;
    return;
  }
  g_array_append_val (self->kinds, new_kind);
  g_array_sort (self->kinds, compare_kinds);
}

/* The same number for a name at all times, from 0 to below @n. */
static guint
draw (const guint8 secret[32], const char *user, guint n)
{
  g_autoptr (GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA256, secret, 32);
  guint8 mac[32];
  gsize size = sizeof mac;
  guint32 number;

  g_hmac_update (hmac, (const guchar *) user, -1);
  g_hmac_get_digest (hmac, mac, &size);
  memcpy (&number, mac, sizeof number);
  return (guint) (((guint64) number * n) >> 32);
}

/**
 * ear_key_kinds_make_decoy:
 * @self: a count
 * @secret: 32 bytes that only this server knows
 * @user: a name that has no account
 * @iterations: of new keys
 * @decoy: (out caller-allocates): keys that nobody can log in with
 *
 * Makes keys for an unknown user, of a kind that accounts have: the same each time
 * while nothing is added to the count.
 *
 * Returns: whether they look like those of a digest
 */
gboolean
ear_key_kinds_make_decoy (EarKeyKinds *self,
                          const guint8 secret[32],
                          const char *user,
                          guint32 iterations,
                          EarScramKeys *decoy)
{
  const Kind current = { .iterations = iterations };
  guint place = draw (secret, user, self->n_accounts);
  Kind drawn = current;
  g_autofree char *salted = NULL;

  for (guint i = 0; i < self->kinds->len; i++) {
    const Kind *kind = &g_array_index (self->kinds, Kind, i);

    if (compare_kinds (kind, &current) == 0)
      continue;
    if (place < kind->n) {
      drawn = *kind;
      break;
    }
    place -= kind->n;
  }
  salted = g_strdup_printf ("%s %u %d", user, drawn.iterations, drawn.digest);
  ear_scram_make_decoy (secret, salted, drawn.iterations, decoy);
  return drawn.digest;
}
