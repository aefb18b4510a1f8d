/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* How hard a password is to guess. */
typedef struct
{
  guint level; /* 0 (refused by the checker) to 4 */
  char *text;  /* a sentence */
} EarStrength;

void ear_strength_measure_async (const char *password,
                                 const char *user,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
EarStrength *ear_strength_measure_finish (GAsyncResult *result, GError **error);
void ear_strength_free (EarStrength *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarStrength, ear_strength_free)

G_END_DECLS
