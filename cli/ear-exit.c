/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* From an error to the exit status that scripts see. */

#include "cli/ear-exit.h"

#include "wire/ear-error.h"

/**
 * ear_exit_from_error:
 * @error: why a command failed
 *
 * Finds the exit status of a cause.
 *
 * Returns: the status
 */
EarExit
ear_exit_from_error (const GError *error)
{
  if (error->domain != EAR_ERROR)
    return EAR_EXIT_FAILED;

  switch ((EarError) error->code) {
  case EAR_ERROR_BAD_LOGIN:
  case EAR_ERROR_DISABLED:
    return EAR_EXIT_LOGIN;
  case EAR_ERROR_BAD_NAME:
  case EAR_ERROR_BAD_KEYS:
  case EAR_ERROR_NAME_TAKEN:
  case EAR_ERROR_SIGNUP_CLOSED:
  case EAR_ERROR_UNKNOWN_INVITE:
  case EAR_ERROR_INVITE_USED:
  case EAR_ERROR_INVITE_EXPIRED:
  case EAR_ERROR_SLOW_DOWN:
  case EAR_ERROR_FULL:
  case EAR_ERROR_READ_ONLY:
    return EAR_EXIT_REFUSED;
  case EAR_ERROR_UNKNOWN_USER:
    return EAR_EXIT_AWAY;
  case EAR_ERROR_DECLINED:
    return EAR_EXIT_DECLINED;
  case EAR_ERROR_NO_ANSWER:
    return EAR_EXIT_NO_ANSWER;
  case EAR_ERROR_BUSY:
    return EAR_EXIT_BUSY;
  case EAR_ERROR_NO_DOORBELL:
  case EAR_ERROR_UNREACHABLE:
    return EAR_EXIT_UNREACHABLE;
  case EAR_ERROR_KEY_CHANGED:
  case EAR_ERROR_WRONG_PEER:
    return EAR_EXIT_KEY_CHANGED;
  case EAR_ERROR_ENDED:
    return EAR_EXIT_NOT_ACKED;
  case EAR_ERROR_TAKEN_OVER:
    return EAR_EXIT_TAKEN_OVER;
  case EAR_ERROR_CLOSED:
  case EAR_ERROR_OFFLINE:
  case EAR_ERROR_SHUTTING_DOWN:
  case EAR_ERROR_TIMEOUT:
  case EAR_ERROR_TLS:
    return EAR_EXIT_NO_SERVER;
  default:
    return EAR_EXIT_FAILED;
  }
}
