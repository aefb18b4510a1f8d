/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* What the forms of EarLoginPage and EarSignupPage have in common. */
typedef struct
{
  /* The fields that must be filled in, each nullable, in the order of the form */
  GtkWidget *server;
  GtkWidget *user;
  GtkWidget *password;
  GtkWidget *repeat;

  GtkLabel *error_label;
  GtkRevealer *error_revealer;
  GtkWidget *submit_button;
  GtkStack *submit_stack;
  GtkSpinner *spinner;
} EarForm;

gboolean ear_form_focus_empty (const EarForm *self);
void ear_form_update (const EarForm *self, gboolean busy);

void ear_form_set_error (const EarForm *self, const GError *error);
void ear_form_show_error_at (const EarForm *self, GtkWidget *row, const char *text);
void ear_form_clear_error (const EarForm *self);

G_END_DECLS
