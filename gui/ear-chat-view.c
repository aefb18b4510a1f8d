/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A chat: the line that says its state, the messages, the typing notice and the composer.
 *
 * The view stays at the newest message while the person is there; scrolled up, it stands still and
 * a pill counts what is new. Older pages are loaded when the top comes near. Its actions are the
 * group "chat", on this widget. */

#include "config.h"

#include "gui/ear-chat-view.h"

#include <glib/gi18n.h>

#include "client/ear-chat-log.h"
#include "client/ear-user.h"
#include "gui/ear-accessible.h"
#include "gui/ear-bubble.h"
#include "gui/ear-chat-note.h"
#include "gui/ear-chat-status.h"
#include "gui/ear-composer.h"
#include "gui/ear-draft.h"
#include "gui/ear-tidy.h"
#include "gui/ear-verify-dialog.h"

/* Within this many pixels of an end of the list, one is at that end. */
#define NEAR_END 48.0
#define NEAR_START 400.0

struct _EarChatView
{
  AdwBin parent_instance;

  /* Template children */
  GtkRevealer *status_revealer;
  GtkSpinner *status_spinner;
  GtkLabel *status_label;
  GtkButton *first_button;
  GtkButton *second_button;
  GtkScrolledWindow *scroller;
  GtkListView *list_view;
  GtkButton *new_pill;
  GtkRevealer *typing_revealer;
  GtkLabel *typing_label;
  EarComposer *composer;

  /* Owned */
  EarChat *chat;
  EarSession *session;
  GSignalGroup *user_signals; /* the list may get to know the user later */
  GSimpleActionGroup *actions;
  gulong root_handler; /* at the window around the view */
  GHashTable *bound;   /* (element-type GtkListItem): bubbles, whose neighbours may change */

  gboolean at_end;
  guint n_new;
  guint scroll_source;
};

G_DEFINE_FINAL_TYPE (EarChatView, ear_chat_view, ADW_TYPE_BIN)

static GListModel *
get_log (EarChatView *self)
{
  return G_LIST_MODEL (ear_chat_get_log (self->chat));
}

/* -- The line that says the state -- */

static void
set_button (GtkButton *button, const char *label, const char *action)
{
  gtk_widget_set_visible (GTK_WIDGET (button), action != NULL);
  if (action != NULL)
    gtk_button_set_label (button, label);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
}

static void
set_enabled (EarChatView *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

static void
update_actions (EarChatView *self, gboolean online)
{
  EarChatState state = ear_chat_get_state (self->chat);
  EarUser *user = ear_chat_get_user (self->chat);
  gboolean blocked = ear_user_get_blocked (user);

  set_enabled (self, "request",
               state == EAR_CHAT_IDLE && online && ear_user_may_be_active (user) && !blocked);
  set_enabled (self, "cancel", state == EAR_CHAT_CALLING || state == EAR_CHAT_RINGING);
  set_enabled (self, "accept", state == EAR_CHAT_ASKED);
  set_enabled (self, "decline", state == EAR_CHAT_ASKED);
  set_enabled (self, "end", state == EAR_CHAT_OPEN || state == EAR_CHAT_BROKEN);
  set_enabled (self, "trust-key",
               ear_chat_get_key_changed (self->chat) && !ear_chat_needs_verifying (self->chat));
  set_enabled (self, "block", !blocked);
  set_enabled (self, "unblock", blocked);
  set_enabled (self, "disable-account", online && ear_session_is_admin (self->session));
}

static void
update_status (EarChatView *self)
{
  g_auto (EarChatStatus) status = { 0 };
  gboolean online = ear_session_is_online (self->session);

  ear_chat_status_init (&status, self->chat, online);
  if (status.text != NULL)
    gtk_label_set_text (self->status_label, status.text);
  gtk_widget_set_visible (GTK_WIDGET (self->status_spinner), status.busy);
  gtk_spinner_set_spinning (self->status_spinner, status.busy);
  set_button (self->first_button, status.label, status.action);
  set_button (self->second_button, status.second_label, status.second_action);
  gtk_revealer_set_reveal_child (self->status_revealer, status.text != NULL);
  update_actions (self, online);
}

static void
update_typing (EarChatView *self)
{
  gboolean typing = ear_chat_get_typing (self->chat);

  if (typing) {
    g_autofree char *text =
      g_strdup_printf (_ ("%s is typing…"), ear_user_get_name (ear_chat_get_user (self->chat)));

    gtk_label_set_text (self->typing_label, text);
  }
  gtk_revealer_set_reveal_child (self->typing_revealer, typing);
}

/* -- Reading -- */

/* Read is what a person can have seen: the newest message, in a window that is in front. */
static void
mark_read_if_seen (EarChatView *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (self->at_end && gtk_widget_get_mapped (GTK_WIDGET (self)) && GTK_IS_WINDOW (root) &&
      gtk_window_is_active (GTK_WINDOW (root)) &&
      ear_user_get_unread (ear_chat_get_user (self->chat)) > 0)
    ear_chat_mark_read (self->chat);
}

/* -- Scrolling -- */

static gboolean
scroll_to_end_cb (gpointer user_data)
{
  EarChatView *self = user_data;
  guint n_items = g_list_model_get_n_items (get_log (self));

  self->scroll_source = 0;
  if (n_items > 0)
    gtk_widget_activate_action (GTK_WIDGET (self->list_view), "list.scroll-to-item", "u",
                                n_items - 1);
  return G_SOURCE_REMOVE;
}

/* The list knows the size of a new row only after its next layout: hence from an idle source below
 * layout. */
static void
scroll_to_end (EarChatView *self)
{
  self->at_end = TRUE;
  self->n_new = 0;
  gtk_widget_set_visible (GTK_WIDGET (self->new_pill), FALSE);
  mark_read_if_seen (self);
  if (self->scroll_source == 0)
    self->scroll_source = g_idle_add_full (GDK_PRIORITY_REDRAW + 10, scroll_to_end_cb, self, NULL);
}

static void
scrolled_cb (EarChatView *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  double value = gtk_adjustment_get_value (adjustment);
  double end = gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment);

  self->at_end = value >= end - NEAR_END;
  if (self->at_end && self->n_new > 0)
    scroll_to_end (self);
  if (value < NEAR_START && !ear_chat_log_get_at_start (ear_chat_get_log (self->chat)))
    ear_chat_log_load_older (ear_chat_get_log (self->chat));
}

/* The view became higher or wider, or a row was measured: who was at the end stays there. */
static void
resized_cb (EarChatView *self)
{
  if (self->at_end && self->scroll_source == 0)
    self->scroll_source = g_idle_add_full (GDK_PRIORITY_REDRAW + 10, scroll_to_end_cb, self, NULL);
}

static void
show_new_pill (EarChatView *self)
{
  g_autofree char *text = g_strdup_printf (ngettext ("%u new", "%u new", self->n_new), self->n_new);

  gtk_button_set_label (self->new_pill, text);
  gtk_widget_set_visible (GTK_WIDGET (self->new_pill), TRUE);
}

/* -- Rows -- */

static void
update_neighbours (EarChatView *self, GtkListItem *item)
{
  guint position = gtk_list_item_get_position (item);
  EarBubble *bubble = EAR_BUBBLE (gtk_list_item_get_child (item));
  g_autoptr (EarChatMessage) before = NULL;
  g_autoptr (EarChatMessage) after = NULL;

  if (position == GTK_INVALID_LIST_POSITION || ear_bubble_get_message (bubble) == NULL)
    return;
  if (position > 0)
    before = g_list_model_get_item (get_log (self), position - 1);
  after = g_list_model_get_item (get_log (self), position + 1);
  ear_bubble_set_neighbours (bubble, before, after);
}

static void
setup_cb (EarChatView *self, GtkListItem *item)
{
  gtk_list_item_set_selectable (item, FALSE);
}

/* A row that was a line about a key may become a bubble, and the other way round. */
static GtkWidget *
ensure_child (EarChatView *self, GtkListItem *item, gboolean note)
{
  GtkWidget *child = gtk_list_item_get_child (item);

  if (child != NULL && EAR_IS_BUBBLE (child) != note)
    return child;
  child = note ? ear_chat_note_new ()
               : ear_bubble_new (ear_user_get_account (ear_chat_get_user (self->chat)));
  gtk_list_item_set_child (item, child);
  return child;
}

static void
bind_cb (EarChatView *self, GtkListItem *item)
{
  EarChatMessage *message = gtk_list_item_get_item (item);
  gboolean note = ear_chat_message_is_note (message);
  GtkWidget *child = ensure_child (self, item, note);

  if (note) {
    ear_chat_note_set_message (child, self->chat, message);
    return;
  }
  ear_bubble_set_message (EAR_BUBBLE (child), message);
  g_hash_table_add (self->bound, item);
  update_neighbours (self, item);
}

static void
unbind_cb (EarChatView *self, GtkListItem *item)
{
  g_hash_table_remove (self->bound, item);
}

static void
items_changed_cb (EarChatView *self, guint position, guint removed, guint added, GListModel *log)
{
  gboolean appended = added > 0 && position + added == g_list_model_get_n_items (log);
  GHashTableIter iter;
  gpointer item;

  g_hash_table_iter_init (&iter, self->bound);
  while (g_hash_table_iter_next (&iter, &item, NULL))
    update_neighbours (self, item);

  if (!appended) {
    ear_tidy_soon (); /* a page of older messages */
    return;
  }
  if (self->at_end) {
    scroll_to_end (self);
  } else {
    self->n_new += added;
    show_new_pill (self);
  }
}

static void
activate_cb (EarChatView *self, guint position)
{
  g_autoptr (EarChatMessage) message = g_list_model_get_item (get_log (self), position);
  GHashTableIter iter;
  gpointer item;

  g_hash_table_iter_init (&iter, self->bound);
  while (g_hash_table_iter_next (&iter, &item, NULL)) {
    EarBubble *bubble = EAR_BUBBLE (gtk_list_item_get_child (item));

    if (ear_bubble_get_message (bubble) == message)
      ear_bubble_open_link (bubble);
  }
}

/* -- The composer -- */

static void
sent_cb (EarChatView *self, const char *text)
{
  g_autoptr (EarChatMessage) message = ear_chat_send (self->chat, text);

  scroll_to_end (self);
  /* Writing to somebody who is here is asking for a chat. */
  gtk_widget_activate_action (GTK_WIDGET (self), "chat.request", NULL);
}

static void
typed_cb (EarChatView *self, gboolean typing)
{
  ear_chat_set_typing (self->chat, typing);
}

/* -- Actions -- */

static void
request_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ear_chat_request (EAR_CHAT_VIEW (user_data)->chat, NULL);
}

static void
cancel_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ear_chat_cancel (EAR_CHAT_VIEW (user_data)->chat);
}

static void
accept_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ear_chat_accept (EAR_CHAT_VIEW (user_data)->chat);
}

static void
decline_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ear_chat_decline (EAR_CHAT_VIEW (user_data)->chat);
}

static void
end_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ear_chat_end (EAR_CHAT_VIEW (user_data)->chat);
}

static void
trust_key_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ear_chat_accept_key (EAR_CHAT_VIEW (user_data)->chat);
}

static void
verify_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  EarChatView *self = EAR_CHAT_VIEW (user_data);
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  gtk_window_present (GTK_WINDOW (ear_verify_dialog_new (GTK_WINDOW (root), self->chat)));
}

static void
block_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ear_chat_set_blocked (EAR_CHAT_VIEW (user_data)->chat, TRUE);
}

static void
unblock_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ear_chat_set_blocked (EAR_CHAT_VIEW (user_data)->chat, FALSE);
}

static void
disable_account_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  EarChatView *self = EAR_CHAT_VIEW (user_data);

  gtk_widget_activate_action (GTK_WIDGET (self), "app.disable-account", "s",
                              ear_user_get_account (ear_chat_get_user (self->chat)));
}

static const GActionEntry action_entries[] = {
  { .name = "request", .activate = request_cb },
  { .name = "cancel", .activate = cancel_cb },
  { .name = "accept", .activate = accept_cb },
  { .name = "decline", .activate = decline_cb },
  { .name = "end", .activate = end_cb },
  { .name = "trust-key", .activate = trust_key_cb },
  { .name = "verify", .activate = verify_cb },
  { .name = "block", .activate = block_cb },
  { .name = "unblock", .activate = unblock_cb },
  { .name = "disable-account", .activate = disable_account_cb },
};

/* -- Life -- */

static gboolean
ear_chat_view_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (EAR_CHAT_VIEW (widget)->composer));
}

static void
ear_chat_view_root (GtkWidget *widget)
{
  EarChatView *self = EAR_CHAT_VIEW (widget);

  GTK_WIDGET_CLASS (ear_chat_view_parent_class)->root (widget);
  if (GTK_IS_WINDOW (gtk_widget_get_root (widget)))
    self->root_handler = g_signal_connect_swapped (
      gtk_widget_get_root (widget), "notify::is-active", G_CALLBACK (mark_read_if_seen), self);
}

static void
ear_chat_view_unroot (GtkWidget *widget)
{
  g_clear_signal_handler (&EAR_CHAT_VIEW (widget)->root_handler, gtk_widget_get_root (widget));
  GTK_WIDGET_CLASS (ear_chat_view_parent_class)->unroot (widget);
}

static void
ear_chat_view_map (GtkWidget *widget)
{
  EarChatView *self = EAR_CHAT_VIEW (widget);

  GTK_WIDGET_CLASS (ear_chat_view_parent_class)->map (widget);
  if (self->at_end)
    scroll_to_end (self);
}

static void
ear_chat_view_dispose (GObject *object)
{
  EarChatView *self = EAR_CHAT_VIEW (object);

  g_clear_handle_id (&self->scroll_source, g_source_remove);
  if (self->list_view != NULL)
    gtk_list_view_set_model (self->list_view, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), EAR_TYPE_CHAT_VIEW);
  g_clear_object (&self->user_signals);
  g_clear_object (&self->chat);
  g_clear_object (&self->session);
  g_clear_object (&self->actions);
  g_clear_pointer (&self->bound, g_hash_table_unref);
  G_OBJECT_CLASS (ear_chat_view_parent_class)->dispose (object);
}

static void
ear_chat_view_class_init (EarChatViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = ear_chat_view_dispose;
  widget_class->grab_focus = ear_chat_view_grab_focus;
  widget_class->root = ear_chat_view_root;
  widget_class->unroot = ear_chat_view_unroot;
  widget_class->map = ear_chat_view_map;

  g_type_ensure (EAR_TYPE_COMPOSER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/earshot/Earshot/ear-chat-view.ui");
  gtk_widget_class_bind_template_child (widget_class, EarChatView, status_revealer);
  gtk_widget_class_bind_template_child (widget_class, EarChatView, status_spinner);
  gtk_widget_class_bind_template_child (widget_class, EarChatView, status_label);
  gtk_widget_class_bind_template_child (widget_class, EarChatView, first_button);
  gtk_widget_class_bind_template_child (widget_class, EarChatView, second_button);
  gtk_widget_class_bind_template_child (widget_class, EarChatView, scroller);
  gtk_widget_class_bind_template_child (widget_class, EarChatView, list_view);
  gtk_widget_class_bind_template_child (widget_class, EarChatView, new_pill);
  gtk_widget_class_bind_template_child (widget_class, EarChatView, typing_revealer);
  gtk_widget_class_bind_template_child (widget_class, EarChatView, typing_label);
  gtk_widget_class_bind_template_child (widget_class, EarChatView, composer);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, setup_cb);
  gtk_widget_class_bind_template_callback (widget_class, bind_cb);
  gtk_widget_class_bind_template_callback (widget_class, unbind_cb);
  gtk_widget_class_bind_template_callback (widget_class, scroll_to_end);
  gtk_widget_class_bind_template_callback (widget_class, sent_cb);
  gtk_widget_class_bind_template_callback (widget_class, typed_cb);
}

static void
ear_chat_view_init (EarChatView *self)
{
  GtkAdjustment *adjustment;

  self->at_end = TRUE;
  self->bound = g_hash_table_new (NULL, NULL);
  gtk_widget_init_template (GTK_WIDGET (self));
  ear_accessible_follow_revealer (self->status_revealer);
  ear_accessible_follow_revealer (self->typing_revealer);

  self->user_signals = g_signal_group_new (EAR_TYPE_USER);
  g_signal_group_connect_swapped (self->user_signals, "notify", G_CALLBACK (update_status), self);
  g_signal_group_connect_swapped (self->user_signals, "notify::unread",
                                  G_CALLBACK (mark_read_if_seen), self);

  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), action_entries,
                                   G_N_ELEMENTS (action_entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "chat", G_ACTION_GROUP (self->actions));

  adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (scrolled_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (adjustment, "notify::page-size", G_CALLBACK (resized_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (adjustment, "notify::upper", G_CALLBACK (resized_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (gtk_scrolled_window_get_hadjustment (self->scroller),
                           "notify::page-size", G_CALLBACK (resized_cb), self, G_CONNECT_SWAPPED);
}

/**
 * ear_chat_view_new:
 * @chat: the chat to show
 * @session: the life with the server, which says whether new links can be made
 *
 * Makes a view of a chat.
 *
 * Returns: (transfer floating): a new view
 */
GtkWidget *
ear_chat_view_new (EarChat *chat, EarSession *session)
{
  EarChatView *self = g_object_new (EAR_TYPE_CHAT_VIEW, NULL);
  g_autoptr (GtkNoSelection) selection = NULL;

  self->chat = g_object_ref (chat);
  self->session = g_object_ref (session);
  ear_composer_set_buffer (self->composer, ear_draft_get_buffer (chat));
  g_signal_connect_object (chat, "notify", G_CALLBACK (update_status), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (chat, "notify::typing", G_CALLBACK (update_typing), self,
                           G_CONNECT_SWAPPED);
  g_object_bind_property (chat, "user", self->user_signals, "target", G_BINDING_SYNC_CREATE);
  g_signal_connect_object (session, "notify::state", G_CALLBACK (update_status), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::admin", G_CALLBACK (update_status), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (get_log (self), "items-changed", G_CALLBACK (items_changed_cb), self,
                           G_CONNECT_SWAPPED);

  selection = gtk_no_selection_new (g_object_ref (get_log (self)));
  gtk_list_view_set_model (self->list_view, GTK_SELECTION_MODEL (selection));
  update_status (self);
  update_typing (self);
  return GTK_WIDGET (self);
}

/**
 * ear_chat_view_get_chat:
 * @self: a view
 *
 * Gets the chat that is shown.
 *
 * Returns: (transfer none): the chat
 */
EarChat *
ear_chat_view_get_chat (EarChatView *self)
{
  g_return_val_if_fail (EAR_IS_CHAT_VIEW (self), NULL);

  return self->chat;
}

/**
 * ear_chat_view_get_actions:
 * @self: a view
 *
 * Gets the actions of the chat, for the header bar and the menus of the window around it:
 * "request", "cancel", "accept", "decline", "end", "trust-key", "verify", "block", "unblock" and
 * "disable-account".
 *
 * Returns: (transfer none): the group to insert as "chat"
 */
GActionGroup *
ear_chat_view_get_actions (EarChatView *self)
{
  g_return_val_if_fail (EAR_IS_CHAT_VIEW (self), NULL);

  return G_ACTION_GROUP (self->actions);
}
