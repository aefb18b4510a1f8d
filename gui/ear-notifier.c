/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Desktop notifications, while none of the app's windows is in front and the user may be disturbed:
 * a request with Accept and Decline on it, a message, a broadcast. Their actions are the app's:
 * "app.open-chat", "app.accept-chat" and "app.decline-chat", each with an account name. What others
 * wrote is escaped, because some notification servers read markup. A request with another key than
 * the known one can't be accepted there.
 *
 * Each goes when there is nothing to be told any more: the request is over, the message is read or
 * its writer blocked, the broadcast dismissed or taken back. None outlives the session: whoever
 * logs in next need not read them.
 */

#include "config.h"

#include "gui/ear-notifier.h"

#include <glib/gi18n.h>

#include "client/ear-announcement.h"
#include "client/ear-chat-message.h"
#include "client/ear-chat.h"
#include "client/ear-client.h"
#include "client/ear-session.h"
#include "client/ear-user.h"
#include "wire/ear-limits.h"
#include "wire/ear-text.h"

/* More of a text than this, in characters, no notification shows. */
#define PREVIEW 160

struct _EarNotifier
{
  GObject parent_instance;

  /* Borrowed: the app owns the notifier */
  GtkApplication *application;

  /* Owned */
  EarPresence *presence;
  GHashTable *shown; /* (element-type utf8 GObject): by id, what each is about */
};

G_DEFINE_FINAL_TYPE (EarNotifier, ear_notifier, G_TYPE_OBJECT)

static gboolean
is_in_front (EarNotifier *self)
{
  GtkWindow *window = gtk_application_get_active_window (self->application);

  return window != NULL && gtk_window_is_active (window);
}

static gboolean
is_wanted (EarNotifier *self)
{
  return !is_in_front (self) && !ear_presence_get_do_not_disturb (self->presence);
}

static char *
dup_preview (const char *text)
{
  g_autofree char *cut = g_utf8_substring (text, 0, MIN (PREVIEW, g_utf8_strlen (text, -1)));
  g_autofree char *isolated = ear_text_isolate (cut);

  return g_markup_escape_text (isolated, -1);
}

/* There is at most one of a kind from somebody. */
static char *
dup_id (const char *kind, const char *account)
{
  return g_strdup_printf ("%s-%s", kind, account);
}

static gboolean
withdraw_cb (gpointer id, gpointer about, gpointer user_data)
{
  EarNotifier *self = user_data;

  g_signal_handlers_disconnect_by_data (about, self);
  g_application_withdraw_notification (G_APPLICATION (self->application), id);
  return TRUE;
}

static void
withdraw_all (EarNotifier *self)
{
  g_hash_table_foreach_remove (self->shown, withdraw_cb, self);
}

static void
withdraw (EarNotifier *self, const char *kind, const char *account)
{
  g_autofree char *id = dup_id (kind, account);
  gpointer about = g_hash_table_lookup (self->shown, id);

  if (about != NULL) {
    withdraw_cb (id, about, self);
    g_hash_table_remove (self->shown, id);
  }
}

/* Takes the place of the one before; FALSE when that was about the same, which is followed. */
static gboolean
send (EarNotifier *self,
      GNotification *notification,
      const char *kind,
      const char *account,
      gpointer about)
{
  g_autofree char *id = dup_id (kind, account);
  gpointer before = g_hash_table_lookup (self->shown, id);

  g_application_send_notification (G_APPLICATION (self->application), id, notification);
  if (before == about)
    return FALSE;
  if (before != NULL)
    g_signal_handlers_disconnect_by_data (before, self);
  g_hash_table_replace (self->shown, g_steal_pointer (&id), g_object_ref (about));
  return TRUE;
}

static void
state_changed_cb (EarNotifier *self, GParamSpec *pspec, EarChat *chat)
{
  if (ear_chat_get_state (chat) != EAR_CHAT_ASKED)
    withdraw (self, "ask", ear_user_get_account (ear_chat_get_user (chat)));
}

static char *
dup_request_body (EarChat *chat)
{
  const char *greeting = ear_chat_get_greeting (chat);

  if (ear_chat_get_key_changed (chat))
    return g_strdup (_ ("Their key has changed since you chatted: this may be somebody else."));
  return greeting != NULL ? dup_preview (greeting) : NULL;
}

/* Whoever comes with another key is to be looked at before being let in. */
static gboolean
show_request (EarNotifier *self, EarChat *chat)
{
  EarUser *user = ear_chat_get_user (chat);
  const char *account = ear_user_get_account (user);
  g_autofree char *name = ear_text_isolate (ear_user_get_name (user));
  g_autofree char *title = g_strdup_printf (_ ("%s would like to chat"), name);
  g_autofree char *body = dup_request_body (chat);
  g_autoptr (GNotification) notification = g_notification_new (title);

  if (body != NULL)
    g_notification_set_body (notification, body);
  g_notification_set_priority (notification, G_NOTIFICATION_PRIORITY_HIGH);
  g_notification_set_default_action_and_target (notification, "app.open-chat", "s", account);
  if (!ear_chat_get_key_changed (chat))
    g_notification_add_button_with_target (notification, _ ("Accept"), "app.accept-chat", "s",
                                           account);
  g_notification_add_button_with_target (notification, _ ("Decline"), "app.decline-chat", "s",
                                         account);
  return send (self, notification, "ask", account, chat);
}

/* Another request has taken the place of the one that is shown. */
static void
replaced_cb (EarNotifier *self, GParamSpec *pspec, EarChat *chat)
{
  if (ear_chat_get_state (chat) == EAR_CHAT_ASKED && is_wanted (self))
    show_request (self, chat);
}

static void
asked_cb (EarNotifier *self, EarChat *chat)
{
  if (!is_wanted (self) || !show_request (self, chat))
    return;
  g_signal_connect_object (chat, "notify::state", G_CALLBACK (state_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (chat, "notify::key-changed", G_CALLBACK (replaced_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (chat, "notify::greeting", G_CALLBACK (replaced_cb), self,
                           G_CONNECT_SWAPPED);
}

static void
user_changed_cb (EarNotifier *self, GParamSpec *pspec, EarUser *user)
{
  if (ear_user_get_unread (user) == 0 || ear_user_get_blocked (user))
    withdraw (self, "chat", ear_user_get_account (user));
}

static void
message_received_cb (EarNotifier *self, EarChat *chat, EarChatMessage *message)
{
  EarUser *user = ear_chat_get_user (chat);
  g_autofree char *name = ear_text_isolate (ear_user_get_name (user));
  g_autofree char *title = NULL;
  g_autofree char *body = NULL;
  g_autoptr (GNotification) notification = NULL;

  if (!is_wanted (self))
    return;

  /* Translators: %s is a person's name. */
  title =
    g_strdup_printf (ear_chat_get_key_changed (chat) ? _ ("%s, with another key") : "%s", name);
  notification = g_notification_new (title);
  body = dup_preview (ear_chat_message_get_text (message));
  g_notification_set_body (notification, body);
  g_notification_set_default_action_and_target (notification, "app.open-chat", "s",
                                                ear_user_get_account (user));
  if (!send (self, notification, "chat", ear_user_get_account (user), user))
    return;
  g_signal_connect_object (user, "notify::unread", G_CALLBACK (user_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (user, "notify::blocked", G_CALLBACK (user_changed_cb), self,
                           G_CONNECT_SWAPPED);
}

static void
retracted_cb (EarNotifier *self, EarAnnouncement *announcement)
{
  const char *account = ear_announcement_get_account (announcement);
  g_autofree char *id = dup_id ("broadcast", account);

  if (g_hash_table_lookup (self->shown, id) == announcement)
    withdraw (self, "broadcast", account);
}

static void
dismissed_cb (EarNotifier *self, GParamSpec *pspec, EarAnnouncement *announcement)
{
  retracted_cb (self, announcement);
}

static void
announced_cb (EarNotifier *self, EarAnnouncement *announcement)
{
  g_autofree char *name = ear_text_isolate (ear_announcement_get_name (announcement));
  g_autofree char *title = NULL;
  g_autofree char *body = NULL;
  g_autoptr (GNotification) notification = NULL;

  if (!is_wanted (self) || ear_announcement_get_own (announcement))
    return;
  if (g_hash_table_size (self->shown) >= EAR_LIMIT_BROADCASTS)
    withdraw_all (self); /* nobody reads so many */

  title = g_strdup_printf (_ ("Broadcast from %s"), name);
  notification = g_notification_new (title);
  body = dup_preview (ear_announcement_get_text (announcement));
  g_notification_set_body (notification, body);
  g_notification_set_default_action (notification, "app.activate");
  send (self, notification, "broadcast", ear_announcement_get_account (announcement), announcement);
  g_signal_connect_object (announcement, "notify::dismissed", G_CALLBACK (dismissed_cb), self,
                           G_CONNECT_SWAPPED);
}

static void
session_state_cb (EarNotifier *self, GParamSpec *pspec, EarSession *session)
{
  if (ear_session_get_state (session) == EAR_SESSION_IDLE)
    withdraw_all (self);
}

static void
ear_notifier_dispose (GObject *object)
{
  EarNotifier *self = EAR_NOTIFIER (object);

  withdraw_all (self);
  g_clear_object (&self->presence);
  G_OBJECT_CLASS (ear_notifier_parent_class)->dispose (object);
}

static void
ear_notifier_finalize (GObject *object)
{
  g_hash_table_unref (EAR_NOTIFIER (object)->shown);
  G_OBJECT_CLASS (ear_notifier_parent_class)->finalize (object);
}

static void
ear_notifier_class_init (EarNotifierClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ear_notifier_dispose;
  G_OBJECT_CLASS (klass)->finalize = ear_notifier_finalize;
}

static void
ear_notifier_init (EarNotifier *self)
{
  self->shown = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

/**
 * ear_notifier_new:
 * @application: (not nullable): the app; it must outlive the notifier
 * @client: whose events are shown
 * @presence: says whether the user may be disturbed
 *
 * Makes a notifier, which works until it is let go.
 *
 * Returns: (transfer full): a new notifier
 */
EarNotifier *
ear_notifier_new (GtkApplication *application, EarClient *client, EarPresence *presence)
{
  EarNotifier *self = g_object_new (EAR_TYPE_NOTIFIER, NULL);

  self->application = application;
  self->presence = g_object_ref (presence);
  g_signal_connect_object (ear_client_get_session (client), "notify::state",
                           G_CALLBACK (session_state_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "asked", G_CALLBACK (asked_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "message-received", G_CALLBACK (message_received_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "announced", G_CALLBACK (announced_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "retracted", G_CALLBACK (retracted_cb), self, G_CONNECT_SWAPPED);
  return self;
}
