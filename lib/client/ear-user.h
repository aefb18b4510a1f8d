/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_USER (ear_user_get_type ())
G_DECLARE_FINAL_TYPE (EarUser, ear_user, EAR, USER, GObject)

/* Who keeps a user in a list, and is told when it begins or ceases to be active, a contact or in a
 * chat. */
typedef struct
{
  void (*moved) (gpointer owner, EarUser *user);
  gpointer owner;
} EarUserKeeper;

/* Somebody in the sidebar. Properties (notify on change): "account", "name" (display), "status",
 * "active" (boolean), "uncertain" (boolean: not active as far as we see, which is not far enough),
 * "last-seen" (GDateTime, nullable), "unread" (uint), "last-message" (string, nullable), "contact"
 * (boolean: talked to before), "verified" (boolean), "blocked" (boolean), "chatting" (boolean: a
 * direct chat is open), "asking" (boolean: waits for our answer). */
EarUser *ear_user_new (const char *account);
const char *ear_user_get_account (EarUser *self);
const char *ear_user_get_name (EarUser *self);
const char *ear_user_get_status (EarUser *self);
gboolean ear_user_get_active (EarUser *self);
gboolean ear_user_may_be_active (EarUser *self);
gboolean ear_user_get_contact (EarUser *self);
gboolean ear_user_get_verified (EarUser *self);
gboolean ear_user_get_blocked (EarUser *self);
gboolean ear_user_get_chatting (EarUser *self);
gboolean ear_user_get_asking (EarUser *self);
GDateTime *ear_user_get_last_seen (EarUser *self);
guint ear_user_get_unread (EarUser *self);
const char *ear_user_get_last_message (EarUser *self);

/* Search. fold: what differs in case or composition alone becomes the same. */
char *ear_user_fold (const char *text);
gboolean ear_user_matches (EarUser *self, const char *folded);

void ear_user_set_keeper (EarUser *self, const EarUserKeeper *keeper);
void ear_user_set_name (EarUser *self, const char *name);
void ear_user_set_status (EarUser *self, const char *status);
void ear_user_set_active (EarUser *self, gboolean active);
void ear_user_set_uncertain (EarUser *self, gboolean uncertain);
void ear_user_set_contact (EarUser *self, gboolean contact);
void ear_user_set_verified (EarUser *self, gboolean verified);
void ear_user_set_blocked (EarUser *self, gboolean blocked);
void ear_user_set_chatting (EarUser *self, gboolean chatting);
void ear_user_set_asking (EarUser *self, gboolean asking);
void ear_user_set_last_seen (EarUser *self, GDateTime *last_seen);
void ear_user_set_unread (EarUser *self, guint unread);
void ear_user_set_last_message (EarUser *self, const char *text);

G_END_DECLS
