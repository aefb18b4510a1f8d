/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-server-private.h"
#include "server/ear-visitor.h"
#include "wire/ear-link.h"
#include "wire/ear-scram.h"

G_BEGIN_DECLS

typedef enum {
  EAR_VISITOR_TOLD = 1 << 0, /* anything at all */
  EAR_VISITOR_ADMIN = 1 << 1,
  EAR_VISITOR_BROADCASTS = 1 << 2,
} EarVisitorRights;

/* One connected client. The state is that of its link: greeting, stranger, proving, member, active.
 * Held by the server until the link has ended, and by each request that waits for the disk. */
struct _EarVisitor
{
  grefcount references;
  EarServer *server; /* borrowed */
  EarLink *link;     /* NULL when it has ended */
  GList place;       /* in a ring of the server: of the strangers, or of who is active */

  /* Broadcasts that it missed are sent as it takes them; till then it gets no newer one. */
  gboolean behind;
  guint64 told_number; /* of the last one that was sent so */

  EarDeadline login;
  char *address_key; /* what its address counts as */
  char *address;     /* for the log */
  gint64 came_us;
  gboolean stranger; /* counted as one */
  guint8 rights;     /* EarVisitorRights, as the client was told */

  EarScramServer *scram;                 /* while proving */
  guint8 stored_key[EAR_SCRAM_KEY_SIZE]; /* that the challenge was made for, or set since then */
  guint n_tries;

  const char *fingerprint; /* when active; the link's */
  char *user;              /* from proving on */
  char *name;
  char *status;
  guint16 port;
  char **addresses; /* as claimed, filtered */
};

EarVisitor *ear_visitor_ref (EarVisitor *self);
void ear_visitor_unref (EarVisitor *self);
gboolean ear_visitor_is_active (EarVisitor *self);
void ear_visitor_set_state (EarVisitor *self, EarMessageAt state);

void ear_visitor_send (EarVisitor *self, EarMessage *message);
void ear_visitor_answer_ok (EarVisitor *self, EarMessage *request);
void ear_visitor_answer_error (EarVisitor *self,
                               EarMessage *request,
                               EarError code,
                               gint64 retry_after_ms);

/* A request that waits for the disk; the link may end meanwhile. */
typedef struct
{
  EarVisitor *visitor;
  EarMessage *request;
  char *fingerprint; /* of the device that asks */
} EarVisitorRequest;

EarVisitorRequest *ear_visitor_request_new (EarVisitor *visitor, EarMessage *request);
void ear_visitor_request_free (EarVisitorRequest *self);

typedef void (*EarVisitorFunc) (EarVisitor *self, EarMessage *message);

void ear_visitor_hello (EarVisitor *self, EarMessage *message);
void ear_visitor_signup (EarVisitor *self, EarMessage *message);
void ear_visitor_auth (EarVisitor *self, EarMessage *message);
void ear_visitor_proof (EarVisitor *self, EarMessage *message);
void ear_visitor_password (EarVisitor *self, EarMessage *message);
void ear_visitor_rename (EarVisitor *self, EarMessage *message);
void ear_visitor_leave (EarVisitor *self, EarMessage *message);
void ear_visitor_present (EarVisitor *self, EarMessage *message);
void ear_visitor_watch (EarVisitor *self, EarMessage *message);
void ear_visitor_locate (EarVisitor *self, EarMessage *message);
void ear_visitor_identify (EarVisitor *self, EarMessage *message);
void ear_visitor_dial_back (EarVisitor *self, EarMessage *message);
void ear_visitor_broadcast (EarVisitor *self, EarMessage *message);
void ear_visitor_administer (EarVisitor *self, EarMessage *message);
void ear_visitor_manage (EarVisitor *self, EarMessage *message);
void ear_visitor_take_name (EarVisitor *self, const char *name);
void ear_visitor_tell_rights (EarVisitor *self);
gboolean ear_visitor_may_broadcast (EarVisitor *self);
void ear_visitor_tell_missed (EarVisitor *self, guint64 last_number);
void ear_visitor_send_missed (EarVisitor *self);
void ear_visitor_fill_location (EarVisitor *self, EarVisitor *asker, EarMessage *message);
char **ear_visitor_dup_addresses (EarVisitor *self, EarVisitor *asker);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarVisitor, ear_visitor_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarVisitorRequest, ear_visitor_request_free)

G_END_DECLS
