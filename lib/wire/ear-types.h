/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

/* Every type of lib/wire by name, so that headers need not include each other. */

typedef struct _EarClock EarClock;
typedef struct _EarDeadline EarDeadline;
typedef struct _EarDeadlines EarDeadlines;
typedef struct _EarIdentity EarIdentity;
typedef struct _EarLineReader EarLineReader;
typedef struct _EarLink EarLink;
typedef struct _EarMessage EarMessage;
typedef struct _EarOutQueue EarOutQueue;
typedef struct _EarPoller EarPoller;
typedef struct _EarScramClient EarScramClient;
typedef struct _EarScramKeys EarScramKeys;
typedef struct _EarScramServer EarScramServer;
typedef struct _EarServerLink EarServerLink;
typedef struct _EarTls EarTls;
