/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A chat in all that shows it, while the other one comes and goes, and while one writes. */

#include "client/ear-chat-log.h"
#include "client/ear-chat-message.h"
#include "client/ear-client.h"
#include "client/ear-history.h"
#include "client/ear-session.h"
#include "client/ear-user.h"
#include "gui/ear-chat-title.h"
#include "gui/ear-chat-view.h"
#include "gui/ear-chat-window.h"
#include "gui/ear-notices.h"
#include "gui/ear-presence.h"
#include "gui/ear-verify-dialog.h"
#include "gui/ear-window.h"
#include "gui/ear-written-text.h"
#include "support/ear-test-person.h"
#include "support/ear-test-wait.h"
#include "widget-fixture.h"
#include "wire/ear-message.h"

/* Two who see each other. */
typedef struct
{
  EarTestServer *server;
  EarTestPerson *alice;
  EarTestPerson *bob;
  EarChat *chat; /* alice's, with bob */
  EarSession *session;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  settle ();
  f->server = ear_test_person_new_pair (&f->alice, &f->bob);
  f->chat = ear_test_person_get_chat (f->alice, f->bob);
  f->session = ear_client_get_session (f->alice->client);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  ear_test_person_free (f->alice);
  ear_test_person_free (f->bob);
  ear_test_server_free (f->server);
}

/* To the list, somebody who is no contact is another user each time. */
static void
let_bob_return (Fixture *f)
{
  EarUser *before = ear_chat_get_user (f->chat);

  ear_test_person_leave (f->bob);
  ear_test_wait (!ear_test_person_sees (f->alice, "bob"));
  ear_test_person_come_back (f->bob);
  ear_test_wait (ear_test_person_sees (f->alice, "bob"));
  g_assert_true (ear_chat_get_user (f->chat) != before);
}

static void
test_return (Fixture *f, gconstpointer data)
{
  GtkWidget *view = ear_chat_view_new (f->chat, f->session);
  GtkWidget *window = show (view);
  GActionGroup *actions = ear_chat_view_get_actions (EAR_CHAT_VIEW (view));

  let_bob_return (f);
  settle ();
  g_assert_nonnull (
    find (view, shows_text, "Not connected. bob has to accept before you can chat."));
  g_assert_true (g_action_group_get_action_enabled (actions, "request"));
  drop (window, view);
}

static void
test_return_title (Fixture *f, gconstpointer data)
{
  GtkWidget *title = ear_chat_title_new ();
  GtkWidget *window = show (title);

  ear_chat_title_set_chat (EAR_CHAT_TITLE (title), f->chat);
  let_bob_return (f);
  ear_user_set_name (ear_chat_get_user (f->chat), "Bob Okafor");
  g_assert_nonnull (find (title, shows_text, "Bob Okafor"));
  drop (window, title);
}

static void
test_return_window (Fixture *f, gconstpointer data)
{
  EarChatWindow *window = ear_chat_window_new (NULL, f->chat, f->alice->client);

  let_bob_return (f);
  ear_user_set_name (ear_chat_get_user (f->chat), "Bob Okafor");
  g_assert_cmpstr (gtk_window_get_title (GTK_WINDOW (window)), ==, "Bob Okafor");
  drop (GTK_WIDGET (window), GTK_WIDGET (window));
}

static void
broadcast (EarTestPerson *person, const char *text)
{
  g_autoptr (EarMessage) message = ear_message_new (EAR_MESSAGE_BROADCAST);

  ear_message_set_string (message, "text", text);
  ear_session_request_async (ear_client_get_session (person->client), message, NULL, NULL, NULL);
}

static gboolean
is_button (GtkWidget *widget, gconstpointer label)
{
  return GTK_IS_BUTTON (widget) &&
         g_strcmp0 (gtk_button_get_label (GTK_BUTTON (widget)), label) == 0;
}

static gboolean
is_retry_button (GtkWidget *widget, gconstpointer data)
{
  return is_button (widget, "Try Now") && gtk_widget_get_mapped (widget);
}

static gboolean
is_mapped_text (GtkWidget *widget, gconstpointer text)
{
  return shows_text (widget, text) && gtk_widget_get_mapped (widget);
}

static gboolean
is_focus_in_notices (GtkWidget *window)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (window));

  return gtk_widget_get_ancestor (focus, EAR_TYPE_NOTICES) != NULL;
}

/* Who presses the button to try again finds no other under the finger when it worked. */
static void
assert_focus_is_let_go (Fixture *f, GtkWidget *window)
{
  GtkWidget *button;

  ear_test_server_stop_inside (f->server);
  ear_test_wait (ear_session_get_state (f->session) == EAR_SESSION_WAITING);
  ear_test_wait ((button = find (window, is_retry_button, NULL)) != NULL &&
                 gtk_widget_grab_focus (button));
  g_signal_emit_by_name (button, "clicked");
  g_assert_cmpint (ear_session_get_state (f->session), ==, EAR_SESSION_CONNECTING);
  g_assert_true (gtk_window_get_focus (GTK_WINDOW (window)) == button);
  ear_test_server_start_inside (f->server);
  ear_test_wait (ear_session_is_online (f->session));
  g_assert_null (gtk_window_get_focus (GTK_WINDOW (window)));
  ear_test_wait (!gtk_widget_get_mapped (button));
  g_assert_null (gtk_window_get_focus (GTK_WINDOW (window)));
}

static void
assert_notices (Fixture *f, GtkWidget *window)
{
  broadcast (f->bob, "Fire drill at 11");
  ear_test_wait (find (window, is_mapped_text, "Fire drill at 11") != NULL);
  for (guint i = 0; i < 3; i++) {
    g_assert_true (is_focus_in_notices (window) == (i == 1));
    gtk_widget_activate_action (window, "win.focus-next", NULL);
  }
  assert_focus_is_let_go (f, window);
}

/* Who looks at nothing but this window misses no broadcast, and learns that the server is gone. */
static void
test_window_notices (Fixture *f, gconstpointer data)
{
  GtkWidget *window = GTK_WIDGET (ear_chat_window_new (NULL, f->chat, f->alice->client));

  gtk_window_present (GTK_WINDOW (window));
  assert_notices (f, window);
  drop (window, window);
}

static gboolean
is_people (GtkWidget *widget, gconstpointer data)
{
  return GTK_IS_LIST_VIEW (widget) && gtk_widget_has_css_class (widget, "navigation-sidebar");
}

/* Gives its list of people, too. */
static GtkWidget *
main_window_new (Fixture *f, GtkListView **people)
{
  g_autoptr (EarPresence) presence = ear_presence_new (f->session, NULL);
  GtkWidget *window = GTK_WIDGET (ear_window_new (NULL, f->alice->client, presence, NULL));

  *people = GTK_LIST_VIEW (find (window, is_people, NULL));
  return window;
}

static gboolean
is_leaflet (GtkWidget *widget, gconstpointer data)
{
  return ADW_IS_LEAFLET (widget);
}

/* The same on the page of the chat in a narrow main window. */
static void
test_narrow_notices (Fixture *f, gconstpointer data)
{
  GtkListView *people;
  GtkWidget *window = main_window_new (f, &people);
  AdwLeaflet *leaflet = ADW_LEAFLET (find (window, is_leaflet, NULL));

  gtk_window_set_default_size (GTK_WINDOW (window), 360, 600);
  gtk_window_present (GTK_WINDOW (window));
  ear_test_wait (adw_leaflet_get_folded (leaflet));
  gtk_selection_model_select_item (gtk_list_view_get_model (people), 0, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (people));
  gtk_widget_activate_action (window, "win.focus-next", NULL);
  ear_test_wait (!adw_leaflet_get_child_transition_running (leaflet) &&
                 !gtk_widget_get_mapped (GTK_WIDGET (people))); /* their page has slid away */
  assert_notices (f, window);
  drop (window, window);
}

static void
test_return_main_window (Fixture *f, gconstpointer data)
{
  GtkListView *people;
  GtkWidget *window = main_window_new (f, &people);
  GtkSingleSelection *selection = GTK_SINGLE_SELECTION (gtk_list_view_get_model (people));

  gtk_window_present (GTK_WINDOW (window));
  gtk_single_selection_set_selected (selection, 0);
  g_assert_cmpstr (gtk_window_get_title (GTK_WINDOW (window)), ==, "bob");

  let_bob_return (f);
  settle ();
  g_assert_true (gtk_single_selection_get_selected_item (selection) ==
                 (gpointer) ear_chat_get_user (f->chat));
  ear_user_set_name (ear_chat_get_user (f->chat), "Bob Okafor");
  g_assert_cmpstr (gtk_window_get_title (GTK_WINDOW (window)), ==, "Bob Okafor");
  drop (window, window);
}

static gboolean
is_verified (GtkWidget *widget, gconstpointer data)
{
  return shows_text (widget, "Verified") && gtk_widget_get_visible (gtk_widget_get_parent (widget));
}

static gboolean
is_stack (GtkWidget *widget, gconstpointer data)
{
  return GTK_IS_STACK (widget);
}

/* It stays until the server has answered. */
static void
drop_verify_dialog (GtkWidget *dialog)
{
  GtkStack *pages = GTK_STACK (find (dialog, is_stack, NULL));

  ear_test_wait (!g_str_equal (gtk_stack_get_visible_child_name (pages), "looking"));
  drop (dialog, dialog);
}

static void
test_verify_names (Fixture *f, gconstpointer data)
{
  GtkWidget *dialog = GTK_WIDGET (ear_verify_dialog_new (NULL, f->chat));
  GtkWidget *button = find (dialog, is_button, "_Copy");

  gtk_window_present (GTK_WINDOW (dialog));
  /* It has that of the label inside. */
  g_assert_false (
    gtk_test_accessible_has_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL));
  drop_verify_dialog (dialog);
}

static void
test_return_verify (Fixture *f, gconstpointer data)
{
  GtkWidget *dialog = GTK_WIDGET (ear_verify_dialog_new (NULL, f->chat));

  gtk_window_present (GTK_WINDOW (dialog));
  let_bob_return (f);
  g_assert_null (find (dialog, is_verified, NULL));
  ear_user_set_verified (ear_chat_get_user (f->chat), TRUE);
  g_assert_nonnull (find (dialog, is_verified, NULL));
  drop_verify_dialog (dialog);
}

static gboolean
is_text_view (GtkWidget *widget, gconstpointer data)
{
  return GTK_IS_TEXT_VIEW (widget);
}

static GtkTextBuffer *
get_buffer (GtkWidget *view)
{
  return gtk_text_view_get_buffer (GTK_TEXT_VIEW (find (view, is_text_view, NULL)));
}

static void
assert_draft (GtkWidget *view, const char *expected)
{
  g_autofree char *text = ear_written_text_dup (get_buffer (view));

  g_assert_cmpstr (text, ==, expected);
}

static void
write_draft (GtkWidget *view, const char *text)
{
  gtk_text_buffer_set_text (get_buffer (view), text, -1);
}

static gboolean
is_send_button (GtkWidget *widget, gconstpointer data)
{
  return GTK_IS_BUTTON (widget) && g_strcmp0 (gtk_widget_get_tooltip_text (widget), "Send") == 0;
}

static void
test_draft (Fixture *f, gconstpointer data)
{
  GtkWidget *view = ear_chat_view_new (f->chat, f->session);
  GtkWidget *window = show (view);

  write_draft (view, "half a sen");
  drop (window, view);

  view = ear_chat_view_new (f->chat, f->session);
  window = show (view);
  assert_draft (view, "half a sen");
  write_draft (view, "");
  drop (window, view);

  view = ear_chat_view_new (f->chat, f->session);
  window = show (view);
  assert_draft (view, "");
  drop (window, view);
}

/* What one window shows of a chat the other shows, too: nothing is lost, and nothing comes back. */
static void
test_draft_in_two_windows (Fixture *f, gconstpointer data)
{
  GtkWidget *view = ear_chat_view_new (f->chat, f->session);
  GtkWidget *other = ear_chat_view_new (f->chat, f->session);
  GtkWidget *window = show (view);
  GtkWidget *other_window = show (other);

  write_draft (other, "half a sen");
  assert_draft (view, "half a sen");
  g_assert_true (gtk_widget_get_sensitive (find (view, is_send_button, NULL)));
  drop (other_window, other);
  assert_draft (view, "half a sen");

  other = ear_chat_view_new (f->chat, f->session);
  other_window = show (other);
  assert_draft (other, "half a sen");
  g_signal_emit_by_name (find (other, is_send_button, NULL), "clicked");
  assert_draft (other, "");
  assert_draft (view, "");
  g_assert_false (gtk_widget_get_sensitive (find (view, is_send_button, NULL)));
  drop (other_window, other);
  drop (window, view);
}

/* The next account is somebody else's, maybe. */
static void
test_draft_after_log_out (Fixture *f, gconstpointer data)
{
  GtkWidget *view = ear_chat_view_new (f->chat, f->session);
  GtkWidget *window = show (view);

  write_draft (view, "half a sen");
  drop (window, view);
  ear_session_log_out (f->session);
  g_assert_true (ear_test_person_log_in (f->alice, NULL));
  ear_test_wait (ear_test_person_sees (f->alice, "bob"));

  view = ear_chat_view_new (ear_test_person_get_chat (f->alice, f->bob), f->session);
  window = show (view);
  assert_draft (view, "");
  drop (window, view);
}

static void
append_numbers (Fixture *f, guint first, guint n)
{
  for (guint i = first; i < first + n; i++) {
    g_autofree char *text = g_strdup_printf ("number %u", i);
    const EarHistoryMessage row = {
      .row = i + 1, .id = text, .text = text, .delivery = EAR_DELIVERY_INCOMING
    };
    g_autoptr (EarChatMessage) message = ear_chat_message_new (&row);

    ear_chat_log_append (ear_chat_get_log (f->chat), message);
  }
}

static gboolean
is_list (GtkWidget *widget, gconstpointer data)
{
  return GTK_IS_LIST_VIEW (widget);
}

static gboolean
count_frame_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  return --*(guint *) user_data > 0;
}

static void
wait_for_frames (GtkWidget *widget)
{
  guint n = 4;

  gtk_widget_add_tick_callback (widget, count_frame_cb, &n, NULL);
  ear_test_wait (n == 0);
  settle (); /* what waits below the frames, too */
}

static float
get_top (GtkWidget *view, const char *text)
{
  GtkWidget *label = find (view, shows_text, text);
  graphene_rect_t bounds;

  g_assert_nonnull (label);
  g_assert_true (gtk_widget_compute_bounds (label, view, &bounds));
  return bounds.origin.y;
}

/* Who has scrolled back reads on where they are when the chat gets so long that its oldest messages
 * are dropped. */
static void
test_long (Fixture *f, gconstpointer data)
{
  GtkWidget *view = ear_chat_view_new (f->chat, f->session);
  GtkWidget *window = show (view);
  float top;

  gtk_window_set_default_size (GTK_WINDOW (window), 600, 500);
  ear_test_wait (ear_chat_log_get_at_start (ear_chat_get_log (f->chat)));
  append_numbers (f, 0, 2990);
  wait_for_frames (view);
  gtk_widget_activate_action (find (view, is_list, NULL), "list.scroll-to-item", "u", 2500);
  wait_for_frames (view);
  top = get_top (view, "number 2500");
  g_assert_cmpfloat (top, >, 0);
  g_assert_cmpfloat (top, <, 500);

  append_numbers (f, 2990, 11);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (ear_chat_get_log (f->chat))), ==, 2000);
  g_assert_nonnull (find (view, shows_text, "11 new"));
  wait_for_frames (view);
  g_assert_cmpfloat_with_epsilon (get_top (view, "number 2500"), top, 1);
  drop (window, view);
}

int
main (int argc, char **argv)
{
  widget_fixture_init (&argc, &argv);

#define ADD(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)
  ADD ("/chat-view/draft", test_draft);
  ADD ("/chat-view/draft-in-two-windows", test_draft_in_two_windows);
  ADD ("/chat-view/draft-after-log-out", test_draft_after_log_out);
  ADD ("/chat-view/long", test_long);
  ADD ("/chat-view/narrow-notices", test_narrow_notices);
  ADD ("/chat-view/return", test_return);
  ADD ("/chat-view/return-title", test_return_title);
  ADD ("/chat-view/return-window", test_return_window);
  ADD ("/chat-view/return-main-window", test_return_main_window);
  ADD ("/chat-view/return-verify", test_return_verify);
  ADD ("/chat-view/verify-names", test_verify_names);
  ADD ("/chat-view/window-notices", test_window_notices);
  return g_test_run ();
}
