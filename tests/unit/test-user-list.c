/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "client/ear-user-list.h"

#include "client/ear-user.h"
#include "wire/ear-limits.h"
#include "wire/ear-message.h"

/* A copy of the model that knows only what items-changed said. */
typedef struct
{
  GPtrArray *users;
  guint n_signals;
} Mirror;

static void
items_changed_cb (GListModel *model, guint position, guint removed, guint added, Mirror *mirror)
{
  mirror->n_signals++;
  for (guint i = 0; i < removed; i++)
    g_ptr_array_remove_index (mirror->users, position);
  for (guint i = 0; i < added; i++)
    g_ptr_array_insert (mirror->users, (int) (position + i),
                        g_list_model_get_item (model, position + i));
}

static void
mirror_init (Mirror *mirror, EarUserList *list)
{
  mirror->n_signals = 0;
  mirror->users = g_ptr_array_new_with_free_func (g_object_unref);
  g_signal_connect (list, "items-changed", G_CALLBACK (items_changed_cb), mirror);
}

static void
mirror_check (Mirror *mirror, EarUserList *list)
{
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, mirror->users->len);
  for (guint i = 0; i < mirror->users->len; i++) {
    g_autoptr (EarUser) user = g_list_model_get_item (G_LIST_MODEL (list), i);

    g_assert_true (user == mirror->users->pdata[i]);
    if (i > 0)
      g_assert_cmpstr (ear_user_get_account (mirror->users->pdata[i - 1]), <,
                       ear_user_get_account (user));
  }
}

static void
add_entry (EarMessage *message, const char *field, const char *user, const char *name)
{
  const EarRosterEntry entry = { .user = user, .name = name, .status = "" };

  ear_message_add_entry (message, field, &entry);
}

static EarMessage *
new_roster (const char *const *users, guint total, gboolean more)
{
  EarMessage *message = ear_message_new (EAR_MESSAGE_ROSTER);

  ear_message_set_integer (message, "re", 1);
  ear_message_add_entry (message, "users", NULL);
  for (guint i = 0; users[i] != NULL; i++)
    add_entry (message, "users", users[i], users[i]);
  ear_message_set_integer (message, "total", total);
  ear_message_set_boolean (message, "more", more);
  return message;
}

static EarMessage *
new_change (const char *joined, const char *changed, const char *left, guint total)
{
  EarMessage *message = ear_message_new (EAR_MESSAGE_ROSTER_CHANGE);
  const char *gone[] = { left, NULL };

  ear_message_add_entry (message, "joined", NULL);
  ear_message_add_entry (message, "changed", NULL);
  if (joined != NULL)
    add_entry (message, "joined", joined, joined);
  if (changed != NULL)
    add_entry (message, "changed", changed, "New Name");
  ear_message_set_strings (message, "left", gone);
  ear_message_set_integer (message, "total", total);
  return message;
}

static void
apply (EarUserList *list, EarMessage *message)
{
  ear_user_list_apply (list, message, "me");
  ear_message_unref (message);
}

static void
test_deltas (void)
{
  EarUserList *list = ear_user_list_new ();
  const char *first[] = { "alice", "carol", NULL };
  const char *second[] = { "dave", "me", NULL };
  Mirror mirror;
  EarUser *carol;

  mirror_init (&mirror, list);
  apply (list, new_roster (first, 4, TRUE));
  apply (list, new_roster (second, 4, FALSE));
  mirror_check (&mirror, list);
  g_assert_cmpuint (mirror.users->len, ==, 3);
  g_assert_cmpuint (ear_user_list_get_n_active (list), ==, 3);
  g_assert_null (ear_user_list_lookup (list, "me"));

  mirror.n_signals = 0;
  apply (list, new_change (NULL, "carol", NULL, 4));
  g_assert_cmpuint (mirror.n_signals, ==, 0);
  carol = ear_user_list_lookup (list, "carol");
  g_assert_cmpstr (ear_user_get_name (carol), ==, "New Name");

  apply (list, new_change ("bob", NULL, "dave", 4));
  g_assert_cmpuint (mirror.n_signals, ==, 1);
  mirror_check (&mirror, list);
  g_assert_null (ear_user_list_lookup (list, "dave"));
  g_assert_nonnull (ear_user_list_lookup (list, "bob"));

  /* Nobody of that name: nothing. */
  apply (list, new_change (NULL, NULL, "nobody", 4));
  mirror_check (&mirror, list);
  g_ptr_array_unref (mirror.users);
  g_assert_finalize_object (list);
}

/* A message is one change, and whoever changes the section is announced. */
static void
test_tells_little (void)
{
  EarUserList *list = ear_user_list_new ();
  const char *some[] = { "a", "b", "c", "x", "y", NULL };
  const char *fewer[] = { "x", NULL };
  Mirror mirror;
  EarUser *x;

  mirror_init (&mirror, list);
  apply (list, new_roster (some, 5, FALSE));
  g_assert_cmpuint (mirror.n_signals, ==, 1);
  mirror_check (&mirror, list);

  x = ear_user_list_lookup (list, "x");
  mirror.n_signals = 0;
  ear_user_set_status (x, "busy");
  g_assert_cmpuint (mirror.n_signals, ==, 0);
  ear_user_set_chatting (x, TRUE);
  ear_user_set_contact (x, TRUE);
  g_assert_cmpuint (mirror.n_signals, ==, 2);

  apply (list, new_roster (fewer, 1, FALSE));
  mirror_check (&mirror, list);
  g_assert_cmpuint (mirror.users->len, ==, 1);

  /* Whoever outlives the list must not call it. */
  g_object_ref (x);
  g_ptr_array_unref (mirror.users);
  g_assert_finalize_object (list);
  ear_user_set_chatting (x, FALSE);
  g_assert_finalize_object (x);
}

static void
test_contacts_stay (void)
{
  EarUserList *list = ear_user_list_new ();
  const char *all[] = { "alice", "bob", NULL };
  const char *none[] = { NULL };
  EarUser *alice;
  Mirror mirror;

  mirror_init (&mirror, list);
  alice = ear_user_list_add_contact (list, "alice");
  g_assert_true (ear_user_list_add_contact (list, "alice") == alice);
  g_assert_true (ear_user_get_contact (alice));
  g_assert_false (ear_user_get_active (alice));
  apply (list, new_roster (all, 3, FALSE));
  g_assert_true (ear_user_get_active (alice));

  apply (list, new_roster (none, 1, FALSE));
  mirror_check (&mirror, list);
  g_assert_cmpuint (mirror.users->len, ==, 1);
  g_assert_false (ear_user_get_active (alice));
  g_assert_nonnull (ear_user_get_last_seen (alice));
  g_assert_cmpuint (ear_user_list_get_n_active (list), ==, 0);

  apply (list, new_roster (all, 3, FALSE));
  ear_user_list_set_offline (list);
  mirror_check (&mirror, list);
  g_assert_cmpuint (mirror.users->len, ==, 1);
  g_assert_false (ear_user_get_active (alice));
  g_ptr_array_unref (mirror.users);
  g_assert_finalize_object (list);
}

static gboolean
is_uncertain (EarUser *user)
{
  return ear_user_may_be_active (user) && !ear_user_get_active (user);
}

/* Whom a part of the roster does not show is not said to be away. */
static void
test_partial (void)
{
  EarUserList *list = ear_user_list_new ();
  const char *first[] = { "alice", "bob", NULL };
  const char *all[] = { "alice", "bob", "yann", NULL };
  const char *found[] = { "yann", NULL };
  EarUser *yann = ear_user_list_add_contact (list, "yann");
  g_autoptr (EarUser) bob = NULL;

  apply (list, new_roster (all, 4, FALSE));
  g_assert_false (ear_user_list_is_partial (list));
  bob = g_object_ref (ear_user_list_lookup (list, "bob"));

  /* Carol pushes yann out of the view. */
  apply (list, new_change ("carol", NULL, "yann", 5));
  g_assert_true (ear_user_list_is_partial (list));
  g_assert_cmpuint (ear_user_list_get_n_listed (list), ==, 3);
  g_assert_true (is_uncertain (yann));
  g_assert_false (is_uncertain (bob));

  /* A search shows others: of those who were there nobody knows more. */
  apply (list, new_roster (found, 5, TRUE));
  g_assert_true (ear_user_get_active (yann));
  g_assert_false (is_uncertain (yann));
  apply (list, new_roster ((const char *[]){ NULL }, 5, FALSE));
  g_assert_cmpuint (ear_user_list_get_n_listed (list), ==, 1);
  g_assert_true (is_uncertain (bob));
  g_assert_true (is_uncertain (ear_user_list_add_contact (list, "zoe")));

  /* The whole one does. */
  apply (list, new_roster (first, 3, TRUE));
  g_assert_true (ear_user_list_is_partial (list));
  apply (list, new_roster ((const char *[]){ NULL }, 3, FALSE));
  g_assert_false (ear_user_list_is_partial (list));
  g_assert_false (ear_user_may_be_active (yann));
  apply (list, new_change (NULL, NULL, NULL, 4));
  g_assert_true (is_uncertain (yann));
  ear_user_list_set_offline (list);
  g_assert_false (is_uncertain (yann));
  g_assert_cmpuint (ear_user_list_get_n_listed (list), ==, 0);
  g_assert_finalize_object (list);
}

/* A server that tells of more than anybody can have asked for fills no memory. */
static void
test_bounded (void)
{
  EarUserList *list = ear_user_list_new ();
  guint most = 2 * EAR_LIMIT_WATCH;

  for (guint i = 0; i < most + 50; i++) {
    g_autofree char *name = g_strdup_printf ("user%u", i);

    apply (list, new_change (name, NULL, NULL, 1));
  }
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, most);
  apply (list, new_change (NULL, NULL, "user7", 1));
  apply (list, new_change ("zoe", "zoe", NULL, 1));
  g_assert_nonnull (ear_user_list_lookup (list, "zoe"));
  g_assert_cmpuint (ear_user_list_get_n_listed (list), ==, most);
  g_assert_finalize_object (list);
}

static void
count_changes_cb (guint *n_changes)
{
  (*n_changes)++;
}

/* What belongs together is one change for views. */
static void
test_one_change (void)
{
  EarUserList *list = ear_user_list_new ();
  const char *all[] = { "bob", "dave", NULL };
  guint n_changes = 0;
  Mirror mirror;

  mirror_init (&mirror, list);
  apply (list, new_roster (all, 2, FALSE));
  g_signal_connect_swapped (list, "items-changed", G_CALLBACK (count_changes_cb), &n_changes);

  ear_user_list_begin_change (list);
  ear_user_list_add_contact (list, "zoe");
  ear_user_list_add_contact (list, "dave");
  ear_user_list_begin_change (list);
  ear_user_list_add_contact (list, "alice");
  ear_user_list_end_change (list);
  g_assert_cmpuint (n_changes, ==, 0);
  ear_user_list_end_change (list);
  g_assert_cmpuint (n_changes, ==, 1);
  mirror_check (&mirror, list);

  ear_user_list_begin_change (list);
  ear_user_list_end_change (list);
  g_assert_cmpuint (n_changes, ==, 1);
  g_ptr_array_unref (mirror.users);
  g_assert_finalize_object (list);
}

/* A connection that is lost in the midst of a roster must not make the next one wrong. */
static void
test_roster_cut (void)
{
  EarUserList *list = ear_user_list_new ();
  const char *first[] = { "alice", "bob", NULL };
  const char *second[] = { "carol", NULL };

  apply (list, new_roster (first, 5, TRUE));
  ear_user_list_set_offline (list);
  apply (list, new_roster (second, 2, FALSE));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 1);
  g_assert_nonnull (ear_user_list_lookup (list, "carol"));
  g_assert_finalize_object (list);
}

#define N_NAMES 40

/* Thousands of random changes, against the plainest model there is. */
static void
test_random (void)
{
  EarUserList *list = ear_user_list_new ();
  gboolean active[N_NAMES] = { FALSE };
  gboolean contact[N_NAMES] = { FALSE };
  Mirror mirror;

  mirror_init (&mirror, list);
  for (guint round = 0; round < 3000; round++) {
    guint i = (guint) g_test_rand_int_range (0, N_NAMES);
    g_autofree char *name = g_strdup_printf ("user%u", i);
    guint n_expected = 0;

    switch (g_test_rand_int_range (0, 8)) {
    case 0:
      ear_user_list_add_contact (list, name);
      contact[i] = TRUE;
      break;
    case 1:
    case 2:
      apply (list, new_change (NULL, NULL, name, 1));
      active[i] = FALSE;
      break;
    case 3:
      if (g_test_rand_int_range (0, 50) == 0) {
        ear_user_list_set_offline (list);
        memset (active, 0, sizeof active);
      }
      break;
    default:
      apply (list, new_change (name, NULL, NULL, 1));
      active[i] = TRUE;
      break;
    }
    for (guint k = 0; k < N_NAMES; k++) {
      g_autofree char *account = g_strdup_printf ("user%u", k);
      EarUser *user = ear_user_list_lookup (list, account);

      n_expected += active[k] || contact[k];
      g_assert_cmpint (user != NULL, ==, active[k] || contact[k]);
      if (user != NULL)
        g_assert_cmpint (ear_user_get_active (user), ==, active[k]);
    }
    g_assert_cmpuint (mirror.users->len, ==, n_expected);
    mirror_check (&mirror, list);
  }
  g_ptr_array_unref (mirror.users);
  g_assert_finalize_object (list);
}

static void
count_cb (GObject *object, GParamSpec *pspec, guint *n)
{
  (*n)++;
}

static void
test_user_notifies (void)
{
  EarUser *user = ear_user_new ("alice");
  guint n = 0;

  g_signal_connect (user, "notify", G_CALLBACK (count_cb), &n);
  g_assert_cmpstr (ear_user_get_name (user), ==, "alice");
  ear_user_set_name (user, "Alice");
  ear_user_set_name (user, "Alice");
  ear_user_set_unread (user, 3);
  ear_user_set_unread (user, 3);
  ear_user_set_last_message (user, NULL);
  g_object_set (user, "active", TRUE, "verified", TRUE, NULL);
  g_assert_cmpuint (n, ==, 4);
  ear_user_set_name (user, "");
  g_assert_cmpstr (ear_user_get_name (user), ==, "alice");
  g_assert_finalize_object (user);
}

static void
test_user_matches (void)
{
  static const struct
  {
    const char *name;
    const char *search;
    gboolean found;
  } cases[] = {
    { "Ann Müller", "mÜll", TRUE },
    { "Ann Müller", "ALICE", TRUE }, /* the account */
    { "Ann Müller", "Bob", FALSE },
    { "Ann ❤\xef\xb8\x8f", "❤", TRUE },
    { "Ann ❤\xef\xb8\x8f Bob", "❤ bob", TRUE },
    { "Ann ❤ Bob", "❤\xef\xb8\x8f bob", TRUE },
    { "Ann ❤\xef\xb8\x8e Bob", "❤\xef\xb8\x8f bob", TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (EarUser) user = ear_user_new ("alice");
    g_autofree char *folded = ear_user_fold (cases[i].search);

    ear_user_set_name (user, cases[i].name);
    g_assert_cmpint (ear_user_matches (user, folded), ==, cases[i].found);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/user-list/tells-little", test_tells_little);
  g_test_add_func ("/user-list/deltas", test_deltas);
  g_test_add_func ("/user-list/contacts-stay", test_contacts_stay);
  g_test_add_func ("/user-list/one-change", test_one_change);
  g_test_add_func ("/user-list/roster-cut", test_roster_cut);
  g_test_add_func ("/user-list/partial", test_partial);
  g_test_add_func ("/user-list/bounded", test_bounded);
  g_test_add_func ("/user-list/random", test_random);
  g_test_add_func ("/user/notifies", test_user_notifies);
  g_test_add_func ("/user/matches", test_user_matches);
  return g_test_run ();
}
