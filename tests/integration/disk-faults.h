/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The calls by which the stores of this program reach the disk. The linker puts the fault layer
 * between (--wrap); calls that GLib makes by itself are not among them. */
typedef enum {
  DISK_OPEN,
  DISK_WRITE,
  DISK_TRUNCATE,
  DISK_FDATASYNC,
  DISK_FSYNC,
  DISK_RENAME,
  N_DISK_CALLS,
} DiskCall;

/* From now on a call fails with an errno; 0: it works again. */
void disk_faults_set (DiskCall call, int error);
/* One call fails, after @n_good that don't. */
void disk_faults_set_once (DiskCall call, int error, guint n_good);
/* Whether it has failed. */
gboolean disk_faults_is_over (DiskCall call);
/* Only calls that have to do with a file of this name fail, are cut short and are counted; NULL:
 * with any. */
void disk_faults_set_file (const char *name);
/* A write takes only so many bytes before it fails; one byte less than all of it if @n is -1. */
void disk_faults_set_short (gssize n);
/* From now on what is written does not become durable, until it is let through. */
void disk_faults_hold (void);
void disk_faults_let_through (void);
/* Everything works again. */
void disk_faults_clear (void);
/* How often a call was made. */
guint disk_faults_count (DiskCall call);

G_END_DECLS
