/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarUser as a search sees it: by account and name, whatever their case and composition, and
 * however their symbols are drawn. */

#include "client/ear-user-private.h"

#include <string.h>

#include "wire/ear-name.h"

/**
 * ear_user_fold:
 * @text: what to look for
 *
 * Returns: (transfer full) (nullable): @text as ear_user_matches() takes it; %NULL when it is no
 * text
 */
char *
ear_user_fold (const char *text)
{
  g_autofree char *normal = g_utf8_normalize (text, -1, G_NORMALIZE_ALL);
  char *folded = normal != NULL ? g_utf8_casefold (normal, -1) : NULL;

  if (folded != NULL)
    ear_name_drop_selectors (folded);
  return folded;
}

/**
 * ear_user_matches:
 * @self: a user
 * @folded: what to look for, folded
 *
 * Looks for a text in the account and in the display name. The name is folded once, and kept so: at
 * each key, ten thousand are looked at.
 *
 * Returns: whether it is there
 */
gboolean
ear_user_matches (EarUser *self, const char *folded)
{
  if (strstr (self->account, folded) != NULL)
    return TRUE; /* an account is in lower case */
  if (self->folded == NULL)
    self->folded = ear_user_fold (self->name);
  return self->folded != NULL && strstr (self->folded, folded) != NULL;
}
