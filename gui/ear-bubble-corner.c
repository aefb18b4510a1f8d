/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The time and the ticks of a message. They are drawn: a label, an image and their boxes in each of
 * 200 bubbles would take two megabytes. Who does not see them has the row's description. */

#include "config.h"

#include "gui/ear-bubble-corner.h"

#include "gui/ear-contrast.h"

#define PADDING 12 /* of the style class "bubble", left and right */
#define BOTTOM 5
#define ICON_SIZE 14
#define ICON_SPACING 4
#define TIME_SCALE (1 / 1.2) /* as the style class "caption" */
#define ALPHA 0.7

static PangoLayout *
create_layout (GtkWidget *label, const char *time)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (label, time);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_scale_new (TIME_SCALE));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  return layout;
}

/**
 * ear_bubble_corner_measure:
 * @label: the label of the bubble
 * @time: the time
 * @icon: (nullable): the name of an icon
 *
 * Returns: how wide the bubble has to be, in pixels
 */
int
ear_bubble_corner_measure (GtkWidget *label, const char *time, const char *icon)
{
  g_autoptr (PangoLayout) layout = create_layout (label, time);
  int width;

  pango_layout_get_pixel_size (layout, &width, NULL);
  return width + (icon != NULL ? ICON_SPACING + ICON_SIZE : 0) + 2 * PADDING;
}

static void
snapshot_icon (GtkWidget *label,
               GtkSnapshot *snapshot,
               const char *name,
               float x,
               float y,
               const GdkRGBA *color)
{
  GtkIconTheme *theme = gtk_icon_theme_get_for_display (gtk_widget_get_display (label));
  g_autoptr (GtkIconPaintable) icon =
    gtk_icon_theme_lookup_icon (theme, name, NULL, ICON_SIZE, gtk_widget_get_scale_factor (label),
                                gtk_widget_get_direction (label), GTK_ICON_LOOKUP_FORCE_SYMBOLIC);

  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x, y));
  gtk_symbolic_paintable_snapshot_symbolic (GTK_SYMBOLIC_PAINTABLE (icon), snapshot, ICON_SIZE,
                                            ICON_SIZE, color, 1);
  gtk_snapshot_restore (snapshot);
}

/**
 * ear_bubble_corner_snapshot:
 * @label: the label of the bubble
 * @snapshot: where to draw
 * @bubble: where the bubble is in it
 * @time: the time
 * @icon: (nullable): the name of an icon
 *
 * Draws the corner.
 */
void
ear_bubble_corner_snapshot (GtkWidget *label,
                            GtkSnapshot *snapshot,
                            const graphene_rect_t *bubble,
                            const char *time,
                            const char *icon)
{
  g_autoptr (PangoLayout) layout = create_layout (label, time);
  gboolean rtl = gtk_widget_get_direction (label) == GTK_TEXT_DIR_RTL;
  float left = bubble->origin.x + PADDING;
  float right = bubble->origin.x + bubble->size.width - PADDING;
  float bottom = bubble->origin.y + bubble->size.height - BOTTOM;
  GdkRGBA color;
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  gtk_style_context_get_color (gtk_widget_get_style_context (label), &color);
  color.alpha *= (float) ear_contrast_dim (ALPHA);
  if (icon != NULL) {
    snapshot_icon (label, snapshot, icon, rtl ? left : right - ICON_SIZE,
                   bottom - (float) (height + ICON_SIZE) / 2, &color);
    left += ICON_SIZE + ICON_SPACING;
    right -= ICON_SIZE + ICON_SPACING;
  }
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (
    snapshot, &GRAPHENE_POINT_INIT (rtl ? left : right - (float) width, bottom - (float) height));
  gtk_snapshot_append_layout (snapshot, layout, &color);
  gtk_snapshot_restore (snapshot);
}
