/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Who is here, and whom we know: a GListModel of EarUser in the order of account names.
 *
 * The items are in a GSequence; a hash table finds the place of an account. Each message of the
 * roster is one change for views, of the smallest range that holds all who came or went: views find
 * those who stayed in it, and that costs them less than many changes. What else is new of a user is
 * a notify of the EarUser. Only of one who begins or ceases to be active, a contact or in a chat,
 * the row is told to be replaced by itself, so that models that filter by that look at it again.
 *
 * A full roster comes in several lines. Who was active before and is in none of them has left; that
 * is known when the last line has come. A contact who leaves stays as an inactive item.
 *
 * The watched view may hold only a part of those who are active: the first of them, or those whom a
 * search finds. Then nobody knows whether a contact beyond it is there, and who leaves it may only
 * have been pushed out. */

#include "client/ear-user-list.h"

#include "client/ear-user.h"
#include "wire/ear-limits.h"
#include "wire/ear-message.h"

/* A view and, while it comes, the one before. No server has reason to tell of more. */
#define LISTED_MAX (2 * EAR_LIMIT_WATCH)

struct _EarUserList
{
  GObject parent_instance;

  /* Owned */
  GSequence *users;     /* of EarUser, by account */
  GHashTable *by_user;  /* account of the item → its GSequenceIter */
  GHashTable *unlisted; /* while a full roster comes: the active accounts not in it so far */
  gint64 listing;       /* the `re` of that roster */
  guint n_active;
  guint n_listed; /* how many of these are in the list */
  gboolean partial;
  EarUserKeeper keeper; /* of the users: this list */

  /* Borrowed: what was read last, until the list changes */
  GSequenceIter *last_read;
  guint last_position;

  /* Between the beginning and the end of a change: how many rows at both ends are as views know
   * them */
  guint n_begun;
  gboolean changed;
  guint old_length;
  guint same_before;
  guint same_after;
};

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (EarUserList,
                               ear_user_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

enum {
  PROP_0,
  PROP_N_ACTIVE,
  PROP_N_LISTED,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

enum {
  USER_ADDED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static guint
get_length (EarUserList *self)
{
  return (guint) g_sequence_get_length (self->users);
}

static GType
get_item_type (GListModel *model)
{
  return EAR_TYPE_USER;
}

static guint
get_n_items (GListModel *model)
{
  return get_length (EAR_USER_LIST (model));
}

static gpointer
get_item (GListModel *model, guint position)
{
  EarUserList *self = EAR_USER_LIST (model);

  if (position >= get_length (self))
    return NULL;
  /* Whoever reads the list reads it in its order. */
  if (self->last_read != NULL && position == self->last_position + 1)
    self->last_read = g_sequence_iter_next (self->last_read);
  else
    self->last_read = g_sequence_get_iter_at_pos (self->users, (int) position);
  self->last_position = position;
  return g_object_ref (g_sequence_get (self->last_read));
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static int
compare_cb (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return strcmp (ear_user_get_account ((EarUser *) a), ear_user_get_account ((EarUser *) b));
}

/**
 * ear_user_list_begin_change:
 * @self: a list
 *
 * Views are told of nothing until as many calls of ear_user_list_end_change() have come, and then
 * of everything as one change.
 */
void
ear_user_list_begin_change (EarUserList *self)
{
  if (self->n_begun++ > 0)
    return;
  self->changed = FALSE;
  self->old_length = self->same_before = self->same_after = get_length (self);
}

/**
 * ear_user_list_end_change:
 * @self: a list whose change was begun
 *
 * Tells views what has changed.
 */
void
ear_user_list_end_change (EarUserList *self)
{
  guint removed, added;

  if (--self->n_begun > 0 || !self->changed)
    return;
  removed = self->old_length - self->same_before - self->same_after;
  added = get_length (self) - self->same_before - self->same_after;
  g_list_model_items_changed (G_LIST_MODEL (self), self->same_before, removed, added);
}

/* The row at @position, of a list that is @length long, is not the same as before. */
static void
note_change (EarUserList *self, guint position, guint length)
{
  self->changed = TRUE;
  self->last_read = NULL;
  self->same_before = MIN (self->same_before, position);
  self->same_after = MIN (self->same_after, length - 1 - position);
}

/* Views look at the row again: models filter by what has changed. */
static void
moved_cb (gpointer user_data, EarUser *user)
{
  EarUserList *self = user_data;
  GSequenceIter *place = g_hash_table_lookup (self->by_user, ear_user_get_account (user));
  guint position = (guint) g_sequence_iter_get_position (place);

  if (self->n_begun > 0)
    note_change (self, position, get_length (self));
  else
    g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 1);
}

static void
forget_cb (gpointer user, gpointer user_data)
{
  ear_user_set_keeper (user, NULL);
}

static void
judge_cb (gpointer user, gpointer user_data)
{
  EarUserList *self = user_data;

  ear_user_set_uncertain (user, self->partial && !ear_user_get_active (user));
}

/* Views see the item when all who know something of the user have completed it. */
static void
insert (EarUserList *self, EarUser *user)
{
  GSequenceIter *place =
    g_sequence_insert_sorted (self->users, g_object_ref (user), compare_cb, NULL);

  g_hash_table_insert (self->by_user, (char *) ear_user_get_account (user), place);
  ear_user_set_keeper (user, &self->keeper);
  judge_cb (user, self);
  note_change (self, (guint) g_sequence_iter_get_position (place), get_length (self));
  g_signal_emit (self, signals[USER_ADDED], 0, user);
}

static void
remove_user (EarUserList *self, EarUser *user)
{
  GSequenceIter *place = g_hash_table_lookup (self->by_user, ear_user_get_account (user));

  note_change (self, (guint) g_sequence_iter_get_position (place), get_length (self));
  ear_user_set_keeper (user, NULL);
  g_hash_table_remove (self->by_user, ear_user_get_account (user));
  g_sequence_remove (place); /* may be the last reference */
}

/* After a change of the list; whether it is a part is known when a roster has come as a whole. */
static void
set_counts (EarUserList *self, guint n_active, guint n_listed_before)
{
  gboolean partial = self->unlisted != NULL ? self->partial : self->n_listed < n_active;
  gboolean partial_changes = self->partial != partial;
  gboolean n_active_changes = self->n_active != n_active;

  self->n_active = n_active;
  self->partial = partial;
  if (partial_changes)
    g_sequence_foreach (self->users, judge_cb, self);
  if (n_active_changes)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_ACTIVE]);
  if (partial_changes || self->n_listed != n_listed_before)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_LISTED]);
}

/* Somebody is active, as the entry says. */
static void
enter (EarUserList *self, const EarRosterEntry *entry, const char *myself)
{
  EarUser *user;
  g_autoptr (EarUser) fresh = NULL;

  if (self->unlisted != NULL)
    g_hash_table_remove (self->unlisted, entry->user);
  if (g_strcmp0 (entry->user, myself) == 0)
    return;
  user = ear_user_list_lookup (self, entry->user);
  if (user == NULL || !ear_user_get_active (user)) {
    if (self->n_listed >= LISTED_MAX)
      return;
    self->n_listed++;
  }
  if (user == NULL)
    user = fresh = ear_user_new (entry->user);
  /* Active first: the contacts do not overwrite the name of who is. */
  ear_user_set_active (user, TRUE);
  judge_cb (user, self);
  ear_user_set_name (user, entry->name);
  ear_user_set_status (user, entry->status);
  if (fresh != NULL)
    insert (self, fresh);
}

static void
leave (EarUserList *self, const char *account)
{
  EarUser *user = ear_user_list_lookup (self, account);

  if (user == NULL || !ear_user_get_active (user))
    return;
  self->n_listed--;
  if (ear_user_get_contact (user)) {
    g_autoptr (GDateTime) now = g_date_time_new_now_local ();

    ear_user_set_last_seen (user, now);
    ear_user_set_status (user, "");
    ear_user_set_active (user, FALSE);
    judge_cb (user, self);
  } else {
    g_autoptr (EarUser) held = g_object_ref (user);

    remove_user (self, held);
    ear_user_set_active (held, FALSE);
    judge_cb (held, self); /* a chat may show them */
  }
}

static GHashTable *
list_active (EarUserList *self)
{
  GHashTable *accounts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GSequenceIter *iter = g_sequence_get_begin_iter (self->users);

  for (; !g_sequence_iter_is_end (iter); iter = g_sequence_iter_next (iter)) {
    EarUser *user = g_sequence_get (iter);

    if (ear_user_get_active (user))
      g_hash_table_add (accounts, g_strdup (ear_user_get_account (user)));
  }
  return accounts;
}

/* Whoever is neither here nor known; also those who were known to another account. */
static void
remove_strangers (EarUserList *self)
{
  GSequenceIter *iter = g_sequence_get_begin_iter (self->users);

  while (!g_sequence_iter_is_end (iter)) {
    EarUser *user = g_sequence_get (iter);

    iter = g_sequence_iter_next (iter);
    if (!ear_user_get_active (user) && !ear_user_get_contact (user))
      remove_user (self, user);
  }
}

static void
leave_all (EarUserList *self, GHashTable *accounts)
{
  GHashTableIter iter;
  gpointer account;

  g_hash_table_iter_init (&iter, accounts);
  while (g_hash_table_iter_next (&iter, &account, NULL))
    leave (self, account);
}

static void
enter_all (EarUserList *self, EarMessage *message, const char *field, const char *myself)
{
  guint n_entries = ear_message_get_n_entries (message, field);

  for (guint i = 0; i < n_entries; i++) {
    EarRosterEntry entry;

    ear_message_get_entry (message, field, i, &entry);
    enter (self, &entry, myself);
  }
}

static void
apply_roster (EarUserList *self, EarMessage *message, const char *myself)
{
  gint64 re = ear_message_get_integer (message, "re");

  /* Another view may have been asked for before this one was complete. */
  if (self->unlisted == NULL || self->listing != re) {
    g_clear_pointer (&self->unlisted, g_hash_table_unref);
    self->unlisted = list_active (self);
    self->listing = re;
  }
  enter_all (self, message, "users", myself);
  if (!ear_message_get_boolean (message, "more")) {
    g_autoptr (GHashTable) gone = g_steal_pointer (&self->unlisted);

    leave_all (self, gone);
  }
}

static void
apply_change (EarUserList *self, EarMessage *message, const char *myself)
{
  g_auto (GStrv) left = ear_message_dup_strings (message, "left");

  for (guint i = 0; left[i] != NULL; i++)
    leave (self, left[i]);
  enter_all (self, message, "joined", myself);
  enter_all (self, message, "changed", myself);
}

static void
ear_user_list_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  EarUserList *self = EAR_USER_LIST (object);

  switch (id) {
  case PROP_N_ACTIVE:
    g_value_set_uint (value, self->n_active);
    break;
  case PROP_N_LISTED:
    g_value_set_uint (value, self->n_listed);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    break;
  }
}

static void
ear_user_list_finalize (GObject *object)
{
  EarUserList *self = EAR_USER_LIST (object);

  g_sequence_foreach (self->users, forget_cb, NULL);
  g_clear_pointer (&self->unlisted, g_hash_table_unref);
  g_clear_pointer (&self->by_user, g_hash_table_unref);
  g_clear_pointer (&self->users, g_sequence_free);
  G_OBJECT_CLASS (ear_user_list_parent_class)->finalize (object);
}

static void
ear_user_list_class_init (EarUserListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = ear_user_list_get_property;
  object_class->finalize = ear_user_list_finalize;

  props[PROP_N_ACTIVE] = g_param_spec_uint ("n-active", NULL, NULL, 0, G_MAXUINT, 0,
                                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  props[PROP_N_LISTED] = g_param_spec_uint ("n-listed", NULL, NULL, 0, G_MAXUINT, 0,
                                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  /**
   * EarUserList::user-added:
   * @user: who is in the list from now on
   *
   * Somebody new comes into the list, which views are told later.
   */
  signals[USER_ADDED] = g_signal_new ("user-added", EAR_TYPE_USER_LIST, G_SIGNAL_RUN_LAST, 0, NULL,
                                      NULL, NULL, G_TYPE_NONE, 1, EAR_TYPE_USER);
}

static void
ear_user_list_init (EarUserList *self)
{
  self->users = g_sequence_new (g_object_unref);
  self->by_user = g_hash_table_new (g_str_hash, g_str_equal);
  self->keeper = (EarUserKeeper){ .moved = moved_cb, .owner = self };
}

/**
 * ear_user_list_new:
 *
 * Returns: (transfer full): an empty list
 */
EarUserList *
ear_user_list_new (void)
{
  return g_object_new (EAR_TYPE_USER_LIST, NULL);
}

/**
 * ear_user_list_lookup:
 * @self: a list
 * @account: an account
 *
 * Returns: (transfer none) (nullable): the user in the list
 */
EarUser *
ear_user_list_lookup (EarUserList *self, const char *account)
{
  GSequenceIter *place = g_hash_table_lookup (self->by_user, account);

  return place != NULL ? g_sequence_get (place) : NULL;
}

/**
 * ear_user_list_add_contact:
 * @self: a list
 * @account: an account
 *
 * Makes somebody a contact, who stays in the list when not active.
 *
 * Returns: (transfer none): the user
 */
EarUser *
ear_user_list_add_contact (EarUserList *self, const char *account)
{
  EarUser *user = ear_user_list_lookup (self, account);

  if (user == NULL) {
    g_autoptr (EarUser) fresh = ear_user_new (account);

    ear_user_set_contact (fresh, TRUE);
    ear_user_list_begin_change (self);
    insert (self, fresh);
    ear_user_list_end_change (self);
    return fresh; /* the list holds it */
  }
  ear_user_set_contact (user, TRUE);
  return user;
}

/**
 * ear_user_list_apply:
 * @self: a list
 * @message: a `roster` or a `roster-change`
 * @myself: (nullable): our own account, which is left out
 *
 * Brings the list up to date.
 */
void
ear_user_list_apply (EarUserList *self, EarMessage *message, const char *myself)
{
  gint64 total = ear_message_get_integer (message, "total");
  guint n_listed = self->n_listed;

  ear_user_list_begin_change (self);
  if (ear_message_get_type (message) == EAR_MESSAGE_ROSTER)
    apply_roster (self, message, myself);
  else
    apply_change (self, message, myself);
  ear_user_list_end_change (self);
  set_counts (self, (guint) CLAMP (total - 1, 0, G_MAXINT), n_listed);
}

/**
 * ear_user_list_remove_contact:
 * @self: a list
 * @account: an account name
 *
 * Says that somebody is no contact any more: who is not active either leaves the list.
 */
void
ear_user_list_remove_contact (EarUserList *self, const char *account)
{
  EarUser *user;

  g_return_if_fail (EAR_IS_USER_LIST (self));

  user = ear_user_list_lookup (self, account);
  if (user == NULL)
    return;
  ear_user_set_contact (user, FALSE);
  if (ear_user_get_active (user))
    return;
  ear_user_list_begin_change (self);
  remove_user (self, user);
  ear_user_list_end_change (self);
}

/**
 * ear_user_list_set_offline:
 * @self: a list
 *
 * The server is lost: nobody is known to be active. Only contacts stay.
 */
void
ear_user_list_set_offline (EarUserList *self)
{
  g_autoptr (GHashTable) active = list_active (self);
  guint n_listed = self->n_listed;

  g_clear_pointer (&self->unlisted, g_hash_table_unref);
  ear_user_list_begin_change (self);
  leave_all (self, active);
  remove_strangers (self);
  ear_user_list_end_change (self);
  set_counts (self, 0, n_listed);
}

/**
 * ear_user_list_get_n_active:
 * @self: a list
 *
 * Returns: how many are active on the server, without ourselves
 */
guint
ear_user_list_get_n_active (EarUserList *self)
{
  return self->n_active;
}

/**
 * ear_user_list_get_n_listed:
 * @self: a list
 *
 * Returns: how many of those who are active are in the list
 */
guint
ear_user_list_get_n_listed (EarUserList *self)
{
  return self->n_listed;
}

/**
 * ear_user_list_is_partial:
 * @self: a list
 *
 * Returns: whether more are active than are in the list: the watched view has not got all
 */
gboolean
ear_user_list_is_partial (EarUserList *self)
{
  return self->partial;
}
