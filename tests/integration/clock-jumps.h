/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Clocks that jump: between this process's code and the system's clocks and timers (the linker puts
 * it there, --wrap). Server and clients of this process are on one machine, so to speak. */

/* Somebody sets the calendar. */
void clock_jumps_set_calendar (gint64 by_s);
/* The machine sleeps: the calendar and the time since boot go on, its programs do not. */
void clock_jumps_sleep (gint64 for_s);
void clock_jumps_undo (void);

G_END_DECLS
