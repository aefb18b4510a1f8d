/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"

G_BEGIN_DECLS

/* How to reach a user: the answer to `locate`, or the event `dial`. */
struct _EarLocation
{
  char *user;
  char *name;
  char *fingerprint;
  char **addresses;
  guint16 port;
};

EarLocation *ear_location_new (EarMessage *message);
EarLocation *ear_location_copy (const EarLocation *self);
void ear_location_free (EarLocation *self);
char *ear_location_dup_address (const EarLocation *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarLocation, ear_location_free)

G_END_DECLS
