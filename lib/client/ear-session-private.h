/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-session.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-link.h"
#include "wire/ear-message.h"
#include "wire/ear-scram.h"

G_BEGIN_DECLS

/* Shared by the files of EarSession: ear-session.c has the object and its state,
 * ear-session-login.c the way from nothing to online, ear-session-requests.c what goes on there,
 * ear-session-settings.c what others are to know of us, ear-session-derive.c the thread. */

typedef enum {
  EAR_SESSION_STEP_NONE,
  EAR_SESSION_STEP_PINNING,    /* the client looks up the server's pin */
  EAR_SESSION_STEP_CONNECTING, /* TCP and TLS */
  EAR_SESSION_STEP_WELCOME,
  EAR_SESSION_STEP_DERIVING, /* PBKDF2 for the next step, in a thread */
  EAR_SESSION_STEP_SIGNUP,
  EAR_SESSION_STEP_CHALLENGE,
  EAR_SESSION_STEP_PROOF,
  EAR_SESSION_STEP_UPGRADE,
  EAR_SESSION_STEP_PREPARING, /* the client loads what it has of this account */
  EAR_SESSION_STEP_PRESENT,
  EAR_SESSION_STEP_ONLINE,
} EarSessionStep;

struct _EarSession
{
  GObject parent_instance;

  /* Owned */
  EarPoller *poller;
  EarDeadlines *deadlines;
  EarTls *tls;
  EarReconnect *reconnect;
  GHashTable *requests; /* id → GTask */

  /* Whose session, where: from log-in to log-out */
  EarServerLink *server;
  char *user;
  char *password; /* wiped when logged out */
  EarScramSecret secret;
  gboolean has_secret;
  gboolean secret_of_digest;
  char *signup_name;
  gboolean signs_up; /* until the account is made */
  char *pin;         /* the key that the server must have */

  /* What we know of it */
  char *name;
  char *server_name;
  char *signup_policy;
  char *fingerprint;      /* of the server, once it was checked */
  char *seen_fingerprint; /* what the server showed last, trusted or not */
  gboolean on_loopback;
  gboolean admin;
  gboolean may_broadcast;
  GError *last_error;

  /* What others are to know */
  char *status;
  guint16 port;
  guint64 last_broadcast;
  char **addresses; /* as they were told last */
  char *prefix;
  guint limit;

  /* The state, and the try or the connection at hand */
  EarSessionState state;
  EarSessionStep step;
  EarLink *link;
  EarLink *leaving; /* a link that says goodbye */
  GCancellable *cancellable;
  gint64 retry_after_ms; /* what the server wants us to wait before the next try */
  GError *link_error;    /* an `error` that answers nothing: why the server closes next */
  EarDeadline patience;
  EarDeadline tick;    /* each second of waiting, for "retry-in" */
  EarDeadline network; /* until we look at what has changed there */
  GTask *task;         /* the first log-in or the sign-up */
  GSource *task_cancelled;
  EarScramClient *scram;
  EarScramSecret fresh; /* for a sign-up or a new secret */
  gboolean digest;      /* the challenge wants the digest of the password */
  guint32 iterations;   /* what the server wants of new keys */
  gint64 last_id;
  gint64 step_id; /* of the request of this step */
  guint ticket;   /* of the current call of `prepare` */

  EarSessionPrepareFunc prepare;
  gpointer prepare_data;
};

/* ear-session.c */
void ear_session_set_text (EarSession *self, char **field, const char *value, const char *property);
void ear_session_set_state (EarSession *self, EarSessionState state);
void ear_session_set_last_error (EarSession *self, const GError *error);
void ear_session_set_rights (EarSession *self, gboolean admin, gboolean may_broadcast);
GTask *ear_session_steal_task (EarSession *self);
void ear_session_fail (EarSession *self, GError *error);
void ear_session_wipe (EarSession *self);
void ear_session_call_prepare (EarSession *self, EarSessionStage stage);

/* ear-session-login.c */
void ear_session_try (EarSession *self);
void ear_session_login_proceed (EarSession *self);
void ear_session_login_received (EarSession *self, EarMessage *message);

/* ear-session-settings.c */
void ear_session_send_watch (EarSession *self);
EarMessage *ear_session_new_present (EarSession *self);
void ear_session_tell_addresses (EarSession *self);

/* ear-session-derive.c */
void ear_session_derive_async (EarSession *self,
                               const char *password,
                               const guint8 *salt,
                               guint32 iterations,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean ear_session_derive_finish (GAsyncResult *result, EarScramSecret *secret, GError **error);
void ear_session_set_keys (EarMessage *message, const EarScramSecret *secret);

/* ear-session-requests.c */
void ear_session_received (EarSession *self, EarMessage *message);
gint64 ear_session_send (EarSession *self, EarMessage *message);
void ear_session_fail_requests (EarSession *self);

G_END_DECLS
