/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The exit statuses, one for each cause: a script can tell them apart. They are listed in
 * earshot-cli(1). */
typedef enum {
  EAR_EXIT_OK = 0,
  EAR_EXIT_FAILED = 1,    /* what is none of the below */
  EAR_EXIT_USAGE = 2,     /* the command line */
  EAR_EXIT_NO_SERVER = 3, /* the server cannot be reached */
  EAR_EXIT_LOGIN = 4,     /* wrong user or password, disabled */
  EAR_EXIT_REFUSED = 5,  /* the server refused: name taken, sign-up closed, too many requests … */
  EAR_EXIT_AWAY = 6,     /* that user is not active */
  EAR_EXIT_DECLINED = 7, /* that user declined */
  EAR_EXIT_NO_ANSWER = 8,    /* that user did not answer */
  EAR_EXIT_BUSY = 9,         /* that user is busy */
  EAR_EXIT_UNREACHABLE = 10, /* no direct connection could be made */
  EAR_EXIT_KEY_CHANGED = 11, /* the server's or the user's key is another than before */
  EAR_EXIT_NOT_ACKED = 12,   /* sent, but not acknowledged */
  EAR_EXIT_TAKEN_OVER = 13,  /* logged in somewhere else */
  EAR_EXIT_INTERRUPTED = 14, /* told to end before it was done */
} EarExit;

EarExit ear_exit_from_error (const GError *error);

G_END_DECLS
