/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_HISTORY (ear_history_get_type ())
G_DECLARE_FINAL_TYPE (EarHistory, ear_history, EAR, HISTORY, GObject)

/* What a client keeps, in one SQLite file that one worker thread owns. Every call returns at once;
 * every result comes back in the caller's main context, in the order of the calls. `me` and
 * `server` (a fingerprint) say whose history it is: one profile may know several servers and
 * accounts. */

#define EAR_HISTORY_AGAIN_MS 5000 /* after which what failed is tried again */

typedef enum {
  EAR_DELIVERY_WAITING = 0,  /* ours, not yet acknowledged */
  EAR_DELIVERY_SENT = 1,     /* ours, handed to a link */
  EAR_DELIVERY_RECEIVED = 2, /* ours, acknowledged by the other side */
  EAR_DELIVERY_INCOMING = 3, /* theirs */
  EAR_DELIVERY_READ = 4,     /* ours, seen by the other user */
  /* No messages, but lines of the chat; their text is a fingerprint. */
  EAR_DELIVERY_KEY_CHANGED = 5, /* the other has shown another key than the one we know */
  EAR_DELIVERY_KEY_TRUSTED = 6, /* our user took it */
  EAR_DELIVERY_KEY_REFUSED = 7, /* another key asked while there was a chat with the one we know */
} EarDelivery;

/* One row of the table of messages. */
typedef struct
{
  gint64 row; /* grows; the order of the chat */
  char *id;   /* of the protocol */
  char *text;
  gint64 time_us; /* real time at which it was written */
  EarDelivery delivery;
} EarHistoryMessage;

typedef struct
{
  char *user;
  char *name;
  char *fingerprint; /* nullable: never met */
  gint64 last_seen_us;
  gboolean verified;
  gboolean blocked;
  gboolean key_changed;
  gboolean always_accepted; /* requests need no answer of our user */
  guint unread;
  char *last_message; /* nullable */
} EarHistoryContact;

EarHistory *ear_history_new (const char *path);
gboolean ear_history_is_failing (EarHistory *self);
void ear_history_open_async (EarHistory *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean ear_history_open_finish (EarHistory *self, GAsyncResult *result, GError **error);
void ear_history_close_async (EarHistory *self,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean ear_history_close_finish (EarHistory *self, GAsyncResult *result, GError **error);

/* Whose history the calls below mean, from now on. The calls that load or save before the first
 * one fail. */
void ear_history_set_account (EarHistory *self, const char *server, const char *me);

/* Messages. add: FALSE without an error when the id was there already; row is set in both cases.
 * A line about a key is not added, either, when it says what the line before it said. Success means
 * that a message of theirs is on the disk, and that one of ours outlives the program. */
void ear_history_add_message_async (EarHistory *self,
                                    const char *user,
                                    const EarHistoryMessage *message,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean ear_history_add_message_finish (EarHistory *self,
                                         GAsyncResult *result,
                                         gint64 *row,
                                         GError **error);
/* Of our own message; what was received once stays received. */
void
ear_history_set_delivery (EarHistory *self, const char *user, const char *id, EarDelivery delivery);
void ear_history_mark_read (EarHistory *self, const char *user);
/* The other has seen our messages up to id. */
void ear_history_set_read (EarHistory *self, const char *user, const char *id);
/* Up to limit messages before row (0: the newest), oldest first; finish returns an array of
 * EarHistoryMessage. */
void ear_history_load_page_async (EarHistory *self,
                                  const char *user,
                                  gint64 before_row,
                                  guint limit,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
GPtrArray *ear_history_load_page_finish (EarHistory *self, GAsyncResult *result, GError **error);
/* All of our own messages to user that are WAITING or SENT, oldest first. */
void ear_history_load_waiting_async (EarHistory *self,
                                     const char *user,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
GPtrArray *ear_history_load_waiting_finish (EarHistory *self, GAsyncResult *result, GError **error);

/* Contacts and pins; finish returns an array of EarHistoryContact. Whoever a message was exchanged
 * with is a contact. save: "unread" and "last_message" are not looked at, they come from the
 * messages. */
void ear_history_load_contacts_async (EarHistory *self,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
GPtrArray *
ear_history_load_contacts_finish (EarHistory *self, GAsyncResult *result, GError **error);
void ear_history_save_contact_async (EarHistory *self,
                                     const EarHistoryContact *contact,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean ear_history_save_contact_finish (EarHistory *self, GAsyncResult *result, GError **error);
/* With all its messages. */
void ear_history_remove_contact_async (EarHistory *self,
                                       const char *user,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
gboolean ear_history_remove_contact_finish (EarHistory *self, GAsyncResult *result, GError **error);

/* Servers: their pinned keys, by "host:port", whatever the account; NULL without an error: none. */
void ear_history_load_pin_async (EarHistory *self,
                                 const char *address,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
char *ear_history_load_pin_finish (EarHistory *self, GAsyncResult *result, GError **error);
void ear_history_save_pin_async (EarHistory *self,
                                 const char *address,
                                 const char *fingerprint,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean ear_history_save_pin_finish (EarHistory *self, GAsyncResult *result, GError **error);

/* Broadcasts: the last number seen, and those of the last 30 minutes (an array of EarAnnouncement).
 */
void ear_history_save_announcement (EarHistory *self, EarAnnouncement *announcement);
void ear_history_raise_number (EarHistory *self, guint64 number);
void ear_history_remove_announcement (EarHistory *self, guint64 number);
void ear_history_load_announcements_async (EarHistory *self,
                                           GCancellable *cancellable,
                                           GAsyncReadyCallback callback,
                                           gpointer user_data);
GPtrArray *ear_history_load_announcements_finish (EarHistory *self,
                                                  GAsyncResult *result,
                                                  guint64 *last_number,
                                                  GError **error);

/* A stored time as one that can be shown. */
GDateTime *ear_history_time_new (gint64 time_us);

EarHistoryMessage *ear_history_message_copy (const EarHistoryMessage *self);
void ear_history_message_free (EarHistoryMessage *self);
void ear_history_contact_free (EarHistoryContact *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarHistoryMessage, ear_history_message_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarHistoryContact, ear_history_contact_free)

G_END_DECLS
