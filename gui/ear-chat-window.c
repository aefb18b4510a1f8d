/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A chat in a window of its own. The chat lives on when the window is closed. */

#include "config.h"

#include "gui/ear-chat-window.h"

#include "client/ear-client.h"
#include "client/ear-user.h"
#include "gui/ear-chat-title.h"
#include "gui/ear-chat-view.h"
#include "gui/ear-notices.h"
#include "gui/ear-toast.h"

struct _EarChatWindow
{
  AdwApplicationWindow parent_instance;

  /* Template children */
  AdwToastOverlay *toasts;
  EarChatTitle *title;
  EarNotices *notices;
  AdwBin *bin;

  /* Owned */
  GBindingGroup *user_bindings; /* who comes back is another user of the chat */

  /* Borrowed from the bin */
  EarChatView *view;
};

G_DEFINE_FINAL_TYPE (EarChatWindow, ear_chat_window, ADW_TYPE_APPLICATION_WINDOW)

/* The focus comes last: a window that has it before is none to assistive technology (GTK 4.8). */
static void
ear_chat_window_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (ear_chat_window_parent_class)->map (widget);
  gtk_widget_grab_focus (GTK_WIDGET (EAR_CHAT_WINDOW (widget)->view));
}

/* F6: from the chat to the notices, if there are any, and back. */
static void
focus_next_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  EarChatWindow *self = EAR_CHAT_WINDOW (widget);
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));
  GtkWidget *notices = GTK_WIDGET (self->notices);
  gboolean in_notices = focus != NULL && gtk_widget_is_ancestor (focus, notices);

  if (in_notices || !gtk_widget_child_focus (notices, GTK_DIR_TAB_FORWARD))
    gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

static void
ear_chat_window_dispose (GObject *object)
{
  EarChatWindow *self = EAR_CHAT_WINDOW (object);

  self->view = NULL;
  g_clear_object (&self->user_bindings);
  gtk_widget_dispose_template (GTK_WIDGET (self), EAR_TYPE_CHAT_WINDOW);
  G_OBJECT_CLASS (ear_chat_window_parent_class)->dispose (object);
}

static void
ear_chat_window_class_init (EarChatWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = ear_chat_window_dispose;
  widget_class->map = ear_chat_window_map;

  g_type_ensure (EAR_TYPE_CHAT_TITLE);
  g_type_ensure (EAR_TYPE_NOTICES);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/earshot/Earshot/ear-chat-window.ui");
  gtk_widget_class_bind_template_child (widget_class, EarChatWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, EarChatWindow, title);
  gtk_widget_class_bind_template_child (widget_class, EarChatWindow, notices);
  gtk_widget_class_bind_template_child (widget_class, EarChatWindow, bin);
  gtk_widget_class_install_action (widget_class, "win.focus-next", NULL, focus_next_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F6, 0, "win.focus-next", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_w, GDK_CONTROL_MASK, "window.close",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
ear_chat_window_init (EarChatWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->user_bindings = g_binding_group_new ();
  g_binding_group_bind (self->user_bindings, "name", self, "title", G_BINDING_SYNC_CREATE);
}

/**
 * ear_chat_window_new:
 * @application: the app
 * @chat: the chat to show
 * @client: whose chat it is
 *
 * Makes a window for one chat.
 *
 * Returns: (transfer none): a new window, owned by GTK until it is closed
 */
EarChatWindow *
ear_chat_window_new (GtkApplication *application, EarChat *chat, EarClient *client)
{
  EarChatWindow *self = g_object_new (EAR_TYPE_CHAT_WINDOW, "application", application, NULL);

  ear_chat_title_set_chat (self->title, chat);
  ear_notices_set_client (self->notices, client);
  self->view = EAR_CHAT_VIEW (ear_chat_view_new (chat, ear_client_get_session (client)));
  adw_bin_set_child (self->bin, GTK_WIDGET (self->view));
  gtk_widget_insert_action_group (GTK_WIDGET (self), "chat",
                                  ear_chat_view_get_actions (self->view));
  g_object_bind_property (chat, "user", self->user_bindings, "source", G_BINDING_SYNC_CREATE);
  return self;
}

/**
 * ear_chat_window_get_chat:
 * @self: a window
 *
 * Gets the chat that is shown.
 *
 * Returns: (transfer none): the chat
 */
EarChat *
ear_chat_window_get_chat (EarChatWindow *self)
{
  g_return_val_if_fail (EAR_IS_CHAT_WINDOW (self), NULL);

  return ear_chat_view_get_chat (self->view);
}

/**
 * ear_chat_window_add_toast:
 * @self: a window
 * @toast: (transfer full): a toast
 *
 * Shows @toast.
 */
void
ear_chat_window_add_toast (EarChatWindow *self, AdwToast *toast)
{
  g_return_if_fail (EAR_IS_CHAT_WINDOW (self));

  ear_toast_show (toast, self->toasts);
}
