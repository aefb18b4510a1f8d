/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-link.h"

G_BEGIN_DECLS

/* A server that lies: a real EarServer in this process, and between it and its links a layer (the
 * linker puts it there, --wrap) that may change what is said, or say more. Clients in this process
 * pass it, too; they never send what only a server says.
 *
 * @message is borrowed and may be changed. A lie that returns a line (transfer full) has that sent
 * in its place, whatever it is. */
typedef GBytes *(*Lie) (EarLink *link, EarMessage *message, gpointer user_data);

/* From now on; NULL: the truth again. */
void lies_set (Lie lie, gpointer user_data);
/* Sends a message as it is, whatever the lie. */
void lies_send_truly (EarLink *link, EarMessage *message);

G_END_DECLS
