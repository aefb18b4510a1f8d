/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A user in the sidebar. It only binds; texts come from ear-format.c. The menu goes through the
 * window's actions, whose target is the account name.
 *
 * GtkListView keeps 200 rows at hand, whatever its height, of which fifteen are seen. So a row is
 * made of few widgets, without a template: both lines are one label, the dot of who is here is
 * drawn, and what few users have (a shield, unread messages) is made for them alone. And how large
 * a row is does not depend on its text, which is laid out when it is drawn. */

#include "config.h"

#include "gui/ear-user-row.h"

#include <glib/gi18n.h>
#include <string.h>

#include "client/ear-user.h"
#include "gui/ear-accessible.h"
#include "gui/ear-avatar.h"
#include "gui/ear-contrast.h"
#include "gui/ear-format.h"

#define REFRESH_SECONDS 60 /* "last seen 2 min ago" grows old */

#define AVATAR_SIZE 40
#define SPACING 12
#define LABEL_WIDTH 60 /* at least; what is longer is ellipsized */

#define DOT_RADIUS 5
#define DOT_RING 2

#define LINE_SCALE (1 / 1.2) /* as the style class "caption" */
#define LINE_ALPHA 0.55      /* as the style class "dim-label" */
#define AWAY_ALPHA 0.65

struct _EarUserRow
{
  GtkWidget parent_instance;

  /* Children */
  GtkWidget *avatar;
  GtkWidget *label;

  /* Children that are made when they are first shown */
  GtkWidget *verified_icon;
  GtkWidget *blocked_icon;
  GtkWidget *badge_label;

  /* Owned */
  EarUser *user;
  gulong on_changed;
  GtkWidget *menu;
  guint refresh;
};

G_DEFINE_FINAL_TYPE (EarUserRow, ear_user_row, GTK_TYPE_WIDGET)

static gboolean
is_here (EarUserRow *self)
{
  return self->user != NULL &&
         (ear_user_get_active (self->user) || ear_user_get_chatting (self->user));
}

static PangoAttribute *
new_dim_attribute (double alpha)
{
  return pango_attr_foreground_alpha_new ((guint16) (ear_contrast_dim (alpha) * 65535));
}

static void
add_attribute (PangoAttrList *list, PangoAttribute *attribute, gsize start, gsize end)
{
  attribute->start_index = (guint) start;
  attribute->end_index = (guint) end;
  pango_attr_list_insert (list, attribute);
}

/* The name, and below it what is worth knowing. */
static void
update_label (EarUserRow *self, const char *name, const char *line)
{
  g_autofree char *text = g_strconcat (name, "\n", line, NULL);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();
  gsize name_end = strlen (name), end = strlen (text);

  if (ear_user_get_unread (self->user) > 0 || ear_user_get_asking (self->user))
    add_attribute (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD), 0, name_end);
  if (!is_here (self))
    add_attribute (attributes, new_dim_attribute (AWAY_ALPHA), 0, name_end);
  add_attribute (attributes, pango_attr_scale_new (LINE_SCALE), name_end + 1, end);
  add_attribute (attributes, new_dim_attribute (LINE_ALPHA), name_end + 1, end);
  gtk_label_set_text (GTK_LABEL (self->label), text);
  gtk_label_set_attributes (GTK_LABEL (self->label), attributes);
}

static void
show_icon (EarUserRow *self,
           GtkWidget **icon,
           gboolean shown,
           const char *name,
           const char *style,
           const char *what)
{
  if (*icon == NULL && shown) {
    *icon = g_object_new (GTK_TYPE_IMAGE, "icon-name", name, "pixel-size", 12, "tooltip-text",
                          _ (what), NULL);
    gtk_widget_add_css_class (*icon, style);
    gtk_widget_insert_after (*icon, GTK_WIDGET (self), self->label);
  }
  if (*icon != NULL)
    gtk_widget_set_visible (*icon, shown);
}

static void
show_badge (EarUserRow *self, guint unread)
{
  g_autofree char *text = ear_format_badge (unread);

  if (self->badge_label == NULL && unread > 0) {
    self->badge_label = gtk_label_new (NULL);
    gtk_widget_set_valign (self->badge_label, GTK_ALIGN_CENTER);
    gtk_widget_add_css_class (self->badge_label, "unread-badge");
    gtk_widget_add_css_class (self->badge_label, "numeric");
    gtk_widget_set_parent (self->badge_label, GTK_WIDGET (self));
  }
  if (self->badge_label != NULL) {
    gtk_label_set_text (GTK_LABEL (self->badge_label), text);
    gtk_widget_set_visible (self->badge_label, unread > 0);
  }
}

/* What an eye sees in the row. */
static char *
dup_description (EarUser *user, const char *line)
{
  GString *description = g_string_new (line);
  guint unread = ear_user_get_unread (user);

  if (ear_user_get_verified (user))
    g_string_append_printf (description, ", %s", _ ("Verified"));
  if (ear_user_get_blocked (user))
    g_string_append_printf (description, ", %s", _ ("Blocked"));
  if (unread > 0)
    g_string_append_printf (
      description, ngettext (", %u unread message", ", %u unread messages", unread), unread);
  return g_string_free (description, FALSE);
}

static void
update (EarUserRow *self)
{
  EarUser *user = self->user;
  const char *account = ear_user_get_account (user);
  const char *name = ear_user_get_name (user);
  g_autofree char *line = ear_format_user_line (user, NULL);
  g_autofree char *description = dup_description (user, line);

  ear_avatar_set_account (EAR_AVATAR (self->avatar), account);
  update_label (self, name != NULL && *name ? name : account, line);
  show_icon (self, &self->verified_icon, ear_user_get_verified (user), "earshot-verified-symbolic",
             "success", N_ ("Verified"));
  show_icon (self, &self->blocked_icon, ear_user_get_blocked (user), "action-unavailable-symbolic",
             "dim-label", N_ ("Blocked"));
  show_badge (self, ear_user_get_unread (user));
  if (is_here (self))
    gtk_widget_remove_css_class (GTK_WIDGET (self), "away");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self), "away");
  ear_accessible_set_row (GTK_WIDGET (self), account, description);
}

static gboolean
refresh_cb (gpointer user_data)
{
  update (user_data);
  return G_SOURCE_CONTINUE;
}

/* Only "last seen" grows old, and only while it is seen. */
static void
update_refresh (EarUserRow *self)
{
  gboolean wanted =
    self->user != NULL && !is_here (self) && gtk_widget_get_mapped (GTK_WIDGET (self));

  if (!wanted)
    g_clear_handle_id (&self->refresh, g_source_remove);
  else if (self->refresh == 0)
    self->refresh = g_timeout_add_seconds (REFRESH_SECONDS, refresh_cb, self);
}

static void
user_changed_cb (EarUserRow *self)
{
  update (self);
  update_refresh (self);
}

static void
contrast_changed_cb (EarUserRow *self)
{
  if (self->user != NULL)
    update (self);
}

static void
add_item (GMenu *menu, const char *label, const char *action, const char *account)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, action, "s", account);
  g_menu_item_set_attribute (item, "hidden-when", "s", "action-disabled"); /* for admins only */
  g_menu_append_item (menu, item);
}

static void
ear_user_row_map (GtkWidget *widget)
{
  EarUserRow *self = EAR_USER_ROW (widget);

  GTK_WIDGET_CLASS (ear_user_row_parent_class)->map (widget);
  update_refresh (self);
  if (self->refresh != 0)
    update (self);
}

static void
ear_user_row_unmap (GtkWidget *widget)
{
  EarUserRow *self = EAR_USER_ROW (widget);

  GTK_WIDGET_CLASS (ear_user_row_parent_class)->unmap (widget);
  g_clear_handle_id (&self->refresh, g_source_remove);
}

/* As high as the avatar, or as two lines of any text. */
static int
get_height (EarUserRow *self)
{
  PangoContext *context = gtk_widget_get_pango_context (self->label);
  PangoFontMetrics *metrics = pango_context_get_metrics (context, NULL, NULL);
  int line = pango_font_metrics_get_height (metrics);

  pango_font_metrics_unref (metrics);
  return MAX (AVATAR_SIZE, PANGO_PIXELS_CEIL ((int) (line * (1 + LINE_SCALE))));
}

/* The list makes each row as wide as it is itself. */
static void
ear_user_row_measure (GtkWidget *widget,
                      GtkOrientation orientation,
                      int for_size,
                      int *minimum,
                      int *natural,
                      int *minimum_baseline,
                      int *natural_baseline)
{
  if (orientation == GTK_ORIENTATION_VERTICAL)
    *minimum = *natural = get_height (EAR_USER_ROW (widget));
  else
    *minimum = *natural = AVATAR_SIZE + SPACING + LABEL_WIDTH;
}

static void
place (GtkWidget *child, GtkWidget *row, int x, int width)
{
  gboolean rtl = gtk_widget_get_direction (row) == GTK_TEXT_DIR_RTL;
  const GtkAllocation allocation = { .x = rtl ? gtk_widget_get_width (row) - x - width : x,
                                     .width = width,
                                     .height = gtk_widget_get_height (row) };

  gtk_widget_size_allocate (child, &allocation, -1);
}

static void
ear_user_row_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  EarUserRow *self = EAR_USER_ROW (widget);
  GtkWidget *const trailing[] = { self->badge_label, self->blocked_icon, self->verified_icon };
  const int start = AVATAR_SIZE + SPACING;
  int end = width;

  place (self->avatar, widget, 0, AVATAR_SIZE);
  for (guint i = 0; i < G_N_ELEMENTS (trailing); i++) {
    int natural;

    if (trailing[i] == NULL || !gtk_widget_get_visible (trailing[i]))
      continue;
    gtk_widget_measure (trailing[i], GTK_ORIENTATION_HORIZONTAL, -1, NULL, &natural, NULL, NULL);
    place (trailing[i], widget, end - natural, natural);
    end -= natural + SPACING;
  }
  place (self->label, widget, start, MAX (0, end - start));
  if (self->menu != NULL)
    gtk_popover_present (GTK_POPOVER (self->menu));
}

static void
fill_circle (GtkSnapshot *snapshot,
             GtkWidget *widget,
             float x,
             float y,
             float radius,
             const char *name)
{
  const graphene_rect_t square =
    GRAPHENE_RECT_INIT (x - radius, y - radius, 2 * radius, 2 * radius);
  GskRoundedRect circle;
  GdkRGBA color;

  if (!gtk_style_context_lookup_color (gtk_widget_get_style_context (widget), name, &color))
    return;
  gsk_rounded_rect_init_from_rect (&circle, &square, radius);
  gtk_snapshot_push_rounded_clip (snapshot, &circle);
  gtk_snapshot_append_color (snapshot, &color, &square);
  gtk_snapshot_pop (snapshot);
}

/* The dot in the avatar's corner, on a ring of what is behind. */
static void
ear_user_row_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  EarUserRow *self = EAR_USER_ROW (widget);
  gboolean rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  const float radius = DOT_RADIUS, ring = DOT_RADIUS + DOT_RING;
  graphene_rect_t avatar;
  float x, y;

  GTK_WIDGET_CLASS (ear_user_row_parent_class)->snapshot (widget, snapshot);
  if (!is_here (self) || !gtk_widget_compute_bounds (self->avatar, widget, &avatar))
    return;
  x = avatar.origin.x + (rtl ? ring : avatar.size.width - ring);
  y = avatar.origin.y + avatar.size.height - ring;
  fill_circle (snapshot, widget, x, y, ring, "window_bg_color");
  fill_circle (snapshot, widget, x, y, radius, "success_color");
}

static void
ear_user_row_dispose (GObject *object)
{
  EarUserRow *self = EAR_USER_ROW (object);

  g_clear_handle_id (&self->refresh, g_source_remove);
  ear_user_row_set_user (self, NULL);
  g_clear_pointer (&self->menu, gtk_widget_unparent);
  g_clear_pointer (&self->avatar, gtk_widget_unparent);
  g_clear_pointer (&self->label, gtk_widget_unparent);
  g_clear_pointer (&self->verified_icon, gtk_widget_unparent);
  g_clear_pointer (&self->blocked_icon, gtk_widget_unparent);
  g_clear_pointer (&self->badge_label, gtk_widget_unparent);
  G_OBJECT_CLASS (ear_user_row_parent_class)->dispose (object);
}

static void
ear_user_row_class_init (EarUserRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ear_user_row_dispose;
  widget_class->map = ear_user_row_map;
  widget_class->unmap = ear_user_row_unmap;
  widget_class->measure = ear_user_row_measure;
  widget_class->size_allocate = ear_user_row_size_allocate;
  widget_class->snapshot = ear_user_row_snapshot;

  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
ear_user_row_init (EarUserRow *self)
{
  self->avatar = ear_avatar_new (AVATAR_SIZE);
  gtk_widget_set_parent (self->avatar, GTK_WIDGET (self));
  self->label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (self->label), PANGO_ELLIPSIZE_END);
  gtk_widget_set_parent (self->label, GTK_WIDGET (self));
  gtk_widget_add_css_class (GTK_WIDGET (self), "user-row");
  g_signal_connect_object (adw_style_manager_get_default (), "notify::high-contrast",
                           G_CALLBACK (contrast_changed_cb), self, G_CONNECT_SWAPPED);
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
  return self->user;
}

/**
 * ear_user_row_set_user:
 * @self: a row
 * @user: (nullable): a user
 *
 * Shows @user. Without one the row is left as it was, to be used for another.
 */
void
ear_user_row_set_user (EarUserRow *self, EarUser *user)
{
  g_return_if_fail (EAR_IS_USER_ROW (self));
  if (self->user == user)
    return;
  if (self->user != NULL)
    g_clear_signal_handler (&self->on_changed, self->user);
  g_set_object (&self->user, user);
  update_refresh (self);
  if (user == NULL)
    return;
  self->on_changed = g_signal_connect_swapped (user, "notify", G_CALLBACK (user_changed_cb), self);
  update (self);
}

/**
 * ear_user_row_show_menu:
 * @self: a row
 * @x: where to, in the row
 * @y: where to, in the row
 *
 * Shows what can be done with the user.
 */
void
ear_user_row_show_menu (EarUserRow *self, double x, double y)
{
  if (self->user == NULL)
    return;

  const char *account = ear_user_get_account (self->user);
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenu) admin_menu = g_menu_new ();

  add_item (menu, _ ("_Open"), "win.open-chat", account);
  add_item (menu, _ ("Open in _New Window"), "win.open-chat-window", account);
  if (ear_user_get_blocked (self->user))
    add_item (menu, _ ("_Unblock"), "win.unblock", account);
  else
    add_item (menu, _ ("_Block"), "win.block", account);
  add_item (admin_menu, _ ("_Disable Account…"), "app.disable-account", account);
  g_menu_append_section (menu, NULL, G_MENU_MODEL (admin_menu));

  g_clear_pointer (&self->menu, gtk_widget_unparent);
  self->menu = gtk_popover_menu_new_from_model (G_MENU_MODEL (menu));
  gtk_widget_set_parent (self->menu, GTK_WIDGET (self));
  gtk_widget_set_halign (self->menu, GTK_ALIGN_START);
  gtk_popover_set_has_arrow (GTK_POPOVER (self->menu), FALSE);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), &(GdkRectangle){ (int) x, (int) y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->menu));
}
