/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The rows of the sidebar. Users and headings share the list, and a row that was one may become the
 * other.
 *
 * GTK 4.8 unbinds and binds a row anew whenever its position changes, with the same item. So a row
 * keeps its user until it gets another, and then has something to do only if that is another. */

#include "config.h"

#include "gui/ear-people-factory.h"

#include "client/ear-user.h"
#include "gui/ear-accessible.h"
#include "gui/ear-user-row.h"

static GtkWidget *
new_heading (void)
{
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_HEADING,
                                   "xalign", 0.0, NULL);

  gtk_widget_add_css_class (label, "heading");
  gtk_widget_add_css_class (label, "dim-label");
  return label;
}

static GtkWidget *
ensure_child (GtkListItem *item, GType type)
{
  GtkWidget *child = gtk_list_item_get_child (item);

  if (child == NULL || !g_type_is_a (G_OBJECT_TYPE (child), type)) {
    child = type == EAR_TYPE_USER_ROW ? GTK_WIDGET (ear_user_row_new ()) : new_heading ();
    gtk_list_item_set_child (item, child);
  }
  return child;
}

static void
bind_cb (GtkListItemFactory *factory, GtkListItem *item)
{
  GObject *object = gtk_list_item_get_item (item);
  gboolean is_user = EAR_IS_USER (object);

  gtk_list_item_set_selectable (item, is_user);
  gtk_list_item_set_activatable (item, is_user);
  if (is_user) {
    ear_user_row_set_user (EAR_USER_ROW (ensure_child (item, EAR_TYPE_USER_ROW)),
                           EAR_USER (object));
  } else {
    GtkWidget *heading = ensure_child (item, GTK_TYPE_LABEL);
    const char *text = gtk_string_object_get_string (GTK_STRING_OBJECT (object));

    gtk_label_set_text (GTK_LABEL (heading), text);
    ear_accessible_set_row (heading, text, "");
  }
}

/**
 * ear_people_factory_new:
 *
 * Makes rows for the items of an #EarPeople.
 *
 * Returns: (transfer full): the factory
 */
GtkListItemFactory *
ear_people_factory_new (void)
{
  GtkListItemFactory *self = gtk_signal_list_item_factory_new ();

  g_signal_connect (self, "bind", G_CALLBACK (bind_cb), NULL);
  return self;
}
