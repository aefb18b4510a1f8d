/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What is in each message and when it may come: docs/protocol.md as data. What is not here is
 * refused. */

#include "wire/ear-message-private.h"

#include "wire/ear-limits.h"
#include "wire/ear-scram.h"

#define STRANGER EAR_MESSAGE_AT_STRANGER
#define MEMBER (EAR_MESSAGE_AT_MEMBER | EAR_MESSAGE_AT_ACTIVE)
#define ACTIVE EAR_MESSAGE_AT_ACTIVE
#define CLIENT EAR_MESSAGE_AT_CLIENT
#define PEER \
  (EAR_MESSAGE_AT_MEETING | EAR_MESSAGE_AT_MET | EAR_MESSAGE_AT_ASKED | EAR_MESSAGE_AT_OPEN)
#define SERVER (EAR_MESSAGE_AT_GREETING | STRANGER | EAR_MESSAGE_AT_PROVING | MEMBER)
#define ANYWHERE (SERVER | CLIENT | PEER)

#define FIELDS(...) ((const EarField[]){ __VA_ARGS__, { 0 } })
#define NO_FIELDS ((const EarField[]){ { 0 } })
#define CHOICES(...) ((const char *const[]){ __VA_ARGS__, NULL })

#define ID                             \
  {                                    \
    .name = "id", .type = EAR_FIELD_ID \
  }
#define RE                             \
  {                                    \
    .name = "re", .type = EAR_FIELD_ID \
  }
#define USER                               \
  {                                        \
    .name = "user", .type = EAR_FIELD_NAME \
  }
#define DISPLAY                               \
  {                                           \
    .name = "name", .type = EAR_FIELD_DISPLAY \
  }
#define DATA                                             \
  {                                                      \
    .name = "data", .type = EAR_FIELD_STRING, .max = 512 \
  }
#define TEXT                                                      \
  {                                                               \
    .name = "text", .type = EAR_FIELD_TEXT, .max = EAR_LIMIT_TEXT \
  }
#define FINGERPRINT                                      \
  {                                                      \
    .name = "fingerprint", .type = EAR_FIELD_FINGERPRINT \
  }
#define PORT                                                      \
  {                                                               \
    .name = "port", .type = EAR_FIELD_INTEGER, .max = G_MAXUINT16 \
  }
#define COUNT(field)                                                   \
  {                                                                    \
    .name = field, .type = EAR_FIELD_INTEGER, .max = EAR_LIMIT_INTEGER \
  }
#define NUMBER                                                                      \
  {                                                                                 \
    .name = "number", .type = EAR_FIELD_INTEGER, .min = 1, .max = EAR_LIMIT_INTEGER \
  }
#define AGE COUNT ("age")
#define FLAG(field)                          \
  {                                          \
    .name = field, .type = EAR_FIELD_BOOLEAN \
  }
#define MESSAGE_ID                                             \
  {                                                            \
    .name = "id", .type = EAR_FIELD_TOKEN, .min = 8, .max = 64 \
  }
#define ADDRESSES                                                                          \
  {                                                                                        \
    .name = "addresses", .type = EAR_FIELD_ADDRESSES, .min = 1, .max = EAR_LIMIT_ADDRESSES \
  }
#define ENTRIES(field)                                                     \
  {                                                                        \
    .name = field, .type = EAR_FIELD_ENTRIES, .max = EAR_LIMIT_ROSTER_LINE \
  }
#define CODE                                                                       \
  {                                                                                \
    .name = "code", .type = EAR_FIELD_TOKEN, .optional = TRUE, .min = 1, .max = 32 \
  }
#define REASON                                                             \
  {                                                                        \
    .name = "text", .type = EAR_FIELD_STRING, .optional = TRUE, .max = 256 \
  }
#define SALT                                                             \
  {                                                                      \
    .name = "salt", .type = EAR_FIELD_BASE64, .max = EAR_SCRAM_SALT_SIZE \
  }
#define ITERATIONS                                                                             \
  {                                                                                            \
    .name = "iterations", .type = EAR_FIELD_INTEGER, .min = 1, .max = EAR_LIMIT_ITERATIONS_MAX \
  }
#define KEY(field)                                                     \
  {                                                                    \
    .name = field, .type = EAR_FIELD_BASE64, .max = EAR_SCRAM_KEY_SIZE \
  }
#define KEYS SALT, ITERATIONS, KEY ("stored_key"), KEY ("server_key")
#define BROADCASTERS                                                                             \
  {                                                                                              \
    .name = "who", .type = EAR_FIELD_CHOICE, .choices = CHOICES (EAR_EVERYBODY, EAR_ADMINS_ONLY) \
  }
#define LOCATION USER, DISPLAY, FINGERPRINT, ADDRESSES, PORT

/* clang-format off */
const EarMessageSpec ear_message_specs[EAR_N_MESSAGES] = {
  /* Client to server */
  [EAR_MESSAGE_HELLO] = {
    .name = "hello", .at = EAR_MESSAGE_AT_GREETING,
    .fields = FIELDS ({ .name = "version", .type = EAR_FIELD_INTEGER, .min = 1, .max = 1000 },
                      { .name = "agent", .type = EAR_FIELD_DISPLAY, .optional = TRUE }),
  },
  [EAR_MESSAGE_SIGNUP] = {
    .name = "signup", .at = STRANGER,
    .fields = FIELDS (ID, { .name = "user", .type = EAR_FIELD_STRING, .max = 64 },
                      { .name = "name", .type = EAR_FIELD_STRING, .optional = TRUE, .max = 64 }, KEYS,
                      { .name = "invite", .type = EAR_FIELD_STRING, .optional = TRUE, .max = 64 }),
  },
  [EAR_MESSAGE_AUTH] = { .name = "auth", .at = STRANGER, .fields = FIELDS (ID, DATA) },
  [EAR_MESSAGE_PROOF] = { .name = "proof", .at = EAR_MESSAGE_AT_PROVING, .fields = FIELDS (ID, DATA) },
  [EAR_MESSAGE_PRESENT] = {
    .name = "present", .at = MEMBER,
    .fields = FIELDS (ID, PORT, { .name = "addresses", .type = EAR_FIELD_ADDRESSES, .max = EAR_LIMIT_ADDRESSES },
                      { .name = "status", .type = EAR_FIELD_STRING, .max = EAR_LIMIT_DISPLAY }, COUNT ("last_broadcast")),
  },
  [EAR_MESSAGE_WATCH] = {
    .name = "watch", .at = ACTIVE,
    .fields = FIELDS (ID, { .name = "prefix", .type = EAR_FIELD_STRING, .max = 64 },
                      { .name = "limit", .type = EAR_FIELD_INTEGER, .max = EAR_LIMIT_WATCH }),
  },
  [EAR_MESSAGE_LOCATE] = {
    .name = "locate", .at = ACTIVE,
    .fields = FIELDS (ID, { .name = "user", .type = EAR_FIELD_NAME, .optional = TRUE },
                      { .name = "address", .type = EAR_FIELD_ADDRESS, .optional = TRUE },
                      { .name = "port", .type = EAR_FIELD_INTEGER, .optional = TRUE, .min = 1, .max = G_MAXUINT16 }),
  },
  [EAR_MESSAGE_IDENTIFY] = { .name = "identify", .at = ACTIVE, .fields = FIELDS (ID, FINGERPRINT) },
  [EAR_MESSAGE_DIAL_BACK] = { .name = "dial-back", .at = ACTIVE, .fields = FIELDS (ID, USER) },
  [EAR_MESSAGE_BROADCAST] = { .name = "broadcast", .at = ACTIVE, .fields = FIELDS (ID, TEXT) },
  [EAR_MESSAGE_PASSWORD] = { .name = "password", .at = MEMBER, .fields = FIELDS (ID, KEYS) },
  [EAR_MESSAGE_RENAME] = {
    .name = "rename", .at = MEMBER, .fields = FIELDS (ID, { .name = "name", .type = EAR_FIELD_STRING, .max = 64 }),
  },
  [EAR_MESSAGE_LEAVE] = { .name = "leave", .at = MEMBER, .fields = FIELDS (ID) },
  [EAR_MESSAGE_BROADCAST_POLICY] = { .name = "broadcast-policy", .at = ACTIVE, .fields = FIELDS (ID, BROADCASTERS) },
  [EAR_MESSAGE_REMOVE_BROADCAST] = { .name = "remove-broadcast", .at = ACTIVE, .fields = FIELDS (ID, NUMBER) },
  [EAR_MESSAGE_DISABLE] = { .name = "disable", .at = ACTIVE, .fields = FIELDS (ID, USER) },
  [EAR_MESSAGE_ENABLE] = { .name = "enable", .at = ACTIVE, .fields = FIELDS (ID, USER) },
  [EAR_MESSAGE_MANAGE] = { .name = "manage", .at = ACTIVE, .fields = FIELDS (ID) },

  /* Server to client */
  [EAR_MESSAGE_WELCOME] = {
    .name = "welcome", .at = CLIENT,
    .fields = FIELDS ({ .name = "re", .type = EAR_FIELD_ID, .optional = TRUE },
                      { .name = "version", .type = EAR_FIELD_INTEGER, .min = 1, .max = 1 }, DISPLAY,
                      { .name = "signup", .type = EAR_FIELD_CHOICE, .choices = CHOICES ("open", "invite", "closed") },
                      ITERATIONS),
  },
  [EAR_MESSAGE_CHALLENGE] = {
    .name = "challenge", .at = CLIENT,
    .fields = FIELDS (RE, DATA,
                      { .name = "secret", .type = EAR_FIELD_CHOICE, .choices = CHOICES ("password", "digest") }),
  },
  [EAR_MESSAGE_AUTHENTICATED] = {
    .name = "authenticated", .at = CLIENT, .fields = FIELDS (RE, DATA, USER, DISPLAY, FLAG ("upgrade")),
  },
  [EAR_MESSAGE_OK] = {
    .name = "ok", .at = CLIENT,
    .fields = FIELDS (RE, { .name = "number", .type = EAR_FIELD_INTEGER, .optional = TRUE, .min = 1, .max = EAR_LIMIT_INTEGER },
                      { .name = "reached", .type = EAR_FIELD_INTEGER, .optional = TRUE, .max = EAR_LIMIT_INTEGER }),
  },
  [EAR_MESSAGE_ROSTER] = {
    .name = "roster", .at = CLIENT, .fields = FIELDS (RE, ENTRIES ("users"), COUNT ("total"), FLAG ("more")),
  },
  [EAR_MESSAGE_ROSTER_CHANGE] = {
    .name = "roster-change", .at = CLIENT,
    .fields = FIELDS (ENTRIES ("joined"), ENTRIES ("changed"), { .name = "left", .type = EAR_FIELD_NAMES, .max = 400 },
                      COUNT ("total")),
  },
  [EAR_MESSAGE_LOCATED] = { .name = "located", .at = CLIENT, .fields = FIELDS (RE, LOCATION) },
  [EAR_MESSAGE_IDENTIFIED] = { .name = "identified", .at = CLIENT, .fields = FIELDS (RE, USER, DISPLAY) },
  [EAR_MESSAGE_DIAL] = { .name = "dial", .at = CLIENT, .fields = FIELDS (LOCATION) },
  [EAR_MESSAGE_BROADCAST_EVENT] = {
    .name = "broadcast", .at = CLIENT, .fields = FIELDS (NUMBER, USER, DISPLAY, TEXT, AGE),
  },
  [EAR_MESSAGE_REACHED] = { .name = "reached", .at = CLIENT, .fields = FIELDS (NUMBER, COUNT ("count")) },
  [EAR_MESSAGE_RIGHTS] = { .name = "rights", .at = CLIENT, .fields = FIELDS (FLAG ("admin"), FLAG ("broadcast")) },
  [EAR_MESSAGE_BROADCAST_REMOVED] = { .name = "broadcast-removed", .at = CLIENT, .fields = FIELDS (NUMBER) },
  [EAR_MESSAGE_MANAGED] = {
    .name = "managed", .at = CLIENT,
    .fields = FIELDS (RE, BROADCASTERS, { .name = "disabled", .type = EAR_FIELD_NAMES, .max = EAR_LIMIT_DISABLED },
                      COUNT ("total")),
  },

  /* Peer to peer */
  [EAR_MESSAGE_PEER_HELLO] = {
    .name = "hello", .at = EAR_MESSAGE_AT_MEETING,
    .fields = FIELDS (USER, { .name = "to", .type = EAR_FIELD_NAME },
                      { .name = "server", .type = EAR_FIELD_FINGERPRINT }),
  },
  [EAR_MESSAGE_REQUEST] = {
    /* Also while asked: two requests may cross. */
    .name = "request", .at = EAR_MESSAGE_AT_MET | EAR_MESSAGE_AT_ASKED,
    .fields = FIELDS ({ .name = "greeting", .type = EAR_FIELD_TEXT, .optional = TRUE, .max = EAR_LIMIT_GREETING }),
  },
  [EAR_MESSAGE_ACCEPT] = { .name = "accept", .at = EAR_MESSAGE_AT_ASKED | EAR_MESSAGE_AT_OPEN, .fields = NO_FIELDS },
  [EAR_MESSAGE_DECLINE] = {
    .name = "decline", .at = EAR_MESSAGE_AT_ASKED,
    .fields = FIELDS ({ .name = "reason", .type = EAR_FIELD_CHOICE, .choices = CHOICES ("declined", "busy", "no-answer") }),
  },
  [EAR_MESSAGE_CANCEL] = {
    /* Also when met or open: it may cross the answer. */
    .name = "cancel", .at = EAR_MESSAGE_AT_MET | EAR_MESSAGE_AT_ASKED | EAR_MESSAGE_AT_OPEN, .fields = NO_FIELDS,
  },
  [EAR_MESSAGE_TEXT] = { .name = "message", .at = EAR_MESSAGE_AT_OPEN, .fields = FIELDS (MESSAGE_ID, TEXT, AGE) },
  [EAR_MESSAGE_ACK] = { .name = "ack", .at = EAR_MESSAGE_AT_OPEN, .fields = FIELDS (MESSAGE_ID) },
  [EAR_MESSAGE_TYPING] = { .name = "typing", .at = EAR_MESSAGE_AT_OPEN, .fields = FIELDS (FLAG ("on")) },
  [EAR_MESSAGE_READ] = { .name = "read", .at = EAR_MESSAGE_AT_OPEN, .fields = FIELDS (MESSAGE_ID) },

  /* Everywhere */
  [EAR_MESSAGE_PING] = { .name = "ping", .at = ANYWHERE, .fields = NO_FIELDS },
  [EAR_MESSAGE_PONG] = { .name = "pong", .at = ANYWHERE, .fields = NO_FIELDS },
  [EAR_MESSAGE_BYE] = { .name = "bye", .at = ANYWHERE, .fields = FIELDS (CODE, REASON) },
  [EAR_MESSAGE_ERROR] = {
    .name = "error", .at = CLIENT | PEER,
    .fields = FIELDS ({ .name = "re", .type = EAR_FIELD_ID, .optional = TRUE },
                      { .name = "code", .type = EAR_FIELD_TOKEN, .min = 1, .max = 32 },
                      { .name = "text", .type = EAR_FIELD_STRING, .max = 256 },
                      { .name = "retry_after", .type = EAR_FIELD_INTEGER, .optional = TRUE, .max = 86400000 }),
  },
};
/* clang-format on */
