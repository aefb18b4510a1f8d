/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What a client keeps: messages, contacts and their pinned keys, broadcasts, in one SQLite file.
 *
 * One worker thread owns the file (EarHistoryStore, ear-history-private.h); nothing else touches
 * it. A call makes a job and puts it at the end of a queue; the worker takes what waits there, runs
 * it in one transaction and commits: several messages that arrive together cost one fsync. Only
 * after the commit do the results go back, each as a source on the main context of its caller, in
 * the order of the calls. So what is loaded has all that was saved by earlier calls.
 *
 * What is committed outlives the program; what is synced outlives a power cut. The result of a
 * write goes back when it is synced, or, if it may be early, as soon as it is committed; then it is
 * synced with the next write that must be, or in the next moment of quiet, and within a second.
 * What nobody waits for, or not in a hurry, is committed a moment later, with what else has come by
 * then. A moment of quiet is also when the write-ahead log is copied into the file, which no
 * message waits for then.
 *
 * When SQL fails, the whole transaction is undone and all of its writes fail. What only reads has
 * nothing to do with that and is run again, each job by itself. When a call fails whose result
 * nobody waits for, that is only logged. Of the others it is said that they fail until one
 * succeeds.
 *
 * A task holds a reference to its EarHistory until its result was delivered in its main context, so
 * finalize never runs in the worker. It waits for the worker, which has nothing to do by then after
 * ear_history_close_async(); without that call it still writes what is queued. */

#include "config.h"

#include "client/ear-history.h"

#include <glib/gi18n-lib.h>

#include "client/ear-history-private.h"
#include "wire/ear-error.h"

#define MAX_BATCH 256           /* jobs in one transaction */
#define PATIENCE_US (20 * 1000) /* what nobody waits for waits for more */
#define DIRTY_MAX_US G_USEC_PER_SEC
#define LOG_PAGES 1000     /* in the log, for which a moment of quiet is used */
#define LOG_PAGES_MAX 8000 /* … with which it is not waited for: 32 MiB */

typedef struct
{
  GAsyncQueue *queue;
  EarHistoryStore *store;
  EarHistoryJob *held; /* taken out of the queue, but not to be run with those before it */
  gint64 dirty_us;     /* since when something is committed and not synced; 0: nothing is */
  gboolean ended;
} Worker;

struct _EarHistory
{
  GObject parent_instance;

  /* Owned */
  Worker *worker;
  GThread *thread; /* NULL before the first call */

  gboolean failing;
};

G_DEFINE_FINAL_TYPE (EarHistory, ear_history, G_TYPE_OBJECT)

typedef enum {
  PROP_FAILING = 1,
  N_PROPS,
} Property;

static GParamSpec *properties[N_PROPS];

static void
job_free (EarHistoryJob *job)
{
  g_free (job->user);
  g_free (job->text);
  g_clear_pointer (&job->message, ear_history_message_free);
  g_clear_pointer (&job->contact, ear_history_contact_free);
  g_clear_pointer (&job->announcement, ear_history_announcement_free);
  g_clear_error (&job->error);
  g_free (job->string);
  g_clear_pointer (&job->array, g_ptr_array_unref);
  g_free (job);
}

/* -- In the worker thread --------------------------------------------------------------------- */

static gboolean
job_open (EarHistoryStore *store, EarHistoryJob *job, GError **error)
{
  return ear_history_store_open (store, error);
}

static gboolean
job_close (EarHistoryStore *store, EarHistoryJob *job, GError **error)
{
  ear_history_store_close (store);
  return TRUE;
}

/* A write was carried out, or has failed. */
static void
note_write (EarHistory *self, const GError *error)
{
  gboolean failing = error != NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || failing == self->failing)
    return;
  self->failing = failing;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FAILING]);
}

/* In the main context of the caller. */
static gboolean
job_done_cb (gpointer user_data)
{
  GTask *task = user_data;
  EarHistoryJob *job = g_task_get_task_data (task);

  if (job->writes && !job->alone)
    note_write (g_task_get_source_object (task), job->error);
  if (job->error)
    g_task_return_error (task, g_steal_pointer (&job->error));
  else
    g_task_return_boolean (task, TRUE);
  return G_SOURCE_REMOVE;
}

/* Hands a job back to who called. The source gets the worker's reference to the task, so that the
 * last one is dropped over there. */
static void
deliver (EarHistoryJob *job)
{
  g_autoptr (GSource) source = NULL;

  if (!job->task) {
    if (job->error)
      g_warning ("%s", job->error->message);
    job_free (job);
    return;
  }
  source = g_idle_source_new ();
  g_source_set_priority (source, g_task_get_priority (job->task));
  g_source_set_static_name (source, "[earshot] history");
  g_source_set_callback (source, job_done_cb, job->task, g_object_unref);
  g_source_attach (source, g_task_get_context (job->task));
}

/* Is there something to do that nobody waits for? */
static gboolean
has_chores (Worker *self)
{
  return self->dirty_us != 0 || self->store->n_log_pages >= LOG_PAGES;
}

static gboolean
is_awaited (const EarHistoryJob *job)
{
  return job->task != NULL && !job->lazy;
}

/* Waits for jobs; NULL when there was a moment of quiet for the chores. */
static GPtrArray *
take_batch (Worker *self)
{
  GPtrArray *batch;
  EarHistoryJob *job = g_steal_pointer (&self->held);
  gboolean awaited;

  if (!job)
    job = has_chores (self) ? g_async_queue_timeout_pop (self->queue, PATIENCE_US)
                            : g_async_queue_pop (self->queue);
  if (!job)
    return NULL;
  batch = g_ptr_array_new ();
  awaited = is_awaited (job);
  g_ptr_array_add (batch, job);
  while (!job->alone && batch->len < MAX_BATCH) {
    EarHistoryJob *more = awaited ? g_async_queue_try_pop (self->queue)
                                  : g_async_queue_timeout_pop (self->queue, PATIENCE_US);

    if (!more)
      break;
    if (more->alone) {
      self->held = more;
      break;
    }
    awaited |= is_awaited (more);
    g_ptr_array_add (batch, more);
  }
  return batch;
}

static void
run_job (EarHistoryStore *store, EarHistoryJob *job)
{
  if (job->task &&
      g_cancellable_set_error_if_cancelled (g_task_get_cancellable (job->task), &job->error))
    return;
  if (!job->alone && !store->db) {
    g_set_error_literal (&job->error, EAR_ERROR, EAR_ERROR_BAD_FILE, _ ("The history is not open"));
    return;
  }
  job->run (store, job, &job->error);
}

/* Runs jobs in one transaction.
 *
 * Fails with EAR_ERROR_BAD_FILE; nothing has changed then. */
static gboolean
run_transaction (EarHistoryStore *store, EarHistoryJob **jobs, guint n, GError **error)
{
  gboolean writes = FALSE;
  gboolean ok;

  for (guint i = 0; i < n; i++)
    writes |= jobs[i]->writes;

  ok = ear_history_store_begin (store, writes, error);
  for (guint i = 0; ok && i < n; i++) {
    run_job (store, jobs[i]);
    ok = !store->broken;
    if (!ok && jobs[i]->error)
      g_propagate_error (error, g_error_copy (jobs[i]->error));
  }
  ok = ok && ear_history_store_commit (store, error);
  if (!ok)
    ear_history_store_roll_back (store);
  return ok;
}

static gboolean
needs_sync (const EarHistoryJob *job)
{
  return job->writes && !job->early && !job->alone && job->task != NULL && job->error == NULL;
}

static gboolean
sync_now (Worker *self, GError **error)
{
  self->dirty_us = 0;
  return !self->store->db || ear_history_store_sync (self->store, error);
}

/* Syncs what nobody waits for. */
static void
sync_quietly (Worker *self)
{
  g_autoptr (GError) error = NULL;

  if (!sync_now (self, &error))
    g_warning ("%s", error->message);
}

/* Hands back what a batch has brought, in its order; syncs it before the first result that has to
 * wait for that. */
static void
deliver_batch (Worker *self, GPtrArray *batch)
{
  g_autoptr (GError) error = NULL;
  gboolean synced = FALSE, wrote = FALSE;

  for (guint i = 0; i < batch->len; i++) {
    EarHistoryJob *job = batch->pdata[i];

    if (needs_sync (job) && !synced) {
      synced = TRUE;
      sync_now (self, &error);
    }
    if (needs_sync (job) && error != NULL)
      job->error = g_error_copy (error);
    wrote |= job->writes && !job->alone;
    deliver (job);
  }
  if (wrote && !synced && self->dirty_us == 0)
    self->dirty_us = g_get_monotonic_time ();
  if (self->dirty_us != 0 && g_get_monotonic_time () - self->dirty_us > DIRTY_MAX_US)
    sync_quietly (self);
}

static void
do_chores (Worker *self)
{
  if (self->dirty_us != 0)
    sync_quietly (self);
  if (self->store->n_log_pages >= LOG_PAGES)
    ear_history_store_copy_log (self->store);
}

/* Runs a job that only reads once more: what it has read may have been undone. */
static void
run_again (EarHistoryStore *store, EarHistoryJob *job)
{
  g_autoptr (GError) error = NULL;

  g_clear_error (&job->error);
  g_clear_pointer (&job->string, g_free);
  g_clear_pointer (&job->array, g_ptr_array_unref);
  if (!run_transaction (store, &job, 1, &error) && !job->error)
    job->error = g_steal_pointer (&error);
}

static void
run_batch (EarHistoryStore *store, GPtrArray *batch)
{
  g_autoptr (GError) error = NULL;
  EarHistoryJob *first = batch->pdata[0];

  if (first->alone || !store->db) {
    for (guint i = 0; i < batch->len; i++)
      run_job (store, batch->pdata[i]);
    return;
  }
  if (run_transaction (store, (EarHistoryJob **) batch->pdata, batch->len, &error))
    return;

  for (guint i = 0; i < batch->len; i++) {
    EarHistoryJob *job = batch->pdata[i];

    if (!job->writes) {
      run_again (store, job);
      continue;
    }
    if (!job->error)
      job->error = g_error_copy (error);
    if (job->task)
      g_cancellable_cancel (g_task_get_cancellable (job->task));
  }
}

static gpointer
work (gpointer data)
{
  Worker *self = data;

  while (!self->ended) {
    g_autoptr (GPtrArray) batch = take_batch (self);

    if (!batch) {
      do_chores (self);
      continue;
    }
    /* A job that does nothing is the last one. */
    if (((EarHistoryJob *) batch->pdata[0])->run == NULL)
      self->ended = TRUE;
    else
      run_batch (self->store, batch);
    deliver_batch (self, batch);
    if (self->store->n_log_pages >= LOG_PAGES_MAX)
      ear_history_store_copy_log (self->store);
  }
  ear_history_store_close (self->store);
  return NULL;
}

/* -- In the thread of the object -------------------------------------------------------------- */

/* Queues a job, which the worker frees. */
void
ear_history_push (EarHistory *self, EarHistoryJob *job)
{
  if (!self->thread)
    self->thread = g_thread_new ("history", work, self->worker);
  g_async_queue_push (self->worker->queue, job);
}

/* Queues a job whose result somebody waits for; its task owns it. A write is not undone when it is
 * cancelled too late: so its task tells what happened, not what was wished. */
void
ear_history_push_task (EarHistory *self,
                       EarHistoryJob *job,
                       const char *name,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  job->task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_name (job->task, name);
  g_task_set_task_data (job->task, job, (GDestroyNotify) job_free);
  g_task_set_check_cancellable (job->task, !job->writes);
  ear_history_push (self, job);
}

EarHistoryJob *
ear_history_job_new (EarHistoryJobFunc run, gboolean writes)
{
  EarHistoryJob *job = g_new0 (EarHistoryJob, 1);

  job->run = run;
  job->writes = writes;
  return job;
}

static void
ear_history_finalize (GObject *object)
{
  EarHistory *self = EAR_HISTORY (object);
  Worker *worker = self->worker;

  if (self->thread) {
    EarHistoryJob *last = ear_history_job_new (NULL, FALSE);

    last->alone = TRUE;
    ear_history_push (self, last);
    g_thread_join (g_steal_pointer (&self->thread));
  }
  g_async_queue_unref (worker->queue);
  ear_history_store_free (worker->store);
  g_free (worker);

  G_OBJECT_CLASS (ear_history_parent_class)->finalize (object);
}

static void
ear_history_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch ((Property) id) {
  case PROP_FAILING:
    g_value_set_boolean (value, EAR_HISTORY (object)->failing);
    break;
  case N_PROPS:
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
ear_history_class_init (EarHistoryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = ear_history_get_property;
  object_class->finalize = ear_history_finalize;

  /**
   * EarHistory:failing:
   *
   * Whether the last write failed: the disk is full, or cannot be written.
   */
  properties[PROP_FAILING] =
    g_param_spec_boolean ("failing", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ear_history_init (EarHistory *self)
{
  self->worker = g_new0 (Worker, 1);
  self->worker->queue = g_async_queue_new_full ((GDestroyNotify) job_free);
}

/**
 * ear_history_new:
 * @path: (type filename): the file, usually history.db of a profile
 *
 * Makes a history of a file that is opened later.
 *
 * Returns: (transfer full): the history
 */
EarHistory *
ear_history_new (const char *path)
{
  EarHistory *self;

  g_return_val_if_fail (path != NULL, NULL);

  self = g_object_new (EAR_TYPE_HISTORY, NULL);
  self->worker->store = ear_history_store_new (path);
  return self;
}

/**
 * ear_history_is_failing:
 *
 * Returns: whether the last write failed
 */
gboolean
ear_history_is_failing (EarHistory *self)
{
  g_return_val_if_fail (EAR_IS_HISTORY (self), FALSE);

  return self->failing;
}

/**
 * ear_history_open_async:
 *
 * Opens the file, makes it if there is none, and brings it to the newest schema. It is readable for
 * its owner alone.
 */
void
ear_history_open_async (EarHistory *self,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  EarHistoryJob *job;

  g_return_if_fail (EAR_IS_HISTORY (self));

  job = ear_history_job_new (job_open, TRUE);
  job->alone = TRUE;
  ear_history_push_task (self, job, G_STRFUNC, cancellable, callback, user_data);
}

/**
 * ear_history_open_finish:
 *
 * Returns: whether the history can be used
 *
 * Fails with EAR_ERROR_BAD_FILE when the file is damaged, not ours, of a newer version or cannot be
 * written; it is left as it is.
 */
gboolean
ear_history_open_finish (EarHistory *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ear_history_close_async:
 *
 * Closes the file after all earlier calls were carried out. Later ones fail.
 */
void
ear_history_close_async (EarHistory *self,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  EarHistoryJob *job;

  g_return_if_fail (EAR_IS_HISTORY (self));

  job = ear_history_job_new (job_close, TRUE);
  job->alone = TRUE;
  ear_history_push_task (self, job, G_STRFUNC, cancellable, callback, user_data);
}

/**
 * ear_history_close_finish:
 *
 * Returns: whether the file was closed; FALSE only when that was cancelled
 */
gboolean
ear_history_close_finish (EarHistory *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
