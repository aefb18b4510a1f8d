/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The letter of an account in a circle of its colour, for the eye alone: the account is named
 * beside it.
 *
 * It looks as AdwAvatar does, by libadwaita's style, and costs a tenth: that makes five widgets
 * from a template and measures its text at once, of which a list that keeps 200 rows at hand shows
 * fifteen. This one is made of nothing, and its letter is laid out when it is drawn. */

#include "config.h"

#include "gui/ear-avatar.h"

#define COLOURS 14 /* in libadwaita's style */

struct _EarAvatar
{
  GtkWidget parent_instance;

  int size;
  char letter;
  PangoLayout *layout; /* of the letter; NULL: not drawn yet */
  char *colour;        /* the style class */
};

G_DEFINE_FINAL_TYPE (EarAvatar, ear_avatar, GTK_TYPE_WIDGET)

typedef enum {
  PROP_SIZE = 1,
  N_PROPS,
} Property;

static GParamSpec *properties[N_PROPS];

/* What is left of the square in the circle, as in AdwAvatar. */
static double
get_font_size (EarAvatar *self)
{
  return self->size / G_SQRT2 - MAX (self->size * 0.4 - 5, 0);
}

static PangoLayout *
make_layout (EarAvatar *self)
{
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), NULL);

  pango_attr_list_insert (
    attributes, pango_attr_size_new_absolute ((int) (get_font_size (self) * PANGO_SCALE)));
  pango_layout_set_text (layout, &self->letter, 1);
  pango_layout_set_attributes (layout, attributes);
  return layout;
}

static void
ear_avatar_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  EarAvatar *self = EAR_AVATAR (widget);
  int width, height;
  GdkRGBA colour;

  if (self->letter == '\0')
    return;
  if (self->layout == NULL)
    self->layout = make_layout (self);
  pango_layout_get_pixel_size (self->layout, &width, &height);
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) (self->size - width) / 2,
                                                          (float) (self->size - height) / 2));
  gtk_snapshot_append_layout (snapshot, self->layout, &colour);
  gtk_snapshot_restore (snapshot);
}

static void
ear_avatar_measure (GtkWidget *widget,
                    GtkOrientation orientation,
                    int for_size,
                    int *minimum,
                    int *natural,
                    int *minimum_baseline,
                    int *natural_baseline)
{
  *minimum = *natural = EAR_AVATAR (widget)->size;
}

static void
ear_avatar_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (ear_avatar_parent_class)->css_changed (widget, change);
  g_clear_object (&EAR_AVATAR (widget)->layout);
}

static void
ear_avatar_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch ((Property) id) {
  case PROP_SIZE:
    g_value_set_int (value, EAR_AVATAR (object)->size);
    break;
  case N_PROPS:
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
ear_avatar_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  switch ((Property) id) {
  case PROP_SIZE:
    EAR_AVATAR (object)->size = g_value_get_int (value);
    break;
  case N_PROPS:
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
ear_avatar_finalize (GObject *object)
{
  EarAvatar *self = EAR_AVATAR (object);

  g_clear_object (&self->layout);
  g_free (self->colour);
  G_OBJECT_CLASS (ear_avatar_parent_class)->finalize (object);
}

static void
ear_avatar_class_init (EarAvatarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = ear_avatar_get_property;
  object_class->set_property = ear_avatar_set_property;
  object_class->finalize = ear_avatar_finalize;
  widget_class->snapshot = ear_avatar_snapshot;
  widget_class->measure = ear_avatar_measure;
  widget_class->css_changed = ear_avatar_css_changed;

  /**
   * EarAvatar:size:
   *
   * Its width and height, in pixels.
   */
  properties[PROP_SIZE] =
    g_param_spec_int ("size", NULL, NULL, 1, 256, 32,
                      G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_css_name (widget_class, "avatar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
ear_avatar_init (EarAvatar *self)
{
  /* A circle, however much room there is. */
  gtk_widget_set_halign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
}

/**
 * ear_avatar_new:
 * @size: its width and height, in pixels
 *
 * Makes the avatar of nobody.
 *
 * Returns: (transfer floating): the avatar
 */
GtkWidget *
ear_avatar_new (int size)
{
  return g_object_new (EAR_TYPE_AVATAR, "size", size, NULL);
}

/**
 * ear_avatar_set_account:
 * @self: an avatar
 * @account: an account name
 *
 * Says whose avatar it is. An account has the same colour everywhere.
 */
void
ear_avatar_set_account (EarAvatar *self, const char *account)
{
  g_return_if_fail (EAR_IS_AVATAR (self));
  g_return_if_fail (account != NULL);

  if (self->colour != NULL)
    gtk_widget_remove_css_class (GTK_WIDGET (self), self->colour);
  g_free (self->colour);
  self->colour = g_strdup_printf ("color%u", g_str_hash (account) % COLOURS + 1);
  gtk_widget_add_css_class (GTK_WIDGET (self), self->colour);
  self->letter = g_ascii_toupper (account[0]);
  g_clear_object (&self->layout);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
