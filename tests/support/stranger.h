/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>
#include <openssl/ssl.h>

G_BEGIN_DECLS

/* A stranger with a TLS of its own, good or bad. */
typedef enum {
  STRANGER_GOOD, /* its certificate has expired, as all of them: nobody looks */
  STRANGER_DRIBBLE,
  STRANGER_NO_ALPN,
  STRANGER_TLS_1_2,
  STRANGER_NO_CERTIFICATE,
  STRANGER_RSA,
  STRANGER_EC,
  STRANGER_CHAIN,      /* of two certificates */
  STRANGER_LONG_CHAIN, /* of 100 KiB */
  STRANGER_NOT_SELF_SIGNED,
} StrangerKind;

/* Those that nobody who accepts lets in; the last has no name. */
typedef struct
{
  const char *name;
  StrangerKind kind;
} StrangerCase;

extern const StrangerCase stranger_refused[];

typedef struct
{
  SSL_CTX *context;
  SSL *ssl;
  BIO *in;  /* what came from the network */
  BIO *out; /* what goes to it */
  GSocket *socket;
  gboolean dribble;
} Stranger;

void stranger_init (Stranger *self,
                    StrangerKind kind,
                    const char *protocol,
                    GSocket *socket,
                    gboolean serves);
void stranger_dial (Stranger *self, StrangerKind kind, const char *protocol, guint16 port);
gboolean stranger_handshake (Stranger *self);
void stranger_write (Stranger *self, const char *data, gsize size);
void stranger_write_apart (Stranger *self, const char *data, gsize size);
void stranger_renew (Stranger *self, guint n);
void stranger_read_line (Stranger *self, char *line, gsize size);
int stranger_read_reason (Stranger *self);
gboolean stranger_hears_nothing (Stranger *self);
void stranger_close (Stranger *self);
void stranger_say (GSocket *socket, const char *data, gsize size);

G_END_DECLS
