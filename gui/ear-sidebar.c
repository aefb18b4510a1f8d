/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Who is here: oneself and the main buttons on top, the search, the list. It shows models and says
 * "user-chosen"; what that does is the window's business.
 *
 * The chosen user stays chosen while the row moves between "Active users" and "Away", leaves and
 * comes back: `chosen` is what the window shows, the selection follows it when the row is there. */

#include "config.h"

#include "gui/ear-sidebar.h"

#include <glib/gi18n.h>

#include "client/ear-user-list.h"
#include "client/ear-user.h"
#include "gui/ear-announcement-history.h"
#include "gui/ear-format.h"
#include "gui/ear-myself.h"
#include "gui/ear-people-factory.h"
#include "gui/ear-people-input.h"
#include "gui/ear-people.h"
#include "gui/ear-tidy.h"
#include "gui/ear-user-row.h"

#define MANY 100 /* rows at a time, that leave much free memory behind */

struct _EarSidebar
{
  AdwBin parent_instance;

  /* Template children */
  GtkWidget *header_bar;
  EarMyself *myself;
  GtkWidget *broadcast_button;
  EarAnnouncementHistory *history;
  GtkWidget *notices;
  GtkWidget *search_entry;
  GtkWidget *count_label;
  GtkWidget *part_label;
  GtkWidget *pages;
  GtkWidget *link_label;
  GtkWidget *list_view;

  /* Owned */
  EarUserList *users;
  EarPeople *people;
  GtkSingleSelection *selection;
  EarUser *chosen;
  guint reselect;
  guint scroll;

  gboolean online;
  gboolean at_top;
};

G_DEFINE_FINAL_TYPE (EarSidebar, ear_sidebar, ADW_TYPE_BIN)

enum {
  USER_CHOSEN,
  SEARCH_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static const char *
get_search (EarSidebar *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (self->search_entry));
}

/* The one place that decides which page is shown. */
static void
update_page (EarSidebar *self)
{
  const char *page = "list";

  if (self->selection == NULL || g_list_model_get_n_items (G_LIST_MODEL (self->selection)) == 0) {
    if (*get_search (self) != '\0')
      page = "no-match";
    else
      page = self->online ? "nobody" : "offline";
  }
  gtk_stack_set_visible_child_name (GTK_STACK (self->pages), page);
}

static void
update_part (EarSidebar *self, guint n_active)
{
  gboolean partial = self->users != NULL && ear_user_list_is_partial (self->users);
  g_autofree char *part = NULL;

  if (partial)
    part = ear_format_part (ear_user_list_get_n_listed (self->users), n_active, get_search (self));
  gtk_label_set_text (GTK_LABEL (self->part_label), partial ? part : "");
  gtk_widget_set_visible (self->part_label, partial);
  /* Also what was typed while all were in the list, or nobody. */
  if (partial && *get_search (self) != '\0')
    g_signal_emit (self, signals[SEARCH_CHANGED], 0, get_search (self));
}

static void
update_count (EarSidebar *self)
{
  guint n = self->users != NULL ? ear_user_list_get_n_active (self->users) : 0;
  g_autofree char *count = ear_format_count (n);

  gtk_label_set_text (GTK_LABEL (self->count_label), self->online ? count : "");
  update_part (self, n);
  update_page (self);
}

static gboolean
reselect_cb (gpointer user_data)
{
  EarSidebar *self = user_data;

  self->reselect = 0;
  if (self->selection == NULL)
    return G_SOURCE_REMOVE;
  if (self->chosen == NULL)
    gtk_single_selection_set_selected (self->selection, GTK_INVALID_LIST_POSITION);
  else if (gtk_single_selection_get_selected_item (self->selection) != (gpointer) self->chosen)
    gtk_single_selection_set_selected (
      self->selection, ear_people_find (G_LIST_MODEL (self->selection), self->chosen));
  return G_SOURCE_REMOVE;
}

/* Not at once: a model must not be asked for a selection in the middle of its change. */
static void
queue_reselect (EarSidebar *self)
{
  if (self->reselect == 0)
    self->reselect = g_idle_add (reselect_cb, self);
}

static gboolean
scroll_to_top_cb (gpointer user_data)
{
  EarSidebar *self = user_data;

  gtk_widget_activate_action (self->list_view, "list.scroll-to-item", "u", 0);
  self->scroll = 0;
  return G_SOURCE_REMOVE;
}

/* Who looks at the top stays there: the list would stay with its first row instead, which goes down
 * as others come above it. That is known only after the next layout. */
static void
items_changed_cb (EarSidebar *self, guint position, guint removed, guint added)
{
  if (removed + added > MANY)
    ear_tidy_soon ();
  update_page (self);
  queue_reselect (self);
  if (self->at_top && self->scroll == 0)
    self->scroll = g_idle_add_full (GDK_PRIORITY_REDRAW + 10, scroll_to_top_cb, self, NULL);
}

static void
scrolled_cb (EarSidebar *self, GtkAdjustment *adjustment)
{
  if (self->scroll == 0)
    self->at_top = gtk_adjustment_get_value (adjustment) < 1;
}

static void
choose (EarSidebar *self, EarUser *user)
{
  g_set_object (&self->chosen, user);
  g_signal_emit (self, signals[USER_CHOSEN], 0, user);
}

static void
selected_cb (EarSidebar *self)
{
  GObject *item = gtk_single_selection_get_selected_item (self->selection);

  if (EAR_IS_USER (item) && EAR_USER (item) != self->chosen)
    choose (self, EAR_USER (item));
}

static void
activate_cb (EarSidebar *self, guint position)
{
  g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (self->selection), position);

  if (EAR_IS_USER (item))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.ask", "s",
                                ear_user_get_account (EAR_USER (item)));
}

static void
search_changed_cb (EarSidebar *self)
{
  if (self->people != NULL)
    ear_people_set_search (self->people, get_search (self));
  update_count (self);
  if (*get_search (self) == '\0')
    g_signal_emit (self, signals[SEARCH_CHANGED], 0, "");
}

/* Enter takes the first that was found. */
static void
search_activate_cb (EarSidebar *self)
{
  if (self->selection == NULL)
    return;
  search_changed_cb (self);

  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->selection));

  for (guint i = 0; i < n; i++) {
    g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (self->selection), i);

    if (EAR_IS_USER (item)) {
      ear_sidebar_clear_search (self);
      gtk_widget_activate_action (GTK_WIDGET (self), "win.open-chat", "s",
                                  ear_user_get_account (EAR_USER (item)));
      return;
    }
  }
}

static void
stop_search_cb (EarSidebar *self)
{
  ear_sidebar_clear_search (self);
  ear_sidebar_focus_list (self);
}

static void
ear_sidebar_dispose (GObject *object)
{
  EarSidebar *self = EAR_SIDEBAR (object);

  g_clear_handle_id (&self->reselect, g_source_remove);
  g_clear_handle_id (&self->scroll, g_source_remove);
  g_clear_object (&self->chosen);
  if (self->list_view != NULL)
    gtk_list_view_set_model (GTK_LIST_VIEW (self->list_view), NULL);
  g_clear_object (&self->selection);
  g_clear_object (&self->people);
  g_clear_object (&self->users);
  G_OBJECT_CLASS (ear_sidebar_parent_class)->dispose (object);
}

static void
ear_sidebar_class_init (EarSidebarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (EAR_TYPE_USER_ROW);
  g_type_ensure (EAR_TYPE_ANNOUNCEMENT_HISTORY);
  g_type_ensure (EAR_TYPE_MYSELF);
  G_OBJECT_CLASS (klass)->dispose = ear_sidebar_dispose;
  signals[USER_CHOSEN] = g_signal_new ("user-chosen", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                       0, NULL, NULL, NULL, G_TYPE_NONE, 1, EAR_TYPE_USER);
  signals[SEARCH_CHANGED] =
    g_signal_new ("search-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                  NULL, G_TYPE_NONE, 1, G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/earshot/Earshot/ear-sidebar.ui");
  gtk_widget_class_bind_template_child (widget_class, EarSidebar, header_bar);
  gtk_widget_class_bind_template_child (widget_class, EarSidebar, myself);
  gtk_widget_class_bind_template_child (widget_class, EarSidebar, broadcast_button);
  gtk_widget_class_bind_template_child (widget_class, EarSidebar, history);
  gtk_widget_class_bind_template_child (widget_class, EarSidebar, notices);
  gtk_widget_class_bind_template_child (widget_class, EarSidebar, search_entry);
  gtk_widget_class_bind_template_child (widget_class, EarSidebar, count_label);
  gtk_widget_class_bind_template_child (widget_class, EarSidebar, part_label);
  gtk_widget_class_bind_template_child (widget_class, EarSidebar, pages);
  gtk_widget_class_bind_template_child (widget_class, EarSidebar, link_label);
  gtk_widget_class_bind_template_child (widget_class, EarSidebar, list_view);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, stop_search_cb);
}

static void
ear_sidebar_init (EarSidebar *self)
{
  g_autoptr (GtkListItemFactory) factory = ear_people_factory_new ();

  self->online = self->at_top = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_view_set_factory (GTK_LIST_VIEW (self->list_view), factory);
  ear_people_input_attach (self->list_view);
  g_signal_connect_object (gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (self->list_view)),
                           "value-changed", G_CALLBACK (scrolled_cb), self, G_CONNECT_SWAPPED);
  update_count (self);
}

/**
 * ear_sidebar_new:
 *
 * Makes a sidebar without users.
 *
 * Returns: (transfer floating): the sidebar
 */
EarSidebar *
ear_sidebar_new (void)
{
  return g_object_new (EAR_TYPE_SIDEBAR, NULL);
}

/**
 * ear_sidebar_set_users:
 * @self: a sidebar
 * @users: the users
 *
 * Shows @users. To be called once.
 */
void
ear_sidebar_set_users (EarSidebar *self, EarUserList *users)
{
  g_return_if_fail (EAR_IS_SIDEBAR (self));
  g_return_if_fail (self->users == NULL);

  self->users = g_object_ref (users);
  self->people = ear_people_new (users);
  self->selection = g_object_new (GTK_TYPE_SINGLE_SELECTION, "autoselect", FALSE, "can-unselect",
                                  TRUE, "model", self->people, NULL);
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (selected_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "items-changed", G_CALLBACK (items_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (users, "notify::n-active", G_CALLBACK (update_count), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (users, "notify::n-listed", G_CALLBACK (update_count), self,
                           G_CONNECT_SWAPPED);
  gtk_list_view_set_model (GTK_LIST_VIEW (self->list_view), GTK_SELECTION_MODEL (self->selection));
  update_count (self);
}

/**
 * ear_sidebar_set_myself:
 * @self: a sidebar
 * @account: one's own account name
 * @name: (nullable): one's own display name
 *
 * Shows who one is.
 */
void
ear_sidebar_set_myself (EarSidebar *self, const char *account, const char *name)
{
  g_return_if_fail (EAR_IS_SIDEBAR (self));

  ear_myself_set_names (self->myself, account, name);
}

/**
 * ear_sidebar_set_status:
 * @self: a sidebar
 * @status: (nullable): one's own status
 * @do_not_disturb: whether nothing may come to the front by itself
 *
 * Shows what one has told the others.
 */
void
ear_sidebar_set_status (EarSidebar *self, const char *status, gboolean do_not_disturb)
{
  g_return_if_fail (EAR_IS_SIDEBAR (self));

  ear_myself_set_status (self->myself, status, do_not_disturb);
}

/**
 * ear_sidebar_set_online:
 * @self: a sidebar
 * @online: whether the server is there
 *
 * Shows whether the list is live.
 */
void
ear_sidebar_set_online (EarSidebar *self, gboolean online)
{
  g_return_if_fail (EAR_IS_SIDEBAR (self));
  if (self->online == online)
    return;
  self->online = online;
  update_count (self);
  ear_myself_set_online (self->myself, online);
}

/**
 * ear_sidebar_set_may_broadcast:
 * @self: a sidebar
 * @may: whether the server lets one broadcast
 *
 * Says at the megaphone why it is of no use.
 */
void
ear_sidebar_set_may_broadcast (EarSidebar *self, gboolean may)
{
  const char *text = may ? _ ("Broadcast an Announcement") : _ ("Only admins can broadcast here");

  g_return_if_fail (EAR_IS_SIDEBAR (self));
  gtk_widget_set_tooltip_text (self->broadcast_button, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->broadcast_button),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

/**
 * ear_sidebar_set_server_link:
 * @self: a sidebar
 * @link: (nullable): what to send to somebody who shall come here, too
 *
 * Shows how to invite people while nobody is here.
 */
void
ear_sidebar_set_server_link (EarSidebar *self, const char *link)
{
  g_return_if_fail (EAR_IS_SIDEBAR (self));
  gtk_label_set_text (GTK_LABEL (self->link_label), link != NULL ? link : "");
}

/**
 * ear_sidebar_set_announcements:
 * @self: a sidebar
 * @announcements: a list of #EarAnnouncement
 *
 * Shows @announcements in the history.
 */
void
ear_sidebar_set_announcements (EarSidebar *self, GListModel *announcements)
{
  g_return_if_fail (EAR_IS_SIDEBAR (self));
  ear_announcement_history_set_announcements (self->history, announcements);
}

/**
 * ear_sidebar_set_narrow:
 * @self: a sidebar
 * @narrow: whether it is all that the window shows
 *
 * Gives the sidebar the window's buttons when it stands alone.
 */
void
ear_sidebar_set_narrow (EarSidebar *self, gboolean narrow)
{
  g_return_if_fail (EAR_IS_SIDEBAR (self));
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (self->header_bar), narrow);
}

/**
 * ear_sidebar_join_header:
 * @self: a sidebar
 * @group: a group of headers
 *
 * Makes the sidebar's header as high as those of @group.
 */
void
ear_sidebar_join_header (EarSidebar *self, GtkSizeGroup *group)
{
  g_return_if_fail (EAR_IS_SIDEBAR (self));
  gtk_size_group_add_widget (group, self->header_bar);
}

/**
 * ear_sidebar_add_notice:
 * @self: a sidebar
 * @notice: a bar
 *
 * Puts a bar below the header.
 */
void
ear_sidebar_add_notice (EarSidebar *self, GtkWidget *notice)
{
  g_return_if_fail (EAR_IS_SIDEBAR (self));
  gtk_box_append (GTK_BOX (self->notices), notice);
}

/**
 * ear_sidebar_get_selected:
 * @self: a sidebar
 *
 * Gets the chosen user.
 *
 * Returns: (transfer none) (nullable): the user
 */
EarUser *
ear_sidebar_get_selected (EarSidebar *self)
{
  g_return_val_if_fail (EAR_IS_SIDEBAR (self), NULL);
  return self->chosen;
}

/**
 * ear_sidebar_select:
 * @self: a sidebar
 * @user: (nullable): a user
 *
 * Marks @user as the chosen one without saying so.
 */
void
ear_sidebar_select (EarSidebar *self, EarUser *user)
{
  g_return_if_fail (EAR_IS_SIDEBAR (self));
  g_set_object (&self->chosen, user);
  queue_reselect (self);
}

/**
 * ear_sidebar_get_neighbour:
 * @self: a sidebar
 * @direction: 1 for down, -1 for up
 *
 * Gets the user below or above the chosen one.
 *
 * Returns: (transfer none) (nullable): the user
 */
EarUser *
ear_sidebar_get_neighbour (EarSidebar *self, int direction)
{
  g_return_val_if_fail (EAR_IS_SIDEBAR (self), NULL);

  GListModel *model = G_LIST_MODEL (self->selection);
  int n = (int) g_list_model_get_n_items (model);
  guint position = self->chosen != NULL
                     ? ear_people_find (G_LIST_MODEL (self->selection), self->chosen)
                     : GTK_INVALID_LIST_POSITION;
  int i = direction > 0 ? 0 : n - 1;

  if (position != GTK_INVALID_LIST_POSITION)
    i = (int) position + direction;
  for (; i >= 0 && i < n; i += direction) {
    /* The model keeps it alive. */
    g_autoptr (GObject) item = g_list_model_get_item (model, (guint) i);

    if (EAR_IS_USER (item))
      return EAR_USER (item);
  }
  return NULL;
}

/**
 * ear_sidebar_focus_search:
 * @self: a sidebar
 *
 * Moves the focus to the search.
 */
void
ear_sidebar_focus_search (EarSidebar *self)
{
  g_return_if_fail (EAR_IS_SIDEBAR (self));
  gtk_widget_grab_focus (self->search_entry);
  gtk_editable_select_region (GTK_EDITABLE (self->search_entry), 0, -1);
}

/**
 * ear_sidebar_focus_list:
 * @self: a sidebar
 *
 * Moves the focus to the list, or to the search when there is no list.
 */
void
ear_sidebar_focus_list (EarSidebar *self)
{
  g_return_if_fail (EAR_IS_SIDEBAR (self));
  if (!ear_people_input_focus (self->list_view))
    gtk_widget_grab_focus (self->search_entry);
}

/**
 * ear_sidebar_clear_search:
 * @self: a sidebar
 *
 * Shows everybody again.
 *
 * Returns: whether there was a search
 */
gboolean
ear_sidebar_clear_search (EarSidebar *self)
{
  g_return_val_if_fail (EAR_IS_SIDEBAR (self), FALSE);
  if (*get_search (self) == '\0')
    return FALSE;
  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
  search_changed_cb (self);
  return TRUE;
}
