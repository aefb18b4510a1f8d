/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-server-config.h"

G_BEGIN_DECLS

int ear_operator_run (const EarServerConfig *config, const char *const *arguments);

G_END_DECLS
