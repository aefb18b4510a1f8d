/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

GtkWidget *ear_server_key_dialog_new (GtkWindow *parent,
                                      const char *server,
                                      const char *known,
                                      const char *shown);

G_END_DECLS
