/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Puts a window into one half of the screen, so that a demonstration shows two side by side. Only
 * under X11 may a program say where its windows stand; elsewhere this sets the size alone. */

#include "config.h"

#include "gui/ear-placement.h"

#ifdef HAVE_X11
#include <X11/Xlib.h>
#include <gdk/x11/gdkx.h>
#endif

#define MARGIN 12

static GdkRectangle
get_half (EarPlacement placement, GdkMonitor *monitor)
{
  GdkRectangle area, half;
  int width;

  gdk_monitor_get_geometry (monitor, &area);
  width = MIN (area.width / 2 - 2 * MARGIN, 900);
  half.width = width;
  half.height = MIN (area.height - 6 * MARGIN, 760);
  half.y = area.y + (area.height - half.height) / 2;
  half.x = placement == EAR_PLACEMENT_LEFT ? area.x + area.width / 2 - width - MARGIN
                                           : area.x + area.width / 2 + MARGIN;
  return half;
}

#ifdef HAVE_X11
static void
mapped_cb (GtkWidget *window, gpointer user_data)
{
  const GdkRectangle *half = user_data;
  GdkSurface *surface = gtk_native_get_surface (GTK_NATIVE (window));
  GdkDisplay *display = gdk_surface_get_display (surface);

  XMoveWindow (gdk_x11_display_get_xdisplay (display), gdk_x11_surface_get_xid (surface), half->x,
               half->y);
}
#endif

/**
 * ear_placement_parse:
 * @text: (nullable): "left" or "right"
 *
 * Reads a placement.
 *
 * Returns: the placement; none for any other text
 */
EarPlacement
ear_placement_parse (const char *text)
{
  if (g_strcmp0 (text, "left") == 0)
    return EAR_PLACEMENT_LEFT;
  if (g_strcmp0 (text, "right") == 0)
    return EAR_PLACEMENT_RIGHT;
  return EAR_PLACEMENT_NONE;
}

/**
 * ear_placement_apply:
 * @placement: where
 * @window: a window that was not shown yet
 *
 * Has @window appear in its half of the first screen.
 */
void
ear_placement_apply (EarPlacement placement, GtkWindow *window)
{
  GListModel *monitors = gdk_display_get_monitors (gtk_widget_get_display (GTK_WIDGET (window)));
  g_autoptr (GdkMonitor) monitor = g_list_model_get_item (monitors, 0);

  if (placement == EAR_PLACEMENT_NONE || monitor == NULL)
    return;

  GdkRectangle half = get_half (placement, monitor);

  gtk_window_set_default_size (window, half.width, half.height);
#ifdef HAVE_X11
  if (GDK_IS_X11_DISPLAY (gtk_widget_get_display (GTK_WIDGET (window)))) {
    GdkRectangle *copy = g_memdup2 (&half, sizeof half);

    g_signal_connect_data (window, "map", G_CALLBACK (mapped_cb), copy,
                           (GClosureNotify) (void (*) (void)) g_free, G_CONNECT_AFTER);
  }
#endif
}
