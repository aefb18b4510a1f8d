/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define EAR_TYPE_COMPOSER (ear_composer_get_type ())
G_DECLARE_FINAL_TYPE (EarComposer, ear_composer, EAR, COMPOSER, AdwBin)

GtkWidget *ear_composer_new (void);
void ear_composer_set_buffer (EarComposer *self, GtkTextBuffer *buffer);

G_END_DECLS
