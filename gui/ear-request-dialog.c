/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Somebody asks for a chat: who, with which words, known or new; Accept, Decline, Decline and
 * Block. Who accepts may spare themselves the question from now on, but not for a key that is
 * another one than before.
 *
 * It may come up while one writes to somebody else, and then what is typed comes here: so the text
 * has the focus first, and as long as it has, only keys that nobody writes with do something. Tab
 * goes on to the answers.
 *
 * Closing the dialog answers nothing: the request stays in the chat until it is too old. When the
 * other side withdraws, or the answer is given elsewhere (a notification, the chat itself), the
 * dialog goes away. Another request may take the place of the one shown, with another key. */

#include "config.h"

#include "gui/ear-request-dialog.h"

#include <glib/gi18n.h>

#include "client/ear-user.h"
#include "gui/ear-accessible.h"
#include "gui/ear-avatar.h"
#include "gui/ear-short-scroller.h"

struct _EarRequestDialog
{
  AdwMessageDialog parent_instance;

  /* Template children */
  GtkWidget *text;
  EarAvatar *avatar;
  GtkLabel *account_label;
  GtkWidget *verified_icon;
  GtkLabel *greeting_label;
  GtkLabel *known_label;
  GtkCheckButton *always_check;
  GtkLabel *always_label;

  /* Owned */
  EarChat *chat;
  EarContacts *contacts;
};

G_DEFINE_FINAL_TYPE (EarRequestDialog, ear_request_dialog, ADW_TYPE_MESSAGE_DIALOG)

static void
state_changed_cb (EarRequestDialog *self)
{
  if (ear_chat_get_state (self->chat) != EAR_CHAT_ASKED)
    gtk_window_destroy (GTK_WINDOW (self));
}

/* Arrows would go on to the answers, too. */
static gboolean
key_pressed_cb (EarRequestDialog *self, guint keyval, guint keycode, GdkModifierType modifiers)
{
  gboolean meant = keyval == GDK_KEY_Tab || keyval == GDK_KEY_ISO_Left_Tab ||
                   keyval == GDK_KEY_Escape || (modifiers & GDK_ALT_MASK) != 0;

  if (meant || gtk_window_get_focus (GTK_WINDOW (self)) != self->text)
    return GDK_EVENT_PROPAGATE;
  return GDK_EVENT_STOP;
}

static void
ear_request_dialog_response (AdwMessageDialog *dialog, const char *response)
{
  EarRequestDialog *self = EAR_REQUEST_DIALOG (dialog);

  if (ear_chat_get_state (self->chat) != EAR_CHAT_ASKED)
    return;
  if (g_str_equal (response, "accept")) {
    /* Accepting pins a new key, and then this dialog goes. */
    g_autoptr (EarChat) chat = g_object_ref (self->chat);
    gboolean always = gtk_check_button_get_active (self->always_check);

    ear_chat_accept (chat);
    if (always)
      ear_chat_set_always_accepted (chat, TRUE);
  } else if (g_str_equal (response, "decline")) {
    ear_chat_decline (self->chat);
  } else if (g_str_equal (response, "block")) {
    /* Blocking declines, and then this dialog goes. */
    g_autoptr (EarChat) chat = g_object_ref (self->chat);

    ear_chat_set_blocked (chat, TRUE);
  }
}

/* The focus comes last: a window that has it before is none to assistive technology (GTK 4.8). */
static void
ear_request_dialog_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (ear_request_dialog_parent_class)->map (widget);
  gtk_window_set_focus (GTK_WINDOW (widget), EAR_REQUEST_DIALOG (widget)->text);
}

static void
ear_request_dialog_dispose (GObject *object)
{
  EarRequestDialog *self = EAR_REQUEST_DIALOG (object);

  g_clear_object (&self->chat);
  g_clear_object (&self->contacts);
  G_OBJECT_CLASS (ear_request_dialog_parent_class)->dispose (object);
}

static void
ear_request_dialog_class_init (EarRequestDialogClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = ear_request_dialog_dispose;
  widget_class->map = ear_request_dialog_map;
  ADW_MESSAGE_DIALOG_CLASS (klass)->response = ear_request_dialog_response;

  g_type_ensure (EAR_TYPE_AVATAR);
  g_type_ensure (EAR_TYPE_SHORT_SCROLLER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/earshot/Earshot/ear-request-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, EarRequestDialog, text);
  gtk_widget_class_bind_template_child (widget_class, EarRequestDialog, avatar);
  gtk_widget_class_bind_template_child (widget_class, EarRequestDialog, account_label);
  gtk_widget_class_bind_template_child (widget_class, EarRequestDialog, verified_icon);
  gtk_widget_class_bind_template_child (widget_class, EarRequestDialog, greeting_label);
  gtk_widget_class_bind_template_child (widget_class, EarRequestDialog, known_label);
  gtk_widget_class_bind_template_child (widget_class, EarRequestDialog, always_check);
  gtk_widget_class_bind_template_child (widget_class, EarRequestDialog, always_label);
  gtk_widget_class_bind_template_callback (widget_class, key_pressed_cb);
}

static void
ear_request_dialog_init (EarRequestDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  ear_accessible_fix_buttons (GTK_WIDGET (self));
  gtk_accessible_update_relation (GTK_ACCESSIBLE (self->text), GTK_ACCESSIBLE_RELATION_LABELLED_BY,
                                  self->greeting_label, self->known_label, NULL, -1);
}

static const char *
describe_trust (EarChat *chat)
{
  EarUser *user = ear_chat_get_user (chat);

  if (ear_chat_get_key_changed (chat))
    return _ ("Their key has changed since you chatted: this may be somebody else.");
  if (ear_user_get_verified (user))
    return _ ("You have verified this person.");
  return ear_user_get_contact (user) ? _ ("You have chatted before.")
                                     : _ ("You have not chatted before.");
}

static void
show_trust (EarRequestDialog *self)
{
  gboolean changed = ear_chat_get_key_changed (self->chat);

  gtk_label_set_text (self->known_label, describe_trust (self->chat));
  gtk_widget_set_css_classes (
    GTK_WIDGET (self->known_label),
    (const char *[]){ changed ? "warning" : "dim-label", changed ? "heading" : "caption", NULL });
  gtk_widget_set_visible (self->verified_icon,
                          ear_user_get_verified (ear_chat_get_user (self->chat)) && !changed);
  adw_message_dialog_set_response_appearance (
    ADW_MESSAGE_DIALOG (self), "accept", changed ? ADW_RESPONSE_DEFAULT : ADW_RESPONSE_SUGGESTED);
}

static void
show_always (EarRequestDialog *self)
{
  /* Translators: %s is a person's name. */
  g_autofree char *text = g_strdup_printf (_ ("Always accept from %s"),
                                           ear_user_get_name (ear_chat_get_user (self->chat)));

  gtk_label_set_text (self->always_label, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->always_check),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  gtk_widget_set_visible (GTK_WIDGET (self->always_check), !ear_chat_get_key_changed (self->chat));
}

static void
show_person (EarRequestDialog *self)
{
  EarUser *user = ear_chat_get_user (self->chat);
  const char *account = ear_user_get_account (user);
  const char *greeting = ear_chat_get_greeting (self->chat);

  /* Translators: %s is a person's name. */
  adw_message_dialog_format_heading (ADW_MESSAGE_DIALOG (self), _ ("%s would like to chat"),
                                     ear_user_get_name (user));
  ear_avatar_set_account (self->avatar, account);
  gtk_label_set_text (self->account_label, account);
  gtk_widget_set_visible (GTK_WIDGET (self->greeting_label), greeting != NULL);
  if (greeting != NULL)
    gtk_label_set_text (self->greeting_label, greeting);
  show_trust (self);
  show_always (self);
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    gtk_window_set_focus (GTK_WINDOW (self), self->text); /* another one asks than was looked at */
}

/**
 * ear_request_dialog_new:
 * @parent: the window in front
 * @chat: a chat that is asked for
 * @contacts: where a block is noted
 *
 * Makes the dialog that asks the person.
 *
 * Returns: (transfer none): a new dialog, owned by GTK until it is closed
 */
GtkWidget *
ear_request_dialog_new (GtkWindow *parent, EarChat *chat, EarContacts *contacts)
{
  EarRequestDialog *self = g_object_new (EAR_TYPE_REQUEST_DIALOG, "transient-for", parent, NULL);

  self->chat = g_object_ref (chat);
  self->contacts = g_object_ref (contacts);
  show_person (self);
  g_signal_connect_object (chat, "notify::state", G_CALLBACK (state_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (chat, "notify::key-changed", G_CALLBACK (show_person), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (chat, "notify::greeting", G_CALLBACK (show_person), self,
                           G_CONNECT_SWAPPED);
  return GTK_WIDGET (self);
}
