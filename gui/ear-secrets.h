/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Passwords, kept by the desktop's keyring. Where there is none, nothing is kept and nothing
 * found. */
void ear_secrets_store_async (const char *profile,
                              const char *server,
                              const char *user,
                              const char *password,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean ear_secrets_store_finish (GAsyncResult *result, GError **error);
void ear_secrets_forget (const char *profile);
void ear_secrets_look_up_async (const char *profile,
                                const char *server,
                                const char *user,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
char *ear_secrets_look_up_finish (GAsyncResult *result, GError **error);
void ear_secrets_free_password (char *password);

G_END_DECLS
