/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarAvatar: it looks as libadwaita's would. */

#include "gui/ear-avatar.h"
#include "widget-fixture.h"

static const char *
find_colour (GtkWidget *widget)
{
  g_auto (GStrv) classes = gtk_widget_get_css_classes (widget);

  for (guint i = 0; classes[i] != NULL; i++) {
    if (g_str_has_prefix (classes[i], "color"))
      return g_intern_string (classes[i]);
  }
  return NULL;
}

/* Whoever talks to somebody with another client knows them by their colour. */
static void
test_colour (void)
{
  static const char *const accounts[] = { "alice", "bob", "carol", "dmitri", "0", "_x" };

  for (guint i = 0; i < G_N_ELEMENTS (accounts); i++) {
    GtkWidget *ours = g_object_ref_sink (ear_avatar_new (40));
    GtkWidget *theirs = g_object_ref_sink (adw_avatar_new (40, accounts[i], TRUE));

    ear_avatar_set_account (EAR_AVATAR (ours), "somebody else");
    ear_avatar_set_account (EAR_AVATAR (ours), accounts[i]);
    g_assert_cmpstr (find_colour (ours), ==, find_colour (gtk_widget_get_first_child (theirs)));
    g_object_unref (ours);
    g_object_unref (theirs);
  }
}

/* In a box that is wide and high. */
static void
test_circle (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *avatar = ear_avatar_new (40);
  GtkWidget *window;

  gtk_widget_set_size_request (box, 200, 100);
  gtk_widget_set_vexpand (avatar, TRUE);
  gtk_box_append (GTK_BOX (box), avatar);
  ear_avatar_set_account (EAR_AVATAR (avatar), "alice");
  window = show (box);
  g_assert_cmpint (gtk_widget_get_width (avatar), ==, 40);
  g_assert_cmpint (gtk_widget_get_height (avatar), ==, 40);
  drop (window, box);
}

int
main (int argc, char **argv)
{
  widget_fixture_init (&argc, &argv);
  g_test_add_func ("/avatar/circle", test_circle);
  g_test_add_func ("/avatar/colour", test_colour);
  return g_test_run ();
}
