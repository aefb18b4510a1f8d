/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What one does with a row of the sidebar: a click asks its user, a double click opens a window,
 * the second button, a long touch or the menu key shows the menu. Keys go to the row that has the
 * focus.
 *
 * That row is in sight, and so is a heading above the first one. When its user has moved far away
 * while the focus was elsewhere, GTK 4.8 gives it the focus and leaves the list where it is.
 *
 * It is the list that listens: three gestures in each of its rows would take a megabyte. It does so
 * before the rows, which claim a click for themselves. */

#include "config.h"

#include "gui/ear-people-input.h"

#include "client/ear-user.h"
#include "gui/ear-people.h"
#include "gui/ear-user-row.h"

/* The user's row in a widget of the list, which has a margin around it. */
static EarUserRow *
get_row (GtkWidget *list_view, GtkWidget *widget)
{
  GtkWidget *child;

  while (widget != NULL && gtk_widget_get_parent (widget) != list_view)
    widget = gtk_widget_get_parent (widget);
  child = widget != NULL ? gtk_widget_get_first_child (widget) : NULL;
  return EAR_IS_USER_ROW (child) ? EAR_USER_ROW (child) : NULL;
}

static EarUserRow *
get_row_at (GtkWidget *list_view, double x, double y)
{
  return get_row (list_view, gtk_widget_pick (list_view, x, y, GTK_PICK_DEFAULT));
}

static void
clicked_cb (GtkWidget *list_view, int n_press, double x, double y)
{
  EarUserRow *row = get_row_at (list_view, x, y);
  EarUser *user = row != NULL ? ear_user_row_get_user (row) : NULL;

  if (user != NULL && n_press <= 2)
    gtk_widget_activate_action (list_view, n_press == 1 ? "win.ask" : "win.open-chat-window", "s",
                                ear_user_get_account (user));
}

static void
show_menu_at (GtkWidget *list_view, double x, double y)
{
  EarUserRow *row = get_row_at (list_view, x, y);
  double row_x, row_y;

  if (row != NULL &&
      gtk_widget_translate_coordinates (list_view, GTK_WIDGET (row), x, y, &row_x, &row_y))
    ear_user_row_show_menu (row, row_x, row_y);
}

static void
menu_pressed_cb (GtkWidget *list_view, int n_press, double x, double y)
{
  show_menu_at (list_view, x, y);
}

static EarUserRow *
get_focused_row (GtkWidget *list_view)
{
  GtkRoot *root = gtk_widget_get_root (list_view);

  return root != NULL ? get_row (list_view, gtk_root_get_focus (root)) : NULL;
}

static gboolean
menu_key_cb (GtkWidget *list_view, GVariant *arguments, gpointer user_data)
{
  EarUserRow *row = get_focused_row (list_view);

  if (row == NULL)
    return FALSE;
  ear_user_row_show_menu (row, gtk_widget_get_width (GTK_WIDGET (row)) / 2.0,
                          gtk_widget_get_height (GTK_WIDGET (row)));
  return TRUE;
}

static gboolean
scroll_to_focus_cb (gpointer user_data)
{
  GtkWidget *list_view = user_data;
  EarUserRow *row = get_focused_row (list_view);
  GtkSelectionModel *model = gtk_list_view_get_model (GTK_LIST_VIEW (list_view));
  guint position;

  if (row == NULL || model == NULL)
    return G_SOURCE_REMOVE;
  position = ear_people_find (G_LIST_MODEL (model), ear_user_row_get_user (row));
  if (position == 1)
    position = 0; /* the heading above it takes no focus */
  if (position != GTK_INVALID_LIST_POSITION)
    gtk_widget_activate_action (list_view, "list.scroll-to-item", "u", position);
  return G_SOURCE_REMOVE;
}

static void
focused_cb (GtkWidget *list_view)
{
  g_idle_add_full (GDK_PRIORITY_REDRAW + 10, scroll_to_focus_cb, g_object_ref (list_view),
                   g_object_unref);
}

static void
listen (GtkWidget *list_view, gpointer controller)
{
  gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
  gtk_widget_add_controller (list_view, controller);
}

/**
 * ear_people_input_attach:
 * @list_view: a list of users
 *
 * Makes its rows do what a user expects.
 */
void
ear_people_input_attach (GtkWidget *list_view)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkGesture *second =
    g_object_new (GTK_TYPE_GESTURE_CLICK, "button", GDK_BUTTON_SECONDARY, "exclusive", TRUE, NULL);
  GtkGesture *touch = g_object_new (GTK_TYPE_GESTURE_LONG_PRESS, "touch-only", TRUE, NULL);
  GtkEventController *keys = gtk_shortcut_controller_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  g_signal_connect_swapped (click, "released", G_CALLBACK (clicked_cb), list_view);
  g_signal_connect_swapped (second, "pressed", G_CALLBACK (menu_pressed_cb), list_view);
  g_signal_connect_swapped (touch, "pressed", G_CALLBACK (show_menu_at), list_view);
  g_signal_connect_swapped (focus, "enter", G_CALLBACK (focused_cb), list_view);
  gtk_shortcut_controller_add_shortcut (
    GTK_SHORTCUT_CONTROLLER (keys),
    gtk_shortcut_new (gtk_shortcut_trigger_parse_string ("Menu|<Shift>F10"),
                      gtk_callback_action_new (menu_key_cb, NULL, NULL)));
  listen (list_view, click);
  listen (list_view, second);
  listen (list_view, touch);
  listen (list_view, keys);
  listen (list_view, focus);
}

/* The list has a hundred rows above and below what is seen. */
static gboolean
is_in_sight (GtkWidget *list_view, GtkWidget *row)
{
  graphene_rect_t place;

  return gtk_widget_compute_bounds (row, list_view, &place) && place.origin.y >= 0 &&
         place.origin.y < gtk_widget_get_height (list_view);
}

/**
 * ear_people_input_focus:
 * @list_view: a list of users
 *
 * Moves the focus to a user: where it was, or, where a heading stands now, which takes none, to the
 * first one in sight.
 *
 * Returns: whether there is one
 */
gboolean
ear_people_input_focus (GtkWidget *list_view)
{
  GtkWidget *child = NULL;

  if (gtk_widget_child_focus (list_view, GTK_DIR_TAB_FORWARD))
    return TRUE;
  for (child = gtk_widget_get_first_child (list_view); child != NULL;
       child = gtk_widget_get_next_sibling (child)) {
    if (get_row (list_view, child) != NULL && is_in_sight (list_view, child))
      break;
  }
  return child != NULL && gtk_widget_grab_focus (child);
}
