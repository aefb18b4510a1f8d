/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Who stands where in the sidebar: the models behind it, without a widget. */

#include "client/ear-user.h"
#include "gui/ear-people.h"

static EarUser *
add (GListStore *users, const char *account, const char *name, gboolean active, gboolean contact)
{
  g_autoptr (EarUser) user = ear_user_new (account);

  ear_user_set_name (user, name);
  ear_user_set_active (user, active);
  ear_user_set_contact (user, contact);
  g_list_store_append (users, user);
  return user;
}

/* The list in one line; a heading in brackets. */
static char *
dup_list (EarPeople *people)
{
  GListModel *model = ear_people_get_model (people);
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

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
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
  g_autoptr (GListStore) users = g_list_store_new (EAR_TYPE_USER);
  g_autoptr (EarPeople) people = ear_people_new (G_LIST_MODEL (users));
  EarUser *bob;

  assert_list (people, "");
  bob = add (users, "bob", "Bob Okafor", TRUE, TRUE);
  add (users, "carol", "Carol", TRUE, FALSE);
  add (users, "dmitri", "Dmitri", FALSE, TRUE);
  add (users, "eve", "Eve", FALSE, FALSE); /* neither here nor known */
  settle ();
  assert_list (people, "bob carol [Away] dmitri");

  ear_user_set_active (bob, FALSE);
  settle ();
  assert_list (people, "carol [Away] bob dmitri");

  /* The server is gone, the chat is not. */
  ear_user_set_chatting (bob, TRUE);
  settle ();
  assert_list (people, "bob carol [Away] dmitri");
  ear_user_set_chatting (bob, FALSE);
  settle ();
  assert_list (people, "carol [Away] bob dmitri");

  ear_user_set_active (bob, TRUE);
  g_list_store_remove (users, 2);
  settle ();
  assert_list (people, "bob carol");
}

static void
test_search (void)
{
  g_autoptr (GListStore) users = g_list_store_new (EAR_TYPE_USER);
  g_autoptr (EarPeople) people = ear_people_new (G_LIST_MODEL (users));

  add (users, "bob", "Bob Okafor", TRUE, FALSE);
  add (users, "carol", "Ångström", TRUE, FALSE);
  add (users, "oka", "Oka", FALSE, TRUE);
  ear_people_set_search (people, "OKA");
  settle ();
  assert_list (people, "bob [Away] oka");
  ear_people_set_search (people, "ång");
  settle ();
  assert_list (people, "carol");
  ear_people_set_search (people, "%s.*");
  settle ();
  assert_list (people, "");
  ear_people_set_search (people, "");
  settle ();
  assert_list (people, "bob carol [Away] oka");
}

/* The users outlive the sidebar: nothing of it may be called any more. */
static void
test_finalize (void)
{
  g_autoptr (GListStore) users = g_list_store_new (EAR_TYPE_USER);
  EarPeople *people = ear_people_new (G_LIST_MODEL (users));
  EarUser *bob = add (users, "bob", "Bob", TRUE, TRUE);

  ear_user_set_active (bob, FALSE);
  g_assert_finalize_object (people);
  ear_user_set_active (bob, TRUE);
  settle ();
}

/* Ten thousand users are filtered in less time than a person notices. */
static void
test_many (void)
{
  g_autoptr (GListStore) users = g_list_store_new (EAR_TYPE_USER);
  g_autoptr (GPtrArray) batch = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (EarPeople) people = ear_people_new (G_LIST_MODEL (users));

  for (guint i = 0; i < 10000; i++) {
    g_autofree char *account = g_strdup_printf ("user%05u", i);
    EarUser *user = ear_user_new (account);

    ear_user_set_active (user, TRUE);
    g_ptr_array_add (batch, user);
  }
  g_list_store_splice (users, 0, 0, batch->pdata, batch->len);
  settle ();
  g_assert_cmpuint (g_list_model_get_n_items (ear_people_get_model (people)), ==, 10000);

  gint64 start = g_get_monotonic_time ();

  ear_people_set_search (people, "user0012");
  g_assert_cmpuint (g_list_model_get_n_items (ear_people_get_model (people)), ==, 10);
  g_test_message ("searched in %" G_GINT64_FORMAT " µs", g_get_monotonic_time () - start);
  /* Fifty times what it takes here, for slow machines under a sanitizer. */
  g_assert_cmpint (g_get_monotonic_time () - start, <, 2 * G_USEC_PER_SEC);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/people/sections", test_sections);
  g_test_add_func ("/people/search", test_search);
  g_test_add_func ("/people/finalize", test_finalize);
  g_test_add_func ("/people/many", test_many);
  return g_test_run ();
}
