/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_CLIENT (ear_client_get_type ())
G_DECLARE_FINAL_TYPE (EarClient, ear_client, EAR, CLIENT, GObject)

/* A profile at work: the one place where the parts of lib/client are put together. The app and the
 * command line each have one.
 *
 * Signals: "asked" (EarChat): somebody asks for a chat. "message-received" (EarChat,
 * EarChatMessage). "announced" (EarAnnouncement): a broadcast has come for the first time.
 * "retracted" (EarAnnouncement): an admin has taken it away. "administered" (): what this client
 * asked as an admin is done. */
EarClient *ear_client_new (const char *directory, EarClock *clock);
char *ear_client_dup_directory (const char *profile, GError **error);

void ear_client_open_async (EarClient *self,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
gboolean ear_client_open_finish (EarClient *self, GAsyncResult *result, GError **error);
void ear_client_close_async (EarClient *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean ear_client_close_finish (EarClient *self, GAsyncResult *result, GError **error);

/* Settings to make before open. Port 0 takes any free one. */
void ear_client_set_doorbell_port (EarClient *self, guint16 port);

/* Whether others are told which of their messages were seen; TRUE to begin with. Once open. */
void ear_client_set_tells_reading (EarClient *self, gboolean tells);

EarSession *ear_client_get_session (EarClient *self);
EarUserList *ear_client_get_users (EarClient *self);
EarAnnouncementList *ear_client_get_announcements (EarClient *self);
EarContacts *ear_client_get_contacts (EarClient *self);
EarHistory *ear_client_get_history (EarClient *self);
EarIdentity *ear_client_get_identity (EarClient *self);
GListModel *ear_client_get_chats (EarClient *self);
/* NULL while nobody is logged in, or for oneself. */
EarChat *ear_client_get_chat (EarClient *self, const char *user);

/* Tells everybody. The announcement is the one in the list, with the number reached so far. */
void ear_client_broadcast_async (EarClient *self,
                                 const char *text,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
EarAnnouncement *
ear_client_broadcast_finish (EarClient *self, GAsyncResult *result, GError **error);

/* What an admin may do; others get EAR_ERROR_NOT_ALLOWED. The three that change something end with
 * ear_client_administer_finish(). */
void ear_client_set_disabled_async (EarClient *self,
                                    const char *user,
                                    gboolean disabled,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
void ear_client_remove_broadcast_async (EarClient *self,
                                        guint64 number,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
void ear_client_set_broadcasters_async (EarClient *self,
                                        gboolean admins_only,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
gboolean ear_client_administer_finish (EarClient *self, GAsyncResult *result, GError **error);
void ear_client_manage_async (EarClient *self,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
char **ear_client_manage_finish (EarClient *self,
                                 GAsyncResult *result,
                                 gboolean *admins_only,
                                 guint *n_disabled,
                                 GError **error);

G_END_DECLS
