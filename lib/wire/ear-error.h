/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-types.h"

G_BEGIN_DECLS

#define EAR_ERROR (ear_error_quark ())

/* In the order of the table in ear-error.c, which gives each its wire code and its text. */
typedef enum {
  EAR_ERROR_BAD_MESSAGE,
  EAR_ERROR_TOO_LONG,
  EAR_ERROR_BAD_VERSION,
  EAR_ERROR_BAD_NAME,
  EAR_ERROR_BAD_KEYS,
  EAR_ERROR_NAME_TAKEN,
  EAR_ERROR_SIGNUP_CLOSED,
  EAR_ERROR_UNKNOWN_INVITE,
  EAR_ERROR_INVITE_USED,
  EAR_ERROR_INVITE_EXPIRED,
  EAR_ERROR_BAD_LOGIN,
  EAR_ERROR_DISABLED,
  EAR_ERROR_NOT_ALLOWED,
  EAR_ERROR_UNKNOWN_USER,
  EAR_ERROR_NO_DOORBELL,
  EAR_ERROR_SLOW_DOWN,
  EAR_ERROR_FULL,
  EAR_ERROR_READ_ONLY,
  EAR_ERROR_TIMEOUT,
  EAR_ERROR_TAKEN_OVER,
  EAR_ERROR_SHUTTING_DOWN,
  EAR_ERROR_WRONG_PEER,
  EAR_ERROR_CROSSED,
  EAR_ERROR_ENDED,
  EAR_ERROR_INTERNAL,
  /* Below: never on the wire. */
  EAR_ERROR_CLOSED,      /* the other side closed the connection */
  EAR_ERROR_UNREACHABLE, /* no connection could be made */
  EAR_ERROR_TLS,         /* the handshake or the record layer failed */
  EAR_ERROR_KEY_CHANGED, /* the other side's key is not the pinned one */
  EAR_ERROR_BAD_FILE,    /* a file of ours cannot be used */
  EAR_ERROR_BAD_LINK,    /* not a server's link */
  EAR_ERROR_OFFLINE,     /* not connected to the server */
  EAR_ERROR_DECLINED,    /* the other user declined */
  EAR_ERROR_BUSY,        /* the other user is busy */
  EAR_ERROR_NO_ANSWER,   /* the other user did not answer in time */
  EAR_N_ERRORS,
} EarError;

GQuark ear_error_quark (void);
const char *ear_error_get_code (EarError error);
const char *ear_error_get_text (EarError error);
EarError ear_error_from_code (const char *code);
GError *ear_error_new (EarError error);

G_END_DECLS
