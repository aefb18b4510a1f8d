/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The errors of Earshot: one table gives each its code on the wire and a plain sentence. */

#include "wire/ear-error.h"

/* The dashes are part of the name. */
/* clang-format off */
G_DEFINE_QUARK (ear-error-quark, ear_error)
/* clang-format on */

static const struct
{
  const char *code; /* NULL: never on the wire */
  const char *text;
} errors[EAR_N_ERRORS] = {
  [EAR_ERROR_BAD_MESSAGE] = { "bad-message",
                              "This is not a message of the protocol, or it may not come now" },
  [EAR_ERROR_TOO_LONG] = { "too-long", "The line is too long" },
  [EAR_ERROR_BAD_VERSION] = { "bad-version", "There is no common version of the protocol" },
  [EAR_ERROR_BAD_NAME] = { "bad-name", "This is not a valid name" },
  [EAR_ERROR_BAD_KEYS] = { "bad-keys", "The server does not accept these keys" },
  [EAR_ERROR_NAME_TAKEN] = { "name-taken", "This name is taken" },
  [EAR_ERROR_SIGNUP_CLOSED] = { "signup-closed", "This server takes no sign-ups" },
  [EAR_ERROR_UNKNOWN_INVITE] = { "unknown-invite", "The server does not know this invitation" },
  [EAR_ERROR_INVITE_USED] = { "invite-used", "This invitation has been used" },
  [EAR_ERROR_INVITE_EXPIRED] = { "invite-expired", "This invitation is too old" },
  [EAR_ERROR_BAD_LOGIN] = { "bad-login", "User name and password do not match" },
  [EAR_ERROR_DISABLED] = { "disabled", "This account is disabled" },
  [EAR_ERROR_NOT_ALLOWED] = { "not-allowed", "You may not do that" },
  [EAR_ERROR_UNKNOWN_USER] = { "unknown-user", "That user is not active" },
  [EAR_ERROR_NO_DOORBELL] = { "no-doorbell", "That user cannot be reached directly" },
  [EAR_ERROR_SLOW_DOWN] = { "slow-down", "That was too many requests; try again later" },
  [EAR_ERROR_FULL] = { "full", "The server is full" },
  [EAR_ERROR_READ_ONLY] = { "read-only", "The server cannot write to its disk" },
  [EAR_ERROR_TIMEOUT] = { "timeout", "The other side took too long" },
  [EAR_ERROR_TAKEN_OVER] = { "taken-over", "You logged in somewhere else" },
  [EAR_ERROR_SHUTTING_DOWN] = { "shutting-down", "The server stops" },
  [EAR_ERROR_WRONG_PEER] = { "wrong-peer", "The other side is somebody else" },
  [EAR_ERROR_CROSSED] = { "crossed", "Another connection to the same user is kept" },
  [EAR_ERROR_ENDED] = { "ended", "The chat was ended" },
  [EAR_ERROR_INTERNAL] = { "internal", "Something went wrong inside" },
  [EAR_ERROR_CLOSED] = { NULL, "The connection was closed" },
  [EAR_ERROR_UNREACHABLE] = { NULL, "No connection could be made" },
  [EAR_ERROR_TLS] = { NULL, "The encrypted connection failed" },
  [EAR_ERROR_KEY_CHANGED] = { NULL, "The key is another than before" },
  [EAR_ERROR_BAD_FILE] = { NULL, "The file cannot be used" },
  [EAR_ERROR_BAD_LINK] = { NULL, "This is not the address of a server" },
  [EAR_ERROR_OFFLINE] = { NULL, "There is no connection to the server" },
  [EAR_ERROR_DECLINED] = { NULL, "The request was declined" },
  [EAR_ERROR_BUSY] = { NULL, "That user is busy" },
  [EAR_ERROR_NO_ANSWER] = { NULL, "That user did not answer" },
};

/**
 * ear_error_get_code:
 * @error: an error
 *
 * Gets the code that stands for an error on the wire.
 *
 * Returns: (nullable): the code, or %NULL for what never goes there
 */
const char *
ear_error_get_code (EarError error)
{
  g_return_val_if_fail ((guint) error < EAR_N_ERRORS, NULL);

  return errors[error].code;
}

/**
 * ear_error_get_text:
 * @error: an error
 *
 * Gets a plain English sentence without a full stop; programs for people translate it.
 *
 * Returns: the sentence
 */
const char *
ear_error_get_text (EarError error)
{
  g_return_val_if_fail ((guint) error < EAR_N_ERRORS, NULL);

  return errors[error].text;
}

/**
 * ear_error_from_code:
 * @code: (nullable): a code that came over the wire
 *
 * Finds the error of a code.
 *
 * Returns: the error; EAR_ERROR_INTERNAL for a code that a newer version may have made
 */
EarError
ear_error_from_code (const char *code)
{
  for (guint i = 0; i < EAR_N_ERRORS; i++) {
    if (errors[i].code != NULL && g_strcmp0 (errors[i].code, code) == 0)
      return (EarError) i;
  }
  return EAR_ERROR_INTERNAL;
}

/**
 * ear_error_new:
 * @error: an error
 *
 * Makes a GError with the table's sentence.
 *
 * Returns: (transfer full): the error
 */
GError *
ear_error_new (EarError error)
{
  g_return_val_if_fail ((guint) error < EAR_N_ERRORS, NULL);

  return g_error_new_literal (EAR_ERROR, (int) error, errors[error].text);
}
