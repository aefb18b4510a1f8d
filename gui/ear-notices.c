/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What everybody has to see, whichever window they look at: what is in the way, and the broadcasts.
 * Takes no room while there is nothing. */

#include "config.h"

#include "gui/ear-notices.h"

#include "client/ear-announcement-list.h"
#include "client/ear-client.h"
#include "client/ear-history.h"
#include "client/ear-session.h"
#include "gui/ear-announcement-bar.h"
#include "gui/ear-connection-bar.h"

struct _EarNotices
{
  GtkBox parent_instance;

  /* Children */
  EarConnectionBar *connection_bar;
  EarAnnouncementBar *announcement_bar;

  /* Owned */
  EarClient *client;
};

G_DEFINE_FINAL_TYPE (EarNotices, ear_notices, GTK_TYPE_BOX)

/* The button to try again goes when the server is back. Wherever the focus went from there by
 * itself, the next Enter of who presses again would do something else: dismiss, send, ask somebody.
 */
static void
let_go_of_focus (EarNotices *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  if (focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->connection_bar)))
    gtk_root_set_focus (root, NULL);
}

static void
update_connection (EarNotices *self)
{
  EarSession *session = ear_client_get_session (self->client);
  EarSessionState state = ear_session_get_state (session);
  gboolean lost = state == EAR_SESSION_WAITING || state == EAR_SESSION_CONNECTING;
  guint seconds = state == EAR_SESSION_WAITING ? ear_session_get_retry_in (session) : 0;

  if (!lost)
    let_go_of_focus (self);
  if (ear_history_is_failing (ear_client_get_history (self->client)))
    ear_connection_bar_show_disk_failing (self->connection_bar, lost);
  else
    ear_connection_bar_show_state (self->connection_bar, lost, seconds);
}

static void
dismissed_cb (EarNotices *self, EarAnnouncement *announcement)
{
  ear_history_save_announcement (ear_client_get_history (self->client), announcement);
}

static void
retry_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ear_session_retry_now (ear_client_get_session (EAR_NOTICES (widget)->client));
}

static void
ear_notices_dispose (GObject *object)
{
  /* First no signal comes any more: a client that goes logs out. */
  G_OBJECT_CLASS (ear_notices_parent_class)->dispose (object);
  g_clear_object (&EAR_NOTICES (object)->client);
}

static void
ear_notices_class_init (EarNoticesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ear_notices_dispose;
  gtk_widget_class_install_action (widget_class, "notices.retry", NULL, retry_action);
}

static void
ear_notices_init (EarNotices *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  self->connection_bar = ear_connection_bar_new ();
  gtk_box_append (GTK_BOX (self), GTK_WIDGET (self->connection_bar));
  self->announcement_bar = ear_announcement_bar_new ();
  g_signal_connect_object (self->announcement_bar, "dismissed", G_CALLBACK (dismissed_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (self), GTK_WIDGET (self->announcement_bar));
}

/**
 * ear_notices_new:
 *
 * Makes notices that show nothing.
 *
 * Returns: (transfer floating): the notices
 */
EarNotices *
ear_notices_new (void)
{
  return g_object_new (EAR_TYPE_NOTICES, NULL);
}

/**
 * ear_notices_set_client:
 * @self: notices
 * @client: a client
 *
 * Shows what there is to say about @client. To be called once.
 */
void
ear_notices_set_client (EarNotices *self, EarClient *client)
{
  g_return_if_fail (EAR_IS_NOTICES (self));
  g_return_if_fail (self->client == NULL);

  EarSession *session = ear_client_get_session (client);

  self->client = g_object_ref (client);
  ear_announcement_bar_set_announcements (self->announcement_bar,
                                          G_LIST_MODEL (ear_client_get_announcements (client)));
  g_signal_connect_object (session, "notify::state", G_CALLBACK (update_connection), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::retry-in", G_CALLBACK (update_connection), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (ear_client_get_history (client), "notify::failing",
                           G_CALLBACK (update_connection), self, G_CONNECT_SWAPPED);
  update_connection (self);
}
