/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* How our user wants to be met: a status, and whether they want to be left alone. This is the one
 * place that knows both; others see them as one line.
 *
 * While "do-not-disturb" is on nothing comes to the front by itself: EarNotifier shows nothing, and
 * EarWindow no dialog for who asks. Requests, messages and announcements wait where they stand in
 * the window, and can be answered there.
 *
 * It is kept in the settings of the profile, so that a restart does not end it. The status is not,
 * and goes when the session ends: it is that of an account, and the next one may be another. */

#include "config.h"

#include "gui/ear-presence.h"

#include "client/ear-session.h"
#include "gui/ear-format.h"

struct _EarPresence
{
  GObject parent_instance;

  /* Owned */
  EarSession *session;
  char *status;

  gboolean do_not_disturb;
};

G_DEFINE_FINAL_TYPE (EarPresence, ear_presence, G_TYPE_OBJECT)

enum {
  PROP_STATUS = 1,
  PROP_DO_NOT_DISTURB,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

static void
apply (EarPresence *self)
{
  g_autofree char *shown = ear_format_status (self->status, self->do_not_disturb);

  ear_session_set_status (self->session, shown);
}

static void
ear_presence_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  EarPresence *self = EAR_PRESENCE (object);

  switch (id) {
  case PROP_STATUS:
    g_value_set_string (value, self->status);
    break;
  case PROP_DO_NOT_DISTURB:
    g_value_set_boolean (value, self->do_not_disturb);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
ear_presence_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  EarPresence *self = EAR_PRESENCE (object);

  switch (id) {
  case PROP_STATUS:
    ear_presence_set_status (self, g_value_get_string (value));
    break;
  case PROP_DO_NOT_DISTURB:
    ear_presence_set_do_not_disturb (self, g_value_get_boolean (value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
ear_presence_dispose (GObject *object)
{
  EarPresence *self = EAR_PRESENCE (object);

  g_clear_object (&self->session);
  G_OBJECT_CLASS (ear_presence_parent_class)->dispose (object);
}

static void
ear_presence_finalize (GObject *object)
{
  EarPresence *self = EAR_PRESENCE (object);

  g_free (self->status);
  G_OBJECT_CLASS (ear_presence_parent_class)->finalize (object);
}

static void
ear_presence_class_init (EarPresenceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = ear_presence_get_property;
  object_class->set_property = ear_presence_set_property;
  object_class->dispose = ear_presence_dispose;
  object_class->finalize = ear_presence_finalize;
  props[PROP_STATUS] = g_param_spec_string ("status", NULL, NULL, "", flags);
  props[PROP_DO_NOT_DISTURB] = g_param_spec_boolean ("do-not-disturb", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
ear_presence_init (EarPresence *self)
{
  self->status = g_strdup ("");
}

static void
session_state_cb (EarPresence *self)
{
  if (ear_session_get_state (self->session) == EAR_SESSION_IDLE)
    ear_presence_set_status (self, "");
}

/**
 * ear_presence_new:
 * @session: whose status others see
 * @settings: (nullable): of the profile
 *
 * Makes the presence of a profile, as it was when the program ended.
 *
 * Returns: (transfer full): the presence
 */
EarPresence *
ear_presence_new (EarSession *session, GSettings *settings)
{
  EarPresence *self = g_object_new (EAR_TYPE_PRESENCE, NULL);

  self->session = g_object_ref (session);
  g_signal_connect_object (session, "notify::state", G_CALLBACK (session_state_cb), self,
                           G_CONNECT_SWAPPED);
  if (settings != NULL)
    g_settings_bind (settings, "do-not-disturb", self, "do-not-disturb", G_SETTINGS_BIND_DEFAULT);
  return self;
}

/**
 * ear_presence_get_status:
 * @self: a presence
 *
 * Gets what the person wrote.
 *
 * Returns: (transfer none): the status, maybe empty
 */
const char *
ear_presence_get_status (EarPresence *self)
{
  g_return_val_if_fail (EAR_IS_PRESENCE (self), NULL);

  return self->status;
}

/**
 * ear_presence_set_status:
 * @self: a presence
 * @status: (nullable): one line
 *
 * Changes what the others see.
 */
void
ear_presence_set_status (EarPresence *self, const char *status)
{
  g_return_if_fail (EAR_IS_PRESENCE (self));

  if (g_strcmp0 (self->status, status) == 0)
    return;
  g_free (self->status);
  self->status = g_strdup (status != NULL ? status : "");
  apply (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATUS]);
}

/**
 * ear_presence_get_do_not_disturb:
 * @self: a presence
 *
 * Gets whether the person wants to be left alone.
 *
 * Returns: whether they do
 */
gboolean
ear_presence_get_do_not_disturb (EarPresence *self)
{
  g_return_val_if_fail (EAR_IS_PRESENCE (self), FALSE);

  return self->do_not_disturb;
}

/**
 * ear_presence_set_do_not_disturb:
 * @self: a presence
 * @do_not_disturb: whether the person wants to be left alone
 *
 * Changes that, from now on: the dialog of a request that is there stays.
 */
void
ear_presence_set_do_not_disturb (EarPresence *self, gboolean do_not_disturb)
{
  g_return_if_fail (EAR_IS_PRESENCE (self));

  do_not_disturb = !!do_not_disturb;
  if (self->do_not_disturb == do_not_disturb)
    return;
  self->do_not_disturb = do_not_disturb;
  apply (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_DO_NOT_DISTURB]);
}
