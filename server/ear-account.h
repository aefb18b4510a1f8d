/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-server-types.h"
#include "wire/ear-limits.h"
#include "wire/ear-scram.h"

G_BEGIN_DECLS

typedef enum {
  EAR_ACCOUNT_DISABLED = 1 << 0, /* may not log in */
  EAR_ACCOUNT_DIGEST = 1 << 1, /* imported: the SCRAM password is the hex SHA-256 of the password */
  EAR_ACCOUNT_ADMIN = 1 << 2,
} EarAccountFlags;

/* A value: copied in and out of the registry; of fixed size, and small, since there may be a
 * million. */
struct _EarAccount
{
  char user[EAR_LIMIT_NAME + 1];
  char name[EAR_LIMIT_DISPLAY + 1];
  guint8 flags; /* EarAccountFlags */
  EarScramKeys keys;
  gint64 created; /* seconds since 1970 */
};

/* What becomes different of an account. */
typedef struct
{
  const char *name;         /* nullable */
  const EarScramKeys *keys; /* nullable */
  guint8 set;               /* EarAccountFlags */
  guint8 clear;             /* EarAccountFlags */
} EarAccountChange;

gboolean
ear_account_init (EarAccount *self, const char *user, const char *name, const EarScramKeys *keys);
void ear_account_change (EarAccount *self, const EarAccountChange *what);

G_END_DECLS
