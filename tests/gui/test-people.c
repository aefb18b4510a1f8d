/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Who stands where in the sidebar: the models behind it, without a widget. */

#include "client/ear-user-list.h"
#include "client/ear-user.h"
#include "gui/ear-people.h"
#include "wire/ear-message.h"

static EarUser *
add_contact (EarUserList *users, const char *account, const char *name, gboolean active)
{
  EarUser *user = ear_user_list_add_contact (users, account);

  ear_user_set_name (user, name);
  ear_user_set_active (user, active);
  return user;
}

static void
add_stranger (EarUserList *users, const char *account, const char *name)
{
  g_autoptr (EarMessage) change = ear_message_new (EAR_MESSAGE_ROSTER_CHANGE);
  const EarRosterEntry entry = { .user = account, .name = name, .status = "" };

  ear_message_add_entry (change, "joined", &entry);
  ear_message_add_entry (change, "changed", NULL);
  ear_message_set_strings (change, "left", (const char *const[]){ NULL });
  ear_message_set_integer (change, "total", 1);
  ear_user_list_apply (users, change, NULL);
}

static void
set_total (EarUserList *users, guint total)
{
  g_autoptr (EarMessage) change = ear_message_new (EAR_MESSAGE_ROSTER_CHANGE);

  ear_message_add_entry (change, "joined", NULL);
  ear_message_add_entry (change, "changed", NULL);
  ear_message_set_strings (change, "left", (const char *const[]){ NULL });
  ear_message_set_integer (change, "total", total);
  ear_user_list_apply (users, change, NULL);
}

/* The list in one line; a heading in brackets. */
static char *
dup_list (EarPeople *people)
{
  GListModel *model = G_LIST_MODEL (people);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++) {
    g_autoptr (GObject) item = g_list_model_get_item (model, i);

    if (i > 0)
      g_string_append_c (text, ' ');
    if (EAR_IS_USER (item))
      g_string_append (text, ear_user_get_account (EAR_USER (item)));
    else
      g_string_append_printf (text, "[%s]",
                              gtk_string_object_get_string (GTK_STRING_OBJECT (item)));
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

#define assert_list(people, expected)           \
  G_STMT_START                                  \
  {                                             \
    g_autofree char *list_ = dup_list (people); \
    g_assert_cmpstr (list_, ==, expected);      \
  }                                             \
  G_STMT_END

static void
test_sections (void)
{
  g_autoptr (EarUserList) users = ear_user_list_new ();
  g_autoptr (EarPeople) people = ear_people_new (users);
  EarUser *bob, *dmitri;

  assert_list (people, "");
  bob = add_contact (users, "bob", "Bob Okafor", TRUE);
  add_stranger (users, "carol", "Carol");
  dmitri = add_contact (users, "dmitri", "Dmitri", FALSE);
  assert_list (people, "bob carol [Away] dmitri");

  ear_user_set_active (bob, FALSE);
  assert_list (people, "carol [Away] bob dmitri");

  /* The server is gone, the chat is not. */
  ear_user_set_chatting (bob, TRUE);
  assert_list (people, "bob carol [Away] dmitri");
  ear_user_set_chatting (bob, FALSE);
  assert_list (people, "carol [Away] bob dmitri");

  ear_user_set_active (bob, TRUE);
  ear_user_set_contact (dmitri, FALSE);
  assert_list (people, "bob carol");
}

/* Of a part of the list nobody knows who is away, and nobody sees its end. */
static void
test_part (void)
{
  g_autoptr (EarUserList) users = ear_user_list_new ();
  g_autoptr (EarPeople) people = ear_people_new (users);

  add_stranger (users, "carol", "Carol");
  set_total (users, 100);
  assert_list (people, "carol");
  add_contact (users, "bob", "Bob", FALSE);
  assert_list (people, "[People you know] bob [Others] carol");
  add_contact (users, "dmitri", "Dmitri", TRUE);
  assert_list (people, "[People you know] bob dmitri [Others] carol");
  ear_user_set_contact (ear_user_list_lookup (users, "carol"), TRUE);
  assert_list (people, "[People you know] bob carol dmitri");
  ear_people_set_search (people, "d");
  assert_list (people, "[People you know] dmitri");
  ear_people_set_search (people, "");
  set_total (users, 2);
  assert_list (people, "carol dmitri [Away] bob");
}

static void
lost_cb (GtkSingleSelection *selection)
{
  g_assert_nonnull (gtk_single_selection_get_selected_item (selection));
}

/* Who moves between the parts of the list keeps the selection, and with that the focus. */
static void
test_selection (void)
{
  g_autoptr (EarUserList) users = ear_user_list_new ();
  g_autoptr (EarPeople) people = ear_people_new (users);
  g_autoptr (GtkSingleSelection) selection = NULL;
  EarUser *bob;

  add_stranger (users, "alice", "Alice");
  bob = add_contact (users, "bob", "Bob", TRUE);
  add_stranger (users, "carol", "Carol");
  selection = g_object_new (GTK_TYPE_SINGLE_SELECTION, "autoselect", FALSE, "model", people, NULL);
  gtk_single_selection_set_selected (selection, 0);
  g_signal_connect (selection, "notify::selected-item", G_CALLBACK (lost_cb), NULL);

  set_total (users, 100);
  assert_list (people, "[People you know] bob [Others] alice carol");
  gtk_single_selection_set_selected (selection, 1);
  ear_user_set_contact (bob, FALSE);
  assert_list (people, "alice bob carol");
  ear_user_set_contact (bob, TRUE);
  set_total (users, 3);
  assert_list (people, "alice bob carol");
  g_assert_true (gtk_single_selection_get_selected_item (selection) == (gpointer) bob);
}

static void
test_search (void)
{
  g_autoptr (EarUserList) users = ear_user_list_new ();
  g_autoptr (EarPeople) people = ear_people_new (users);

  add_stranger (users, "bob", "Bob Okafor");
  add_stranger (users, "carol", "Ångström");
  add_contact (users, "oka", "Oka", FALSE);
  ear_people_set_search (people, "OKA");
  assert_list (people, "bob [Away] oka");
  ear_people_set_search (people, "ång");
  assert_list (people, "carol");
  ear_user_set_name (ear_user_list_lookup (users, "bob"), "\303\205ngström");
  ear_people_set_search (people, "a\314\212ng");
  assert_list (people, "bob carol");
  ear_people_set_search (people, "okafor");
  assert_list (people, "");
  ear_people_set_search (people, "%s.*");
  assert_list (people, "");
  ear_people_set_search (people, "");
  assert_list (people, "bob carol [Away] oka");
}

typedef struct
{
  guint n_changes;
  guint position;
  guint n_removed;
  guint n_added;
} Change;

static void
items_changed_cb (Change *change, guint position, guint n_removed, guint n_added)
{
  *change = (Change){ change->n_changes + 1, position, n_removed, n_added };
}

/* Views are told of no more than what is another row. */
static void
test_smallest_change (void)
{
  g_autoptr (EarUserList) users = ear_user_list_new ();
  g_autoptr (EarPeople) people = ear_people_new (users);
  Change change = { 0 };
  EarUser *dmitri;

  add_stranger (users, "alice", "Alice");
  add_stranger (users, "carol", "Carol");
  dmitri = add_contact (users, "dmitri", "Dmitri", TRUE);
  add_contact (users, "zoe", "Zoe", FALSE);
  g_signal_connect_swapped (people, "items-changed", G_CALLBACK (items_changed_cb), &change);

  add_stranger (users, "bob", "Bob");
  g_assert_cmpuint (change.n_changes, ==, 1);
  g_assert_cmpuint (change.position, ==, 1);
  g_assert_cmpuint (change.n_removed, ==, 0);
  g_assert_cmpuint (change.n_added, ==, 1);

  /* Past the heading, which moves up. */
  ear_user_set_active (dmitri, FALSE);
  g_assert_cmpuint (change.n_changes, ==, 2);
  g_assert_cmpuint (change.position, ==, 3);
  g_assert_cmpuint (change.n_removed, ==, 2);
  g_assert_cmpuint (change.n_added, ==, 2);

  ear_user_set_contact (ear_user_list_lookup (users, "alice"), TRUE);
  g_assert_cmpuint (change.n_changes, ==, 2);
}

static void
follow_cb (GPtrArray *mirror, guint position, guint n_removed, guint n_added, GListModel *model)
{
  if (n_removed > 0)
    g_ptr_array_remove_range (mirror, position, n_removed);
  for (guint i = position; i < position + n_added; i++)
    g_ptr_array_insert (mirror, (int) i, g_list_model_get_item (model, i));
}

static void
assert_same (GPtrArray *mirror, GListModel *model)
{
  g_assert_cmpuint (mirror->len, ==, g_list_model_get_n_items (model));
  for (guint i = 0; i < mirror->len; i++) {
    g_autoptr (GObject) item = g_list_model_get_item (model, i);

    g_assert_true (mirror->pdata[i] == (gpointer) item);
  }
}

static char *
dup_some_account (void)
{
  return g_strdup_printf ("user%d", g_test_rand_int_range (0, 1000));
}

/* Few or many go, few or many come, some of them at once. */
static void
change_at_random (EarUserList *users)
{
  g_autoptr (EarMessage) change = ear_message_new (EAR_MESSAGE_ROSTER_CHANGE);
  g_autoptr (GPtrArray) left = g_ptr_array_new_with_free_func (g_free);
  guint n_left = g_test_rand_int_range (0, 10) == 0 ? 400 : 5;
  guint n_joined = g_test_rand_bit () ? 100 : 5;

  ear_message_add_entry (change, "joined", NULL);
  ear_message_add_entry (change, "changed", NULL);
  for (guint i = 0; i < n_left; i++)
    g_ptr_array_add (left, dup_some_account ());
  for (guint i = 0; i < n_joined; i++) {
    g_autofree char *account = dup_some_account ();
    const EarRosterEntry entry = { .user = account, .name = account, .status = "" };

    ear_message_add_entry (change, "joined", &entry);
  }
  g_ptr_array_add (left, NULL);
  ear_message_set_strings (change, "left", (const char *const *) left->pdata);
  ear_message_set_integer (change, "total", g_test_rand_int_range (0, 1000));
  ear_user_list_apply (users, change, NULL);
}

/* Views know the list from its changes alone. */
static void
test_changes_add_up (void)
{
  g_autoptr (EarUserList) users = ear_user_list_new ();
  g_autoptr (EarPeople) people = ear_people_new (users);
  g_autoptr (GPtrArray) mirror = g_ptr_array_new_with_free_func (g_object_unref);

  g_signal_connect_swapped (people, "items-changed", G_CALLBACK (follow_cb), mirror);
  for (guint i = 0; i < 200; i++) {
    if (i % 20 == 0) {
      g_autofree char *account = dup_some_account ();

      ear_user_list_add_contact (users, account);
    }
    change_at_random (users);
    assert_same (mirror, G_LIST_MODEL (people));
    ear_people_set_search (people, i % 3 == 0 ? "7" : "");
    assert_same (mirror, G_LIST_MODEL (people));
  }
}

/* The users outlive the sidebar: nothing of it may be called any more. */
static void
test_finalize (void)
{
  g_autoptr (EarUserList) users = ear_user_list_new ();
  EarPeople *people = ear_people_new (users);
  EarUser *bob = add_contact (users, "bob", "Bob", TRUE);

  ear_user_set_active (bob, FALSE);
  g_assert_finalize_object (people);
  ear_user_set_active (bob, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/people/sections", test_sections);
  g_test_add_func ("/people/part", test_part);
  g_test_add_func ("/people/selection", test_selection);
  g_test_add_func ("/people/search", test_search);
  g_test_add_func ("/people/smallest-change", test_smallest_change);
  g_test_add_func ("/people/changes-add-up", test_changes_add_up);
  g_test_add_func ("/people/finalize", test_finalize);
  return g_test_run ();
}
