/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Reaching the other side of a chat: locate it at the server, check its key against the pin, dial.
 *
 * Without the server the last location serves, so that an open chat can be mended when the server
 * is away. A spare link serves when nothing else does. */

#include "client/ear-chat-private.h"

#include "client/ear-dialler.h"
#include "client/ear-location.h"
#include "client/ear-reconnect.h"
#include "client/ear-session.h"

/**
 * ear_chat_stop_reaching:
 * @self: a chat
 *
 * Gives up what is under way.
 */
void
ear_chat_stop_reaching (EarChat *self)
{
  if (self->locating != NULL)
    g_cancellable_cancel (self->locating);
  g_clear_object (&self->locating);
  g_clear_object (&self->dialler);
  ear_deadline_clear (&self->grace);
}

/* Not one on which the other asks already, unheard because it is blocked: there we cannot ask. */
gboolean
ear_chat_choose_spare (EarChat *self)
{
  for (guint i = 0; i < self->spares->len; i++) {
    EarPeer *spare = self->spares->pdata[i];

    if (ear_peer_get_state (spare) == EAR_MESSAGE_AT_MET && ear_chat_trusts (self, spare)) {
      ear_chat_choose_peer (self, spare);
      return TRUE;
    }
  }
  return FALSE;
}

/* No way was found; a broken chat tries again. */
static void
fail_to_reach (EarChat *self, EarError code)
{
  if (ear_chat_choose_spare (self))
    return;
  if (self->state == EAR_CHAT_BROKEN && code != EAR_ERROR_KEY_CHANGED)
    ear_reconnect_start (self->reconnect);
  else
    ear_chat_fail (self, code);
}

static void
dialled_cb (EarPeer *peer, const GError *error, gpointer user_data)
{
  g_autoptr (EarChat) self = g_object_ref (EAR_CHAT (user_data));

  g_clear_object (&self->dialler);
  if (peer == NULL) {
    fail_to_reach (self, error->code);
    return;
  }
  ear_chat_add_spare (self, peer);
  ear_chat_choose_peer (self, peer);
}

static void
dial (EarChat *self)
{
  if (ear_chat_check_key (self, self->location->fingerprint)) {
    fail_to_reach (self, EAR_ERROR_KEY_CHANGED);
    return;
  }
  self->dialler = ear_dialler_new (self->context, self->location, dialled_cb, self);
  ear_dialler_start (self->dialler, ear_session_is_online (self->context->session));
}

/* What our user should hear of an error of the server or of the way to it. */
static EarError
map_error (const GError *error)
{
  switch (error->domain == EAR_ERROR ? error->code : (int) EAR_ERROR_OFFLINE) {
  case EAR_ERROR_UNKNOWN_USER:
    return EAR_ERROR_UNKNOWN_USER;
  case EAR_ERROR_SLOW_DOWN:
    return EAR_ERROR_SLOW_DOWN;
  case EAR_ERROR_NO_DOORBELL:
    return EAR_ERROR_UNREACHABLE;
  default:
    return EAR_ERROR_OFFLINE;
  }
}

typedef struct
{
  EarChat *chat;
  GCancellable *cancellable;
} Search;

static void
search_free (Search *search)
{
  g_object_unref (search->chat);
  g_object_unref (search->cancellable);
  g_free (search);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Search, search_free)

static void
located_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Search) search = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (EarLocation) location =
    ear_session_locate_finish (EAR_SESSION (source), result, &error);
  EarChat *self = search->chat;

  if (search->cancellable != self->locating)
    return;
  g_clear_object (&self->locating);
  if (location != NULL && !g_str_equal (location->user, self->account)) {
    g_set_error_literal (&error, EAR_ERROR, EAR_ERROR_UNKNOWN_USER,
                         "The server named another user");
    g_clear_pointer (&location, ear_location_free);
  }
  if (location != NULL)
    ear_chat_note_location (self, location);
  if (self->peer != NULL || (self->state != EAR_CHAT_CALLING && self->state != EAR_CHAT_BROKEN))
    return; /* it was for later */
  /* Who is not at the server may still be where it was, when the chat is open there. */
  if (location != NULL || (self->state == EAR_CHAT_BROKEN && self->location != NULL))
    dial (self);
  else
    fail_to_reach (self, map_error (error));
}

/**
 * ear_chat_locate:
 * @self: a chat
 *
 * Asks the server where the other is; goes on to dial it, when it is to be reached.
 */
void
ear_chat_locate (EarChat *self)
{
  Search *search = g_new0 (Search, 1);

  self->locating = g_cancellable_new ();
  search->chat = g_object_ref (self);
  search->cancellable = g_object_ref (self->locating);
  ear_session_locate_async (self->context->session, self->account, self->locating, located_cb,
                            search);
}

/**
 * ear_chat_reach:
 * @self: a chat that is calling or broken
 *
 * Looks for a way to the other, unless that is under way.
 */
void
ear_chat_reach (EarChat *self)
{
  if (self->peer != NULL || self->locating != NULL || self->dialler != NULL)
    return;
  if (ear_session_is_online (self->context->session))
    ear_chat_locate (self);
  else if (self->location != NULL)
    dial (self);
  else
    fail_to_reach (self, EAR_ERROR_OFFLINE);
}

/**
 * ear_chat_note_location:
 * @self: a chat
 * @location: (nullable): where the other is, from the server
 */
void
ear_chat_note_location (EarChat *self, const EarLocation *location)
{
  EarLocation *copy = location != NULL ? ear_location_copy (location) : NULL;

  g_clear_pointer (&self->location, ear_location_free);
  self->location = copy;
}
