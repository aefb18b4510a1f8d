/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define EAR_INVITATION_ID_LENGTH 8 /* of the digest: names an invitation to the operator */

typedef enum {
  EAR_INVITATION_OPEN,
  EAR_INVITATION_CLAIMED,
  EAR_INVITATION_USED,
  EAR_INVITATION_REVOKED,
  EAR_N_INVITATION_STATES,
} EarInvitationState;

typedef struct
{
  char *digest;   /* of the code */
  gint64 expires; /* seconds since 1970 */
  EarInvitationState state;
  char *user;         /* nullable: who claimed it */
  gboolean unwritten; /* the file does not say yet how the claim has ended */
} EarInvitation;

char *ear_invitation_make_code (void);
EarInvitation *ear_invitation_read_row (const char *row, gsize size);
void ear_invitation_append_row (GString *file, const EarInvitation *self);
void ear_invitation_free (EarInvitation *self);
gboolean ear_invitation_is_open (const EarInvitation *self);
const char *ear_invitation_get_state (const EarInvitation *self);
gint64 ear_invitation_get_now (void);
int ear_invitation_compare (const EarInvitation *a, const EarInvitation *b);
void ear_invitation_append_summary (GString *list, const EarInvitation *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarInvitation, ear_invitation_free)

G_END_DECLS
