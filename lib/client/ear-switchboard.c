/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarSwitchboard: brings peers and chats together.
 *
 * A peer that is met comes from the doorbell, or from a dialler that was started because the server
 * said that somebody asks to be dialled. It goes to the chat with its user when there is one;
 * otherwise it waits in the lobby until it asks for a chat, so that nobody makes us keep a chat by
 * merely ringing. Blocked users are declined in the lobby.
 *
 * The gate says how often our user may be bothered: a few requests a minute from one user, some
 * more from all, and not many at once. Who gets blocked loses the chat. */

#include "client/ear-switchboard.h"

#include "client/ear-chat-message.h"
#include "client/ear-chat-private.h"
#include "client/ear-contacts.h"
#include "client/ear-dialler.h"
#include "client/ear-doorbell.h"
#include "client/ear-location.h"
#include "client/ear-peer-context.h"
#include "client/ear-peer.h"
#include "client/ear-rate-limit.h"
#include "client/ear-session.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-limits.h"

#define LOBBY_MAX 64
#define DIALLERS_MAX 8 /* because of others' wishes */

struct _EarSwitchboard
{
  GObject parent_instance;

  EarPeerContext *context;
  EarDoorbell *doorbell;
  GListStore *chats;
  GHashTable *by_user;  /* account → EarChat, borrowed from chats */
  GPtrArray *lobby;     /* of EarPeer */
  GHashTable *diallers; /* account → Errand */
  EarRateLimit *asks;   /* of the requests of users */
};

/* A dialler on behalf of a user who asked to be dialled. */
typedef struct
{
  EarSwitchboard *switchboard;
  char *user;
  EarDialler *dialler;
} Errand;

G_DEFINE_FINAL_TYPE (EarSwitchboard, ear_switchboard, G_TYPE_OBJECT)

enum {
  ASKED,
  MESSAGE_RECEIVED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
errand_free (Errand *errand)
{
  g_clear_object (&errand->dialler);
  g_free (errand->user);
  g_free (errand);
}

/* -- The gate -- */

static guint
count_asked (EarSwitchboard *self)
{
  GHashTableIter iter;
  gpointer chat;
  guint n = 0;

  g_hash_table_iter_init (&iter, self->by_user);
  while (g_hash_table_iter_next (&iter, NULL, &chat))
    n += ear_chat_get_state (chat) == EAR_CHAT_ASKED;
  return n;
}

static gboolean
gate (EarChat *chat, gpointer user_data)
{
  EarSwitchboard *self = EAR_SWITCHBOARD (user_data);

  return count_asked (self) < EAR_LIMIT_ASKS &&
         ear_rate_limit_take (self->asks, ear_chat_get_account (chat));
}

/* -- The lobby -- */

static void
leave_lobby (EarSwitchboard *self, EarPeer *peer)
{
  ear_peer_set_owner (peer, NULL, NULL);
  g_ptr_array_remove (self->lobby, peer);
}

static void
lobby_received_cb (EarPeer *peer, EarMessage *message, gpointer user_data)
{
  g_autoptr (EarSwitchboard) self = g_object_ref (EAR_SWITCHBOARD (user_data));
  g_autoptr (EarPeer) keep = g_object_ref (peer);
  const char *user = ear_peer_get_user (peer);
  EarChat *chat;

  leave_lobby (self, peer);
  if (ear_message_get_type (message) != EAR_MESSAGE_REQUEST) {
    ear_peer_close (peer, EAR_ERROR_CLOSED);
  } else {
    chat = ear_switchboard_get_chat (self, user);
    ear_chat_take_peer (chat, peer);
    ear_chat_receive (chat, peer, message);
  }
}

static void
lobby_closed_cb (EarPeer *peer, const GError *reason, gpointer user_data)
{
  leave_lobby (EAR_SWITCHBOARD (user_data), peer);
}

static const EarPeerEvents lobby_events = {
  .received = lobby_received_cb,
  .closed = lobby_closed_cb,
};

static void
rung_cb (EarPeer *peer, gpointer user_data)
{
  EarSwitchboard *self = EAR_SWITCHBOARD (user_data);
  EarChat *chat = g_hash_table_lookup (self->by_user, ear_peer_get_user (peer));

  if (chat != NULL) {
    ear_chat_take_peer (chat, peer);
    return;
  }
  if (self->lobby->len == LOBBY_MAX) {
    ear_peer_abort (self->lobby->pdata[0]);
    leave_lobby (self, self->lobby->pdata[0]);
  }
  g_ptr_array_add (self->lobby, g_object_ref (peer));
  ear_peer_set_owner (peer, &lobby_events, self);
}

/* -- Those who ask to be dialled -- */

static void
dialled_cb (EarPeer *peer, const GError *error, gpointer user_data)
{
  Errand *errand = user_data;
  g_autoptr (EarSwitchboard) self = g_object_ref (errand->switchboard);
  g_autofree char *user = g_strdup (errand->user);

  g_hash_table_remove (self->diallers, user);
  if (peer != NULL)
    rung_cb (peer, self);
  else
    g_debug ("Dialling %s back failed: %s", user, error->message);
}

static void
dial_asked_cb (EarSwitchboard *self, const EarLocation *location)
{
  Errand *errand;

  if (self->context->me == NULL || g_str_equal (location->user, self->context->me) ||
      g_hash_table_contains (self->diallers, location->user) ||
      g_hash_table_size (self->diallers) >= DIALLERS_MAX)
    return;
  errand = g_new0 (Errand, 1);
  errand->switchboard = self;
  errand->user = g_strdup (location->user);
  errand->dialler = ear_dialler_new (self->context, location, dialled_cb, errand);
  g_hash_table_insert (self->diallers, errand->user, errand);
  ear_dialler_start (errand->dialler, FALSE);
}

/* -- Life -- */

static void
blocked_cb (EarSwitchboard *self, const char *account)
{
  EarChat *chat = g_hash_table_lookup (self->by_user, account);

  g_hash_table_remove (self->diallers, account);
  if (chat != NULL)
    ear_chat_end (chat);
}

static void
forgotten_cb (EarSwitchboard *self, const char *account)
{
  EarChat *chat = g_hash_table_lookup (self->by_user, account);

  g_hash_table_remove (self->diallers, account);
  if (chat != NULL)
    ear_chat_forget (chat);
}

static void
end_all (EarSwitchboard *self)
{
  g_hash_table_remove_all (self->diallers);
  for (guint i = 0; i < self->lobby->len; i++) {
    ear_peer_set_owner (self->lobby->pdata[i], NULL, NULL);
    ear_peer_close (self->lobby->pdata[i], EAR_ERROR_SHUTTING_DOWN);
  }
  g_ptr_array_set_size (self->lobby, 0);
  ear_doorbell_turn_away (self->doorbell);
  for (guint i = g_list_model_get_n_items (G_LIST_MODEL (self->chats)); i > 0; i--) {
    g_autoptr (EarChat) chat = g_list_model_get_item (G_LIST_MODEL (self->chats), i - 1);

    ear_chat_close (chat);
    g_signal_handlers_disconnect_by_data (chat, self);
  }
  g_hash_table_remove_all (self->by_user);
  g_list_store_remove_all (self->chats);
}

static void
ear_switchboard_dispose (GObject *object)
{
  EarSwitchboard *self = EAR_SWITCHBOARD (object);

  if (self->doorbell != NULL)
    ear_switchboard_close (self);
  g_clear_object (&self->doorbell);

  G_OBJECT_CLASS (ear_switchboard_parent_class)->dispose (object);
}

static void
ear_switchboard_finalize (GObject *object)
{
  EarSwitchboard *self = EAR_SWITCHBOARD (object);

  g_hash_table_unref (self->by_user);
  g_hash_table_unref (self->diallers);
  g_ptr_array_unref (self->lobby);
  g_object_unref (self->chats);
  ear_rate_limit_free (self->asks);
  ear_peer_context_unref (self->context);

  G_OBJECT_CLASS (ear_switchboard_parent_class)->finalize (object);
}

static void
ear_switchboard_class_init (EarSwitchboardClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ear_switchboard_dispose;
  object_class->finalize = ear_switchboard_finalize;

  /**
   * EarSwitchboard::asked:
   * @chat: whose other side asks for a chat
   */
  signals[ASKED] = g_signal_new ("asked", EAR_TYPE_SWITCHBOARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 1, EAR_TYPE_CHAT);

  /**
   * EarSwitchboard::message-received:
   * @chat: where it came
   * @message: from its other side
   */
  signals[MESSAGE_RECEIVED] =
    g_signal_new ("message-received", EAR_TYPE_SWITCHBOARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 2, EAR_TYPE_CHAT, EAR_TYPE_CHAT_MESSAGE);
}

static void
ear_switchboard_init (EarSwitchboard *self)
{
  self->chats = g_list_store_new (EAR_TYPE_CHAT);
  self->by_user = g_hash_table_new (g_str_hash, g_str_equal);
  self->lobby = g_ptr_array_new_with_free_func (g_object_unref);
  self->diallers =
    g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) errand_free);
}

/**
 * ear_switchboard_new:
 * @poller: what watches the sockets
 * @deadlines: where all deadlines run, in the same context
 * @tls: our side of TLS, for %EAR_TLS_TO_PEER
 * @session: the way to the server, also while it is not connected
 * @contacts: whom we know
 * @history: where messages are kept
 * @users: the list that shows them
 *
 * Makes a switchboard without an account, its doorbell shut.
 *
 * Returns: (transfer full): the switchboard
 */
EarSwitchboard *
ear_switchboard_new (EarPoller *poller,
                     EarDeadlines *deadlines,
                     EarTls *tls,
                     EarSession *session,
                     EarContacts *contacts,
                     EarHistory *history,
                     EarUserList *users)
{
  EarSwitchboard *self = g_object_new (EAR_TYPE_SWITCHBOARD, NULL);

  self->context = ear_peer_context_new (poller, deadlines, tls, session, contacts, history, users);
  self->doorbell = ear_doorbell_new (self->context, rung_cb, self);
  self->asks = ear_rate_limit_new (ear_deadlines_get_clock (deadlines), EAR_LIMIT_ASKS_MS,
                                   EAR_LIMIT_ASKS_PER_USER, EAR_LIMIT_ASKS_IN_ALL);
  g_signal_connect_object (contacts, "blocked", G_CALLBACK (blocked_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (contacts, "forgotten", G_CALLBACK (forgotten_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "dial-asked", G_CALLBACK (dial_asked_cb), self,
                           G_CONNECT_SWAPPED);
  return self;
}

/**
 * ear_switchboard_open:
 * @self: a switchboard
 * @port: where to listen; 0: any free port
 * @error: return location for an error
 *
 * Opens the doorbell.
 *
 * Fails with %EAR_ERROR_UNREACHABLE when the port cannot be had.
 *
 * Returns: whether others can ring
 */
gboolean
ear_switchboard_open (EarSwitchboard *self, guint16 port, GError **error)
{
  g_return_val_if_fail (EAR_IS_SWITCHBOARD (self), FALSE);

  return ear_doorbell_open (self->doorbell, port, error);
}

/**
 * ear_switchboard_set_tells_reading:
 * @self: a switchboard
 * @tells: whether the others are told what our user has seen
 *
 * Chooses that, from now on.
 */
void
ear_switchboard_set_tells_reading (EarSwitchboard *self, gboolean tells)
{
  g_return_if_fail (EAR_IS_SWITCHBOARD (self));

  self->context->hides_reading = !tells;
}

/**
 * ear_switchboard_get_port:
 * @self: a switchboard
 *
 * Returns: where the doorbell is; 0 while it is shut
 */
guint16
ear_switchboard_get_port (EarSwitchboard *self)
{
  g_return_val_if_fail (EAR_IS_SWITCHBOARD (self), 0);

  return ear_doorbell_get_port (self->doorbell);
}

/**
 * ear_switchboard_close:
 * @self: a switchboard
 *
 * Ends all chats and shuts the doorbell. What the other sides are told goes out in the next turn of
 * the loop.
 */
void
ear_switchboard_close (EarSwitchboard *self)
{
  g_return_if_fail (EAR_IS_SWITCHBOARD (self));

  ear_switchboard_set_account (self, NULL, NULL);
  ear_doorbell_close (self->doorbell);
}

/**
 * ear_switchboard_set_account:
 * @self: a switchboard
 * @me: (nullable): our account
 * @server: (nullable): the fingerprint of its server
 *
 * Says who we are. The chats of another account than before are ended and dropped.
 */
void
ear_switchboard_set_account (EarSwitchboard *self, const char *me, const char *server)
{
  g_return_if_fail (EAR_IS_SWITCHBOARD (self));
  g_return_if_fail ((me == NULL) == (server == NULL));

  if (g_strcmp0 (self->context->me, me) == 0 && g_strcmp0 (self->context->server, server) == 0)
    return;
  end_all (self);
  ear_peer_context_set_account (self->context, me, server);
}

/**
 * ear_switchboard_get_chats:
 * @self: a switchboard
 *
 * Returns: (transfer none): a list of #EarChat
 */
GListModel *
ear_switchboard_get_chats (EarSwitchboard *self)
{
  g_return_val_if_fail (EAR_IS_SWITCHBOARD (self), NULL);

  return G_LIST_MODEL (self->chats);
}

static void
asked_cb (EarSwitchboard *self, EarChat *chat)
{
  g_signal_emit (self, signals[ASKED], 0, chat);
}

static void
message_received_cb (EarSwitchboard *self, EarChatMessage *message, EarChat *chat)
{
  g_signal_emit (self, signals[MESSAGE_RECEIVED], 0, chat, message);
}

/**
 * ear_switchboard_get_chat:
 * @self: a switchboard
 * @user: an account
 *
 * Returns: (transfer none) (nullable): the chat with a user, maybe a new one; %NULL while nobody is
 *   logged in, or for oneself
 */
EarChat *
ear_switchboard_get_chat (EarSwitchboard *self, const char *user)
{
  g_autoptr (EarChat) chat = NULL;
  EarChat *known;

  g_return_val_if_fail (EAR_IS_SWITCHBOARD (self), NULL);
  g_return_val_if_fail (user != NULL, NULL);

  known = g_hash_table_lookup (self->by_user, user);
  if (known != NULL)
    return known;
  if (self->context->me == NULL || g_str_equal (user, self->context->me))
    return NULL;
  chat = ear_chat_new (self->context, user, gate, self);
  g_signal_connect_object (chat, "asked", G_CALLBACK (asked_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (chat, "message-received", G_CALLBACK (message_received_cb), self,
                           G_CONNECT_SWAPPED);
  g_hash_table_insert (self->by_user, (gpointer) ear_chat_get_account (chat), chat);
  g_list_store_append (self->chats, chat);
  return chat;
}
