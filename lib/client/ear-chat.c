/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarChat: the conversation with one user, across links.
 *
 *             request              peer is met           accept comes
 *   IDLE ───────────────▶ CALLING ────────────▶ RINGING ─────────────▶ OPEN
 *    │                                                                ▲  │ link breaks
 *    └─ their request ──▶ ASKED ──────────── our user accepts ────────┘  ▼
 *                                                                      BROKEN ─▶ OPEN
 *
 * Each state but OPEN and BROKEN falls back to IDLE by itself after a while; from each the user can
 * go back to IDLE. Why a try failed is in "last-error".
 *
 * A link is an EarPeer. The chat has one that it uses (`peer`), and maybe spares: links of the same
 * user that are met, but on which neither side has asked yet. See ear-chat-requests.c for what
 * happens when two links or two requests cross.
 *
 * The switchboard holds the chats; windows may hold one for longer. */

#include "client/ear-chat-private.h"

#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "client/ear-contacts.h"
#include "client/ear-user-list.h"
#include "client/ear-user.h"
#include "wire/ear-limits.h"
#include "wire/ear-text.h"

G_DEFINE_FINAL_TYPE (EarChat, ear_chat, G_TYPE_OBJECT)

G_DEFINE_ENUM_TYPE (EarChatState,
                    ear_chat_state,
                    G_DEFINE_ENUM_VALUE (EAR_CHAT_IDLE, "idle"),
                    G_DEFINE_ENUM_VALUE (EAR_CHAT_CALLING, "calling"),
                    G_DEFINE_ENUM_VALUE (EAR_CHAT_RINGING, "ringing"),
                    G_DEFINE_ENUM_VALUE (EAR_CHAT_ASKED, "asked"),
                    G_DEFINE_ENUM_VALUE (EAR_CHAT_OPEN, "open"),
                    G_DEFINE_ENUM_VALUE (EAR_CHAT_BROKEN, "broken"))

enum {
  PROP_USER = 1,
  PROP_STATE,
  PROP_GREETING,
  PROP_TYPING,
  PROP_PEER_ADDRESS,
  PROP_KEY_CHANGED,
  PROP_LAST_ERROR,
  PROP_LOG,
  N_PROPS,
};

enum {
  ASKED,
  ASK_WITHDRAWN,
  MESSAGE_RECEIVED,
  N_SIGNALS,
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

static void
ear_chat_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  EarChat *self = EAR_CHAT (object);

  switch (prop_id) {
  case PROP_USER:
    g_value_set_object (value, self->user);
    break;
  case PROP_STATE:
    g_value_set_enum (value, self->state);
    break;
  case PROP_GREETING:
    g_value_set_string (value, self->greeting);
    break;
  case PROP_TYPING:
    g_value_set_boolean (value, self->typing);
    break;
  case PROP_PEER_ADDRESS:
    g_value_set_string (value, ear_chat_get_peer_address (self));
    break;
  case PROP_KEY_CHANGED:
    g_value_set_boolean (value, self->key_changed);
    break;
  case PROP_LAST_ERROR:
    g_value_set_boxed (value, self->last_error);
    break;
  case PROP_LOG:
    g_value_set_object (value, self->log);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
}

/* What the list is to show of it. */
static void
show_state (EarUser *user, EarChatState state)
{
  ear_user_set_chatting (user, state == EAR_CHAT_OPEN);
  ear_user_set_asking (user, state == EAR_CHAT_ASKED);
}

static void
ear_chat_dispose (GObject *object)
{
  EarChat *self = EAR_CHAT (object);

  ear_chat_links_clear (self);
  if (self->user != NULL)
    show_state (self->user, EAR_CHAT_IDLE);
  g_clear_object (&self->log);
  g_clear_object (&self->user);

  G_OBJECT_CLASS (ear_chat_parent_class)->dispose (object);
}

static void
ear_chat_finalize (GObject *object)
{
  EarChat *self = EAR_CHAT (object);

  ear_chat_keeping_clear (self);
  ear_chat_messages_clear (self);
  ear_chat_reading_clear (self);
  g_clear_error (&self->last_error);
  g_ptr_array_unref (self->spares);
  g_hash_table_unref (self->noted_keys);
  g_free (self->address);
  g_free (self->account);
  g_free (self->greeting);
  g_free (self->our_greeting);
  g_free (self->shown_key);
  ear_peer_context_unref (self->context);

  G_OBJECT_CLASS (ear_chat_parent_class)->finalize (object);
}

#define FLAGS (G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS)

static void
ear_chat_class_init (EarChatClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = ear_chat_get_property;
  object_class->dispose = ear_chat_dispose;
  object_class->finalize = ear_chat_finalize;

  props[PROP_USER] = g_param_spec_object ("user", NULL, NULL, EAR_TYPE_USER, FLAGS);
  props[PROP_STATE] =
    g_param_spec_enum ("state", NULL, NULL, EAR_TYPE_CHAT_STATE, EAR_CHAT_IDLE, FLAGS);
  props[PROP_GREETING] = g_param_spec_string ("greeting", NULL, NULL, NULL, FLAGS);
  props[PROP_TYPING] = g_param_spec_boolean ("typing", NULL, NULL, FALSE, FLAGS);
  props[PROP_PEER_ADDRESS] = g_param_spec_string ("peer-address", NULL, NULL, NULL, FLAGS);
  props[PROP_KEY_CHANGED] = g_param_spec_boolean ("key-changed", NULL, NULL, FALSE, FLAGS);
  props[PROP_LAST_ERROR] = g_param_spec_boxed ("last-error", NULL, NULL, G_TYPE_ERROR, FLAGS);
  props[PROP_LOG] = g_param_spec_object ("log", NULL, NULL, EAR_TYPE_CHAT_LOG, FLAGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  /**
   * EarChat::asked:
   *
   * The other asks for a chat; "greeting" is set.
   */
  signals[ASKED] =
    g_signal_new ("asked", EAR_TYPE_CHAT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  /**
   * EarChat::ask-withdrawn:
   *
   * The request that asked us is not to be answered any more.
   */
  signals[ASK_WITHDRAWN] = g_signal_new ("ask-withdrawn", EAR_TYPE_CHAT, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 0);

  /**
   * EarChat::message-received:
   * @message: from the other; it is in the log and on the disk
   */
  signals[MESSAGE_RECEIVED] =
    g_signal_new ("message-received", EAR_TYPE_CHAT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, EAR_TYPE_CHAT_MESSAGE);
}

static void
ear_chat_init (EarChat *self)
{
  self->spares = g_ptr_array_new_with_free_func (g_object_unref);
  self->noted_keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/* The list judges only who is in it. */
static void
judge_user (EarChat *self)
{
  EarUserList *users = self->context->users;

  if (ear_user_list_lookup (users, self->account) != self->user)
    ear_user_set_uncertain (self->user, ear_user_list_is_partial (users));
}

/* The list may get to know the user after the chat did. */
static void
user_added_cb (EarChat *self, EarUser *user)
{
  if (user == self->user || !g_str_equal (ear_user_get_account (user), self->account))
    return;
  show_state (self->user, EAR_CHAT_IDLE);
  g_set_object (&self->user, user);
  show_state (user, self->state);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_USER]);
}

/* Makes the chat with an account, which must not be ours, idle. */
EarChat *
ear_chat_new (EarPeerContext *context, const char *account, EarChatGate gate, gpointer user_data)
{
  EarChat *self = g_object_new (EAR_TYPE_CHAT, NULL);
  EarUser *user = ear_user_list_lookup (context->users, account);

  self->context = ear_peer_context_ref (context);
  self->account = g_strdup (account);
  self->user = user != NULL ? g_object_ref (user) : ear_user_new (account);
  self->log = ear_chat_log_new (context->history, account);
  self->gate = gate;
  self->gate_data = user_data;
  ear_chat_links_init (self);
  ear_chat_keeping_init (self);
  ear_chat_messages_init (self);
  ear_chat_reading_init (self);
  judge_user (self);
  g_signal_connect_object (context->users, "notify::n-listed", G_CALLBACK (judge_user), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (context->users, "user-added", G_CALLBACK (user_added_cb), self,
                           G_CONNECT_SWAPPED);
  return self;
}

/* -- What the user does -- */

/**
 * ear_chat_request:
 * @self: a chat
 * @greeting: (nullable): what to say to the other with it; left out when it is empty, not text, or
 *   longer than %EAR_LIMIT_GREETING bytes
 *
 * Asks the other for a chat; accepts, when the other asks already. Nothing happens when the chat is
 * open or on its way.
 */
void
ear_chat_request (EarChat *self, const char *greeting)
{
  g_return_if_fail (EAR_IS_CHAT (self));

  if (self->state == EAR_CHAT_ASKED) {
    ear_chat_accept (self);
    return;
  }
  if (self->state == EAR_CHAT_BROKEN)
    ear_chat_reach (self);
  if (self->state != EAR_CHAT_IDLE || self->closed)
    return;
  ear_chat_refuse_unheard (self, "no-answer");
  g_clear_pointer (&self->our_greeting, g_free);
  if (greeting != NULL && greeting[0] != '\0' &&
      ear_text_is_valid (greeting, EAR_LIMIT_GREETING, EAR_LIMIT_TEXT_LINES))
    self->our_greeting = g_strdup (greeting);
  self->retried = FALSE;
  ear_chat_set_last_error (self, NULL);
  ear_chat_set_state (self, EAR_CHAT_CALLING);
  ear_chat_reach (self);
}

/**
 * ear_chat_cancel:
 * @self: a chat
 *
 * Takes our own request back. Nothing happens when there is none.
 */
void
ear_chat_cancel (EarChat *self)
{
  g_return_if_fail (EAR_IS_CHAT (self));

  if (self->state != EAR_CHAT_CALLING && self->state != EAR_CHAT_RINGING)
    return;
  if (self->asked)
    ear_chat_send_type (self, EAR_MESSAGE_CANCEL);
  ear_chat_hang_up (self, EAR_ERROR_CLOSED);
}

/**
 * ear_chat_accept:
 * @self: a chat
 *
 * Accepts the other's request. Nothing happens when there is none.
 */
void
ear_chat_accept (EarChat *self)
{
  g_return_if_fail (EAR_IS_CHAT (self));

  if (self->state != EAR_CHAT_ASKED)
    return;
  ear_chat_send_type (self, EAR_MESSAGE_ACCEPT);
  ear_chat_open (self);
}

/**
 * ear_chat_decline:
 * @self: a chat
 *
 * Declines the other's request. Nothing happens when there is none.
 */
void
ear_chat_decline (EarChat *self)
{
  g_return_if_fail (EAR_IS_CHAT (self));

  if (self->state != EAR_CHAT_ASKED)
    return;
  ear_chat_refuse (self->peer, "declined");
  ear_chat_hang_up (self, EAR_ERROR_CLOSED);
}

/**
 * ear_chat_end:
 * @self: a chat
 *
 * Ends the chat for both sides, or whatever is on its way to one.
 */
void
ear_chat_end (EarChat *self)
{
  gboolean owes_end;

  g_return_if_fail (EAR_IS_CHAT (self));

  switch (self->state) {
  case EAR_CHAT_IDLE:
    break;
  case EAR_CHAT_CALLING:
  case EAR_CHAT_RINGING:
    ear_chat_cancel (self);
    break;
  case EAR_CHAT_ASKED:
    ear_chat_decline (self);
    break;
  case EAR_CHAT_OPEN:
    ear_chat_hang_up (self, EAR_ERROR_ENDED);
    break;
  case EAR_CHAT_BROKEN:
    owes_end = self->peer == NULL;
    ear_chat_hang_up (self, EAR_ERROR_ENDED);
    /* The other still dials: it is told when it comes. */
    self->owes_end = owes_end;
    if (owes_end)
      ear_deadline_set (&self->give_up, EAR_LIMIT_REDIAL_MS);
    break;
  }
}

/* The account is not ours any more: a window may still show the chat, but nothing can be done with
 * it. */
void
ear_chat_close (EarChat *self)
{
  self->closed = TRUE;
  ear_chat_keep_again (self); /* the last time */
  if (self->asked && self->state == EAR_CHAT_RINGING)
    ear_chat_send_type (self, EAR_MESSAGE_CANCEL);
  ear_chat_hang_up (self, self->state == EAR_CHAT_OPEN ? EAR_ERROR_ENDED : EAR_ERROR_SHUTTING_DOWN);
}

/* -- Properties -- */

void
ear_chat_set_state (EarChat *self, EarChatState state)
{
  if (self->state == state)
    return;
  self->state = state;
  show_state (self->user, state);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
}

void
ear_chat_set_typing_of_other (EarChat *self, gboolean typing)
{
  if (typing)
    ear_deadline_set (&self->typing_stale, EAR_LIMIT_TYPING_MS);
  else
    ear_deadline_clear (&self->typing_stale);
  if (self->typing == typing)
    return;
  self->typing = typing;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TYPING]);
}

void
ear_chat_set_greeting (EarChat *self, const char *greeting)
{
  if (g_strcmp0 (self->greeting, greeting) == 0)
    return;
  g_free (self->greeting);
  self->greeting = g_strdup (greeting);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_GREETING]);
}

/* Notes which other key the user shows; NULL: the one that we know. */
void
ear_chat_set_shown_key (EarChat *self, const char *fingerprint)
{
  gboolean changed = fingerprint != NULL;

  if (g_strcmp0 (self->shown_key, fingerprint) != 0) {
    g_free (self->shown_key);
    self->shown_key = g_strdup (fingerprint);
    if (changed)
      ear_chat_note_other_key (self, EAR_DELIVERY_KEY_CHANGED, fingerprint);
  }
  if (self->key_changed == changed)
    return;
  self->key_changed = changed;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_KEY_CHANGED]);
}

void
ear_chat_set_last_error (EarChat *self, const GError *error)
{
  if (self->last_error == NULL && error == NULL)
    return;
  g_clear_error (&self->last_error);
  if (error != NULL)
    self->last_error = g_error_copy (error);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LAST_ERROR]);
}

void
ear_chat_notify_address (EarChat *self)
{
  g_autofree char *address = self->peer != NULL ? ear_peer_dup_address (self->peer) : NULL;

  if (g_strcmp0 (self->address, address) == 0)
    return;
  g_free (self->address);
  self->address = g_steal_pointer (&address);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PEER_ADDRESS]);
}

void
ear_chat_emit_asked (EarChat *self)
{
  g_signal_emit (self, signals[ASKED], 0);
}

void
ear_chat_emit_ask_withdrawn (EarChat *self)
{
  g_signal_emit (self, signals[ASK_WITHDRAWN], 0);
}

void
ear_chat_emit_message_received (EarChat *self, EarChatMessage *message)
{
  g_signal_emit (self, signals[MESSAGE_RECEIVED], 0, message);
}

const char *
ear_chat_get_account (EarChat *self)
{
  return self->account;
}

/**
 * ear_chat_get_user:
 *
 * Returns: (transfer none): the other; one more object when the list of users has got to know them
 *   only now
 */
EarUser *
ear_chat_get_user (EarChat *self)
{
  g_return_val_if_fail (EAR_IS_CHAT (self), NULL);

  return self->user;
}

EarChatState
ear_chat_get_state (EarChat *self)
{
  g_return_val_if_fail (EAR_IS_CHAT (self), EAR_CHAT_IDLE);

  return self->state;
}

/**
 * ear_chat_get_greeting:
 *
 * Returns: (transfer none) (nullable): what came with the request that asks us
 */
const char *
ear_chat_get_greeting (EarChat *self)
{
  g_return_val_if_fail (EAR_IS_CHAT (self), NULL);

  return self->greeting;
}

/**
 * ear_chat_get_typing:
 *
 * Returns: whether the other writes something
 */
gboolean
ear_chat_get_typing (EarChat *self)
{
  g_return_val_if_fail (EAR_IS_CHAT (self), FALSE);

  return self->typing;
}

/**
 * ear_chat_get_peer_address:
 *
 * Returns: (transfer none) (nullable): where the other is, as address and port, while there is a
 *   link
 */
const char *
ear_chat_get_peer_address (EarChat *self)
{
  g_return_val_if_fail (EAR_IS_CHAT (self), NULL);

  return self->address;
}

/**
 * ear_chat_get_key_changed:
 *
 * Returns: whether nothing is sent because the other shows another key than the pinned one
 */
gboolean
ear_chat_get_key_changed (EarChat *self)
{
  g_return_val_if_fail (EAR_IS_CHAT (self), FALSE);

  return self->key_changed;
}

/**
 * ear_chat_get_last_error:
 *
 * Returns: (transfer none) (nullable): why our last request came to nothing
 */
const GError *
ear_chat_get_last_error (EarChat *self)
{
  g_return_val_if_fail (EAR_IS_CHAT (self), NULL);

  return self->last_error;
}

/**
 * ear_chat_get_log:
 *
 * Returns: (transfer none): the messages
 */
EarChatLog *
ear_chat_get_log (EarChat *self)
{
  g_return_val_if_fail (EAR_IS_CHAT (self), NULL);

  return self->log;
}
