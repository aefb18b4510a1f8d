/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarContactsPage: what is known of a contact is followed while the page is open. */

#include "gui/ear-contacts-page.h"

#include "client/ear-contacts.h"
#include "client/ear-history.h"
#include "client/ear-user-list.h"
#include "widget-fixture.h"
#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-fingerprint.h"

static gboolean
is_verified_icon (GtkWidget *widget, gconstpointer data)
{
  return GTK_IS_IMAGE (widget) && gtk_widget_get_visible (widget) &&
         g_strcmp0 (gtk_image_get_icon_name (GTK_IMAGE (widget)), "earshot-verified-symbolic") == 0;
}

static gboolean
is_expander (GtkWidget *widget, gconstpointer data)
{
  return ADW_IS_EXPANDER_ROW (widget);
}

static gboolean
shows_key (GtkWidget *page, const char *key)
{
  GtkWidget *label = find (page, shows_text, key);

  return label != NULL &&
         gtk_widget_get_visible (gtk_widget_get_ancestor (label, ADW_TYPE_ACTION_ROW));
}

/* The shield, and the key. */
static void
test_followed (void)
{
  g_autoptr (EarUserList) users = ear_user_list_new ();
  g_autoptr (EarHistory) history = ear_history_new ("/nonexistent/history.db");
  g_autoptr (EarClock) clock = ear_clock_new_manual (0);
  g_autoptr (EarDeadlines) deadlines = ear_deadlines_new (clock, NULL);
  g_autoptr (EarContacts) contacts = ear_contacts_new (history, users, deadlines);
  g_autofree char *known = g_strnfill (EAR_FINGERPRINT_LENGTH, '1');
  g_autofree char *other = g_strnfill (EAR_FINGERPRINT_LENGTH, '2');
  g_autofree char *known_text = ear_fingerprint_format (known);
  g_autofree char *other_text = ear_fingerprint_format (other);
  GtkWidget *page;

  ear_contacts_set_blocked (contacts, "bob", TRUE); /* without a key */
  page = g_object_ref_sink (GTK_WIDGET (ear_contacts_page_new (contacts)));
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (find (page, is_expander, NULL)), TRUE);
  g_assert_false (shows_key (page, known_text));
  ear_contacts_pin (contacts, "bob", "Bob", known);
  g_assert_true (shows_key (page, known_text));
  ear_contacts_set_verified (contacts, "bob", TRUE);
  g_assert_nonnull (find (page, is_verified_icon, NULL));
  ear_contacts_check (contacts, "bob", other);
  g_assert_null (find (page, is_verified_icon, NULL));
  ear_contacts_pin (contacts, "bob", "Bob", other);
  g_assert_true (shows_key (page, other_text));
  g_assert_false (shows_key (page, known_text));
  g_assert_finalize_object (page);
}

int
main (int argc, char **argv)
{
  widget_fixture_init (&argc, &argv);
  g_test_add_func ("/contacts-page/followed", test_followed);
  return g_test_run ();
}
