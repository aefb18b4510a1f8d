/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* One invitation: its code, what the operator sees of it, and its row in invitations.csv:
 * DIGEST,EXPIRES,STATE,USER.
 *
 * The row holds the SHA-256 of the code, never the code: who reads the file cannot sign up with it.
 * Codes have 130 random bits, so that a plain hash does. */

#include "server/ear-invitation.h"

#include <openssl/rand.h>
#include <string.h>

#include "wire/ear-fingerprint.h"
#include "wire/ear-name.h"

#define CODE_LENGTH 26

static const char *const states[EAR_N_INVITATION_STATES] = { "open", "claimed", "used", "revoked" };

/**
 * ear_invitation_make_code:
 *
 * Makes what a link tells the one who is invited.
 *
 * Returns: (transfer full) (nullable): a code, or %NULL when there is nothing random to be had
 */
char *
ear_invitation_make_code (void)
{
  static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz"; /* none looks like another */
  guint8 random[CODE_LENGTH];
  char code[CODE_LENGTH + 1] = { 0 };

  if (RAND_bytes (random, sizeof random) != 1)
    return NULL;
  for (guint i = 0; i < CODE_LENGTH; i++)
    code[i] = digits[random[i] % 32];
  return g_strdup (code);
}

/**
 * ear_invitation_free:
 * @self: (transfer full): an invitation
 *
 * Frees an invitation.
 */
void
ear_invitation_free (EarInvitation *self)
{
  g_free (self->digest);
  g_free (self->user);
  g_free (self);
}

/**
 * ear_invitation_get_now:
 *
 * Tells the time, in what invitations end by: that of the calendar, because it goes on while no
 * server runs.
 *
 * Returns: seconds since 1970
 */
gint64
ear_invitation_get_now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

/**
 * ear_invitation_is_open:
 * @self: an invitation
 *
 * Returns: whether somebody may sign up with it now
 */
gboolean
ear_invitation_is_open (const EarInvitation *self)
{
  return self->state == EAR_INVITATION_OPEN && self->expires > ear_invitation_get_now ();
}

/**
 * ear_invitation_get_state:
 * @self: an invitation
 *
 * Returns: the state's name
 */
const char *
ear_invitation_get_state (const EarInvitation *self)
{
  if (self->state == EAR_INVITATION_OPEN && !ear_invitation_is_open (self))
    return "expired";
  return states[self->state];
}

/**
 * ear_invitation_append_row:
 * @file: where to
 * @self: an invitation
 *
 * Writes a row, with its newline.
 */
void
ear_invitation_append_row (GString *file, const EarInvitation *self)
{
  g_string_append_printf (file, "%s,%" G_GINT64_FORMAT ",%s,%s\n", self->digest, self->expires,
                          states[self->state], self->user != NULL ? self->user : "");
}

/**
 * ear_invitation_read_row:
 * @row: a row without its newline
 * @size: its size in bytes
 *
 * Reads a row.
 *
 * Returns: (transfer full) (nullable): the invitation, or %NULL when the row is none
 */
EarInvitation *
ear_invitation_read_row (const char *row, gsize size)
{
  g_autofree char *text = g_strndup (row, size);
  g_auto (GStrv) parts = g_strsplit (text, ",", 5);
  g_autoptr (EarInvitation) self = g_new0 (EarInvitation, 1);
  guint state = 0;

  if (strlen (text) != size || g_strv_length (parts) != 4 || !ear_fingerprint_is_valid (parts[0]) ||
      !g_ascii_string_to_signed (parts[1], 10, 0, G_MAXINT64 / 2, &self->expires, NULL))
    return NULL;
  while (state < EAR_N_INVITATION_STATES && !g_str_equal (parts[2], states[state]))
    state++;
  if (state == EAR_N_INVITATION_STATES || (*parts[3] != '\0' && !ear_name_is_valid (parts[3])) ||
      (state == EAR_INVITATION_CLAIMED && *parts[3] == '\0'))
    return NULL;
  self->state = (EarInvitationState) state;
  self->digest = g_strdup (parts[0]);
  self->user = *parts[3] != '\0' ? g_strdup (parts[3]) : NULL;
  return g_steal_pointer (&self);
}

/**
 * ear_invitation_compare:
 * @a: an invitation
 * @b: another one
 *
 * Puts the first to end first.
 *
 * Returns: less than, equal to or greater than 0, as strcmp()
 */
int
ear_invitation_compare (const EarInvitation *a, const EarInvitation *b)
{
  if (a->expires != b->expires)
    return a->expires < b->expires ? -1 : 1;
  return strcmp (a->digest, b->digest);
}

/**
 * ear_invitation_append_summary:
 * @list: where to
 * @self: an invitation
 *
 * Writes a line for the operator: id, last day, state, user.
 */
void
ear_invitation_append_summary (GString *list, const EarInvitation *self)
{
  g_autoptr (GDateTime) end = g_date_time_new_from_unix_utc (self->expires);
  g_autofree char *day = end != NULL ? g_date_time_format (end, "%F %R") : g_strdup ("?");

  g_string_append_printf (list, "%.*s  %s  %s%s%s\n", EAR_INVITATION_ID_LENGTH, self->digest, day,
                          ear_invitation_get_state (self), self->user != NULL ? " " : "",
                          self->user != NULL ? self->user : "");
}
