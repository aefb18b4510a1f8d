/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-server-types.h"

G_BEGIN_DECLS

typedef enum {
  EAR_SIGNUP_OPEN,
  EAR_SIGNUP_INVITE,
  EAR_SIGNUP_CLOSED,
} EarSignupPolicy;

/* What an operator can set, on the command line or in a file. */
struct _EarServerConfig
{
  char **listen; /* addresses; empty: all */
  guint16 port;  /* 0: any free one */
  char *data_dir;
  char *name;
  EarSignupPolicy signup;
  guint32 iterations;
  guint signups_per_hour;
  guint signups_per_address;
  guint max_strangers;
  guint max_per_address;
  gboolean verbose;
  gboolean version; /* asked for the version alone */
};

EarServerConfig *ear_server_config_new (void);
void ear_server_config_free (EarServerConfig *self);
gboolean ear_server_config_parse (EarServerConfig *self, char ***arguments, GError **error);
gboolean
ear_server_config_set (EarServerConfig *self, const char *key, const char *value, GError **error);
const char *ear_signup_policy_to_string (EarSignupPolicy policy);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarServerConfig, ear_server_config_free)

G_END_DECLS
