/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A broadcast: an item of EarAnnouncementList and a row of the history. */

#include "client/ear-announcement.h"

struct _EarAnnouncement
{
  GObject parent_instance;

  guint64 number;
  char *account;
  char *name;
  char *text;
  GDateTime *time;
  gboolean dismissed;
  gboolean own;
  guint reached;
};

G_DEFINE_FINAL_TYPE (EarAnnouncement, ear_announcement, G_TYPE_OBJECT)

enum {
  PROP_0,
  PROP_NUMBER,
  PROP_ACCOUNT,
  PROP_NAME,
  PROP_TEXT,
  PROP_TIME,
  PROP_DISMISSED,
  PROP_OWN,
  PROP_REACHED,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

static void
ear_announcement_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  EarAnnouncement *self = EAR_ANNOUNCEMENT (object);

  switch (id) {
  case PROP_NUMBER:
    g_value_set_uint64 (value, self->number);
    break;
  case PROP_ACCOUNT:
    g_value_set_string (value, self->account);
    break;
  case PROP_NAME:
    g_value_set_string (value, self->name);
    break;
  case PROP_TEXT:
    g_value_set_string (value, self->text);
    break;
  case PROP_TIME:
    g_value_set_boxed (value, self->time);
    break;
  case PROP_DISMISSED:
    g_value_set_boolean (value, self->dismissed);
    break;
  case PROP_OWN:
    g_value_set_boolean (value, self->own);
    break;
  case PROP_REACHED:
    g_value_set_uint (value, self->reached);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    break;
  }
}

static void
ear_announcement_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  EarAnnouncement *self = EAR_ANNOUNCEMENT (object);

  switch (id) {
  case PROP_DISMISSED:
    ear_announcement_set_dismissed (self, g_value_get_boolean (value));
    break;
  case PROP_OWN:
    ear_announcement_set_own (self, g_value_get_boolean (value));
    break;
  case PROP_REACHED:
    ear_announcement_set_reached (self, g_value_get_uint (value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    break;
  }
}

static void
ear_announcement_finalize (GObject *object)
{
  EarAnnouncement *self = EAR_ANNOUNCEMENT (object);

  g_clear_pointer (&self->account, g_free);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->time, g_date_time_unref);
  G_OBJECT_CLASS (ear_announcement_parent_class)->finalize (object);
}

static void
ear_announcement_class_init (EarAnnouncementClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags r = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  const GParamFlags rw = r | G_PARAM_WRITABLE | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = ear_announcement_get_property;
  object_class->set_property = ear_announcement_set_property;
  object_class->finalize = ear_announcement_finalize;

  props[PROP_NUMBER] = g_param_spec_uint64 ("number", NULL, NULL, 0, G_MAXUINT64, 0, r);
  props[PROP_ACCOUNT] = g_param_spec_string ("account", NULL, NULL, "", r);
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, "", r);
  props[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, "", r);
  props[PROP_TIME] = g_param_spec_boxed ("time", NULL, NULL, G_TYPE_DATE_TIME, r);
  props[PROP_DISMISSED] = g_param_spec_boolean ("dismissed", NULL, NULL, FALSE, rw);
  props[PROP_OWN] = g_param_spec_boolean ("own", NULL, NULL, FALSE, rw);
  props[PROP_REACHED] = g_param_spec_uint ("reached", NULL, NULL, 0, G_MAXUINT, 0, rw);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
ear_announcement_init (EarAnnouncement *self)
{
}

/**
 * ear_announcement_new:
 * @number: the server's number of it
 * @account: who sent it
 * @name: the sender's display name
 * @text: the text
 * @time: when it was sent
 *
 * Makes an announcement.
 *
 * Returns: (transfer full): the announcement
 */
EarAnnouncement *
ear_announcement_new (guint64 number,
                      const char *account,
                      const char *name,
                      const char *text,
                      GDateTime *time)
{
  EarAnnouncement *self = g_object_new (EAR_TYPE_ANNOUNCEMENT, NULL);

  self->number = number;
  self->account = g_strdup (account);
  self->name = g_strdup (name);
  self->text = g_strdup (text);
  self->time = g_date_time_ref (time);
  return self;
}

/**
 * ear_announcement_get_number:
 * @self: an announcement
 *
 * Returns: the server's number of it; later ones are greater
 */
guint64
ear_announcement_get_number (EarAnnouncement *self)
{
  return self->number;
}

/**
 * ear_announcement_get_account:
 * @self: an announcement
 *
 * Returns: (transfer none): who sent it
 */
const char *
ear_announcement_get_account (EarAnnouncement *self)
{
  return self->account;
}

/**
 * ear_announcement_get_name:
 * @self: an announcement
 *
 * Returns: (transfer none): the sender's display name
 */
const char *
ear_announcement_get_name (EarAnnouncement *self)
{
  return self->name;
}

/**
 * ear_announcement_get_text:
 * @self: an announcement
 *
 * Returns: (transfer none): the text
 */
const char *
ear_announcement_get_text (EarAnnouncement *self)
{
  return self->text;
}

/**
 * ear_announcement_get_time:
 * @self: an announcement
 *
 * Returns: (transfer none): when it was sent
 */
GDateTime *
ear_announcement_get_time (EarAnnouncement *self)
{
  return self->time;
}

/**
 * ear_announcement_get_dismissed:
 * @self: an announcement
 *
 * Returns: whether the user has put it away
 */
gboolean
ear_announcement_get_dismissed (EarAnnouncement *self)
{
  return self->dismissed;
}

/**
 * ear_announcement_get_own:
 * @self: an announcement
 *
 * Returns: whether the user sent it
 */
gboolean
ear_announcement_get_own (EarAnnouncement *self)
{
  return self->own;
}

/**
 * ear_announcement_get_reached:
 * @self: an announcement
 *
 * Returns: how many have it; only known for one's own
 */
guint
ear_announcement_get_reached (EarAnnouncement *self)
{
  return self->reached;
}

/**
 * ear_announcement_set_dismissed:
 * @self: an announcement
 * @dismissed: whether the user has put it away
 *
 * Changes it, and tells when it is another than before.
 */
void
ear_announcement_set_dismissed (EarAnnouncement *self, gboolean dismissed)
{
  dismissed = !!dismissed;
  if (self->dismissed == dismissed)
    return;
  self->dismissed = dismissed;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_DISMISSED]);
}

/**
 * ear_announcement_set_own:
 * @self: an announcement
 * @own: whether the user sent it
 *
 * Changes it, and tells when it is another than before.
 */
void
ear_announcement_set_own (EarAnnouncement *self, gboolean own)
{
  own = !!own;
  if (self->own == own)
    return;
  self->own = own;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_OWN]);
}

/**
 * ear_announcement_set_reached:
 * @self: an announcement
 * @reached: how many have it; only known for one's own
 *
 * Changes it, and tells when it is another than before.
 */
void
ear_announcement_set_reached (EarAnnouncement *self, guint reached)
{
  if (self->reached == reached)
    return;
  self->reached = reached;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_REACHED]);
}
