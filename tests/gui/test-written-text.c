/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What is written and may not be sent, and that a person is told why. */

#include <string.h>

#include "gui/ear-announce-dialog.h"
#include "gui/ear-composer.h"
#include "gui/ear-written-text.h"
#include "widget-fixture.h"

#define LINES_100 "More than 100 lines"
#define CHARACTERS "Some characters can’t be sent"

static char *
dup_lines (guint n)
{
  GString *lines = g_string_new ("x");

  for (guint i = 1; i < n; i++)
    g_string_append (lines, "\nx");
  return g_string_free (lines, FALSE);
}

static void
test_explain (void)
{
  g_autofree char *lines_100 = dup_lines (100);
  g_autofree char *lines_101 = dup_lines (101);
  g_autofree char *too_long = g_strnfill (4097, '\n');
  const struct
  {
    const char *text;
    const char *fault;
  } cases[] = {
    { "", NULL },
    { "Fire\tdrill\nnow", NULL },
    { lines_100, NULL },
    { lines_101, LINES_100 },
    { "\033[1mFire", CHARACTERS },
    { "\357\277\277", CHARACTERS }, /* U+FFFF */
    { too_long, NULL },             /* its length is told */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *fault = ear_written_text_explain (cases[i].text);

    g_assert_cmpstr (fault, ==, cases[i].fault);
  }
}

/* As it comes from other systems through the clipboard. */
static void
test_line_ends (void)
{
  g_autoptr (GtkTextBuffer) buffer = gtk_text_buffer_new (NULL);
  g_autofree char *text = NULL;
  g_autofree char *fault = NULL;

  gtk_text_buffer_set_text (buffer, " a\r\nb\rc\302\205d\342\200\250e\342\200\251f\n\r\n", -1);
  text = ear_written_text_dup (buffer);
  g_assert_cmpstr (text, ==, "a\nb\nc\nd\ne\nf");
  fault = ear_written_text_explain (text);
  g_assert_null (fault);
}

static gboolean
is_text_view (GtkWidget *widget, gconstpointer data)
{
  return GTK_IS_TEXT_VIEW (widget);
}

static gboolean
is_shown (GtkWidget *widget, const char *text)
{
  GtkWidget *label = find (widget, shows_text, text);

  return label != NULL && gtk_widget_get_visible (label);
}

static void
assert_description (GtkWidget *widget, const char *text)
{
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (find (widget, is_text_view, NULL)),
                                       GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text);
}

static void
test_composer (void)
{
  GtkWidget *composer = g_object_new (EAR_TYPE_COMPOSER, NULL);
  GtkWidget *window = show (composer);
  g_autoptr (GtkTextBuffer) buffer = gtk_text_buffer_new (NULL);
  g_autofree char *lines_101 = dup_lines (101);
  g_autofree char *too_long = g_strnfill (4100, 'x');

  ear_composer_set_buffer (EAR_COMPOSER (composer), buffer);
  g_assert_false (is_shown (composer, LINES_100));
  gtk_text_buffer_set_text (buffer, lines_101, -1);
  g_assert_true (is_shown (composer, LINES_100));
  assert_description (composer, LINES_100);
  gtk_text_buffer_set_text (buffer, "\033[1mFire", -1);
  g_assert_true (is_shown (composer, CHARACTERS));
  gtk_text_buffer_set_text (buffer, too_long, -1);
  g_assert_true (is_shown (composer, "-4"));
  assert_description (composer, "This message is too long. Send it in parts.");
  gtk_text_buffer_set_text (buffer, "Fire", -1);
  g_assert_false (is_shown (composer, LINES_100));
  assert_description (composer, "");
  drop (window, composer);
}

static void
test_announce_dialog (void)
{
  EarAnnounceDialog *dialog = ear_announce_dialog_new (NULL);
  GtkWidget *widget = GTK_WIDGET (dialog);
  g_autofree char *lines_101 = dup_lines (101);
  g_autofree char *too_long = g_strnfill (4100, 'x');

  gtk_window_present (GTK_WINDOW (dialog));
  ear_announce_dialog_set_text (dialog, lines_101);
  g_assert_true (is_shown (widget, LINES_100));
  assert_description (widget, LINES_100);
  ear_announce_dialog_set_text (dialog, too_long);
  g_assert_true (is_shown (widget, "4100 / 4096"));
  assert_description (widget, "4100 / 4096");
  ear_announce_dialog_set_text (dialog, "Fire");
  assert_description (widget, "");
  g_assert_true (is_shown (widget, "4 / 4096"));
  drop (widget, widget);
}

int
main (int argc, char **argv)
{
  widget_fixture_init (&argc, &argv);

  g_test_add_func ("/written-text/explain", test_explain);
  g_test_add_func ("/written-text/line-ends", test_line_ends);
  g_test_add_func ("/written-text/composer", test_composer);
  g_test_add_func ("/written-text/announce-dialog", test_announce_dialog);
  return g_test_run ();
}
