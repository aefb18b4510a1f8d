/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Where a message is written: a text view that grows to a few lines, an emoji chooser and a button.
 *
 * Enter sends, Shift+Enter breaks the line and Tab leaves, so that the keyboard is never trapped.
 * What may not be sent stays here, with a count of what is too much, or with the reason; nothing is
 * ever cut.
 *
 * Signals: "sent" (text): the person wants this sent; the composer is empty again when the handler
 * returns. "typed" (typing): the person began or stopped typing. */

#include "config.h"

#include "gui/ear-composer.h"

#include <glib/gi18n.h>

#include "gui/ear-written-text.h"
#include "wire/ear-limits.h"
#include "wire/ear-text.h"

/* The count shows when this many bytes or fewer are left. */
#define COUNTER_FROM 200
/* Characters in a line of the reason, at least: a narrow window would have one word in each. */
#define FAULT_WIDTH 11

struct _EarComposer
{
  AdwBin parent_instance;

  /* Template children */
  GtkTextView *text_view;
  GtkWidget *placeholder;
  GtkWidget *counter;
  GtkWidget *send_button;
};

G_DEFINE_FINAL_TYPE (EarComposer, ear_composer, ADW_TYPE_BIN)

enum {
  SENT,
  TYPED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static char *
dup_text (EarComposer *self)
{
  return ear_written_text_dup (gtk_text_view_get_buffer (self->text_view));
}

static void
update_counter (EarComposer *self, const char *text)
{
  gint64 left = (gint64) EAR_LIMIT_TEXT - (gint64) strlen (text);
  g_autofree char *count = g_strdup_printf ("%" G_GINT64_FORMAT, left);
  g_autofree char *fault = ear_written_text_explain (text);
  const char *too_long = left < 0 ? _ ("This message is too long. Send it in parts.") : NULL;

  gtk_label_set_text (GTK_LABEL (self->counter), fault != NULL ? fault : count);
  gtk_label_set_width_chars (GTK_LABEL (self->counter), fault != NULL ? FAULT_WIDTH : -1);
  gtk_widget_set_visible (self->counter, fault != NULL || left <= COUNTER_FROM);
  gtk_widget_set_tooltip_text (self->counter, too_long);
  if (fault != NULL || too_long != NULL)
    gtk_widget_add_css_class (self->counter, "error");
  else
    gtk_widget_remove_css_class (self->counter, "error");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->text_view),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  fault != NULL ? fault
                                  : too_long    ? too_long
                                                : "",
                                  -1);
}

static gboolean
is_empty (EarComposer *self)
{
  return gtk_text_buffer_get_char_count (gtk_text_view_get_buffer (self->text_view)) == 0;
}

static void
update (EarComposer *self)
{
  g_autofree char *text = dup_text (self);

  gtk_widget_set_visible (self->placeholder, is_empty (self));
  gtk_widget_set_sensitive (self->send_button,
                            ear_text_is_valid (text, EAR_LIMIT_TEXT, EAR_LIMIT_TEXT_LINES));
  update_counter (self, text);
}

static void
changed_cb (EarComposer *self)
{
  update (self);
  g_signal_emit (self, signals[TYPED], 0, !is_empty (self));
}

static void
send_cb (EarComposer *self)
{
  g_autofree char *text = dup_text (self);

  if (!ear_text_is_valid (text, EAR_LIMIT_TEXT, EAR_LIMIT_TEXT_LINES)) {
    gtk_widget_error_bell (GTK_WIDGET (self));
    return;
  }
  g_signal_emit (self, signals[SENT], 0, text);
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->text_view), "", -1);
  gtk_widget_grab_focus (GTK_WIDGET (self->text_view));
}

/* Here before the text view is: an input method that is at work gets Enter first, to take what was
 * composed. */
static gboolean
key_pressed_cb (EarComposer *self,
                guint keyval,
                guint keycode,
                GdkModifierType modifiers,
                GtkEventController *controller)
{
  GdkModifierType held = modifiers & gtk_accelerator_get_default_mod_mask ();

  if (keyval != GDK_KEY_Return && keyval != GDK_KEY_KP_Enter && keyval != GDK_KEY_ISO_Enter)
    return GDK_EVENT_PROPAGATE;
  if (held != 0)
    return GDK_EVENT_PROPAGATE;
  if (!gtk_text_view_im_context_filter_keypress (
        self->text_view, gtk_event_controller_get_current_event (controller)))
    send_cb (self);
  return GDK_EVENT_STOP;
}

static void
emoji_clicked_cb (EarComposer *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->text_view));
  g_signal_emit_by_name (self->text_view, "insert-emoji");
}

static gboolean
ear_composer_grab_focus (GtkWidget *widget)
{
  EarComposer *self = EAR_COMPOSER (widget);

  return gtk_widget_grab_focus (GTK_WIDGET (self->text_view));
}

static void
ear_composer_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), EAR_TYPE_COMPOSER);
  G_OBJECT_CLASS (ear_composer_parent_class)->dispose (object);
}

static void
ear_composer_class_init (EarComposerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = ear_composer_dispose;
  widget_class->grab_focus = ear_composer_grab_focus;

  signals[SENT] = g_signal_new ("sent", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[TYPED] = g_signal_new ("typed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/earshot/Earshot/ear-composer.ui");
  gtk_widget_class_bind_template_child (widget_class, EarComposer, text_view);
  gtk_widget_class_bind_template_child (widget_class, EarComposer, placeholder);
  gtk_widget_class_bind_template_child (widget_class, EarComposer, counter);
  gtk_widget_class_bind_template_child (widget_class, EarComposer, send_button);
  gtk_widget_class_bind_template_callback (widget_class, send_cb);
  gtk_widget_class_bind_template_callback (widget_class, key_pressed_cb);
  gtk_widget_class_bind_template_callback (widget_class, emoji_clicked_cb);
}

static void
ear_composer_init (EarComposer *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * ear_composer_new:
 *
 * Makes an empty composer.
 *
 * Returns: (transfer floating): a new composer
 */
GtkWidget *
ear_composer_new (void)
{
  return g_object_new (EAR_TYPE_COMPOSER, NULL);
}

/**
 * ear_composer_set_buffer:
 * @self: a composer
 * @buffer: where what is written stands, also after @self
 *
 * Gives the composer something to write in. To be called once.
 */
void
ear_composer_set_buffer (EarComposer *self, GtkTextBuffer *buffer)
{
  g_return_if_fail (EAR_IS_COMPOSER (self));

  gtk_text_view_set_buffer (self->text_view, buffer);
  g_signal_connect_object (buffer, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  update (self);
}
