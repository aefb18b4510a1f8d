/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The rows of the sidebar, made of the users: those who are here, and, below a heading, the
 * contacts who are away; of both only those whom the search finds.
 *
 * Here is who is active, and who is in an open chat with us: that one goes on without the server.
 *
 * When the list is a part of thousands, whether a contact who is not in it is away, nobody knows,
 * and nobody would scroll to below the rest of it: then all contacts come first, and the others
 * below a heading.
 *
 * Each change of the users makes all rows anew, which is one walk over a list of pointers. With
 * thousands of users, of whom a hundred come and go at a time all over the list, that takes GTK's
 * filter models ten times as long. Views are told of each run of rows that has changed: of those in
 * between they would take every widget out of its place, and put it back, and style it again. They
 * are told of one range when the list is quite another, as after a search, and when somebody moves
 * in it: only within a range do they know who has moved, and has the focus and the selection. */

#include "config.h"

#include "gui/ear-people.h"

#include <glib/gi18n.h>
#include <string.h>

#include "client/ear-user-list.h"
#include "client/ear-user.h"

#define MANY 256 /* runs: about as much work as all rows of a view */

/* Rows that give way to others. */
typedef struct
{
  guint position; /* when all before it have changed */
  guint n_removed;
  guint n_added;
} Run;

struct _EarPeople
{
  GObject parent_instance;

  /* Owned */
  EarUserList *users;
  GtkStringObject *away_heading;
  GtkStringObject *known_heading; /* when the list is a part */
  GtkStringObject *others_heading;
  GPtrArray *rows; /* of EarUser, and the headings */
  char *search;    /* folded */

  guint middle; /* the place of the heading in the middle, or the end */
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

static gboolean
is_here (EarUser *user)
{
  return ear_user_get_active (user) || ear_user_get_chatting (user);
}

static gboolean
has_row (EarPeople *self, EarUser *user)
{
  return (is_here (user) || ear_user_get_contact (user)) && is_found (self, user);
}

static GPtrArray *
make_rows (EarPeople *self, guint *middle)
{
  GListModel *users = G_LIST_MODEL (self->users);
  guint n_users = g_list_model_get_n_items (users);
  GPtrArray *rows = g_ptr_array_new_full (n_users + 2, g_object_unref);
  g_autoptr (GPtrArray) rest = g_ptr_array_new ();

  for (guint i = 0; i < n_users; i++) {
    g_autoptr (EarUser) user = g_list_model_get_item (users, i);
    gboolean first = self->partial ? ear_user_get_contact (user) : is_here (user);

    if (!has_row (self, user))
      continue;
    if (self->partial && first && rows->len == 0)
      g_ptr_array_add (rows, g_object_ref (self->known_heading));
    g_ptr_array_add (first ? rows : rest, g_steal_pointer (&user));
  }
  *middle = rows->len;
  if (self->partial && rows->len == 0)
    *middle = rest->len; /* nobody is known: they need no heading */
  else if (rest->len > 0)
    g_ptr_array_add (rows,
                     g_object_ref (self->partial ? self->others_heading : self->away_heading));
  g_ptr_array_extend_and_steal (rows, g_steal_pointer (&rest));
  return rows;
}

/* A heading, users, the heading in the middle, users. */
static int
get_section (GPtrArray *rows, guint position, guint middle)
{
  if (position >= middle)
    return position == middle ? 2 : 3;
  return EAR_IS_USER (rows->pdata[position]) ? 1 : 0;
}

/* Which row comes first: that of the old or that of the new ones. */
static int
compare (EarPeople *self, guint i, GPtrArray *rows, guint middle, guint j)
{
  int section, other;

  if (i == self->rows->len || j == rows->len)
    return i == self->rows->len ? 1 : -1;
  section = get_section (self->rows, i, self->middle);
  other = get_section (rows, j, middle);
  if (section != other || section % 2 == 0)
    return section - other;
  return strcmp (ear_user_get_account (self->rows->pdata[i]),
                 ear_user_get_account (rows->pdata[j]));
}

static gboolean
is_same (EarPeople *self, guint i, GPtrArray *rows, guint j)
{
  return i < self->rows->len && j < rows->len && self->rows->pdata[i] == rows->pdata[j];
}

/* Whether who had this row has one now, too. */
static gboolean
stays (EarPeople *self, gpointer row)
{
  return EAR_IS_USER (row) &&
         ear_user_list_lookup (self->users, ear_user_get_account (row)) == row &&
         has_row (self, row);
}

/* Both lists are in the same order. */
static GArray *
find_runs (EarPeople *self, GPtrArray *rows, guint middle, gboolean *moved)
{
  GArray *runs = g_array_new (FALSE, FALSE, sizeof (Run));
  guint i = 0, j = 0;

  *moved = FALSE;
  while (i < self->rows->len || j < rows->len) {
    Run run = { .position = j };

    while ((i < self->rows->len || j < rows->len) && !is_same (self, i, rows, j)) {
      int order = compare (self, i, rows, middle, j);

      if (order <= 0) {
        *moved |= stays (self, self->rows->pdata[i++]);
        run.n_removed++;
      }
      if (order >= 0) {
        run.n_added++;
        j++;
      }
    }
    if (run.n_removed + run.n_added > 0)
      g_array_append_val (runs, run);
    for (; is_same (self, i, rows, j); i++)
      j++;
  }
  return runs;
}

/* From the first to the last of them. */
static void
unite (GArray *runs)
{
  Run *first = &g_array_index (runs, Run, 0);
  const Run *last = &g_array_index (runs, Run, runs->len - 1);
  guint end = last->position + last->n_added;
  guint n_removed = 0, n_added = 0;

  for (guint i = 0; i < runs->len; i++) {
    n_removed += g_array_index (runs, Run, i).n_removed;
    n_added += g_array_index (runs, Run, i).n_added;
  }
  first->n_added = end - first->position;
  first->n_removed = first->n_added + n_removed - n_added;
  g_array_set_size (runs, 1);
}

static void
apply (EarPeople *self, const Run *run, GPtrArray *rows)
{
  guint end = run->position + run->n_added;
  guint n_after = self->rows->len - run->position - run->n_removed;

  if (run->n_removed > 0)
    g_ptr_array_remove_range (self->rows, run->position, run->n_removed);
  g_ptr_array_set_size (self->rows, (int) (end + n_after));
  memmove (self->rows->pdata + end, self->rows->pdata + run->position, n_after * sizeof (gpointer));
  for (guint i = run->position; i < end; i++)
    self->rows->pdata[i] = g_object_ref (rows->pdata[i]);
  g_list_model_items_changed (G_LIST_MODEL (self), run->position, run->n_removed, run->n_added);
}

static void
update (EarPeople *self)
{
  guint middle;
  gboolean moved;
  g_autoptr (GPtrArray) rows = make_rows (self, &middle);
  g_autoptr (GArray) runs = find_runs (self, rows, middle, &moved);

  self->middle = middle;
  if (moved || runs->len > MANY)
    unite (runs);
  for (guint i = 0; i < runs->len; i++)
    apply (self, &g_array_index (runs, Run, i), rows);
}

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
  g_clear_object (&self->known_heading);
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
  self->known_heading = gtk_string_object_new (_ ("People you know"));
  self->others_heading = gtk_string_object_new (_ ("Others"));
  self->rows = g_ptr_array_new_with_free_func (g_object_unref);
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

/**
 * ear_people_find:
 * @rows: the rows, or a model on top of them
 * @user: a user
 *
 * Looks for the row of @user.
 *
 * Returns: its position, or %GTK_INVALID_LIST_POSITION
 */
guint
ear_people_find (GListModel *rows, EarUser *user)
{
  guint n = g_list_model_get_n_items (rows);

  for (guint i = 0; i < n; i++) {
    g_autoptr (GObject) item = g_list_model_get_item (rows, i);

    if (item == G_OBJECT (user))
      return i;
  }
  return GTK_INVALID_LIST_POSITION;
}
