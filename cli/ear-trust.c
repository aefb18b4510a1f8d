/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A contact shows another key: what that may mean, and how it is decided on the command line. Only
 * who says which key is meant trusts it, by its fingerprint, or by the safety number when the two
 * have compared it; for a contact who was verified nothing but the number will do. */

#include "config.h"

#include "cli/ear-trust.h"

#include <glib/gi18n.h>
#include <string.h>

#include "cli/ear-output.h"
#include "client/ear-contacts.h"
#include "client/ear-user.h"
#include "wire/ear-fingerprint.h"

#define SAFETY_DIGITS 60

static const char *
get_account (EarChat *chat)
{
  return ear_user_get_account (ear_chat_get_user (chat));
}

/**
 * ear_trust_get_key:
 * @cli: the run
 * @chat: a chat
 *
 * Returns: (transfer none) (nullable): the fingerprint that the other shows, or else the known one
 */
const char *
ear_trust_get_key (EarCli *cli, EarChat *chat)
{
  const char *shown = ear_chat_get_shown_key (chat);

  return shown != NULL ? shown
                       : ear_contacts_get_fingerprint (ear_client_get_contacts (cli->client),
                                                       get_account (chat));
}

/**
 * ear_trust_explain:
 * @cli: the run
 * @chat: a chat
 *
 * Says that the key of the other has changed, and what can be done. Nothing is said when it has
 * not.
 */
void
ear_trust_explain (EarCli *cli, EarChat *chat)
{
  const char *account = get_account (chat);
  const char *known = ear_contacts_get_fingerprint (ear_client_get_contacts (cli->client), account);
  const char *shown = ear_chat_get_shown_key (chat);

  if (shown == NULL)
    return;
  ear_output_note (_ ("The key of %s has changed. %s has installed anew, or somebody poses as %s. "
                      "Nothing is sent there until you decide."),
                   account, account, account);
  ear_output_note (_ ("Known key: %s"), known);
  ear_output_note (_ ("New key:   %s"), shown);
  if (ear_chat_needs_verifying (chat))
    ear_output_note (_ ("You had verified %s. Compare the number that this prints: earshot-cli "
                        "verify %s, then: earshot-cli trust %s NUMBER"),
                     account, account, account);
  else
    ear_output_note (_ ("Ask in person. If the new key is right: earshot-cli trust %s %s"), account,
                     shown);
}

static char *
dup_without_spaces (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, " ", -1);

  return g_strjoinv ("", parts);
}

/* What the other shows now, in the form of what was given: a number or a fingerprint. */
static char *
dup_present (EarCli *cli, EarChat *chat, gboolean as_number)
{
  g_autofree char *number = NULL;

  if (!as_number)
    return g_strdup (ear_trust_get_key (cli, chat));
  number = ear_chat_dup_safety_number (chat);
  return number != NULL ? dup_without_spaces (number) : NULL;
}

static EarExit
take (EarCli *cli, EarChat *chat, gboolean as_number)
{
  const char *account = get_account (chat);
  gboolean verified;

  if (as_number)
    ear_chat_set_verified (chat, TRUE);
  else
    ear_chat_accept_key (chat);
  if (ear_chat_get_key_changed (chat)) {
    ear_output_note (_ ("You had verified %s: a fingerprint is not enough."), account);
    ear_trust_explain (cli, chat);
    return EAR_EXIT_KEY_CHANGED;
  }
  /* What was trusted is the pinned one, although another was seen since. */
  if (ear_chat_misses_key (chat)) {
    ear_output_note (_ ("The key of %s has changed since that one. The new one is shown when you "
                        "ask %s for a chat."),
                     account, account);
    return EAR_EXIT_KEY_CHANGED;
  }
  verified = ear_user_get_verified (ear_chat_get_user (chat));
  ear_cli_print (
    cli, json_pack ("{s:s, s:s, s:b}", "event", "trusted", "user", account, "verified", verified),
    verified ? _ ("* %s: trusted and verified") : _ ("* %s: trusted"), account);
  return EAR_EXIT_OK;
}

/**
 * ear_trust_decide:
 * @cli: the run
 * @chat: a chat
 * @given: the fingerprint or the safety number that our user means, with spaces or without
 *
 * Trusts the key that the other shows now, if it is the one that is meant. By its number it is
 * verified, too.
 *
 * Returns: the exit status
 */
EarExit
ear_trust_decide (EarCli *cli, EarChat *chat, const char *given)
{
  g_autofree char *meant = dup_without_spaces (given);
  gboolean as_number =
    strlen (meant) == SAFETY_DIGITS && strspn (meant, "0123456789") == SAFETY_DIGITS;
  g_autofree char *present = NULL;

  if (!as_number && !ear_fingerprint_is_valid (meant)) {
    ear_output_note (_ ("Say which key: its 64 hexadecimal digits, or the 60 digits of the safety "
                        "number."));
    return EAR_EXIT_USAGE;
  }
  present = dup_present (cli, chat, as_number);
  if (present == NULL) {
    ear_output_note (_ ("You have not chatted with %s yet, so there is no key to trust."),
                     get_account (chat));
    return EAR_EXIT_FAILED;
  }
  if (!g_str_equal (present, meant)) {
    ear_output_note (_ ("That is not the key that %s shows. Do not trust it before you have asked "
                        "%s in person."),
                     get_account (chat), get_account (chat));
    ear_trust_explain (cli, chat);
    return EAR_EXIT_KEY_CHANGED;
  }
  return take (cli, chat, as_number);
}
