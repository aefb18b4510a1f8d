/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the longest texts cost a chat that shows them: one word without a space, towers of marks,
 * and lines, beside ordinary text of the same length. Pango breaks a paragraph into lines as a
 * whole, so that is time in which the main loop does nothing else. Wants an X server: run it with
 * xvfb-run.
 *
 *     bench-layout [N [M]]
 *
 * For each text: how long a new bubble takes to be made, measured and laid out at the width of a
 * narrow chat, as the best of N (50); and the longest turn of the main loop until a list of M (200)
 * of them has shown its first frame. */

#include <adwaita.h>
#include <stdlib.h>
#include <time.h>

#include "bench/probe.h"
#include "client/ear-chat-message.h"
#include "client/ear-history.h"
#include "ear-resources.h"
#include "gui/ear-bubble.h"
#include "wire/ear-limits.h"

#define WIDTH 420
#define HEIGHT 700

static char *
dup_repeated (const char *what)
{
  g_autoptr (GString) text = g_string_new (NULL);

  while (text->len + strlen (what) <= EAR_LIMIT_TEXT)
    g_string_append (text, what);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static EarChatMessage *
create_message (const char *text)
{
  const EarHistoryMessage row = { .id = (char *) "id",
                                  .text = (char *) text,
                                  .time_us = g_get_real_time (),
                                  .delivery = EAR_DELIVERY_RECEIVED };

  return ear_chat_message_new (&row);
}

/* The processor's time, so that others on the machine do not count. Each bubble has a text of its
 * own: Pango and GTK may remember what they have seen. */
static double
measure_one_ms (const char *text, guint n)
{
  double best = 0;

  for (guint i = 0; i < n; i++) {
    g_autofree char *own_text = g_strdup_printf ("%u%s", i % 10, text);
    g_autoptr (EarChatMessage) message = NULL;
    GtkWidget *bubble;
    clock_t start;
    double took;
    int height;

    own_text[strlen (text)] = '\0';
    if (!g_utf8_validate (own_text, -1, NULL))
      *g_utf8_find_prev_char (own_text, own_text + strlen (own_text)) = '\0';
    message = create_message (own_text);
    start = clock ();
    bubble = g_object_ref_sink (ear_bubble_new ("bob"));
    ear_bubble_set_message (EAR_BUBBLE (bubble), message);
    gtk_widget_measure (bubble, GTK_ORIENTATION_VERTICAL, WIDTH, NULL, &height, NULL, NULL);
    gtk_widget_size_allocate (bubble, &(GtkAllocation){ 0, 0, WIDTH, height }, -1);
    took = (double) (clock () - start) * 1000 / CLOCKS_PER_SEC;
    best = i == 0 ? took : MIN (best, took);
    g_object_unref (bubble);
  }
  return best;
}

static void
setup_cb (GtkListItemFactory *factory, GtkListItem *item)
{
  gtk_list_item_set_child (item, ear_bubble_new ("bob"));
}

static void
bind_cb (GtkListItemFactory *factory, GtkListItem *item)
{
  ear_bubble_set_message (EAR_BUBBLE (gtk_list_item_get_child (item)),
                          gtk_list_item_get_item (item));
}

static void
measure_list (const char *name, const char *text, guint m)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GListStore *messages = g_list_store_new (EAR_TYPE_CHAT_MESSAGE);

  for (guint i = 0; i < m; i++) {
    g_autoptr (EarChatMessage) message = create_message (text);

    g_list_store_append (messages, message);
  }
  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  gtk_window_set_default_size (GTK_WINDOW (window), WIDTH, HEIGHT);
  gtk_window_set_child (GTK_WINDOW (window), scroller);
  gtk_window_present (GTK_WINDOW (window));
  probe_wait_for_frame (window);
  probe_reset ();
  gtk_scrolled_window_set_child (
    GTK_SCROLLED_WINDOW (scroller),
    gtk_list_view_new (GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (messages))),
                       factory));
  probe_wait_for_frame (window);
  probe_wait_for_frame (window);
  probe_report_longest (name);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    const char *what; /* until the text is full */
  } texts[] = {
    { "a sentence", NULL },
    { "ordinary words", "The quick brown fox jumps over the lazy dog. " },
    { "W without a space", "W" },
    { "ideographs", "李" },
    { "marks on a letter", "\xcc\x81" },
    { "links", "https://example.org/a " },
  };
  guint n = argc > 1 ? (guint) atoi (argv[1]) : 50;
  guint m = argc > 2 ? (guint) atoi (argv[2]) : 200;

  gtk_init ();
  adw_init ();
  ear_register_resource ();
  probe_start ();
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *text = texts[i].what != NULL ? dup_repeated (texts[i].what)
                                                  : g_strdup ("See you in the lab at four?");
    g_autofree char *name = g_strdup_printf ("%s, a list of %u", texts[i].name, m);

    g_print ("%-44s %8.1f ms\n", texts[i].name, measure_one_ms (text, n));
    measure_list (name, text, m);
  }
  return EXIT_SUCCESS;
}
