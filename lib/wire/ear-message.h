/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-error.h"
#include "wire/ear-types.h"

G_BEGIN_DECLS

/* All messages of the protocol; ear-message-table.c says what is in each and when it may come. */
typedef enum {
  EAR_MESSAGE_HELLO, /* client to server */
  EAR_MESSAGE_WELCOME,
  EAR_MESSAGE_SIGNUP,
  EAR_MESSAGE_AUTH,
  EAR_MESSAGE_CHALLENGE,
  EAR_MESSAGE_PROOF,
  EAR_MESSAGE_AUTHENTICATED,
  EAR_MESSAGE_PRESENT,
  EAR_MESSAGE_WATCH,
  EAR_MESSAGE_ROSTER,
  EAR_MESSAGE_ROSTER_CHANGE,
  EAR_MESSAGE_LOCATE,
  EAR_MESSAGE_LOCATED,
  EAR_MESSAGE_IDENTIFY,
  EAR_MESSAGE_IDENTIFIED,
  EAR_MESSAGE_DIAL_BACK,
  EAR_MESSAGE_DIAL,
  EAR_MESSAGE_BROADCAST,       /* client to server: the request */
  EAR_MESSAGE_BROADCAST_EVENT, /* server to client: `broadcast` too */
  EAR_MESSAGE_REACHED,
  EAR_MESSAGE_RIGHTS,
  EAR_MESSAGE_BROADCAST_REMOVED,
  EAR_MESSAGE_BROADCAST_POLICY, /* client to server, by admins, as the next four */
  EAR_MESSAGE_REMOVE_BROADCAST,
  EAR_MESSAGE_DISABLE,
  EAR_MESSAGE_ENABLE,
  EAR_MESSAGE_MANAGE,
  EAR_MESSAGE_MANAGED,
  EAR_MESSAGE_PASSWORD,
  EAR_MESSAGE_RENAME,
  EAR_MESSAGE_LEAVE,
  EAR_MESSAGE_OK,
  EAR_MESSAGE_PEER_HELLO, /* peer to peer: `hello` too */
  EAR_MESSAGE_REQUEST,
  EAR_MESSAGE_ACCEPT,
  EAR_MESSAGE_DECLINE,
  EAR_MESSAGE_CANCEL,
  EAR_MESSAGE_TEXT, /* peer to peer: `message` */
  EAR_MESSAGE_ACK,
  EAR_MESSAGE_TYPING,
  EAR_MESSAGE_READ,
  EAR_MESSAGE_PING, /* everywhere */
  EAR_MESSAGE_PONG,
  EAR_MESSAGE_BYE,
  EAR_MESSAGE_ERROR,
  EAR_N_MESSAGES,
} EarMessageType;

/* Who may broadcast: on the wire and in the server's file. */
#define EAR_EVERYBODY "everybody"
#define EAR_ADMINS_ONLY "admins"

/* Who reads the line, and in which state: the bits of docs/protocol.md. */
typedef enum {
  EAR_MESSAGE_AT_GREETING = 1 << 0, /* the server reads */
  EAR_MESSAGE_AT_STRANGER = 1 << 1,
  EAR_MESSAGE_AT_PROVING = 1 << 2,
  EAR_MESSAGE_AT_MEMBER = 1 << 3,
  EAR_MESSAGE_AT_ACTIVE = 1 << 4,
  EAR_MESSAGE_AT_CLIENT = 1 << 5,  /* a client reads what the server sent */
  EAR_MESSAGE_AT_MEETING = 1 << 6, /* a peer reads */
  EAR_MESSAGE_AT_MET = 1 << 7,
  EAR_MESSAGE_AT_ASKED = 1 << 8,
  EAR_MESSAGE_AT_OPEN = 1 << 9,
} EarMessageAt;

EarMessage *ear_message_new (EarMessageType type);
EarMessage *ear_message_parse (const char *line, gsize size, EarMessageAt at, GError **error);
EarMessage *ear_message_new_error (EarError code, gint64 re);
EarMessage *ear_message_new_answer (EarMessageType type, EarMessage *request);
EarMessage *ear_message_ref (EarMessage *self);
void ear_message_unref (EarMessage *self);

EarMessageType ear_message_get_type (EarMessage *self);
const char *ear_message_get_name (EarMessage *self);

/* Fields. To set what the table does not know, or to get it with another type, is a caller's
 * mistake. */
gboolean ear_message_has (EarMessage *self, const char *field);
const char *ear_message_get_string (EarMessage *self, const char *field);
gint64 ear_message_get_integer (EarMessage *self, const char *field);
gboolean ear_message_get_boolean (EarMessage *self, const char *field);
GBytes *ear_message_dup_bytes (EarMessage *self, const char *field);
char **ear_message_dup_strings (EarMessage *self, const char *field);

void ear_message_set_string (EarMessage *self, const char *field, const char *value);
void ear_message_set_integer (EarMessage *self, const char *field, gint64 value);
void ear_message_set_boolean (EarMessage *self, const char *field, gboolean value);
void ear_message_set_bytes (EarMessage *self, const char *field, const guint8 *data, gsize size);
void ear_message_set_strings (EarMessage *self, const char *field, const char *const *values);

/* Roster entries: the only objects inside a message. */
typedef struct
{
  const char *user;
  const char *name;
  const char *status;
} EarRosterEntry;

guint ear_message_get_n_entries (EarMessage *self, const char *field);
void
ear_message_get_entry (EarMessage *self, const char *field, guint index, EarRosterEntry *entry);
void ear_message_add_entry (EarMessage *self, const char *field, const EarRosterEntry *entry);

GBytes *ear_message_to_line (EarMessage *self);
GError *ear_message_to_error (EarMessage *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarMessage, ear_message_unref)

G_END_DECLS
