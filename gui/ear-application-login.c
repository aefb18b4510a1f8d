/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* How a person gets in, and back in: the log-in dialog, the keyring, and what is said when the
 * profile itself cannot be opened.
 *
 * It logs in without asking when the command line or the keyring has the password; the dialog then
 * shows only if that fails or takes long. When the session turns idle by itself (logged in
 * somewhere else, a changed password) the dialog is back and says why. */

#include "config.h"

#include "gui/ear-application-private.h"

#include <glib/gi18n.h>

#include "client/ear-client.h"
#include "client/ear-session.h"
#include "gui/ear-accessible.h"
#include "gui/ear-format.h"
#include "gui/ear-secrets.h"
#include "gui/ear-toast.h"
#include "wire/ear-server-link.h"

#define PATIENCE_MS 800 /* how long a log-in may take without a window */

static EarSession *
get_session (EarApplication *self)
{
  return ear_client_get_session (self->client);
}

static char *
dup_setting (EarApplication *self, const char *key)
{
  return self->settings != NULL ? g_settings_get_string (self->settings, key) : g_strdup ("");
}

static gboolean
get_keep (EarApplication *self)
{
  return self->settings != NULL && g_settings_get_boolean (self->settings, "keep-logged-in");
}

/* Promised, but not possible: said at once, not found out at the next start. */
static void
stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarApplication) self = user_data;
  g_autoptr (GError) error = NULL;

  if (ear_secrets_store_finish (result, &error))
    return;
  g_message ("The password is not kept: %s", error->message);
  g_settings_set_boolean (self->settings, "keep-logged-in", FALSE);
  if (self->window != NULL)
    ear_window_add_toast (self->window,
                          ear_toast_new (_ ("Can’t keep you logged in: no keyring here")));
}

static void
remember (EarApplication *self, const char *user, const char *password, gboolean keep)
{
  g_autoptr (EarServerLink) link = ear_session_dup_server_link (get_session (self));
  g_autofree char *address = link != NULL ? ear_server_link_to_address (link) : NULL;

  if (self->settings == NULL || address == NULL)
    return;
  g_settings_set_string (self->settings, "last-server", address);
  g_settings_set_string (self->settings, "last-user", user);
  if (password == NULL)
    return;
  g_settings_set_boolean (self->settings, "keep-logged-in", keep);
  if (keep)
    ear_secrets_store_async (self->profile, address, user, password, stored_cb,
                             g_object_ref (self));
  else
    ear_secrets_forget (self->profile);
}

/* A link of the command line has done its work: its invitation is used up, its key pinned. */
static void
forget_link (EarApplication *self)
{
  g_autoptr (EarServerLink) link = ear_session_dup_server_link (get_session (self));

  if (self->server == NULL || link == NULL)
    return;
  g_free (self->server);
  self->server = ear_server_link_to_address (link);
}

static void
logged_in_cb (EarApplication *self,
              const char *user,
              const char *password,
              gboolean keep,
              EarLoginDialog *dialog)
{
  g_clear_handle_id (&self->patience, g_source_remove);
  remember (self, user, password, keep);
  forget_link (self);
  /* It was for the start: who logs out is not to be logged in again. */
  g_clear_pointer (&self->password, ear_secrets_free_password);
  /* First the new window: the app ends with its last one. */
  ear_application_show_window (self);
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static gboolean
patience_cb (gpointer user_data)
{
  EarApplication *self = user_data;

  self->patience = 0;
  if (self->dialog != NULL)
    gtk_window_present (GTK_WINDOW (self->dialog));
  return G_SOURCE_REMOVE;
}

static void
looked_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarApplication) self = user_data;
  g_autoptr (GError) error = NULL;
  char *password = ear_secrets_look_up_finish (result, &error);
  g_autofree char *user = dup_setting (self, "last-user");

  if (self->dialog == NULL || self->closing) {
    ear_secrets_free_password (password);
    return;
  }
  if (password == NULL) {
    if (error != NULL)
      g_debug ("no keyring: %s", error->message);
    gtk_window_present (GTK_WINDOW (self->dialog));
    return;
  }
  ear_login_dialog_log_in (self->dialog, user, password);
  ear_secrets_free_password (password);
}

/* Whether the command line says nothing else than what is remembered. */
static gboolean
is_remembered (EarApplication *self, const char *last_server, const char *last_user)
{
  g_autoptr (EarServerLink) link =
    self->server != NULL ? ear_server_link_parse (self->server, NULL) : NULL;
  g_autofree char *address = link != NULL ? ear_server_link_to_address (link) : NULL;

  return *last_server != '\0' && *last_user != '\0' &&
         (self->server == NULL || g_strcmp0 (address, last_server) == 0) &&
         (self->user == NULL || g_str_equal (self->user, last_user));
}

/* Tries to log in without asking; FALSE when there is nothing to try with. */
static gboolean
log_in_by_itself (EarApplication *self, const char *last_server, const char *last_user)
{
  const char *user = self->user != NULL ? self->user : last_user;

  if (self->demo_account != NULL) {
    g_autofree char *password = g_strdup_printf ("demo of %s", self->demo_account);

    ear_login_dialog_sign_up_or_log_in (self->dialog, self->demo_account, password);
    g_clear_pointer (&self->demo_account, g_free);
    return TRUE;
  }
  if (self->password != NULL && *user != '\0') {
    ear_login_dialog_log_in (self->dialog, user, self->password);
    g_clear_pointer (&self->password, ear_secrets_free_password);
    return TRUE;
  }
  if (get_keep (self) && is_remembered (self, last_server, last_user)) {
    ear_secrets_look_up_async (self->profile, last_server, last_user, self->cancellable,
                               looked_up_cb, g_object_ref (self));
    return TRUE;
  }
  return FALSE;
}

static EarLoginDialog *
new_dialog (EarApplication *self)
{
  EarLoginDialog *dialog = ear_login_dialog_new (get_session (self));

  gtk_window_set_application (GTK_WINDOW (dialog), GTK_APPLICATION (self));
  g_signal_connect_object (dialog, "logged-in", G_CALLBACK (logged_in_cb), self, G_CONNECT_SWAPPED);
  ear_placement_apply (self->placement, GTK_WINDOW (dialog));
  g_set_weak_pointer (&self->dialog, dialog);
  return dialog;
}

/* The state "logging in"; error says why the user is here again. */
void
ear_application_log_in (EarApplication *self, const GError *error)
{
  EarLoginDialog *dialog = new_dialog (self);
  g_autofree char *last_server = dup_setting (self, "last-server");
  g_autofree char *last_user = dup_setting (self, "last-user");
  const char *server = self->server != NULL ? self->server : last_server;
  const char *user = self->user != NULL ? self->user : last_user;

  ear_login_dialog_set_server (dialog, server);
  ear_login_dialog_set_user (dialog, user);
  ear_login_dialog_set_keep (dialog, get_keep (self));
  if (error != NULL)
    ear_login_dialog_set_error (dialog, error);
  else if (log_in_by_itself (self, last_server, last_user))
    self->patience = g_timeout_add (PATIENCE_MS, patience_cb, self);
  else
    gtk_window_present (GTK_WINDOW (dialog));
}

/* A window that is to go when the session ends; NULL when there is none. */
static GtkWindow *
find_window_of_session (EarApplication *self)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l != NULL; l = l->next)
    if (!EAR_IS_LOGIN_DIALOG (l->data))
      return l->data;
  return NULL;
}

/* The session has ended, by the user's wish or not: back to the log-in. */
static void
session_state_cb (EarApplication *self)
{
  EarSession *session = get_session (self);
  EarWindow *window = self->window;

  if (self->closing || window == NULL || ear_session_get_state (session) != EAR_SESSION_IDLE)
    return;

  const GError *last = ear_session_get_last_error (session);
  g_autoptr (GError) error = last != NULL ? g_error_copy (last) : NULL;

  ear_application_log_in (self, error);
  if (error == NULL)
    gtk_window_present (GTK_WINDOW (self->dialog));
  /* Looked for anew each time: a dialog goes with its window. */
  for (GtkWindow *other; (other = find_window_of_session (self)) != NULL;)
    gtk_window_destroy (other);
}

/* Goes on to the log-in, and comes back to it whenever the session ends. */
void
ear_application_follow_session (EarApplication *self)
{
  g_signal_connect_object (get_session (self), "notify::state", G_CALLBACK (session_state_cb), self,
                           G_CONNECT_SWAPPED);
  ear_application_log_in (self, NULL);
}

static void
broken_response_cb (EarApplication *self, const char *response)
{
  if (g_str_equal (response, "retry"))
    ear_application_open_profile (self);
  else
    ear_application_shut_down (self);
}

/* Says why there is no log-in at all, and what to do. The dialog is gone before it tells the
 * answer: until then the app is to stay without a window. */
void
ear_application_show_broken (EarApplication *self, const GError *error)
{
  g_autofree char *text = ear_format_error (error);
  GtkWidget *dialog = adw_message_dialog_new (NULL, _ ("Your Profile Can’t Be Opened"), text);

  self->opening = TRUE;
  gtk_window_set_application (GTK_WINDOW (dialog), GTK_APPLICATION (self));
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "quit", _ ("_Quit"), "retry",
                                    _ ("_Try Again"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "retry",
                                              ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "retry");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "quit");
  ear_accessible_fix_buttons (dialog);
  g_signal_connect_object (dialog, "response", G_CALLBACK (broken_response_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}
