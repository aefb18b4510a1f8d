/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* As high as its child wants to be at the width at hand, but not higher than a limit: then it
 * scrolls. A GtkScrolledWindow alone asks its child without a width, and so is too high or too low
 * for a text that wraps. */

#include "config.h"

#include "gui/ear-short-scroller.h"

struct _EarShortScroller
{
  GtkWidget parent_instance;

  /* Owned */
  GtkWidget *scroller;

  /* Borrowed from the scroller */
  GtkWidget *child;

  int max_height;
};

G_DEFINE_FINAL_TYPE (EarShortScroller, ear_short_scroller, GTK_TYPE_WIDGET)

enum {
  PROP_CHILD = 1,
  PROP_MAX_HEIGHT,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static GtkSizeRequestMode
ear_short_scroller_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
ear_short_scroller_measure (GtkWidget *widget,
                            GtkOrientation orientation,
                            int for_size,
                            int *minimum,
                            int *natural,
                            int *minimum_baseline,
                            int *natural_baseline)
{
  EarShortScroller *self = EAR_SHORT_SCROLLER (widget);
  int least, wanted = 0;

  gtk_widget_measure (self->scroller, orientation, -1, &least, NULL, NULL, NULL);
  *minimum = *natural = least;
  if (self->child == NULL)
    return;
  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    gtk_widget_measure (self->child, orientation, -1, minimum, natural, NULL, NULL);
    return;
  }
  gtk_widget_measure (self->child, orientation, for_size, NULL, &wanted, NULL, NULL);
  *minimum = *natural = MAX (MIN (wanted, self->max_height), least);
}

static void
ear_short_scroller_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  gtk_widget_allocate (EAR_SHORT_SCROLLER (widget)->scroller, width, height, baseline, NULL);
}

static void
set_child (EarShortScroller *self, GtkWidget *child)
{
  self->child = child;
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), child);
}

static void
ear_short_scroller_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  EarShortScroller *self = EAR_SHORT_SCROLLER (object);

  switch (id) {
  case PROP_CHILD:
    g_value_set_object (value, self->child);
    break;
  case PROP_MAX_HEIGHT:
    g_value_set_int (value, self->max_height);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
ear_short_scroller_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  EarShortScroller *self = EAR_SHORT_SCROLLER (object);

  switch (id) {
  case PROP_CHILD:
    set_child (self, g_value_get_object (value));
    break;
  case PROP_MAX_HEIGHT:
    self->max_height = g_value_get_int (value);
    gtk_widget_queue_resize (GTK_WIDGET (self));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
ear_short_scroller_dispose (GObject *object)
{
  EarShortScroller *self = EAR_SHORT_SCROLLER (object);

  self->child = NULL;
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  G_OBJECT_CLASS (ear_short_scroller_parent_class)->dispose (object);
}

static void
ear_short_scroller_class_init (EarShortScrollerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = ear_short_scroller_get_property;
  object_class->set_property = ear_short_scroller_set_property;
  object_class->dispose = ear_short_scroller_dispose;
  widget_class->get_request_mode = ear_short_scroller_get_request_mode;
  widget_class->measure = ear_short_scroller_measure;
  widget_class->size_allocate = ear_short_scroller_size_allocate;

  properties[PROP_CHILD] = g_param_spec_object ("child", NULL, NULL, GTK_TYPE_WIDGET, flags);
  properties[PROP_MAX_HEIGHT] =
    g_param_spec_int ("max-height", NULL, NULL, 0, G_MAXINT, G_MAXINT, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_css_name (widget_class, "short-scroller");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
ear_short_scroller_init (EarShortScroller *self)
{
  self->max_height = G_MAXINT;
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
}
