/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The form of a log-in. It knows nothing of the network: it says "submitted" when every field is
 * filled in, and its owner answers with set_busy and set_error. */

#include "config.h"

#include "gui/ear-login-page.h"

#include <glib/gi18n.h>

#include "gui/ear-accessible.h"
#include "gui/ear-form.h"

struct _EarLoginPage
{
  AdwBin parent_instance;

  /* Template children */
  GtkWidget *server_row;
  GtkWidget *user_row;
  GtkWidget *password_row;
  GtkWidget *keep_row;
  GtkWidget *keep_switch;
  GtkWidget *error_revealer;
  GtkWidget *error_label;
  GtkWidget *submit_button;
  GtkWidget *submit_stack;
  GtkWidget *signup_button;
  GtkWidget *spinner;

  gboolean busy;
};

G_DEFINE_FINAL_TYPE (EarLoginPage, ear_login_page, ADW_TYPE_BIN)

enum {
  SUBMITTED,
  SERVER_CHANGED,
  SIGNUP_CHOSEN,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static const char *
get_text (GtkWidget *row)
{
  return gtk_editable_get_text (GTK_EDITABLE (row));
}

static EarForm
get_form (EarLoginPage *self)
{
  return (EarForm){
    .server = self->server_row,
    .user = self->user_row,
    .password = self->password_row,
    .error_label = GTK_LABEL (self->error_label),
    .error_revealer = GTK_REVEALER (self->error_revealer),
    .submit_button = self->submit_button,
    .submit_stack = GTK_STACK (self->submit_stack),
    .spinner = GTK_SPINNER (self->spinner),
  };
}

static void
update (EarLoginPage *self)
{
  EarForm form = get_form (self);

  ear_form_update (&form, self->busy);
  gtk_widget_set_sensitive (self->signup_button, !self->busy);
  gtk_widget_set_sensitive (self->keep_row, !self->busy);
}

static void
changed_cb (EarLoginPage *self)
{
  EarForm form = get_form (self);

  ear_form_clear_error (&form);
  update (self);
}

static void
server_changed_cb (EarLoginPage *self)
{
  changed_cb (self);
  g_signal_emit (self, signals[SERVER_CHANGED], 0);
}

static void
submit_cb (EarLoginPage *self)
{
  if (gtk_widget_get_sensitive (self->submit_button))
    g_signal_emit (self, signals[SUBMITTED], 0);
}

/* Enter in a field goes on to the first one that is empty, and submits when there is none. */
static void
activated_cb (EarLoginPage *self)
{
  EarForm form = get_form (self);

  if (!ear_form_focus_empty (&form))
    submit_cb (self);
}

static void
signup_clicked_cb (EarLoginPage *self)
{
  g_signal_emit (self, signals[SIGNUP_CHOSEN], 0);
}

static void
ear_login_page_class_init (EarLoginPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  signals[SUBMITTED] = g_signal_new ("submitted", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                     NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SERVER_CHANGED] = g_signal_new ("server-changed", G_TYPE_FROM_CLASS (klass),
                                          G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNUP_CHOSEN] = g_signal_new ("signup-chosen", G_TYPE_FROM_CLASS (klass),
                                         G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/earshot/Earshot/ear-login-page.ui");
  gtk_widget_class_bind_template_child (widget_class, EarLoginPage, server_row);
  gtk_widget_class_bind_template_child (widget_class, EarLoginPage, user_row);
  gtk_widget_class_bind_template_child (widget_class, EarLoginPage, password_row);
  gtk_widget_class_bind_template_child (widget_class, EarLoginPage, keep_row);
  gtk_widget_class_bind_template_child (widget_class, EarLoginPage, keep_switch);
  gtk_widget_class_bind_template_child (widget_class, EarLoginPage, error_revealer);
  gtk_widget_class_bind_template_child (widget_class, EarLoginPage, error_label);
  gtk_widget_class_bind_template_child (widget_class, EarLoginPage, submit_button);
  gtk_widget_class_bind_template_child (widget_class, EarLoginPage, submit_stack);
  gtk_widget_class_bind_template_child (widget_class, EarLoginPage, signup_button);
  gtk_widget_class_bind_template_child (widget_class, EarLoginPage, spinner);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, server_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, submit_cb);
  gtk_widget_class_bind_template_callback (widget_class, signup_clicked_cb);
}

static void
ear_login_page_init (EarLoginPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  ear_accessible_follow_revealer (GTK_REVEALER (self->error_revealer));
  ear_accessible_fix_buttons (GTK_WIDGET (self));
  update (self);
}

/**
 * ear_login_page_new:
 *
 * Makes an empty form.
 *
 * Returns: (transfer floating): the page
 */
EarLoginPage *
ear_login_page_new (void)
{
  return g_object_new (EAR_TYPE_LOGIN_PAGE, NULL);
}

/**
 * ear_login_page_get_server:
 * @self: a page
 *
 * Gets what stands in the field, checked by nobody.
 *
 * Returns: (transfer none): the text
 */
const char *
ear_login_page_get_server (EarLoginPage *self)
{
  g_return_val_if_fail (EAR_IS_LOGIN_PAGE (self), NULL);
  return get_text (self->server_row);
}

/**
 * ear_login_page_get_user:
 * @self: a page
 *
 * Gets what stands in the field, checked by nobody.
 *
 * Returns: (transfer none): the text
 */
const char *
ear_login_page_get_user (EarLoginPage *self)
{
  g_return_val_if_fail (EAR_IS_LOGIN_PAGE (self), NULL);
  return get_text (self->user_row);
}

/**
 * ear_login_page_get_password:
 * @self: a page
 *
 * Gets the password.
 *
 * Returns: (transfer none): the password
 */
const char *
ear_login_page_get_password (EarLoginPage *self)
{
  g_return_val_if_fail (EAR_IS_LOGIN_PAGE (self), NULL);
  return get_text (self->password_row);
}

/**
 * ear_login_page_get_keep:
 * @self: a page
 *
 * Gets whether the user wants to stay logged in.
 *
 * Returns: whether to keep the password
 */
gboolean
ear_login_page_get_keep (EarLoginPage *self)
{
  g_return_val_if_fail (EAR_IS_LOGIN_PAGE (self), FALSE);
  return gtk_switch_get_active (GTK_SWITCH (self->keep_switch));
}

/**
 * ear_login_page_set_server:
 * @self: a page
 * @server: an address or link
 *
 * Fills in the server.
 */
void
ear_login_page_set_server (EarLoginPage *self, const char *server)
{
  g_return_if_fail (EAR_IS_LOGIN_PAGE (self));
  gtk_editable_set_text (GTK_EDITABLE (self->server_row), server);
}

/**
 * ear_login_page_set_user:
 * @self: a page
 * @user: an account name
 *
 * Fills in the user name.
 */
void
ear_login_page_set_user (EarLoginPage *self, const char *user)
{
  g_return_if_fail (EAR_IS_LOGIN_PAGE (self));
  gtk_editable_set_text (GTK_EDITABLE (self->user_row), user);
}

/**
 * ear_login_page_set_password:
 * @self: a page
 * @password: a password
 *
 * Fills in the password.
 */
void
ear_login_page_set_password (EarLoginPage *self, const char *password)
{
  g_return_if_fail (EAR_IS_LOGIN_PAGE (self));
  gtk_editable_set_text (GTK_EDITABLE (self->password_row), password);
}

/**
 * ear_login_page_set_keep:
 * @self: a page
 * @keep: whether to keep the password
 *
 * Sets the switch.
 */
void
ear_login_page_set_keep (EarLoginPage *self, gboolean keep)
{
  g_return_if_fail (EAR_IS_LOGIN_PAGE (self));
  gtk_switch_set_active (GTK_SWITCH (self->keep_switch), keep);
}

/**
 * ear_login_page_set_busy:
 * @self: a page
 * @busy: whether a log-in is under way
 *
 * Shows that something happens, and lets nothing be changed meanwhile.
 */
void
ear_login_page_set_busy (EarLoginPage *self, gboolean busy)
{
  g_return_if_fail (EAR_IS_LOGIN_PAGE (self));
  if (self->busy == busy)
    return;
  self->busy = busy;
  gtk_accessible_update_state (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_STATE_BUSY, busy, -1);
  update (self);
}

/**
 * ear_login_page_set_error:
 * @self: a page
 * @error: (nullable): why the log-in failed
 *
 * Shows an error at the field that it concerns.
 */
void
ear_login_page_set_error (EarLoginPage *self, const GError *error)
{
  g_return_if_fail (EAR_IS_LOGIN_PAGE (self));

  EarForm form = get_form (self);

  ear_form_set_error (&form, error);
}

/**
 * ear_login_page_focus:
 * @self: a page
 *
 * Moves the focus to the first field that is empty, or to the password.
 */
void
ear_login_page_focus (EarLoginPage *self)
{
  g_return_if_fail (EAR_IS_LOGIN_PAGE (self));

  EarForm form = get_form (self);

  if (!ear_form_focus_empty (&form))
    gtk_widget_grab_focus (self->password_row);
}
