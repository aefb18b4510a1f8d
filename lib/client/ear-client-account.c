/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Whose profile it is just now. The session asks twice on its way (EarSessionPrepareFunc):
 *
 *   before it connects   the server's pin is loaded
 *   before it is seen    the history is set to the account; its contacts and announcements are
 *                        loaded; then the switchboard may let peers in
 *
 * So no peer is ever judged by contacts that are not there yet. When a lost session comes back, all
 * of that is still here. When it is logged out, everything of the account is forgotten in memory.
 *
 * Who cannot read the history does not log in: without the pins nobody could be trusted. The log-in
 * fails with the history's own error, which names the file. */

#include "client/ear-client-private.h"

#include "client/ear-contacts.h"
#include "client/ear-history.h"
#include "client/ear-switchboard.h"
#include "client/ear-user-list.h"
#include "wire/ear-message.h"
#include "wire/ear-server-link.h"

typedef struct
{
  EarClient *client;
  guint ticket;
} Preparation;

static Preparation *
preparation_new (EarClient *client, guint ticket)
{
  Preparation *self = g_new (Preparation, 1);

  self->client = g_object_ref (client);
  self->ticket = ticket;
  client->ticket = ticket;
  return self;
}

static void
preparation_free (Preparation *self)
{
  g_object_unref (self->client);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Preparation, preparation_free)

static char *
dup_address (EarClient *self)
{
  g_autoptr (EarServerLink) link = ear_session_dup_server_link (self->session);

  return ear_server_link_to_address (link);
}

/* FALSE when the log-in that asked is over, or cannot go on. */
static gboolean
goes_on (Preparation *preparation, const GError *error)
{
  EarClient *self = preparation->client;

  if (self->session == NULL || self->ticket != preparation->ticket)
    return FALSE;
  if (error == NULL)
    return TRUE;
  ear_session_give_up (self->session, preparation->ticket, error);
  return FALSE;
}

static void
pin_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Preparation) preparation = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *pin = ear_history_load_pin_finish (EAR_HISTORY (source), result, &error);

  if (!goes_on (preparation, error))
    return;
  ear_session_set_pin (preparation->client->session, pin);
  ear_session_proceed (preparation->client->session, preparation->ticket);
}

static void
pin_saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarClient) self = user_data;
  g_autoptr (GError) error = NULL;

  if (ear_history_save_pin_finish (EAR_HISTORY (source), result, &error))
    return;
  g_warning ("The key of the server cannot be kept: %s", error->message);
  if (self->server != NULL)
    ear_deadline_set (&self->save_pin_again, EAR_HISTORY_AGAIN_MS);
}

/* Without its pin, another key of the server would be the first one at the next log-in. */
static void
save_pin (EarClient *self)
{
  g_autofree char *address = dup_address (self);

  ear_deadline_clear (&self->save_pin_again);
  ear_history_save_pin_async (self->history, address, self->server, NULL, pin_saved_cb,
                              g_object_ref (self));
}

static void
save_pin_again_cb (gpointer user_data)
{
  save_pin (EAR_CLIENT (user_data));
}

static void
go_on_present (EarClient *self, guint ticket)
{
  save_pin (self);
  ear_switchboard_set_account (self->switchboard, self->me, self->server);
  ear_session_set_last_broadcast (self->session, self->last_number);
  ear_session_proceed (self->session, ticket);
}

static void
announcements_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Preparation) preparation = user_data;
  EarClient *self = preparation->client;
  g_autoptr (GError) error = NULL;
  guint64 last_number = 0;
  g_autoptr (GPtrArray) announcements =
    ear_history_load_announcements_finish (EAR_HISTORY (source), result, &last_number, &error);

  if (!goes_on (preparation, error))
    return;
  ear_client_take_announcements (self, announcements, last_number);
  self->me = g_strdup (ear_session_get_user (self->session));
  self->server = g_strdup (ear_session_get_server_fingerprint (self->session));
  go_on_present (self, preparation->ticket);
}

static void
contacts_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Preparation) preparation = user_data;
  EarClient *self = preparation->client;
  g_autoptr (GError) error = NULL;

  ear_contacts_load_finish (EAR_CONTACTS (source), result, &error);
  if (goes_on (preparation, error))
    ear_history_load_announcements_async (self->history, NULL, announcements_loaded_cb,
                                          g_steal_pointer (&preparation));
}

static void
forget_account (EarClient *self)
{
  if (ear_deadline_is_set (&self->save_pin_again))
    save_pin (self); /* the last time */
  g_clear_pointer (&self->me, g_free);
  g_clear_pointer (&self->server, g_free);
  ear_switchboard_set_account (self->switchboard, NULL, NULL);
  ear_contacts_clear (self->contacts);
  ear_user_list_set_offline (self->users);
  ear_client_forget_announcements (self);
}

static void
prepare_present (EarClient *self, guint ticket)
{
  const char *me = ear_session_get_user (self->session);
  const char *server = ear_session_get_server_fingerprint (self->session);

  if (g_strcmp0 (self->me, me) == 0 && g_strcmp0 (self->server, server) == 0) {
    go_on_present (self, ticket);
    return;
  }
  forget_account (self);
  ear_history_set_account (self->history, server, me);
  ear_contacts_load_async (self->contacts, NULL, contacts_loaded_cb,
                           preparation_new (self, ticket));
}

void
ear_client_prepare (EarSession *session, EarSessionStage stage, guint ticket, gpointer user_data)
{
  EarClient *self = user_data;
  g_autofree char *address = dup_address (self);

  if (stage == EAR_SESSION_BEFORE_CONNECT)
    ear_history_load_pin_async (self->history, address, NULL, pin_loaded_cb,
                                preparation_new (self, ticket));
  else
    prepare_present (self, ticket);
}

/* -- Following the session -------------------------------------------------------------------- */

static void
state_cb (EarClient *self)
{
  switch (ear_session_get_state (self->session)) {
  case EAR_SESSION_IDLE:
    self->ticket = 0; /* what is still being loaded is for nobody */
    forget_account (self);
    break;
  case EAR_SESSION_WAITING:
    ear_user_list_set_offline (self->users);
    break;
  case EAR_SESSION_CONNECTING:
  case EAR_SESSION_ONLINE:
  default:
    break;
  }
}

static void
note_seen (EarClient *self, EarMessage *change)
{
  g_auto (GStrv) left = ear_message_dup_strings (change, "left");
  guint n_joined = ear_message_get_n_entries (change, "joined");

  for (guint i = 0; left[i] != NULL; i++)
    ear_contacts_note_seen (self->contacts, left[i]);
  for (guint i = 0; i < n_joined; i++) {
    EarRosterEntry entry;

    ear_message_get_entry (change, "joined", i, &entry);
    ear_contacts_note_seen (self->contacts, entry.user);
  }
}

static void
roster_cb (EarClient *self, EarMessage *message)
{
  ear_user_list_apply (self->users, message, ear_session_get_user (self->session));
  if (ear_message_get_type (message) == EAR_MESSAGE_ROSTER_CHANGE)
    note_seen (self, message);
}

void
ear_client_follow_session (EarClient *self)
{
  ear_deadline_init (&self->save_pin_again, self->deadlines, save_pin_again_cb, self);
  ear_session_set_prepare (self->session, ear_client_prepare, self);
  g_signal_connect_object (self->session, "notify::state", G_CALLBACK (state_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "roster", G_CALLBACK (roster_cb), self,
                           G_CONNECT_SWAPPED);
}
