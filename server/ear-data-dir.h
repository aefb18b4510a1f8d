/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-identity.h"

G_BEGIN_DECLS

int ear_data_dir_lock (const char *path, GError **error);
EarIdentity *ear_data_dir_load_identity (const char *path, GError **error);

G_END_DECLS
