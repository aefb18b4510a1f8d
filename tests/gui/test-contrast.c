/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* For who wants a high contrast, what is drawn without a style sheet has one, too. */

#include "client/ear-user.h"
#include "gui/ear-user-row.h"
#include "widget-fixture.h"

#define LEAST (0.89 * 65535)

static gboolean
is_label (GtkWidget *widget, gconstpointer data)
{
  return GTK_IS_LABEL (widget);
}

static void
test_user_row (void)
{
  g_autoptr (EarUser) user = ear_user_new ("alice");
  GtkWidget *row = GTK_WIDGET (ear_user_row_new ());
  GtkWidget *window = show (row);
  GSList *attributes;
  guint n = 0;

  ear_user_row_set_user (EAR_USER_ROW (row), user);
  attributes = pango_attr_list_get_attributes (
    gtk_label_get_attributes (GTK_LABEL (find (row, is_label, NULL))));
  for (GSList *l = attributes; l != NULL; l = l->next) {
    const PangoAttribute *attribute = l->data;

    if (attribute->klass->type != PANGO_ATTR_FOREGROUND_ALPHA)
      continue;
    g_assert_cmpuint (((const PangoAttrInt *) attribute)->value, >=, LEAST);
    n++;
  }
  g_assert_cmpuint (n, ==, 2); /* the name of who is away, and the line below */
  g_slist_free_full (attributes, (GDestroyNotify) pango_attribute_destroy);
  drop (window, row);
}

int
main (int argc, char **argv)
{
  g_setenv ("ADW_DEBUG_HIGH_CONTRAST", "1", TRUE); /* read by libadwaita as it starts */
  widget_fixture_init (&argc, &argv);
  g_assert_true (adw_style_manager_get_high_contrast (adw_style_manager_get_default ()));

  g_test_add_func ("/contrast/user-row", test_user_row);
  return g_test_run ();
}
