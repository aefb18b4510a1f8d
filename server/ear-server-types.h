/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-types.h"

/* Every type of the server by name, so that headers need not include each other. */

typedef struct _EarAccount EarAccount;
typedef struct _EarAdmin EarAdmin;
typedef struct _EarAudit EarAudit;
typedef struct _EarBroadcast EarBroadcast;
typedef struct _EarBulletin EarBulletin;
typedef struct _EarDevices EarDevices;
typedef struct _EarDiskWriter EarDiskWriter;
typedef struct _EarInvitations EarInvitations;
typedef struct _EarPolicy EarPolicy;
typedef struct _EarPresence EarPresence;
typedef struct _EarRegistry EarRegistry;
typedef struct _EarRoster EarRoster;
typedef struct _EarRosterView EarRosterView;
typedef struct _EarServer EarServer;
typedef struct _EarServerConfig EarServerConfig;
typedef struct _EarServerStats EarServerStats;
typedef struct _EarThrottle EarThrottle;
typedef struct _EarVisitor EarVisitor;
