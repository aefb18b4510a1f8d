/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-types.h"

/* Every type of lib/client by name, so that headers need not include each other. */

typedef struct _EarAnnouncement EarAnnouncement;
typedef struct _EarAnnouncementList EarAnnouncementList;
typedef struct _EarChat EarChat;
typedef struct _EarChatLog EarChatLog;
typedef struct _EarChatMessage EarChatMessage;
typedef struct _EarClient EarClient;
typedef struct _EarContacts EarContacts;
typedef struct _EarDialler EarDialler;
typedef struct _EarDoorbell EarDoorbell;
typedef struct _EarHistory EarHistory;
typedef struct _EarLocation EarLocation;
typedef struct _EarPeer EarPeer;
typedef struct _EarPeerContext EarPeerContext;
typedef struct _EarRateLimit EarRateLimit;
typedef struct _EarReconnect EarReconnect;
typedef struct _EarSession EarSession;
typedef struct _EarSwitchboard EarSwitchboard;
typedef struct _EarUser EarUser;
typedef struct _EarUserList EarUserList;
