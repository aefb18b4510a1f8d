/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The calls of EarHistory on broadcasts. An EarAnnouncement belongs to the thread of the models, so
 * a plain copy of it travels to the worker and back. */

#include "client/ear-history.h"

#include "client/ear-announcement.h"
#include "client/ear-history-private.h"

/**
 * ear_history_save_announcement:
 * @announcement: a broadcast
 *
 * Stores a broadcast as it is now, also when it is stored already.
 */
void
ear_history_save_announcement (EarHistory *self, EarAnnouncement *announcement)
{
  EarHistoryAnnouncement *copy;
  EarHistoryJob *job;
  GDateTime *time;

  g_return_if_fail (EAR_IS_HISTORY (self));
  g_return_if_fail (EAR_IS_ANNOUNCEMENT (announcement));

  copy = g_new0 (EarHistoryAnnouncement, 1);
  copy->number = ear_announcement_get_number (announcement);
  copy->account = g_strdup (ear_announcement_get_account (announcement));
  copy->name = g_strdup (ear_announcement_get_name (announcement));
  copy->text = g_strdup (ear_announcement_get_text (announcement));
  time = ear_announcement_get_time (announcement);
  copy->time_us = g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time);
  copy->dismissed = ear_announcement_get_dismissed (announcement);
  copy->own = ear_announcement_get_own (announcement);
  copy->reached = ear_announcement_get_reached (announcement);

  job = ear_history_job_new (ear_history_store_save_announcement, TRUE);
  job->announcement = copy;
  ear_history_push (self, job);
}

/**
 * ear_history_raise_number:
 * @number: of a broadcast
 *
 * Notes that all broadcasts up to this one have come. A lower number than before changes nothing.
 */
void
ear_history_raise_number (EarHistory *self, guint64 number)
{
  EarHistoryJob *job;

  g_return_if_fail (EAR_IS_HISTORY (self));

  job = ear_history_job_new (ear_history_store_raise_number, TRUE);
  job->number = (gint64) number;
  ear_history_push (self, job);
}

/**
 * ear_history_remove_announcement:
 * @number: of a broadcast that may be stored or not
 *
 * Forgets a broadcast.
 */
void
ear_history_remove_announcement (EarHistory *self, guint64 number)
{
  EarHistoryJob *job;

  g_return_if_fail (EAR_IS_HISTORY (self));

  job = ear_history_job_new (ear_history_store_remove_announcement, TRUE);
  job->number = (gint64) number;
  ear_history_push (self, job);
}

/**
 * ear_history_load_announcements_async:
 *
 * Loads the broadcasts of the last 30 minutes.
 */
void
ear_history_load_announcements_async (EarHistory *self,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  g_return_if_fail (EAR_IS_HISTORY (self));

  ear_history_push_task (self, ear_history_job_new (ear_history_store_load_announcements, FALSE),
                         G_STRFUNC, cancellable, callback, user_data);
}

static EarAnnouncement *
announcement_new (const EarHistoryAnnouncement *stored)
{
  g_autoptr (GDateTime) time = ear_history_time_new (stored->time_us);
  EarAnnouncement *announcement =
    ear_announcement_new (stored->number, stored->account, stored->name, stored->text, time);

  ear_announcement_set_dismissed (announcement, stored->dismissed);
  ear_announcement_set_own (announcement, stored->own);
  ear_announcement_set_reached (announcement, stored->reached);
  return announcement;
}

/**
 * ear_history_load_announcements_finish:
 * @last_number: (out) (optional): the highest of ear_history_raise_number(), 0 for none
 *
 * Returns: (transfer full) (element-type EarAnnouncement) (nullable): the broadcasts, oldest first
 *
 * Fails with EAR_ERROR_BAD_FILE.
 */
GPtrArray *
ear_history_load_announcements_finish (EarHistory *self,
                                       GAsyncResult *result,
                                       guint64 *last_number,
                                       GError **error)
{
  GPtrArray *announcements;
  EarHistoryJob *job;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  job = g_task_get_task_data (G_TASK (result));
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  announcements = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < job->array->len; i++)
    g_ptr_array_add (announcements, announcement_new (job->array->pdata[i]));
  if (last_number)
    *last_number = (guint64) MAX (job->row, 0);
  return announcements;
}
