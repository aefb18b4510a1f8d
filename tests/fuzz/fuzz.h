/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What each target is: libFuzzer calls it with what it made up, driver.c with the files of a
 * corpus. */
int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

G_END_DECLS
