/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Desktop notifications, while none of the app's windows is in front and the user may be disturbed:
 * a request with Accept and Decline on it, a message, a broadcast. Their actions are the app's:
 * "app.open-chat", "app.accept-chat" and "app.decline-chat", each with an account name. What others
 * wrote is escaped, because some notification servers read markup. A request with another key than
 * the known one can't be accepted there. */

#include "config.h"

#include "gui/ear-notifier.h"

#include <glib/gi18n.h>

#include "client/ear-announcement.h"
#include "client/ear-chat-message.h"
#include "client/ear-chat.h"
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
  GHashTable *broadcasts; /* (element-type utf8 EarAnnouncement): what was told last, by account */
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

static void
send (EarNotifier *self, GNotification *notification, const char *kind, const char *account)
{
  g_autofree char *id = g_strdup_printf ("%s-%s", kind, account);

  g_application_send_notification (G_APPLICATION (self->application), id, notification);
}

static void
state_changed_cb (EarNotifier *self, GParamSpec *pspec, EarChat *chat)
{
  g_autofree char *id = g_strdup_printf ("ask-%s", ear_user_get_account (ear_chat_get_user (chat)));

  if (ear_chat_get_state (chat) == EAR_CHAT_ASKED)
    return;
  g_application_withdraw_notification (G_APPLICATION (self->application), id);
  g_signal_handlers_disconnect_by_data (chat, self);
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
static void
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
  send (self, notification, "ask", account);
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
  if (!is_wanted (self))
    return;
  show_request (self, chat);
  g_signal_connect_object (chat, "notify::state", G_CALLBACK (state_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (chat, "notify::key-changed", G_CALLBACK (replaced_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (chat, "notify::greeting", G_CALLBACK (replaced_cb), self,
                           G_CONNECT_SWAPPED);
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
  send (self, notification, "chat", ear_user_get_account (user));
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

  title = g_strdup_printf (_ ("Broadcast from %s"), name);
  notification = g_notification_new (title);
  body = dup_preview (ear_announcement_get_text (announcement));
  g_notification_set_body (notification, body);
  g_notification_set_default_action (notification, "app.activate");
  send (self, notification, "broadcast", ear_announcement_get_account (announcement));
  if (g_hash_table_size (self->broadcasts) >= EAR_LIMIT_BROADCASTS)
    g_hash_table_remove_all (self->broadcasts); /* nobody reads so many, to take them back */
  g_hash_table_replace (self->broadcasts, (gpointer) ear_announcement_get_account (announcement),
                        g_object_ref (announcement));
}

static void
retracted_cb (EarNotifier *self, EarAnnouncement *announcement)
{
  const char *account = ear_announcement_get_account (announcement);
  g_autofree char *id = g_strdup_printf ("broadcast-%s", account);

  if (g_hash_table_lookup (self->broadcasts, account) != announcement)
    return;
  g_application_withdraw_notification (G_APPLICATION (self->application), id);
  g_hash_table_remove (self->broadcasts, account);
}

static void
ear_notifier_dispose (GObject *object)
{
  EarNotifier *self = EAR_NOTIFIER (object);

  g_clear_object (&self->presence);
  g_clear_pointer (&self->broadcasts, g_hash_table_unref);
  G_OBJECT_CLASS (ear_notifier_parent_class)->dispose (object);
}

static void
ear_notifier_class_init (EarNotifierClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ear_notifier_dispose;
}

static void
ear_notifier_init (EarNotifier *self)
{
  self->broadcasts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
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
  g_signal_connect_object (client, "asked", G_CALLBACK (asked_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "message-received", G_CALLBACK (message_received_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "announced", G_CALLBACK (announced_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "retracted", G_CALLBACK (retracted_cb), self, G_CONNECT_SWAPPED);
  return self;
}
