/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What an admin can decide about the server: who can broadcast, and which accounts are disabled.
 * It shows what the server says: each change is asked for, and what came of it is asked for, too.
 * Without the server nothing can be changed; who is no admin any more is shown out. */

#include "config.h"

#include "gui/ear-manage-dialog.h"

#include <glib/gi18n.h>

#include "client/ear-client.h"
#include "client/ear-session.h"
#include "gui/ear-accessible.h"
#include "gui/ear-format.h"
#include "gui/ear-toast.h"
#include "wire/ear-name.h"

/* The items of the row, in their order. */
enum {
  EVERYBODY,
  ONLY_ADMINS,
};

struct _EarManageDialog
{
  AdwPreferencesWindow parent_instance;

  /* Template children */
  GtkWidget *page;
  GtkWidget *who_row;
  GtkWidget *accounts_group;
  GtkWidget *account_row;
  GtkWidget *disable_button;

  /* Owned */
  EarClient *client;
  GCancellable *cancellable;
  GPtrArray *rows; /* (element-type AdwActionRow): of the disabled accounts */

  gboolean filling; /* what the server says is shown: no change of the person's */
};

G_DEFINE_FINAL_TYPE (EarManageDialog, ear_manage_dialog, ADW_TYPE_PREFERENCES_WINDOW)

static EarSession *
get_session (EarManageDialog *self)
{
  return ear_client_get_session (self->client);
}

/* What was typed. */
static char *
dup_account (EarManageDialog *self)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->account_row))));
}

static void
add_account (EarManageDialog *self, const char *account)
{
  /* Translators: %s is an account name. */
  g_autofree char *label = g_strdup_printf (_ ("Enable %s"), account);
  GtkWidget *row = g_object_new (ADW_TYPE_ACTION_ROW, "use-markup", FALSE, "title", account, NULL);
  GtkWidget *button = gtk_button_new_with_label (_ ("Enable"));

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "app.enable-account");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", account);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->accounts_group), row);
  g_ptr_array_add (self->rows, row);
}

static char *
describe (guint n_shown, guint n_disabled)
{
  g_autofree char *all = ear_format_count (n_disabled);
  g_autofree char *shown = ear_format_count (n_shown);

  if (n_disabled == 0)
    return g_strdup (_ ("No account is disabled."));
  if (n_shown < n_disabled)
    return g_strdup_printf (_ ("%s accounts are disabled. These are the first %s."), all, shown);
  return g_strdup (_ ("Nobody can log in with these accounts."));
}

static void
fill (EarManageDialog *self, gboolean admins_only, char **disabled, guint n_disabled)
{
  g_autofree char *description = describe (g_strv_length (disabled), n_disabled);
  g_autofree char *markup = g_markup_escape_text (description, -1);
  g_autofree char *account = dup_account (self);

  self->filling = TRUE;
  adw_combo_row_set_selected (ADW_COMBO_ROW (self->who_row), admins_only ? ONLY_ADMINS : EVERYBODY);
  self->filling = FALSE;
  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self->accounts_group),
                                  g_ptr_array_index (self->rows, i));
  g_ptr_array_set_size (self->rows, 0);
  for (guint i = 0; disabled[i] != NULL; i++)
    add_account (self, disabled[i]);
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self->accounts_group), markup);
  if (g_strv_contains ((const char *const *) disabled, account))
    gtk_editable_set_text (GTK_EDITABLE (self->account_row), "");
  gtk_widget_set_sensitive (self->page, TRUE);
}

static void
tell_error (EarManageDialog *self, const GError *error)
{
  g_autofree char *text = ear_format_error (error);

  ear_manage_dialog_add_toast (self, ear_toast_new (text));
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarManageDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean admins_only;
  guint n_disabled;
  g_auto (GStrv) disabled =
    ear_client_manage_finish (EAR_CLIENT (source), result, &admins_only, &n_disabled, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (disabled != NULL)
    fill (self, admins_only, disabled, n_disabled);
  else
    tell_error (self, error);
}

static void
load (EarManageDialog *self)
{
  ear_client_manage_async (self->client, self->cancellable, loaded_cb, g_object_ref (self));
}

static void
session_changed_cb (EarManageDialog *self)
{
  if (!ear_session_is_online (get_session (self)))
    gtk_widget_set_sensitive (self->page, FALSE);
  else if (ear_session_is_admin (get_session (self)))
    load (self);
  else
    gtk_window_close (GTK_WINDOW (self));
}

static void
who_set_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarManageDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  if (ear_client_administer_finish (EAR_CLIENT (source), result, &error) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  tell_error (self, error);
  load (self);
}

static void
who_changed_cb (EarManageDialog *self)
{
  guint selected = adw_combo_row_get_selected (ADW_COMBO_ROW (self->who_row));

  if (!self->filling && self->client != NULL)
    ear_client_set_broadcasters_async (self->client, selected == ONLY_ADMINS, self->cancellable,
                                       who_set_cb, g_object_ref (self));
}

static void
account_changed_cb (EarManageDialog *self)
{
  g_autofree char *account = dup_account (self);

  gtk_widget_set_sensitive (self->disable_button, ear_name_is_valid (account));
}

static void
disable_cb (EarManageDialog *self)
{
  g_autofree char *account = dup_account (self);

  if (ear_name_is_valid (account))
    gtk_widget_activate_action (GTK_WIDGET (self), "app.disable-account", "s", account);
}

static void
ear_manage_dialog_dispose (GObject *object)
{
  EarManageDialog *self = EAR_MANAGE_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->client);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  G_OBJECT_CLASS (ear_manage_dialog_parent_class)->dispose (object);
}

static void
ear_manage_dialog_class_init (EarManageDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ear_manage_dialog_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/earshot/Earshot/ear-manage-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, EarManageDialog, page);
  gtk_widget_class_bind_template_child (widget_class, EarManageDialog, who_row);
  gtk_widget_class_bind_template_child (widget_class, EarManageDialog, accounts_group);
  gtk_widget_class_bind_template_child (widget_class, EarManageDialog, account_row);
  gtk_widget_class_bind_template_child (widget_class, EarManageDialog, disable_button);
  gtk_widget_class_bind_template_callback (widget_class, who_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, disable_cb);
  gtk_widget_class_bind_template_callback (widget_class, account_changed_cb);
}

static void
ear_manage_dialog_init (EarManageDialog *self)
{
  self->cancellable = g_cancellable_new ();
  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * ear_manage_dialog_new:
 * @parent: the window in front
 * @client: an open client of an admin
 *
 * Makes the dialog, which asks the server at once.
 *
 * Returns: (transfer none): the window, owned by GTK until it is closed
 */
EarManageDialog *
ear_manage_dialog_new (GtkWindow *parent, EarClient *client)
{
  /* Without the application there are no "app." actions. */
  EarManageDialog *self = g_object_new (EAR_TYPE_MANAGE_DIALOG, "transient-for", parent,
                                        "application", gtk_window_get_application (parent), NULL);

  self->client = g_object_ref (client);
  g_signal_connect_object (client, "administered", G_CALLBACK (load), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (get_session (self), "notify::online", G_CALLBACK (session_changed_cb),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (get_session (self), "notify::admin", G_CALLBACK (session_changed_cb),
                           self, G_CONNECT_SWAPPED);
  load (self);
  return self;
}

/**
 * ear_manage_dialog_add_toast:
 * @self: a dialog
 * @toast: (transfer full): a toast
 *
 * Shows @toast.
 */
void
ear_manage_dialog_add_toast (EarManageDialog *self, AdwToast *toast)
{
  g_return_if_fail (EAR_IS_MANAGE_DIALOG (self));

  adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (self), toast);
  ear_accessible_fix_buttons (GTK_WIDGET (self));
}
