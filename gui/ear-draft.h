/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-chat.h"
#include "gui/ear-composer.h"

G_BEGIN_DECLS

void ear_draft_keep (EarChat *chat, EarComposer *composer);
void ear_draft_take (EarChat *chat, EarComposer *composer);

G_END_DECLS
