/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What is half written, in one buffer for all views of a chat: it is the same in each, and stays
 * when they go. It goes with the chat when the user logs out. */

#include "config.h"

#include "gui/ear-draft.h"

#define DRAFT "ear-draft" /* (type GtkTextBuffer): data of a chat */

/**
 * ear_draft_get_buffer:
 * @chat: a chat
 *
 * Gets where what is written to @chat stands.
 *
 * Returns: (transfer none): the buffer of @chat
 */
GtkTextBuffer *
ear_draft_get_buffer (EarChat *chat)
{
  GtkTextBuffer *buffer = g_object_get_data (G_OBJECT (chat), DRAFT);

  if (buffer == NULL) {
    buffer = gtk_text_buffer_new (NULL);
    g_object_set_data_full (G_OBJECT (chat), DRAFT, buffer, g_object_unref);
  }
  return buffer;
}
