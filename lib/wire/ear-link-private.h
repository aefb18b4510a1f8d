/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-deadlines.h"
#include "wire/ear-identity.h"
#include "wire/ear-fingerprint.h"
#include "wire/ear-line-reader.h"
#include "wire/ear-link.h"
#include "wire/ear-out-queue.h"
#include "wire/ear-poller.h"
#include "wire/ear-socket.h"
#include "wire/ear-tls-private.h"

G_BEGIN_DECLS

/* The life of a link, in this order; steps may be left out, but never taken back. */
typedef enum {
  EAR_LINK_WAITING,     /* accepted; the client has not said a byte */
  EAR_LINK_HANDSHAKING, /* TLS */
  EAR_LINK_OPEN,        /* lines go both ways */
  EAR_LINK_CLOSING,     /* the last lines are being written; nothing is read */
  EAR_LINK_DRAINING,    /* all is written; waits for the other side to close */
  EAR_LINK_DEAD,        /* the reason is known; `closed` comes in the next turn */
  EAR_LINK_CLOSED,      /* the owner has been told */
} EarLinkPhase;

struct _EarLink
{
  GObject parent_instance;

  /* What every line that is sent touches stands together: of thousands of links, none is in the
   * processor's cache when its turn comes. */
  EarPollFile file;
  SSL *ssl;
  EarSocket socket; /* its descriptor is ours */
  EarOutQueue *queue;
  EarLinkPhase phase;
  EarMessageAt at;
  gboolean blocked; /* the socket takes no more */
  gboolean late;    /* stall or swamped is set */
  gboolean awaits_room;

  EarLineReader *reader;
  EarDeadlines *deadlines;
  EarTls *tls;
  GInetSocketAddress *remote_address;
  GInetSocketAddress *local_address; /* made when asked for */

  EarLinkEvents events;
  gpointer user_data;
  gboolean has_owner;
  gboolean keeps_itself; /* closing without an owner: holds a reference to itself */

  GError *reason;
  EarDeadline patience; /* first byte, handshake, silence, closing */
  EarDeadline stall;    /* nothing of the queue was taken */
  EarDeadline swamped;  /* too much has been waiting */

  gboolean dialled;
  gboolean known;  /* the handshake is over: peer_key and fingerprint are set */
  gboolean pinged; /* after silence; not heard of since */
  gboolean paused; /* by the owner */
  guint8 peer_key[EAR_IDENTITY_KEY_SIZE];
  char fingerprint[EAR_FINGERPRINT_LENGTH + 1];
};

/* ear-link.c */
void ear_link_push (EarLink *self, GBytes *line, gboolean urgent);

/* ear-link-life.c */
void ear_link_die (EarLink *self, GError *reason);
void ear_link_refuse (EarLink *self, GError *reason);
void ear_link_handle_line (EarLink *self, const char *line, gsize size);
void ear_link_handle_opened (EarLink *self);
void ear_link_hear (EarLink *self);
gboolean ear_link_is_abandoned (EarLink *self);
void ear_link_close_socket (EarLink *self);
void ear_link_finish (EarLink *self);
void ear_link_begin_to_close (EarLink *self, GError *reason);
void ear_link_keep_while_closing (EarLink *self);
void ear_link_patience_cb (gpointer user_data);
void ear_link_overdue_cb (gpointer user_data);

/* ear-link-io.c */
extern const EarPollEvents ear_link_poll_events;
void ear_link_write (EarLink *self);

G_END_DECLS
