/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* The fields of a form at which an error may point; each may be NULL. */
typedef struct
{
  GtkWidget *server;
  GtkWidget *user;
  GtkWidget *password;
  GtkWidget *repeat;
  GtkLabel *label;
  GtkRevealer *revealer;
} EarFormError;

void ear_form_error_show (const EarFormError *self, const GError *error);
void ear_form_error_show_at (const EarFormError *self, GtkWidget *row, const char *text);
void ear_form_error_clear (const EarFormError *self);

G_END_DECLS
