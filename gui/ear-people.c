/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The rows of the sidebar, made of the users: those who are here, and, below a heading, the
 * contacts who are away, or who may be when the list is a part; of both only those whom the search
 * finds.
 *
 * Here is who is active, and who is in an open chat with us: that one goes on without the server.
 *
 * Each change of the users makes all rows anew, which is one walk over a list of pointers, and
 * views are told of the smallest range that has changed. With thousands of users, of whom a hundred
 * come and go at a time all over the list, that takes GTK's filter models ten times as long. */

#include "config.h"

#include "gui/ear-people.h"

#include <glib/gi18n.h>

#include "client/ear-user-list.h"
#include "client/ear-user.h"

struct _EarPeople
{
  GObject parent_instance;

  /* Owned */
  EarUserList *users;
  GtkStringObject *away_heading;
  GtkStringObject *others_heading; /* when the list is a part */
  GPtrArray *rows;                 /* of EarUser, and the heading */
  char *search;                    /* folded */

  gboolean partial;
};

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (EarPeople,
                               ear_people,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static GType
get_item_type (GListModel *model)
{
  return G_TYPE_OBJECT;
}

static guint
get_n_items (GListModel *model)
{
  return EAR_PEOPLE (model)->rows->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  EarPeople *self = EAR_PEOPLE (model);

  return position < self->rows->len ? g_object_ref (self->rows->pdata[position]) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static gboolean
is_found (EarPeople *self, EarUser *user)
{
  return self->search == NULL || *self->search == '\0' || ear_user_matches (user, self->search);
}

static GPtrArray *
make_rows (EarPeople *self)
{
  GListModel *users = G_LIST_MODEL (self->users);
  guint n_users = g_list_model_get_n_items (users);
  GPtrArray *rows = g_ptr_array_new_full (n_users + 1, g_object_unref);
  g_autoptr (GPtrArray) away = g_ptr_array_new ();

  for (guint i = 0; i < n_users; i++) {
    g_autoptr (EarUser) user = g_list_model_get_item (users, i);
    gboolean here = ear_user_get_active (user) || ear_user_get_chatting (user);

    if (!(here || ear_user_get_contact (user)) || !is_found (self, user))
      continue;
    g_ptr_array_add (here ? rows : away, g_steal_pointer (&user));
  }
  if (away->len > 0)
    g_ptr_array_add (rows,
                     g_object_ref (self->partial ? self->others_heading : self->away_heading));
  g_ptr_array_extend_and_steal (rows, g_steal_pointer (&away));
  return rows;
}

static void
update (EarPeople *self)
{
  g_autoptr (GPtrArray) old = g_steal_pointer (&self->rows);
  guint shorter, before = 0, after = 0;

  self->rows = make_rows (self);
  shorter = MIN (old->len, self->rows->len);
  while (before < shorter && old->pdata[before] == self->rows->pdata[before])
    before++;
  while (after < shorter - before &&
         old->pdata[old->len - 1 - after] == self->rows->pdata[self->rows->len - 1 - after])
    after++;
  if (before + after < MAX (old->len, self->rows->len))
    g_list_model_items_changed (G_LIST_MODEL (self), before, old->len - before - after,
                                self->rows->len - before - after);
}

/* Whether who is not here is away, nobody knows of a part. */
static void
n_listed_cb (EarPeople *self)
{
  gboolean partial = ear_user_list_is_partial (self->users);

  if (self->partial == partial)
    return;
  self->partial = partial;
  update (self);
}

static void
ear_people_finalize (GObject *object)
{
  EarPeople *self = EAR_PEOPLE (object);

  g_clear_object (&self->users);
  g_clear_object (&self->away_heading);
  g_clear_object (&self->others_heading);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_free (self->search);
  G_OBJECT_CLASS (ear_people_parent_class)->finalize (object);
}

static void
ear_people_class_init (EarPeopleClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ear_people_finalize;
}

static void
ear_people_init (EarPeople *self)
{
  self->away_heading = gtk_string_object_new (_ ("Away"));
  self->others_heading = gtk_string_object_new (_ ("Others you know"));
  self->rows = g_ptr_array_new ();
}

/**
 * ear_people_new:
 * @users: the users
 *
 * Makes the rows for @users.
 *
 * Returns: (transfer full): the rows
 */
EarPeople *
ear_people_new (EarUserList *users)
{
  EarPeople *self = g_object_new (EAR_TYPE_PEOPLE, NULL);

  self->users = g_object_ref (users);
  self->partial = ear_user_list_is_partial (users);
  g_signal_connect_object (users, "items-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (users, "notify::n-listed", G_CALLBACK (n_listed_cb), self,
                           G_CONNECT_SWAPPED);
  update (self);
  return self;
}

/**
 * ear_people_set_search:
 * @self: the rows
 * @text: what to look for in account and display names; "" for everybody
 *
 * Shows only whom @text finds.
 */
void
ear_people_set_search (EarPeople *self, const char *text)
{
  g_return_if_fail (EAR_IS_PEOPLE (self));

  g_free (self->search);
  self->search = ear_user_fold (text);
  update (self);
}
