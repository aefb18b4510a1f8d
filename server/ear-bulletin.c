/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarBulletin: the broadcasts of the last 30 minutes, in memory and in broadcasts.journal.
 *
 * A broadcast is added when its line is durable, never before. Its age counts on the clock's boot
 * time, which no changed wall clock touches; only over a restart, when boot time may have begun
 * anew, real time has to do. The journal is rewritten at start, when more of it is dead than alive,
 * and when a broadcast was removed, whose text must not stay on the disk. Lines that are none are
 * kept aside, in broadcasts.journal.rejected. */

#include "server/ear-bulletin.h"

#include "server/ear-broadcasts.h"
#include "server/ear-disk-writer.h"
#include "server/ear-journal.h"
#include "server/ear-store-file.h"
#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-error.h"
#include "wire/ear-limits.h"

#define AGE_US (EAR_LIMIT_BROADCAST_AGE_MS * G_GINT64_CONSTANT (1000))

/* Dead lines of less than this, in bytes, are not worth a rewriting. */
#define COMPACT_BYTES (256 * 1024)

struct _EarBulletin
{
  GObject parent_instance;

  char *path;
  EarDeadlines *deadlines;
  EarClock *clock; /* of the deadlines */
  EarDiskWriter *writer;
  EarDeadline expiry;
  EarBroadcasts *broadcasts;
  guint64 next_number;
  guint n_writing;    /* lines on their way to the disk */
  guint n_adding;     /* of them: new broadcasts */
  gsize adding_bytes; /* of those on their way */
  gsize dead_bytes;
  gboolean must_compact; /* the file holds the text of a removed broadcast */
};

G_DEFINE_FINAL_TYPE (EarBulletin, ear_bulletin, G_TYPE_OBJECT)

enum {
  REMOVED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* What the journal shall hold, as it is in one moment. */
typedef struct
{
  guint64 next_number;
  GPtrArray *broadcasts; /* (element-type EarBroadcast) */
} Contents;

static void
contents_free (Contents *contents)
{
  g_ptr_array_unref (contents->broadcasts);
  g_free (contents);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Contents, contents_free)

static Contents *
contents_new (EarBulletin *self)
{
  Contents *contents = g_new (Contents, 1);

  contents->next_number = self->next_number;
  contents->broadcasts = g_ptr_array_new_with_free_func ((GDestroyNotify) ear_broadcast_unref);
  for (GList *l = ear_broadcasts_get_list (self->broadcasts); l != NULL; l = l->next)
    g_ptr_array_add (contents->broadcasts, ear_broadcast_ref (l->data));
  return contents;
}

/* Of 8 MiB it takes a tenth of a second: that is for the writer's thread. */
static GBytes *
make_file (gpointer data)
{
  const Contents *contents = data;
  GString *file = g_string_new (NULL);

  ear_journal_append_header (file, contents->next_number);
  for (guint i = 0; i < contents->broadcasts->len; i++)
    ear_journal_append_line (file, g_ptr_array_index (contents->broadcasts, i));
  return g_string_free_to_bytes (file);
}

/* -- Expiry -- */

static void
compacted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarBulletin) self = user_data;
  g_autoptr (GError) error = NULL;

  /* Nothing is lost when it fails: the old file holds all, and dead lines are skipped when it is
   * loaded. The next change tries again, for it may hold what was removed. */
  if (!ear_disk_writer_finish (EAR_DISK_WRITER (source), result, &error)) {
    g_warning ("%s: %s", self->path, error->message);
    self->must_compact = TRUE;
  }
}

static void
compact (EarBulletin *self)
{
  self->must_compact = FALSE;
  self->dead_bytes = 0;
  ear_disk_writer_replace_async (self->writer, make_file, contents_new (self),
                                 (GDestroyNotify) contents_free, compacted_cb, g_object_ref (self));
}

static void
compact_if_needed (EarBulletin *self)
{
  gboolean many = self->dead_bytes >= COMPACT_BYTES &&
                  self->dead_bytes >= ear_broadcasts_get_size (self->broadcasts);

  /* A line on its way to the disk is in no list yet: it must not be lost by the rewriting. */
  if (self->n_writing == 0 && (self->must_compact || many) &&
      !ear_disk_writer_is_read_only (self->writer))
    compact (self);
}

static void
set_expiry (EarBulletin *self)
{
  const EarBroadcast *oldest = ear_broadcasts_get_oldest (self->broadcasts);

  if (oldest == NULL)
    ear_deadline_clear (&self->expiry);
  else
    ear_deadline_set (&self->expiry,
                      (oldest->time_us + AGE_US - ear_clock_get_time (self->clock)) / 1000 + 1);
}

static void
expire_cb (gpointer user_data)
{
  EarBulletin *self = user_data;
  gint64 now = ear_clock_get_time (self->clock);
  const EarBroadcast *oldest;

  while ((oldest = ear_broadcasts_get_oldest (self->broadcasts)) != NULL &&
         now - oldest->time_us >= AGE_US)
    self->dead_bytes += ear_broadcasts_drop_oldest (self->broadcasts);
  compact_if_needed (self);
  set_expiry (self);
}

/* -- Loading -- */

static gboolean
is_possible (EarBulletin *self, guint64 number)
{
  return number <= ear_journal_get_max_number (ear_clock_get_real_time (self->clock));
}

/* Returns whether the line says something, be it of a broadcast that is too old. */
static gboolean
take_line (EarBulletin *self, const char *line, gsize size)
{
  g_autoptr (EarBroadcast) broadcast = NULL;
  const EarBroadcast *last = ear_broadcasts_get_newest (self->broadcasts);
  guint64 next_number;
  gint64 age;

  if (ear_journal_read_header (line, size, &next_number)) {
    if (!is_possible (self, next_number - 1))
      return FALSE;
    self->next_number = MAX (self->next_number, next_number);
    return TRUE;
  }
  broadcast = ear_journal_read_line (line, size);
  if (broadcast == NULL || !is_possible (self, broadcast->number))
    return FALSE;
  if (last != NULL && broadcast->number <= last->number) {
    if (broadcast->text == NULL)
      ear_broadcasts_remove (self->broadcasts, broadcast->number);
    return broadcast->text == NULL;
  }
  self->next_number = MAX (self->next_number, broadcast->number + 1);
  age = MAX (0, ear_clock_get_real_time (self->clock) - broadcast->real_time_us);
  if (age >= AGE_US)
    return TRUE;
  broadcast->time_us = ear_clock_get_time (self->clock) - age;
  ear_broadcasts_append (self->broadcasts, g_steal_pointer (&broadcast));
  while (ear_broadcasts_get_n_live (self->broadcasts) > EAR_LIMIT_BROADCASTS ||
         ear_broadcasts_get_size (self->broadcasts) > EAR_LIMIT_BROADCAST_BYTES)
    ear_broadcasts_drop_oldest (self->broadcasts);
  return TRUE;
}

static void
read_lines (EarBulletin *self, EarStoreFile *file)
{
  gboolean lost = FALSE; /* what came after the last line that could be read */

  while (ear_store_file_next (file)) {
    /* It was never acknowledged, and what people write is not kept aside for nothing. */
    if (file->torn && file->n_lines > 1)
      break;
    if (!file->torn && take_line (self, file->line, file->size)) {
      lost = FALSE;
    } else if (file->size > 0) {
      ear_store_file_reject (file);
      lost = TRUE;
    }
  }
  /* The greatest number may be lost. Clients wait for a greater one than they have seen; there is
   * no broadcast a second, so the time in seconds is one. */
  if (lost)
    self->next_number =
      MAX (self->next_number, (guint64) ear_clock_get_real_time (self->clock) / G_USEC_PER_SEC);
}

static gboolean
load (EarBulletin *self, GError **error)
{
  g_autoptr (EarStoreFile) file = ear_store_file_open (self->path, error);
  g_autoptr (Contents) contents = NULL;
  g_autoptr (GBytes) clean = NULL;

  if (file != NULL)
    read_lines (self, file);
  if (file == NULL || !ear_store_file_keep_rejected (file, error))
    return FALSE;
  contents = contents_new (self);
  clean = make_file (contents);
  return ear_store_file_rewrite (self->path, g_bytes_get_data (clean, NULL),
                                 g_bytes_get_size (clean), error);
}

/* -- Life -- */

static void
ear_bulletin_finalize (GObject *object)
{
  EarBulletin *self = EAR_BULLETIN (object);

  ear_deadline_clear (&self->expiry);
  if (self->writer != NULL)
    ear_disk_writer_close (self->writer); /* here, lest its thread drop the last reference */
  g_clear_object (&self->writer);
  g_clear_pointer (&self->deadlines, ear_deadlines_unref);
  ear_broadcasts_free (self->broadcasts);
  g_free (self->path);
  G_OBJECT_CLASS (ear_bulletin_parent_class)->finalize (object);
}

static void
ear_bulletin_class_init (EarBulletinClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ear_bulletin_finalize;

  signals[REMOVED] = g_signal_new ("removed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT64);
}

static void
ear_bulletin_init (EarBulletin *self)
{
  self->broadcasts = ear_broadcasts_new ();
  self->next_number = 1;
}

/**
 * ear_bulletin_new:
 * @directory: the server's data directory
 * @deadlines: the deadlines of the main loop
 * @error: return location for an error
 *
 * Loads the broadcasts that are still young; call it before the main loop runs.
 *
 * Returns: (transfer full) (nullable): the bulletin. Fails with [error@GLib.FileError].
 */
EarBulletin *
ear_bulletin_new (const char *directory, EarDeadlines *deadlines, GError **error)
{
  g_autoptr (EarBulletin) self = g_object_new (EAR_TYPE_BULLETIN, NULL);

  self->path = g_build_filename (directory, "broadcasts.journal", NULL);
  self->deadlines = ear_deadlines_ref (deadlines);
  self->clock = ear_deadlines_get_clock (deadlines);
  ear_deadline_init (&self->expiry, deadlines, expire_cb, self);
  if (!load (self, error))
    return NULL;
  self->writer = ear_disk_writer_new (self->path, error);
  if (self->writer == NULL)
    return NULL;
  set_expiry (self);
  return g_steal_pointer (&self);
}

/**
 * ear_bulletin_close:
 * @self: a bulletin
 *
 * Waits until all broadcasts are durable and removed ones are gone; call it after the main loop.
 */
void
ear_bulletin_close (EarBulletin *self)
{
  /* Lines on their way may be lost: nobody was told of them, nor will be. */
  if (self->must_compact)
    compact (self);
  ear_disk_writer_close (self->writer);
}

/* -- Adding -- */

static void
durable_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  EarBulletin *self = g_task_get_source_object (task);
  EarBroadcast *broadcast = g_task_get_task_data (task);
  GError *error = NULL;

  self->n_writing--;
  self->n_adding--;
  self->adding_bytes -= ear_broadcast_get_size (broadcast);
  if (!ear_disk_writer_finish (EAR_DISK_WRITER (source), result, &error)) {
    compact_if_needed (self);
    ear_broadcast_unref (broadcast);
    g_task_return_error (task, error);
    return;
  }
  ear_broadcasts_append (self->broadcasts, broadcast);
  if (ear_broadcasts_get_oldest (self->broadcasts) == broadcast)
    set_expiry (self);
  compact_if_needed (self);
  g_task_return_pointer (task, broadcast, NULL);
}

/* What is on its way counts, too: a start would drop an older one for what is too much. */
static gboolean
has_room (EarBulletin *self, const EarBroadcast *broadcast)
{
  return ear_broadcasts_get_n_live (self->broadcasts) + self->n_adding < EAR_LIMIT_BROADCASTS &&
         ear_broadcasts_get_size (self->broadcasts) + self->adding_bytes +
             ear_broadcast_get_size (broadcast) <=
           EAR_LIMIT_BROADCAST_BYTES;
}

/**
 * ear_bulletin_add_async:
 * @self: a bulletin
 * @user: who sends it
 * @name: the sender's display name
 * @text: a valid text
 * @callback: called when it is durable
 * @user_data: for @callback
 *
 * Adds a broadcast.
 */
void
ear_bulletin_add_async (EarBulletin *self,
                        const char *user,
                        const char *name,
                        const char *text,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  GString *line;
  g_autoptr (GBytes) bytes = NULL;
  EarBroadcast *broadcast = ear_broadcast_new ();

  g_task_set_name (task, G_STRFUNC);
  broadcast->time_us = ear_clock_get_time (self->clock);
  broadcast->real_time_us = ear_clock_get_real_time (self->clock);
  broadcast->user = g_strdup (user);
  broadcast->name = g_strdup (name);
  broadcast->text = g_strdup (text);
  if (!has_room (self, broadcast)) {
    ear_broadcast_unref (broadcast);
    g_task_return_error (task, ear_error_new (EAR_ERROR_FULL));
    g_object_unref (task);
    return;
  }
  broadcast->number = self->next_number++;
  line = g_string_new (NULL);
  ear_journal_append_line (line, broadcast);
  bytes = g_string_free_to_bytes (line);
  g_task_set_task_data (task, broadcast, NULL);
  self->n_writing++;
  self->n_adding++;
  self->adding_bytes += ear_broadcast_get_size (broadcast);
  ear_disk_writer_append_async (self->writer, bytes, durable_cb, task);
}

/**
 * ear_bulletin_add_finish:
 * @self: a bulletin
 * @result: of ear_bulletin_add_async()
 * @error: return location for an error
 *
 * Ends an addition.
 *
 * Returns: (transfer none) (nullable): the broadcast, which the bulletin keeps. Fails with
 * EAR_ERROR_FULL or EAR_ERROR_READ_ONLY.
 */
EarBroadcast *
ear_bulletin_add_finish (EarBulletin *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* -- Removing -- */

/**
 * ear_bulletin_lookup:
 * @self: a bulletin
 * @number: a number
 *
 * Finds a broadcast that is kept and was not removed.
 *
 * Returns: (transfer none) (nullable): the broadcast
 */
const EarBroadcast *
ear_bulletin_lookup (EarBulletin *self, guint64 number)
{
  const EarBroadcast *broadcast = ear_broadcasts_lookup (self->broadcasts, number);

  return broadcast != NULL && broadcast->text != NULL ? broadcast : NULL;
}

static void
removal_durable_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  EarBulletin *self = g_task_get_source_object (task);
  guint64 number = *(guint64 *) g_task_get_task_data (task);
  GError *error = NULL;
  gboolean there;

  self->n_writing--;
  if (!ear_disk_writer_finish (EAR_DISK_WRITER (source), result, &error)) {
    compact_if_needed (self);
    g_task_return_error (task, error);
    return;
  }
  /* It may have grown too old meanwhile, or somebody else was faster. */
  there = ear_bulletin_lookup (self, number) != NULL;
  if (there)
    self->dead_bytes += ear_broadcasts_remove (self->broadcasts, number);
  self->must_compact = TRUE;
  compact_if_needed (self);
  if (there)
    g_signal_emit (self, signals[REMOVED], 0, number);
  g_task_return_boolean (task, TRUE);
}

/**
 * ear_bulletin_remove_async:
 * @self: a bulletin
 * @number: of a broadcast; one that is not kept needs no removing
 * @callback: called when that is durable
 * @user_data: for @callback
 *
 * Removes a broadcast: no latecomer gets it.
 */
void
ear_bulletin_remove_async (EarBulletin *self,
                           guint64 number,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  const EarBroadcast *broadcast = ear_bulletin_lookup (self, number);
  EarBroadcast rest = { .number = number };
  GString *line;
  g_autoptr (GBytes) bytes = NULL;

  g_task_set_name (task, G_STRFUNC);
  g_task_set_task_data (task, g_memdup2 (&number, sizeof number), g_free);
  if (broadcast == NULL) {
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
    return;
  }
  rest.real_time_us = broadcast->real_time_us;
  line = g_string_new (NULL);
  ear_journal_append_line (line, &rest);
  bytes = g_string_free_to_bytes (line);
  self->n_writing++;
  ear_disk_writer_append_async (self->writer, bytes, removal_durable_cb, task);
}

/**
 * ear_bulletin_remove_finish:
 * @self: a bulletin
 * @result: of ear_bulletin_remove_async()
 * @error: return location for an error
 *
 * Ends a removal.
 *
 * Returns: whether it is durable. Fails with EAR_ERROR_READ_ONLY.
 */
gboolean
ear_bulletin_remove_finish (EarBulletin *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* -- Looking -- */

static GPtrArray *
list_young (EarBulletin *self, guint64 above, guint64 up_to, gboolean removed)
{
  GPtrArray *young = g_ptr_array_new ();
  gint64 now = ear_clock_get_time (self->clock);

  for (GList *l = ear_broadcasts_get_list (self->broadcasts); l != NULL; l = l->next) {
    EarBroadcast *broadcast = l->data;

    if (broadcast->number > above && broadcast->number <= up_to &&
        (broadcast->text == NULL) == removed && now - broadcast->time_us < AGE_US)
      g_ptr_array_add (young, broadcast);
  }
  return young;
}

/**
 * ear_bulletin_get_n_broadcasts:
 * @self: a bulletin
 *
 * Counts the broadcasts that are kept.
 *
 * Returns: how many
 */
guint
ear_bulletin_get_n_broadcasts (EarBulletin *self)
{
  return ear_broadcasts_get_n_live (self->broadcasts);
}

/**
 * ear_bulletin_get_newer:
 * @self: a bulletin
 * @number: a number
 *
 * Finds the broadcasts that are younger than 30 minutes and have a higher number.
 *
 * Returns: (transfer container) (element-type EarBroadcast): them, oldest first
 */
GPtrArray *
ear_bulletin_get_newer (EarBulletin *self, guint64 number)
{
  return list_young (self, number, G_MAXUINT64, FALSE);
}

/**
 * ear_bulletin_get_removed:
 * @self: a bulletin
 * @number: a number
 *
 * Finds what is left of removed broadcasts that would be younger than 30 minutes and have that or a
 * lower number.
 *
 * Returns: (transfer container) (element-type EarBroadcast): them, oldest first
 */
GPtrArray *
ear_bulletin_get_removed (EarBulletin *self, guint64 number)
{
  return list_young (self, 0, number, TRUE);
}
