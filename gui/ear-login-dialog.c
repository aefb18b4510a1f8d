/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The window of the log-in: two pages, one for those who have an account and one for those who
 * make one. It drives an EarSession and is done when that is online; its owner then closes it.
 *
 * Between "submitted" of a page and the answer it is busy: the page is locked and Escape cancels
 * instead of closing. */

#include "config.h"

#include "gui/ear-login-dialog.h"

#include <glib/gi18n.h>

#include "client/ear-session.h"
#include "gui/ear-login-page.h"
#include "gui/ear-server-key-dialog.h"
#include "gui/ear-signup-page.h"
#include "wire/ear-error.h"
#include "wire/ear-server-link.h"

struct _EarLoginDialog
{
  AdwWindow parent_instance;

  /* Template children */
  GtkWidget *back_button;
  GtkWidget *pages;
  EarLoginPage *login_page;

  /* Owned */
  EarSignupPage *signup_page; /* NULL: not wanted yet */
  EarSession *session;
  GCancellable *cancellable; /* set while busy */

  /* Borrowed: a weak pointer */
  GtkWidget *focus; /* where the person was before it was busy */

  char *trusted; /* the server's new key, for the next try */

  gboolean fall_back; /* a name that is taken is ours: log in */
  gboolean typed;     /* by a person */
};

G_DEFINE_FINAL_TYPE (EarLoginDialog, ear_login_dialog, ADW_TYPE_WINDOW)

enum {
  LOGGED_IN,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static gboolean
is_signing_up (EarLoginDialog *self)
{
  return g_str_equal (gtk_stack_get_visible_child_name (GTK_STACK (self->pages)), "sign-up");
}

static void
set_busy (EarLoginDialog *self, gboolean busy)
{
  GtkWindow *window = GTK_WINDOW (self);

  g_clear_object (&self->cancellable);
  if (busy)
    self->cancellable = g_cancellable_new ();
  /* GTK warns of a text that becomes insensitive with the focus in it. */
  if (busy) {
    g_set_weak_pointer (&self->focus, gtk_window_get_focus (window));
    gtk_window_set_focus (window, NULL);
  }
  ear_login_page_set_busy (self->login_page, busy);
  if (self->signup_page != NULL)
    ear_signup_page_set_busy (self->signup_page, busy);
  gtk_widget_set_sensitive (self->back_button, !busy);
  if (!busy && self->focus != NULL)
    gtk_widget_grab_focus (self->focus);
}

static void
show_error (EarLoginDialog *self, const GError *error)
{
  if (is_signing_up (self))
    ear_signup_page_set_error (self->signup_page, error);
  else
    ear_login_page_set_error (self->login_page, error);
  gtk_window_present (GTK_WINDOW (self));
}

static void
show_page (EarLoginDialog *self, const char *name)
{
  gboolean sign_up = g_str_equal (name, "sign-up");

  gtk_stack_set_visible_child_name (GTK_STACK (self->pages), name);
  gtk_widget_set_visible (self->back_button, sign_up);
  gtk_window_set_title (GTK_WINDOW (self), sign_up ? _ ("Sign Up") : _ ("Log In"));
  if (sign_up)
    ear_signup_page_focus (self->signup_page);
  else
    ear_login_page_focus (self->login_page);
}

static void start_log_in (EarLoginDialog *self);
static void sign_up_submitted_cb (EarLoginDialog *self);

static void
key_response_cb (EarLoginDialog *self, const char *response)
{
  if (!g_str_equal (response, "trust"))
    return;
  g_free (self->trusted);
  self->trusted = g_strdup (ear_session_get_seen_fingerprint (self->session));
  if (is_signing_up (self)) {
    sign_up_submitted_cb (self);
  } else if (*ear_login_page_get_password (self->login_page) != '\0') {
    start_log_in (self);
  } else {
    ear_login_page_set_error (self->login_page, NULL);
    ear_login_page_focus (self->login_page);
  }
}

static void
ask_about_key (EarLoginDialog *self)
{
  g_autoptr (EarServerLink) link = ear_session_dup_server_link (self->session);
  const char *known = ear_session_get_wanted_fingerprint (self->session);
  const char *shown = ear_session_get_seen_fingerprint (self->session);
  g_autofree char *server = link != NULL ? ear_server_link_to_address (link) : NULL;
  GtkWidget *dialog;

  if (server == NULL || known == NULL || shown == NULL)
    return;
  dialog = ear_server_key_dialog_new (GTK_WINDOW (self), server, known, shown);
  g_signal_connect_object (dialog, "response", G_CALLBACK (key_response_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* A key that was trusted is so for one try. */
static EarServerLink *
parse_server (EarLoginDialog *self, const char *server, GError **error)
{
  EarServerLink *link = ear_server_link_parse (server, error);

  if (link != NULL && self->trusted != NULL) {
    g_free (link->fingerprint);
    link->fingerprint = g_steal_pointer (&self->trusted);
  }
  return link;
}

/* Common end of both ways: FALSE when it failed, which is then shown, or was cancelled. */
static gboolean
finish (EarLoginDialog *self, gboolean ok, const GError *error)
{
  set_busy (self, FALSE);
  if (!ok && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    show_error (self, error);
  if (g_error_matches (error, EAR_ERROR, EAR_ERROR_KEY_CHANGED))
    ask_about_key (self);
  return ok;
}

static void
emit_logged_in (EarLoginDialog *self, const char *user, const char *password)
{
  g_signal_emit (self, signals[LOGGED_IN], 0, user, self->typed ? password : NULL,
                 self->typed && ear_login_page_get_keep (self->login_page));
}

static void
logged_in_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarLoginDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean ok = ear_session_log_in_finish (EAR_SESSION (source), result, &error);

  if (finish (self, ok, error))
    emit_logged_in (self, ear_login_page_get_user (self->login_page),
                    ear_login_page_get_password (self->login_page));
}

static void
start_log_in (EarLoginDialog *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EarServerLink) link =
    parse_server (self, ear_login_page_get_server (self->login_page), &error);

  if (link == NULL) {
    show_error (self, error);
    return;
  }
  set_busy (self, TRUE);
  ear_session_log_in_async (self->session, link, ear_login_page_get_user (self->login_page),
                            ear_login_page_get_password (self->login_page), self->cancellable,
                            logged_in_cb, g_object_ref (self));
}

static void
signed_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarLoginDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean ok = ear_session_sign_up_finish (EAR_SESSION (source), result, &error);

  if (self->fall_back && g_error_matches (error, EAR_ERROR, EAR_ERROR_NAME_TAKEN)) {
    set_busy (self, FALSE);
    start_log_in (self);
    return;
  }
  if (finish (self, ok, error))
    emit_logged_in (self,
                    self->fall_back ? ear_login_page_get_user (self->login_page)
                                    : ear_signup_page_get_user (self->signup_page),
                    self->fall_back ? NULL : ear_signup_page_get_password (self->signup_page));
}

static void
start_sign_up (EarLoginDialog *self,
               const char *server,
               const char *user,
               const char *name,
               const char *password)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EarServerLink) link = parse_server (self, server, &error);

  if (link == NULL) {
    show_error (self, error);
    return;
  }
  set_busy (self, TRUE);
  ear_session_sign_up_async (self->session, link, user, name, password, self->cancellable,
                             signed_up_cb, g_object_ref (self));
}

static void
log_in_submitted_cb (EarLoginDialog *self)
{
  self->fall_back = FALSE;
  self->typed = TRUE;
  start_log_in (self);
}

static void
sign_up_submitted_cb (EarLoginDialog *self)
{
  self->fall_back = FALSE;
  self->typed = TRUE;
  start_sign_up (self, ear_signup_page_get_server (self->signup_page),
                 ear_signup_page_get_user (self->signup_page),
                 ear_signup_page_get_name (self->signup_page),
                 ear_signup_page_get_password (self->signup_page));
}

static gboolean
is_invitation (const char *server)
{
  g_autoptr (EarServerLink) link = ear_server_link_parse (server, NULL);

  return link != NULL && link->invite != NULL;
}

/* Most people sign up once: the page is made for them alone, and the window is there sooner. */
static void
ensure_signup_page (EarLoginDialog *self)
{
  if (self->signup_page != NULL)
    return;
  self->signup_page = g_object_ref_sink (ear_signup_page_new ());
  g_signal_connect_swapped (self->signup_page, "submitted", G_CALLBACK (sign_up_submitted_cb),
                            self);
  /* A link may be opened during a log-in. */
  ear_signup_page_set_busy (self->signup_page, self->cancellable != NULL);
  gtk_stack_add_named (GTK_STACK (self->pages), GTK_WIDGET (self->signup_page), "sign-up");
}

/* What was typed on one page need not be typed again on the other. */
static void
signup_chosen_cb (EarLoginDialog *self)
{
  ensure_signup_page (self);
  ear_signup_page_set_server (self->signup_page, ear_login_page_get_server (self->login_page));
  ear_signup_page_set_user (self->signup_page, ear_login_page_get_user (self->login_page));
  show_page (self, "sign-up");
}

/* Who pastes an invitation has no account yet. */
static void
server_changed_cb (EarLoginDialog *self)
{
  if (!is_signing_up (self) && is_invitation (ear_login_page_get_server (self->login_page)))
    signup_chosen_cb (self);
}

static void
login_chosen_cb (EarLoginDialog *self)
{
  ear_login_page_set_server (self->login_page, ear_signup_page_get_server (self->signup_page));
  show_page (self, "log-in");
}

/* Escape takes back one thing: the log-in under way, then the page, then the window. */
static gboolean
escape_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  EarLoginDialog *self = EAR_LOGIN_DIALOG (widget);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  else if (is_signing_up (self))
    login_chosen_cb (self);
  else
    gtk_window_close (GTK_WINDOW (self));
  return TRUE;
}

static void
ear_login_dialog_map (GtkWidget *widget)
{
  EarLoginDialog *self = EAR_LOGIN_DIALOG (widget);

  GTK_WIDGET_CLASS (ear_login_dialog_parent_class)->map (widget);
  if (!is_signing_up (self))
    ear_login_page_focus (self->login_page);
}

static void
ear_login_dialog_dispose (GObject *object)
{
  EarLoginDialog *self = EAR_LOGIN_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_weak_pointer (&self->focus);
  g_clear_pointer (&self->trusted, g_free);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (ear_login_dialog_parent_class)->dispose (object);
}

static void
ear_login_dialog_finalize (GObject *object)
{
  /* The server may have answered after the window was closed. */
  g_clear_object (&EAR_LOGIN_DIALOG (object)->signup_page);
  G_OBJECT_CLASS (ear_login_dialog_parent_class)->finalize (object);
}

static void
ear_login_dialog_class_init (EarLoginDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (EAR_TYPE_LOGIN_PAGE);
  G_OBJECT_CLASS (klass)->dispose = ear_login_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = ear_login_dialog_finalize;
  widget_class->map = ear_login_dialog_map;
  signals[LOGGED_IN] =
    g_signal_new ("logged-in", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 3, G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE,
                  G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE, G_TYPE_BOOLEAN);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/earshot/Earshot/ear-login-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, EarLoginDialog, back_button);
  gtk_widget_class_bind_template_child (widget_class, EarLoginDialog, pages);
  gtk_widget_class_bind_template_child (widget_class, EarLoginDialog, login_page);
  gtk_widget_class_bind_template_callback (widget_class, login_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, server_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, signup_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, log_in_submitted_cb);
  gtk_widget_class_bind_template_callback (widget_class, sign_up_submitted_cb);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, escape_cb, NULL);
}

static void
ear_login_dialog_init (EarLoginDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * ear_login_dialog_new:
 * @session: the session to log in
 *
 * Makes a dialog.
 *
 * Returns: (transfer none): the window, owned by GTK until it is destroyed
 */
EarLoginDialog *
ear_login_dialog_new (EarSession *session)
{
  EarLoginDialog *self = g_object_new (EAR_TYPE_LOGIN_DIALOG, NULL);

  g_set_object (&self->session, session);
  return self;
}

/**
 * ear_login_dialog_set_server:
 * @self: a dialog
 * @server: an address or link
 *
 * Fills in the server; an invitation is shown on the page to sign up.
 */
void
ear_login_dialog_set_server (EarLoginDialog *self, const char *server)
{
  g_return_if_fail (EAR_IS_LOGIN_DIALOG (self));
  ear_login_page_set_server (self->login_page, server);
  if (self->signup_page != NULL)
    ear_signup_page_set_server (self->signup_page, server);
}

/**
 * ear_login_dialog_set_user:
 * @self: a dialog
 * @user: an account name
 *
 * Fills in the user name of the log-in.
 */
void
ear_login_dialog_set_user (EarLoginDialog *self, const char *user)
{
  g_return_if_fail (EAR_IS_LOGIN_DIALOG (self));
  ear_login_page_set_user (self->login_page, user);
}

/**
 * ear_login_dialog_set_keep:
 * @self: a dialog
 * @keep: whether the switch is on
 *
 * Sets "Keep me logged in".
 */
void
ear_login_dialog_set_keep (EarLoginDialog *self, gboolean keep)
{
  g_return_if_fail (EAR_IS_LOGIN_DIALOG (self));
  ear_login_page_set_keep (self->login_page, keep);
}

/**
 * ear_login_dialog_set_error:
 * @self: a dialog
 * @error: (nullable): why the user has to log in again
 *
 * Shows an error on the visible page.
 */
void
ear_login_dialog_set_error (EarLoginDialog *self, const GError *error)
{
  g_return_if_fail (EAR_IS_LOGIN_DIALOG (self));
  show_error (self, error);
  if (g_error_matches (error, EAR_ERROR, EAR_ERROR_KEY_CHANGED))
    ask_about_key (self);
}

/**
 * ear_login_dialog_log_in:
 * @self: a dialog
 * @user: an account name
 * @password: its password
 *
 * Logs in without waiting for the user. The window shows itself when that fails.
 */
void
ear_login_dialog_log_in (EarLoginDialog *self, const char *user, const char *password)
{
  g_return_if_fail (EAR_IS_LOGIN_DIALOG (self));
  ear_login_page_set_user (self->login_page, user);
  ear_login_page_set_password (self->login_page, password);
  self->fall_back = FALSE;
  self->typed = FALSE;
  start_log_in (self);
}

/**
 * ear_login_dialog_sign_up_or_log_in:
 * @self: a dialog
 * @user: an account name
 * @password: its password
 *
 * Signs up, and logs in when the account is there already; for demonstrations.
 */
void
ear_login_dialog_sign_up_or_log_in (EarLoginDialog *self, const char *user, const char *password)
{
  g_return_if_fail (EAR_IS_LOGIN_DIALOG (self));
  ear_login_page_set_user (self->login_page, user);
  ear_login_page_set_password (self->login_page, password);
  self->fall_back = TRUE;
  self->typed = FALSE;
  start_sign_up (self, ear_login_page_get_server (self->login_page), user, NULL, password);
}
