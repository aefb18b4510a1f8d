/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* "Keep me logged in", by libsecret. One password per profile, server and user. Storing and
 * forgetting are wishes: on a machine without a keyring they do nothing but a line in the debug
 * log, and the user logs in by hand. */

#include "config.h"

#include "gui/ear-secrets.h"

#include <glib/gi18n.h>
#include <libsecret/secret.h>

static const SecretSchema schema = {
  .name = "io.github.earshot.Earshot",
  .flags = SECRET_SCHEMA_NONE,
  .attributes = {
    { "profile", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { "server", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { "user", SECRET_SCHEMA_ATTRIBUTE_STRING },
  },
};

static void
forgotten_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  secret_password_clear_finish (result, &error);
  if (error != NULL)
    g_debug ("no password is forgotten: %s", error->message);
}

/**
 * ear_secrets_store_async:
 * @profile: the profile, "" for the usual one
 * @server: the server's address
 * @user: the account name
 * @password: the password
 * @callback: called when it is kept, or cannot be
 * @user_data: for @callback
 *
 * Has the keyring keep @password.
 */
void
ear_secrets_store_async (const char *profile,
                         const char *server,
                         const char *user,
                         const char *password,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autofree char *label = g_strdup_printf (_ ("Earshot: %s at %s"), user, server);

  secret_password_store (&schema, SECRET_COLLECTION_DEFAULT, label, password, NULL, callback,
                         user_data, "profile", profile, "server", server, "user", user, NULL);
}

/**
 * ear_secrets_store_finish:
 * @result: the result
 * @error: return location for an error
 *
 * Ends ear_secrets_store_async(). Fails with what the keyring's service fails with; there may be
 * none.
 *
 * Returns: whether the password is kept
 */
gboolean
ear_secrets_store_finish (GAsyncResult *result, GError **error)
{
  return secret_password_store_finish (result, error);
}

/**
 * ear_secrets_forget:
 * @profile: the profile, "" for the usual one
 *
 * Has the keyring forget every password of @profile.
 */
void
ear_secrets_forget (const char *profile)
{
  secret_password_clear (&schema, NULL, forgotten_cb, NULL, "profile", profile, NULL);
}

/**
 * ear_secrets_look_up_async:
 * @profile: the profile, "" for the usual one
 * @server: the server's address
 * @user: the account name
 * @cancellable: (nullable): a cancellable
 * @callback: called with the answer
 * @user_data: for @callback
 *
 * Asks the keyring for a password.
 */
void
ear_secrets_look_up_async (const char *profile,
                           const char *server,
                           const char *user,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  secret_password_lookup (&schema, cancellable, callback, user_data, "profile", profile, "server",
                          server, "user", user, NULL);
}

/**
 * ear_secrets_look_up_finish:
 * @result: the result
 * @error: return location for an error
 *
 * Ends ear_secrets_look_up_async(). Fails with what the keyring's service fails with.
 *
 * Returns: (transfer full) (nullable): the password, to be freed with
 *   ear_secrets_free_password(); %NULL without an error when there is none
 */
char *
ear_secrets_look_up_finish (GAsyncResult *result, GError **error)
{
  return secret_password_lookup_finish (result, error);
}

/**
 * ear_secrets_free_password:
 * @password: (nullable): a password
 *
 * Wipes and frees a password.
 */
void
ear_secrets_free_password (char *password)
{
  secret_password_free (password);
}
