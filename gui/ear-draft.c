/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What is half written waits with its chat until a view of that is there again. It goes with the
 * chat when the user logs out. */

#include "config.h"

#include "gui/ear-draft.h"

#define DRAFT "ear-draft" /* (type utf8): data of a chat */

/**
 * ear_draft_keep:
 * @chat: a chat
 * @composer: where it is written to, about to go
 *
 * Keeps what is in @composer, if there is anything.
 */
void
ear_draft_keep (EarChat *chat, EarComposer *composer)
{
  g_autofree char *text = ear_composer_dup_text (composer);

  if (*text != '\0')
    g_object_set_data_full (G_OBJECT (chat), DRAFT, g_steal_pointer (&text), g_free);
}

/**
 * ear_draft_take:
 * @chat: a chat
 * @composer: an empty composer
 *
 * Goes on with what was kept, if there is anything.
 */
void
ear_draft_take (EarChat *chat, EarComposer *composer)
{
  g_autofree char *text = g_object_steal_data (G_OBJECT (chat), DRAFT);

  if (text != NULL)
    ear_composer_set_text (composer, text);
}
