/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "town-fixture.h"

#include <glib/gstdio.h>

#include "client/ear-contacts.h"
#include "client/ear-history.h"
#include "client/ear-user-list.h"
#include "wire/ear-error.h"
#include "wire/ear-identity.h"
#include "wire/ear-poller.h"
#include "wire/ear-tls.h"

/* -- In the place of EarSession -- */

struct _EarSession
{
  GObject parent_instance;

  Town *town;
  Inhabitant *who;
  gboolean online;
};

G_DEFINE_FINAL_TYPE (EarSession, ear_session, G_TYPE_OBJECT)

static void
get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_boolean (value, EAR_SESSION (object)->online);
}

static void
ear_session_class_init (EarSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = get_property;
  g_object_class_install_property (
    object_class, 1, g_param_spec_boolean ("online", NULL, NULL, FALSE, G_PARAM_READABLE));
  g_signal_new ("dial-asked", EAR_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                1, G_TYPE_POINTER);
}

static void
ear_session_init (EarSession *self)
{
}

gboolean
ear_session_is_online (EarSession *self)
{
  return self->online;
}

gboolean
ear_session_is_server_on_loopback (EarSession *self)
{
  return self->online;
}

static Inhabitant *
find (Town *town, const char *name, const char *fingerprint)
{
  for (guint i = 0; i < town->inhabitants->len; i++) {
    Inhabitant *one = town->inhabitants->pdata[i];

    if (one->location == NULL)
      continue;
    if (name != NULL ? g_str_equal (one->name, name)
                     : g_strcmp0 (one->location->fingerprint, fingerprint) == 0)
      return one;
  }
  return NULL;
}

static void
return_code (GTask *task, EarError code)
{
  g_task_return_error (task, ear_error_new (code));
}

void
ear_session_locate_async (EarSession *self,
                          const char *user,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Inhabitant *one = find (self->town, user, NULL);

  if (!self->online)
    return_code (task, EAR_ERROR_OFFLINE);
  else if (one == NULL)
    return_code (task, EAR_ERROR_UNKNOWN_USER);
  else
    g_task_return_pointer (task, ear_location_copy (one->location),
                           (GDestroyNotify) ear_location_free);
}

EarLocation *
ear_session_locate_finish (EarSession *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
identify (EarSession *self, EarMessage *request, GTask *task)
{
  Inhabitant *one = find (self->town, NULL, ear_message_get_string (request, "fingerprint"));
  EarMessage *answer;

  if (one == NULL) {
    return_code (task, EAR_ERROR_UNKNOWN_USER);
    return;
  }
  answer = ear_message_new (EAR_MESSAGE_IDENTIFIED);
  ear_message_set_string (answer, "user", one->name);
  ear_message_set_string (answer, "name", one->name);
  g_task_return_pointer (task, answer, (GDestroyNotify) ear_message_unref);
}

static void
dial_back (EarSession *self, EarMessage *request, GTask *task)
{
  Inhabitant *one = find (self->town, ear_message_get_string (request, "user"), NULL);

  self->town->n_dial_backs++;
  if (one == NULL || one->session == NULL || !one->session->online) {
    return_code (task, EAR_ERROR_UNKNOWN_USER);
    return;
  }
  g_signal_emit_by_name (one->session, "dial-asked", self->who->location);
  g_task_return_pointer (task, ear_message_new (EAR_MESSAGE_OK),
                         (GDestroyNotify) ear_message_unref);
}

void
ear_session_request_async (EarSession *self,
                           EarMessage *request,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  if (!self->online)
    return_code (task, EAR_ERROR_OFFLINE);
  else if (ear_message_get_type (request) == EAR_MESSAGE_IDENTIFY)
    identify (self, request, task);
  else
    dial_back (self, request, task);
}

EarMessage *
ear_session_request_finish (EarSession *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* -- Waiting -- */

static gboolean
too_late_cb (gpointer user_data)
{
  g_error ("Waited in vain for %s", (const char *) user_data);
  return G_SOURCE_REMOVE;
}

guint
wait_begin (const char *where, const char *condition)
{
  return g_timeout_add_full (G_PRIORITY_DEFAULT, 30000, too_late_cb,
                             g_strdup_printf ("%s: %s", where, condition), g_free);
}

static void
result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

/* -- The town -- */

void
town_set_up (Town *self, gconstpointer data)
{
  g_autoptr (EarIdentity) server = ear_identity_new (NULL);

  self->clock = ear_clock_new_manual (G_USEC_PER_SEC);
  self->poller = ear_poller_new (NULL, NULL);
  self->fingerprint = g_strdup (ear_identity_get_fingerprint (server));
  self->inhabitants = g_ptr_array_new ();
}

static void
asked_cb (Inhabitant *self)
{
  self->n_asked++;
}

static void
message_received_cb (Inhabitant *self)
{
  self->n_messages++;
}

static void
build (Inhabitant *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EarTls) tls = NULL;
  const char *const addresses[] = { "127.0.0.1", NULL };

  self->identity = ear_identity_new (&error);
  g_assert_no_error (error);
  tls = ear_tls_new (self->identity, EAR_TLS_TO_PEER, &error);
  g_assert_no_error (error);
  self->switchboard = ear_switchboard_new (self->town->poller, self->deadlines, tls, self->session,
                                           self->contacts, self->history, self->users);
  g_signal_connect_swapped (self->switchboard, "asked", G_CALLBACK (asked_cb), self);
  g_signal_connect_swapped (self->switchboard, "message-received", G_CALLBACK (message_received_cb),
                            self);
  g_assert_true (ear_switchboard_open (self->switchboard, 0, &error));
  g_assert_no_error (error);
  ear_switchboard_set_account (self->switchboard, self->name, self->town->fingerprint);

  g_clear_pointer (&self->location, ear_location_free);
  self->location = g_new0 (EarLocation, 1);
  self->location->user = g_strdup (self->name);
  self->location->name = g_strdup (self->name);
  self->location->fingerprint = g_strdup (ear_identity_get_fingerprint (self->identity));
  self->location->addresses = g_strdupv ((char **) addresses);
  self->location->port = ear_switchboard_get_port (self->switchboard);
}

Inhabitant *
town_add (Town *self, const char *name)
{
  Inhabitant *one = g_new0 (Inhabitant, 1);
  g_autofree char *path = NULL;
  gboolean done = FALSE;

  one->town = self;
  one->name = g_strdup (name);
  one->directory = g_dir_make_tmp ("earshot-town-XXXXXX", NULL);
  path = g_build_filename (one->directory, "history.db", NULL);
  one->deadlines = ear_deadlines_new (self->clock, NULL);
  one->history = ear_history_new (path);
  ear_history_open_async (one->history, NULL, result_cb, &done);
  wait_until (done);
  ear_history_set_account (one->history, self->fingerprint, name);
  one->users = ear_user_list_new ();
  one->contacts = ear_contacts_new (one->history, one->users, one->deadlines);
  one->session = g_object_new (EAR_TYPE_SESSION, NULL);
  one->session->town = self;
  one->session->who = one;
  one->session->online = TRUE;
  build (one);
  g_ptr_array_add (self->inhabitants, one);
  return one;
}

static void
remove_directory (const char *path)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (directory)) != NULL) {
    g_autofree char *file = g_build_filename (path, name, NULL);

    g_unlink (file);
  }
  g_assert_cmpint (g_rmdir (path), ==, 0);
}

static void
inhabitant_free (Inhabitant *self)
{
  gboolean done = FALSE;

  ear_switchboard_close (self->switchboard);
  ear_history_close_async (self->history, NULL, result_cb, &done);
  wait_until (done);
  g_assert_finalize_object (self->switchboard);
  g_assert_finalize_object (self->contacts);
  g_assert_finalize_object (self->users);
  /* What was cancelled, and keeps a chat, ends in a turn of the main loop of its own. */
  wait_until (G_OBJECT (self->history)->ref_count == 1);
  g_assert_finalize_object (self->history);
  g_assert_finalize_object (self->session);
  ear_identity_unref (self->identity);
  ear_deadlines_unref (self->deadlines);
  g_clear_pointer (&self->location, ear_location_free);
  remove_directory (self->directory);
  g_free (self->directory);
  g_free (self->name);
  g_free (self);
}

void
town_tear_down (Town *self, gconstpointer data)
{
  /* Answers that are under way are nobody's any more. */
  town_set_online (self, FALSE);
  for (guint i = 0; i < self->inhabitants->len; i++)
    ear_switchboard_close (((Inhabitant *) self->inhabitants->pdata[i])->switchboard);
  town_advance (self, 5000);
  for (guint i = 0; i < self->inhabitants->len; i++)
    inhabitant_free (self->inhabitants->pdata[i]);
  g_ptr_array_unref (self->inhabitants);
  g_free (self->fingerprint);
  ear_poller_unref (self->poller);
  ear_clock_unref (self->clock);
}

void
town_set_online (Town *self, gboolean online)
{
  for (guint i = 0; i < self->inhabitants->len; i++) {
    Inhabitant *one = self->inhabitants->pdata[i];

    one->session->online = online;
    g_object_notify (G_OBJECT (one->session), "online");
  }
}

/* Moves the time on, and has all that is ready done. */
void
town_advance (Town *self, guint ms)
{
  ear_clock_advance (self->clock, ms * G_GINT64_CONSTANT (1000));
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static gboolean
tick_cb (gpointer user_data)
{
  ear_clock_advance (((Town *) user_data)->clock, 20 * 1000);
  return G_SOURCE_CONTINUE;
}

/* Has the time run by itself, until the source is removed. */
guint
town_start_clock (Town *self)
{
  return g_timeout_add (1, tick_cb, self);
}

EarChat *
inhabitant_get_chat (Inhabitant *self, Inhabitant *other)
{
  return ear_switchboard_get_chat (self->switchboard, other->name);
}

void
inhabitant_change_key (Inhabitant *self)
{
  ear_switchboard_close (self->switchboard);
  town_advance (self->town, 5000);
  g_clear_object (&self->switchboard);
  ear_identity_unref (self->identity);
  build (self);
}
