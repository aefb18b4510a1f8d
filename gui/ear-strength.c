/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The strength of a password, by libpwquality. It reads a dictionary from the disk and therefore
 * runs in a worker thread, one at a time: libcrack under it keeps the dictionary's files in static
 * variables. Its sentences are the library's own, in the user's language. */

#include "config.h"

#include "gui/ear-strength.h"

#include <glib/gi18n.h>
#include <pwquality.h>
#include <string.h>

typedef struct
{
  char *password;
  char *user;
} Question;

static void
question_free (Question *question)
{
  if (question->password != NULL)
    explicit_bzero (question->password, strlen (question->password));
  g_free (question->password);
  g_free (question->user);
  g_free (question);
}

static EarStrength *
strength_new (int score, void *detail)
{
  EarStrength *self = g_new0 (EarStrength, 1);

  if (score < 0) {
    char buffer[PWQ_MAX_ERROR_MESSAGE_LEN];

    self->level = 1;
    self->text = g_strdup (pwquality_strerror (buffer, sizeof buffer, score, detail));
    return self;
  }
  self->level = score < 40 ? 2 : score < 70 ? 3 : 4;
  if (self->level == 2)
    self->text = g_strdup (_ ("Fair. A longer one is better: try four random words."));
  else if (self->level == 3)
    self->text = g_strdup (_ ("Good."));
  else
    self->text = g_strdup (_ ("Very good."));
  return self;
}

/* Without its dictionary the library refuses every password, also one that is in no dictionary. */
static gboolean
has_dictionary (pwquality_settings_t *settings)
{
  static enum { UNKNOWN, NO, YES } known;

  if (known == UNKNOWN) {
    int score = pwquality_check (settings, "q7#Vw!2kZ@9mXr$4", NULL, NULL, NULL);

    known = score == PWQ_ERROR_CRACKLIB_CHECK ? NO : YES;
  }
  return known == YES;
}

static void
measure_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  static GMutex mutex;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);
  Question *question = data;
  pwquality_settings_t *settings;
  void *detail = NULL;
  int score;

  if (g_task_return_error_if_cancelled (task)) /* while others were measured */
    return;
  settings = pwquality_default_settings ();
  if (settings == NULL) {
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "pwquality_default_settings");
    return;
  }
  if (!has_dictionary (settings))
    pwquality_set_int_value (settings, PWQ_SETTING_DICT_CHECK, 0);
  score = pwquality_check (settings, question->password, NULL, question->user, &detail);
  pwquality_free_settings (settings);
  g_task_return_pointer (task, strength_new (score, detail), (GDestroyNotify) ear_strength_free);
}

/**
 * ear_strength_measure_async:
 * @password: a password
 * @user: (nullable): the account name, which must not be in it
 * @cancellable: (nullable): a cancellable
 * @callback: called when it is measured
 * @user_data: for @callback
 *
 * Measures how hard @password is to guess.
 */
void
ear_strength_measure_async (const char *password,
                            const char *user,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Question *question = g_new0 (Question, 1);

  g_task_set_name (task, "ear-strength-measure");
  question->password = g_strdup (password);
  question->user = user != NULL && *user != '\0' ? g_strdup (user) : NULL;
  g_task_set_task_data (task, question, (GDestroyNotify) question_free);
  g_task_run_in_thread (task, measure_in_thread);
}

/**
 * ear_strength_measure_finish:
 * @result: the result
 * @error: return location for an error
 *
 * Ends ear_strength_measure_async(). Fails with %G_IO_ERROR_CANCELLED, or %G_IO_ERROR_FAILED when
 * there is no memory.
 *
 * Returns: (transfer full): the strength
 */
EarStrength *
ear_strength_measure_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * ear_strength_free:
 * @self: a strength
 *
 * Frees a strength.
 */
void
ear_strength_free (EarStrength *self)
{
  g_free (self->text);
  g_free (self);
}
