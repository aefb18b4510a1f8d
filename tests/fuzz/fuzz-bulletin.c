/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A whole broadcasts.journal, loaded as the server does when it starts: from a file, beside which
 * what is none is kept, and which is written anew. What was loaded is valid, young and in order;
 * what was removed is gone; a line is loaded, too old, repeated, or kept aside, and never just
 * lost; and a second start finds what the first one left. */

#include "fuzz.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/ear-broadcast.h"
#include "server/ear-bulletin.h"
#include "server/ear-journal.h"
#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-limits.h"
#include "wire/ear-name.h"
#include "wire/ear-text.h"

#define NOW_US G_GINT64_CONSTANT (1763900000000000)
#define AGE_US (EAR_LIMIT_BROADCAST_AGE_MS * G_GINT64_CONSTANT (1000))

static char *directory;
static char *journal;
static char *rejected;

/* Instead of GLib's: the files of the corpus stay as young as they are. */
gint64
g_get_real_time (void)
{
  return NOW_US;
}

static void
ignore_cb (const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
}

static void
remove_directory (void)
{
  g_unlink (journal);
  g_unlink (rejected);
  g_rmdir (directory);
}

/* In memory, where there is such a place: each start syncs its files. */
static void
set_up_once (void)
{
  const char *root = g_access ("/dev/shm", R_OK | W_OK | X_OK) == 0 ? "/dev/shm" : g_get_tmp_dir ();

  directory = g_build_filename (root, "earshot-fuzz-XXXXXX", NULL);
  g_assert_nonnull (g_mkdtemp (directory));
  journal = g_build_filename (directory, "broadcasts.journal", NULL);
  rejected = g_build_filename (directory, "broadcasts.journal.rejected", NULL);
  atexit (remove_directory);
  g_log_set_handler ("earshotd", G_LOG_LEVEL_WARNING, ignore_cb, NULL);
}

/* -- What the file says -- */

typedef struct
{
  const char *text;
  gsize size;
  EarBroadcast *broadcast; /* or what is left of one; NULL when it is none */
  guint64 next;            /* not 0: it is a header */
  gboolean torn;
} Line;

static void
line_clear (Line *line)
{
  g_clear_pointer (&line->broadcast, ear_broadcast_unref);
}

static gboolean
is_readable (const Line *line)
{
  guint64 max = ear_journal_get_max_number (NOW_US);

  if (line->torn)
    return FALSE;
  return line->broadcast != NULL ? line->broadcast->number <= max
                                 : line->next > 0 && line->next - 1 <= max;
}

static GArray *
split (const char *data, gsize size)
{
  GArray *lines = g_array_new (FALSE, TRUE, sizeof (Line));
  const char *end = data + size;

  g_array_set_clear_func (lines, (GDestroyNotify) line_clear);
  if (size >= 3 && memcmp (data, "\xef\xbb\xbf", 3) == 0)
    data += 3;
  while (data < end) {
    const char *newline = memchr (data, '\n', (gsize) (end - data));
    Line line = { .text = data, .torn = newline == NULL };

    line.size = (gsize) ((newline != NULL ? newline : end) - data);
    data += line.size + (newline != NULL ? 1 : 0);
    if (line.size > 0 && line.text[line.size - 1] == '\r')
      line.size--;
    if (!ear_journal_read_header (line.text, line.size, &line.next))
      line.broadcast = ear_journal_read_line (line.text, line.size);
    g_array_append_val (lines, line);
  }
  return lines;
}

static gboolean
is_removed_after (GArray *lines, guint i)
{
  guint64 number = g_array_index (lines, Line, i).broadcast->number;

  while (++i < lines->len) {
    const Line *line = &g_array_index (lines, Line, i);

    if (is_readable (line) && line->broadcast != NULL && line->broadcast->text == NULL &&
        line->broadcast->number == number)
      return TRUE;
  }
  return FALSE;
}

/* -- What was loaded -- */

static void
assert_equal (const EarBroadcast *a, const EarBroadcast *b)
{
  g_assert_cmpuint (a->number, ==, b->number);
  g_assert_cmpint (a->real_time_us, ==, b->real_time_us);
  g_assert_cmpstr (a->user, ==, b->user);
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpstr (a->text, ==, b->text);
}

static const EarBroadcast *
find (GPtrArray *loaded, guint64 number)
{
  for (guint i = 0; i < loaded->len; i++) {
    const EarBroadcast *broadcast = g_ptr_array_index (loaded, i);

    if (broadcast->number == number)
      return broadcast;
  }
  return NULL;
}

static void
check_list (GPtrArray *loaded, gboolean removed)
{
  guint64 last = 0;

  for (guint i = 0; i < loaded->len; i++) {
    const EarBroadcast *broadcast = g_ptr_array_index (loaded, i);

    g_assert_cmpuint (broadcast->number, >, last);
    g_assert_cmpint (NOW_US - broadcast->real_time_us, <, AGE_US);
    last = broadcast->number;
    if (removed) {
      g_assert_null (broadcast->user);
      g_assert_null (broadcast->name);
      g_assert_null (broadcast->text);
      continue;
    }
    g_assert_true (ear_name_is_valid (broadcast->user));
    g_assert_true (ear_name_is_valid_display (broadcast->name));
    g_assert_true (ear_text_is_valid (broadcast->text, EAR_LIMIT_TEXT, EAR_LIMIT_TEXT_LINES));
  }
}

/* Each was in the file and is not removed there; and what has the highest number up to then, is
 * young and not removed was loaded. */
static void
check_loaded (GArray *lines, GPtrArray *loaded)
{
  guint n_found = 0;
  guint64 highest = 0;

  for (guint i = 0; i < lines->len; i++) {
    const Line *line = &g_array_index (lines, Line, i);
    const EarBroadcast *kept;

    if (!is_readable (line) || line->broadcast == NULL)
      continue;
    kept = find (loaded, line->broadcast->number);
    if (line->broadcast->number > highest && line->broadcast->text != NULL &&
        NOW_US - line->broadcast->real_time_us < AGE_US && !is_removed_after (lines, i)) {
      g_assert_nonnull (kept);
      assert_equal (kept, line->broadcast);
    }
    if (kept != NULL && kept->real_time_us == line->broadcast->real_time_us &&
        g_strcmp0 (kept->text, line->broadcast->text) == 0) {
      g_assert_false (is_removed_after (lines, i));
      n_found++;
    }
    highest = MAX (highest, line->broadcast->number);
  }
  g_assert_cmpuint (n_found, >=, loaded->len);
}

/* Nobody gets a number again. */
static void
check_next (GArray *lines, guint64 next)
{
  gboolean lost = FALSE;

  for (guint i = 0; i < lines->len; i++) {
    const Line *line = &g_array_index (lines, Line, i);

    if (is_readable (line)) {
      g_assert_cmpuint (next, >=, line->next);
      g_assert_cmpuint (next, >, line->broadcast != NULL ? line->broadcast->number : 0);
      lost = FALSE;
    } else if (line->size > 0 && (!line->torn || lines->len == 1)) {
      lost = TRUE;
    }
  }
  if (lost)
    g_assert_cmpuint (next, >=, NOW_US / G_USEC_PER_SEC);
}

/* Of each line that says nothing there is a copy, in order; of others only where their number had
 * been there. */
static void
check_rejected (GArray *lines, const char *copy, gsize size)
{
  const char *end = copy + size;

  for (guint i = 0; i < lines->len; i++) {
    const Line *line = &g_array_index (lines, Line, i);
    gboolean copied = line->size > 0 && (gsize) (end - copy) > line->size &&
                      memcmp (copy, line->text, line->size) == 0 && copy[line->size] == '\n';

    if (is_readable (line)) {
      copied = copied && line->broadcast != NULL && line->broadcast->text != NULL;
    } else if (line->size == 0 || (line->torn && i > 0)) {
      copied = FALSE;
    } else {
      g_assert_true (copied);
    }
    if (copied)
      copy += line->size + 1;
  }
  g_assert_true (copy == end);
}

/* -- Starts -- */

typedef struct
{
  char *journal;
  gsize journal_size;
  char *rejected;
  gsize rejected_size;
} Files;

static void
files_clear (Files *self)
{
  g_free (self->journal);
  g_free (self->rejected);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Files, files_clear)

static void
files_read (Files *self)
{
  g_autoptr (GError) error = NULL;

  g_file_get_contents (journal, &self->journal, &self->journal_size, &error);
  g_assert_no_error (error);
  if (g_access (rejected, F_OK) != 0)
    return;
  g_file_get_contents (rejected, &self->rejected, &self->rejected_size, &error);
  g_assert_no_error (error);
}

static void
files_write (const guint8 *data, gsize size)
{
  FILE *file = g_fopen (journal, "w");

  g_assert_nonnull (file);
  g_assert_cmpuint (fwrite (data, 1, size, file), ==, size);
  fclose (file);
  g_unlink (rejected);
}

/* @lines: of the file as it is; NULL when the server has left it so. */
static void
start (EarDeadlines *deadlines, GArray *lines, Files *files)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EarBulletin) bulletin = ear_bulletin_new (directory, deadlines, &error);
  g_autoptr (GPtrArray) loaded = NULL;
  g_autoptr (GPtrArray) removed = NULL;
  g_autoptr (GArray) written = NULL;

  g_assert_no_error (error);
  files_read (files);
  loaded = ear_bulletin_get_newer (bulletin, 0);
  removed = ear_bulletin_get_removed (bulletin, G_MAXUINT64);
  check_list (loaded, FALSE);
  check_list (removed, TRUE);
  g_assert_cmpuint (ear_bulletin_get_n_broadcasts (bulletin), ==, loaded->len);

  /* A header, and a line for each. */
  written = split (files->journal, files->journal_size);
  g_assert_cmpuint (written->len, ==, 1 + loaded->len + removed->len);
  check_loaded (written, loaded);
  check_next (written, g_array_index (written, Line, 0).next);
  if (lines != NULL) {
    check_loaded (lines, loaded);
    check_next (lines, g_array_index (written, Line, 0).next);
    check_rejected (lines, files->rejected, files->rejected_size);
  }
  ear_bulletin_close (bulletin);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (EarClock) clock = ear_clock_new_manual (4 * AGE_US);
  g_autoptr (EarDeadlines) deadlines = ear_deadlines_new (clock, NULL);
  g_autoptr (GArray) lines = split ((const char *) data, size);
  g_auto (Files) first = { 0 };
  g_auto (Files) second = { 0 };

  if (directory == NULL)
    set_up_once ();
  files_write (data, size);
  start (deadlines, lines, &first);
  start (deadlines, NULL, &second);
  g_assert_cmpmem (first.journal, first.journal_size, second.journal, second.journal_size);
  g_assert_cmpmem (first.rejected, first.rejected_size, second.rejected, second.rejected_size);
  return 0;
}
