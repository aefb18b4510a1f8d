/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A window to be measured; bench-app starts it, and ends it with SIGTERM.
 *
 *     bench-window empty                          libadwaita's own, with a header bar alone
 *     bench-window PORT KEY DIRECTORY N_USERS talk|wait
 *                                                 the app's; to talk, the history has a long chat
 *
 * The latter prints how it fares while the users come, while as many go and others come, when a
 * short and the long chat are opened, and while that is scrolled back; then it prints "ready". The
 * users are given to it as the server would give them, with a `roster-change` at each tick. */

#include <glib-unix.h>
#include <stdlib.h>

#include "bench/probe.h"
#include "client/ear-chat-log.h"
#include "client/ear-chat.h"
#include "client/ear-user-list.h"
#include "ear-resources.h"
#include "gui/ear-window.h"
#include "support/ear-test-person.h"
#include "support/ear-test-wait.h"
#include "wire/ear-message.h"

#define TICK_MS 100
#define PER_TICK 100
#define QUIET_MS 5000 /* in which the app tidies up after many users */
#define MANY 1000
#define FRAMES 300 /* of scrolling */

static gboolean quit;

static gboolean
quit_cb (gpointer user_data)
{
  quit = TRUE;
  return G_SOURCE_CONTINUE;
}

static void
ready (void)
{
  g_print ("ready\n");
  fflush (stdout);
  while (!quit)
    g_main_context_iteration (NULL, TRUE);
}

static int
show_empty (void)
{
  GtkWidget *window;

  adw_init ();
  window = g_object_new (ADW_TYPE_WINDOW, "default-width", 970, "default-height", 670, NULL);
  adw_window_set_content (ADW_WINDOW (window), adw_header_bar_new ());
  gtk_window_present (GTK_WINDOW (window));
  probe_wait_for_frame (window);
  ready ();
  gtk_window_destroy (GTK_WINDOW (window));
  return EXIT_SUCCESS;
}

/* -- The users -- */

/* Names that are as scattered as those of people who happen to come. */
static char *
dup_account (guint i)
{
  return g_strdup_printf ("user%010u", i * 2654435761u);
}

static void
apply_change (EarUserList *users, guint join_from, guint leave_from, guint n, guint total)
{
  g_autoptr (EarMessage) change = ear_message_new (EAR_MESSAGE_ROSTER_CHANGE);
  g_autoptr (GPtrArray) left = g_ptr_array_new_with_free_func (g_free);

  ear_message_add_entry (change, "changed", NULL);
  ear_message_add_entry (change, "joined", NULL);
  for (guint i = 0; i < n; i++) {
    g_autofree char *account = dup_account (join_from + i);
    g_autofree char *name = g_strdup_printf ("Person %u", join_from + i);
    const EarRosterEntry entry = { .user = account, .name = name, .status = "" };

    ear_message_add_entry (change, "joined", &entry);
    if (leave_from != G_MAXUINT)
      g_ptr_array_add (left, dup_account (leave_from + i));
  }
  g_ptr_array_add (left, NULL);
  ear_message_set_strings (change, "left", (const char *const *) left->pdata);
  ear_message_set_integer (change, "total", total + 1);
  ear_user_list_apply (users, change, "alice");
}

static gboolean
tick_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
wait_ms (guint ms)
{
  gboolean ticked = FALSE;

  g_timeout_add (ms, tick_cb, &ticked);
  while (!ticked)
    g_main_context_iteration (NULL, TRUE);
}

static void
report_longest (const char *what)
{
  probe_report_longest (what);
  probe_reset ();
}

static void
report_memory (const char *what, guint n_users)
{
  wait_ms (n_users < MANY ? TICK_MS : QUIET_MS);
  g_print ("%-44s %8.1f MiB\n", what, probe_get_pss_mb ("self"));
}

static void
let_users_come_and_go (EarUserList *users, guint n)
{
  probe_reset ();
  for (guint i = 0; i < n; i += PER_TICK) {
    apply_change (users, i, G_MAXUINT, PER_TICK, i + PER_TICK);
    wait_ms (TICK_MS);
  }
  report_longest ("main loop away, users come");
  report_memory ("memory, all have come", n);
  for (guint i = 0; i < n; i += PER_TICK) {
    apply_change (users, n + i, i, PER_TICK, n);
    wait_ms (TICK_MS);
  }
  report_longest ("main loop away, users come and go");
  report_memory ("memory, all have gone and others come", n);
}

/* -- The chat -- */

static void
open_chat (EarWindow *window, EarClient *client, const char *user, const char *which)
{
  GListModel *log = G_LIST_MODEL (ear_chat_get_log (ear_client_get_chat (client, user)));
  g_autofree char *what = g_strdup_printf ("open the %s chat, to its first screen", which);
  gint64 start_us = g_get_monotonic_time ();

  probe_reset ();
  ear_window_open_chat (window, user);
  ear_test_wait (g_list_model_get_n_items (log) > 0);
  probe_wait_for_frame (GTK_WIDGET (window));
  g_print ("%-44s %8.1f ms\n", what, (double) (g_get_monotonic_time () - start_us) / 1000);
  report_longest ("main loop away, chat opened");
  report_memory ("memory, chat opened", ear_user_list_get_n_active (ear_client_get_users (client)));
}

static GtkWidget *
find_messages (GtkWidget *root)
{
  if (GTK_IS_LIST_VIEW (root) && gtk_widget_get_ancestor (root, ADW_TYPE_CLAMP_SCROLLABLE) != NULL)
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child)) {
    GtkWidget *found = find_messages (child);

    if (found != NULL)
      return found;
  }
  return NULL;
}

static void
scroll_back (EarWindow *window, EarClient *client)
{
  GListModel *log = G_LIST_MODEL (ear_chat_get_log (ear_client_get_chat (client, "bob")));
  GtkWidget *view = find_messages (GTK_WIDGET (window));
  GtkWidget *scroller = gtk_widget_get_ancestor (view, GTK_TYPE_SCROLLED_WINDOW);
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));
  gint64 start_us = g_get_monotonic_time ();

  for (guint i = 0; i < FRAMES; i++) {
    gtk_adjustment_set_value (adjustment, gtk_adjustment_get_value (adjustment) -
                                            gtk_adjustment_get_page_size (adjustment) / 2);
    probe_wait_for_frame (GTK_WIDGET (window));
  }
  g_print ("%-44s %8.1f ms a frame, %u messages back\n", "scroll back, half a page a frame",
           (double) (g_get_monotonic_time () - start_us) / 1000 / FRAMES,
           g_list_model_get_n_items (log));
  report_longest ("main loop away, scrolling");
}

static int
show_app (const char *port, const char *key, const char *directory, guint n_users, gboolean talks)
{
  EarTestServer server = { .port = (guint16) atoi (port), .fingerprint = (char *) key };
  EarTestPerson alice = { .server = &server,
                          .user = (char *) "alice",
                          .directory = (char *) directory };
  g_autoptr (AdwApplication) application = g_object_new (
    ADW_TYPE_APPLICATION, "application-id", "io.github.earshot.Bench", "flags",
    G_APPLICATION_NON_UNIQUE, "resource-base-path", "/io/github/earshot/Earshot", NULL);
  g_autoptr (EarPresence) presence = NULL;
  EarWindow *window;

  ear_register_resource ();
  g_assert_true (g_application_register (G_APPLICATION (application), NULL, NULL));
  ear_test_person_come_back (&alice);
  presence = ear_presence_new (ear_client_get_session (alice.client), NULL);
  window = ear_window_new (GTK_APPLICATION (application), alice.client, presence, NULL);
  gtk_window_present (GTK_WINDOW (window));
  probe_wait_for_frame (GTK_WIDGET (window));

  probe_start ();
  if (n_users > 0)
    let_users_come_and_go (ear_client_get_users (alice.client), n_users);
  if (talks) {
    open_chat (window, alice.client, "carol", "short");
    open_chat (window, alice.client, "bob", "long");
    scroll_back (window, alice.client);
    wait_ms (n_users < MANY ? TICK_MS : QUIET_MS);
  }
  ready ();
  gtk_window_destroy (GTK_WINDOW (window));
  g_clear_object (&presence);
  ear_test_person_leave (&alice);
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  g_unix_signal_add (SIGTERM, quit_cb, NULL);
  if (argc == 2)
    return show_empty ();
  g_assert_cmpint (argc, ==, 6);
  return show_app (argv[1], argv[2], argv[3], (guint) atoi (argv[4]),
                   g_str_equal (argv[5], "talk"));
}
