/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The history of announcements: the client's list, which forgets what is older than 30 minutes by
 * itself, sorted the other way round. */

#include "config.h"

#include "gui/ear-announcement-history.h"

#include "client/ear-announcement.h"
#include "gui/ear-announcement-row.h"

struct _EarAnnouncementHistory
{
  GtkPopover parent_instance;

  /* Template children */
  GtkWidget *pages;
  GtkWidget *list_view;
};

G_DEFINE_FINAL_TYPE (EarAnnouncementHistory, ear_announcement_history, GTK_TYPE_POPOVER)

static int
compare_newest_first (gconstpointer a, gconstpointer b, gpointer user_data)
{
  guint64 left = ear_announcement_get_number ((EarAnnouncement *) a);
  guint64 right = ear_announcement_get_number ((EarAnnouncement *) b);

  return left < right ? 1 : left > right ? -1 : 0;
}

static void
update_page (EarAnnouncementHistory *self,
             guint position,
             guint removed,
             guint added,
             GListModel *list)
{
  gtk_stack_set_visible_child_name (GTK_STACK (self->pages),
                                    g_list_model_get_n_items (list) > 0 ? "list" : "empty");
}

static void
setup_cb (GtkListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *row = GTK_WIDGET (ear_announcement_row_new ());

  gtk_widget_set_margin_top (row, 6);
  gtk_widget_set_margin_bottom (row, 6);
  gtk_list_item_set_selectable (item, FALSE);
  gtk_list_item_set_activatable (item, FALSE);
  gtk_list_item_set_child (item, row);
}

static void
bind_cb (GtkListItemFactory *factory, GtkListItem *item)
{
  ear_announcement_row_set_announcement (EAR_ANNOUNCEMENT_ROW (gtk_list_item_get_child (item)),
                                         gtk_list_item_get_item (item));
}

static void
unbind_cb (GtkListItemFactory *factory, GtkListItem *item)
{
  ear_announcement_row_set_announcement (EAR_ANNOUNCEMENT_ROW (gtk_list_item_get_child (item)),
                                         NULL);
}

static void
ear_announcement_history_class_init (EarAnnouncementHistoryClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (EAR_TYPE_ANNOUNCEMENT_ROW);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/earshot/Earshot/ear-announcement-history.ui");
  gtk_widget_class_bind_template_child (widget_class, EarAnnouncementHistory, pages);
  gtk_widget_class_bind_template_child (widget_class, EarAnnouncementHistory, list_view);
  gtk_widget_class_bind_template_callback (widget_class, setup_cb);
  gtk_widget_class_bind_template_callback (widget_class, bind_cb);
  gtk_widget_class_bind_template_callback (widget_class, unbind_cb);
}

static void
ear_announcement_history_init (EarAnnouncementHistory *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * ear_announcement_history_new:
 *
 * Makes an empty history.
 *
 * Returns: (transfer floating): the popover
 */
EarAnnouncementHistory *
ear_announcement_history_new (void)
{
  return g_object_new (EAR_TYPE_ANNOUNCEMENT_HISTORY, NULL);
}

/**
 * ear_announcement_history_set_announcements:
 * @self: a history
 * @announcements: a list of #EarAnnouncement
 *
 * Shows @announcements. To be called once.
 */
void
ear_announcement_history_set_announcements (EarAnnouncementHistory *self, GListModel *announcements)
{
  g_return_if_fail (EAR_IS_ANNOUNCEMENT_HISTORY (self));

  GtkSorter *sorter = GTK_SORTER (gtk_custom_sorter_new (compare_newest_first, NULL, NULL));
  GtkSortListModel *sorted = gtk_sort_list_model_new (g_object_ref (announcements), sorter);
  g_autoptr (GtkNoSelection) selection = gtk_no_selection_new (G_LIST_MODEL (sorted));

  g_signal_connect_object (announcements, "items-changed", G_CALLBACK (update_page), self,
                           G_CONNECT_SWAPPED);
  gtk_list_view_set_model (GTK_LIST_VIEW (self->list_view), GTK_SELECTION_MODEL (selection));
  update_page (self, 0, 0, 0, announcements);
}
