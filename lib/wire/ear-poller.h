/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-types.h"

G_BEGIN_DECLS

/* One descriptor at a poller; lives inside its owner, fields are private. Below is edge-triggered
 * epoll; above, `ready` is called once a round while readiness was neither used up nor cleared. */
typedef struct _EarPollFile EarPollFile;
typedef void (*EarPollFunc) (EarPollFile *file, gpointer user_data);

/* What a file's owner is called for. */
typedef struct
{
  EarPollFunc ready;   /* something selected is there */
  EarPollFunc prepare; /* (nullable): a flush is next; several files are prepared before it */
  EarPollFunc flush;   /* (nullable): once for each ear_poll_file_mark_dirty() */
} EarPollEvents;

struct _EarPollFile
{
  EarPoller *poller;
  GList ready_link; /* in one of the poller's rings, while there is something to do */
  GList dirty_link;
  const EarPollEvents *call;
  gpointer user_data;
  int fd;
  guint32 wanted; /* selected by the owner */
  guint32 events; /* seen by epoll, and not yet cleared */
};

EarPoller *ear_poller_new (GMainContext *context, GError **error);
EarPoller *ear_poller_ref (EarPoller *self);
void ear_poller_unref (EarPoller *self);
void ear_poller_flush (EarPoller *self);

gboolean ear_poll_file_attach (EarPollFile *self,
                               EarPoller *poller,
                               int fd,
                               const EarPollEvents *events,
                               gpointer user_data,
                               GError **error);
void ear_poll_file_detach (EarPollFile *self);
guint32 ear_poll_file_get_events (EarPollFile *self);
void ear_poll_file_select (EarPollFile *self, guint32 events);
void ear_poll_file_deselect (EarPollFile *self, guint32 events);
void ear_poll_file_clear (EarPollFile *self, guint32 events);
void ear_poll_file_mark_dirty (EarPollFile *self);
void ear_poll_file_wake (EarPollFile *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarPoller, ear_poller_unref)

G_END_DECLS
