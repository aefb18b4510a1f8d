/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A line of a chat, as an item of EarChatLog. Only its delivery and its row change: a message that
 * is not stored yet has row 0, and is unkept when the disk did not take it. */

#include "client/ear-chat-message.h"

struct _EarChatMessage
{
  GObject parent_instance;

  /* Owned */
  char *id;
  char *text;
  GDateTime *time;

  gint64 row;
  EarDelivery delivery;
  gboolean unkept;
};

enum {
  PROP_ID = 1,
  PROP_TEXT,
  PROP_TIME,
  PROP_DELIVERY,
  PROP_OWN,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (EarChatMessage, ear_chat_message, G_TYPE_OBJECT)

G_DEFINE_ENUM_TYPE (EarDelivery,
                    ear_delivery,
                    G_DEFINE_ENUM_VALUE (EAR_DELIVERY_WAITING, "waiting"),
                    G_DEFINE_ENUM_VALUE (EAR_DELIVERY_SENT, "sent"),
                    G_DEFINE_ENUM_VALUE (EAR_DELIVERY_RECEIVED, "received"),
                    G_DEFINE_ENUM_VALUE (EAR_DELIVERY_INCOMING, "incoming"),
                    G_DEFINE_ENUM_VALUE (EAR_DELIVERY_READ, "read"),
                    G_DEFINE_ENUM_VALUE (EAR_DELIVERY_KEY_CHANGED, "key-changed"),
                    G_DEFINE_ENUM_VALUE (EAR_DELIVERY_KEY_TRUSTED, "key-trusted"),
                    G_DEFINE_ENUM_VALUE (EAR_DELIVERY_KEY_REFUSED, "key-refused"))

static void
ear_chat_message_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  EarChatMessage *self = EAR_CHAT_MESSAGE (object);

  switch (prop_id) {
  case PROP_ID:
    g_value_set_string (value, self->id);
    break;
  case PROP_TEXT:
    g_value_set_string (value, self->text);
    break;
  case PROP_TIME:
    g_value_set_boxed (value, self->time);
    break;
  case PROP_DELIVERY:
    g_value_set_enum (value, self->delivery);
    break;
  case PROP_OWN:
    g_value_set_boolean (value, ear_chat_message_get_own (self));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
}

static void
ear_chat_message_finalize (GObject *object)
{
  EarChatMessage *self = EAR_CHAT_MESSAGE (object);

  g_free (self->id);
  g_free (self->text);
  g_clear_pointer (&self->time, g_date_time_unref);

  G_OBJECT_CLASS (ear_chat_message_parent_class)->finalize (object);
}

static void
ear_chat_message_class_init (EarChatMessageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = ear_chat_message_get_property;
  object_class->finalize = ear_chat_message_finalize;

  props[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, flags);
  props[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, NULL, flags);
  props[PROP_TIME] = g_param_spec_boxed ("time", NULL, NULL, G_TYPE_DATE_TIME, flags);
  props[PROP_DELIVERY] =
    g_param_spec_enum ("delivery", NULL, NULL, EAR_TYPE_DELIVERY, EAR_DELIVERY_WAITING, flags);
  props[PROP_OWN] = g_param_spec_boolean ("own", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
ear_chat_message_init (EarChatMessage *self)
{
}

/**
 * ear_chat_message_new:
 * @row: (transfer none): what is or will be stored
 *
 * Makes an item of a row of the history.
 *
 * Returns: (transfer full): the message
 */
EarChatMessage *
ear_chat_message_new (const EarHistoryMessage *row)
{
  EarChatMessage *self;

  g_return_val_if_fail (row != NULL && row->id != NULL && row->text != NULL, NULL);

  self = g_object_new (EAR_TYPE_CHAT_MESSAGE, NULL);
  self->id = g_strdup (row->id);
  self->text = g_strdup (row->text);
  self->time = ear_history_time_new (row->time_us);
  self->row = row->row;
  self->delivery = row->delivery;
  return self;
}

/**
 * ear_chat_message_get_id:
 *
 * Returns: (transfer none): the id in the protocol; unique among those of one sender
 */
const char *
ear_chat_message_get_id (EarChatMessage *self)
{
  g_return_val_if_fail (EAR_IS_CHAT_MESSAGE (self), NULL);

  return self->id;
}

/**
 * ear_chat_message_get_row:
 *
 * Returns: the row in the history, 0 when it is not stored yet
 */
gint64
ear_chat_message_get_row (EarChatMessage *self)
{
  g_return_val_if_fail (EAR_IS_CHAT_MESSAGE (self), 0);

  return self->row;
}

/**
 * ear_chat_message_get_text:
 *
 * Returns: (transfer none): what was written; plain text, never markup
 */
const char *
ear_chat_message_get_text (EarChatMessage *self)
{
  g_return_val_if_fail (EAR_IS_CHAT_MESSAGE (self), NULL);

  return self->text;
}

/**
 * ear_chat_message_get_time:
 *
 * Returns: (transfer none): when it was written, in local time
 */
GDateTime *
ear_chat_message_get_time (EarChatMessage *self)
{
  g_return_val_if_fail (EAR_IS_CHAT_MESSAGE (self), NULL);

  return self->time;
}

/**
 * ear_chat_message_get_delivery:
 *
 * Returns: how far the message has come
 */
EarDelivery
ear_chat_message_get_delivery (EarChatMessage *self)
{
  g_return_val_if_fail (EAR_IS_CHAT_MESSAGE (self), EAR_DELIVERY_WAITING);

  return self->delivery;
}

/**
 * ear_chat_message_get_own:
 *
 * Returns: whether it is ours
 */
gboolean
ear_chat_message_get_own (EarChatMessage *self)
{
  g_return_val_if_fail (EAR_IS_CHAT_MESSAGE (self), FALSE);

  return self->delivery != EAR_DELIVERY_INCOMING;
}

/**
 * ear_chat_message_is_note:
 *
 * Returns: whether it is no message, but a line that this program wrote about the other's key
 */
gboolean
ear_chat_message_is_note (EarChatMessage *self)
{
  g_return_val_if_fail (EAR_IS_CHAT_MESSAGE (self), FALSE);

  return self->delivery > EAR_DELIVERY_READ;
}

/**
 * ear_chat_message_set_delivery:
 * @delivery: how far the message has come; only for our own
 *
 * Shows how far a message has come. What was received once stays received, or is
 * read, as in the history.
 */
void
ear_chat_message_set_delivery (EarChatMessage *self, EarDelivery delivery)
{
  g_return_if_fail (EAR_IS_CHAT_MESSAGE (self));
  g_return_if_fail ((delivery == EAR_DELIVERY_INCOMING) ==
                    (self->delivery == EAR_DELIVERY_INCOMING));

  if (self->delivery == delivery || self->delivery == EAR_DELIVERY_READ ||
      (self->delivery == EAR_DELIVERY_RECEIVED && delivery != EAR_DELIVERY_READ))
    return;
  self->delivery = delivery;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_DELIVERY]);
}

/**
 * ear_chat_message_set_row:
 * @row: the row in the history
 *
 * Notes where the message is stored.
 */
void
ear_chat_message_set_row (EarChatMessage *self, gint64 row)
{
  g_return_if_fail (EAR_IS_CHAT_MESSAGE (self));

  self->row = row;
  self->unkept = FALSE;
}

/**
 * ear_chat_message_is_unkept:
 *
 * Returns: whether the message is not sent because it could not be stored; that is tried again
 */
gboolean
ear_chat_message_is_unkept (EarChatMessage *self)
{
  g_return_val_if_fail (EAR_IS_CHAT_MESSAGE (self), FALSE);

  return self->unkept;
}

/**
 * ear_chat_message_set_unkept:
 *
 * Notes that the message could not be stored, until ear_chat_message_set_row().
 */
void
ear_chat_message_set_unkept (EarChatMessage *self)
{
  g_return_if_fail (EAR_IS_CHAT_MESSAGE (self));

  self->unkept = TRUE;
}
