/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What admins can do from everywhere: "app." actions that are enabled for them alone, so that what
 * offers them is not there for others. It is the server that decides, each time anew.
 *
 * Whatever cannot be taken back for everybody is asked first. */

#include "config.h"

#include "gui/ear-application-private.h"

#include <glib/gi18n.h>

#include "client/ear-announcement-list.h"
#include "client/ear-announcement.h"
#include "client/ear-client.h"
#include "client/ear-session.h"
#include "client/ear-user-list.h"
#include "client/ear-user.h"
#include "gui/ear-accessible.h"
#include "gui/ear-chat-window.h"
#include "gui/ear-format.h"
#include "gui/ear-manage-dialog.h"
#include "gui/ear-toast.h"
#include "wire/ear-error.h"

static const char *const names[] = { "disable-account", "enable-account", "remove-broadcast",
                                     "manage-server" };

/* What somebody was asked about, or what the server was asked for. */
typedef struct
{
  EarApplication *application;
  char *account;  /* whose account, or … */
  guint64 number; /* … which broadcast */
  gboolean disabled;
} Act;

static Act *
act_new (EarApplication *application, const char *account, guint64 number)
{
  Act *self = g_new0 (Act, 1);

  self->application = g_object_ref (application);
  self->account = g_strdup (account);
  self->number = number;
  return self;
}

static void
act_free (Act *self)
{
  g_object_unref (self->application);
  g_free (self->account);
  g_free (self);
}

static void
act_free_closure (gpointer data, GClosure *closure)
{
  act_free (data);
}

/* -- What came of it -- */

/* Where the person looks: the dialog, behind which no toasts are seen, or else the window that was
 * used last. */
static void
tell (EarApplication *self, AdwToast *toast)
{
  GList *windows = gtk_application_get_windows (GTK_APPLICATION (self)); /* in this order */

  for (GList *l = windows; l != NULL; l = l->next) {
    if (EAR_IS_MANAGE_DIALOG (l->data)) {
      ear_manage_dialog_add_toast (l->data, toast);
      return;
    }
  }
  for (GList *l = windows; l != NULL; l = l->next) {
    if (EAR_IS_CHAT_WINDOW (l->data)) {
      ear_chat_window_add_toast (l->data, toast);
      return;
    }
    if (EAR_IS_WINDOW (l->data) && gtk_widget_get_visible (l->data)) {
      ear_window_add_toast (l->data, toast);
      return;
    }
  }
  g_object_unref (toast);
}

static void
tell_error (EarApplication *self, const GError *error)
{
  g_autofree char *text = g_error_matches (error, EAR_ERROR, EAR_ERROR_UNKNOWN_USER)
                            ? g_strdup (_ ("This server has no such account."))
                            : ear_format_error (error);

  tell (self, ear_toast_new (text));
}

/* Only the last one can be taken back, and not when it is by another way. */
static void
tell_change (EarApplication *self, const Act *act)
{
  /* Translators: %s is an account name. */
  g_autofree char *text =
    g_strdup_printf (act->disabled ? _ ("%s is disabled") : _ ("%s is enabled"), act->account);

  if (self->undo_toast != NULL)
    adw_toast_dismiss (self->undo_toast);
  if (!act->disabled) {
    tell (self, ear_toast_new (text));
    return;
  }
  g_set_weak_pointer (&self->undo_toast, ear_toast_new_with_button (
                                           text, _ ("Undo"), "app.enable-account", act->account));
  tell (self, self->undo_toast);
}

static void
changed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Act *act = user_data;
  EarApplication *self = act->application;
  g_autoptr (GError) error = NULL;

  if (!ear_client_administer_finish (EAR_CLIENT (source), result, &error)) {
    if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
      tell_error (self, error);
  } else if (act->account == NULL) {
    tell (self, ear_toast_new (_ ("Announcement removed")));
  } else {
    tell_change (self, act);
  }
  act_free (act);
}

/* -- Asking -- */

static void
ask (EarApplication *self,
     const char *heading,
     const char *body,
     const char *label,
     GCallback callback,
     Act *act)
{
  GtkWindow *parent = gtk_application_get_active_window (GTK_APPLICATION (self));
  GtkWidget *dialog = adw_message_dialog_new (parent, heading, body);

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "do",
                                    label, NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "do",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  ear_accessible_fix_buttons (dialog);
  g_signal_connect_data (dialog, "response", callback, act, act_free_closure, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
disable_response_cb (AdwMessageDialog *dialog, const char *response, const Act *asked)
{
  EarApplication *self = asked->application;
  Act *act;

  if (!g_str_equal (response, "do"))
    return;
  act = act_new (self, asked->account, 0);
  act->disabled = TRUE;
  ear_client_set_disabled_async (self->client, act->account, TRUE, self->cancellable, changed_cb,
                                 act);
}

static void
disable_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  EarApplication *self = user_data;
  const char *account = g_variant_get_string (parameter, NULL);
  EarUser *user = ear_user_list_lookup (ear_client_get_users (self->client), account);
  g_autofree char *who =
    ear_format_sender (user != NULL ? ear_user_get_name (user) : NULL, account);
  g_autofree char *heading = NULL;

  if (g_strcmp0 (account, ear_session_get_user (ear_client_get_session (self->client))) == 0) {
    tell (self, ear_toast_new (_ ("You can’t disable your own account.")));
    return;
  }
  /* Translators: %s is somebody's name. */
  heading = g_strdup_printf (_ ("Disable the Account of %s?"), who);
  ask (self, heading,
       _ ("Whoever uses it is logged out at once, and can’t log in again until an admin enables "
          "the account."),
       _ ("_Disable"), G_CALLBACK (disable_response_cb), act_new (self, account, 0));
}

static void
enable_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  EarApplication *self = user_data;
  Act *act = act_new (self, g_variant_get_string (parameter, NULL), 0);

  ear_client_set_disabled_async (self->client, act->account, FALSE, self->cancellable, changed_cb,
                                 act);
}

static void
remove_response_cb (AdwMessageDialog *dialog, const char *response, const Act *asked)
{
  EarApplication *self = asked->application;

  if (g_str_equal (response, "do"))
    ear_client_remove_broadcast_async (self->client, asked->number, self->cancellable, changed_cb,
                                       act_new (self, NULL, asked->number));
}

static void
remove_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  EarApplication *self = user_data;
  guint64 number = g_variant_get_uint64 (parameter);
  EarAnnouncement *announcement =
    ear_announcement_list_lookup (ear_client_get_announcements (self->client), number);
  g_autofree char *preview = NULL;
  g_autofree char *body = NULL;

  if (announcement == NULL)
    return;
  preview = ear_format_preview (ear_announcement_get_text (announcement));
  /* Translators: %s is the beginning of the announcement. */
  body = g_strdup_printf (
    _ ("“%s”\n\nIt disappears for everybody, and those who come later don’t get it."), preview);
  ask (self, _ ("Remove Announcement for Everyone?"), body, _ ("_Remove"),
       G_CALLBACK (remove_response_cb), act_new (self, NULL, number));
}

static void
manage_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  EarApplication *self = user_data;

  gtk_window_present (GTK_WINDOW (ear_manage_dialog_new (GTK_WINDOW (self->window), self->client)));
}

/* -- Who may -- */

static void
update (EarApplication *self)
{
  EarSession *session = self->ready ? ear_client_get_session (self->client) : NULL;
  gboolean may =
    session != NULL && ear_session_is_online (session) && ear_session_is_admin (session);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), names[i]);

    g_simple_action_set_enabled (G_SIMPLE_ACTION (action), may);
  }
}

/**
 * ear_application_add_admin_actions:
 * @self: an application
 *
 * Adds the actions of admins, disabled.
 */
void
ear_application_add_admin_actions (EarApplication *self)
{
  static const GActionEntry actions[] = {
    { .name = "disable-account", .activate = disable_action, .parameter_type = "s" },
    { .name = "enable-account", .activate = enable_action, .parameter_type = "s" },
    { .name = "remove-broadcast", .activate = remove_action, .parameter_type = "t" },
    { .name = "manage-server", .activate = manage_action },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  update (self);
}

/**
 * ear_application_follow_rights:
 * @self: an application whose client is open
 *
 * Enables the actions while the server says that one is an admin.
 */
void
ear_application_follow_rights (EarApplication *self)
{
  EarSession *session = ear_client_get_session (self->client);

  g_signal_connect_object (session, "notify::admin", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::online", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}
