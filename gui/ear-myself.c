/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Oneself on top of the sidebar: avatar and name, and below them the status, or else whether one is
 * online. */

#include "config.h"

#include "gui/ear-myself.h"

#include <glib/gi18n.h>

#include "gui/ear-avatar.h"
#include "gui/ear-format.h"

struct _EarMyself
{
  AdwBin parent_instance;

  /* Template children */
  GtkWidget *avatar;
  GtkWidget *name_label;
  GtkWidget *quiet_icon;
  GtkWidget *line_label;

  /* Owned */
  char *account;
  char *status;

  gboolean online;
};

G_DEFINE_FINAL_TYPE (EarMyself, ear_myself, ADW_TYPE_BIN)

static void
update_line (EarMyself *self)
{
  gboolean has_status = self->status != NULL && *self->status != '\0';
  g_autofree char *line = NULL;

  if (!self->online)
    line = g_strdup (_ ("offline"));
  else if (has_status)
    line = ear_format_preview (self->status);
  else if (g_strcmp0 (gtk_label_get_text (GTK_LABEL (self->name_label)), self->account) == 0)
    line = g_strdup (_ ("online"));
  else
    line = g_strdup (self->account);
  gtk_label_set_text (GTK_LABEL (self->line_label), line != NULL ? line : "");
}

static void
ear_myself_finalize (GObject *object)
{
  EarMyself *self = EAR_MYSELF (object);

  g_free (self->account);
  g_free (self->status);
  G_OBJECT_CLASS (ear_myself_parent_class)->finalize (object);
}

static void
ear_myself_class_init (EarMyselfClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ear_myself_finalize;
  g_type_ensure (EAR_TYPE_AVATAR);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/earshot/Earshot/ear-myself.ui");
  gtk_widget_class_bind_template_child (widget_class, EarMyself, avatar);
  gtk_widget_class_bind_template_child (widget_class, EarMyself, name_label);
  gtk_widget_class_bind_template_child (widget_class, EarMyself, quiet_icon);
  gtk_widget_class_bind_template_child (widget_class, EarMyself, line_label);
}

static void
ear_myself_init (EarMyself *self)
{
  self->online = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * ear_myself_new:
 *
 * Makes one that shows nobody.
 *
 * Returns: (transfer floating): the widget
 */
EarMyself *
ear_myself_new (void)
{
  return g_object_new (EAR_TYPE_MYSELF, NULL);
}

/**
 * ear_myself_set_names:
 * @self: oneself
 * @account: (nullable): one's own account name
 * @name: (nullable): one's own display name
 *
 * Shows who one is.
 */
void
ear_myself_set_names (EarMyself *self, const char *account, const char *name)
{
  g_return_if_fail (EAR_IS_MYSELF (self));

  g_free (self->account);
  self->account = g_strdup (account != NULL ? account : "");
  ear_avatar_set_account (EAR_AVATAR (self->avatar), self->account);
  gtk_label_set_text (GTK_LABEL (self->name_label),
                      name != NULL && *name != '\0' ? name : self->account);
  update_line (self);
}

/**
 * ear_myself_set_status:
 * @self: oneself
 * @status: (nullable): one's own status
 * @do_not_disturb: whether nothing may come to the front by itself
 *
 * Shows what one has told the others.
 */
void
ear_myself_set_status (EarMyself *self, const char *status, gboolean do_not_disturb)
{
  g_return_if_fail (EAR_IS_MYSELF (self));

  g_free (self->status);
  self->status = g_strdup (status);
  gtk_widget_set_visible (self->quiet_icon, do_not_disturb);
  update_line (self);
}

/**
 * ear_myself_set_online:
 * @self: oneself
 * @online: whether the server is there
 *
 * Shows whether the others see one.
 */
void
ear_myself_set_online (EarMyself *self, gboolean online)
{
  g_return_if_fail (EAR_IS_MYSELF (self));

  self->online = online;
  update_line (self);
}
