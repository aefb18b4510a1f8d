/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The states of a chat in words: one function, so that every state has its sentence and its way on.
 */

#include "config.h"

#include "gui/ear-chat-status.h"

#include <glib/gi18n.h>

#include "client/ear-user.h"
#include "wire/ear-error.h"
#include "wire/ear-text.h"

static char *
dup_failure (const GError *error, const char *name)
{
  if (error == NULL || error->domain != EAR_ERROR)
    return NULL;

  switch ((EarError) error->code) {
  case EAR_ERROR_DECLINED:
    return g_strdup_printf (_ ("%s declined to chat."), name);
  case EAR_ERROR_BUSY:
    return g_strdup_printf (_ ("%s is busy. Try again later."), name);
  case EAR_ERROR_NO_ANSWER:
    return g_strdup_printf (_ ("%s didn’t answer."), name);
  case EAR_ERROR_UNKNOWN_USER:
    return g_strdup_printf (_ ("%s is away. Your messages wait here until you chat again."), name);
  case EAR_ERROR_OFFLINE:
    return g_strdup (_ ("You are offline, so nobody new can be reached."));
  case EAR_ERROR_SLOW_DOWN:
    return g_strdup (_ ("That was a lot of requests. Try again in a minute."));
  case EAR_ERROR_ENDED:
    return g_strdup_printf (_ ("%s ended the chat."), name);
  case EAR_ERROR_KEY_CHANGED:
  case EAR_ERROR_WRONG_PEER:
    return g_strdup_printf (_ ("Somebody else answered in place of %s. Nothing was sent."), name);
  default:
    return g_strdup_printf (
      _ ("Can’t connect directly to %s. Both machines must be on the same network, and a "
         "firewall may stand between them."),
      name);
  }
}

static void
init_idle (EarChatStatus *self, EarChat *chat, gboolean online)
{
  EarUser *user = ear_chat_get_user (chat);
  const GError *error = ear_chat_get_last_error (chat);
  gboolean askable = online && ear_user_may_be_active (user);
  g_autofree char *name = ear_text_isolate (ear_user_get_name (user));

  /* Who leaves ends the chat, too: then that they are away says more. */
  if (askable || !g_error_matches (error, EAR_ERROR, EAR_ERROR_ENDED))
    self->text = dup_failure (error, name);
  if (!online) {
    if (self->text == NULL)
      self->text = g_strdup_printf (_ ("You are offline. Messages to %s wait here."), name);
    return;
  }
  if (!askable) {
    if (self->text == NULL)
      self->text =
        g_strdup_printf (_ ("%s is away. Your messages wait here until you chat again."), name);
    return;
  }
  self->label = self->text != NULL ? _ ("Ask Again") : _ ("Ask to Chat");
  self->action = "chat.request";
  if (self->text == NULL)
    self->text = g_strdup_printf (_ ("Not connected. %s has to accept before you can chat."), name);
}

/* Whoever distrusts the key can ask again, or decline: another one may answer. There is always a
 * way to the number in the title of the chat. */
static void
init_changed_key (EarChatStatus *self, EarChat *chat, gboolean online)
{
  EarUser *user = ear_chat_get_user (chat);
  EarChatState state = ear_chat_get_state (chat);
  g_autofree char *name = ear_text_isolate (ear_user_get_name (user));
  gboolean verify = ear_chat_needs_verifying (chat);

  self->text = g_strdup_printf (
    g_error_matches (ear_chat_get_last_error (chat), EAR_ERROR, EAR_ERROR_KEY_CHANGED)
      ? _ ("When asked, %s shows a new key, so your messages wait here. This happens after a "
           "reinstallation, or when somebody pretends to be %s. Ask in person before you go on.")
      : _ ("%s has a new key, so your messages wait here. This happens after a reinstallation, or "
           "when somebody pretends to be %s. Ask in person before you go on."),
    name, name);
  self->busy = state == EAR_CHAT_CALLING;
  self->label = verify ? _ ("Verify…") : _ ("Trust New Key");
  self->action = verify ? "chat.verify" : "chat.trust-key";
  if (state == EAR_CHAT_ASKED) {
    self->second_label = _ ("Decline");
    self->second_action = "chat.decline";
  } else if (state == EAR_CHAT_IDLE && online && ear_user_may_be_active (user)) {
    self->second_label = _ ("Ask Again");
    self->second_action = "chat.request";
  } else if (!verify) {
    self->second_label = _ ("Verify…");
    self->second_action = "chat.verify";
  }
}

/**
 * ear_chat_status_init:
 * @self: (out caller-allocates): the status
 * @chat: a chat
 * @online: whether the server can be asked for new links
 *
 * Puts the state of a chat in words, with what can be done about it.
 */
void
ear_chat_status_init (EarChatStatus *self, EarChat *chat, gboolean online)
{
  g_autofree char *name = ear_text_isolate (ear_user_get_name (ear_chat_get_user (chat)));

  *self = (EarChatStatus){ 0 };

  if (ear_user_get_blocked (ear_chat_get_user (chat))) {
    self->text = g_strdup_printf (_ ("You blocked %s. They can’t ask you to chat."), name);
    self->label = _ ("Unblock");
    self->action = "chat.unblock";
    return;
  }

  if (ear_chat_get_key_changed (chat)) {
    init_changed_key (self, chat, online);
    return;
  }

  switch (ear_chat_get_state (chat)) {
  case EAR_CHAT_IDLE:
    init_idle (self, chat, online);
    break;
  case EAR_CHAT_CALLING:
    self->text = g_strdup_printf (_ ("Connecting to %s…"), name);
    self->busy = TRUE;
    self->label = _ ("Cancel");
    self->action = "chat.cancel";
    break;
  case EAR_CHAT_RINGING:
    self->text = g_strdup_printf (_ ("Waiting for %s to accept…"), name);
    self->busy = TRUE;
    self->label = _ ("Cancel");
    self->action = "chat.cancel";
    break;
  case EAR_CHAT_ASKED:
    self->text = g_strdup_printf (_ ("%s would like to chat with you."), name);
    self->label = _ ("Accept");
    self->action = "chat.accept";
    self->second_label = _ ("Decline");
    self->second_action = "chat.decline";
    break;
  case EAR_CHAT_BROKEN:
    self->text = g_strdup_printf (
      _ ("The connection to %s broke. Trying again; your messages wait here."), name);
    self->busy = TRUE;
    break;
  case EAR_CHAT_OPEN:
    break;
  default:
    g_assert_not_reached ();
  }
}

/**
 * ear_chat_status_clear:
 * @self: a status
 *
 * Frees what a status holds.
 */
void
ear_chat_status_clear (EarChatStatus *self)
{
  g_clear_pointer (&self->text, g_free);
}

/**
 * ear_chat_status_dup_subtitle:
 * @chat: a chat
 *
 * Puts the state of a chat in a few words, for under a name.
 *
 * Returns: (transfer full): the words
 */
char *
ear_chat_status_dup_subtitle (EarChat *chat)
{
  EarUser *user = ear_chat_get_user (chat);

  switch (ear_chat_get_state (chat)) {
  case EAR_CHAT_OPEN:
    return g_strdup (_ ("direct, encrypted"));
  case EAR_CHAT_CALLING:
    return g_strdup (_ ("connecting…"));
  case EAR_CHAT_RINGING:
    return g_strdup (_ ("waiting for an answer…"));
  case EAR_CHAT_ASKED:
    return g_strdup (_ ("asks to chat"));
  case EAR_CHAT_BROKEN:
    return g_strdup (_ ("reconnecting…"));
  case EAR_CHAT_IDLE:
  default:
    return g_strdup (ear_user_may_be_active (user) ? _ ("not connected") : _ ("away"));
  }
}
