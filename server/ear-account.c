/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarAccount: what the server knows of a user. A value without anything of its own. */

#include "server/ear-account.h"

#include <string.h>

#include "wire/ear-name.h"

/**
 * ear_account_init:
 * @self: (out caller-allocates): an account
 * @user: its name
 * @name: (nullable): its display name; %NULL is @user
 * @keys: its keys
 *
 * Fills in a new account, made now.
 *
 * Returns: whether both names are valid
 */
gboolean
ear_account_init (EarAccount *self, const char *user, const char *name, const EarScramKeys *keys)
{
  if (name == NULL || name[0] == '\0')
    name = user;
  if (!ear_name_is_valid (user) || !ear_name_is_valid_display (name))
    return FALSE;
  memset (self, 0, sizeof *self);
  g_strlcpy (self->user, user, sizeof self->user);
  g_strlcpy (self->name, name, sizeof self->name);
  self->keys = *keys;
  self->created = g_get_real_time () / G_USEC_PER_SEC;
  return TRUE;
}

/**
 * ear_account_change:
 * @self: an account
 * @what: what is to be different
 *
 * Changes an account.
 */
void
ear_account_change (EarAccount *self, const EarAccountChange *what)
{
  if (what->name != NULL)
    g_strlcpy (self->name, what->name, sizeof self->name);
  if (what->keys != NULL)
    self->keys = *what->keys;
  self->flags = (guint8) ((self->flags | what->set) & ~what->clear);
}
