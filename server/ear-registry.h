/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-key-kinds.h"
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

#define EAR_TYPE_REGISTRY (ear_registry_get_type ())
G_DECLARE_FINAL_TYPE (EarRegistry, ear_registry, EAR, REGISTRY, GObject)

/* Signal "changed" (user): an account was changed or removed, durably. */
EarRegistry *ear_registry_new (const char *directory,
                               guint32 iterations,
                               EarDeadlines *deadlines,
                               GError **error);
guint32 ear_registry_get_iterations (EarRegistry *self);
EarKeyKinds *ear_registry_get_key_kinds (EarRegistry *self);
void ear_registry_close (EarRegistry *self);

const EarAccount *ear_registry_lookup (EarRegistry *self, const char *user);
gboolean ear_registry_foresee (EarRegistry *self, const char *user, EarAccount *account);
guint ear_registry_get_n_accounts (EarRegistry *self);
GPtrArray *ear_registry_list (EarRegistry *self, EarAccountFlags flags);
gboolean
ear_account_init (EarAccount *self, const char *user, const char *name, const EarScramKeys *keys);

void ear_registry_add_async (EarRegistry *self,
                             const EarAccount *account,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
void ear_registry_update_async (EarRegistry *self,
                                const char *user,
                                const EarAccountChange *what,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
void ear_registry_remove_async (EarRegistry *self,
                                const char *user,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean ear_registry_finish (EarRegistry *self, GAsyncResult *result, GError **error);

G_END_DECLS
