/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* One message of a chat: ours on the right with the state of its delivery, theirs on the left with
 * their avatar.
 *
 * A bubble only binds. It knows its neighbours, to show a day once and an avatar once in a row of
 * messages. The text is never markup: links are found by ear-web-links and drawn with Pango
 * attributes, and a click asks before it opens one.
 *
 * GtkListView keeps 200 rows at hand, so a bubble is made of few widgets, those that not every
 * message needs when one does. And it lays itself out: boxes would ask a wrapped label for its
 * width at many heights, each time shaping the text anew. */

#include "config.h"

#include "gui/ear-bubble.h"

#include <glib/gi18n.h>

#include "client/ear-web-links.h"
#include "gui/ear-accessible.h"
#include "gui/ear-avatar.h"
#include "gui/ear-bubble-corner.h"
#include "gui/ear-format.h"
#include "gui/ear-open-link.h"
#include "wire/ear-text.h"

#define AVATAR_SIZE 32
#define AVATAR_SPACING 8

struct _EarBubble
{
  GtkWidget parent_instance;

  /* Template children */
  GtkWidget *text_label;

  /* Children that are made when they are first shown */
  GtkWidget *day_label;
  GtkWidget *avatar;

  /* Owned */
  char *their_account;
  EarChatMessage *message;
  char *time;
  GPtrArray *links; /* (element-type EarWebLink) */
  gulong delivery_handler;

  int corner_width; /* 0: not measured */
};

G_DEFINE_FINAL_TYPE (EarBubble, ear_bubble, GTK_TYPE_WIDGET)

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

static gboolean
is_own (EarBubble *self)
{
  return self->message != NULL && ear_chat_message_get_own (self->message);
}

/* The row says who wrote what, and then when, and how far it came. */
static void
update_accessible (EarBubble *self)
{
  const char *text = ear_chat_message_get_text (self->message);
  gboolean own = is_own (self);
  const char *delivery =
    own ? _ (deliveries[ear_chat_message_get_delivery (self->message)].text) : "";
  const char *sender = own ? _ ("You") : self->their_account;
  /* Translators: who wrote what, "bob: See you at five" */
  g_autofree char *label = g_strdup_printf (_ ("%s: %s"), sender, text);
  /* Translators: the time and the state of a message, "14:02, Received" */
  g_autofree char *description =
    own ? g_strdup_printf (_ ("%s, %s"), self->time, delivery) : g_strdup (self->time);

  ear_accessible_set_row (GTK_WIDGET (self), label, description);
}

static void
update_delivery_cb (EarBubble *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self));
  update_accessible (self);
}

static void
show_day (EarBubble *self, gboolean shown)
{
  g_autofree char *day = NULL;

  if (self->day_label == NULL && shown) {
    self->day_label = gtk_label_new (NULL);
    gtk_widget_add_css_class (self->day_label, "day");
    gtk_widget_add_css_class (self->day_label, "caption");
    gtk_widget_add_css_class (self->day_label, "dim-label");
    gtk_widget_insert_after (self->day_label, GTK_WIDGET (self), NULL);
  }
  if (self->day_label == NULL)
    return;
  gtk_widget_set_visible (self->day_label, shown);
  day = ear_format_day (ear_chat_message_get_time (self->message), NULL);
  gtk_label_set_text (GTK_LABEL (self->day_label), day);
}

static void
show_avatar (EarBubble *self, gboolean shown)
{
  if (self->avatar == NULL && shown) {
    self->avatar = ear_avatar_new (AVATAR_SIZE);
    ear_avatar_set_account (EAR_AVATAR (self->avatar), self->their_account);
    gtk_widget_set_parent (self->avatar, GTK_WIDGET (self));
  }
  if (self->avatar != NULL)
    gtk_widget_set_visible (self->avatar, shown);
}

/* -- Layout -- */

static gboolean
is_shown (GtkWidget *child)
{
  return child != NULL && gtk_widget_get_visible (child);
}

/* Theirs leaves room for an avatar, also where none is shown: the bubbles stay in line. */
static int
get_margin (EarBubble *self)
{
  return is_own (self) ? 0 : AVATAR_SIZE + AVATAR_SPACING;
}

static const char *
get_icon (EarBubble *self)
{
  return is_own (self) ? deliveries[ear_chat_message_get_delivery (self->message)].icon : NULL;
}

static void
measure_width (EarBubble *self, int *minimum, int *natural)
{
  if (self->corner_width == 0 && self->message != NULL)
    self->corner_width = ear_bubble_corner_measure (self->text_label, self->time, get_icon (self));
  gtk_widget_measure (self->text_label, GTK_ORIENTATION_HORIZONTAL, -1, minimum, natural, NULL,
                      NULL);
  *minimum = MAX (*minimum, self->corner_width);
  *natural = MAX (*natural, self->corner_width);
}

static int
get_body_width (EarBubble *self, int width)
{
  int minimum, natural;

  measure_width (self, &minimum, &natural);
  return MAX (minimum, MIN (natural, width - get_margin (self)));
}

static int
get_height (GtkWidget *child, int width)
{
  int minimum = 0, natural = 0;

  if (is_shown (child))
    gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, width, &minimum, &natural, NULL, NULL);
  return natural;
}

static GtkSizeRequestMode
ear_bubble_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
ear_bubble_measure (GtkWidget *widget,
                    GtkOrientation orientation,
                    int for_size,
                    int *minimum,
                    int *natural,
                    int *minimum_baseline,
                    int *natural_baseline)
{
  EarBubble *self = EAR_BUBBLE (widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    measure_width (self, minimum, natural);
    *minimum += get_margin (self);
    *natural += get_margin (self);
  } else {
    int width = for_size >= 0 ? for_size : G_MAXINT / 2;

    *minimum = *natural = get_height (self->day_label, for_size) +
                          get_height (self->text_label, get_body_width (self, width));
  }
}

static void
ear_bubble_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  EarBubble *self = EAR_BUBBLE (widget);
  gboolean rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int day_height = get_height (self->day_label, width);
  int margin = get_margin (self), body_width = get_body_width (self, width);
  int x = (margin == 0) != rtl ? width - body_width - (rtl ? margin : 0) : rtl ? 0 : margin;

  if (is_shown (self->day_label))
    gtk_widget_size_allocate (self->day_label, &(GtkAllocation){ 0, 0, width, day_height }, -1);
  gtk_widget_size_allocate (self->text_label,
                            &(GtkAllocation){ x, day_height, body_width, height - day_height }, -1);
  if (is_shown (self->avatar)) {
    GtkAllocation avatar = { rtl ? width - AVATAR_SIZE : 0, height - AVATAR_SIZE, AVATAR_SIZE,
                             AVATAR_SIZE };

    gtk_widget_size_allocate (self->avatar, &avatar, -1);
  }
}

/* A font of another size. */
static void
ear_bubble_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (ear_bubble_parent_class)->css_changed (widget, change);
  EAR_BUBBLE (widget)->corner_width = 0;
}

static void
ear_bubble_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  EarBubble *self = EAR_BUBBLE (widget);
  graphene_rect_t bounds;

  GTK_WIDGET_CLASS (ear_bubble_parent_class)->snapshot (widget, snapshot);
  if (self->message != NULL && gtk_widget_compute_bounds (self->text_label, widget, &bounds))
    ear_bubble_corner_snapshot (self->text_label, snapshot, &bounds, self->time, get_icon (self));
}

static gboolean
ear_bubble_query_tooltip (GtkWidget *widget,
                          int x,
                          int y,
                          gboolean keyboard_tooltip,
                          GtkTooltip *tooltip)
{
  EarBubble *self = EAR_BUBBLE (widget);

  if (!is_own (self))
    return FALSE;
  gtk_tooltip_set_text (tooltip,
                        _ (deliveries[ear_chat_message_get_delivery (self->message)].text));
  return TRUE;
}

/* -- Links -- */

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
         ear_chat_message_is_note (a) == ear_chat_message_is_note (b) && same_day (a, b);
}

static void
ear_bubble_dispose (GObject *object)
{
  EarBubble *self = EAR_BUBBLE (object);
  GtkWidget *child;

  ear_bubble_set_message (self, NULL);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  self->day_label = self->avatar = NULL;
  G_OBJECT_CLASS (ear_bubble_parent_class)->dispose (object);
}

static void
ear_bubble_finalize (GObject *object)
{
  g_free (EAR_BUBBLE (object)->their_account);
  g_free (EAR_BUBBLE (object)->time);
  G_OBJECT_CLASS (ear_bubble_parent_class)->finalize (object);
}

static void
ear_bubble_class_init (EarBubbleClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = ear_bubble_dispose;
  object_class->finalize = ear_bubble_finalize;
  widget_class->get_request_mode = ear_bubble_get_request_mode;
  widget_class->measure = ear_bubble_measure;
  widget_class->size_allocate = ear_bubble_size_allocate;
  widget_class->css_changed = ear_bubble_css_changed;
  widget_class->snapshot = ear_bubble_snapshot;
  widget_class->query_tooltip = ear_bubble_query_tooltip;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/earshot/Earshot/ear-bubble.ui");
  gtk_widget_class_bind_template_child (widget_class, EarBubble, text_label);
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

  self->their_account = g_strdup (their_account);
  return GTK_WIDGET (self);
}

static void
show_message (EarBubble *self)
{
  EarChatMessage *message = self->message;
  const char *text = ear_chat_message_get_text (message);

  g_free (self->time);
  self->time = ear_format_clock (ear_chat_message_get_time (message));
  self->corner_width = 0;
  gtk_label_set_wrap_mode (GTK_LABEL (self->text_label),
                           ear_text_has_long_word (text) ? PANGO_WRAP_CHAR : PANGO_WRAP_WORD_CHAR);
  gtk_label_set_text (GTK_LABEL (self->text_label), text);
  underline_links (self);
  if (ear_chat_message_get_own (message))
    gtk_widget_add_css_class (self->text_label, "own");
  else
    gtk_widget_remove_css_class (self->text_label, "own");
  update_delivery_cb (self);
}

/**
 * ear_bubble_set_message:
 * @self: a bubble
 * @message: (nullable): a message
 *
 * Shows @message, at no cost when it is shown already: GtkListView binds each row again whenever
 * its position is another. Without one the bubble is left as it was.
 */
void
ear_bubble_set_message (EarBubble *self, EarChatMessage *message)
{
  g_return_if_fail (EAR_IS_BUBBLE (self));

  if (self->message == message)
    return;
  if (self->message != NULL)
    g_clear_signal_handler (&self->delivery_handler, self->message);
  g_set_object (&self->message, message);
  g_clear_pointer (&self->links, g_ptr_array_unref);
  if (message == NULL)
    return;
  self->links = ear_web_links_find (ear_chat_message_get_text (message));
  self->delivery_handler = g_signal_connect_object (
    message, "notify::delivery", G_CALLBACK (update_delivery_cb), self, G_CONNECT_SWAPPED);
  show_message (self);
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
 * @self: a bubble with a message
 * @before: (nullable): the message above
 * @after: (nullable): the message below
 *
 * Shows the day above the first message of a day, and the avatar beside the last of a row of
 * messages.
 */
void
ear_bubble_set_neighbours (EarBubble *self, EarChatMessage *before, EarChatMessage *after)
{
  g_return_if_fail (EAR_IS_BUBBLE (self) && self->message != NULL);

  show_day (self, before == NULL || !same_day (before, self->message));
  show_avatar (self,
               !ear_chat_message_get_own (self->message) && !continues (self->message, after));
  if (continues (before, self->message))
    gtk_widget_add_css_class (self->text_label, "continued");
  else
    gtk_widget_remove_css_class (self->text_label, "continued");
}

/**
 * ear_bubble_open_link:
 * @self: a bubble with a message
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
