/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The line that says what is in the way: the server is gone, or the disk takes nothing. */

#include "config.h"

#include "gui/ear-connection-bar.h"

#include <glib/gi18n.h>

#include "gui/ear-accessible.h"
#include "gui/ear-format.h"

struct _EarConnectionBar
{
  AdwBin parent_instance;

  /* Template children */
  GtkWidget *revealer;
  GtkWidget *icon;
  GtkWidget *title_label;
  GtkWidget *detail_label;
  GtkWidget *retry_button;
};

G_DEFINE_FINAL_TYPE (EarConnectionBar, ear_connection_bar, ADW_TYPE_BIN)

static void
ear_connection_bar_class_init (EarConnectionBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_STATUS);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/earshot/Earshot/ear-connection-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, EarConnectionBar, revealer);
  gtk_widget_class_bind_template_child (widget_class, EarConnectionBar, icon);
  gtk_widget_class_bind_template_child (widget_class, EarConnectionBar, title_label);
  gtk_widget_class_bind_template_child (widget_class, EarConnectionBar, detail_label);
  gtk_widget_class_bind_template_child (widget_class, EarConnectionBar, retry_button);
}

static void
ear_connection_bar_init (EarConnectionBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  ear_accessible_follow_revealer (GTK_REVEALER (self->revealer));
}

/**
 * ear_connection_bar_new:
 *
 * Makes a bar that shows nothing.
 *
 * Returns: (transfer floating): the bar
 */
EarConnectionBar *
ear_connection_bar_new (void)
{
  return g_object_new (EAR_TYPE_CONNECTION_BAR, NULL);
}

static const char *
get_lost_text (void)
{
  return _ ("Can’t reach the server. Your open chats go on.");
}

static void
show (EarConnectionBar *self, const char *icon, const char *title, const char *detail)
{
  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon), icon);
  gtk_label_set_text (GTK_LABEL (self->title_label), title);
  gtk_label_set_text (GTK_LABEL (self->detail_label), detail);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->revealer), TRUE);
}

/**
 * ear_connection_bar_show_state:
 * @self: a bar
 * @lost: whether the server is gone
 * @retry_seconds: until the next try; 0 while one is under way
 *
 * Shows how it stands with the server.
 */
void
ear_connection_bar_show_state (EarConnectionBar *self, gboolean lost, guint retry_seconds)
{
  g_return_if_fail (EAR_IS_CONNECTION_BAR (self));

  if (lost) {
    g_autofree char *detail = ear_format_retry (retry_seconds);

    gtk_widget_set_visible (self->retry_button, TRUE);
    show (self, "network-offline-symbolic", get_lost_text (), detail);
  } else {
    gtk_revealer_set_reveal_child (GTK_REVEALER (self->revealer), FALSE);
  }
}

/**
 * ear_connection_bar_show_disk_failing:
 * @self: a bar
 * @lost: whether the server is gone, too
 *
 * Shows that nothing can be saved.
 */
void
ear_connection_bar_show_disk_failing (EarConnectionBar *self, gboolean lost)
{
  g_return_if_fail (EAR_IS_CONNECTION_BAR (self));

  gtk_widget_set_visible (self->retry_button, lost);
  show (self, "dialog-warning-symbolic", _ ("Nothing can be saved. Is the disk full?"),
        lost ? get_lost_text () : _ ("Messages wait, and are tried again."));
}
