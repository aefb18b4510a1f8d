/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-types.h"

G_BEGIN_DECLS

/* Every limit of the protocol and its programs, with its unit and its reason. Those that an
 * operator may want to change are defaults of EarServerConfig; the others are part of the protocol.
 */

/* Time, in milliseconds. */
#define EAR_LIMIT_FIRST_BYTE_MS \
  5000 /* a client that connects and says nothing costs a descriptor */
#define EAR_LIMIT_HANDSHAKE_MS 10000   /* TLS over a slow link takes three round trips */
#define EAR_LIMIT_LOGIN_MS 20000       /* from connecting until authenticated */
#define EAR_LIMIT_PING_MS 30000        /* silence after which we ask */
#define EAR_LIMIT_DEAD_MS 75000        /* silence after which the other is gone */
#define EAR_LIMIT_WRITE_STALL_MS 20000 /* a reader that takes nothing */
#define EAR_LIMIT_ROSTER_TICK_MS 250   /* how often the roster tells its changes */
#define EAR_LIMIT_ROSTER_TOTAL_MS 2000 /* … and how often only how many there are */

/* Lines, in bytes with their newline. */
#define EAR_LIMIT_LINE_STRANGER 2048
#define EAR_LIMIT_LINE_MEMBER 16384
#define EAR_LIMIT_LINE_PEER 65536
#define EAR_LIMIT_LINE_SERVER 65536

/* Of TLS's own, which come after the handshake: new keys and tickets. We send none, but other
 * implementations may send a few; each costs as much as a line, and gets no answer. */
#define EAR_LIMIT_TLS_MESSAGES 16

#define EAR_LIMIT_JSON_DEPTH 4
#define EAR_LIMIT_JSON_MEMBERS 32
#define EAR_LIMIT_INTEGER                                                \
  (G_GINT64_CONSTANT (1) << 53) /* what every JSON library keeps exactly \
                                 */

#define EAR_LIMIT_NAME 32    /* bytes of an account name */
#define EAR_LIMIT_DISPLAY 64 /* bytes of a display name, a status, a server's name */
#define EAR_LIMIT_TEXT 4096  /* bytes of a message or broadcast */
#define EAR_LIMIT_TEXT_LINES 100
#define EAR_LIMIT_GREETING 280    /* bytes of the greeting in a request */
#define EAR_LIMIT_ADDRESSES 8     /* that one user may claim */
#define EAR_LIMIT_ROSTER_LINE 100 /* entries in one roster line */
#define EAR_LIMIT_DISABLED 400    /* disabled accounts that are listed at once */
#define EAR_LIMIT_WATCH 10000     /* entries in one view */
/* … and their bytes: they wait at once for whoever asks, below EAR_LIMIT_QUEUE_HARD. */
#define EAR_LIMIT_WATCH_BYTES (896 * 1024)

/* What may wait for one reader, in bytes. */
#define EAR_LIMIT_QUEUE_HARD (1024 * 1024)
#define EAR_LIMIT_QUEUE_SOFT (256 * 1024)
#define EAR_LIMIT_QUEUE_SOFT_MS 10000
#define EAR_LIMIT_QUEUE_ROOM (64 * 1024) /* below it there is room for more of what can wait */

/* SCRAM. */
#define EAR_LIMIT_ITERATIONS 600000 /* OWASP's figure for PBKDF2-HMAC-SHA-256; 0.15 s here */
#define EAR_LIMIT_ITERATIONS_MIN 100000
#define EAR_LIMIT_ITERATIONS_MAX 5000000
#define EAR_LIMIT_SALT 16
#define EAR_LIMIT_LOGINS 5 /* tries on one connection */

/* The server's house rules. */
#define EAR_LIMIT_STRANGERS 512          /* connections not yet logged in */
#define EAR_LIMIT_PER_ADDRESS 32         /* strangers from one address */
#define EAR_LIMIT_IDLE_GREETING_MS 1000  /* without `hello`: makes room for who comes */
#define EAR_LIMIT_IDLE_STRANGER_MS 5000  /* without a log-in, the same */
#define EAR_LIMIT_DESCRIPTORS_KEPT 64    /* kept free for files */
#define EAR_LIMIT_SIGNUPS_PER_ADDRESS 20 /* an hour */
#define EAR_LIMIT_SIGNUPS 200            /* an hour */
#define EAR_LIMIT_BROADCAST_AGE_MS (30 * 60 * 1000)
#define EAR_LIMIT_BROADCASTS 2000
#define EAR_LIMIT_BROADCAST_BYTES (8 * 1024 * 1024)
#define EAR_LIMIT_BROADCAST_STALE_MS 1000 /* how wrong the age may be that latecomers are told */

/* Reaching a peer, in milliseconds. */
#define EAR_LIMIT_DIAL_STAGGER_MS 250
#define EAR_LIMIT_DIAL_BACK_MS 1500
#define EAR_LIMIT_DIAL_MS 10000
#define EAR_LIMIT_REQUEST_MS 60000 /* how long a request rings */
#define EAR_LIMIT_MEET_MS 10000    /* from the handshake until both know who it is */
#define EAR_LIMIT_MET_MS 20000     /* a link on which nobody asks for anything */
#define EAR_LIMIT_CROSSED_MS 5000  /* until the request on the link that is kept */
#define EAR_LIMIT_REDIAL_MS 300000 /* an open chat whose link broke is given up */
#define EAR_LIMIT_TYPING_MS 6000   /* after which a typing notice is stale */

/* What others may do to a client. */
#define EAR_LIMIT_RINGERS 32            /* at the doorbell, not yet authenticated */
#define EAR_LIMIT_RINGERS_PER_ADDRESS 8 /* several users may share one address */
#define EAR_LIMIT_ASKS 8                /* that wait for the user at once */
#define EAR_LIMIT_ASKS_MS 60000         /* in which there may come, that ring: */
#define EAR_LIMIT_ASKS_PER_USER 6
#define EAR_LIMIT_ASKS_IN_ALL 20
/* Who rings with an unknown key costs a request at the server. Half of what the server grants
 * (40 in 4 s) stays for what our own user wants. */
#define EAR_LIMIT_IDENTIFIES_MS 4000
#define EAR_LIMIT_IDENTIFIES_PER_ADDRESS 8
#define EAR_LIMIT_IDENTIFIES_IN_ALL 20
/* What whoever our user has let in may have us store, in bytes: at once as much as 4,000 of the
 * longest texts, or 40,000 that people write; then some dozens of those a second. */
#define EAR_LIMIT_STORED (16 * 1024 * 1024)
#define EAR_LIMIT_STORED_PER_SECOND (16 * 1024)
#define EAR_LIMIT_STORED_ROW 256 /* that a message takes beside its text */

G_END_DECLS
