/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-types.h"

G_BEGIN_DECLS

#include <jansson.h>

json_t *ear_json_load (const char *data, gsize size, GError **error);

G_END_DECLS
