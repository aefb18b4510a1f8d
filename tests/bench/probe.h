/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What the main loop of a window does: how long it is away from its poll, and when it has painted.
 */
void probe_start (void);
void probe_reset (void);
void probe_report_longest (const char *what);
double probe_get_pss_mb (const char *process);
void probe_wait_for_frame (GtkWidget *window);

G_END_DECLS
