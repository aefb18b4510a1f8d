/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Two people compare a number, and nobody can sit between them unseen. The key of the other is
 * looked up first, because they may have installed anew since the last chat. The dialog follows the
 * chat: a key that changes while it is open changes the number, and what is marked is what is
 * shown. */

#include "config.h"

#include "gui/ear-verify-dialog.h"

#include <glib/gi18n.h>

#include "client/ear-user.h"
#include "gui/ear-accessible.h"
#include "gui/ear-qr-code.h"
#include "wire/ear-text.h"

#define COLUMNS 4 /* of five digits: twelve groups in three lines */

struct _EarVerifyDialog
{
  AdwWindow parent_instance;

  /* Template children */
  GtkWidget *pages;
  GtkLabel *text_label;
  GtkLabel *number_label;
  GtkPicture *picture;
  GtkWidget *verified_box;
  GtkButton *verify_button;
  GtkWidget *unknown_page;

  /* Owned */
  EarChat *chat;
  GSignalGroup *user_signals; /* who comes back is another user of the chat */
  char *number;               /* the one shown; nullable */

  gboolean looked_up;
};

G_DEFINE_FINAL_TYPE (EarVerifyDialog, ear_verify_dialog, ADW_TYPE_WINDOW)

static void
show_number (EarVerifyDialog *self)
{
  g_auto (GStrv) groups = g_strsplit (self->number, " ", -1);
  g_autofree char *digits = g_strjoinv ("", groups);
  g_autoptr (GdkPaintable) code = ear_qr_code_new (digits);
  g_autoptr (GString) lines = g_string_new (NULL);

  for (guint i = 0; groups[i] != NULL; i++)
    g_string_append_printf (lines, "%s%s", i == 0 ? "" : i % COLUMNS == 0 ? "\n" : "  ", groups[i]);
  gtk_label_set_text (self->number_label, lines->str);
  gtk_picture_set_paintable (self->picture, code);
}

static void
explain_missing (EarVerifyDialog *self)
{
  g_autofree char *name = ear_text_isolate (ear_user_get_name (ear_chat_get_user (self->chat)));
  g_autofree char *text =
    ear_chat_misses_key (self->chat)
      ? g_strdup_printf (_ ("The key of %s has changed. The new one is known when %s is active."),
                         name, name)
      : g_strdup_printf (
          _ ("Chat with %s once: then there is a number that the two of you can compare."), name);
  g_autofree char *markup = g_markup_escape_text (text, -1);

  adw_status_page_set_description (ADW_STATUS_PAGE (self->unknown_page), markup);
}

static void
show_page (EarVerifyDialog *self, gboolean known)
{
  if (!known && self->looked_up)
    explain_missing (self);
  gtk_stack_set_visible_child_name (GTK_STACK (self->pages), known             ? "number"
                                                             : self->looked_up ? "unknown"
                                                                               : "looking");
}

static void
update (EarVerifyDialog *self)
{
  EarUser *user = ear_chat_get_user (self->chat);
  g_autofree char *name = ear_text_isolate (ear_user_get_name (user));
  gboolean changed = ear_chat_get_key_changed (self->chat);
  gboolean verified = ear_user_get_verified (user) && !changed;
  g_autofree char *number = ear_chat_dup_safety_number (self->chat);
  g_autofree char *text = NULL;

  show_page (self, number != NULL);
  text = g_strdup_printf (
    changed
      ? _ ("%s has a new key. Compare this number with them in person, or on the phone. If it is "
           "the same on both sides, nobody sits between you.")
      : _ ("Compare this number with %s in person, or on the phone. If it is the same on both "
           "sides, nobody sits between you."),
    name);
  gtk_label_set_text (self->text_label, text);
  gtk_widget_set_visible (self->verified_box, verified);
  gtk_button_set_label (self->verify_button,
                        verified ? _ ("_Remove Verification") : _ ("_Mark as Verified"));
  if (verified)
    gtk_widget_remove_css_class (GTK_WIDGET (self->verify_button), "suggested-action");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->verify_button), "suggested-action");
  ear_accessible_fix_buttons (GTK_WIDGET (self->verify_button));
  if (g_strcmp0 (number, self->number) == 0)
    return;
  g_free (self->number);
  self->number = g_steal_pointer (&number);
  if (self->number != NULL)
    show_number (self);
}

static void
looked_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarVerifyDialog) self = user_data;

  /* Without the server's word it is the number of the key that is pinned. */
  ear_chat_look_up_key_finish (EAR_CHAT (source), result, NULL);
  self->looked_up = TRUE;
  if (self->chat != NULL)
    update (self);
}

static void
verify_cb (EarVerifyDialog *self)
{
  gboolean verified = ear_user_get_verified (ear_chat_get_user (self->chat)) &&
                      !ear_chat_get_key_changed (self->chat);
  g_autofree char *number = ear_chat_dup_safety_number (self->chat);

  /* Only what a person has seen can be marked: the key may have changed once more. */
  if (g_strcmp0 (number, self->number) != 0) {
    update (self);
    return;
  }
  ear_chat_set_verified (self->chat, !verified);
  update (self);
}

static void
copy_cb (EarVerifyDialog *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->number);
}

static void
ear_verify_dialog_dispose (GObject *object)
{
  EarVerifyDialog *self = EAR_VERIFY_DIALOG (object);

  g_clear_object (&self->user_signals);
  g_clear_object (&self->chat);
  g_clear_pointer (&self->number, g_free);
  G_OBJECT_CLASS (ear_verify_dialog_parent_class)->dispose (object);
}

static void
ear_verify_dialog_class_init (EarVerifyDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ear_verify_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/earshot/Earshot/ear-verify-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, EarVerifyDialog, pages);
  gtk_widget_class_bind_template_child (widget_class, EarVerifyDialog, text_label);
  gtk_widget_class_bind_template_child (widget_class, EarVerifyDialog, number_label);
  gtk_widget_class_bind_template_child (widget_class, EarVerifyDialog, picture);
  gtk_widget_class_bind_template_child (widget_class, EarVerifyDialog, verified_box);
  gtk_widget_class_bind_template_child (widget_class, EarVerifyDialog, verify_button);
  gtk_widget_class_bind_template_child (widget_class, EarVerifyDialog, unknown_page);
  gtk_widget_class_bind_template_callback (widget_class, verify_cb);
  gtk_widget_class_bind_template_callback (widget_class, copy_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
ear_verify_dialog_init (EarVerifyDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  ear_accessible_fix_buttons (GTK_WIDGET (self));
  self->user_signals = g_signal_group_new (EAR_TYPE_USER);
  g_signal_group_connect_swapped (self->user_signals, "notify::verified", G_CALLBACK (update),
                                  self);
}

/**
 * ear_verify_dialog_new:
 * @parent: (nullable): the window in front
 * @chat: with whom
 *
 * Makes a dialog.
 *
 * Returns: (transfer none): the window, owned by GTK until it is closed
 */
EarVerifyDialog *
ear_verify_dialog_new (GtkWindow *parent, EarChat *chat)
{
  EarVerifyDialog *self = g_object_new (EAR_TYPE_VERIFY_DIALOG, "transient-for", parent, NULL);
  g_autofree char *name = ear_text_isolate (ear_user_get_name (ear_chat_get_user (chat)));
  /* Translators: %s is a person's name. */
  g_autofree char *title = g_strdup_printf (_ ("Verify %s"), name);

  self->chat = g_object_ref (chat);
  gtk_window_set_title (GTK_WINDOW (self), title);
  g_signal_connect_object (chat, "notify::key-changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (chat, "notify::state", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_object_bind_property (chat, "user", self->user_signals, "target", G_BINDING_SYNC_CREATE);
  g_signal_connect_object (chat, "notify::user", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  ear_chat_look_up_key_async (chat, NULL, looked_up_cb, g_object_ref (self));
  return self;
}
