/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "cli/ear-cli.h"
#include "client/ear-chat.h"

G_BEGIN_DECLS

const char *ear_trust_get_key (EarCli *cli, EarChat *chat);
void ear_trust_explain (EarCli *cli, EarChat *chat);
EarExit ear_trust_decide (EarCli *cli, EarChat *chat, const char *given);

G_END_DECLS
