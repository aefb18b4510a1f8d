/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* One line of the sidebar: a user, or the heading above those who are away. It only binds; texts
 * come from ear-format.c. A double click and the context menu go through the window's actions,
 * whose target is the account name. */

#include "config.h"

#include "gui/ear-user-row.h"

#include <glib/gi18n.h>

#include "client/ear-user.h"
#include "gui/ear-accessible-names.h"
#include "gui/ear-format.h"

#define REFRESH_SECONDS 60 /* "last seen 2 min ago" grows old */

struct _EarUserRow
{
  AdwBin parent_instance;

  /* Template children */
  GtkWidget *stack;
  GtkWidget *avatar;
  GtkWidget *presence_dot;
  GtkWidget *name_label;
  GtkWidget *verified_icon;
  GtkWidget *blocked_icon;
  GtkWidget *line_label;
  GtkWidget *badge_label;
  GtkWidget *heading_label;

  /* Owned */
  GObject *item;
  GSignalGroup *signals;
  GtkWidget *menu;
  guint refresh;
};

G_DEFINE_FINAL_TYPE (EarUserRow, ear_user_row, ADW_TYPE_BIN)

enum {
  PROP_ITEM = 1,
  PROP_IS_USER,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
update_user (EarUserRow *self, EarUser *user)
{
  const char *account = ear_user_get_account (user);
  const char *name = ear_user_get_name (user);
  guint unread = ear_user_get_unread (user);
  gboolean here = ear_user_get_active (user) || ear_user_get_chatting (user);
  g_autofree char *line = ear_format_user_line (user, NULL);
  g_autofree char *badge = ear_format_badge (unread);

  adw_avatar_set_text (ADW_AVATAR (self->avatar), account);
  gtk_label_set_text (GTK_LABEL (self->name_label), name != NULL && *name ? name : account);
  gtk_label_set_text (GTK_LABEL (self->line_label), line);
  gtk_label_set_text (GTK_LABEL (self->badge_label), badge);
  gtk_widget_set_visible (self->badge_label, unread > 0);
  gtk_widget_set_visible (self->presence_dot, here);
  gtk_widget_set_visible (self->verified_icon, ear_user_get_verified (user));
  gtk_widget_set_visible (self->blocked_icon, ear_user_get_blocked (user));
  if (here)
    gtk_widget_remove_css_class (GTK_WIDGET (self), "away");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self), "away");
  if (unread > 0)
    gtk_widget_add_css_class (GTK_WIDGET (self), "unread");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "unread");

  g_autofree char *description =
    unread > 0
      ? g_strdup_printf (ngettext ("%s, %u unread message", "%s, %u unread messages", unread), line,
                         unread)
      : g_strdup (line);

  ear_accessible_names_set_row (GTK_WIDGET (self), account, description);
}

static void
update (EarUserRow *self)
{
  if (EAR_IS_USER (self->item)) {
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "user");
    update_user (self, EAR_USER (self->item));
  } else if (GTK_IS_STRING_OBJECT (self->item)) {
    const char *text = gtk_string_object_get_string (GTK_STRING_OBJECT (self->item));

    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "heading");
    gtk_label_set_text (GTK_LABEL (self->heading_label), text);
    ear_accessible_names_set_row (GTK_WIDGET (self), text, "");
  }
}

static gboolean
refresh_cb (gpointer user_data)
{
  update (user_data);
  return G_SOURCE_CONTINUE;
}

static void
activate_on_user (EarUserRow *self, const char *action)
{
  EarUser *user = ear_user_row_get_user (self);

  if (user != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), action, "s", ear_user_get_account (user));
}

static void
pressed_cb (EarUserRow *self, int n_press)
{
  if (n_press == 1)
    activate_on_user (self, "win.ask");
  else if (n_press == 2)
    activate_on_user (self, "win.open-chat-window");
}

static void
add_item (GMenu *menu, const char *label, const char *action, const char *account)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, action, "s", account);
  g_menu_append_item (menu, item);
}

static void
show_menu (EarUserRow *self, double x, double y)
{
  EarUser *user = ear_user_row_get_user (self);

  if (user == NULL)
    return;

  const char *account = ear_user_get_account (user);
  g_autoptr (GMenu) menu = g_menu_new ();

  add_item (menu, _ ("_Open"), "win.open-chat", account);
  add_item (menu, _ ("Open in _New Window"), "win.open-chat-window", account);
  if (ear_user_get_blocked (user))
    add_item (menu, _ ("_Unblock"), "win.unblock", account);
  else
    add_item (menu, _ ("_Block"), "win.block", account);

  g_clear_pointer (&self->menu, gtk_widget_unparent);
  self->menu = gtk_popover_menu_new_from_model (G_MENU_MODEL (menu));
  gtk_widget_set_parent (self->menu, GTK_WIDGET (self));
  gtk_widget_set_halign (self->menu, GTK_ALIGN_START);
  gtk_popover_set_has_arrow (GTK_POPOVER (self->menu), FALSE);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), &(GdkRectangle){ (int) x, (int) y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->menu));
}

static void
menu_pressed_cb (EarUserRow *self, int n_press, double x, double y)
{
  show_menu (self, x, y);
}

static void
long_pressed_cb (EarUserRow *self, double x, double y)
{
  show_menu (self, x, y);
}

static void
ear_user_row_map (GtkWidget *widget)
{
  EarUserRow *self = EAR_USER_ROW (widget);

  GTK_WIDGET_CLASS (ear_user_row_parent_class)->map (widget);
  self->refresh = g_timeout_add_seconds (REFRESH_SECONDS, refresh_cb, self);
  update (self);
}

static void
ear_user_row_unmap (GtkWidget *widget)
{
  EarUserRow *self = EAR_USER_ROW (widget);

  g_clear_handle_id (&self->refresh, g_source_remove);
  GTK_WIDGET_CLASS (ear_user_row_parent_class)->unmap (widget);
}

static void
ear_user_row_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  EarUserRow *self = EAR_USER_ROW (widget);

  GTK_WIDGET_CLASS (ear_user_row_parent_class)->size_allocate (widget, width, height, baseline);
  if (self->menu != NULL)
    gtk_popover_present (GTK_POPOVER (self->menu));
}

static void
ear_user_row_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  EarUserRow *self = EAR_USER_ROW (object);

  switch (id) {
  case PROP_ITEM:
    g_value_set_object (value, self->item);
    break;
  case PROP_IS_USER:
    g_value_set_boolean (value, EAR_IS_USER (self->item));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
ear_user_row_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  switch (id) {
  case PROP_ITEM:
    ear_user_row_set_item (EAR_USER_ROW (object), g_value_get_object (value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
ear_user_row_dispose (GObject *object)
{
  EarUserRow *self = EAR_USER_ROW (object);

  g_clear_handle_id (&self->refresh, g_source_remove);
  g_clear_pointer (&self->menu, gtk_widget_unparent);
  g_clear_object (&self->signals);
  g_clear_object (&self->item);
  G_OBJECT_CLASS (ear_user_row_parent_class)->dispose (object);
}

static void
ear_user_row_class_init (EarUserRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = ear_user_row_get_property;
  object_class->set_property = ear_user_row_set_property;
  object_class->dispose = ear_user_row_dispose;
  widget_class->map = ear_user_row_map;
  widget_class->unmap = ear_user_row_unmap;
  widget_class->size_allocate = ear_user_row_size_allocate;

  properties[PROP_ITEM] =
    g_param_spec_object ("item", NULL, NULL, G_TYPE_OBJECT,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_IS_USER] =
    g_param_spec_boolean ("is-user", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/earshot/Earshot/ear-user-row.ui");
  gtk_widget_class_bind_template_child (widget_class, EarUserRow, stack);
  gtk_widget_class_bind_template_child (widget_class, EarUserRow, avatar);
  gtk_widget_class_bind_template_child (widget_class, EarUserRow, presence_dot);
  gtk_widget_class_bind_template_child (widget_class, EarUserRow, name_label);
  gtk_widget_class_bind_template_child (widget_class, EarUserRow, verified_icon);
  gtk_widget_class_bind_template_child (widget_class, EarUserRow, blocked_icon);
  gtk_widget_class_bind_template_child (widget_class, EarUserRow, line_label);
  gtk_widget_class_bind_template_child (widget_class, EarUserRow, badge_label);
  gtk_widget_class_bind_template_child (widget_class, EarUserRow, heading_label);
  gtk_widget_class_bind_template_callback (widget_class, pressed_cb);
  gtk_widget_class_bind_template_callback (widget_class, menu_pressed_cb);
  gtk_widget_class_bind_template_callback (widget_class, long_pressed_cb);
}

static void
ear_user_row_init (EarUserRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->signals = g_signal_group_new (EAR_TYPE_USER);
  g_signal_group_connect_swapped (self->signals, "notify", G_CALLBACK (update), self);
}

/**
 * ear_user_row_new:
 *
 * Makes an empty row.
 *
 * Returns: (transfer floating): the row
 */
EarUserRow *
ear_user_row_new (void)
{
  return g_object_new (EAR_TYPE_USER_ROW, NULL);
}

/**
 * ear_user_row_get_user:
 * @self: a row
 *
 * Gets the user that the row shows.
 *
 * Returns: (transfer none) (nullable): the user
 */
EarUser *
ear_user_row_get_user (EarUserRow *self)
{
  g_return_val_if_fail (EAR_IS_USER_ROW (self), NULL);
  return EAR_IS_USER (self->item) ? EAR_USER (self->item) : NULL;
}

/**
 * ear_user_row_set_item:
 * @self: a row
 * @item: (nullable): an #EarUser, or a #GtkStringObject for a heading
 *
 * Shows @item.
 */
void
ear_user_row_set_item (EarUserRow *self, GObject *item)
{
  g_return_if_fail (EAR_IS_USER_ROW (self));
  if (!g_set_object (&self->item, item))
    return;
  g_signal_group_set_target (self->signals, EAR_IS_USER (item) ? item : NULL);
  update (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ITEM]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_IS_USER]);
}
