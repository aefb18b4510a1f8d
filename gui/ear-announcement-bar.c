/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The bar of announcements. Several may show the same list (beside the chat, in the sidebar of
 * a narrow window, in windows of chats): what was dismissed stands in the announcement, so all
 * agree.
 *
 * `current` is what is shown. A new announcement becomes the current one. When the current one is
 * dismissed or grows too old, its place in the order is taken by the next older one, else by the
 * newest. */

#include "config.h"

#include "gui/ear-announcement-bar.h"

#include <glib/gi18n.h>

#include "client/ear-announcement.h"
#include "gui/ear-accessible.h"
#include "gui/ear-announcement-row.h"
#include "gui/ear-format.h"

struct _EarAnnouncementBar
{
  AdwBin parent_instance;

  /* Template children */
  GtkWidget *revealer;
  GtkWidget *row;
  GtkWidget *pager;
  GtkWidget *previous_button;
  GtkWidget *next_button;
  GtkWidget *position_label;

  /* Owned */
  GListModel *announcements;
  GPtrArray *watched; /* all of the list, in its order */
  EarAnnouncement *current;
};

G_DEFINE_FINAL_TYPE (EarAnnouncementBar, ear_announcement_bar, ADW_TYPE_BIN)

enum {
  DISMISSED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* What is to be shown, newest first; the items are lent. */
static GPtrArray *
list_pending (EarAnnouncementBar *self)
{
  GPtrArray *pending = g_ptr_array_new ();

  for (guint i = self->watched->len; i > 0; i--) {
    EarAnnouncement *announcement = g_ptr_array_index (self->watched, i - 1);

    if (!ear_announcement_get_dismissed (announcement))
      g_ptr_array_add (pending, announcement);
  }
  return pending;
}

static void
show (EarAnnouncementBar *self, EarAnnouncement *announcement)
{
  g_set_object (&self->current, announcement);
  /* While it slides away, the bar still shows what it showed. */
  if (announcement != NULL)
    ear_announcement_row_set_announcement (EAR_ANNOUNCEMENT_ROW (self->row), announcement);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->revealer), announcement != NULL);
}

static void
update (EarAnnouncementBar *self)
{
  g_autoptr (GPtrArray) pending = list_pending (self);
  guint index = 0;

  if (self->current == NULL || !g_ptr_array_find (pending, self->current, &index)) {
    /* The next older one, if there is one. */
    guint64 number = self->current != NULL ? ear_announcement_get_number (self->current) : 0;

    for (index = 0; index < pending->len; index++)
      if (ear_announcement_get_number (g_ptr_array_index (pending, index)) < number)
        break;
    if (index == pending->len)
      index = 0;
    show (self, pending->len > 0 ? g_ptr_array_index (pending, index) : NULL);
  }

  g_autofree char *position = ear_format_position (index, pending->len);

  gtk_label_set_text (GTK_LABEL (self->position_label), position);
  gtk_widget_set_visible (self->pager, pending->len > 1);
  gtk_widget_set_sensitive (self->previous_button, index > 0);
  gtk_widget_set_sensitive (self->next_button, index + 1 < pending->len);
}

static void
unwatch (gpointer announcement, gpointer self)
{
  g_signal_handlers_disconnect_by_data (announcement, self);
}

static void
items_changed_cb (EarAnnouncementBar *self,
                  guint position,
                  guint removed,
                  guint added,
                  GListModel *list)
{
  for (guint i = 0; i < removed; i++)
    unwatch (g_ptr_array_index (self->watched, position + i), self);
  if (removed > 0)
    g_ptr_array_remove_range (self->watched, position, removed);
  for (guint i = 0; i < added; i++) {
    EarAnnouncement *announcement = g_list_model_get_item (list, position + i);

    g_signal_connect_swapped (announcement, "notify::dismissed", G_CALLBACK (update), self);
    g_ptr_array_insert (self->watched, (int) (position + i), announcement);
  }
  /* The newest takes the stage. */
  if (added > 0 && position + added == self->watched->len) {
    EarAnnouncement *newest = g_ptr_array_index (self->watched, self->watched->len - 1);

    if (!ear_announcement_get_dismissed (newest))
      show (self, newest);
  }
  update (self);
}

static void
step (EarAnnouncementBar *self, int by)
{
  g_autoptr (GPtrArray) pending = list_pending (self);
  guint index;

  if (!g_ptr_array_find (pending, self->current, &index))
    return;
  if ((by < 0 && index == 0) || (by > 0 && index + 1 >= pending->len))
    return;
  show (self, g_ptr_array_index (pending, index + (guint) by));
  update (self);
}

static void
newer_cb (EarAnnouncementBar *self)
{
  step (self, -1);
}

static void
older_cb (EarAnnouncementBar *self)
{
  step (self, 1);
}

static void
ear_announcement_bar_dispose (GObject *object)
{
  EarAnnouncementBar *self = EAR_ANNOUNCEMENT_BAR (object);

  if (self->watched != NULL)
    g_ptr_array_foreach (self->watched, unwatch, self);
  g_clear_pointer (&self->watched, g_ptr_array_unref);
  g_clear_object (&self->announcements);
  g_clear_object (&self->current);
  G_OBJECT_CLASS (ear_announcement_bar_parent_class)->dispose (object);
}

static void
ear_announcement_bar_class_init (EarAnnouncementBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (EAR_TYPE_ANNOUNCEMENT_ROW);
  G_OBJECT_CLASS (klass)->dispose = ear_announcement_bar_dispose;
  signals[DISMISSED] = g_signal_new ("dismissed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                     NULL, NULL, NULL, G_TYPE_NONE, 1, EAR_TYPE_ANNOUNCEMENT);

  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_REGION);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/earshot/Earshot/ear-announcement-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, EarAnnouncementBar, revealer);
  gtk_widget_class_bind_template_child (widget_class, EarAnnouncementBar, row);
  gtk_widget_class_bind_template_child (widget_class, EarAnnouncementBar, pager);
  gtk_widget_class_bind_template_child (widget_class, EarAnnouncementBar, previous_button);
  gtk_widget_class_bind_template_child (widget_class, EarAnnouncementBar, next_button);
  gtk_widget_class_bind_template_child (widget_class, EarAnnouncementBar, position_label);
  gtk_widget_class_bind_template_callback (widget_class, newer_cb);
  gtk_widget_class_bind_template_callback (widget_class, older_cb);
  gtk_widget_class_bind_template_callback (widget_class, ear_announcement_bar_dismiss);
}

static void
ear_announcement_bar_init (EarAnnouncementBar *self)
{
  self->watched = g_ptr_array_new_with_free_func (g_object_unref);
  gtk_widget_init_template (GTK_WIDGET (self));
  ear_accessible_follow_revealer (GTK_REVEALER (self->revealer));
}

/**
 * ear_announcement_bar_new:
 *
 * Makes a bar that shows nothing.
 *
 * Returns: (transfer floating): the bar
 */
EarAnnouncementBar *
ear_announcement_bar_new (void)
{
  return g_object_new (EAR_TYPE_ANNOUNCEMENT_BAR, NULL);
}

/**
 * ear_announcement_bar_set_announcements:
 * @self: a bar
 * @announcements: a list of #EarAnnouncement, oldest first
 *
 * Shows @announcements. To be called once.
 */
void
ear_announcement_bar_set_announcements (EarAnnouncementBar *self, GListModel *announcements)
{
  g_return_if_fail (EAR_IS_ANNOUNCEMENT_BAR (self));
  g_return_if_fail (self->announcements == NULL);

  self->announcements = g_object_ref (announcements);
  g_signal_connect_object (announcements, "items-changed", G_CALLBACK (items_changed_cb), self,
                           G_CONNECT_SWAPPED);
  items_changed_cb (self, 0, 0, g_list_model_get_n_items (announcements), announcements);
}

/**
 * ear_announcement_bar_dismiss:
 * @self: a bar
 *
 * Takes the shown announcement away, for good.
 */
void
ear_announcement_bar_dismiss (EarAnnouncementBar *self)
{
  g_return_if_fail (EAR_IS_ANNOUNCEMENT_BAR (self));

  g_autoptr (EarAnnouncement) announcement = NULL;

  if (self->current == NULL)
    return;
  announcement = g_object_ref (self->current);
  ear_announcement_set_dismissed (announcement, TRUE);
  g_signal_emit (self, signals[DISMISSED], 0, announcement);
}
