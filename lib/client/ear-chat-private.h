/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-chat.h"
#include "client/ear-history.h"
#include "client/ear-peer-context.h"
#include "client/ear-peer.h"
#include "wire/ear-deadlines.h"

G_BEGIN_DECLS

/* Shared by the files of EarChat: ear-chat.c has the object and what a user does, ear-chat-reach.c
 * finds the other, ear-chat-links.c keeps a link, ear-chat-requests.c asks and answers,
 * ear-chat-keeping.c stores what our user says, ear-chat-messages.c carries the messages,
 * ear-chat-reading.c says who reads and types,
 * ear-chat-trust.c has what is said about keys. */

/* Whether a request of the other may bother our user now. */
typedef gboolean (*EarChatGate) (EarChat *chat, gpointer user_data);

struct _EarChat
{
  GObject parent_instance;

  EarPeerContext *context;
  char *account;
  EarUser *user;
  EarChatLog *log;
  EarChatGate gate;
  gpointer gate_data;

  gboolean closed; /* for good */
  EarChatState state;
  GError *last_error;
  char *greeting; /* of the request that asks us */
  gboolean typing;
  gboolean key_changed;
  char *address;          /* of the peer */
  char *shown_key;        /* the other key, while the change is not accepted */
  GHashTable *noted_keys; /* what the chat says of other keys already */

  /* Links */
  EarPeer *peer;     /* the link of the conversation */
  GPtrArray *spares; /* met, but not (yet) chosen */
  gboolean asked;    /* our request is out on peer */
  char *our_greeting;
  EarLocation *location;  /* the last that we know */
  GCancellable *locating; /* NULL: not under way */
  EarDialler *dialler;
  EarReconnect *reconnect;
  EarDeadline ring;    /* a request waits; or the request on the link that was kept */
  EarDeadline unheard; /* requests of who is blocked wait */
  EarDeadline grace;   /* for our own dialling, when a spare is there */
  EarDeadline give_up; /* broken; or we owe the other the end of a broken chat */
  gint64 opened_us;
  gboolean retried; /* the link was lost once while ringing */
  gboolean owes_end;

  /* Messages */
  GQueue unkept;         /* ours that the disk did not take, oldest first; each holds the chat */
  guint n_keeping;       /* ours, not yet on the disk */
  GCancellable *keeping; /* of those: one that fails takes with it those after it */
  EarDeadline keep_again;
  GQueue to_send;        /* of EarHistoryMessage, oldest first */
  GHashTable *in_flight; /* ids that wait for an ack */
  guint carrying;        /* grows with each link that carries messages */
  gboolean loading;      /* what waits, from the history */
  EarDeadline load_again;
  guint n_storing;        /* incoming, not yet on the disk */
  gint64 stored_until_us; /* when all that came would have come at the rate that we grant */
  EarDeadline room;       /* until there is room for more: nothing is read */
  guint forgotten;        /* how often all was: what is being stored then is nothing to show */
  GCancellable *storing;  /* of this link's: one that fails takes with it those after it */

  /* Typing and reading */
  EarDeadline typing_stale;
  gint64 typing_sent_us; /* 0: we said that we do not type */
  char *read_id;         /* the newest of theirs that our user has seen */
  gint64 their_read_row; /* the newest of ours that the other has seen, since this run began */
  char *unloaded_read_id;
  EarDeadline unloaded_read;
};

/* ear-chat.c */
EarChat *
ear_chat_new (EarPeerContext *context, const char *account, EarChatGate gate, gpointer user_data);
void ear_chat_set_state (EarChat *self, EarChatState state);
void ear_chat_set_typing_of_other (EarChat *self, gboolean typing);
void ear_chat_set_greeting (EarChat *self, const char *greeting);
void ear_chat_set_shown_key (EarChat *self, const char *fingerprint);
void ear_chat_set_last_error (EarChat *self, const GError *error);
void ear_chat_notify_address (EarChat *self);
void ear_chat_emit_asked (EarChat *self);
void ear_chat_emit_ask_withdrawn (EarChat *self);
void ear_chat_emit_message_received (EarChat *self, EarChatMessage *message);
const char *ear_chat_get_account (EarChat *self);
/* Ends it whatever its state, because the account or the program ends. */
void ear_chat_close (EarChat *self);

/* ear-chat-links.c */
void ear_chat_links_init (EarChat *self);
void ear_chat_links_clear (EarChat *self);
void ear_chat_open (EarChat *self);
void ear_chat_hang_up (EarChat *self, EarError code);
void ear_chat_fail (EarChat *self, EarError code);
void ear_chat_take_peer (EarChat *self, EarPeer *peer);
void ear_chat_choose_peer (EarChat *self, EarPeer *peer);
void ear_chat_add_spare (EarChat *self, EarPeer *peer);
void ear_chat_drop_spare (EarChat *self, EarPeer *peer, EarError code);
void ear_chat_receive (EarChat *self, EarPeer *peer, EarMessage *message);
void ear_chat_refuse (EarPeer *peer, const char *reason);
void ear_chat_refuse_unheard (EarChat *self, const char *reason);
void ear_chat_send_type (EarChat *self, EarMessageType type);

/* ear-chat-reach.c */
void ear_chat_reach (EarChat *self);
void ear_chat_stop_reaching (EarChat *self);
void ear_chat_locate (EarChat *self);
void ear_chat_note_location (EarChat *self, const EarLocation *location);
gboolean ear_chat_choose_spare (EarChat *self);

/* ear-chat-requests.c */
void ear_chat_handle_request (EarChat *self, EarPeer *peer, EarMessage *request);
void ear_chat_handle_answer (EarChat *self, EarMessage *message);

/* ear-chat-trust.c */
gboolean ear_chat_check_key (EarChat *self, const char *fingerprint);
gboolean ear_chat_trusts (EarChat *self, EarPeer *peer);
void ear_chat_note_other_key (EarChat *self, EarDelivery what, const char *fingerprint);
/* Our user wants nothing to be left of it. */
void ear_chat_forget (EarChat *self);

/* ear-chat-keeping.c */
void ear_chat_keeping_init (EarChat *self);
void ear_chat_keeping_clear (EarChat *self);
gint64 ear_chat_get_time (EarChat *self);
gint64 ear_chat_get_real_time (EarChat *self);
char *ear_chat_dup_new_id (EarChat *self);
void ear_chat_keep_again (EarChat *self);
void ear_chat_drop_unkept (EarChat *self);

/* ear-chat-messages.c */
void ear_chat_messages_init (EarChat *self);
void ear_chat_messages_clear (EarChat *self);
void ear_chat_start_carrying (EarChat *self);
void ear_chat_stop_carrying (EarChat *self);
void ear_chat_pump (EarChat *self);
void ear_chat_note_key (EarChat *self, EarDelivery what, const char *fingerprint);
void ear_chat_handle_text (EarChat *self, EarMessage *message);
void ear_chat_handle_ack (EarChat *self, EarMessage *message);

/* ear-chat-reading.c */
void ear_chat_reading_init (EarChat *self);
void ear_chat_reading_clear (EarChat *self);
void ear_chat_send_read (EarChat *self);
void ear_chat_handle_typing (EarChat *self, EarMessage *message);
void ear_chat_handle_read (EarChat *self, EarMessage *message);

G_END_DECLS
