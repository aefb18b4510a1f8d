/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-broadcast.h"
#include "server/ear-bulletin.h"
#include "server/ear-journal.h"
#include "store-fixture.h"
#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-error.h"
#include "wire/ear-limits.h"
#include "wire/ear-message.h"

/* A bulletin in a directory of its own, and its clock. */

#define SECOND G_GINT64_CONSTANT (1000000)
#define MINUTE (60 * SECOND)
#define JOURNAL "broadcasts.journal"

typedef struct
{
  char *directory;
  EarClock *clock;
  EarDeadlines *deadlines;
  EarBulletin *bulletin;
} Fixture;

static inline void
open_bulletin (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  f->bulletin = ear_bulletin_new (f->directory, f->deadlines, &error);
  g_assert_no_error (error);
}

static inline void
close_bulletin (Fixture *f)
{
  ear_bulletin_close (f->bulletin);
  settle ();
  g_assert_finalize_object (g_steal_pointer (&f->bulletin));
}

static inline void
set_up (Fixture *f, gconstpointer data)
{
  f->directory = make_directory ();
  f->clock = ear_clock_new_manual (1000 * SECOND);
  f->deadlines = ear_deadlines_new (f->clock, NULL);
  open_bulletin (f);
}

static inline void
tear_down (Fixture *f, gconstpointer data)
{
  close_bulletin (f);
  ear_deadlines_unref (f->deadlines);
  ear_clock_unref (f->clock);
  remove_directory (f->directory);
}

static inline EarBroadcast *
add (Fixture *f, const char *text)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  EarBroadcast *broadcast;

  ear_bulletin_add_async (f->bulletin, "ann", "Ann \"Ä\"", text, result_cb, &result);
  wait_until (result != NULL);
  broadcast = ear_bulletin_add_finish (f->bulletin, result, &error);
  g_assert_no_error (error);
  g_assert_nonnull (broadcast);
  g_assert_cmpstr (broadcast->text, ==, text);
  g_assert_cmpstr (broadcast->user, ==, "ann");
  g_assert_cmpstr (broadcast->name, ==, "Ann \"Ä\"");
  return broadcast;
}

/* The numbers of what is newer than @number, as a text. */
static inline char *
list (Fixture *f, guint64 number)
{
  g_autoptr (GPtrArray) newer = ear_bulletin_get_newer (f->bulletin, number);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < newer->len; i++)
    g_string_append_printf (text, "%" G_GUINT64_FORMAT " ",
                            ((EarBroadcast *) newer->pdata[i])->number);
  return g_string_free (text, FALSE);
}

static inline void
assert_list (Fixture *f, guint64 number, const char *expected)
{
  g_autofree char *text = list (f, number);

  g_assert_cmpstr (text, ==, expected);
}

static inline gint64
get_age (Fixture *f, guint64 number)
{
  g_autoptr (GPtrArray) newer = ear_bulletin_get_newer (f->bulletin, number - 1);
  g_autoptr (GBytes) line = ear_broadcast_encode (newer->pdata[0], ear_clock_get_time (f->clock));
  g_autoptr (GError) error = NULL;
  g_autoptr (EarMessage) event = NULL;
  gsize size;
  const char *data = g_bytes_get_data (line, &size);

  g_assert_cmpuint (size, >, 0);
  g_assert_cmpint (data[size - 1], ==, '\n');
  event = ear_message_parse (data, size - 1, EAR_MESSAGE_AT_CLIENT, &error);
  g_assert_no_error (error);
  g_assert_cmpint (ear_message_get_type (event), ==, EAR_MESSAGE_BROADCAST_EVENT);
  g_assert_cmpint (ear_message_get_integer (event, "number"), ==, (gint64) number);
  g_assert_cmpstr (ear_message_get_string (event, "user"), ==, "ann");
  return ear_message_get_integer (event, "age");
}
