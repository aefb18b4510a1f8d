/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Errors where they belong: the field at fault turns red, gets the focus and is marked as invalid
 * for assistive technology, which reads the sentence below the form as its description. */

#include "config.h"

#include "gui/ear-form-error.h"

#include "gui/ear-format.h"
#include "wire/ear-error.h"

static void
mark (const EarFormError *self, GtkWidget *row, gboolean wrong)
{
  if (row == NULL)
    return;

  GtkAccessible *text = GTK_ACCESSIBLE (row);

  if (wrong) {
    gtk_widget_add_css_class (row, "error");
    gtk_accessible_update_state (text, GTK_ACCESSIBLE_STATE_INVALID, GTK_ACCESSIBLE_INVALID_TRUE,
                                 -1);
    gtk_accessible_update_relation (text, GTK_ACCESSIBLE_RELATION_DESCRIBED_BY, self->label, NULL,
                                    -1);
  } else {
    gtk_widget_remove_css_class (row, "error");
    gtk_accessible_reset_state (text, GTK_ACCESSIBLE_STATE_INVALID);
    gtk_accessible_reset_relation (text, GTK_ACCESSIBLE_RELATION_DESCRIBED_BY);
  }
}

/* The field that a person would change to get past the error. */
static GtkWidget *
find_row (const EarFormError *self, const GError *error)
{
  if (error->domain != EAR_ERROR)
    return NULL;

  switch ((EarError) error->code) {
  case EAR_ERROR_BAD_LOGIN:
    return self->password;
  case EAR_ERROR_BAD_NAME:
  case EAR_ERROR_NAME_TAKEN:
  case EAR_ERROR_DISABLED:
    return self->user;
  case EAR_ERROR_BAD_LINK:
  case EAR_ERROR_UNREACHABLE:
  case EAR_ERROR_KEY_CHANGED:
  case EAR_ERROR_TLS:
  case EAR_ERROR_BAD_VERSION:
  case EAR_ERROR_SIGNUP_CLOSED:
  case EAR_ERROR_UNKNOWN_INVITE:
  case EAR_ERROR_INVITE_USED:
  case EAR_ERROR_INVITE_EXPIRED:
    return self->server;
  default:
    return NULL;
  }
}

/**
 * ear_form_error_show_at:
 * @self: a form's fields
 * @row: (nullable): the field at fault
 * @text: a sentence
 *
 * Shows @text below the form and points at @row.
 */
void
ear_form_error_show_at (const EarFormError *self, GtkWidget *row, const char *text)
{
  ear_form_error_clear (self);
  gtk_label_set_text (self->label, text);
  gtk_revealer_set_reveal_child (self->revealer, TRUE);
  mark (self, row, TRUE);
  if (row != NULL)
    gtk_widget_grab_focus (row);
}

/**
 * ear_form_error_show:
 * @self: a form's fields
 * @error: what went wrong
 *
 * Shows @error in words below the form and points at the field that it concerns.
 */
void
ear_form_error_show (const EarFormError *self, const GError *error)
{
  g_autofree char *text = ear_format_error (error);

  ear_form_error_show_at (self, find_row (self, error), text);
}

/**
 * ear_form_error_clear:
 * @self: a form's fields
 *
 * Takes an error away.
 */
void
ear_form_error_clear (const EarFormError *self)
{
  gtk_revealer_set_reveal_child (self->revealer, FALSE);
  mark (self, self->server, FALSE);
  mark (self, self->user, FALSE);
  mark (self, self->password, FALSE);
  mark (self, self->repeat, FALSE);
}
