/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Every template can be made and goes away without a trace; what a person acts on has its name for
 * assistive technology; what a stranger wrote is never markup. */

#include "client/ear-announcement.h"
#include "client/ear-user-list.h"
#include "client/ear-user.h"
#include "gui/ear-announce-dialog.h"
#include "gui/ear-announcement-bar.h"
#include "gui/ear-announcement-history.h"
#include "gui/ear-chat-title.h"
#include "gui/ear-composer.h"
#include "gui/ear-connection-bar.h"
#include "gui/ear-login-dialog.h"
#include "gui/ear-login-page.h"
#include "gui/ear-myself.h"
#include "gui/ear-request-dialog.h"
#include "gui/ear-sidebar.h"
#include "gui/ear-signup-page.h"
#include "gui/ear-user-row.h"
#include "support/ear-test-wait.h"
#include "widget-fixture.h"
#include "wire/ear-error.h"
#include "wire/ear-message.h"

#define NASTY "<b>&amp;</b> <span foreground='red'>%s & \"x\""

/* As GTK names a widget: by its own label, or by those that say that they label it. */
static gboolean
has_label (GtkWidget *widget, gconstpointer label)
{
  GtkAccessible *accessible = GTK_ACCESSIBLE (widget);
  g_autofree char *problem = NULL;

  if (ADW_IS_ENTRY_ROW (widget))
    return g_strcmp0 (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (widget)), label) == 0;
  if (GTK_IS_LABEL (widget) || GTK_IS_LIST_BOX_ROW (widget))
    return FALSE;
  if (gtk_test_accessible_has_property (accessible, GTK_ACCESSIBLE_PROPERTY_LABEL)) {
    problem = gtk_test_accessible_check_property (accessible, GTK_ACCESSIBLE_PROPERTY_LABEL, label);
    return problem == NULL;
  }
  if (GTK_IS_BUTTON (widget))
    return find (widget, shows_text, label) != NULL;
  if (GTK_IS_SWITCH (widget)) {
    GtkWidget *row = gtk_widget_get_ancestor (widget, ADW_TYPE_PREFERENCES_ROW);

    return gtk_test_accessible_has_relation (accessible, GTK_ACCESSIBLE_RELATION_LABELLED_BY) &&
           g_strcmp0 (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)), label) == 0;
  }
  return FALSE;
}

static GtkWidget *
assert_named (GtkWidget *widget, const char *label, GtkAccessibleRole role)
{
  GtkWidget *found = find (widget, has_label, label);

  if (found == NULL)
    g_error ("%s has nothing called “%s”", G_OBJECT_TYPE_NAME (widget), label);
  gtk_test_accessible_assert_role (found, role);
  return found;
}

static void
count_cb (guint *count)
{
  (*count)++;
}

static void
test_login_page (void)
{
  EarLoginPage *page = ear_login_page_new ();
  GtkWidget *widget = GTK_WIDGET (page);
  GtkWidget *window = show (widget);
  g_autoptr (GError) error = ear_error_new (EAR_ERROR_BAD_LOGIN);
  guint submitted = 0;
  GtkWidget *button, *password;

  assert_named (widget, "Server", GTK_ACCESSIBLE_ROLE_TEXT_BOX);
  assert_named (widget, "Username", GTK_ACCESSIBLE_ROLE_TEXT_BOX);
  password = assert_named (widget, "Password", GTK_ACCESSIBLE_ROLE_TEXT_BOX);
  button = assert_named (widget, "Log In", GTK_ACCESSIBLE_ROLE_BUTTON);
  assert_named (widget, "Sign Up", GTK_ACCESSIBLE_ROLE_BUTTON);
  assert_named (widget, "Keep me logged in", GTK_ACCESSIBLE_ROLE_SWITCH);

  g_signal_connect_swapped (page, "submitted", G_CALLBACK (count_cb), &submitted);
  g_assert_false (gtk_widget_get_sensitive (button));
  ear_login_page_set_server (page, "localhost");
  ear_login_page_set_user (page, "alice");
  g_assert_false (gtk_widget_get_sensitive (button));
  ear_login_page_set_password (page, "secret");
  g_assert_true (gtk_widget_get_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
  g_assert_cmpuint (submitted, ==, 1);

  ear_login_page_set_busy (page, TRUE);
  g_assert_false (gtk_widget_get_sensitive (button));
  ear_login_page_set_busy (page, FALSE);
  ear_login_page_set_error (page, error);
  gtk_test_accessible_assert_state (password, GTK_ACCESSIBLE_STATE_INVALID,
                                    GTK_ACCESSIBLE_INVALID_TRUE);
  g_assert_nonnull (find (widget, shows_text, "User name and password don’t match."));
  ear_login_page_set_user (page, "bob");
  g_assert_false (
    gtk_test_accessible_has_state (GTK_ACCESSIBLE (password), GTK_ACCESSIBLE_STATE_INVALID));
  drop (window, widget);
}

static void
type (GtkWidget *page, const char *label, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (find (page, has_label, label)), text);
}

static void
test_signup_page (void)
{
  EarSignupPage *page = ear_signup_page_new ();
  GtkWidget *widget = GTK_WIDGET (page);
  GtkWidget *window = show (widget);
  guint submitted = 0;
  GtkWidget *button = assert_named (widget, "Sign Up", GTK_ACCESSIBLE_ROLE_BUTTON);

  g_signal_connect_swapped (page, "submitted", G_CALLBACK (count_cb), &submitted);
  assert_named (widget, "Repeat Password", GTK_ACCESSIBLE_ROLE_TEXT_BOX);
  type (widget, "Server", "localhost:4400");
  type (widget, "Username", "Not A Name");
  type (widget, "Password", "four random words");
  type (widget, "Repeat Password", "four random swords");

  g_signal_emit_by_name (button, "clicked");
  g_assert_cmpuint (submitted, ==, 0);
  type (widget, "Username", "alice");
  g_signal_emit_by_name (button, "clicked");
  g_assert_cmpuint (submitted, ==, 0);
  g_assert_nonnull (find (widget, shows_text, "The two passwords are not the same."));
  type (widget, "Password", "short");
  type (widget, "Repeat Password", "short");
  g_signal_emit_by_name (button, "clicked");
  g_assert_cmpuint (submitted, ==, 0);
  type (widget, "Password", "four random words");
  type (widget, "Repeat Password", "four random words");
  g_signal_emit_by_name (button, "clicked");
  g_assert_cmpuint (submitted, ==, 1);
  g_assert_cmpstr (ear_signup_page_get_user (page), ==, "alice");
  g_assert_null (ear_signup_page_get_name (page));
  drop (window, widget);
}

static void
test_user_row (void)
{
  g_autoptr (EarUser) user = ear_user_new ("mallory");
  GtkWidget *row = GTK_WIDGET (ear_user_row_new ());
  GtkWidget *window = show (row);

  ear_user_set_name (user, NASTY);
  ear_user_set_status (user, NASTY);
  ear_user_set_active (user, TRUE);
  ear_user_row_set_user (EAR_USER_ROW (row), user);
  gtk_test_accessible_assert_property (row, GTK_ACCESSIBLE_PROPERTY_LABEL, "mallory");
  g_assert_nonnull (find (row, shows_text, NASTY "\nmallory · " NASTY));

  ear_user_set_unread (user, 120);
  g_assert_nonnull (find (row, shows_text, "99+"));
  ear_user_set_verified (user, TRUE);
  ear_user_set_blocked (user, TRUE);
  gtk_test_accessible_assert_property (row, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                       "mallory · " NASTY
                                       ", Verified, Blocked, 120 unread messages");
  ear_user_set_verified (user, FALSE);
  g_assert_false (gtk_widget_has_css_class (row, "away"));
  ear_user_set_active (user, FALSE);
  g_assert_true (gtk_widget_has_css_class (row, "away"));
  drop (window, row);
}

static gboolean
is_row_of (GtkWidget *widget, gconstpointer account)
{
  EarUser *user = EAR_IS_USER_ROW (widget) ? ear_user_row_get_user (EAR_USER_ROW (widget)) : NULL;

  return user != NULL && g_strcmp0 (ear_user_get_account (user), account) == 0;
}

static void
chosen_cb (EarUser **chosen, EarUser *user)
{
  *chosen = user;
}

/* Somebody comes, and so many are there then. */
static void
tell_joined (EarUserList *users, const char *account, guint total)
{
  g_autoptr (EarMessage) change = ear_message_new (EAR_MESSAGE_ROSTER_CHANGE);
  const EarRosterEntry entry = { .user = account, .name = account, .status = "" };

  ear_message_add_entry (change, "joined", &entry);
  ear_message_add_entry (change, "changed", NULL);
  ear_message_set_strings (change, "left", (const char *const[]){ NULL });
  ear_message_set_integer (change, "total", total);
  ear_user_list_apply (users, change, NULL);
}

static void
test_sidebar (void)
{
  g_autoptr (EarUserList) users = ear_user_list_new ();
  EarSidebar *sidebar = ear_sidebar_new ();
  GtkWidget *widget = GTK_WIDGET (sidebar);
  GtkWidget *window = show (widget);
  EarUser *chosen = NULL, *bob;
  GtkWidget *list = assert_named (widget, "Active users", GTK_ACCESSIBLE_ROLE_LIST);
  GtkWidget *row, *button;

  button = assert_named (widget, "Broadcast", GTK_ACCESSIBLE_ROLE_BUTTON);
  ear_sidebar_set_may_broadcast (sidebar, FALSE);
  gtk_test_accessible_assert_property (button, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                       "Only admins can broadcast here");
  g_assert_cmpstr (gtk_widget_get_tooltip_text (button), ==, "Only admins can broadcast here");
  ear_sidebar_set_may_broadcast (sidebar, TRUE);
  g_assert_cmpstr (gtk_widget_get_tooltip_text (button), ==, "Broadcast an Announcement");
  assert_named (widget, "Search people", GTK_ACCESSIBLE_ROLE_SEARCH_BOX);
  ear_sidebar_set_users (sidebar, users);
  ear_sidebar_set_myself (sidebar, "alice", NULL);
  ear_sidebar_set_server_link (sidebar, "earshot://localhost:4400/");
  settle ();
  g_assert_true (gtk_widget_get_mapped (find (widget, shows_text, "earshot://localhost:4400/")));

  g_signal_connect_swapped (sidebar, "user-chosen", G_CALLBACK (chosen_cb), &chosen);
  bob = ear_user_list_add_contact (users, "bob");
  ear_user_set_active (bob, TRUE);
  settle ();
  row = find (list, is_row_of, "bob");
  g_assert_nonnull (row);
  gtk_test_accessible_assert_property (gtk_widget_get_parent (row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "bob");

  gtk_widget_activate_action (list, "list.select-item", "(ubb)", 0, FALSE, FALSE);
  g_assert_true (chosen == bob);
  /* Who goes away moves below the heading, and stays the chosen one without being said again. */
  chosen = NULL;
  ear_user_set_active (bob, FALSE);
  settle ();
  g_assert_nonnull (find (list, shows_text, "Away"));
  g_assert_true (ear_sidebar_get_selected (sidebar) == bob);
  g_assert_null (chosen);

  /* It says when there are more than it shows. */
  tell_joined (users, "carol", 4);
  settle ();
  row = find (widget, shows_text, "The first 1 of 3. Search to find others.");
  g_assert_nonnull (row);
  g_assert_true (gtk_widget_get_mapped (row));
  tell_joined (users, "dora", 3);
  settle ();
  g_assert_false (gtk_widget_get_mapped (row));
  drop (window, widget);
}

static void
search_changed_cb (char **asked, const char *text)
{
  g_free (*asked);
  *asked = g_strdup (text);
}

/* The server is asked for whom the list does not have, also when it had all while one typed. */
static void
test_search (void)
{
  g_autoptr (EarUserList) users = ear_user_list_new ();
  g_autofree char *asked = NULL;
  EarSidebar *sidebar = ear_sidebar_new ();
  GtkWidget *widget = GTK_WIDGET (sidebar);
  GtkWidget *window = show (widget);
  GtkWidget *entry = assert_named (widget, "Search people", GTK_ACCESSIBLE_ROLE_SEARCH_BOX);

  ear_sidebar_set_users (sidebar, users);
  g_signal_connect_swapped (sidebar, "search-changed", G_CALLBACK (search_changed_cb), &asked);
  tell_joined (users, "carol", 2);
  gtk_editable_set_text (GTK_EDITABLE (entry), "zo");
  g_signal_emit_by_name (entry, "search-changed");
  g_assert_null (asked);
  tell_joined (users, "dora", 5);
  g_assert_cmpstr (asked, ==, "zo");
  g_assert_true (ear_sidebar_clear_search (sidebar));
  g_assert_cmpstr (asked, ==, "");
  drop (window, widget);
}

static void
test_myself (void)
{
  EarMyself *myself = ear_myself_new ();
  GtkWidget *widget = GTK_WIDGET (myself);
  GtkWidget *window = show (widget);

  ear_myself_set_names (myself, "alice", NULL);
  g_assert_nonnull (find (widget, shows_text, "alice"));
  g_assert_nonnull (find (widget, shows_text, "online"));
  ear_myself_set_names (myself, "alice", NASTY);
  g_assert_nonnull (find (widget, shows_text, NASTY));
  g_assert_nonnull (find (widget, shows_text, "alice"));
  ear_myself_set_status (myself, NASTY " status", TRUE);
  g_assert_nonnull (find (widget, shows_text, NASTY " status"));
  ear_myself_set_online (myself, FALSE);
  g_assert_nonnull (find (widget, shows_text, "offline"));
  drop (window, widget);
}

static gboolean
is_revealer (GtkWidget *widget, gconstpointer data)
{
  return GTK_IS_REVEALER (widget);
}

static EarAnnouncement *
announce (GListStore *list, guint64 number, const char *text)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (EarAnnouncement) announcement =
    ear_announcement_new (number, "carol", "Carol", text, now);

  g_list_store_append (list, announcement);
  return announcement;
}

/* NULL: the bar is hidden, or on its way there, and nothing in it can be reached any more. */
static void
assert_shown (EarAnnouncementBar *bar, const char *text)
{
  GtkWidget *widget = GTK_WIDGET (bar);
  GtkRevealer *revealer = GTK_REVEALER (find (widget, is_revealer, NULL));

  g_assert_true (gtk_revealer_get_reveal_child (revealer) == (text != NULL));
  if (text != NULL) {
    ear_test_wait (gtk_widget_get_child_visible (gtk_revealer_get_child (revealer)));
    g_assert_nonnull (find (widget, shows_text, text));
  }
  g_assert_true (gtk_widget_child_focus (widget, GTK_DIR_TAB_FORWARD) == (text != NULL));
  gtk_window_set_focus (GTK_WINDOW (gtk_widget_get_root (widget)), NULL);
}

static void
test_announcement_bar (void)
{
  g_autoptr (GListStore) list = g_list_store_new (EAR_TYPE_ANNOUNCEMENT);
  EarAnnouncementBar *bar = ear_announcement_bar_new ();
  GtkWidget *widget = GTK_WIDGET (bar);
  GtkWidget *window = show (widget);
  EarAnnouncement *first, *second;
  guint dismissed = 0;

  g_signal_connect_swapped (bar, "dismissed", G_CALLBACK (count_cb), &dismissed);
  ear_announcement_bar_set_announcements (bar, G_LIST_MODEL (list));
  assert_shown (bar, NULL);
  ear_announcement_bar_dismiss (bar);
  g_assert_cmpuint (dismissed, ==, 0);

  first = announce (list, 1, "one");
  second = announce (list, 2, NASTY);
  announce (list, 3, "three");
  assert_shown (bar, "three");
  g_assert_nonnull (find (widget, shows_text, "1 of 3"));

  g_signal_emit_by_name (assert_named (widget, "Older Announcement", GTK_ACCESSIBLE_ROLE_BUTTON),
                         "clicked");
  assert_shown (bar, NASTY);
  g_assert_nonnull (find (widget, shows_text, "2 of 3"));

  g_signal_emit_by_name (assert_named (widget, "Dismiss", GTK_ACCESSIBLE_ROLE_BUTTON), "clicked");
  g_assert_true (ear_announcement_get_dismissed (second));
  g_assert_cmpuint (dismissed, ==, 1);
  assert_shown (bar, "one");
  ear_announcement_set_dismissed (first, TRUE); /* in another bar */
  assert_shown (bar, "three");
  g_list_store_remove (list, 2); /* it grew too old */
  assert_shown (bar, NULL);
  drop (window, widget);
}

static void
test_history (void)
{
  g_autoptr (GListStore) list = g_list_store_new (EAR_TYPE_ANNOUNCEMENT);
  GtkWidget *button = gtk_menu_button_new ();
  EarAnnouncementHistory *history = ear_announcement_history_new ();
  GtkWidget *window;

  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), GTK_WIDGET (history));
  ear_announcement_history_set_announcements (history, G_LIST_MODEL (list));
  window = show (button);
  announce (list, 1, NASTY);
  gtk_menu_button_popup (GTK_MENU_BUTTON (button));
  settle ();
  g_assert_nonnull (find (GTK_WIDGET (history), shows_text, NASTY));
  g_list_store_remove_all (list);
  settle ();
  g_assert_null (find (GTK_WIDGET (history), shows_text, NASTY));
  drop (window, button);
}

static void
removed_cb (GSimpleAction *action, GVariant *parameter, guint64 *removed)
{
  *removed = g_variant_get_uint64 (parameter);
}

/* What only admins can do is there for them alone, and means what is shown. */
static void
test_remove_announcement (void)
{
  g_autoptr (GSimpleActionGroup) actions = g_simple_action_group_new ();
  g_autoptr (GSimpleAction) action =
    g_simple_action_new ("remove-broadcast", G_VARIANT_TYPE_UINT64);
  g_autoptr (GListStore) list = g_list_store_new (EAR_TYPE_ANNOUNCEMENT);
  EarAnnouncementBar *bar = ear_announcement_bar_new ();
  GtkWidget *widget = GTK_WIDGET (bar);
  GtkWidget *window = show (widget);
  GtkWidget *button = assert_named (widget, "Remove for Everyone", GTK_ACCESSIBLE_ROLE_BUTTON);
  guint64 removed = 0;

  ear_announcement_bar_set_announcements (bar, G_LIST_MODEL (list));
  announce (list, 6, "six");
  announce (list, 7, "seven");
  g_assert_false (gtk_widget_get_visible (button));
  g_simple_action_set_enabled (action, FALSE);
  g_signal_connect (action, "activate", G_CALLBACK (removed_cb), &removed);
  g_action_map_add_action (G_ACTION_MAP (actions), G_ACTION (action));
  gtk_widget_insert_action_group (window, "app", G_ACTION_GROUP (actions));
  g_assert_false (gtk_widget_get_visible (button));
  g_simple_action_set_enabled (action, TRUE);
  g_assert_true (gtk_widget_get_visible (button));
  g_signal_emit_by_name (button, "clicked");
  g_assert_cmpuint (removed, ==, 7);
  g_simple_action_set_enabled (action, FALSE);
  g_assert_false (gtk_widget_get_visible (button));
  drop (window, widget);
}

static void
submitted_cb (char **text, const char *submitted)
{
  g_free (*text);
  *text = g_strdup (submitted);
}

static void
test_announce_dialog (void)
{
  EarAnnounceDialog *dialog = ear_announce_dialog_new (NULL);
  GtkWidget *widget = GTK_WIDGET (dialog);
  g_autofree char *too_long = g_strnfill (4097, 'x');
  g_autofree char *text = NULL;
  GtkWidget *button;

  g_assert_true (gtk_window_get_destroy_with_parent (GTK_WINDOW (dialog)));
  gtk_window_present (GTK_WINDOW (dialog));
  settle ();
  assert_named (widget, "Announcement", GTK_ACCESSIBLE_ROLE_TEXT_BOX);
  button = assert_named (widget, "Broadcast", GTK_ACCESSIBLE_ROLE_BUTTON);
  g_signal_connect_swapped (dialog, "submitted", G_CALLBACK (submitted_cb), &text);
  g_assert_false (gtk_widget_get_sensitive (button));
  ear_announce_dialog_set_text (dialog, " \n ");
  g_assert_false (gtk_widget_get_sensitive (button));
  ear_announce_dialog_set_text (dialog, too_long);
  g_assert_false (gtk_widget_get_sensitive (button));
  too_long[4096] = '\0';
  ear_announce_dialog_set_text (dialog, too_long);
  g_assert_true (gtk_widget_get_sensitive (button));
  ear_announce_dialog_set_text (dialog, " Fire drill\n");
  g_signal_emit_by_name (button, "clicked");
  g_assert_cmpstr (text, ==, "Fire drill");
  drop (widget, widget);
}

static void
test_connection_bar (void)
{
  EarConnectionBar *bar = ear_connection_bar_new ();
  GtkWidget *window = show (GTK_WIDGET (bar));
  GtkWidget *button;

  ear_connection_bar_show_state (bar, TRUE, 8);
  g_assert_nonnull (find (GTK_WIDGET (bar), shows_text, "Trying again in 8 s"));
  button = assert_named (GTK_WIDGET (bar), "Try Now", GTK_ACCESSIBLE_ROLE_BUTTON);
  g_assert_true (gtk_widget_get_visible (button));

  /* It stays under the finger. */
  ear_connection_bar_show_state (bar, TRUE, 0);
  g_assert_nonnull (find (GTK_WIDGET (bar), shows_text, "Trying again…"));
  g_assert_true (gtk_widget_get_visible (button));

  /* One does not hide the other. */
  ear_connection_bar_show_disk_failing (bar, TRUE);
  g_assert_nonnull (find (GTK_WIDGET (bar), shows_text, "Nothing can be saved. Is the disk full?"));
  g_assert_nonnull (
    find (GTK_WIDGET (bar), shows_text, "Can’t reach the server. Your open chats go on."));
  g_assert_true (gtk_widget_get_visible (button));
  ear_connection_bar_show_disk_failing (bar, FALSE);
  g_assert_null (
    find (GTK_WIDGET (bar), shows_text, "Can’t reach the server. Your open chats go on."));
  g_assert_false (gtk_widget_get_visible (button));
  drop (window, GTK_WIDGET (bar));
}

static void
test_chat_parts (void)
{
  GtkWidget *title = ear_chat_title_new ();
  GtkWidget *composer = g_object_new (EAR_TYPE_COMPOSER, NULL);
  GtkWidget *window = show (composer);

  assert_named (composer, "Message", GTK_ACCESSIBLE_ROLE_TEXT_BOX);
  assert_named (composer, "Send", GTK_ACCESSIBLE_ROLE_BUTTON);
  drop (window, composer);
  window = show (title);
  drop (window, title);
}

static void
test_request_dialog (void)
{
  GtkWidget *dialog = g_object_new (EAR_TYPE_REQUEST_DIALOG, NULL);

  assert_named (dialog, "Accept", GTK_ACCESSIBLE_ROLE_BUTTON);
  assert_named (dialog, "Decline", GTK_ACCESSIBLE_ROLE_BUTTON);
  drop (dialog, dialog);
}

static void
test_login_dialog (void)
{
  GtkWidget *dialog = g_object_new (EAR_TYPE_LOGIN_DIALOG, NULL);
  g_autoptr (GError) error = ear_error_new (EAR_ERROR_UNREACHABLE);

  /* A bad link is said before a session is asked for anything. */
  ear_login_dialog_set_server (EAR_LOGIN_DIALOG (dialog), "not a server");
  ear_login_dialog_log_in (EAR_LOGIN_DIALOG (dialog), "alice", "secret");
  settle ();
  g_assert_true (gtk_widget_get_mapped (dialog));
  ear_login_dialog_set_error (EAR_LOGIN_DIALOG (dialog), error);
  drop (dialog, dialog);
}

static void
test_shortcuts (void)
{
  g_autoptr (GtkBuilder) builder =
    gtk_builder_new_from_resource ("/io/github/earshot/Earshot/ear-shortcuts.ui");
  GtkWindow *window = GTK_WINDOW (gtk_builder_get_object (builder, "window"));

  g_assert_true (gtk_window_get_destroy_with_parent (window));
  gtk_window_destroy (window);
}

int
main (int argc, char **argv)
{
  widget_fixture_init (&argc, &argv);

  g_test_add_func ("/templates/login-page", test_login_page);
  g_test_add_func ("/templates/signup-page", test_signup_page);
  g_test_add_func ("/templates/login-dialog", test_login_dialog);
  g_test_add_func ("/templates/user-row", test_user_row);
  g_test_add_func ("/templates/sidebar", test_sidebar);
  g_test_add_func ("/templates/search", test_search);
  g_test_add_func ("/templates/myself", test_myself);
  g_test_add_func ("/templates/announcement-bar", test_announcement_bar);
  g_test_add_func ("/templates/announcement-history", test_history);
  g_test_add_func ("/templates/announcement-remove-announcement", test_remove_announcement);
  g_test_add_func ("/templates/announce-dialog", test_announce_dialog);
  g_test_add_func ("/templates/connection-bar", test_connection_bar);
  g_test_add_func ("/templates/chat-parts", test_chat_parts);
  g_test_add_func ("/templates/request-dialog", test_request_dialog);
  g_test_add_func ("/templates/shortcuts", test_shortcuts);
  return g_test_run ();
}
