/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Somebody in the sidebar: what the roster says of a user, and what the contacts know. A passive
 * item: EarUserList, EarContacts and EarChat write, views read.
 *
 * There may be ten thousand, so it is small, and tells its list by a call: a signal handler of each
 * would take as much memory again. */

#include "client/ear-user-private.h"

G_DEFINE_FINAL_TYPE (EarUser, ear_user, G_TYPE_OBJECT)

enum {
  PROP_0,
  PROP_ACCOUNT,
  PROP_NAME,
  PROP_STATUS,
  PROP_ACTIVE,
  PROP_UNCERTAIN,
  PROP_CONTACT,
  PROP_VERIFIED,
  PROP_BLOCKED,
  PROP_CHATTING,
  PROP_ASKING,
  PROP_LAST_SEEN,
  PROP_UNREAD,
  PROP_LAST_MESSAGE,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

static void
ear_user_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  EarUser *self = EAR_USER (object);

  switch (id) {
  case PROP_ACCOUNT:
    g_value_set_string (value, self->account);
    break;
  case PROP_NAME:
    g_value_set_string (value, self->name);
    break;
  case PROP_STATUS:
    g_value_set_string (value, ear_user_get_status (self));
    break;
  case PROP_ACTIVE:
    g_value_set_boolean (value, self->active);
    break;
  case PROP_UNCERTAIN:
    g_value_set_boolean (value, self->uncertain);
    break;
  case PROP_CONTACT:
    g_value_set_boolean (value, self->contact);
    break;
  case PROP_VERIFIED:
    g_value_set_boolean (value, self->verified);
    break;
  case PROP_BLOCKED:
    g_value_set_boolean (value, self->blocked);
    break;
  case PROP_CHATTING:
    g_value_set_boolean (value, self->chatting);
    break;
  case PROP_ASKING:
    g_value_set_boolean (value, self->asking);
    break;
  case PROP_LAST_SEEN:
    g_value_set_boxed (value, self->last_seen);
    break;
  case PROP_UNREAD:
    g_value_set_uint (value, self->unread);
    break;
  case PROP_LAST_MESSAGE:
    g_value_set_string (value, self->last_message);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    break;
  }
}

static void
ear_user_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  EarUser *self = EAR_USER (object);

  switch (id) {
  case PROP_NAME:
    ear_user_set_name (self, g_value_get_string (value));
    break;
  case PROP_STATUS:
    ear_user_set_status (self, g_value_get_string (value));
    break;
  case PROP_ACTIVE:
    ear_user_set_active (self, g_value_get_boolean (value));
    break;
  case PROP_CONTACT:
    ear_user_set_contact (self, g_value_get_boolean (value));
    break;
  case PROP_VERIFIED:
    ear_user_set_verified (self, g_value_get_boolean (value));
    break;
  case PROP_BLOCKED:
    ear_user_set_blocked (self, g_value_get_boolean (value));
    break;
  case PROP_CHATTING:
    ear_user_set_chatting (self, g_value_get_boolean (value));
    break;
  case PROP_ASKING:
    ear_user_set_asking (self, g_value_get_boolean (value));
    break;
  case PROP_LAST_SEEN:
    ear_user_set_last_seen (self, g_value_get_boxed (value));
    break;
  case PROP_UNREAD:
    ear_user_set_unread (self, g_value_get_uint (value));
    break;
  case PROP_LAST_MESSAGE:
    ear_user_set_last_message (self, g_value_get_string (value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    break;
  }
}

static void
ear_user_finalize (GObject *object)
{
  EarUser *self = EAR_USER (object);

  g_clear_pointer (&self->account, g_free);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->folded, g_free);
  g_clear_pointer (&self->status, g_free);
  g_clear_pointer (&self->last_seen, g_date_time_unref);
  g_clear_pointer (&self->last_message, g_free);
  G_OBJECT_CLASS (ear_user_parent_class)->finalize (object);
}

static void
ear_user_class_init (EarUserClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags r = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  const GParamFlags rw = r | G_PARAM_WRITABLE | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = ear_user_get_property;
  object_class->set_property = ear_user_set_property;
  object_class->finalize = ear_user_finalize;

  props[PROP_ACCOUNT] = g_param_spec_string ("account", NULL, NULL, "", r);
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, "", rw);
  props[PROP_STATUS] = g_param_spec_string ("status", NULL, NULL, "", rw);
  props[PROP_ACTIVE] = g_param_spec_boolean ("active", NULL, NULL, FALSE, rw);
  props[PROP_UNCERTAIN] = g_param_spec_boolean ("uncertain", NULL, NULL, FALSE, r);
  props[PROP_CONTACT] = g_param_spec_boolean ("contact", NULL, NULL, FALSE, rw);
  props[PROP_VERIFIED] = g_param_spec_boolean ("verified", NULL, NULL, FALSE, rw);
  props[PROP_BLOCKED] = g_param_spec_boolean ("blocked", NULL, NULL, FALSE, rw);
  props[PROP_CHATTING] = g_param_spec_boolean ("chatting", NULL, NULL, FALSE, rw);
  props[PROP_ASKING] = g_param_spec_boolean ("asking", NULL, NULL, FALSE, rw);
  props[PROP_LAST_SEEN] = g_param_spec_boxed ("last-seen", NULL, NULL, G_TYPE_DATE_TIME, rw);
  props[PROP_UNREAD] = g_param_spec_uint ("unread", NULL, NULL, 0, G_MAXUINT, 0, rw);
  props[PROP_LAST_MESSAGE] = g_param_spec_string ("last-message", NULL, NULL, NULL, rw);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
ear_user_init (EarUser *self)
{
}

/**
 * ear_user_new:
 * @account: the account
 *
 * Makes somebody who is not active, named like the account.
 *
 * Returns: (transfer full): the user
 */
EarUser *
ear_user_new (const char *account)
{
  EarUser *self = g_object_new (EAR_TYPE_USER, NULL);

  self->account = g_strdup (account);
  self->name = g_strdup (account);
  return self;
}

/**
 * ear_user_get_account:
 * @self: a user
 *
 * Returns: (transfer none): the account
 */
const char *
ear_user_get_account (EarUser *self)
{
  return self->account;
}

/**
 * ear_user_get_name:
 * @self: a user
 *
 * Returns: (transfer none): the display name; the account while none is known
 */
const char *
ear_user_get_name (EarUser *self)
{
  return self->name;
}

/**
 * ear_user_get_status:
 * @self: a user
 *
 * Returns: (transfer none): what the user says of it, maybe empty
 */
const char *
ear_user_get_status (EarUser *self)
{
  return self->status != NULL ? self->status : "";
}

/**
 * ear_user_get_active:
 * @self: a user
 *
 * Returns: whether the user is in the roster
 */
gboolean
ear_user_get_active (EarUser *self)
{
  return self->active;
}

/**
 * ear_user_may_be_active:
 * @self: a user
 *
 * Returns: whether the user is active, or nobody told us that they are not
 */
gboolean
ear_user_may_be_active (EarUser *self)
{
  return self->active || self->uncertain;
}

/**
 * ear_user_get_contact:
 * @self: a user
 *
 * Returns: whether we have talked before
 */
gboolean
ear_user_get_contact (EarUser *self)
{
  return self->contact;
}

/**
 * ear_user_get_verified:
 * @self: a user
 *
 * Returns: whether the key was compared
 */
gboolean
ear_user_get_verified (EarUser *self)
{
  return self->verified;
}

/**
 * ear_user_get_blocked:
 * @self: a user
 *
 * Returns: whether nothing of this user is to reach us
 */
gboolean
ear_user_get_blocked (EarUser *self)
{
  return self->blocked;
}

/**
 * ear_user_get_chatting:
 * @self: a user
 *
 * Returns: whether a direct chat with the user is open, which needs no server
 */
gboolean
ear_user_get_chatting (EarUser *self)
{
  return self->chatting;
}

/**
 * ear_user_get_asking:
 * @self: a user
 *
 * Returns: whether the user asks for a chat and waits for our answer
 */
gboolean
ear_user_get_asking (EarUser *self)
{
  return self->asking;
}

/**
 * ear_user_get_last_seen:
 * @self: a user
 *
 * Returns: (transfer none) (nullable): when the user was active last
 */
GDateTime *
ear_user_get_last_seen (EarUser *self)
{
  return self->last_seen;
}

/**
 * ear_user_get_unread:
 * @self: a user
 *
 * Returns: how many messages were not seen
 */
guint
ear_user_get_unread (EarUser *self)
{
  return self->unread;
}

/**
 * ear_user_get_last_message:
 * @self: a user
 *
 * Returns: (transfer none) (nullable): the last message, of either side
 */
const char *
ear_user_get_last_message (EarUser *self)
{
  return self->last_message;
}

static void
tell_keeper (EarUser *self)
{
  if (self->keeper != NULL)
    self->keeper->moved (self->keeper->owner, self);
}

/**
 * ear_user_set_keeper:
 * @self: a user
 * @keeper: (nullable): who keeps it in a list; has to outlive @self, or to be taken away
 *
 * Says who wants to know where the user belongs.
 */
void
ear_user_set_keeper (EarUser *self, const EarUserKeeper *keeper)
{
  self->keeper = keeper;
}

/**
 * ear_user_set_name:
 * @self: a user
 * @name: the display name; the account while none is known
 *
 * Changes it, and tells when it is another than before.
 */
void
ear_user_set_name (EarUser *self, const char *name)
{
  if (name == NULL || name[0] == '\0')
    name = self->account;
  if (g_strcmp0 (self->name, name) == 0)
    return;
  g_free (self->name);
  g_clear_pointer (&self->folded, g_free);
  self->name = g_strdup (name);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_NAME]);
}

/**
 * ear_user_set_status:
 * @self: a user
 * @status: what the user says of it, maybe empty
 *
 * Changes it, and tells when it is another than before.
 */
void
ear_user_set_status (EarUser *self, const char *status)
{
  if (status != NULL && *status == '\0')
    status = NULL;
  if (g_strcmp0 (self->status, status) == 0)
    return;
  g_free (self->status);
  self->status = g_strdup (status);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATUS]);
}

/**
 * ear_user_set_active:
 * @self: a user
 * @active: whether the user is in the roster
 *
 * Changes it, and tells when it is another than before.
 */
void
ear_user_set_active (EarUser *self, gboolean active)
{
  active = !!active;
  if (self->active == active)
    return;
  self->active = active;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ACTIVE]);
  tell_keeper (self);
}

/**
 * ear_user_set_uncertain:
 * @self: a user
 * @uncertain: whether the user is not among those who are listed, but these are not all
 *
 * Changes it, and tells when it is another than before.
 */
void
ear_user_set_uncertain (EarUser *self, gboolean uncertain)
{
  uncertain = !!uncertain;
  if (self->uncertain == uncertain)
    return;
  self->uncertain = uncertain;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_UNCERTAIN]);
}

/**
 * ear_user_set_contact:
 * @self: a user
 * @contact: whether we have talked before
 *
 * Changes it, and tells when it is another than before.
 */
void
ear_user_set_contact (EarUser *self, gboolean contact)
{
  contact = !!contact;
  if (self->contact == contact)
    return;
  self->contact = contact;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_CONTACT]);
  tell_keeper (self);
}

/**
 * ear_user_set_verified:
 * @self: a user
 * @verified: whether the key was compared
 *
 * Changes it, and tells when it is another than before.
 */
void
ear_user_set_verified (EarUser *self, gboolean verified)
{
  verified = !!verified;
  if (self->verified == verified)
    return;
  self->verified = verified;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_VERIFIED]);
}

/**
 * ear_user_set_blocked:
 * @self: a user
 * @blocked: whether nothing of this user is to reach us
 *
 * Changes it, and tells when it is another than before.
 */
void
ear_user_set_blocked (EarUser *self, gboolean blocked)
{
  blocked = !!blocked;
  if (self->blocked == blocked)
    return;
  self->blocked = blocked;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_BLOCKED]);
}

/**
 * ear_user_set_chatting:
 * @self: a user
 * @chatting: whether a direct chat with the user is open
 *
 * Changes it, and tells when it is another than before.
 */
void
ear_user_set_chatting (EarUser *self, gboolean chatting)
{
  chatting = !!chatting;
  if (self->chatting == chatting)
    return;
  self->chatting = chatting;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_CHATTING]);
  tell_keeper (self);
}

/**
 * ear_user_set_asking:
 * @self: a user
 * @asking: whether the user asks for a chat
 *
 * Changes it, and tells when it is another than before.
 */
void
ear_user_set_asking (EarUser *self, gboolean asking)
{
  asking = !!asking;
  if (self->asking == asking)
    return;
  self->asking = asking;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ASKING]);
}

/**
 * ear_user_set_last_seen:
 * @self: a user
 * @last_seen: (nullable): when the user was active last
 *
 * Changes it, and tells when it is another than before.
 */
void
ear_user_set_last_seen (EarUser *self, GDateTime *last_seen)
{
  if (self->last_seen == last_seen || (self->last_seen != NULL && last_seen != NULL &&
                                       g_date_time_equal (self->last_seen, last_seen)))
    return;
  g_clear_pointer (&self->last_seen, g_date_time_unref);
  self->last_seen = last_seen != NULL ? g_date_time_ref (last_seen) : NULL;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LAST_SEEN]);
}

/**
 * ear_user_set_unread:
 * @self: a user
 * @unread: how many messages were not seen
 *
 * Changes it, and tells when it is another than before.
 */
void
ear_user_set_unread (EarUser *self, guint unread)
{
  if (self->unread == unread)
    return;
  self->unread = unread;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_UNREAD]);
}

/**
 * ear_user_set_last_message:
 * @self: a user
 * @last_message: (nullable): the last message, of either side
 *
 * Changes it, and tells when it is another than before.
 */
void
ear_user_set_last_message (EarUser *self, const char *last_message)
{
  if (g_strcmp0 (self->last_message, last_message) == 0)
    return;
  g_free (self->last_message);
  self->last_message = g_strdup (last_message);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LAST_MESSAGE]);
}
