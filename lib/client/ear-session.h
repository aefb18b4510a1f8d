/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_SESSION (ear_session_get_type ())
G_DECLARE_FINAL_TYPE (EarSession, ear_session, EAR, SESSION, GObject)

#define EAR_TYPE_SESSION_STATE (ear_session_state_get_type ())
GType ear_session_state_get_type (void);

typedef enum {
  EAR_SESSION_IDLE,       /* logged out: nothing happens by itself */
  EAR_SESSION_CONNECTING, /* the first log-in, or one more try, is under way */
  EAR_SESSION_ONLINE,     /* active: the roster is live */
  EAR_SESSION_WAITING,    /* the connection was lost; the next try comes at "retry-at" */
} EarSessionState;

/* The session asks its owner twice on its way, and waits for ear_session_proceed()
 * or ear_session_give_up(). */
typedef enum {
  EAR_SESSION_BEFORE_CONNECT, /* time for ear_session_set_pin() */
  EAR_SESSION_BEFORE_PRESENT, /* the account is known: time for ear_session_set_last_broadcast() */
} EarSessionStage;

typedef void (*EarSessionPrepareFunc) (EarSession *session,
                                       EarSessionStage stage,
                                       guint ticket,
                                       gpointer user_data);

/* Properties: "state", "online" (boolean), "user", "name" (display name), "server-name",
 * "server-address", "server-fingerprint", "signup-policy", "status" (read-write: what others see),
 * "retry-in" (seconds, uint), "last-error" (boxed GError, why it is not online), "admin" and
 * "may-broadcast" (boolean: what the server lets the user do).
 *
 * Signals: "taken-over" (): the user logged in somewhere else; the session is idle now.
 * "dial-asked" (EarLocation): a peer asks to be dialled.
 * "broadcast" (EarMessage), "reached" (guint64 number, guint count), "broadcast-removed" (guint64),
 * "roster" (EarMessage): a roster or roster-change line, for EarUserList. */
EarSession *ear_session_new (EarPoller *poller, EarDeadlines *deadlines, EarTls *tls);

void ear_session_log_in_async (EarSession *self,
                               const EarServerLink *server,
                               const char *user,
                               const char *password,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean ear_session_log_in_finish (EarSession *self, GAsyncResult *result, GError **error);
void ear_session_sign_up_async (EarSession *self,
                                const EarServerLink *server,
                                const char *user,
                                const char *name,
                                const char *password,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean ear_session_sign_up_finish (EarSession *self, GAsyncResult *result, GError **error);
void ear_session_log_out (EarSession *self);
void ear_session_retry_now (EarSession *self);

/* Any request of docs/protocol.md, section 2, with its answer; an `error` becomes a GError of
 * EAR_ERROR. */
void ear_session_request_async (EarSession *self,
                                EarMessage *request,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
EarMessage *ear_session_request_finish (EarSession *self, GAsyncResult *result, GError **error);
void ear_session_locate_async (EarSession *self,
                               const char *user,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
EarLocation *ear_session_locate_finish (EarSession *self, GAsyncResult *result, GError **error);
void ear_session_change_password_async (EarSession *self,
                                        const char *password,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
gboolean
ear_session_change_password_finish (EarSession *self, GAsyncResult *result, GError **error);

EarSessionState ear_session_get_state (EarSession *self);
gboolean ear_session_is_online (EarSession *self);
gboolean ear_session_is_admin (EarSession *self);
gboolean ear_session_may_broadcast (EarSession *self);
const char *ear_session_get_user (EarSession *self);
const char *ear_session_get_name (EarSession *self);
const char *ear_session_get_server_name (EarSession *self);
const char *ear_session_get_server_fingerprint (EarSession *self);
/* The key that the server showed last, also when it was refused with KEY_CHANGED. */
const char *ear_session_get_seen_fingerprint (EarSession *self);
/* The key that the server should have: of the link or pinned; NULL when any will do. */
const char *ear_session_get_wanted_fingerprint (EarSession *self);
guint ear_session_get_retry_in (EarSession *self);
EarServerLink *ear_session_dup_server_link (EarSession *self);
gboolean ear_session_is_server_on_loopback (EarSession *self);
const GError *ear_session_get_last_error (EarSession *self);
void ear_session_set_status (EarSession *self, const char *status);
void ear_session_set_doorbell_port (EarSession *self, guint16 port);
void ear_session_set_last_broadcast (EarSession *self, guint64 number);
void ear_session_set_watch (EarSession *self, const char *prefix, guint limit);
void ear_session_search (EarSession *self, const char *prefix);
void ear_session_set_pin (EarSession *self, const char *fingerprint);
void ear_session_set_prepare (EarSession *self, EarSessionPrepareFunc prepare, gpointer user_data);
void ear_session_proceed (EarSession *self, guint ticket);
void ear_session_give_up (EarSession *self, guint ticket, const GError *error);

G_END_DECLS
