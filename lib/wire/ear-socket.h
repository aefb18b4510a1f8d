/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>
#include <openssl/bio.h>

G_BEGIN_DECLS

#define EAR_SOCKET_TURN (64 * 1024) /* bytes after which a turn reads no more */

/* A connected, non-blocking socket as OpenSSL sees it; lives inside its owner, fields are private
 * but the first. */
typedef struct
{
  int fd;           /* stays the owner's */
  gboolean emptied; /* by the last read; until we are told otherwise */
  gboolean last;    /* the other side has sent its last */
  gsize n_read;     /* in this turn */
  gboolean hold;    /* the next write */
  guint8 *kept;     /* goes first; in the thread's memory, or our own when the socket took a part */
  gsize n_kept;
  gboolean owns_kept;
} EarSocket;

BIO *ear_socket_new_bio (EarSocket *self);
void ear_socket_set_readable (EarSocket *self, gboolean last);
gboolean ear_socket_is_sated (EarSocket *self);
void ear_socket_hold (EarSocket *self);
gboolean ear_socket_release (EarSocket *self);
void ear_socket_clear (EarSocket *self);

G_END_DECLS
