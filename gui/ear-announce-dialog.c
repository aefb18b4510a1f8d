/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A small window in which an announcement is written. It counts, checks what the protocol allows
 * and says "submitted"; sending is its owner's business. */

#include "config.h"

#include "gui/ear-announce-dialog.h"

#include <glib/gi18n.h>
#include <string.h>

#include "gui/ear-accessible.h"
#include "gui/ear-format.h"
#include "gui/ear-written-text.h"
#include "wire/ear-limits.h"
#include "wire/ear-text.h"

struct _EarAnnounceDialog
{
  AdwWindow parent_instance;

  /* Template children */
  GtkWidget *submit_button;
  GtkWidget *spinner;
  GtkWidget *text_view;
  GtkTextBuffer *buffer;
  GtkWidget *reach_label;
  GtkWidget *length_label;
  GtkWidget *error_revealer;
  GtkWidget *error_label;

  gboolean busy;
};

G_DEFINE_FINAL_TYPE (EarAnnounceDialog, ear_announce_dialog, ADW_TYPE_WINDOW)

enum {
  SUBMITTED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
update (EarAnnounceDialog *self)
{
  g_autofree char *text = ear_announce_dialog_dup_text (self);
  gsize size = strlen (text);
  gboolean valid = ear_text_is_valid (text, EAR_LIMIT_TEXT, EAR_LIMIT_TEXT_LINES);
  g_autofree char *length = ear_format_length (size, EAR_LIMIT_TEXT);
  g_autofree char *fault = ear_written_text_explain (text);
  const char *shown = fault != NULL ? fault : length;

  gtk_label_set_text (GTK_LABEL (self->length_label), shown);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->text_view),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  size > 0 && !valid ? shown : "", -1);
  if (size > 0 && !valid)
    gtk_widget_add_css_class (self->length_label, "error");
  else
    gtk_widget_remove_css_class (self->length_label, "error");
  gtk_widget_set_sensitive (self->submit_button, size > 0 && valid && !self->busy);
  gtk_text_view_set_editable (GTK_TEXT_VIEW (self->text_view), !self->busy);
}

static void
changed_cb (EarAnnounceDialog *self)
{
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->error_revealer), FALSE);
  update (self);
}

static void
submit_cb (EarAnnounceDialog *self)
{
  g_autofree char *text = ear_announce_dialog_dup_text (self);

  if (gtk_widget_get_sensitive (self->submit_button))
    g_signal_emit (self, signals[SUBMITTED], 0, text);
}

static gboolean
submit_binding_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  submit_cb (EAR_ANNOUNCE_DIALOG (widget));
  return TRUE;
}

/* The focus comes last: a window that has it before is none to assistive technology (GTK 4.8). */
static void
ear_announce_dialog_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (ear_announce_dialog_parent_class)->map (widget);
  gtk_widget_grab_focus (EAR_ANNOUNCE_DIALOG (widget)->text_view);
}

static void
ear_announce_dialog_class_init (EarAnnounceDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->map = ear_announce_dialog_map;
  signals[SUBMITTED] = g_signal_new ("submitted", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                     NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/earshot/Earshot/ear-announce-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, EarAnnounceDialog, submit_button);
  gtk_widget_class_bind_template_child (widget_class, EarAnnounceDialog, spinner);
  gtk_widget_class_bind_template_child (widget_class, EarAnnounceDialog, text_view);
  gtk_widget_class_bind_template_child (widget_class, EarAnnounceDialog, buffer);
  gtk_widget_class_bind_template_child (widget_class, EarAnnounceDialog, reach_label);
  gtk_widget_class_bind_template_child (widget_class, EarAnnounceDialog, length_label);
  gtk_widget_class_bind_template_child (widget_class, EarAnnounceDialog, error_revealer);
  gtk_widget_class_bind_template_child (widget_class, EarAnnounceDialog, error_label);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, submit_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

/* Before the text view sees the keys: it would break the line. */
static void
add_submit_keys (EarAnnounceDialog *self)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();
  GtkShortcutTrigger *trigger =
    gtk_alternative_trigger_new (gtk_keyval_trigger_new (GDK_KEY_Return, GDK_CONTROL_MASK),
                                 gtk_keyval_trigger_new (GDK_KEY_KP_Enter, GDK_CONTROL_MASK));
  GtkShortcutAction *action = gtk_callback_action_new (submit_binding_cb, NULL, NULL);

  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (keys),
                                        gtk_shortcut_new (trigger, action));
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

static void
ear_announce_dialog_init (EarAnnounceDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  ear_accessible_follow_revealer (GTK_REVEALER (self->error_revealer));
  add_submit_keys (self);
  update (self);
}

/**
 * ear_announce_dialog_new:
 * @parent: (nullable): the window that it belongs to
 *
 * Makes an empty dialog.
 *
 * Returns: (transfer none): the window, owned by GTK until it is destroyed
 */
EarAnnounceDialog *
ear_announce_dialog_new (GtkWindow *parent)
{
  return g_object_new (EAR_TYPE_ANNOUNCE_DIALOG, "transient-for", parent, NULL);
}

/**
 * ear_announce_dialog_dup_text:
 * @self: a dialog
 *
 * Gets the announcement, without white space around it.
 *
 * Returns: (transfer full): the text
 */
char *
ear_announce_dialog_dup_text (EarAnnounceDialog *self)
{
  g_return_val_if_fail (EAR_IS_ANNOUNCE_DIALOG (self), NULL);

  return ear_written_text_dup (self->buffer);
}

/**
 * ear_announce_dialog_set_text:
 * @self: a dialog
 * @text: a text
 *
 * Fills in the announcement.
 */
void
ear_announce_dialog_set_text (EarAnnounceDialog *self, const char *text)
{
  g_return_if_fail (EAR_IS_ANNOUNCE_DIALOG (self));
  gtk_text_buffer_set_text (self->buffer, text, -1);
}

/**
 * ear_announce_dialog_set_reach:
 * @self: a dialog
 * @n_active: how many other users are active
 *
 * Says whom the announcement would reach.
 */
void
ear_announce_dialog_set_reach (EarAnnounceDialog *self, guint n_active)
{
  g_return_if_fail (EAR_IS_ANNOUNCE_DIALOG (self));

  g_autofree char *text = ear_format_reach (n_active);

  gtk_label_set_text (GTK_LABEL (self->reach_label), text);
}

/**
 * ear_announce_dialog_set_busy:
 * @self: a dialog
 * @busy: whether the announcement is being sent
 *
 * Shows that something happens.
 */
void
ear_announce_dialog_set_busy (EarAnnounceDialog *self, gboolean busy)
{
  g_return_if_fail (EAR_IS_ANNOUNCE_DIALOG (self));
  self->busy = busy;
  gtk_spinner_set_spinning (GTK_SPINNER (self->spinner), busy);
  update (self);
}

/**
 * ear_announce_dialog_set_error:
 * @self: a dialog
 * @error: why it could not be sent
 *
 * Shows @error in words.
 */
void
ear_announce_dialog_set_error (EarAnnounceDialog *self, const GError *error)
{
  g_return_if_fail (EAR_IS_ANNOUNCE_DIALOG (self));

  g_autofree char *text = ear_format_error (error);

  gtk_label_set_text (GTK_LABEL (self->error_label), text);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->error_revealer), TRUE);
}
