/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What strangers can write, in all that shows it: it stands there literally, and nothing grows by
 * it so that something else is not to be seen. */

#include "client/ear-announcement.h"
#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "client/ear-chat-private.h"
#include "client/ear-client.h"
#include "client/ear-contacts.h"
#include "client/ear-user.h"
#include "gui/ear-announcement-bar.h"
#include "gui/ear-announcement-history.h"
#include "gui/ear-announcement-row.h"
#include "gui/ear-chat-view.h"
#include "gui/ear-contact-row.h"
#include "gui/ear-format.h"
#include "gui/ear-open-link.h"
#include "gui/ear-preferences.h"
#include "gui/ear-request-dialog.h"
#include "gui/ear-toast.h"
#include "gui/ear-user-row.h"
#include "gui/ear-verify-dialog.h"
#include "support/ear-test-person.h"
#include "support/ear-test-wait.h"
#include "widget-fixture.h"
#include "wire/ear-identity.h"
#include "wire/ear-limits.h"

#define NAME "<a href=\"smb://h/x\">b</a> & <b>%s" /* fits into a display name */

/* Two people who see each other. */
typedef struct
{
  EarTestServer *server;
  EarTestPerson *alice;
  EarTestPerson *bob;
  EarChat *a;              /* alice's, with bob */
  EarChat *b;              /* bob's, with alice */
  const char *fingerprint; /* bob's */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  settle ();
  f->server = ear_test_server_new ();
  ear_test_server_spawn (f->server);
  f->alice = ear_test_person_new (f->server, "alice");
  f->bob = ear_test_person_new (f->server, "bob");
  ear_test_wait (ear_test_person_sees (f->alice, "bob") && ear_test_person_sees (f->bob, "alice"));
  f->a = ear_test_person_get_chat (f->alice, f->bob);
  f->b = ear_test_person_get_chat (f->bob, f->alice);
  f->fingerprint = ear_identity_get_fingerprint (ear_client_get_identity (f->bob->client));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  ear_test_person_free (f->alice);
  ear_test_person_free (f->bob);
  ear_test_server_terminate (f->server);
  ear_test_server_free (f->server);
}

static void
say (EarChat *chat, const char *text)
{
  g_autoptr (EarChatMessage) message = ear_chat_send (chat, text);

  g_assert_nonnull (message);
  settle ();
}

/* Of texts of up to 4,096 bytes in 100 lines. */
static char *
dup_text (guint i)
{
  g_autoptr (GString) text = g_string_new (NULL);

  switch (i) {
  case 0:
    return g_strdup ("<b>bold</b> & <a href=\"javascript:alert(1)\">x</a> &amp; %s %n");
  case 1:
    return g_strdup ("\xe2\x80\xae\xe2\x81\xa6 turned, and never back");
  case 2:
    g_string_append (text, "tower");
    for (guint n = 0; n < 1000; n++)
      g_string_append (text, "\xcc\x81");
    return g_string_free (g_steal_pointer (&text), FALSE);
  case 3:
    return g_strnfill (EAR_LIMIT_TEXT, 'W');
  case 4:
    return g_strnfill (99, '\n');
  default:
    return NULL;
  }
}

static int
get_minimum (GtkWidget *widget, GtkOrientation orientation)
{
  int minimum;

  gtk_widget_measure (widget, orientation, -1, &minimum, NULL, NULL, NULL);
  return minimum;
}

static void
assert_shows (GtkWidget *widget, const char *text)
{
  if (find (widget, shows_text, text) == NULL)
    g_error ("%s does not show “%.60s”", G_OBJECT_TYPE_NAME (widget), text);
}

static void
test_chat (Fixture *f, gconstpointer data)
{
  GtkWidget *view = ear_chat_view_new (f->a, ear_client_get_session (f->alice->client));
  GtkWidget *window = show (view);
  int width;

  say (f->a, "W");
  width = get_minimum (view, GTK_ORIENTATION_HORIZONTAL);
  for (guint i = 0;; i++) {
    g_autofree char *text = dup_text (i);

    if (text == NULL)
      break;
    say (f->a, text);
    assert_shows (view, text);
    g_assert_cmpint (get_minimum (view, GTK_ORIENTATION_HORIZONTAL), ==, width);
  }
  drop (window, view);
}

/* The other's name in the lines around the messages. */
static void
test_name (Fixture *f, gconstpointer data)
{
  GtkWidget *view = ear_chat_view_new (f->b, ear_client_get_session (f->bob->client));
  GtkWidget *window = show (view);
  EarUser *alice = ear_chat_get_user (f->b);

  ear_user_set_name (alice, NAME);
  ear_chat_request (f->a, NULL);
  ear_test_wait (ear_chat_get_state (f->b) == EAR_CHAT_ASKED);
  assert_shows (view, NAME " would like to chat with you.");
  ear_chat_accept (f->b);
  ear_test_wait (ear_chat_get_state (f->b) == EAR_CHAT_OPEN);
  ear_test_wait (ear_chat_get_state (f->a) == EAR_CHAT_OPEN);
  ear_chat_set_typing (f->a, TRUE);
  ear_test_wait (ear_chat_get_typing (f->b));
  assert_shows (view, NAME " is typing…");
  drop (window, view);
}

static void
test_note (Fixture *f, gconstpointer data)
{
  GtkWidget *view = ear_chat_view_new (f->a, ear_client_get_session (f->alice->client));
  GtkWidget *window = show (view);
  g_autoptr (EarChatMessage) note = NULL;
  g_autofree char *text = NULL;

  ear_user_set_name (ear_chat_get_user (f->a), NAME);
  ear_chat_note_key (f->a, EAR_DELIVERY_KEY_CHANGED, f->fingerprint);
  ear_test_wait (g_list_model_get_n_items (G_LIST_MODEL (ear_chat_get_log (f->a))) == 1);
  settle ();
  note = g_list_model_get_item (G_LIST_MODEL (ear_chat_get_log (f->a)), 0);
  text = ear_format_note (note, NAME, NULL);
  assert_shows (view, text);
  drop (window, view);
}

static void
test_row (void)
{
  g_autoptr (EarUser) user = ear_user_new ("mallory");
  GtkWidget *row = GTK_WIDGET (ear_user_row_new ());
  GtkWidget *window = show (row);
  int width, height;

  ear_user_set_active (user, TRUE);
  ear_user_set_name (user, NAME);
  ear_user_set_last_message (user, "W");
  ear_user_row_set_user (EAR_USER_ROW (row), user);
  width = get_minimum (row, GTK_ORIENTATION_HORIZONTAL);
  height = get_minimum (row, GTK_ORIENTATION_VERTICAL);
  for (guint i = 0;; i++) {
    g_autofree char *text = dup_text (i);
    g_autofree char *line = NULL;
    g_autofree char *both = NULL;

    if (text == NULL)
      break;
    ear_user_set_last_message (user, text);
    line = ear_format_user_line (user, NULL);
    both = g_strconcat (NAME "\n", line, NULL);
    assert_shows (row, both);
    g_assert_cmpint (get_minimum (row, GTK_ORIENTATION_HORIZONTAL), ==, width);
    g_assert_cmpint (get_minimum (row, GTK_ORIENTATION_VERTICAL), ==, height);
  }
  drop (window, row);
}

static void
test_contact_row (Fixture *f, gconstpointer data)
{
  GtkWidget *list = gtk_list_box_new ();
  GtkWidget *window = show (list);
  GtkWidget *row;

  ear_contacts_pin (ear_client_get_contacts (f->alice->client), "bob", NAME, f->fingerprint);
  row = ear_contact_row_new (ear_client_get_contacts (f->alice->client), "bob");
  gtk_list_box_append (GTK_LIST_BOX (list), row);
  assert_shows (row, NAME " (bob)");
  drop (window, list);
}

static gboolean
is_search_entry (GtkWidget *widget, gconstpointer data)
{
  return GTK_IS_SEARCH_ENTRY (widget);
}

/* It says on which page it is. */
static gboolean
is_result (GtkWidget *widget, gconstpointer data)
{
  return ADW_IS_ACTION_ROW (widget) &&
         g_strcmp0 (adw_action_row_get_subtitle (ADW_ACTION_ROW (widget)), "Contacts") == 0;
}

/* libadwaita makes rows of its own for what the search finds. */
static void
test_preferences_search (Fixture *f, gconstpointer data)
{
  g_autoptr (GSettings) settings =
    g_settings_new_with_path ("io.github.earshot.Earshot", "/test/strangers/");
  GtkWidget *window, *entry;

  ear_contacts_pin (ear_client_get_contacts (f->alice->client), "bob", NAME, f->fingerprint);
  window = GTK_WIDGET (ear_preferences_new (NULL, settings, f->alice->client));
  gtk_window_present (GTK_WINDOW (window));
  entry = find (window, is_search_entry, NULL);
  g_signal_emit_by_name (entry, "search-started");
  gtk_editable_set_text (GTK_EDITABLE (entry), "b</a> & <b>");
  g_signal_emit_by_name (entry, "search-changed");
  settle ();
  assert_shows (find (window, is_result, NULL), NAME " (bob)");
  drop (window, window);
}

static void
announce (GListStore *list, guint number, const char *text)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (EarAnnouncement) announcement =
    ear_announcement_new (number, "mallory", NAME, text, now);

  g_list_store_append (list, announcement);
}

static gboolean
is_announcement (GtkWidget *widget, gconstpointer data)
{
  return EAR_IS_ANNOUNCEMENT_ROW (widget);
}

static void
test_announcements (void)
{
  g_autoptr (GListStore) list = g_list_store_new (EAR_TYPE_ANNOUNCEMENT);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *bar = GTK_WIDGET (ear_announcement_bar_new ());
  GtkWidget *button = gtk_menu_button_new ();
  GtkWidget *history = GTK_WIDGET (ear_announcement_history_new ());
  GtkWidget *row = find (bar, is_announcement, NULL);
  GtkWidget *window;
  int width, height;

  gtk_box_append (GTK_BOX (box), bar);
  gtk_box_append (GTK_BOX (box), button);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), history);
  ear_announcement_bar_set_announcements (EAR_ANNOUNCEMENT_BAR (bar), G_LIST_MODEL (list));
  ear_announcement_history_set_announcements (EAR_ANNOUNCEMENT_HISTORY (history),
                                              G_LIST_MODEL (list));
  window = show (box);
  announce (list, 0, "W");
  announce (list, 1, "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight");
  gtk_menu_button_popup (GTK_MENU_BUTTON (button));
  settle ();
  width = get_minimum (row, GTK_ORIENTATION_HORIZONTAL);
  height = get_minimum (row, GTK_ORIENTATION_VERTICAL);
  for (guint i = 0;; i++) {
    g_autofree char *text = dup_text (i);

    if (text == NULL)
      break;
    announce (list, 2 + i, text);
    settle ();
    assert_shows (bar, NAME " (mallory)");
    assert_shows (bar, text);
    assert_shows (history, text);
    g_assert_cmpint (get_minimum (row, GTK_ORIENTATION_HORIZONTAL), <=, width);
    g_assert_cmpint (get_minimum (row, GTK_ORIENTATION_VERTICAL), <=, height);
  }
  drop (window, box);
}

/* As many lines as a greeting may have: the buttons stay on the screen. */
static void
test_request (Fixture *f, gconstpointer data)
{
  GtkWidget *window = show (gtk_label_new (NULL));
  g_autoptr (GString) greeting = g_string_new (NULL);
  GtkWidget *dialog;

  for (guint i = 0; i < 99; i++)
    g_string_append (greeting, "!\n");
  g_string_append (greeting, "<b>%s & ");
  while (greeting->len < EAR_LIMIT_GREETING)
    g_string_append_c (greeting, 'W');
  ear_user_set_name (ear_chat_get_user (f->b), NAME);
  ear_chat_request (f->a, greeting->str);
  ear_test_wait (ear_chat_get_state (f->b) == EAR_CHAT_ASKED);
  dialog =
    ear_request_dialog_new (GTK_WINDOW (window), f->b, ear_client_get_contacts (f->bob->client));
  gtk_window_present (GTK_WINDOW (dialog));
  settle ();
  assert_shows (dialog, NAME " would like to chat");
  assert_shows (dialog, "Always accept from " NAME);
  assert_shows (dialog, greeting->str);
  g_assert_cmpint (get_minimum (dialog, GTK_ORIENTATION_VERTICAL), <, 640);
  drop (dialog, dialog);
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_verify (Fixture *f, gconstpointer data)
{
  GtkWidget *window = show (gtk_label_new (NULL));
  GtkWidget *dialog;

  ear_user_set_name (ear_chat_get_user (f->a), NAME);
  dialog = GTK_WIDGET (ear_verify_dialog_new (GTK_WINDOW (window), f->a));
  gtk_window_present (GTK_WINDOW (dialog));
  settle ();
  g_assert_cmpstr (gtk_window_get_title (GTK_WINDOW (dialog)), ==, "Verify " NAME);
  ear_test_wait (find (dialog, shows_text,
                       "Chat with " NAME
                       " once: then there is a number that the two of you can compare.") != NULL);
  drop (dialog, dialog);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* Another key was seen, and is not known any more. */
static void
test_verify_missing (Fixture *f, gconstpointer data)
{
  EarContacts *contacts = ear_client_get_contacts (f->alice->client);
  g_autofree char *other = g_strnfill (strlen (f->fingerprint), 'a');
  GtkWidget *window = show (gtk_label_new (NULL));
  GtkWidget *dialog;

  ear_contacts_pin (contacts, "bob", NULL, other);
  ear_contacts_check (contacts, "bob", f->fingerprint);
  ear_test_person_leave (f->bob);
  ear_test_wait (!ear_test_person_sees (f->alice, "bob"));
  ear_user_set_name (ear_chat_get_user (f->a), NAME);
  dialog = GTK_WIDGET (ear_verify_dialog_new (GTK_WINDOW (window), f->a));
  gtk_window_present (GTK_WINDOW (dialog));
  settle ();
  ear_test_wait (find (dialog, shows_text,
                       "The key of " NAME " has changed. The new one is known when " NAME
                       " is active.") != NULL);
  drop (dialog, dialog);
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_toast (void)
{
  GtkWidget *overlay = adw_toast_overlay_new ();
  GtkWidget *window = show (overlay);

  adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), ear_toast_new (NAME));
  settle ();
  assert_shows (overlay, NAME);
  drop (window, overlay);
}

static GtkWidget *
find_dialog (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++) {
    g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

    if (ADW_IS_MESSAGE_DIALOG (window))
      return window;
  }
  return NULL;
}

/* The longest that a message can hold, and what only browsers understand. */
static void
test_link (void)
{
  GtkWidget *window = show (gtk_label_new (NULL));
  g_autofree char *path = g_strnfill (EAR_LIMIT_TEXT - 100, 'W');
  g_autofree char *long_uri = g_strdup_printf ("https://xn--pple-43d.example/%s", path);
  const char *const uris[] = { "https://xn--pple-43d.example/%E9%00", long_uri };

  for (guint i = 0; i < G_N_ELEMENTS (uris); i++) {
    g_autofree char *shown = ear_format_link (uris[i]);
    GtkWidget *dialog;

    ear_open_link (gtk_window_get_child (GTK_WINDOW (window)), uris[i]);
    settle ();
    dialog = find_dialog ();
    g_assert_nonnull (dialog);
    assert_shows (dialog, "Open xn--pple-43d.example?");
    assert_shows (dialog, shown);
    g_assert_cmpint (get_minimum (dialog, GTK_ORIENTATION_VERTICAL), <, 600);
    drop (dialog, dialog);
  }
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  widget_fixture_init (&argc, &argv);

#define ADD(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)
  ADD ("/strangers/chat", test_chat);
  ADD ("/strangers/name", test_name);
  ADD ("/strangers/note", test_note);
  g_test_add_func ("/strangers/row", test_row);
  ADD ("/strangers/contact-row", test_contact_row);
  ADD ("/strangers/preferences-search", test_preferences_search);
  g_test_add_func ("/strangers/announcements", test_announcements);
  ADD ("/strangers/request", test_request);
  ADD ("/strangers/verify", test_verify);
  ADD ("/strangers/verify-missing", test_verify_missing);
  g_test_add_func ("/strangers/toast", test_toast);
  g_test_add_func ("/strangers/link", test_link);
  return g_test_run ();
}
