/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The main window. It binds the client's models to the sidebar and the notices, and shows an
 * EarChatView for the chosen user. What a person can do is in ear-window-actions.c.
 *
 * Wide, it shows both sides and the notices stand above the chat; narrow (below 600 px), it shows
 * one side at a time and the sidebar has notices of its own, which show the same. */

#include "config.h"

#include "gui/ear-window-private.h"

#include <glib/gi18n.h>

#include "client/ear-announcement-list.h"
#include "client/ear-chat.h"
#include "client/ear-client.h"
#include "client/ear-session.h"
#include "client/ear-user-list.h"
#include "client/ear-user.h"
#include "gui/ear-chat-title.h"
#include "gui/ear-chat-view.h"
#include "gui/ear-chat-window.h"
#include "gui/ear-request-dialog.h"
#include "gui/ear-toast.h"
#include "wire/ear-server-link.h"

G_DEFINE_FINAL_TYPE (EarWindow, ear_window, ADW_TYPE_APPLICATION_WINDOW)

static EarSession *
get_session (EarWindow *self)
{
  return ear_client_get_session (self->client);
}

static void
update_connection (EarWindow *self)
{
  g_autofree char *link = ear_window_dup_server_link (self);

  ear_sidebar_set_online (self->sidebar, ear_session_is_online (get_session (self)));
  ear_sidebar_set_server_link (self->sidebar, link);
  ear_window_update_actions (self);
}

static void
update_myself (EarWindow *self)
{
  EarSession *session = get_session (self);
  g_autofree char *status = NULL;

  g_object_get (session, "status", &status, NULL);
  ear_sidebar_set_myself (self->sidebar, ear_session_get_user (session),
                          ear_session_get_name (session));
  ear_sidebar_set_status (self->sidebar, status, ear_presence_get_do_not_disturb (self->presence));
}

static EarUser *
get_user (EarWindow *self)
{
  return self->chat != NULL ? ear_chat_get_user (self->chat) : NULL;
}

static void
update_title (EarWindow *self)
{
  EarUser *user = get_user (self);

  gtk_window_set_title (GTK_WINDOW (self), user != NULL ? ear_user_get_name (user) : "Earshot");
}

/* Who comes back, after a reconnection, too, may be another user of the chat that is shown. */
static void
follow_user (EarWindow *self)
{
  g_signal_group_set_target (self->user_signals, get_user (self));
  ear_sidebar_select (self->sidebar, get_user (self));
  update_title (self);
}

/* The notices stand where the person looks. */
static void
leaflet_changed_cb (EarWindow *self)
{
  gboolean folded = adw_leaflet_get_folded (ADW_LEAFLET (self->leaflet));

  gtk_widget_set_visible (GTK_WIDGET (self->narrow_notices), folded);
  gtk_widget_set_visible (self->back_button, folded);
  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (self->content_header), folded);
  ear_sidebar_set_narrow (self->sidebar, folded);
}

/* To where one writes; FALSE when there is no chat. */
gboolean
ear_window_focus_chat (EarWindow *self)
{
  GtkWidget *view = adw_bin_get_child (ADW_BIN (self->chat_bin));

  if (view == NULL)
    return FALSE;
  adw_leaflet_set_visible_child_name (ADW_LEAFLET (self->leaflet), "content");
  return gtk_widget_grab_focus (view);
}

static void
set_chat (EarWindow *self, EarChat *chat)
{
  if (!g_set_object (&self->chat, chat))
    return;

  if (chat != NULL) {
    GtkWidget *view = ear_chat_view_new (chat, get_session (self));

    adw_bin_set_child (ADW_BIN (self->chat_bin), view);
    gtk_widget_insert_action_group (GTK_WIDGET (self), "chat",
                                    ear_chat_view_get_actions (EAR_CHAT_VIEW (view)));
    ear_chat_title_set_chat (EAR_CHAT_TITLE (self->chat_title), chat);
    adw_header_bar_set_title_widget (ADW_HEADER_BAR (self->content_header), self->chat_title);
  } else {
    gtk_widget_insert_action_group (GTK_WIDGET (self), "chat", NULL);
    adw_bin_set_child (ADW_BIN (self->chat_bin), NULL);
    adw_header_bar_set_title_widget (ADW_HEADER_BAR (self->content_header), adw_bin_new ());
  }
  gtk_widget_set_visible (self->chat_menu_button, chat != NULL);
  gtk_stack_set_visible_child_name (GTK_STACK (self->pages), chat != NULL ? "chat" : "empty");
  g_signal_group_set_target (self->chat_signals, chat);
  follow_user (self);
  ear_window_update_actions (self);
}

static void
user_chosen_cb (EarWindow *self, EarUser *user)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));
  g_autoptr (GtkWidget) held = focus != NULL ? g_object_ref (focus) : NULL;

  set_chat (self, ear_client_get_chat (self->client, ear_user_get_account (user)));
  adw_leaflet_set_visible_child_name (ADW_LEAFLET (self->leaflet), "content");
  /* The leaflet takes the focus along, away from who walks through the list with the keys. */
  if (held != NULL && !adw_leaflet_get_folded (ADW_LEAFLET (self->leaflet)))
    gtk_window_set_focus (GTK_WINDOW (self), held);
}

static gboolean
focus_chat_cb (gpointer user_data)
{
  EarWindow *self = user_data;

  self->focus_source = 0;
  ear_window_focus_chat (self);
  return G_SOURCE_REMOVE;
}

/* Whom the view does not hold, the server finds; and it shows everybody again afterwards. */
static void
search_changed_cb (EarWindow *self, const char *text)
{
  ear_session_search (get_session (self), text);
}

/* A chat that the user accepted comes to the front. */
static void
asked_chat_state_cb (EarWindow *self, GParamSpec *pspec, EarChat *chat)
{
  EarChatState state = ear_chat_get_state (chat);

  if (state == EAR_CHAT_ASKED)
    return;
  /* Not all that is connected to self: the signals of the chat that is shown are, too. */
  g_signal_handlers_disconnect_matched (chat, G_SIGNAL_MATCH_DETAIL | G_SIGNAL_MATCH_DATA, 0,
                                        g_quark_from_static_string ("state"), NULL, NULL, self);
  if (state == EAR_CHAT_OPEN)
    ear_window_open_chat (self, ear_user_get_account (ear_chat_get_user (chat)));
}

static void
asked_cb (EarWindow *self, EarChat *chat)
{
  GtkWindow *parent =
    gtk_application_get_active_window (gtk_window_get_application (GTK_WINDOW (self)));
  GtkWidget *dialog;

  if (ear_presence_get_do_not_disturb (self->presence))
    return; /* it waits in the list */
  if (parent == NULL || gtk_window_get_modal (parent))
    parent = GTK_WINDOW (self);
  if (!gtk_widget_get_visible (GTK_WIDGET (parent)))
    gtk_window_present (parent); /* it was closed */
  g_signal_connect_object (chat, "notify::state", G_CALLBACK (asked_chat_state_cb), self,
                           G_CONNECT_SWAPPED);
  dialog = ear_request_dialog_new (parent, chat, ear_client_get_contacts (self->client));
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
save_state (EarWindow *self)
{
  int width, height;

  if (self->settings == NULL)
    return;
  gtk_window_get_default_size (GTK_WINDOW (self), &width, &height);
  g_settings_set_int (self->settings, "window-width", MAX (width, 200));
  g_settings_set_int (self->settings, "window-height", MAX (height, 200));
  g_settings_set_boolean (self->settings, "window-maximized",
                          gtk_window_is_maximized (GTK_WINDOW (self)));
}

static void
restore_state (EarWindow *self)
{
  if (self->settings == NULL) {
    gtk_window_set_default_size (GTK_WINDOW (self), 980, 680);
    return;
  }
  gtk_window_set_default_size (GTK_WINDOW (self),
                               g_settings_get_int (self->settings, "window-width"),
                               g_settings_get_int (self->settings, "window-height"));
  if (g_settings_get_boolean (self->settings, "window-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));
}

static gboolean
has_chat_windows (EarWindow *self)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));

  for (GList *l = gtk_application_get_windows (application); l != NULL; l = l->next)
    if (EAR_IS_CHAT_WINDOW (l->data))
      return TRUE;
  return FALSE;
}

/* While chats have windows of their own the app goes on, and so does what is done here: who asks is
 * shown, and a start of the app finds this window. */
static gboolean
ear_window_close_request (GtkWindow *window)
{
  save_state (EAR_WINDOW (window));
  if (has_chat_windows (EAR_WINDOW (window))) {
    gtk_widget_hide (GTK_WIDGET (window));
    return GDK_EVENT_STOP;
  }
  return GTK_WINDOW_CLASS (ear_window_parent_class)->close_request (window);
}

static void
bind_client (EarWindow *self)
{
  EarSession *session = get_session (self);

  ear_sidebar_set_users (self->sidebar, ear_client_get_users (self->client));
  ear_sidebar_set_announcements (self->sidebar,
                                 G_LIST_MODEL (ear_client_get_announcements (self->client)));
  ear_notices_set_client (self->notices, self->client);
  ear_notices_set_client (self->narrow_notices, self->client);

  g_signal_connect_object (session, "notify::state", G_CALLBACK (update_connection), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::user", G_CALLBACK (update_myself), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::name", G_CALLBACK (update_myself), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::status", G_CALLBACK (update_myself), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::may-broadcast", G_CALLBACK (ear_window_update_actions),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->client, "asked", G_CALLBACK (asked_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->presence, "notify::do-not-disturb", G_CALLBACK (update_myself),
                           self, G_CONNECT_SWAPPED);
  update_myself (self);
  update_connection (self);
}

/* The last dialog over the window goes with it, and then the app logs out: nobody is here to see.
 */
static void
unbind_client (EarWindow *self)
{
  if (self->client == NULL)
    return;
  g_signal_handlers_disconnect_by_data (get_session (self), self);
  g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->client);
}

static void
ear_window_dispose (GObject *object)
{
  EarWindow *self = EAR_WINDOW (object);

  g_clear_handle_id (&self->focus_source, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->chat_title);
  g_clear_object (&self->chat_signals);
  g_clear_object (&self->user_signals);
  g_clear_object (&self->chat);
  g_clear_object (&self->settings);
  g_clear_object (&self->presence);
  unbind_client (self);
  G_OBJECT_CLASS (ear_window_parent_class)->dispose (object);
}

static void
ear_window_class_init (EarWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (EAR_TYPE_SIDEBAR);
  g_type_ensure (EAR_TYPE_NOTICES);
  G_OBJECT_CLASS (klass)->dispose = ear_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = ear_window_close_request;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/earshot/Earshot/ear-window.ui");
  gtk_widget_class_bind_template_child (widget_class, EarWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, EarWindow, leaflet);
  gtk_widget_class_bind_template_child (widget_class, EarWindow, sidebar);
  gtk_widget_class_bind_template_child (widget_class, EarWindow, content);
  gtk_widget_class_bind_template_child (widget_class, EarWindow, content_header);
  gtk_widget_class_bind_template_child (widget_class, EarWindow, back_button);
  gtk_widget_class_bind_template_child (widget_class, EarWindow, chat_menu_button);
  gtk_widget_class_bind_template_child (widget_class, EarWindow, notices);
  gtk_widget_class_bind_template_child (widget_class, EarWindow, pages);
  gtk_widget_class_bind_template_child (widget_class, EarWindow, chat_bin);
  gtk_widget_class_bind_template_callback (widget_class, leaflet_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, user_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  ear_window_class_init_actions (widget_class);
}

static void
ear_window_init (EarWindow *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));

  self->chat_signals = g_signal_group_new (EAR_TYPE_CHAT);
  g_signal_group_connect_swapped (self->chat_signals, "notify::user", G_CALLBACK (follow_user),
                                  self);
  self->user_signals = g_signal_group_new (EAR_TYPE_USER);
  g_signal_group_connect_swapped (self->user_signals, "notify::name", G_CALLBACK (update_title),
                                  self);

  self->chat_title = g_object_ref_sink (ear_chat_title_new ());
  adw_header_bar_set_title_widget (ADW_HEADER_BAR (self->content_header), adw_bin_new ());

  g_autoptr (GtkSizeGroup) headers = gtk_size_group_new (GTK_SIZE_GROUP_VERTICAL);

  gtk_size_group_add_widget (headers, self->content_header);
  ear_sidebar_join_header (self->sidebar, headers);

  self->narrow_notices = ear_notices_new ();
  ear_sidebar_add_notice (self->sidebar, GTK_WIDGET (self->narrow_notices));
  leaflet_changed_cb (self);
}

/**
 * ear_window_new:
 * @application: the application
 * @client: an open client
 * @presence: how the user wants to be met
 * @settings: (nullable): where the window's size is kept
 *
 * Makes the window of @client.
 *
 * Returns: (transfer none): the window, owned by GTK until it is destroyed
 */
EarWindow *
ear_window_new (GtkApplication *application,
                EarClient *client,
                EarPresence *presence,
                GSettings *settings)
{
  EarWindow *self = g_object_new (EAR_TYPE_WINDOW, "application", application, NULL);

  g_set_object (&self->client, client);
  g_set_object (&self->presence, presence);
  g_set_object (&self->settings, settings);
  restore_state (self);
  bind_client (self);
  return self;
}

static GtkWindow *
find_chat_window (EarWindow *self, EarChat *chat)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));

  for (GList *l = gtk_application_get_windows (application); l != NULL; l = l->next)
    if (EAR_IS_CHAT_WINDOW (l->data) &&
        ear_chat_window_get_chat (EAR_CHAT_WINDOW (l->data)) == chat)
      return l->data;
  return NULL;
}

/**
 * ear_window_open_chat:
 * @self: a window
 * @account: an account name
 *
 * Shows the chat with @account, ready to write, and brings it to the front: this window, or that of
 * the chat if it has one. (Who moves through the list with the arrow keys stays there.)
 */
void
ear_window_open_chat (EarWindow *self, const char *account)
{
  g_return_if_fail (EAR_IS_WINDOW (self));

  EarUser *user = ear_user_list_lookup (ear_client_get_users (self->client), account);
  GtkWindow *chat_window;

  if (user == NULL)
    return;
  user_chosen_cb (self, user);
  chat_window = find_chat_window (self, ear_client_get_chat (self->client, account));
  if (chat_window != NULL) {
    gtk_window_present (chat_window);
    return;
  }
  gtk_window_present (GTK_WINDOW (self));
  /* The row takes the focus when the click that brought us here is over. */
  if (self->focus_source == 0)
    self->focus_source = g_idle_add (focus_chat_cb, self);
}

/**
 * ear_window_ask:
 * @self: a window
 * @account: an account name
 *
 * Shows the chat with @account and, when that user is here, not blocked and not connected, asks for
 * it.
 */
void
ear_window_ask (EarWindow *self, const char *account)
{
  EarChat *chat;

  g_return_if_fail (EAR_IS_WINDOW (self));

  ear_window_open_chat (self, account);
  chat = ear_client_get_chat (self->client, account);
  if (chat != NULL && ear_chat_get_state (chat) == EAR_CHAT_IDLE &&
      ear_user_may_be_active (ear_chat_get_user (chat)) &&
      !ear_user_get_blocked (ear_chat_get_user (chat)))
    ear_chat_request (chat, NULL);
}

/**
 * ear_window_open_chat_window:
 * @self: a window
 * @account: an account name
 *
 * Shows the chat with @account in a window of its own, which there is at most once.
 */
void
ear_window_open_chat_window (EarWindow *self, const char *account)
{
  g_return_if_fail (EAR_IS_WINDOW (self));

  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));
  EarChat *chat = ear_client_get_chat (self->client, account);
  GtkWindow *window;

  if (chat == NULL)
    return;
  window = find_chat_window (self, chat);
  if (window == NULL)
    window = GTK_WINDOW (ear_chat_window_new (application, chat, self->client));
  gtk_window_present (window);
}

/**
 * ear_window_add_toast:
 * @self: a window
 * @toast: (transfer full): a toast
 *
 * Shows @toast.
 */
void
ear_window_add_toast (EarWindow *self, AdwToast *toast)
{
  g_return_if_fail (EAR_IS_WINDOW (self));

  ear_toast_show (toast, ADW_TOAST_OVERLAY (self->toasts));
}

/* In a narrow window: back to the list, where a click on the same user opens the chat again. */
void
ear_window_show_people (EarWindow *self)
{
  adw_leaflet_set_visible_child_name (ADW_LEAFLET (self->leaflet), "people");
  if (adw_leaflet_get_folded (ADW_LEAFLET (self->leaflet)))
    set_chat (self, NULL);
}

/* What to send to somebody who shall come here, too; NULL before the first log-in. */
char *
ear_window_dup_server_link (EarWindow *self)
{
  g_autoptr (EarServerLink) link = ear_session_dup_server_link (get_session (self));

  return link != NULL ? ear_server_link_to_uri (link) : NULL;
}
