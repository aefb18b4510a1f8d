/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* One message of a chat: ours on the right with the state of its delivery, theirs on the left with
 * their avatar.
 *
 * A bubble only binds. It knows its neighbours, to show a day once and an avatar once in a row of
 * messages. The text is never markup: links are found by ear-web-links and drawn with Pango
 * attributes, and a click asks before it opens one. */

#include "config.h"

#include "gui/ear-bubble.h"

#include <glib/gi18n.h>

#include "client/ear-web-links.h"
#include "gui/ear-accessible-names.h"
#include "gui/ear-format.h"
#include "gui/ear-open-link.h"

struct _EarBubble
{
  AdwBin parent_instance;

  /* Template children */
  GtkWidget *day_label;
  GtkWidget *line;
  GtkWidget *avatar;
  GtkWidget *body;
  GtkWidget *text_label;
  GtkWidget *time_label;
  GtkWidget *delivery_icon;

  /* Owned */
  EarChatMessage *message;
  GPtrArray *links; /* (element-type EarWebLink) */
  gulong delivery_handler;
};

G_DEFINE_FINAL_TYPE (EarBubble, ear_bubble, ADW_TYPE_BIN)

static const struct
{
  const char *icon;
  const char *text;
} deliveries[] = {
  [EAR_DELIVERY_WAITING] = { "ear-waiting-symbolic", N_ ("Waiting to be sent") },
  [EAR_DELIVERY_SENT] = { "ear-sent-symbolic", N_ ("Sent") },
  [EAR_DELIVERY_RECEIVED] = { "ear-received-symbolic", N_ ("Received") },
  [EAR_DELIVERY_READ] = { "ear-received-symbolic", N_ ("Read") },
};

/* The row says who wrote what, and then when, and how far it came. */
static void
update_accessible (EarBubble *self)
{
  const char *time = gtk_label_get_text (GTK_LABEL (self->time_label));
  const char *text = ear_chat_message_get_text (self->message);
  gboolean own = ear_chat_message_get_own (self->message);
  const char *delivery =
    own ? _ (deliveries[ear_chat_message_get_delivery (self->message)].text) : "";
  const char *sender = own ? _ ("You") : adw_avatar_get_text (ADW_AVATAR (self->avatar));
  /* Translators: who wrote what, "bob: See you at five" */
  g_autofree char *label = g_strdup_printf (_ ("%s: %s"), sender, text);
  /* Translators: the time and the state of a message, "14:02, Received" */
  g_autofree char *description =
    own ? g_strdup_printf (_ ("%s, %s"), time, delivery) : g_strdup (time);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self->delivery_icon),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, delivery, -1);
  ear_accessible_names_set_row (GTK_WIDGET (self), label, description);
}

static void
update_delivery_cb (EarBubble *self)
{
  gboolean own = ear_chat_message_get_own (self->message);
  EarDelivery delivery = ear_chat_message_get_delivery (self->message);

  gtk_widget_set_visible (self->delivery_icon, own);
  if (own) {
    gtk_image_set_from_icon_name (GTK_IMAGE (self->delivery_icon), deliveries[delivery].icon);
    gtk_widget_set_tooltip_text (self->delivery_icon, _ (deliveries[delivery].text));
  }
  update_accessible (self);
}

static void
underline_links (EarBubble *self)
{
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  /* Where a long word is cut there is no hyphen that was not written. */
  pango_attr_list_insert (attributes, pango_attr_insert_hyphens_new (FALSE));

  for (guint i = 0; i < self->links->len; i++) {
    const EarWebLink *link = g_ptr_array_index (self->links, i);
    PangoAttribute *underline = pango_attr_underline_new (PANGO_UNDERLINE_SINGLE);

    underline->start_index = (guint) link->start;
    underline->end_index = (guint) link->end;
    pango_attr_list_insert (attributes, underline);
  }
  gtk_label_set_attributes (GTK_LABEL (self->text_label), attributes);
}

static const EarWebLink *
find_link_at (EarBubble *self, double x, double y)
{
  PangoLayout *layout = gtk_label_get_layout (GTK_LABEL (self->text_label));
  int left, top, index, trailing;

  gtk_label_get_layout_offsets (GTK_LABEL (self->text_label), &left, &top);
  if (!pango_layout_xy_to_index (layout, (int) (x - left) * PANGO_SCALE,
                                 (int) (y - top) * PANGO_SCALE, &index, &trailing))
    return NULL;

  for (guint i = 0; i < self->links->len; i++) {
    const EarWebLink *link = g_ptr_array_index (self->links, i);

    if ((gsize) index >= link->start && (gsize) index < link->end)
      return link;
  }
  return NULL;
}

/* A gesture would not do: the label's own, for selecting, claims each click. */
static gboolean
text_event_cb (EarBubble *self, GdkEvent *event)
{
  GtkWidget *label = GTK_WIDGET (self->text_label);
  GtkNative *native = gtk_widget_get_native (label);
  const EarWebLink *link;
  double x, y, native_x, native_y;

  if (gdk_event_get_event_type (event) != GDK_BUTTON_RELEASE ||
      gdk_button_event_get_button (event) != GDK_BUTTON_PRIMARY ||
      gtk_label_get_selection_bounds (GTK_LABEL (label), NULL, NULL) ||
      !gdk_event_get_position (event, &x, &y))
    return GDK_EVENT_PROPAGATE;
  gtk_native_get_surface_transform (native, &native_x, &native_y);
  gtk_widget_translate_coordinates (GTK_WIDGET (native), label, x - native_x, y - native_y, &x, &y);
  link = find_link_at (self, x, y);
  if (link != NULL)
    ear_open_link (GTK_WIDGET (self), link->uri);
  return GDK_EVENT_PROPAGATE;
}

static gboolean
same_day (EarChatMessage *a, EarChatMessage *b)
{
  GDateTime *time_a = ear_chat_message_get_time (a);
  GDateTime *time_b = ear_chat_message_get_time (b);

  return g_date_time_get_day_of_year (time_a) == g_date_time_get_day_of_year (time_b) &&
         g_date_time_get_year (time_a) == g_date_time_get_year (time_b);
}

static gboolean
continues (EarChatMessage *a, EarChatMessage *b)
{
  return a != NULL && b != NULL && ear_chat_message_get_own (a) == ear_chat_message_get_own (b) &&
         same_day (a, b);
}

static void
ear_bubble_dispose (GObject *object)
{
  EarBubble *self = EAR_BUBBLE (object);

  ear_bubble_unbind (self);
  gtk_widget_dispose_template (GTK_WIDGET (self), EAR_TYPE_BUBBLE);
  G_OBJECT_CLASS (ear_bubble_parent_class)->dispose (object);
}

static void
ear_bubble_class_init (EarBubbleClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = ear_bubble_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/earshot/Earshot/ear-bubble.ui");
  gtk_widget_class_bind_template_child (widget_class, EarBubble, day_label);
  gtk_widget_class_bind_template_child (widget_class, EarBubble, line);
  gtk_widget_class_bind_template_child (widget_class, EarBubble, avatar);
  gtk_widget_class_bind_template_child (widget_class, EarBubble, body);
  gtk_widget_class_bind_template_child (widget_class, EarBubble, text_label);
  gtk_widget_class_bind_template_child (widget_class, EarBubble, time_label);
  gtk_widget_class_bind_template_child (widget_class, EarBubble, delivery_icon);
  gtk_widget_class_bind_template_callback (widget_class, text_event_cb);
}

static void
ear_bubble_init (EarBubble *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * ear_bubble_new:
 * @their_account: the account name of the other user, which gives the avatar its colour
 *
 * Makes an unbound bubble.
 *
 * Returns: (transfer floating): a new bubble
 */
GtkWidget *
ear_bubble_new (const char *their_account)
{
  EarBubble *self = g_object_new (EAR_TYPE_BUBBLE, NULL);

  adw_avatar_set_text (ADW_AVATAR (self->avatar), their_account);
  return GTK_WIDGET (self);
}

/**
 * ear_bubble_bind:
 * @self: an unbound bubble
 * @message: the message to show
 *
 * Shows a message and follows its delivery.
 */
void
ear_bubble_bind (EarBubble *self, EarChatMessage *message)
{
  g_autofree char *time = NULL;
  gboolean own = ear_chat_message_get_own (message);

  g_return_if_fail (EAR_IS_BUBBLE (self) && self->message == NULL);

  self->message = g_object_ref (message);
  self->links = ear_web_links_find (ear_chat_message_get_text (message));
  self->delivery_handler = g_signal_connect_object (
    message, "notify::delivery", G_CALLBACK (update_delivery_cb), self, G_CONNECT_SWAPPED);

  gtk_label_set_text (GTK_LABEL (self->text_label), ear_chat_message_get_text (message));
  underline_links (self);
  time = ear_format_clock (ear_chat_message_get_time (message));
  gtk_label_set_text (GTK_LABEL (self->time_label), time);
  gtk_widget_set_halign (self->line, own ? GTK_ALIGN_END : GTK_ALIGN_START);
  gtk_widget_set_visible (self->avatar, !own);
  if (own)
    gtk_widget_add_css_class (self->body, "own");
  else
    gtk_widget_remove_css_class (self->body, "own");
  update_delivery_cb (self);
}

/**
 * ear_bubble_unbind:
 * @self: a bubble
 *
 * Lets go of the message; an unbound bubble stays unbound.
 */
void
ear_bubble_unbind (EarBubble *self)
{
  g_return_if_fail (EAR_IS_BUBBLE (self));

  if (self->message != NULL)
    g_clear_signal_handler (&self->delivery_handler, self->message);
  g_clear_object (&self->message);
  g_clear_pointer (&self->links, g_ptr_array_unref);
}

/**
 * ear_bubble_get_message:
 * @self: a bubble
 *
 * Gets the message that is shown.
 *
 * Returns: (transfer none) (nullable): the message
 */
EarChatMessage *
ear_bubble_get_message (EarBubble *self)
{
  g_return_val_if_fail (EAR_IS_BUBBLE (self), NULL);

  return self->message;
}

/**
 * ear_bubble_set_neighbours:
 * @self: a bound bubble
 * @before: (nullable): the message above
 * @after: (nullable): the message below
 *
 * Shows the day above the first message of a day, and the avatar beside the last of a row of
 * messages.
 */
void
ear_bubble_set_neighbours (EarBubble *self, EarChatMessage *before, EarChatMessage *after)
{
  gboolean first_of_day;

  g_return_if_fail (EAR_IS_BUBBLE (self) && self->message != NULL);

  first_of_day = before == NULL || !same_day (before, self->message);
  gtk_widget_set_visible (self->day_label, first_of_day);
  if (first_of_day) {
    g_autofree char *day = ear_format_day (ear_chat_message_get_time (self->message), NULL);

    gtk_label_set_text (GTK_LABEL (self->day_label), day);
  }
  /* Opacity and not visibility: the bubbles of a row stay in line. */
  gtk_widget_set_opacity (self->avatar, continues (self->message, after) ? 0.0 : 1.0);
  if (continues (before, self->message))
    gtk_widget_add_css_class (self->line, "continued");
  else
    gtk_widget_remove_css_class (self->line, "continued");
}

/**
 * ear_bubble_open_link:
 * @self: a bound bubble
 *
 * Asks to open the first link of the text, for those who have no pointer; does nothing when there
 * is none.
 */
void
ear_bubble_open_link (EarBubble *self)
{
  g_return_if_fail (EAR_IS_BUBBLE (self));

  if (self->links != NULL && self->links->len > 0) {
    const EarWebLink *link = g_ptr_array_index (self->links, 0);

    ear_open_link (GTK_WIDGET (self), link->uri);
  }
}
