/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-server-types.h"

G_BEGIN_DECLS

/* What is rationed; each kind has its row in ear-throttle.c. */
typedef enum {
  EAR_THROTTLE_REQUEST,        /* by user */
  EAR_THROTTLE_BROADCAST,      /* by user: the pace */
  EAR_THROTTLE_BROADCAST_LONG, /* by user: in ten minutes */
  EAR_THROTTLE_DIAL_BACK,      /* by user */
  EAR_THROTTLE_CHANGE,         /* by user: of the account */
  EAR_THROTTLE_ADMIN,          /* by user: what admins do */
  EAR_THROTTLE_LOGIN_ACCOUNT,  /* by account: failures */
  EAR_THROTTLE_LOGIN_ADDRESS,  /* by address: failures */
  EAR_THROTTLE_LOGIN_PAIR,     /* by account and address: failures */
  EAR_THROTTLE_LOGIN_DEVICE,   /* by user and key: failures of a device that is known */
  EAR_THROTTLE_SIGNUP_ADDRESS, /* by address */
  EAR_THROTTLE_SIGNUP,         /* all together */
  EAR_N_THROTTLES,
} EarThrottleKind;

/* Of each kind: some twenty megabytes. */
#define EAR_THROTTLE_MAX_BUCKETS (1 << 17)

#define EAR_TYPE_THROTTLE (ear_throttle_get_type ())
G_DECLARE_FINAL_TYPE (EarThrottle, ear_throttle, EAR, THROTTLE, GObject)

EarThrottle *ear_throttle_new (EarClock *clock);
void
ear_throttle_set_rate (EarThrottle *self, EarThrottleKind kind, guint burst, guint per_seconds);
gboolean ear_throttle_take (EarThrottle *self,
                            EarThrottleKind kind,
                            const char *key,
                            gint64 *retry_after_ms);
gboolean ear_throttle_check (EarThrottle *self,
                             EarThrottleKind kind,
                             const char *key,
                             gint64 *retry_after_ms);
char *ear_throttle_dup_address_key (GInetSocketAddress *address);

G_END_DECLS
