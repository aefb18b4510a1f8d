/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* One announcement, in the bar and in the history. It only binds. */

#include "config.h"

#include "gui/ear-announcement-row.h"

#include <glib/gi18n.h>

#include "client/ear-announcement.h"
#include "gui/ear-avatar.h"
#include "gui/ear-format.h"
#include "gui/ear-short-scroller.h"
#include "wire/ear-text.h"

#define REFRESH_SECONDS 30 /* "2 min ago" grows old */

struct _EarAnnouncementRow
{
  AdwBin parent_instance;

  /* Template children */
  GtkWidget *avatar;
  GtkWidget *sender_label;
  GtkWidget *time_label;
  GtkWidget *reached_label;
  GtkWidget *text_label;
  GtkWidget *remove_button; /* seen while it can be used: by admins */

  /* Owned */
  EarAnnouncement *announcement;
  GSignalGroup *signals;
  guint refresh;
};

G_DEFINE_FINAL_TYPE (EarAnnouncementRow, ear_announcement_row, ADW_TYPE_BIN)

enum {
  PROP_ANNOUNCEMENT = 1,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
update (EarAnnouncementRow *self)
{
  if (self->announcement == NULL)
    return;

  const char *account = ear_announcement_get_account (self->announcement);
  const char *text = ear_announcement_get_text (self->announcement);
  gboolean own = ear_announcement_get_own (self->announcement);
  GDateTime *time = ear_announcement_get_time (self->announcement);
  g_autofree char *sender =
    ear_format_sender (ear_announcement_get_name (self->announcement), account);
  g_autofree char *ago = time != NULL ? ear_format_ago (time, NULL) : g_strdup ("");
  g_autofree char *moment = time != NULL ? ear_format_moment (time, NULL) : NULL;
  g_autofree char *reached = ear_format_reached (ear_announcement_get_reached (self->announcement));
  g_autofree char *reached_part = g_strdup_printf ("· %s", reached);

  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->remove_button), "t",
                                    ear_announcement_get_number (self->announcement));
  ear_avatar_set_account (EAR_AVATAR (self->avatar), account);
  gtk_label_set_text (GTK_LABEL (self->sender_label), own ? _ ("You") : sender);
  gtk_label_set_text (GTK_LABEL (self->time_label), ago);
  gtk_widget_set_tooltip_text (self->time_label, moment);
  gtk_label_set_text (GTK_LABEL (self->reached_label), reached_part);
  gtk_widget_set_visible (self->reached_label, own);
  gtk_label_set_wrap_mode (GTK_LABEL (self->text_label),
                           ear_text_has_long_word (text) ? PANGO_WRAP_CHAR : PANGO_WRAP_WORD_CHAR);
  gtk_label_set_text (GTK_LABEL (self->text_label), text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  own ? _ ("You") : sender, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  text, -1);
}

static gboolean
refresh_cb (gpointer user_data)
{
  update (user_data);
  return G_SOURCE_CONTINUE;
}

/* It will be asked for in a window. */
static void
remove_clicked_cb (EarAnnouncementRow *self)
{
  GtkWidget *popover = gtk_widget_get_ancestor (GTK_WIDGET (self), GTK_TYPE_POPOVER);

  if (popover != NULL)
    gtk_popover_popdown (GTK_POPOVER (popover));
}

static void
ear_announcement_row_map (GtkWidget *widget)
{
  EarAnnouncementRow *self = EAR_ANNOUNCEMENT_ROW (widget);

  GTK_WIDGET_CLASS (ear_announcement_row_parent_class)->map (widget);
  self->refresh = g_timeout_add_seconds (REFRESH_SECONDS, refresh_cb, self);
  update (self);
}

static void
ear_announcement_row_unmap (GtkWidget *widget)
{
  EarAnnouncementRow *self = EAR_ANNOUNCEMENT_ROW (widget);

  g_clear_handle_id (&self->refresh, g_source_remove);
  GTK_WIDGET_CLASS (ear_announcement_row_parent_class)->unmap (widget);
}

static void
ear_announcement_row_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id) {
  case PROP_ANNOUNCEMENT:
    g_value_set_object (value, EAR_ANNOUNCEMENT_ROW (object)->announcement);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
ear_announcement_row_set_property (GObject *object,
                                   guint id,
                                   const GValue *value,
                                   GParamSpec *pspec)
{
  switch (id) {
  case PROP_ANNOUNCEMENT:
    ear_announcement_row_set_announcement (EAR_ANNOUNCEMENT_ROW (object),
                                           g_value_get_object (value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
ear_announcement_row_dispose (GObject *object)
{
  EarAnnouncementRow *self = EAR_ANNOUNCEMENT_ROW (object);

  g_clear_handle_id (&self->refresh, g_source_remove);
  g_clear_object (&self->signals);
  g_clear_object (&self->announcement);
  G_OBJECT_CLASS (ear_announcement_row_parent_class)->dispose (object);
}

static void
ear_announcement_row_class_init (EarAnnouncementRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = ear_announcement_row_get_property;
  object_class->set_property = ear_announcement_row_set_property;
  object_class->dispose = ear_announcement_row_dispose;
  widget_class->map = ear_announcement_row_map;
  widget_class->unmap = ear_announcement_row_unmap;

  properties[PROP_ANNOUNCEMENT] =
    g_param_spec_object ("announcement", NULL, NULL, EAR_TYPE_ANNOUNCEMENT,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  g_type_ensure (EAR_TYPE_AVATAR);
  g_type_ensure (EAR_TYPE_SHORT_SCROLLER);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/earshot/Earshot/ear-announcement-row.ui");
  gtk_widget_class_bind_template_child (widget_class, EarAnnouncementRow, avatar);
  gtk_widget_class_bind_template_child (widget_class, EarAnnouncementRow, sender_label);
  gtk_widget_class_bind_template_child (widget_class, EarAnnouncementRow, time_label);
  gtk_widget_class_bind_template_child (widget_class, EarAnnouncementRow, reached_label);
  gtk_widget_class_bind_template_child (widget_class, EarAnnouncementRow, text_label);
  gtk_widget_class_bind_template_child (widget_class, EarAnnouncementRow, remove_button);
  gtk_widget_class_bind_template_callback (widget_class, remove_clicked_cb);
}

static void
ear_announcement_row_init (EarAnnouncementRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->signals = g_signal_group_new (EAR_TYPE_ANNOUNCEMENT);
  g_signal_group_connect_swapped (self->signals, "notify", G_CALLBACK (update), self);
}

/**
 * ear_announcement_row_new:
 *
 * Makes an empty row.
 *
 * Returns: (transfer floating): the row
 */
EarAnnouncementRow *
ear_announcement_row_new (void)
{
  return g_object_new (EAR_TYPE_ANNOUNCEMENT_ROW, NULL);
}

/**
 * ear_announcement_row_set_announcement:
 * @self: a row
 * @announcement: (nullable): an announcement
 *
 * Shows @announcement.
 */
void
ear_announcement_row_set_announcement (EarAnnouncementRow *self, EarAnnouncement *announcement)
{
  g_return_if_fail (EAR_IS_ANNOUNCEMENT_ROW (self));
  if (!g_set_object (&self->announcement, announcement))
    return;
  g_signal_group_set_target (self->signals, announcement);
  update (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ANNOUNCEMENT]);
}
