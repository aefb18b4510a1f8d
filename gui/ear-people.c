/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The models behind the sidebar:
 *
 *   users ─┬─ filter: here and found ─────────────────┐
 *          ├─ (heading "Away", when somebody is away) ─┼─ flattened
 *          └─ filter: contact, away and found ────────┘
 *
 * Here is who is active, and who is in an open chat with us: that one goes on without the server.
 *
 * GTK's filters do not look at an item again when its properties change; EarUserList tells them of
 * those whose section changes. */

#include "config.h"

#include "gui/ear-people.h"

#include <glib/gi18n.h>
#include <string.h>

#include "client/ear-user.h"

struct _EarPeople
{
  GObject parent_instance;

  /* Owned */
  GListModel *users;
  GtkFilter *active_filter;
  GtkFilter *away_filter;
  GListModel *away;
  GListStore *heading;
  GListModel *model;
  char *search; /* folded */
};

G_DEFINE_FINAL_TYPE (EarPeople, ear_people, G_TYPE_OBJECT)

static gboolean
contains (const char *text, const char *folded)
{
  if (text == NULL)
    return FALSE;

  g_autofree char *normal = g_utf8_normalize (text, -1, G_NORMALIZE_ALL);
  g_autofree char *candidate = normal != NULL ? g_utf8_casefold (normal, -1) : NULL;

  return candidate != NULL && strstr (candidate, folded) != NULL;
}

static gboolean
is_here (EarUser *user)
{
  return ear_user_get_active (user) || ear_user_get_chatting (user);
}

static gboolean
is_shown_here (gpointer item, gpointer user_data)
{
  return is_here (item) && ear_people_matches (user_data, item);
}

static gboolean
is_shown_away (gpointer item, gpointer user_data)
{
  return !is_here (item) && ear_user_get_contact (item) && ear_people_matches (user_data, item);
}

static void
update_heading (EarPeople *self)
{
  gboolean wanted = g_list_model_get_n_items (self->away) > 0;
  gboolean there = g_list_model_get_n_items (G_LIST_MODEL (self->heading)) > 0;

  if (wanted && !there) {
    g_autoptr (GtkStringObject) text = gtk_string_object_new (_ ("Away"));

    g_list_store_append (self->heading, text);
  } else if (!wanted && there) {
    g_list_store_remove_all (self->heading);
  }
}

static GListModel *
new_filtered (EarPeople *self, GtkFilter *filter)
{
  return G_LIST_MODEL (
    gtk_filter_list_model_new (g_object_ref (self->users), g_object_ref (filter)));
}

static void
ear_people_dispose (GObject *object)
{
  EarPeople *self = EAR_PEOPLE (object);

  /* Others may keep the model for a while: it must not call back into us. */
  if (self->active_filter != NULL) {
    gtk_custom_filter_set_filter_func (GTK_CUSTOM_FILTER (self->active_filter), NULL, NULL, NULL);
    gtk_custom_filter_set_filter_func (GTK_CUSTOM_FILTER (self->away_filter), NULL, NULL, NULL);
  }
  g_clear_object (&self->active_filter);
  g_clear_object (&self->away_filter);
  g_clear_object (&self->away);
  g_clear_object (&self->heading);
  g_clear_object (&self->model);
  g_clear_object (&self->users);
  G_OBJECT_CLASS (ear_people_parent_class)->dispose (object);
}

static void
ear_people_finalize (GObject *object)
{
  g_free (EAR_PEOPLE (object)->search);
  G_OBJECT_CLASS (ear_people_parent_class)->finalize (object);
}

static void
ear_people_class_init (EarPeopleClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ear_people_dispose;
  G_OBJECT_CLASS (klass)->finalize = ear_people_finalize;
}

static void
ear_people_init (EarPeople *self)
{
}

/**
 * ear_people_new:
 * @users: a list of #EarUser that announces whoever changes the section, such as an #EarUserList
 *
 * Makes the models over @users.
 *
 * Returns: (transfer full): the object
 */
EarPeople *
ear_people_new (GListModel *users)
{
  EarPeople *self = g_object_new (EAR_TYPE_PEOPLE, NULL);
  g_autoptr (GListStore) parts = g_list_store_new (G_TYPE_LIST_MODEL);
  g_autoptr (GListModel) active = NULL;

  self->users = g_object_ref (users);
  self->active_filter = GTK_FILTER (gtk_custom_filter_new (is_shown_here, self, NULL));
  self->away_filter = GTK_FILTER (gtk_custom_filter_new (is_shown_away, self, NULL));
  active = new_filtered (self, self->active_filter);
  self->away = new_filtered (self, self->away_filter);
  self->heading = g_list_store_new (GTK_TYPE_STRING_OBJECT);
  g_list_store_append (parts, active);
  g_list_store_append (parts, self->heading);
  g_list_store_append (parts, self->away);
  self->model = G_LIST_MODEL (gtk_flatten_list_model_new (G_LIST_MODEL (g_steal_pointer (&parts))));

  g_signal_connect_object (self->away, "items-changed", G_CALLBACK (update_heading), self,
                           G_CONNECT_SWAPPED);
  update_heading (self);
  return self;
}

/**
 * ear_people_get_model:
 * @self: an object
 *
 * Gets the list to show.
 *
 * Returns: (transfer none): the list
 */
GListModel *
ear_people_get_model (EarPeople *self)
{
  g_return_val_if_fail (EAR_IS_PEOPLE (self), NULL);
  return self->model;
}

/**
 * ear_people_set_search:
 * @self: an object
 * @text: what to look for in account and display names; "" for everybody
 *
 * Shows only whom @text finds.
 */
void
ear_people_set_search (EarPeople *self, const char *text)
{
  g_return_if_fail (EAR_IS_PEOPLE (self));

  g_autofree char *normal = g_utf8_normalize (text, -1, G_NORMALIZE_ALL);

  g_free (self->search);
  self->search = normal != NULL ? g_utf8_casefold (normal, -1) : NULL;
  gtk_filter_changed (self->active_filter, GTK_FILTER_CHANGE_DIFFERENT);
  gtk_filter_changed (self->away_filter, GTK_FILTER_CHANGE_DIFFERENT);
}

/**
 * ear_people_matches:
 * @self: an object
 * @user: a user
 *
 * Says whether the search finds @user.
 *
 * Returns: whether it does
 */
gboolean
ear_people_matches (EarPeople *self, EarUser *user)
{
  g_return_val_if_fail (EAR_IS_PEOPLE (self), FALSE);

  if (self->search == NULL || *self->search == '\0')
    return TRUE;
  return contains (ear_user_get_account (user), self->search) ||
         contains (ear_user_get_name (user), self->search);
}
