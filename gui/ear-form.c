/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Enter goes from field to field, and what is under way lets nothing be changed.
 *
 * Errors stand where they belong: the field at fault turns red, gets the focus and is marked as
 * invalid for assistive technology, which reads the sentence below the form as its description. */

#include "config.h"

#include "gui/ear-form.h"

#include "gui/ear-format.h"
#include "wire/ear-error.h"

static void
mark (const EarForm *self, GtkWidget *row, gboolean wrong)
{
  if (row == NULL)
    return;

  GtkAccessible *text = GTK_ACCESSIBLE (row);

  if (wrong) {
    gtk_widget_add_css_class (row, "error");
    gtk_accessible_update_state (text, GTK_ACCESSIBLE_STATE_INVALID, GTK_ACCESSIBLE_INVALID_TRUE,
                                 -1);
    gtk_accessible_update_relation (text, GTK_ACCESSIBLE_RELATION_DESCRIBED_BY, self->error_label,
                                    NULL, -1);
  } else {
    gtk_widget_remove_css_class (row, "error");
    gtk_accessible_reset_state (text, GTK_ACCESSIBLE_STATE_INVALID);
    gtk_accessible_reset_relation (text, GTK_ACCESSIBLE_RELATION_DESCRIBED_BY);
  }
}

/* The field that a person would change to get past the error. */
static GtkWidget *
find_row (const EarForm *self, const GError *error)
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

/* The fields; some may be %NULL. */
static void
list_rows (const EarForm *self, GtkWidget *rows[4])
{
  rows[0] = self->server;
  rows[1] = self->user;
  rows[2] = self->password;
  rows[3] = self->repeat;
}

static GtkWidget *
find_empty (const EarForm *self)
{
  GtkWidget *rows[4];

  list_rows (self, rows);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i] != NULL && *gtk_editable_get_text (GTK_EDITABLE (rows[i])) == '\0')
      return rows[i];
  return NULL;
}

/**
 * ear_form_focus_empty:
 * @self: a form
 *
 * Moves the focus to the first field that is empty.
 *
 * Returns: whether there is one
 */
gboolean
ear_form_focus_empty (const EarForm *self)
{
  GtkWidget *row = find_empty (self);

  if (row != NULL)
    gtk_widget_grab_focus (row);
  return row != NULL;
}

/**
 * ear_form_update:
 * @self: a form
 * @busy: whether what was submitted is under way
 *
 * Lets a form be submitted that is filled in, and be changed while nothing is under way; shows
 * in the button that something is.
 */
void
ear_form_update (const EarForm *self, gboolean busy)
{
  GtkWidget *rows[4];

  list_rows (self, rows);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i] != NULL)
      gtk_widget_set_sensitive (rows[i], !busy);
  gtk_widget_set_sensitive (self->submit_button, !busy && find_empty (self) == NULL);
  gtk_spinner_set_spinning (self->spinner, busy);
  gtk_stack_set_visible_child_name (self->submit_stack, busy ? "busy" : "label");
}

/**
 * ear_form_show_error_at:
 * @self: a form
 * @row: (nullable): the field at fault
 * @text: a sentence
 *
 * Shows @text below the form and points at @row.
 */
void
ear_form_show_error_at (const EarForm *self, GtkWidget *row, const char *text)
{
  ear_form_clear_error (self);
  gtk_label_set_text (self->error_label, text);
  gtk_revealer_set_reveal_child (self->error_revealer, TRUE);
  mark (self, row, TRUE);
  if (row != NULL)
    gtk_widget_grab_focus (row);
}

/**
 * ear_form_set_error:
 * @self: a form
 * @error: (nullable): what went wrong
 *
 * Shows @error in words below the form and points at the field that it concerns, or takes one away.
 */
void
ear_form_set_error (const EarForm *self, const GError *error)
{
  g_autofree char *text = NULL;

  if (error == NULL) {
    ear_form_clear_error (self);
    return;
  }
  text = ear_format_error (error);
  ear_form_show_error_at (self, find_row (self, error), text);
}

/**
 * ear_form_clear_error:
 * @self: a form
 *
 * Takes an error away.
 */
void
ear_form_clear_error (const EarForm *self)
{
  GtkWidget *rows[4];

  gtk_revealer_set_reveal_child (self->error_revealer, FALSE);
  list_rows (self, rows);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    mark (self, rows[i], FALSE);
}
