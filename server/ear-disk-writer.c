/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarDiskWriter: one file that is made durable before anybody is told so.
 *
 * One thread owns the file. It takes all appends that wait, writes them, and one fdatasync() serves
 * them all; a replacement writes a new file beside the old one, syncs it and renames it. Results
 * come back in the caller's main context, in the order of the calls.
 *
 * A compaction leaves out lines that count no more. A second thread looks through what is in the
 * file by then and writes the new one, which may take its time: lines are appended to the old one
 * meanwhile. They are copied, and the files change places, when that thread is done. All is read
 * from the file that is open: where somebody has put another in its place, that one is lost, and
 * not what was acknowledged.
 *
 * What it finds when it opens a file may be in the kernel's memory alone: whoever wrote it was
 * killed before the sync, or the sync failed, after which the kernel takes the lost pages for
 * written, and no later sync brings them back. So the file is copied, and nothing is added before
 * the copy is durable and in its place. That begins with the main loop: a start reads and syncs all
 * stores, and would wait for a large copy in its way.
 *
 * A failed write is taken back with ftruncate(), together with all that shares its turn: those
 * requests fail, and later ones may succeed. After a failed sync nobody knows what is on the disk,
 * and the kernel may have dropped the pages: to try again would report success for lost data. So
 * the file is read-only from then on. */

#include "server/ear-disk-writer.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/ear-disk-file.h"
#include "wire/ear-error.h"

typedef enum {
  JOB_RENEW,
  JOB_APPEND,
  JOB_REPLACE,
  JOB_ROTATE,
  JOB_COMPACT,
  JOB_END_COMPACTION,
  JOB_QUIT,
} JobKind;

typedef struct
{
  EarDiskLineFunc keep;
  gpointer user_data;
  GDestroyNotify free_data;

  GThread *thread;
  int source;
  off_t length; /* of what it looks through */
  int fd;       /* of the new file, or -1 */
  gboolean written;
  int error; /* when it is not */
} Compaction;

typedef struct
{
  JobKind kind;
  GBytes *data; /* to append */
  EarDiskMakeFunc make;
  gpointer make_data;
  GDestroyNotify free_data;
  Compaction *compaction;
  GTask *task;
} Job;

struct _EarDiskWriter
{
  GObject parent_instance;

  char *path;
  guint beginning; /* the source that asks to renew the file, or 0 */
  GAsyncQueue *jobs;
  GThread *thread;

  /* The thread's own */
  int fd;
  off_t length;     /* of what is whole and synced */
  gboolean renewed; /* nothing in the file is older than this writer */
  gboolean compacting;
  GQueue held; /* (element-type Job): compactions that wait for the one under way */

  gint read_only; /* atomic */
};

G_DEFINE_FINAL_TYPE (EarDiskWriter, ear_disk_writer, G_TYPE_OBJECT)

static void
compaction_free (Compaction *compaction)
{
  if (compaction->free_data != NULL)
    compaction->free_data (compaction->user_data);
  g_free (compaction);
}

static void
job_free (Job *job)
{
  g_clear_pointer (&job->data, g_bytes_unref);
  if (job->free_data != NULL)
    job->free_data (job->make_data);
  g_clear_pointer (&job->compaction, compaction_free);
  g_clear_object (&job->task);
  g_free (job);
}

static void
finish_job (Job *job, EarError error)
{
  if (error == EAR_N_ERRORS)
    g_task_return_boolean (job->task, TRUE);
  else
    g_task_return_error (job->task, ear_error_new (error));
  job_free (job);
}

/* -- In the thread -- */

static gboolean
write_bytes (int fd, GBytes *data)
{
  gsize size;
  const char *bytes = g_bytes_get_data (data, &size);

  return ear_disk_write_all (fd, bytes, size);
}

static void
turn_read_only (EarDiskWriter *self)
{
  g_atomic_int_set (&self->read_only, TRUE);
  g_critical ("%s: cannot be made durable (%s); it is read-only until the server is started again",
              self->path, g_strerror (errno));
}

/* Returns EAR_N_ERRORS when all of it is durable. */
static EarError
append_all (EarDiskWriter *self, GPtrArray *batch)
{
  off_t length = self->length;

  for (guint i = 0; i < batch->len; i++) {
    Job *job = g_ptr_array_index (batch, i);

    if (!write_bytes (self->fd, job->data)) {
      g_warning ("%s: cannot be written: %s", self->path, g_strerror (errno));
      if (ftruncate (self->fd, self->length) != 0)
        turn_read_only (self);
      return EAR_ERROR_READ_ONLY;
    }
    length += (off_t) g_bytes_get_size (job->data);
  }
  if (fdatasync (self->fd) != 0) {
    turn_read_only (self);
    return EAR_ERROR_READ_ONLY;
  }
  self->length = length;
  return EAR_N_ERRORS;
}

/* Says why, by errno; the old file stays. */
static EarError
give_up_new (EarDiskWriter *self, int fd)
{
  g_warning ("%s: cannot be rewritten: %s", self->path, g_strerror (errno));
  ear_disk_drop_new (self->path, fd);
  return EAR_ERROR_READ_ONLY;
}

/* The new file, to which all is written, becomes the file. */
static EarError
take_new (EarDiskWriter *self, int fd)
{
  off_t length = lseek (fd, 0, SEEK_END);

  if (length < 0 || !ear_disk_take_new (self->path, fd))
    return give_up_new (self, fd);
  close (self->fd);
  self->fd = fd;
  self->length = length;
  if (!ear_disk_sync_directory (self->path)) {
    turn_read_only (self);
    return EAR_ERROR_READ_ONLY;
  }
  self->renewed = TRUE;
  return EAR_N_ERRORS;
}

/* Whether lines may be added: the file is not read-only, and what was found in it is durable. When
 * it cannot be copied, the next job tries again. */
static gboolean
renew (EarDiskWriter *self)
{
  int fd;

  if (self->renewed || ear_disk_writer_is_read_only (self))
    return !ear_disk_writer_is_read_only (self);
  fd = ear_disk_open_new (self->path);
  if (fd < 0 || !ear_disk_copy (self->fd, 0, self->length, fd))
    give_up_new (self, fd);
  else
    take_new (self, fd);
  return self->renewed;
}

static EarError
replace (EarDiskWriter *self, GBytes *data)
{
  int fd = ear_disk_open_new (self->path);

  if (fd < 0 || !write_bytes (fd, data))
    return give_up_new (self, fd);
  return take_new (self, fd);
}

/* The file becomes PATH.1, and an empty one takes its place. A crash in between leaves no file,
 * which the next start makes. */
static EarError
rotate (EarDiskWriter *self)
{
  g_autofree char *old = g_strconcat (self->path, ".1", NULL);
  g_autoptr (GBytes) nothing = g_bytes_new_static ("", 0);

  if (g_rename (self->path, old) != 0) {
    g_warning ("%s: cannot be renamed: %s", self->path, g_strerror (errno));
    return EAR_ERROR_READ_ONLY;
  }
  if (replace (self, nothing) == EAR_N_ERRORS)
    return EAR_N_ERRORS;
  if (!ear_disk_writer_is_read_only (self) && g_rename (old, self->path) != 0)
    turn_read_only (self);
  return EAR_ERROR_READ_ONLY;
}

/* The second thread's part: synced, so that little is left to sync in the end. */
static gpointer
compact_func (gpointer data)
{
  Job *job = data;
  Compaction *compaction = job->compaction;
  EarDiskWriter *self = g_task_get_source_object (job->task);

  compaction->fd = ear_disk_open_new (self->path);
  compaction->written = compaction->fd >= 0 &&
                        ear_disk_copy_lines (compaction->source, compaction->length, compaction->fd,
                                             compaction->keep, compaction->user_data) &&
                        fdatasync (compaction->fd) == 0;
  compaction->error = errno;
  job->kind = JOB_END_COMPACTION;
  g_async_queue_push (self->jobs, job);
  return NULL;
}

static void
begin_compaction (EarDiskWriter *self, Job *job)
{
  g_autoptr (GError) error = NULL;

  if (!renew (self)) {
    finish_job (job, EAR_ERROR_READ_ONLY);
    return;
  }
  job->compaction->source = self->fd;
  job->compaction->length = self->length;
  job->compaction->thread = g_thread_try_new ("compaction", compact_func, job, &error);
  self->compacting = job->compaction->thread != NULL;
  if (!self->compacting) {
    g_warning ("%s: cannot be rewritten: %s", self->path, error->message);
    finish_job (job, EAR_ERROR_READ_ONLY);
  }
}

static EarError
end_compaction (EarDiskWriter *self, const Compaction *compaction)
{
  g_thread_join (compaction->thread);
  self->compacting = FALSE;
  errno = ear_disk_writer_is_read_only (self) ? EROFS : compaction->error;
  if (!compaction->written || ear_disk_writer_is_read_only (self) ||
      !ear_disk_copy (self->fd, compaction->length, self->length, compaction->fd))
    return give_up_new (self, compaction->fd);
  return take_new (self, compaction->fd);
}

/* One after the other: they would write the same new file. */
static void
begin_held (EarDiskWriter *self)
{
  while (!self->compacting && self->held.length > 0)
    begin_compaction (self, g_queue_pop_head (&self->held));
}

static EarError
make_and_replace (EarDiskWriter *self, const Job *job)
{
  g_autoptr (GBytes) data = job->make (job->make_data);

  return replace (self, data);
}

static EarError
run_alone (EarDiskWriter *self, const Job *job)
{
  if (job->kind == JOB_END_COMPACTION)
    return end_compaction (self, job->compaction);
  if (ear_disk_writer_is_read_only (self))
    return EAR_ERROR_READ_ONLY;
  return job->kind == JOB_ROTATE ? rotate (self) : make_and_replace (self, job);
}

static void
run_batch (EarDiskWriter *self, GPtrArray *batch)
{
  EarError error = EAR_ERROR_READ_ONLY;

  if (batch->len == 0)
    return;
  if (renew (self))
    error = append_all (self, batch);
  for (guint i = 0; i < batch->len; i++)
    finish_job (g_ptr_array_index (batch, i), error);
  g_ptr_array_set_size (batch, 0);
}

static gpointer
thread_func (gpointer data)
{
  EarDiskWriter *self = data;
  g_autoptr (GPtrArray) batch = g_ptr_array_new ();
  gboolean quitting = FALSE;

  while (!quitting || self->compacting) {
    Job *job = g_async_queue_pop (self->jobs);

    /* All appends that wait share one sync. */
    while (job != NULL && job->kind == JOB_APPEND) {
      g_ptr_array_add (batch, job);
      job = g_async_queue_try_pop (self->jobs);
    }
    run_batch (self, batch);
    if (job == NULL)
      continue;
    if (job->kind == JOB_QUIT) {
      quitting = TRUE;
      job_free (job);
    } else if (job->kind == JOB_RENEW) {
      renew (self);
      job_free (job);
    } else if (job->kind == JOB_COMPACT) {
      g_queue_push_tail (&self->held, job);
    } else {
      finish_job (job, run_alone (self, job));
    }
    begin_held (self);
  }
  return NULL;
}

/* -- In the main context -- */

static Job *
job_new (JobKind kind, GTask *task)
{
  Job *job = g_new0 (Job, 1);

  job->kind = kind;
  job->task = task;
  return job;
}

static gboolean
begin_cb (gpointer user_data)
{
  EarDiskWriter *self = user_data;

  self->beginning = 0;
  g_async_queue_push (self->jobs, job_new (JOB_RENEW, NULL));
  return G_SOURCE_REMOVE;
}

static void
ear_disk_writer_finalize (GObject *object)
{
  EarDiskWriter *self = EAR_DISK_WRITER (object);

  ear_disk_writer_close (self);
  if (self->fd >= 0)
    close (self->fd);
  g_async_queue_unref (self->jobs);
  g_free (self->path);
  G_OBJECT_CLASS (ear_disk_writer_parent_class)->finalize (object);
}

static void
ear_disk_writer_class_init (EarDiskWriterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ear_disk_writer_finalize;
}

static void
ear_disk_writer_init (EarDiskWriter *self)
{
  self->fd = -1;
  self->jobs = g_async_queue_new ();
}

/**
 * ear_disk_writer_new:
 * @path: a file; it is made when it is not there, and its mode is 0600 from then on
 * @error: return location for an error
 *
 * Opens a file for durable writing; call it before the main loop runs.
 *
 * Returns: (transfer full) (nullable): the writer. Fails with [error@GLib.FileError].
 */
EarDiskWriter *
ear_disk_writer_new (const char *path, GError **error)
{
  g_autoptr (EarDiskWriter) self = g_object_new (EAR_TYPE_DISK_WRITER, NULL);
  struct stat status;

  self->path = g_strdup (path);
  self->fd = ear_disk_open (path, O_RDWR | O_APPEND);
  /* The file may be new, or of a start that was cut off: what is appended needs its name, too. */
  if (self->fd < 0 || fstat (self->fd, &status) != 0 || !ear_disk_sync_directory (path)) {
    g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno), "%s: %s", path,
                 g_strerror (errno));
    return NULL;
  }
  if (!S_ISREG (status.st_mode)) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: not a regular file", path);
    return NULL;
  }
  /* Somebody may have copied the file here. */
  if (fchmod (self->fd, 0600) != 0)
    g_message ("%s: cannot be made private: %s", path, g_strerror (errno));
  self->length = status.st_size;
  self->renewed = self->length == 0;
  self->beginning = g_idle_add_full (G_PRIORITY_DEFAULT, begin_cb, self, NULL);
  self->thread = g_thread_new ("disk-writer", thread_func, self);
  return g_steal_pointer (&self);
}

/**
 * ear_disk_writer_append_async:
 * @self: a writer
 * @data: whole lines
 * @callback: called when they are durable, or could not be made so
 * @user_data: for @callback
 *
 * Adds lines at the end of the file.
 */
void
ear_disk_writer_append_async (EarDiskWriter *self,
                              GBytes *data,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  Job *job = job_new (JOB_APPEND, task);

  g_task_set_name (task, G_STRFUNC);
  job->data = g_bytes_ref (data);
  g_async_queue_push (self->jobs, job);
}

/**
 * ear_disk_writer_replace_async:
 * @self: a writer
 * @make: (scope notified): makes, in a thread, all that the file shall hold
 * @user_data: for @make
 * @free_data: (nullable): frees @user_data, in the thread, too
 * @callback: called when it is durable, or could not be made so
 * @callback_data: for @callback
 *
 * Replaces the file at once: who reads it sees the old or the new one, whole.
 */
void
ear_disk_writer_replace_async (EarDiskWriter *self,
                               EarDiskMakeFunc make,
                               gpointer user_data,
                               GDestroyNotify free_data,
                               GAsyncReadyCallback callback,
                               gpointer callback_data)
{
  GTask *task = g_task_new (self, NULL, callback, callback_data);
  Job *job = job_new (JOB_REPLACE, task);

  g_task_set_name (task, G_STRFUNC);
  job->make = make;
  job->make_data = user_data;
  job->free_data = free_data;
  g_async_queue_push (self->jobs, job);
}

/**
 * ear_disk_writer_rotate_async:
 * @self: a writer
 * @callback: called when it is durable, or could not be made so
 * @user_data: for @callback
 *
 * Puts the file aside as PATH.1, where an older one is lost, and goes on with an empty one.
 */
void
ear_disk_writer_rotate_async (EarDiskWriter *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_name (task, G_STRFUNC);
  g_async_queue_push (self->jobs, job_new (JOB_ROTATE, task));
}

/**
 * ear_disk_writer_compact_async:
 * @self: a writer
 * @keep: (scope notified): asked, in a thread, about each line of the file, from the last to the
 *   first
 * @user_data: for @keep
 * @free_data: (nullable): frees @user_data
 * @callback: called when it is durable, or could not be made so
 * @callback_data: for @callback
 *
 * Leaves out the lines that are not kept; lines that are appended meanwhile are. Only appends, and
 * compactions, which come one after the other, may be asked for before it is done, and all lines
 * must be whole.
 */
void
ear_disk_writer_compact_async (EarDiskWriter *self,
                               EarDiskLineFunc keep,
                               gpointer user_data,
                               GDestroyNotify free_data,
                               GAsyncReadyCallback callback,
                               gpointer callback_data)
{
  GTask *task = g_task_new (self, NULL, callback, callback_data);
  Compaction *compaction = g_new0 (Compaction, 1);
  Job *job = job_new (JOB_COMPACT, task);

  g_task_set_name (task, G_STRFUNC);
  compaction->keep = keep;
  compaction->user_data = user_data;
  compaction->free_data = free_data;
  job->compaction = compaction;
  g_async_queue_push (self->jobs, job);
}

/**
 * ear_disk_writer_finish:
 * @self: a writer
 * @result: of any of these
 * @error: return location for an error
 *
 * Ends an append, a replacement, a rotation or a compaction.
 *
 * Returns: whether it is durable. Fails with EAR_ERROR_READ_ONLY.
 */
gboolean
ear_disk_writer_finish (EarDiskWriter *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ear_disk_writer_is_read_only:
 * @self: a writer
 *
 * Checks whether a sync has failed.
 *
 * Returns: whether nothing can be written any more
 */
gboolean
ear_disk_writer_is_read_only (EarDiskWriter *self)
{
  return g_atomic_int_get (&self->read_only);
}

/**
 * ear_disk_writer_close:
 * @self: a writer
 *
 * Waits until all that was asked for is done and ends the thread; call it after the main loop.
 */
void
ear_disk_writer_close (EarDiskWriter *self)
{
  if (self->thread == NULL)
    return;
  g_clear_handle_id (&self->beginning, g_source_remove);
  g_async_queue_push (self->jobs, job_new (JOB_QUIT, NULL));
  g_thread_join (g_steal_pointer (&self->thread));
}
