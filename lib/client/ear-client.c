/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A profile at work: the one place where the parts of lib/client are put together.
 *
 *   new ──open──▸ open ──close──▸ closed
 *
 * A profile is a directory that only its owner can read, with identity.pem (the key of this device)
 * and history.db. Opening makes what is not there: the identity in a thread, the history in its
 * own. Only when both are there the other parts are made; before that the getters return %NULL.
 * Closing ends the links in peace, logs out and closes the history; the parts live on until
 * dispose, but do nothing. */

#include "config.h"

#include "client/ear-client-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "client/ear-announcement-list.h"
#include "client/ear-announcement.h"
#include "client/ear-chat-message.h"
#include "client/ear-chat.h"
#include "client/ear-contacts.h"
#include "client/ear-history.h"
#include "client/ear-switchboard.h"
#include "client/ear-user-list.h"
#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-error.h"
#include "wire/ear-identity.h"
#include "wire/ear-poller.h"
#include "wire/ear-tls.h"

#define DEFAULT_PROFILE "default"
#define PROFILE_MAX 64
/* Those of a file's name; a dot that leads hides it. */
#define PROFILE_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

G_DEFINE_FINAL_TYPE (EarClient, ear_client, G_TYPE_OBJECT)

enum {
  ASKED,
  MESSAGE_RECEIVED,
  ANNOUNCED,
  RETRACTED,
  ADMINISTERED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
asked_cb (EarClient *self, EarChat *chat)
{
  g_signal_emit (self, signals[ASKED], 0, chat);
}

static void
message_received_cb (EarClient *self, EarChat *chat, EarChatMessage *message)
{
  g_signal_emit (self, signals[MESSAGE_RECEIVED], 0, chat, message);
}

void
ear_client_tell_announced (EarClient *self, EarAnnouncement *announcement)
{
  g_signal_emit (self, signals[ANNOUNCED], 0, announcement);
}

void
ear_client_tell_retracted (EarClient *self, EarAnnouncement *announcement)
{
  g_signal_emit (self, signals[RETRACTED], 0, announcement);
}

void
ear_client_tell_administered (EarClient *self)
{
  g_signal_emit (self, signals[ADMINISTERED], 0);
}

/* -- Opening ---------------------------------------------------------------------------------- */

/* Makes the parts, which need each other in this order.
 *
 * Fails with EAR_ERROR_INTERNAL, _TLS, or _UNREACHABLE when the wanted port cannot be had. */
static gboolean
build (EarClient *self, GError **error)
{
  g_autoptr (EarTls) to_server = ear_tls_new (self->identity, EAR_TLS_TO_SERVER, error);
  g_autoptr (EarTls) to_peer = NULL;

  if (to_server == NULL)
    return FALSE;
  to_peer = ear_tls_new (self->identity, EAR_TLS_TO_PEER, error);
  if (to_peer == NULL)
    return FALSE;
  self->poller = ear_poller_new (g_main_context_get_thread_default (), error);
  if (self->poller == NULL)
    return FALSE;
  self->deadlines = ear_deadlines_new (self->clock, g_main_context_get_thread_default ());
  self->users = ear_user_list_new ();
  self->contacts = ear_contacts_new (self->history, self->users, self->deadlines);
  self->announcements = ear_announcement_list_new (self->deadlines);
  self->session = ear_session_new (self->poller, self->deadlines, to_server);
  self->switchboard = ear_switchboard_new (self->poller, self->deadlines, to_peer, self->session,
                                           self->contacts, self->history, self->users);
  g_signal_connect_object (self->switchboard, "asked", G_CALLBACK (asked_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->switchboard, "message-received", G_CALLBACK (message_received_cb),
                           self, G_CONNECT_SWAPPED);
  ear_client_follow_session (self);
  ear_client_follow_announcements (self);
  if (!ear_switchboard_open (self->switchboard, self->port, error))
    return FALSE;
  ear_session_set_doorbell_port (self->session, ear_switchboard_get_port (self->switchboard));
  return TRUE;
}

static void
history_opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  EarClient *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (ear_history_open_finish (EAR_HISTORY (source), result, &error) && build (self, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
identity_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  EarClient *self = g_task_get_source_object (task);
  g_autofree char *path = g_build_filename (self->directory, "history.db", NULL);
  GError *error = NULL;

  self->identity = g_task_propagate_pointer (G_TASK (result), &error);
  if (self->identity == NULL) {
    g_task_return_error (task, error);
    return;
  }
  self->history = ear_history_new (path);
  ear_history_open_async (self->history, g_task_get_cancellable (task), history_opened_cb,
                          g_object_ref (task));
}

static void
load_identity_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const char *directory = data;
  g_autofree char *path = g_build_filename (directory, "identity.pem", NULL);
  GError *error = NULL;
  EarIdentity *identity = NULL;

  if (g_mkdir_with_parents (directory, 0700) != 0 || g_chmod (directory, 0700) != 0) {
    int code = errno;

    g_task_return_new_error (task, EAR_ERROR, EAR_ERROR_BAD_FILE, "%s: %s", directory,
                             g_strerror (code));
    return;
  }
  identity = ear_identity_load_or_create (path, &error);
  if (identity != NULL)
    g_task_return_pointer (task, identity, (GDestroyNotify) ear_identity_unref);
  else
    g_task_return_error (task, error);
}

/* -- Object ----------------------------------------------------------------------------------- */

static void
ear_client_dispose (GObject *object)
{
  EarClient *self = EAR_CLIENT (object);

  if (self->session != NULL) {
    ear_session_set_prepare (self->session, NULL, NULL);
    g_signal_handlers_disconnect_by_data (self->session, self);
    ear_session_log_out (self->session);
  }
  ear_deadline_clear (&self->save_pin_again);
  if (self->switchboard != NULL)
    ear_switchboard_close (self->switchboard);
  g_clear_object (&self->switchboard);
  g_clear_object (&self->session);
  g_clear_object (&self->announcements);
  g_clear_object (&self->contacts);
  g_clear_object (&self->users);
  g_clear_object (&self->history);
  G_OBJECT_CLASS (ear_client_parent_class)->dispose (object);
}

static void
ear_client_finalize (GObject *object)
{
  EarClient *self = EAR_CLIENT (object);

  g_clear_pointer (&self->seen, g_hash_table_unref);
  g_clear_pointer (&self->deadlines, ear_deadlines_unref);
  g_clear_pointer (&self->poller, ear_poller_unref);
  g_clear_pointer (&self->identity, ear_identity_unref);
  g_clear_pointer (&self->clock, ear_clock_unref);
  g_free (self->me);
  g_free (self->server);
  g_free (self->directory);
  G_OBJECT_CLASS (ear_client_parent_class)->finalize (object);
}

static void
ear_client_class_init (EarClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ear_client_dispose;
  object_class->finalize = ear_client_finalize;

  signals[ASKED] = g_signal_new ("asked", EAR_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, EAR_TYPE_CHAT);
  signals[MESSAGE_RECEIVED] =
    g_signal_new ("message-received", EAR_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 2, EAR_TYPE_CHAT, EAR_TYPE_CHAT_MESSAGE);
  signals[ANNOUNCED] = g_signal_new ("announced", EAR_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 1, EAR_TYPE_ANNOUNCEMENT);
  signals[RETRACTED] = g_signal_new ("retracted", EAR_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 1, EAR_TYPE_ANNOUNCEMENT);
  signals[ADMINISTERED] = g_signal_new ("administered", EAR_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 0);
}

static void
ear_client_init (EarClient *self)
{
  self->seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
}

/**
 * ear_client_new:
 * @directory: (type filename): of the profile
 * @clock: (nullable): the time; %NULL: the real one
 *
 * Makes a client that is to be opened.
 *
 * Returns: (transfer full): the client
 */
EarClient *
ear_client_new (const char *directory, EarClock *clock)
{
  EarClient *self = g_object_new (EAR_TYPE_CLIENT, NULL);

  self->directory = g_strdup (directory);
  self->clock = clock != NULL ? ear_clock_ref (clock) : ear_clock_new ();
  return self;
}

/**
 * ear_client_dup_directory:
 * @profile: (nullable): the name of a profile; %NULL: the usual one
 * @error: return location for an error
 *
 * Names the directory of a profile, below the user's data.
 *
 * Returns: (transfer full) (type filename): the directory. Fails with EAR_ERROR_BAD_NAME.
 */
char *
ear_client_dup_directory (const char *profile, GError **error)
{
  const char *name = profile != NULL ? profile : DEFAULT_PROFILE;
  gsize length = strlen (name);

  if (length == 0 || length > PROFILE_MAX || name[0] == '.' ||
      strspn (name, PROFILE_CHARS) != length) {
    g_set_error (
      error, EAR_ERROR, EAR_ERROR_BAD_NAME,
      _ ("The name of a profile has 1 to %d letters, digits, “-”, “_” and “.”, and begins "
         "with no “.”"),
      PROFILE_MAX);
    return NULL;
  }
  return g_build_filename (g_get_user_data_dir (), "earshot", name, NULL);
}

/**
 * ear_client_open_async:
 * @self: a new client
 * @cancellable: (nullable): stops the opening
 * @callback: called when it is open
 * @user_data: for @callback
 *
 * Opens the profile: its key, its history, its doorbell. Once only.
 */
void
ear_client_open_async (EarClient *self,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GTask) work = g_task_new (NULL, cancellable, identity_loaded_cb, task);

  g_task_set_name (task, G_STRFUNC);
  g_task_set_name (work, G_STRFUNC);
  g_task_set_task_data (work, g_strdup (self->directory), g_free);
  g_task_run_in_thread (work, load_identity_thread);
}

/**
 * ear_client_open_finish:
 *
 * Returns: whether it is open. Fails with EAR_ERROR_BAD_FILE when the profile cannot be used, with
 *   EAR_ERROR_UNREACHABLE when the doorbell's port cannot be had, or with EAR_ERROR_INTERNAL.
 */
gboolean
ear_client_open_finish (EarClient *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
history_closed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (ear_history_close_finish (EAR_HISTORY (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * ear_client_close_async:
 * @self: a client, also one whose opening failed
 * @cancellable: (nullable): stops the waiting
 * @callback: called when everything is on the disk
 * @user_data: for @callback
 *
 * Ends all chats, says goodbye to the server and closes the history.
 */
void
ear_client_close_async (EarClient *self,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_name (task, G_STRFUNC);
  if (self->switchboard != NULL)
    ear_switchboard_close (self->switchboard);
  if (self->session != NULL)
    ear_session_log_out (self->session);
  if (self->history != NULL)
    ear_history_close_async (self->history, cancellable, history_closed_cb,
                             g_steal_pointer (&task));
  else
    g_task_return_boolean (task, TRUE);
}

/**
 * ear_client_close_finish:
 *
 * Returns: whether it was closed. Fails only when that was cancelled.
 */
gboolean
ear_client_close_finish (EarClient *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ear_client_set_doorbell_port:
 * @self: a client that is not open yet
 * @port: where peers reach us; 0: any free port
 *
 * Chooses the port of the doorbell.
 */
void
ear_client_set_doorbell_port (EarClient *self, guint16 port)
{
  self->port = port;
}

/**
 * ear_client_set_tells_reading:
 * @self: an open client
 * @tells: whether others are told which of their messages were seen
 *
 * Chooses that, from now on.
 */
void
ear_client_set_tells_reading (EarClient *self, gboolean tells)
{
  g_return_if_fail (EAR_IS_CLIENT (self) && self->switchboard != NULL);

  ear_switchboard_set_tells_reading (self->switchboard, tells);
}

EarSession *
ear_client_get_session (EarClient *self)
{
  return self->session;
}

EarUserList *
ear_client_get_users (EarClient *self)
{
  return self->users;
}

EarAnnouncementList *
ear_client_get_announcements (EarClient *self)
{
  return self->announcements;
}

EarContacts *
ear_client_get_contacts (EarClient *self)
{
  return self->contacts;
}

EarHistory *
ear_client_get_history (EarClient *self)
{
  return self->history;
}

EarIdentity *
ear_client_get_identity (EarClient *self)
{
  return self->identity;
}

/**
 * ear_client_get_chats:
 * @self: an open client
 *
 * Returns: (transfer none): of EarChat, in the order in which they were first had
 */
GListModel *
ear_client_get_chats (EarClient *self)
{
  return self->switchboard != NULL ? ear_switchboard_get_chats (self->switchboard) : NULL;
}

/**
 * ear_client_get_chat:
 * @self: an open client
 * @user: an account
 *
 * Returns: (transfer none) (nullable): the chat with a user, made when there is none; %NULL while
 *   nobody is logged in, or for oneself
 */
EarChat *
ear_client_get_chat (EarClient *self, const char *user)
{
  return self->switchboard != NULL ? ear_switchboard_get_chat (self->switchboard, user) : NULL;
}
