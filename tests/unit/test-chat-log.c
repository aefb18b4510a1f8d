/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarChatLog: pages and new messages make one list, each message once, whatever comes first. */

#include "client/ear-chat-log.h"

#include <glib/gstdio.h>

#include "client/ear-chat-message.h"
#include "client/ear-history.h"

#define SERVER "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

typedef struct
{
  char *directory;
  char *path;
  EarHistory *history;
} Fixture;

/* A mirror that follows items-changed, as a list view does. */
typedef struct
{
  GListModel *model;
  GPtrArray *items;
  guint n_signals;
} Mirror;

static void
result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **place = user_data;

  *place = g_object_ref (result);
}

static void
wait_for (GAsyncResult **result)
{
  while (!*result)
    g_main_context_iteration (NULL, TRUE);
}

/* Everything that was asked of the history before is answered after this. */
static void
settle (EarHistory *history)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *pin = NULL;

  ear_history_load_pin_async (history, "nowhere:1", NULL, result_cb, &result);
  wait_for (&result);
  pin = ear_history_load_pin_finish (history, result, NULL);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  fixture->directory = g_dir_make_tmp ("earshot-chat-log-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->directory, "history.db", NULL);
  fixture->history = ear_history_new (fixture->path);
  ear_history_open_async (fixture->history, NULL, result_cb, &result);
  ear_history_set_account (fixture->history, SERVER, "alice");
  wait_for (&result);
  g_assert_true (ear_history_open_finish (fixture->history, result, &error));
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;

  ear_history_close_async (fixture->history, NULL, result_cb, &result);
  wait_for (&result);
  g_assert_true (ear_history_close_finish (fixture->history, result, NULL));
  g_clear_object (&result);
  g_assert_finalize_object (fixture->history);
  g_assert_cmpint (g_remove (fixture->path), ==, 0);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  g_free (fixture->directory);
  g_free (fixture->path);
}

static void
items_changed_cb (Mirror *mirror, guint position, guint removed, guint added)
{
  mirror->n_signals++;
  if (removed > 0)
    g_ptr_array_remove_range (mirror->items, position, removed);
  for (guint i = 0; i < added; i++)
    g_ptr_array_insert (mirror->items, (int) (position + i),
                        g_list_model_get_item (mirror->model, position + i));
}

static void
mirror_init (Mirror *mirror, EarChatLog *log)
{
  mirror->model = G_LIST_MODEL (log);
  mirror->items = g_ptr_array_new_with_free_func (g_object_unref);
  mirror->n_signals = 0;
  g_assert_cmpuint (g_list_model_get_n_items (mirror->model), ==, 0);
  g_signal_connect_swapped (log, "items-changed", G_CALLBACK (items_changed_cb), mirror);
}

static void
mirror_check (Mirror *mirror)
{
  g_assert_cmpuint (g_list_model_get_n_items (mirror->model), ==, mirror->items->len);
  for (guint i = 0; i < mirror->items->len; i++) {
    g_autoptr (EarChatMessage) message = g_list_model_get_item (mirror->model, i);

    g_assert_true (message == mirror->items->pdata[i]);
  }
  g_assert_null (g_list_model_get_item (mirror->model, mirror->items->len));
  g_clear_pointer (&mirror->items, g_ptr_array_unref);
}

/* "0 1 2": the texts of all messages. */
static char *
dup_texts (EarChatLog *log)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (log)); i++) {
    g_autoptr (EarChatMessage) message = g_list_model_get_item (G_LIST_MODEL (log), i);

    g_ptr_array_add (texts, g_strdup (ear_chat_message_get_text (message)));
  }
  g_ptr_array_add (texts, NULL);
  return g_strjoinv (" ", (char **) texts->pdata);
}

static EarChatMessage *
message_new (const char *text, EarDelivery delivery, gint64 row)
{
  g_autofree char *id = g_strconcat ("message-", text, NULL);
  const EarHistoryMessage stored = {
    .row = row, .id = id, .text = (char *) text, .time_us = 1700000000250000, .delivery = delivery
  };

  return ear_chat_message_new (&stored);
}

/* Stores a message; the item that its receiver would append then. */
static EarChatMessage *
store (EarHistory *history, const char *text, EarDelivery delivery)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *id = g_strconcat ("message-", text, NULL);
  const EarHistoryMessage message = {
    .id = id, .text = (char *) text, .time_us = 1700000000250000, .delivery = delivery
  };
  gint64 row = 0;

  ear_history_add_message_async (history, "bob", &message, NULL, result_cb, &result);
  wait_for (&result);
  g_assert_true (ear_history_add_message_finish (history, result, &row, NULL));
  return message_new (text, delivery, row);
}

static void
store_many (EarHistory *history, guint n)
{
  for (guint i = 0; i < n; i++) {
    g_autofree char *text = g_strdup_printf ("%u", i);
    g_autoptr (EarChatMessage) message = store (history, text, EAR_DELIVERY_INCOMING);
  }
}

static void
count_cb (guint *counter)
{
  (*counter)++;
}

static void
test_message (void)
{
  g_autoptr (EarChatMessage) message = message_new ("tea", EAR_DELIVERY_WAITING, 0);
  g_autofree char *id = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GDateTime) time = NULL;
  EarDelivery delivery;
  gboolean own;
  guint n_notifies = 0;

  g_object_get (message, "id", &id, "text", &text, "time", &time, "delivery", &delivery, "own",
                &own, NULL);
  g_assert_cmpstr (id, ==, "message-tea");
  g_assert_cmpstr (text, ==, "tea");
  g_assert_cmpint (g_date_time_to_unix (time), ==, 1700000000);
  g_assert_cmpint (g_date_time_get_microsecond (time), ==, 250000);
  g_assert_cmpint (delivery, ==, EAR_DELIVERY_WAITING);
  g_assert_true (own);

  g_signal_connect_swapped (message, "notify::delivery", G_CALLBACK (count_cb), &n_notifies);
  ear_chat_message_set_delivery (message, EAR_DELIVERY_WAITING);
  g_assert_cmpuint (n_notifies, ==, 0);
  ear_chat_message_set_delivery (message, EAR_DELIVERY_SENT);
  ear_chat_message_set_delivery (message, EAR_DELIVERY_RECEIVED);
  ear_chat_message_set_delivery (message, EAR_DELIVERY_SENT);
  g_assert_cmpuint (n_notifies, ==, 2);
  g_assert_cmpint (ear_chat_message_get_delivery (message), ==, EAR_DELIVERY_RECEIVED);
}

/* A time beyond all calendars, as a damaged file may have. */
static void
test_message_time (void)
{
  const gint64 times[] = { G_MININT64, -1, 0, G_MAXINT64 };

  for (guint i = 0; i < G_N_ELEMENTS (times); i++) {
    const EarHistoryMessage row = { .id = (char *) "id",
                                    .text = (char *) "text",
                                    .time_us = times[i],
                                    .delivery = EAR_DELIVERY_INCOMING };
    g_autoptr (EarChatMessage) message = ear_chat_message_new (&row);

    g_assert_nonnull (ear_chat_message_get_time (message));
    g_assert_false (ear_chat_message_get_own (message));
  }
}

static void
test_empty (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarChatLog) log = ear_chat_log_new (fixture->history, "bob");
  guint n_notifies = 0;

  g_signal_connect_swapped (log, "notify::at-start", G_CALLBACK (count_cb), &n_notifies);
  g_assert_false (ear_chat_log_get_at_start (log));
  settle (fixture->history);
  g_assert_true (ear_chat_log_get_at_start (log));
  g_assert_cmpuint (n_notifies, ==, 1);
  g_assert_true (g_list_model_get_item_type (G_LIST_MODEL (log)) == EAR_TYPE_CHAT_MESSAGE);
}

static void
test_pages (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarChatLog) log = NULL;
  Mirror mirror;

  store_many (fixture->history, 60);
  log = ear_chat_log_new (fixture->history, "bob");
  mirror_init (&mirror, log);
  ear_chat_log_load_older (log); /* one is on its way: this asks for nothing */
  settle (fixture->history);
  g_assert_cmpuint (mirror.n_signals, ==, 1);
  g_assert_cmpuint (mirror.items->len, ==, 25);
  g_assert_nonnull (ear_chat_log_lookup (log, "message-59"));
  g_assert_null (ear_chat_log_lookup (log, "message-34"));

  ear_chat_log_load_older (log);
  settle (fixture->history);
  g_assert_false (ear_chat_log_get_at_start (log));
  ear_chat_log_load_older (log);
  settle (fixture->history);
  g_assert_true (ear_chat_log_get_at_start (log));
  ear_chat_log_load_older (log);
  settle (fixture->history);
  g_assert_cmpuint (mirror.n_signals, ==, 3);
  g_assert_cmpuint (mirror.items->len, ==, 60);
  for (guint i = 0; i < 60; i++) {
    g_autofree char *text = g_strdup_printf ("%u", i);

    g_assert_cmpstr (ear_chat_message_get_text (mirror.items->pdata[i]), ==, text);
  }
  mirror_check (&mirror);
}

/* A page that is full to the brim does not tell that nothing is left; the empty one after it does.
 */
static void
test_full_page (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarChatLog) log = NULL;

  store_many (fixture->history, 25);
  log = ear_chat_log_new (fixture->history, "bob");
  settle (fixture->history);
  g_assert_false (ear_chat_log_get_at_start (log));
  ear_chat_log_load_older (log);
  settle (fixture->history);
  g_assert_true (ear_chat_log_get_at_start (log));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (log)), ==, 25);
}

/* What was stored before the log was made, but is appended before its first page came. */
static void
test_race (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarChatMessage) a = store (fixture->history, "a", EAR_DELIVERY_INCOMING);
  g_autoptr (EarChatMessage) b = store (fixture->history, "b", EAR_DELIVERY_INCOMING);
  g_autoptr (EarChatMessage) c = store (fixture->history, "c", EAR_DELIVERY_INCOMING);
  g_autoptr (EarChatMessage) d = store (fixture->history, "d", EAR_DELIVERY_INCOMING);
  g_autoptr (EarChatMessage) unsaved = message_new ("unsaved", EAR_DELIVERY_WAITING, 0);
  g_autoptr (EarChatLog) log = ear_chat_log_new (fixture->history, "bob");
  g_autofree char *texts = NULL;
  g_autofree char *later = NULL;
  Mirror mirror;

  mirror_init (&mirror, log);
  ear_chat_log_append (log, b);
  ear_chat_log_append (log, unsaved);
  settle (fixture->history);
  texts = dup_texts (log);
  g_assert_cmpstr (texts, ==, "a b c d unsaved");
  g_assert_true (ear_chat_log_lookup (log, "message-b") == b);

  /* The other order: what the page brought is replaced by the caller's object. */
  ear_chat_log_append (log, c);
  ear_chat_log_append (log, d);
  ear_chat_log_append (log, d);
  later = dup_texts (log);
  g_assert_cmpstr (later, ==, "a b c d unsaved");
  g_assert_true (ear_chat_log_lookup (log, "message-c") == c);
  g_assert_true (ear_chat_log_lookup (log, "message-d") == d);
  g_assert_cmpint (ear_chat_message_get_row (d), >, 0);
  mirror_check (&mirror);
}

static void
test_same_id (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarChatMessage) theirs = store (fixture->history, "x", EAR_DELIVERY_INCOMING);
  g_autoptr (EarChatMessage) ours = store (fixture->history, "x", EAR_DELIVERY_SENT);
  g_autoptr (EarChatLog) log = ear_chat_log_new (fixture->history, "bob");

  ear_chat_log_append (log, theirs);
  g_assert_true (ear_chat_log_lookup (log, "message-x") == theirs);
  ear_chat_log_append (log, ours);
  g_assert_true (ear_chat_log_lookup (log, "message-x") == ours);
  settle (fixture->history);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (log)), ==, 2);
}

static void
stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gint64 *row = user_data;

  g_assert_true (ear_history_add_message_finish (EAR_HISTORY (source), result, row, NULL));
}

/* The texts are numbers, from @first on. */
static void
assert_numbers (EarChatLog *log, guint first, guint n)
{
  g_autofree char *texts = dup_texts (log);
  g_autoptr (GString) expected = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (expected, i == 0 ? "%u" : " %u", first + i);
  g_assert_cmpstr (texts, ==, expected->str);
}

#define LONG 3000
#define PAGED 20 /* all in the first page */
#define KEPT 2000

/* Messages without end: the oldest go, and come again when somebody looks for them, also when two
 * at the border are not in the order in which they were stored. */
static void
test_long (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarChatLog) log = NULL;
  g_autofree gint64 *rows = g_new0 (gint64, LONG);
  const guint border = LONG - KEPT - PAGED; /* the last one that goes */
  Mirror mirror;

  store_many (fixture->history, PAGED);
  log = ear_chat_log_new (fixture->history, "bob");
  mirror_init (&mirror, log);
  settle (fixture->history);
  g_assert_true (ear_chat_log_get_at_start (log));
  for (guint i = 0; i < LONG; i++) {
    g_autofree char *text = g_strdup_printf ("%u", PAGED + i);
    g_autofree char *id = g_strconcat ("message-", text, NULL);
    const EarHistoryMessage message = { .id = id, .text = text, .delivery = EAR_DELIVERY_INCOMING };

    ear_history_add_message_async (fixture->history, "bob", &message, NULL, stored_cb, &rows[i]);
  }
  settle (fixture->history);
  for (guint i = 0; i < LONG - PAGED + 1; i++) {
    guint number = i == border ? border + 1 : i == border + 1 ? border : i;
    g_autofree char *text = g_strdup_printf ("%u", PAGED + number);
    g_autoptr (EarChatMessage) message = message_new (text, EAR_DELIVERY_INCOMING, rows[number]);

    ear_chat_log_append (log, message);
  }
  g_assert_cmpuint (mirror.items->len, ==, KEPT);
  g_assert_false (ear_chat_log_get_at_start (log));
  g_assert_null (ear_chat_log_lookup (log, "message-20"));
  while (!ear_chat_log_get_at_start (log)) {
    ear_chat_log_load_older (log);
    settle (fixture->history);
  }
  assert_numbers (log, 0, LONG + 1);
  mirror_check (&mirror);
}

/* A page that is on its way when the oldest go would leave a gap. */
static void
test_long_loading (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarChatLog) log = NULL;

  store_many (fixture->history, 60);
  log = ear_chat_log_new (fixture->history, "bob");
  settle (fixture->history);
  for (guint i = 25; i <= LONG; i++) {
    g_autofree char *text = g_strdup_printf ("%u", 35 + i);
    g_autoptr (EarChatMessage) message = message_new (text, EAR_DELIVERY_INCOMING, 36 + i);

    if (i == LONG)
      ear_chat_log_load_older (log);
    ear_chat_log_append (log, message);
  }
  settle (fixture->history);
  assert_numbers (log, 35 + LONG + 1 - KEPT, KEPT);
}

/* What is not on the disk could not come again. */
static void
test_long_unsaved (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarChatLog) log = ear_chat_log_new (fixture->history, "bob");

  settle (fixture->history);
  for (guint i = 0; i < LONG + 2; i++) {
    g_autofree char *text = g_strdup_printf ("%u", i);
    g_autoptr (EarChatMessage) message = message_new (text, EAR_DELIVERY_WAITING, 0);

    if (i == 0)
      ear_chat_message_set_row (message, 1);
    ear_chat_log_append (log, message);
  }
  assert_numbers (log, 1, LONG + 1);
}

/* The log may go while its page is on the way. */
static void
test_gone (Fixture *fixture, gconstpointer data)
{
  EarChatLog *log = ear_chat_log_new (fixture->history, "bob");

  store_many (fixture->history, 3);
  g_assert_finalize_object (log);
  settle (fixture->history);

  log = ear_chat_log_new (fixture->history, "bob");
  g_assert_finalize_object (log);
  settle (fixture->history);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/chat-message/properties", test_message);
  g_test_add_func ("/chat-message/time", test_message_time);
  ADD ("/chat-log/empty", test_empty);
  ADD ("/chat-log/pages", test_pages);
  ADD ("/chat-log/full-page", test_full_page);
  ADD ("/chat-log/race", test_race);
  ADD ("/chat-log/same-id", test_same_id);
  ADD ("/chat-log/long", test_long);
  ADD ("/chat-log/long-loading", test_long_loading);
  ADD ("/chat-log/long-unsaved", test_long_unsaved);
  ADD ("/chat-log/gone", test_gone);

  return g_test_run ();
}
