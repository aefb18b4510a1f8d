/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The messages of a chat as a list model, oldest first.
 *
 * Two streams meet here: pages that are loaded from the history, each older than the one before,
 * and new messages that are appended. A new message may be in the history before the first page was
 * read, so that both bring it: an id of one side is in the list once, whatever comes first. A page
 * goes to where its rows belong; what has no row yet is newer than all that has one.
 *
 * Of a long chat the newest lines are in memory: the oldest are dropped when there are too many,
 * and come again as pages. What has no row yet cannot come again, and stays.
 *
 * One page is loaded at a time. Its callback holds no reference: it is cancelled when the log goes
 * away, and looks at nothing then. */

#include "client/ear-chat-log.h"

#include "client/ear-chat-message.h"
#include "client/ear-history.h"

#define PAGE 25   /* messages: a window holds as many, and a frame has time for them */
#define MOST 3000 /* messages in memory: of the longest texts 12 MiB */
#define KEPT 2000 /* … when the oldest were dropped: further back than anybody reads meanwhile */

struct _EarChatLog
{
  GObject parent_instance;

  /* Owned */
  EarHistory *history;
  char *user;
  GPtrArray *items;
  GHashTable *by_key; /* make_key() → EarChatMessage, borrowed from items */
  GCancellable *cancellable;

  gint64 oldest_row; /* before which the next page is; 0: the newest */
  gboolean loading;
  gboolean at_start;
};

enum {
  PROP_AT_START = 1,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

static GType
get_item_type (GListModel *model)
{
  return EAR_TYPE_CHAT_MESSAGE;
}

static guint
get_n_items (GListModel *model)
{
  return EAR_CHAT_LOG (model)->items->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  EarChatLog *self = EAR_CHAT_LOG (model);

  return position < self->items->len ? g_object_ref (self->items->pdata[position]) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (EarChatLog,
                               ear_chat_log,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static char *
make_key (const char *id, gboolean own)
{
  return g_strconcat (own ? ">" : "<", id, NULL);
}

static void
insert (EarChatLog *self, guint position, EarChatMessage *message)
{
  g_hash_table_insert (
    self->by_key, make_key (ear_chat_message_get_id (message), ear_chat_message_get_own (message)),
    message);
  g_ptr_array_insert (self->items, (int) position, g_object_ref (message));
}

static gboolean
contains (EarChatLog *self, const EarHistoryMessage *row)
{
  g_autofree char *key = make_key (row->id, row->delivery != EAR_DELIVERY_INCOMING);

  return g_hash_table_contains (self->by_key, key);
}

/* Is the item at position newer than a stored row? */
static gboolean
is_newer (EarChatLog *self, guint position, gint64 row)
{
  gint64 other = ear_chat_message_get_row (self->items->pdata[position]);

  return other == 0 || other > row;
}

/* Merges a page into the list: one items-changed for each run of neighbours, which is one in all
 * unless new messages came first. */
static void
take_page (EarChatLog *self, GPtrArray *page)
{
  guint position = 0;
  guint i = 0;

  while (i < page->len) {
    const EarHistoryMessage *row = page->pdata[i];
    guint start;

    if (contains (self, row)) {
      i++;
      continue;
    }
    while (position < self->items->len && !is_newer (self, position, row->row))
      position++;
    start = position;
    for (; i < page->len; i++) {
      g_autoptr (EarChatMessage) message = NULL;

      row = page->pdata[i];
      if (contains (self, row) ||
          (position < self->items->len && !is_newer (self, position, row->row)))
        break;
      message = ear_chat_message_new (row);
      insert (self, position++, message);
    }
    g_list_model_items_changed (G_LIST_MODEL (self), start, 0, position - start);
  }
}

static void
set_at_start (EarChatLog *self, gboolean at_start)
{
  if (self->at_start == at_start)
    return;
  self->at_start = at_start;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_AT_START]);
}

static void
stop_loading (EarChatLog *self)
{
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->loading = FALSE;
}

/* Neighbours may be in another order than their rows: the next page begins above all that go, and
 * may bring some that stay. A page that is on its way would leave a gap. */
static void
drop_oldest (EarChatLog *self)
{
  gint64 oldest_row = 0;
  guint n = 0;

  for (; n < self->items->len - KEPT; n++) {
    EarChatMessage *message = self->items->pdata[n];
    gint64 row = ear_chat_message_get_row (message);
    g_autofree char *key =
      make_key (ear_chat_message_get_id (message), ear_chat_message_get_own (message));

    if (row == 0)
      break;
    oldest_row = MAX (oldest_row, row + 1);
    g_hash_table_remove (self->by_key, key);
  }
  if (n == 0)
    return;
  stop_loading (self);
  self->oldest_row = oldest_row;
  g_ptr_array_remove_range (self->items, 0, n);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, n, 0);
  set_at_start (self, FALSE);
}

static void
page_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) page = ear_history_load_page_finish (EAR_HISTORY (source), result, &error);
  g_autoptr (EarChatLog) self = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  /* A handler of ours may drop the last reference of the owner. */
  self = g_object_ref (EAR_CHAT_LOG (user_data));
  self->loading = FALSE;
  if (!page) {
    g_message ("Cannot load messages: %s", error->message);
    return;
  }
  if (page->len > 0)
    self->oldest_row = ((EarHistoryMessage *) page->pdata[0])->row;
  take_page (self, page);
  if (page->len < PAGE)
    set_at_start (self, TRUE);
}

static void
ear_chat_log_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  EarChatLog *self = EAR_CHAT_LOG (object);

  switch (prop_id) {
  case PROP_AT_START:
    g_value_set_boolean (value, self->at_start);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
}

static void
ear_chat_log_dispose (GObject *object)
{
  EarChatLog *self = EAR_CHAT_LOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->history);

  G_OBJECT_CLASS (ear_chat_log_parent_class)->dispose (object);
}

static void
ear_chat_log_finalize (GObject *object)
{
  EarChatLog *self = EAR_CHAT_LOG (object);

  g_hash_table_unref (self->by_key);
  g_ptr_array_unref (self->items);
  g_object_unref (self->cancellable);
  g_free (self->user);

  G_OBJECT_CLASS (ear_chat_log_parent_class)->finalize (object);
}

static void
ear_chat_log_class_init (EarChatLogClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = ear_chat_log_get_property;
  object_class->dispose = ear_chat_log_dispose;
  object_class->finalize = ear_chat_log_finalize;

  props[PROP_AT_START] =
    g_param_spec_boolean ("at-start", NULL, NULL, FALSE,
                          G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
ear_chat_log_init (EarChatLog *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  self->by_key = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->cancellable = g_cancellable_new ();
}

/**
 * ear_chat_log_new:
 * @history: where the messages are; its account must be set
 * @user: the other side of the chat
 *
 * Makes a log, which starts to load the newest page.
 *
 * Returns: (transfer full): the log
 */
EarChatLog *
ear_chat_log_new (EarHistory *history, const char *user)
{
  EarChatLog *self;

  g_return_val_if_fail (EAR_IS_HISTORY (history), NULL);
  g_return_val_if_fail (user != NULL, NULL);

  self = g_object_new (EAR_TYPE_CHAT_LOG, NULL);
  self->history = g_object_ref (history);
  self->user = g_strdup (user);
  ear_chat_log_load_older (self);
  return self;
}

/**
 * ear_chat_log_load_older:
 *
 * Loads the next page of older messages, unless one is on its way or there are none.
 */
void
ear_chat_log_load_older (EarChatLog *self)
{
  g_return_if_fail (EAR_IS_CHAT_LOG (self));

  if (self->loading || self->at_start || !self->history)
    return;
  self->loading = TRUE;
  ear_history_load_page_async (self->history, self->user, self->oldest_row, PAGE, self->cancellable,
                               page_loaded_cb, self);
}

/**
 * ear_chat_log_append:
 * @message: the newest message of the chat, stored or not
 *
 * Puts a message to the end; the oldest may be dropped for it. One that a page has brought already
 * is replaced where it stands, so that it is @message whose changes are seen.
 */
void
ear_chat_log_append (EarChatLog *self, EarChatMessage *message)
{
  g_autofree char *key = NULL;
  EarChatMessage *old;
  guint position;

  g_return_if_fail (EAR_IS_CHAT_LOG (self));
  g_return_if_fail (EAR_IS_CHAT_MESSAGE (message));

  key = make_key (ear_chat_message_get_id (message), ear_chat_message_get_own (message));
  old = g_hash_table_lookup (self->by_key, key);
  if (old == message)
    return;
  if (!old) {
    position = self->items->len;
    insert (self, position, message);
    g_list_model_items_changed (G_LIST_MODEL (self), position, 0, 1);
    if (self->items->len > MOST)
      drop_oldest (self);
  } else if (g_ptr_array_find (self->items, old, &position)) {
    if (ear_chat_message_get_row (message) == 0)
      ear_chat_message_set_row (message, ear_chat_message_get_row (old));
    g_hash_table_insert (self->by_key, g_steal_pointer (&key), message);
    self->items->pdata[position] = g_object_ref (message);
    g_object_unref (old);
    g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 1);
  }
}

/**
 * ear_chat_log_lookup:
 * @id: the id of a message
 *
 * Returns: (transfer none) (nullable): our own message of this id, or else theirs, if it is loaded
 */
EarChatMessage *
ear_chat_log_lookup (EarChatLog *self, const char *id)
{
  g_autofree char *own = NULL;
  g_autofree char *theirs = NULL;
  EarChatMessage *message;

  g_return_val_if_fail (EAR_IS_CHAT_LOG (self), NULL);
  g_return_val_if_fail (id != NULL, NULL);

  own = make_key (id, TRUE);
  message = g_hash_table_lookup (self->by_key, own);
  if (message)
    return message;
  theirs = make_key (id, FALSE);
  return g_hash_table_lookup (self->by_key, theirs);
}

/**
 * ear_chat_log_clear:
 *
 * Drops all messages: nothing older is left to load, either.
 */
void
ear_chat_log_clear (EarChatLog *self)
{
  guint length;

  g_return_if_fail (EAR_IS_CHAT_LOG (self));

  length = self->items->len;
  stop_loading (self);
  g_hash_table_remove_all (self->by_key);
  g_ptr_array_set_size (self->items, 0);
  if (length > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, length, 0);
  set_at_start (self, TRUE);
}

/**
 * ear_chat_log_get_at_start:
 *
 * Returns: whether nothing older is left to load
 */
gboolean
ear_chat_log_get_at_start (EarChatLog *self)
{
  g_return_val_if_fail (EAR_IS_CHAT_LOG (self), FALSE);

  return self->at_start;
}
