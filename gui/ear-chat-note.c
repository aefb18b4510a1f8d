/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A line between the bubbles that nobody wrote: the other's key has changed, or was trusted, or
 * another one was turned away while the known one was there. It stays in the chat, so that a person
 * who scrolls back knows from where on it was another key. The fingerprint is its tooltip. */

#include "config.h"

#include "gui/ear-chat-note.h"

#include "client/ear-user.h"
#include "gui/ear-accessible.h"
#include "gui/ear-format.h"
#include "wire/ear-fingerprint.h"

/**
 * ear_chat_note_new:
 *
 * Makes an empty line.
 *
 * Returns: (transfer floating): the line
 */
GtkWidget *
ear_chat_note_new (void)
{
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "wrap", TRUE, "wrap-mode", PANGO_WRAP_WORD_CHAR,
                                   "justify", GTK_JUSTIFY_CENTER, "halign", GTK_ALIGN_CENTER, NULL);

  gtk_widget_add_css_class (label, "chat-note");
  gtk_widget_add_css_class (label, "caption");
  return label;
}

/**
 * ear_chat_note_set_message:
 * @note: a line
 * @chat: the chat that it stands in
 * @message: what it is about
 *
 * Says what happened, and when.
 */
void
ear_chat_note_set_message (GtkWidget *note, EarChat *chat, EarChatMessage *message)
{
  const char *fingerprint = ear_chat_message_get_text (message);
  g_autofree char *text =
    ear_format_note (message, ear_user_get_name (ear_chat_get_user (chat)), NULL);
  g_autofree char *tooltip =
    ear_fingerprint_is_valid (fingerprint) ? ear_fingerprint_format (fingerprint) : NULL;

  gtk_label_set_text (GTK_LABEL (note), text);
  gtk_widget_set_tooltip_text (note, tooltip);
  if (ear_chat_message_get_delivery (message) == EAR_DELIVERY_KEY_TRUSTED)
    gtk_widget_remove_css_class (note, "warning");
  else
    gtk_widget_add_css_class (note, "warning");
  ear_accessible_set_row (note, text, "");
}
