/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The title of a chat in a header bar: who, and how the two are connected. Its popover says where
 * the other side of the link is. */

#include "config.h"

#include "gui/ear-chat-title.h"

#include <glib/gi18n.h>

#include "client/ear-user.h"
#include "gui/ear-accessible.h"
#include "gui/ear-avatar.h"
#include "gui/ear-chat-status.h"

struct _EarChatTitle
{
  AdwBin parent_instance;

  /* Template children */
  GtkMenuButton *button;
  GtkPopover *popover;
  GtkLabel *name_label;
  GtkWidget *verified_icon;
  GtkWidget *lock_icon;
  GtkLabel *subtitle_label;
  EarAvatar *avatar;
  GtkLabel *account_label;
  GtkLabel *link_label;
  GtkLabel *address_label;

  /* Owned */
  EarChat *chat;
  GSignalGroup *chat_signals;
  GSignalGroup *user_signals;
};

G_DEFINE_FINAL_TYPE (EarChatTitle, ear_chat_title, ADW_TYPE_BIN)

static void
update_link (EarChatTitle *self)
{
  gboolean open = ear_chat_get_state (self->chat) == EAR_CHAT_OPEN;
  const char *address = ear_chat_get_peer_address (self->chat);

  gtk_widget_set_visible (self->lock_icon, open);
  gtk_label_set_text (
    self->link_label,
    open ? _ ("Connected directly, from machine to machine. Nobody between you can read this chat.")
         : _ ("There is no connection now. Messages wait on this machine."));
  gtk_widget_set_visible (GTK_WIDGET (self->address_label), open && address != NULL);
  gtk_label_set_text (self->address_label, address != NULL ? address : "");
}

static void
update (EarChatTitle *self)
{
  g_autofree char *subtitle = NULL;
  EarUser *user;

  gtk_widget_set_visible (GTK_WIDGET (self->button), self->chat != NULL);
  if (self->chat == NULL)
    return;

  user = ear_chat_get_user (self->chat);
  g_signal_group_set_target (self->user_signals, user); /* who comes back is another one */
  subtitle = ear_chat_status_dup_subtitle (self->chat);
  gtk_label_set_text (self->name_label, ear_user_get_name (user));
  gtk_label_set_text (self->subtitle_label, subtitle);
  gtk_label_set_text (self->account_label, ear_user_get_account (user));
  gtk_widget_set_visible (self->verified_icon, ear_user_get_verified (user));
  ear_avatar_set_account (self->avatar, ear_user_get_account (user));
  update_link (self);
}

static void
ear_chat_title_dispose (GObject *object)
{
  EarChatTitle *self = EAR_CHAT_TITLE (object);

  g_clear_object (&self->chat_signals);
  g_clear_object (&self->user_signals);
  g_clear_object (&self->chat);
  G_OBJECT_CLASS (ear_chat_title_parent_class)->dispose (object);
}

static void
ear_chat_title_class_init (EarChatTitleClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = ear_chat_title_dispose;

  g_type_ensure (EAR_TYPE_AVATAR);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/earshot/Earshot/ear-chat-title.ui");
  gtk_widget_class_bind_template_child (widget_class, EarChatTitle, button);
  gtk_widget_class_bind_template_child (widget_class, EarChatTitle, popover);
  gtk_widget_class_bind_template_child (widget_class, EarChatTitle, name_label);
  gtk_widget_class_bind_template_child (widget_class, EarChatTitle, verified_icon);
  gtk_widget_class_bind_template_child (widget_class, EarChatTitle, lock_icon);
  gtk_widget_class_bind_template_child (widget_class, EarChatTitle, subtitle_label);
  gtk_widget_class_bind_template_child (widget_class, EarChatTitle, avatar);
  gtk_widget_class_bind_template_child (widget_class, EarChatTitle, account_label);
  gtk_widget_class_bind_template_child (widget_class, EarChatTitle, link_label);
  gtk_widget_class_bind_template_child (widget_class, EarChatTitle, address_label);
}

static void
ear_chat_title_init (EarChatTitle *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  ear_accessible_fix_buttons (GTK_WIDGET (self->popover));

  self->chat_signals = g_signal_group_new (EAR_TYPE_CHAT);
  g_signal_group_connect_object (self->chat_signals, "notify", G_CALLBACK (update), self,
                                 G_CONNECT_SWAPPED);
  self->user_signals = g_signal_group_new (EAR_TYPE_USER);
  g_signal_group_connect_object (self->user_signals, "notify", G_CALLBACK (update), self,
                                 G_CONNECT_SWAPPED);
  update (self);
}

/**
 * ear_chat_title_new:
 *
 * Makes an empty title.
 *
 * Returns: (transfer floating): a new title
 */
GtkWidget *
ear_chat_title_new (void)
{
  return g_object_new (EAR_TYPE_CHAT_TITLE, NULL);
}

/**
 * ear_chat_title_set_chat:
 * @self: a title
 * @chat: (nullable): the chat to follow
 *
 * Changes the chat.
 */
void
ear_chat_title_set_chat (EarChatTitle *self, EarChat *chat)
{
  g_return_if_fail (EAR_IS_CHAT_TITLE (self));

  if (!g_set_object (&self->chat, chat))
    return;
  g_signal_group_set_target (self->chat_signals, chat);
  g_signal_group_set_target (self->user_signals, NULL);
  update (self);
}
