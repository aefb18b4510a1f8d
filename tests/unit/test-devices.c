/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarDevices: what is remembered, forgotten, dropped, and how large its file grows. */

#include "server/ear-devices.h"

#include <string.h>

#include "server/ear-registry.h"
#include "store-fixture.h"
#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"

#define FILE_NAME "devices.csv"

typedef struct
{
  EarClock *clock; /* by hand */
  EarDeadlines *deadlines;
  char *directory;
  EarRegistry *registry; /* of alice */
  EarDevices *devices;
} Fixture;

static void
open_devices (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  f->devices = ear_devices_new (f->directory, f->registry, f->deadlines, &error);
  g_assert_no_error (error);
}

static void
close_devices (Fixture *f)
{
  ear_devices_close (f->devices);
  settle ();
  g_assert_finalize_object (g_steal_pointer (&f->devices));
}

static void
reopen (Fixture *f)
{
  close_devices (f);
  open_devices (f);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  EarScramKeys keys = { .iterations = 100000, .stored_key = { 1 }, .server_key = { 2 } };
  EarAccount account;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  f->clock = ear_clock_new_manual (0);
  f->deadlines = ear_deadlines_new (f->clock, NULL);
  f->directory = make_directory ();
  f->registry = ear_registry_new (f->directory, 100000, f->deadlines, &error);
  g_assert_no_error (error);
  g_assert_true (ear_account_init (&account, "alice", NULL, &keys));
  ear_registry_add_async (f->registry, &account, result_cb, &result);
  wait_until (result != NULL);
  g_assert_true (ear_registry_finish (f->registry, result, &error));
  open_devices (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  close_devices (f);
  ear_registry_close (f->registry);
  g_assert_finalize_object (f->registry);
  ear_deadlines_unref (f->deadlines);
  ear_clock_unref (f->clock);
  remove_directory (f->directory);
}

/* A fingerprint of its own for each number. */
static const char *
make_key (guint number)
{
  static char key[65];

  g_snprintf (key, sizeof key, "%064x", number);
  return key;
}

static gboolean
knows (Fixture *f, guint number)
{
  return ear_devices_knows (f->devices, "alice", make_key (number));
}

static void
test_remember (Fixture *f, gconstpointer data)
{
  g_assert_false (knows (f, 1));
  ear_devices_note (f->devices, "alice", make_key (1));
  ear_devices_note (f->devices, "alice", make_key (2));
  for (guint i = 0; i < 2; i++) {
    g_assert_true (knows (f, 1));
    g_assert_true (knows (f, 2));
    g_assert_false (knows (f, 3));
    g_assert_false (ear_devices_knows (f->devices, "bob", make_key (1)));
    reopen (f);
  }
  assert_private (f->directory, FILE_NAME);
}

/* A new password, and a device that is still one's own. */
static void
test_forget (Fixture *f, gconstpointer data)
{
  ear_devices_note (f->devices, "alice", make_key (1));
  ear_devices_note (f->devices, "alice", make_key (2));
  ear_devices_forget (f->devices, "alice", make_key (2));
  for (guint i = 0; i < 2; i++) {
    g_assert_false (knows (f, 1));
    g_assert_true (knows (f, 2));
    reopen (f);
  }
  ear_devices_forget (f->devices, "alice", make_key (3));
  for (guint i = 0; i < 2; i++) {
    g_assert_false (knows (f, 2));
    g_assert_false (knows (f, 3));
    reopen (f);
  }
  ear_devices_forget (f->devices, "bob", NULL);
}

static void
test_most (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i <= EAR_DEVICES_MAX; i++)
    ear_devices_note (f->devices, "alice", make_key (i));
  for (guint i = 0; i < 2; i++) {
    g_assert_false (knows (f, 0));
    g_assert_true (knows (f, 1));
    g_assert_true (knows (f, EAR_DEVICES_MAX));
    reopen (f);
  }
}

/* Who logs in with ever new keys makes no large file. */
static void
test_growth (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) file = NULL;

  for (guint i = 0; i < 10000; i++)
    ear_devices_note (f->devices, "alice", make_key (i));
  reopen (f);
  g_assert_true (knows (f, 9999));
  file = read_file (f->directory, FILE_NAME);
  g_assert_cmpuint (g_bytes_get_size (file), <, 128 * 1024);
}

static gsize
get_file_size (Fixture *f)
{
  g_autoptr (GBytes) file = read_file (f->directory, FILE_NAME);

  return g_bytes_get_size (file);
}

/* Thousands who log in are written together. */
static void
test_gather (Fixture *f, gconstpointer data)
{
  gsize line = strlen ("alice,") + 64 + 1;

  ear_devices_note (f->devices, "alice", make_key (1));
  ear_clock_advance (f->clock, G_USEC_PER_SEC / 2);
  ear_devices_note (f->devices, "alice", make_key (2));
  g_assert_cmpuint (get_file_size (f), ==, 0);
  ear_clock_advance (f->clock, G_USEC_PER_SEC);
  wait_until (get_file_size (f) > 0);
  g_assert_cmpuint (get_file_size (f), ==, 2 * line);
}

/* Some more devices; whether the file has become smaller. */
static gboolean
has_shrunk (Fixture *f, guint *number, gsize *size)
{
  gsize before = *size;

  for (guint i = 0; i < 50; i++)
    ear_devices_note (f->devices, "alice", make_key (++*number));
  ear_clock_advance (f->clock, 2 * G_USEC_PER_SEC);
  *size = get_file_size (f);
  return *size < before;
}

/* Nor while the server runs: what is known stays, and what was forgotten does not come back. */
static void
test_compaction (Fixture *f, gconstpointer data)
{
  guint number = 0;
  gsize size = 0;

  for (guint i = 0; i < 3; i++)
    wait_until (has_shrunk (f, &number, &size));
  g_assert_true (knows (f, number));
  ear_devices_forget (f->devices, "alice", make_key (number));
  for (guint i = 0; i < 2; i++) {
    g_assert_true (knows (f, number));
    g_assert_false (knows (f, number - 1));
    reopen (f);
  }
}

/* What is no device is dropped, and what stands beside it is not. */
static void
test_damage (Fixture *f, gconstpointer data)
{
  static const char *const rows[] = {
    "",       ",",        "alice",     "alice,x", "alice,,",
    "bob,%s", "Alice,%s", "alice,%s,", "..,%s",   "alice,%s\r\r",
  };

  for (guint i = 0; i <= G_N_ELEMENTS (rows); i++) {
    g_autoptr (GString) file = g_string_new (NULL);

    close_devices (f);
    g_string_append_printf (file, "alice,%s\n", make_key (1));
    if (i < G_N_ELEMENTS (rows)) {
      g_string_append_printf (file, "%s\n", rows[i]);
      g_string_replace (file, "%s", make_key (2), 0);
      g_string_append_printf (file, "alice,%s\n", make_key (3));
    } else {
      g_string_append_printf (file, "alice,%s\nalice,%s", make_key (3), make_key (2)); /* torn */
    }
    write_file (f->directory, FILE_NAME, file->str, file->len);
    open_devices (f);
    for (guint j = 0; j < 2; j++) {
      g_assert_true (knows (f, 1));
      g_assert_false (knows (f, 2));
      g_assert_true (knows (f, 3));
      reopen (f);
    }
    ear_devices_note (f->devices, "alice", make_key (4));
    reopen (f);
    g_assert_true (knows (f, 4));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add ("/devices/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("remember", test_remember);
  ADD ("forget", test_forget);
  ADD ("most", test_most);
  ADD ("growth", test_growth);
  ADD ("gather", test_gather);
  ADD ("compaction", test_compaction);
  ADD ("damage", test_damage);
#undef ADD
  return g_test_run ();
}
