/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-history.h"

#include <glib/gstdio.h>

#include "wire/ear-error.h"

/* An open history in a directory of its own, and its calls as if they were synchronous. */

#define SERVER_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SERVER_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

typedef struct
{
  char *directory;
  char *path;
  EarHistory *history;
} Fixture;

static inline void
result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **place = user_data;

  g_assert_null (*place);
  *place = g_object_ref (result);
}

static inline void
wait_for (GAsyncResult **result)
{
  while (!*result)
    g_main_context_iteration (NULL, TRUE);
}

static inline gboolean
open_history (EarHistory *history, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ear_history_open_async (history, NULL, result_cb, &result);
  wait_for (&result);
  return ear_history_open_finish (history, result, error);
}

static inline void
close_history (EarHistory *history)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ear_history_close_async (history, NULL, result_cb, &result);
  wait_for (&result);
  g_assert_true (ear_history_close_finish (history, result, &error));
  g_assert_no_error (error);
}

static inline gboolean
add (EarHistory *history,
     const char *user,
     const char *id,
     const char *text,
     EarDelivery delivery,
     gint64 *row,
     GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  const EarHistoryMessage message = {
    .id = (char *) id, .text = (char *) text, .time_us = 1700000000123456, .delivery = delivery
  };

  ear_history_add_message_async (history, user, &message, NULL, result_cb, &result);
  wait_for (&result);
  return ear_history_add_message_finish (history, result, row, error);
}

static inline void
add_ok (EarHistory *history,
        const char *user,
        const char *id,
        const char *text,
        EarDelivery delivery)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (add (history, user, id, text, delivery, NULL, &error));
  g_assert_no_error (error);
}

static inline GPtrArray *
load_page (EarHistory *history, const char *user, gint64 before, guint limit)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *page;

  ear_history_load_page_async (history, user, before, limit, NULL, result_cb, &result);
  wait_for (&result);
  page = ear_history_load_page_finish (history, result, &error);
  g_assert_no_error (error);
  return page;
}

static inline GPtrArray *
load_contacts (EarHistory *history)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *contacts;

  ear_history_load_contacts_async (history, NULL, result_cb, &result);
  wait_for (&result);
  contacts = ear_history_load_contacts_finish (history, result, &error);
  g_assert_no_error (error);
  return contacts;
}

static inline const EarHistoryMessage *
message_at (GPtrArray *messages, guint i)
{
  g_assert_cmpuint (i, <, messages->len);
  return messages->pdata[i];
}

static inline void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->directory = g_dir_make_tmp ("earshot-history-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->directory, "profile", "history.db", NULL);
  fixture->history = ear_history_new (fixture->path);
  open_history (fixture->history, &error);
  g_assert_no_error (error);
  ear_history_set_account (fixture->history, SERVER_A, "alice");
}

static inline void
remove_tree (const char *path)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;

  while (directory && (name = g_dir_read_name (directory))) {
    g_autofree char *child = g_build_filename (path, name, NULL);

    remove_tree (child);
  }
  g_assert_cmpint (g_remove (path), ==, 0);
}

static inline void
tear_down (Fixture *fixture, gconstpointer data)
{
  if (fixture->history) {
    close_history (fixture->history);
    g_assert_finalize_object (fixture->history);
  }
  remove_tree (fixture->directory);
  g_free (fixture->directory);
  g_free (fixture->path);
}

/* Closes and opens again, as the next start of the program does. */
static inline void
restart (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  close_history (fixture->history);
  g_assert_finalize_object (fixture->history);
  fixture->history = ear_history_new (fixture->path);
  open_history (fixture->history, &error);
  g_assert_no_error (error);
  ear_history_set_account (fixture->history, SERVER_A, "alice");
}
