/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_USER_LIST (ear_user_list_get_type ())
G_DECLARE_FINAL_TYPE (EarUserList, ear_user_list, EAR, USER_LIST, GObject)

/* A GListModel of EarUser, in the order of account names: everybody active in the watched view, and
 * every contact, active or not. Oneself is not in it. Properties: "n-active" (uint): the server's
 * total without oneself; "n-listed" (uint, notified with "is partial", too): how many of these are
 * here. A user whose "active", "chatting" or "contact" changes is announced as replaced by itself.
 * Signal "user-added" (EarUser): before views are told of somebody new. */
EarUserList *ear_user_list_new (void);
EarUser *ear_user_list_lookup (EarUserList *self, const char *account);
EarUser *ear_user_list_add_contact (EarUserList *self, const char *account);
void ear_user_list_remove_contact (EarUserList *self, const char *account);
void ear_user_list_begin_change (EarUserList *self);
void ear_user_list_end_change (EarUserList *self);
void ear_user_list_apply (EarUserList *self, EarMessage *message, const char *myself);
void ear_user_list_set_offline (EarUserList *self);
guint ear_user_list_get_n_active (EarUserList *self);
guint ear_user_list_get_n_listed (EarUserList *self);
gboolean ear_user_list_is_partial (EarUserList *self);

G_END_DECLS
