/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "widget-fixture.h"

#include <gdk/x11/gdkx.h>
#include <string.h>

#include "ear-resources.h"

/* When a window goes within half a second after a tooltip was due in it, GTK 4.8 asks for the
 * pointer's place on no surface, and what is there (gtk_tooltip_show_tooltip), and does nothing
 * then. On a slow machine that happens; it is no fault of ours. */
static gboolean
is_fatal_cb (const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
  return strstr (message, "gdk_surface_get_device_position: assertion") == NULL &&
         strstr (message, "_gtk_widget_find_at_coords: assertion") == NULL;
}

static void
log_cb (const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
  if (is_fatal_cb (domain, level, message, user_data))
    g_log_default_handler (domain, level, message, NULL);
}

/* Into the last corner of the screen, where no window reaches: tooltips would come as they like. */
static void
move_pointer_away (void)
{
  GdkDisplay *display = gdk_display_get_default ();

  if (GDK_IS_X11_DISPLAY (display)) {
    XWarpPointer (gdk_x11_display_get_xdisplay (display), None,
                  gdk_x11_display_get_xrootwindow (display), 0, 0, 0, 0, G_MAXINT16, G_MAXINT16);
    gdk_display_sync (display);
  }
}

void
widget_fixture_init (int *argc, char ***argv)
{
  gtk_test_init (argc, argv, NULL);
  adw_init ();
  ear_register_resource ();
  g_log_set_handler ("Gdk", G_LOG_LEVEL_CRITICAL | G_LOG_FLAG_FATAL, log_cb, NULL);
  g_log_set_handler ("Gtk", G_LOG_LEVEL_CRITICAL | G_LOG_FLAG_FATAL, log_cb, NULL);
  move_pointer_away ();
}

GtkWidget *
find (GtkWidget *widget, Match match, gconstpointer data)
{
  if (match (widget, data))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child)) {
    GtkWidget *found = find (child, match, data);

    if (found != NULL)
      return found;
  }
  return NULL;
}

gboolean
shows_text (GtkWidget *widget, gconstpointer text)
{
  return GTK_IS_LABEL (widget) && g_strcmp0 (gtk_label_get_text (GTK_LABEL (widget)), text) == 0;
}

void
settle (void)
{
  g_test_log_set_fatal_handler (is_fatal_cb, NULL); /* GLib forgets it before each test */
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

GtkWidget *
show (GtkWidget *widget)
{
  GtkWidget *window = gtk_window_new ();

  gtk_window_set_child (GTK_WINDOW (window), widget);
  gtk_window_present (GTK_WINDOW (window));
  settle ();
  return window;
}

void
drop (GtkWidget *window, GtkWidget *widget)
{
  GtkWidget *weak = widget;

  g_object_add_weak_pointer (G_OBJECT (widget), (gpointer *) &weak);
  gtk_window_destroy (GTK_WINDOW (window));
  settle ();
  g_assert_null (weak);
}
