/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The form of a new account. Like EarLoginPage it knows nothing of the network. What a person can
 * get wrong is said here before anything is sent: a bad name, a short password, two that differ. */

#include "config.h"

#include "gui/ear-signup-page.h"

#include <glib/gi18n.h>
#include <string.h>

#include "gui/ear-accessible.h"
#include "gui/ear-form.h"
#include "gui/ear-strength.h"
#include "wire/ear-error.h"
#include "wire/ear-limits.h"
#include "wire/ear-name.h"
#include "wire/ear-server-link.h"

struct _EarSignupPage
{
  AdwBin parent_instance;

  /* Template children */
  GtkWidget *hint_label;
  GtkWidget *server_row;
  GtkWidget *user_row;
  GtkWidget *name_row;
  GtkWidget *password_row;
  GtkWidget *repeat_row;
  GtkWidget *strength_revealer;
  GtkWidget *strength_bar;
  GtkWidget *strength_label;
  GtkWidget *error_revealer;
  GtkWidget *error_label;
  GtkWidget *submit_button;
  GtkWidget *submit_stack;
  GtkWidget *spinner;

  /* Owned */
  GCancellable *cancellable; /* of the measurement under way */

  gboolean busy;
};

G_DEFINE_FINAL_TYPE (EarSignupPage, ear_signup_page, ADW_TYPE_BIN)

enum {
  SUBMITTED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static const char *
get_text (GtkWidget *row)
{
  return gtk_editable_get_text (GTK_EDITABLE (row));
}

static EarForm
get_form (EarSignupPage *self)
{
  return (EarForm){
    .server = self->server_row,
    .user = self->user_row,
    .password = self->password_row,
    .repeat = self->repeat_row,
    .error_label = GTK_LABEL (self->error_label),
    .error_revealer = GTK_REVEALER (self->error_revealer),
    .submit_button = self->submit_button,
    .submit_stack = GTK_STACK (self->submit_stack),
    .spinner = GTK_SPINNER (self->spinner),
  };
}

static void
update (EarSignupPage *self)
{
  EarForm form = get_form (self);

  ear_form_update (&form, self->busy);
  gtk_widget_set_sensitive (self->name_row, !self->busy);
}

static void
changed_cb (EarSignupPage *self)
{
  EarForm form = get_form (self);

  ear_form_clear_error (&form);
  update (self);
}

/* Who came with an invitation is told where to. */
static void
server_changed_cb (EarSignupPage *self)
{
  g_autoptr (EarServerLink) link = ear_server_link_parse (get_text (self->server_row), NULL);
  g_autofree char *hint = NULL;

  if (link != NULL && link->invite != NULL)
    /* Translators: %s is the name or the address of a server. */
    hint =
      g_strdup_printf (_ ("You are invited to %s. The link is good for one account."), link->host);
  else
    hint = g_strdup (_ ("The server never learns your password, and never sees your chats"));
  gtk_label_set_text (GTK_LABEL (self->hint_label), hint);
  changed_cb (self);
}

static void
measured_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EarStrength) strength = ear_strength_measure_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  EarSignupPage *self = user_data;

  gtk_revealer_set_reveal_child (GTK_REVEALER (self->strength_revealer), strength != NULL);
  if (strength == NULL)
    return;
  gtk_level_bar_set_value (GTK_LEVEL_BAR (self->strength_bar), strength->level);
  gtk_label_set_text (GTK_LABEL (self->strength_label), strength->text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->strength_bar),
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, strength->text, -1);
}

static void
password_changed_cb (EarSignupPage *self)
{
  const char *password = get_text (self->password_row);

  changed_cb (self);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (*password == '\0') {
    gtk_revealer_set_reveal_child (GTK_REVEALER (self->strength_revealer), FALSE);
    return;
  }
  self->cancellable = g_cancellable_new ();
  ear_strength_measure_async (password, get_text (self->user_row), self->cancellable, measured_cb,
                              self);
}

/* What can be said without the server; FALSE after having said it. */
static gboolean
check (EarSignupPage *self)
{
  EarForm form = get_form (self);

  if (!ear_name_is_valid (get_text (self->user_row))) {
    g_autoptr (GError) error = ear_error_new (EAR_ERROR_BAD_NAME);

    ear_form_set_error (&form, error);
    return FALSE;
  }
  if (*get_text (self->name_row) != '\0' &&
      !ear_name_is_valid_display (get_text (self->name_row))) {
    ear_form_show_error_at (&form, NULL,
                            strlen (get_text (self->name_row)) > EAR_LIMIT_DISPLAY
                              ? _ ("This full name is too long.")
                              : _ ("A full name begins with a letter, and all of it can be seen."));
    gtk_widget_grab_focus (self->name_row);
    return FALSE;
  }
  if (g_utf8_strlen (get_text (self->password_row), -1) < EAR_SIGNUP_PASSWORD_MIN) {
    g_autofree char *text = g_strdup_printf (
      ngettext ("Use %d character or more.", "Use %d characters or more.", EAR_SIGNUP_PASSWORD_MIN),
      EAR_SIGNUP_PASSWORD_MIN);

    ear_form_show_error_at (&form, self->password_row, text);
    return FALSE;
  }
  if (g_strcmp0 (get_text (self->password_row), get_text (self->repeat_row)) != 0) {
    ear_form_show_error_at (&form, self->repeat_row, _ ("The two passwords are not the same."));
    return FALSE;
  }
  return TRUE;
}

static void
submit_cb (EarSignupPage *self)
{
  if (gtk_widget_get_sensitive (self->submit_button) && check (self))
    g_signal_emit (self, signals[SUBMITTED], 0);
}

/* Enter in a field goes on to the first one that is empty, and submits when there is none. */
static void
activated_cb (EarSignupPage *self)
{
  EarForm form = get_form (self);

  if (!ear_form_focus_empty (&form))
    submit_cb (self);
}

static void
ear_signup_page_dispose (GObject *object)
{
  EarSignupPage *self = EAR_SIGNUP_PAGE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (ear_signup_page_parent_class)->dispose (object);
}

static void
ear_signup_page_class_init (EarSignupPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ear_signup_page_dispose;
  signals[SUBMITTED] = g_signal_new ("submitted", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                     NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/earshot/Earshot/ear-signup-page.ui");
  gtk_widget_class_bind_template_child (widget_class, EarSignupPage, hint_label);
  gtk_widget_class_bind_template_child (widget_class, EarSignupPage, server_row);
  gtk_widget_class_bind_template_child (widget_class, EarSignupPage, user_row);
  gtk_widget_class_bind_template_child (widget_class, EarSignupPage, name_row);
  gtk_widget_class_bind_template_child (widget_class, EarSignupPage, password_row);
  gtk_widget_class_bind_template_child (widget_class, EarSignupPage, repeat_row);
  gtk_widget_class_bind_template_child (widget_class, EarSignupPage, strength_revealer);
  gtk_widget_class_bind_template_child (widget_class, EarSignupPage, strength_bar);
  gtk_widget_class_bind_template_child (widget_class, EarSignupPage, strength_label);
  gtk_widget_class_bind_template_child (widget_class, EarSignupPage, error_revealer);
  gtk_widget_class_bind_template_child (widget_class, EarSignupPage, error_label);
  gtk_widget_class_bind_template_child (widget_class, EarSignupPage, submit_button);
  gtk_widget_class_bind_template_child (widget_class, EarSignupPage, submit_stack);
  gtk_widget_class_bind_template_child (widget_class, EarSignupPage, spinner);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, server_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, password_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, submit_cb);
}

static void
ear_signup_page_init (EarSignupPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  ear_accessible_follow_revealer (GTK_REVEALER (self->strength_revealer));
  ear_accessible_follow_revealer (GTK_REVEALER (self->error_revealer));
  ear_accessible_fix_buttons (GTK_WIDGET (self));
  update (self);
}

/**
 * ear_signup_page_new:
 *
 * Makes an empty form.
 *
 * Returns: (transfer floating): the page
 */
EarSignupPage *
ear_signup_page_new (void)
{
  return g_object_new (EAR_TYPE_SIGNUP_PAGE, NULL);
}

/**
 * ear_signup_page_get_server:
 * @self: a page
 *
 * Gets what stands in the field, checked by nobody.
 *
 * Returns: (transfer none): the text
 */
const char *
ear_signup_page_get_server (EarSignupPage *self)
{
  g_return_val_if_fail (EAR_IS_SIGNUP_PAGE (self), NULL);
  return get_text (self->server_row);
}

/**
 * ear_signup_page_get_user:
 * @self: a page
 *
 * Gets the account name; valid when "submitted" is emitted.
 *
 * Returns: (transfer none): the text
 */
const char *
ear_signup_page_get_user (EarSignupPage *self)
{
  g_return_val_if_fail (EAR_IS_SIGNUP_PAGE (self), NULL);
  return get_text (self->user_row);
}

/**
 * ear_signup_page_get_name:
 * @self: a page
 *
 * Gets the display name.
 *
 * Returns: (transfer none) (nullable): the name, or %NULL when the field is empty
 */
const char *
ear_signup_page_get_name (EarSignupPage *self)
{
  g_return_val_if_fail (EAR_IS_SIGNUP_PAGE (self), NULL);

  const char *name = get_text (self->name_row);

  return *name != '\0' ? name : NULL;
}

/**
 * ear_signup_page_get_password:
 * @self: a page
 *
 * Gets the password.
 *
 * Returns: (transfer none): the password
 */
const char *
ear_signup_page_get_password (EarSignupPage *self)
{
  g_return_val_if_fail (EAR_IS_SIGNUP_PAGE (self), NULL);
  return get_text (self->password_row);
}

/**
 * ear_signup_page_set_server:
 * @self: a page
 * @server: an address or link
 *
 * Fills in the server.
 */
void
ear_signup_page_set_server (EarSignupPage *self, const char *server)
{
  g_return_if_fail (EAR_IS_SIGNUP_PAGE (self));
  gtk_editable_set_text (GTK_EDITABLE (self->server_row), server);
}

/**
 * ear_signup_page_set_user:
 * @self: a page
 * @user: an account name
 *
 * Fills in the user name.
 */
void
ear_signup_page_set_user (EarSignupPage *self, const char *user)
{
  g_return_if_fail (EAR_IS_SIGNUP_PAGE (self));
  gtk_editable_set_text (GTK_EDITABLE (self->user_row), user);
}

/**
 * ear_signup_page_set_busy:
 * @self: a page
 * @busy: whether a sign-up is under way
 *
 * Shows that something happens, and lets nothing be changed meanwhile.
 */
void
ear_signup_page_set_busy (EarSignupPage *self, gboolean busy)
{
  g_return_if_fail (EAR_IS_SIGNUP_PAGE (self));
  if (self->busy == busy)
    return;
  self->busy = busy;
  gtk_accessible_update_state (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_STATE_BUSY, busy, -1);
  update (self);
}

/**
 * ear_signup_page_set_error:
 * @self: a page
 * @error: (nullable): why the sign-up failed
 *
 * Shows an error at the field that it concerns.
 */
void
ear_signup_page_set_error (EarSignupPage *self, const GError *error)
{
  g_return_if_fail (EAR_IS_SIGNUP_PAGE (self));

  EarForm form = get_form (self);

  ear_form_set_error (&form, error);
}

/**
 * ear_signup_page_focus:
 * @self: a page
 *
 * Moves the focus to the first field that is empty.
 */
void
ear_signup_page_focus (EarSignupPage *self)
{
  g_return_if_fail (EAR_IS_SIGNUP_PAGE (self));
  gtk_widget_grab_focus (*get_text (self->server_row) == '\0' ? self->server_row : self->user_row);
}
