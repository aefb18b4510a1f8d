/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* PBKDF2 for a session, in a thread of GTask: it takes a tenth of a second or more. The task owns
 * its copy of the password and what is made of it, and wipes both. */

#include "client/ear-session-private.h"

#include <openssl/crypto.h>
#include <string.h>

#include "wire/ear-error.h"
#include "wire/ear-limits.h"

/* A thread that derives is not waited for when the program ends, and crashes when OpenSSL cleans up
 * under it. Whether it does is settled before it is used for the first time, by whomever. (Not in
 * the server, which has no such threads, and gives OpenSSL its memory before that.) */
__attribute__ ((constructor)) static void
keep_openssl (void)
{
  OPENSSL_init_crypto (OPENSSL_INIT_NO_ATEXIT, NULL);
}

typedef struct
{
  char *password;
  guint8 salt[EAR_SCRAM_SALT_SIZE];
  guint32 iterations;
  EarScramSecret secret;
} Derivation;

static void
derivation_free (gpointer data)
{
  Derivation *self = data;

  OPENSSL_cleanse (self->password, strlen (self->password));
  g_free (self->password);
  OPENSSL_cleanse (&self->secret, sizeof self->secret);
  g_free (self);
}

static void
secret_free (gpointer data)
{
  OPENSSL_cleanse (data, sizeof (EarScramSecret));
  g_free (data);
}

static void
derive_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Derivation *self = data;
  GError *error = NULL;

  /* OpenSSL cannot be stopped, but what waited for a thread may be in vain by now. */
  if (g_task_return_error_if_cancelled (task))
    return;
  if (ear_scram_derive (self->password, self->salt, self->iterations, &self->secret, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* The thread lets go of its task when it likes, so that one must not hold the session. */
static void
thread_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Derivation *derivation = g_task_get_task_data (G_TASK (result));
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    g_task_return_error (task, error);
    return;
  }
  g_task_set_task_data (task, g_memdup2 (&derivation->secret, sizeof derivation->secret),
                        secret_free);
  g_task_return_boolean (task, TRUE);
}

/* A salt of %NULL makes a new one. */
void
ear_session_derive_async (EarSession *self,
                          const char *password,
                          const guint8 *salt,
                          guint32 iterations,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GTask) work = g_task_new (NULL, cancellable, thread_done_cb, g_object_ref (task));
  Derivation *derivation = g_new0 (Derivation, 1);
  GError *error = NULL;

  g_task_set_name (task, G_STRFUNC);
  g_task_set_name (work, G_STRFUNC);
  g_task_set_task_data (work, derivation, derivation_free);
  derivation->password = g_strdup (password);
  derivation->iterations = iterations;
  if (iterations < EAR_LIMIT_ITERATIONS_MIN || iterations > EAR_LIMIT_ITERATIONS_MAX) {
    g_task_return_error (work, ear_error_new (EAR_ERROR_BAD_KEYS));
    return;
  }
  if (salt != NULL)
    memcpy (derivation->salt, salt, sizeof derivation->salt);
  else if (!ear_scram_make_salt (derivation->salt, &error)) {
    g_task_return_error (work, error);
    return;
  }
  g_task_run_in_thread (work, derive_thread);
}

gboolean
ear_session_derive_finish (GAsyncResult *result, EarScramSecret *secret, GError **error)
{
  EarScramSecret *derived = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  *secret = *derived;
  return TRUE;
}

void
ear_session_set_keys (EarMessage *message, const EarScramSecret *secret)
{
  EarScramKeys keys;

  ear_scram_secret_get_keys (secret, &keys);
  ear_message_set_bytes (message, "salt", keys.salt, sizeof keys.salt);
  ear_message_set_integer (message, "iterations", keys.iterations);
  ear_message_set_bytes (message, "stored_key", keys.stored_key, sizeof keys.stored_key);
  ear_message_set_bytes (message, "server_key", keys.server_key, sizeof keys.server_key);
  OPENSSL_cleanse (&keys, sizeof keys);
}
